//! Calls are replaced by the programs they call, so that the other passes see all of it.
//!
//! Preserves types, and values bitwise.

use crate::base::{Error, HostArray, Result};
use crate::ir::{Atom, Aval, Eqn, Jaxpr, Prim, Var};
use std::sync::Arc;

/// The program without calls.
///
/// # Errors
/// When a call does not fit its program.
pub(super) fn inline(jaxpr: &Jaxpr) -> Result<Jaxpr> {
    if !jaxpr.eqns.iter().any(|e| matches!(e.prim, Prim::Call(_))) {
        return Ok(jaxpr.clone());
    }
    // Constants of inner programs come right after those of the outer one.
    let mut consts = jaxpr.consts.clone();
    inner_consts(jaxpr, &mut consts);
    let in_avals = jaxpr.in_avals();
    let avals: Vec<Aval> = consts
        .iter()
        .map(|c| Aval::new(c.shape(), c.dtype()))
        .chain(in_avals.iter().cloned())
        .collect();
    let ins = (consts.len()..avals.len()).map(|i| Atom::Var(Var(i as u32))).collect();
    let mut flat = Flat { avals, eqns: Vec::new(), next_const: 0 };
    let outs = flat.write(jaxpr, ins)?;
    Ok(Jaxpr { avals: flat.avals, consts, n_ins: in_avals.len(), eqns: flat.eqns, outs })
}

/// Appends the constants of called programs, in the order in which [`Flat`] comes to them.
fn inner_consts(jaxpr: &Jaxpr, consts: &mut Vec<Arc<HostArray>>) {
    for eqn in &jaxpr.eqns {
        if let Prim::Call(call) = &eqn.prim {
            consts.extend(call.jaxpr.consts.iter().cloned());
            inner_consts(&call.jaxpr, consts);
        }
    }
}

struct Flat {
    avals: Vec<Aval>,
    eqns: Vec<Eqn>,
    next_const: u32,
}

impl Flat {
    /// Writes a program's equations; gives its results.
    fn write(&mut self, jaxpr: &Jaxpr, ins: Vec<Atom>) -> Result<Vec<Atom>> {
        if ins.len() != jaxpr.n_ins {
            return Err(Error::internal("a call with the wrong number of operands"));
        }
        let consts = self.next_const..self.next_const + jaxpr.consts.len() as u32;
        self.next_const = consts.end;
        let mut env: Vec<Atom> = consts.map(|i| Atom::Var(Var(i))).chain(ins).collect();
        let read = |env: &[Atom], a: Atom| a.var().map_or(a, |v| env[v.index()]);
        for eqn in &jaxpr.eqns {
            let ins: Vec<Atom> = eqn.ins.iter().map(|&a| read(&env, a)).collect();
            if let Prim::Call(call) = &eqn.prim {
                env.extend(self.write(&call.jaxpr, ins)?);
                continue;
            }
            let n = self.avals.len();
            let outs: Vec<Var> = (n..n + eqn.outs.len()).map(|i| Var(i as u32)).collect();
            self.avals.extend(eqn.outs.iter().map(|&v| jaxpr.aval(v).clone()));
            env.extend(outs.iter().map(|&v| Atom::Var(v)));
            self.eqns.push(Eqn { prim: eqn.prim.clone(), ins, outs, at: eqn.at });
        }
        Ok(jaxpr.outs.iter().map(|&a| read(&env, a)).collect())
    }
}
