//! Constant folding, algebraic simplification and common subexpressions.
//!
//! Preserves types, and values as each rule says.

use super::builder::Builder;
use crate::base::Result;
use crate::ir::{Atom, Jaxpr};

/// The program written anew through a [`Builder`].
///
/// # Errors
/// When a rule breaks the program, which is a bug here.
pub(super) fn rewrite(jaxpr: &Jaxpr) -> Result<Jaxpr> {
    let mut builder = Builder::new(jaxpr);
    let first = jaxpr.consts.len() + jaxpr.n_ins;
    let mut env: Vec<Atom> = jaxpr.avals[..first]
        .iter()
        .enumerate()
        .map(|(i, _)| Atom::Var(crate::ir::Var(i as u32)))
        .collect();
    let read = |env: &[Atom], a: Atom| a.var().map_or(a, |v| env[v.index()]);
    for eqn in &jaxpr.eqns {
        builder.at = eqn.at;
        let ins = eqn.ins.iter().map(|&a| read(&env, a)).collect();
        env.extend(builder.emit(eqn.prim.clone(), ins)?);
    }
    let outs = jaxpr.outs.iter().map(|&a| read(&env, a)).collect();
    Ok(builder.finish(outs))
}
