//! What a program costs, roughly: to compare two programs that compute the same.

use crate::ir::{Jaxpr, Prim};

/// A multiplication of a matrix product runs this many times faster than an element of a loop.
pub(super) const DOT: f64 = 8.0;

/// Elements visited: those of the results of every equation, of the operands of reductions, and the
/// multiplications of contractions. Changes of shape alone are free, since XLA fuses or elides them.
pub(super) fn cost(jaxpr: &Jaxpr) -> f64 {
    let size = |a: &crate::ir::Aval| a.size() as f64;
    let each = |eqn: &crate::ir::Eqn| {
        let out: f64 = eqn.outs.iter().map(|&v| size(jaxpr.aval(v))).sum();
        let ins = || eqn.ins.iter().map(|&a| size(&jaxpr.atom_aval(a)));
        match &eqn.prim {
            Prim::DotGeneral(p) => {
                let x = jaxpr.atom_aval(eqn.ins[0]);
                let depth: usize = p.contract.0.iter().map(|&d| x.shape[d]).product();
                out + out * depth as f64 / if p.batch.0.is_empty() { DOT } else { 1.0 }
            }
            Prim::Reduce(_) => ins().sum(),
            Prim::Reshape(_) | Prim::Squeeze(_) | Prim::BroadcastInDim(_) | Prim::Iota(_) => 0.0,
            Prim::Scan(p) => p.length as f64 * cost(&p.jaxpr),
            Prim::DynamicUpdateSlice(_) => {
                eqn.ins.get(1).map_or(0.0, |&a| size(&jaxpr.atom_aval(a)))
            }
            _ => out,
        }
    };
    // An equation costs something itself: fewer is better among equals.
    jaxpr.eqns.iter().map(|e| each(e) + 1.0).sum()
}
