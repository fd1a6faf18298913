//! Transposition of a linear program: cotangents flow from its results to its linear inputs.

use super::walk::{apply, environment, read};
use crate::base::Result;
use crate::ir::{Atom, Jaxpr, Operand, Tangent, Tensor, with_source};
use crate::lax;

/// The cotangents of the linear inputs, given those of the results. Equations that depend only on
/// known inputs are evaluated; the others are walked backward.
///
/// # Errors
/// When the program is not linear in its linear inputs.
pub(crate) fn transpose(jaxpr: &Jaxpr, ins: &[Operand], cts: &[Tangent]) -> Result<Vec<Tangent>> {
    let mut env: Vec<Operand> = environment(jaxpr, ins.iter().cloned(), Operand::Known)?;
    let mut linear = Vec::new();
    for eqn in &jaxpr.eqns {
        let ins: Vec<Operand> = eqn.ins.iter().map(|&a| read(&env, a, Operand::Known)).collect();
        let known: Option<Vec<Tensor>> = ins.iter().map(|i| i.known().cloned()).collect();
        match known {
            Some(known) => env.extend(apply(eqn, &known).into_iter().map(Operand::Known)),
            None => {
                env.extend(eqn.outs.iter().map(|&v| Operand::Linear(jaxpr.aval(v).clone())));
                linear.push((eqn, ins));
            }
        }
    }
    let mut bars: Vec<Tangent> = vec![None; jaxpr.avals.len()];
    let accumulate = |bars: &mut [Tangent], atom: Atom, ct: Tangent| {
        if let (Atom::Var(v), Some(ct)) = (atom, ct)
            && env[v.index()].is_linear()
        {
            let bar = &mut bars[v.index()];
            *bar = Some(match bar.take() {
                Some(sum) => lax::add(&sum, &ct),
                None => ct,
            });
        }
    };
    for (&atom, ct) in jaxpr.outs.iter().zip(cts) {
        accumulate(&mut bars, atom, ct.clone());
    }
    for (eqn, ins) in linear.iter().rev() {
        let cts: Vec<Tangent> = eqn.outs.iter().map(|v| bars[v.index()].take()).collect();
        if cts.iter().all(Option::is_none) {
            continue;
        }
        with_source(eqn.at, || -> Result<()> {
            let grads = eqn.prim.rules().transpose(&cts, ins)?;
            eqn.ins.iter().zip(grads).for_each(|(&a, ct)| accumulate(&mut bars, a, ct));
            Ok(())
        })?;
    }
    Ok(jaxpr.ins().map(|v| bars[v.index()].take()).collect())
}
