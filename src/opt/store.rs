//! Small arrays that many loops repeat are stored: XLA melts what makes them into each of these
//! loops, computes it anew for every element there, and compiles it as often.
//!
//! Preserves types, and values as [`rewrite`](super::rewrite) does.

use super::builder::Builder;
use crate::base::Result;
use crate::ir::params::OptimizationBarrier;
use crate::ir::{Atom, Eqn, Jaxpr, Prim};

/// An array that so many loops repeat is worth a kernel of its own.
const LOOPS: usize = 8;

/// The program with barriers behind such arrays.
///
/// # Errors
/// When an equation does not fit, which is a bug here.
pub(super) fn store(jaxpr: &Jaxpr) -> Result<Jaxpr> {
    let repeats = repeats(jaxpr);
    let wanted = |eqn: &Eqn| is_computed(&eqn.prim) && repeats[eqn.outs[0].index()] >= LOOPS;
    if !jaxpr.eqns.iter().any(wanted) {
        return Ok(jaxpr.clone());
    }
    Builder::rewritten(jaxpr, |b, eqn, ins| {
        let outs = b.emit(eqn.prim.clone(), ins)?;
        if wanted(eqn) { b.emit(OptimizationBarrier.into(), outs) } else { Ok(outs) }
    })
}

/// How many equations read each variable through a broadcast that makes it larger; scalars do not
/// count, because loops compute them once.
fn repeats(jaxpr: &Jaxpr) -> Vec<usize> {
    let mut uses = vec![0; jaxpr.avals.len()];
    let atoms = jaxpr.eqns.iter().flat_map(|e| &e.ins);
    atoms.filter_map(|a| a.var()).for_each(|v| uses[v.index()] += 1);
    let mut repeats = vec![0; jaxpr.avals.len()];
    for eqn in &jaxpr.eqns {
        if let (Prim::BroadcastInDim(p), &[Atom::Var(x)]) = (&eqn.prim, eqn.ins.as_slice())
            && jaxpr.aval(x).rank() > 0
            && p.shape.size() > jaxpr.aval(x).size()
        {
            repeats[x.index()] += uses[eqn.outs[0].index()];
        }
    }
    repeats
}

/// True for what XLA melts into the loops of its users.
fn is_computed(prim: &Prim) -> bool {
    matches!(
        prim,
        Prim::Unary(_)
            | Prim::Binary(_)
            | Prim::Compare(_)
            | Prim::IntegerPow(_)
            | Prim::Select(_)
            | Prim::Clamp(_)
    )
}
