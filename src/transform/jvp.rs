//! Forward mode: `(x, ẋ) ↦ (f(x), ∂f(x)·ẋ)`, with symbolic zeros.

use super::walk::{apply, environment, read};
use crate::base::Result;
use crate::ir::{Eqn, Jaxpr, Rules, Tangent, Tensor, trace, with_source};

/// Results and tangents of one primitive.
pub(super) type Rule = fn(&dyn Rules, &[Tensor], &[Tangent]) -> Result<(Vec<Tensor>, Vec<Tangent>)>;

/// Walks a program forward with tangents, by the given rule of each primitive; `keep` may put other
/// tensors in the place of the values of an equation.
pub(super) fn forward(
    jaxpr: &Jaxpr,
    primals: &[Tensor],
    tangents: &[Tangent],
    rule: Rule,
    mut keep: impl FnMut(&Eqn, Vec<Tensor>) -> Vec<Tensor>,
) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
    let constant = |t| (t, None);
    let pairs = primals.iter().cloned().zip(tangents.iter().cloned());
    let mut env: Vec<(Tensor, Tangent)> = environment(jaxpr, pairs, constant)?;
    for eqn in &jaxpr.eqns {
        let pairs = eqn.ins.iter().map(|&a| read(&env, a, constant));
        let (ins, tangents): (Vec<Tensor>, Vec<Tangent>) = pairs.unzip();
        if tangents.iter().all(Option::is_none) {
            env.extend(keep(eqn, apply(eqn, &ins)).into_iter().map(constant));
        } else {
            let (outs, tangents) = with_source(eqn.at, || rule(eqn.prim.rules(), &ins, &tangents))?;
            env.extend(keep(eqn, outs).into_iter().zip(tangents));
        }
    }
    Ok(jaxpr.outs.iter().map(|&a| read(&env, a, constant)).unzip())
}

/// The results of a program and their tangents; `None` stands for zero.
///
/// # Errors
/// When a primitive that meets a tangent has no derivative.
pub(crate) fn jvp(
    jaxpr: &Jaxpr,
    primals: &[Tensor],
    tangents: &[Tangent],
) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
    let rule: Rule = |rules, primals, tangents| rules.jvp(primals, tangents);
    forward(jaxpr, primals, tangents, rule, |_, outs| outs)
}

/// The program of `(x, ẋ) ↦ (f(x), ḟ)`: its inputs are those of `jaxpr`, then the tangents of the
/// ones marked `present`; its results those of `jaxpr`, then the tangents of the ones marked in
/// the returned list.
///
/// # Errors
/// When a primitive that meets a tangent has no derivative.
pub(crate) fn jvp_jaxpr(jaxpr: &Jaxpr, present: &[bool]) -> Result<(Jaxpr, Vec<bool>)> {
    let mut avals = jaxpr.in_avals();
    let n = avals.len();
    let tangents: Vec<_> =
        avals.iter().zip(present).filter(|(_, p)| **p).map(|(a, _)| a.clone()).collect();
    avals.extend(tangents);
    let (traced, nonzero) = trace::trace(&avals, |ins| {
        let mut rest = ins[n..].iter().cloned();
        let tangents: Vec<Tangent> =
            present.iter().map(|&p| if p { rest.next() } else { None }).collect();
        let (mut outs, tangents) = jvp(jaxpr, &ins[..n], &tangents)?;
        let nonzero = tangents.iter().map(Option::is_some).collect();
        outs.extend(tangents.into_iter().flatten());
        Ok((outs, nonzero))
    })?;
    Ok((traced.jaxpr, nonzero))
}
