//! Dead code: equations and constants that no result depends on are dropped. Inputs stay.
//!
//! Preserves types, and values bitwise.

use crate::base::Result;
use crate::ir::{Atom, Eqn, Jaxpr, Var};

/// The program without dead code.
///
/// # Errors
/// Never; the type is that of a pass.
pub(super) fn dce(jaxpr: &Jaxpr) -> Result<Jaxpr> {
    let mut live = vec![false; jaxpr.avals.len()];
    let mark = |live: &mut [bool], atoms: &[Atom]| {
        atoms.iter().filter_map(|a| a.var()).for_each(|v| live[v.index()] = true);
    };
    mark(&mut live, &jaxpr.outs);
    for eqn in jaxpr.eqns.iter().rev() {
        if eqn.outs.iter().any(|v| live[v.index()]) {
            eqn.outs.iter().for_each(|v| live[v.index()] = true);
            mark(&mut live, &eqn.ins);
        }
    }
    jaxpr.ins().for_each(|v| live[v.index()] = true);
    let mut rename = vec![Var(u32::MAX); live.len()];
    let kept = (0..live.len()).filter(|&i| live[i]);
    kept.enumerate().for_each(|(new, old)| rename[old] = Var(new as u32));
    let atom = |a: &Atom| a.var().map_or(*a, |v| Atom::Var(rename[v.index()]));
    let eqn = |e: &Eqn| Eqn {
        prim: e.prim.clone(),
        ins: e.ins.iter().map(atom).collect(),
        outs: e.outs.iter().map(|v| rename[v.index()]).collect(),
        at: e.at,
    };
    let is_live = |e: &&Eqn| e.outs.iter().any(|v| live[v.index()]);
    Ok(Jaxpr {
        avals: jaxpr.avals.iter().zip(&live).filter(|(_, l)| **l).map(|(a, _)| a.clone()).collect(),
        consts: jaxpr
            .consts
            .iter()
            .zip(&live)
            .filter(|(_, l)| **l)
            .map(|(c, _)| c.clone())
            .collect(),
        n_ins: jaxpr.n_ins,
        eqns: jaxpr.eqns.iter().filter(is_live).map(eqn).collect(),
        outs: jaxpr.outs.iter().map(atom).collect(),
    })
}
