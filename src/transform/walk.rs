//! Evaluation of a program on tensors: its equations are written into the current trace.

use crate::base::{Error, Result};
use crate::ir::{Atom, Eqn, Jaxpr, Tensor, bind, trace, with_source};

/// The constants of a program as tensors of the current trace, then its inputs: the first values
/// of an environment, which equations extend in the order of their variables.
pub(super) fn environment<T>(
    jaxpr: &Jaxpr,
    ins: impl IntoIterator<Item = T>,
    lift: impl Fn(Tensor) -> T,
) -> Result<Vec<T>> {
    let mut env = Vec::with_capacity(jaxpr.avals.len());
    env.extend(jaxpr.consts.iter().map(|c| lift(trace::constant(c.clone()))));
    env.extend(ins);
    if env.len() != jaxpr.consts.len() + jaxpr.n_ins {
        return Err(Error::internal("a program applied to the wrong number of operands"));
    }
    Ok(env)
}

/// The value of an atom.
pub(super) fn read<T: Clone>(env: &[T], atom: Atom, lift: impl Fn(Tensor) -> T) -> T {
    match atom {
        Atom::Var(v) => env[v.index()].clone(),
        Atom::Lit(s) => lift(Tensor::literal(s)),
    }
}

/// Applies the primitive of an equation.
pub(super) fn apply(eqn: &Eqn, ins: &[Tensor]) -> Vec<Tensor> {
    let ins: Vec<&Tensor> = ins.iter().collect();
    with_source(eqn.at, || bind(eqn.prim.clone(), &ins))
}

/// The results of a program on tensors.
///
/// # Errors
/// When the number of operands is wrong.
pub(crate) fn eval(jaxpr: &Jaxpr, ins: &[Tensor]) -> Result<Vec<Tensor>> {
    eval_with(jaxpr, ins, |_, _| ())
}

/// The results of a program on tensors; `seen` gets every equation with its results.
///
/// # Errors
/// When the number of operands is wrong.
pub(crate) fn eval_with<'a>(
    jaxpr: &'a Jaxpr,
    ins: &[Tensor],
    mut seen: impl FnMut(&'a Eqn, &[Tensor]),
) -> Result<Vec<Tensor>> {
    let mut env = environment(jaxpr, ins.iter().cloned(), |t| t)?;
    for eqn in &jaxpr.eqns {
        let ins: Vec<Tensor> = eqn.ins.iter().map(|&a| read(&env, a, |t| t)).collect();
        let outs = apply(eqn, &ins);
        seen(eqn, &outs);
        env.extend(outs);
    }
    Ok(jaxpr.outs.iter().map(|&a| read(&env, a, |t| t)).collect())
}

/// The results from place `first` on that depend on known inputs only, written into the current
/// trace; `None` for the others.
///
/// # Errors
/// When the number of operands is wrong.
pub(crate) fn eval_known(
    jaxpr: &Jaxpr,
    ins: &[Option<Tensor>],
    first: usize,
) -> Result<Vec<Option<Tensor>>> {
    let outs = jaxpr.outs.get(first..).unwrap_or_default();
    let mut known = environment(jaxpr, ins.iter().map(Option::is_some), |_| true)?;
    for eqn in &jaxpr.eqns {
        let all = eqn.ins.iter().all(|&a| a.var().is_none_or(|v| known[v.index()]));
        known.extend(eqn.outs.iter().map(|_| all));
    }
    let mut needed = vec![false; known.len()];
    let vars = |atoms: &[Atom]| atoms.iter().filter_map(|a| a.var()).collect::<Vec<_>>();
    vars(outs).iter().for_each(|v| needed[v.index()] = known[v.index()]);
    for eqn in jaxpr.eqns.iter().rev() {
        if eqn.outs.iter().any(|v| needed[v.index()]) {
            vars(&eqn.ins).iter().for_each(|v| needed[v.index()] = true);
        }
    }
    let mut env = environment(jaxpr, ins.iter().cloned(), Some)?;
    let lift = |t| Some(t);
    for eqn in &jaxpr.eqns {
        let wanted = eqn.outs.iter().any(|v| needed[v.index()]);
        let ins: Option<Vec<Tensor>> = eqn.ins.iter().map(|&a| read(&env, a, lift)).collect();
        match ins.filter(|_| wanted) {
            Some(ins) => env.extend(apply(eqn, &ins).into_iter().map(Some)),
            None => env.extend(eqn.outs.iter().map(|_| None)),
        }
    }
    Ok(outs.iter().map(|&a| read(&env, a, lift)).collect())
}
