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
    let mut env = environment(jaxpr, ins.iter().cloned(), |t| t)?;
    for eqn in &jaxpr.eqns {
        let ins: Vec<Tensor> = eqn.ins.iter().map(|&a| read(&env, a, |t| t)).collect();
        env.extend(apply(eqn, &ins));
    }
    Ok(jaxpr.outs.iter().map(|&a| read(&env, a, |t| t)).collect())
}
