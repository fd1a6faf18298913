//! What a body computes of its constants alone is computed once, before the loop.

use super::super::builder::Builder;
use super::{Cheap, blank, is_elementwise};
use crate::base::{Error, Result};
use crate::ir::params::Scan;
use crate::ir::{Atom, Aval, Eqn, Jaxpr, Prim, Var};
use std::collections::HashMap;
use std::sync::Arc;

/// The program with invariant parts of its loops outside.
///
/// # Errors
/// When a rule breaks the program, which is a bug here.
pub(in super::super) fn hoist(jaxpr: &Jaxpr) -> Result<Jaxpr> {
    if !jaxpr.eqns.iter().any(|e| matches!(e.prim, Prim::Scan(_))) {
        return Ok(jaxpr.clone());
    }
    Builder::rewritten(jaxpr, |b, eqn, ins| {
        let (prim, ins) = match &eqn.prim {
            // A loop of one run or none has nothing to save.
            Prim::Scan(scan) if scan.length > 1 => hoist_from(b, scan, ins, eqn)?,
            prim => (prim.clone(), ins),
        };
        b.emit(prim, ins)
    })
}

/// Element-wise results of which only slices are read: XLA computes no more than these, and the
/// slices of all runs together are no more than the whole.
fn sliced(body: &Jaxpr) -> Vec<bool> {
    let mut only = vec![true; body.avals.len()];
    body.outs.iter().filter_map(|a| a.var()).for_each(|v| only[v.index()] = false);
    let mut element_wise = vec![false; only.len()];
    for e in body.eqns.iter().rev() {
        let passes = is_elementwise(&e.prim) && e.outs.iter().all(|v| only[v.index()]);
        e.outs.iter().for_each(|v| element_wise[v.index()] = is_elementwise(&e.prim));
        let kept = usize::from(matches!(e.prim, Prim::DynamicSlice(_)));
        if !passes {
            e.ins[kept..].iter().filter_map(|a| a.var()).for_each(|v| only[v.index()] = false);
        }
    }
    only.iter().zip(element_wise).map(|(o, e)| *o && e).collect()
}

/// What is known of a body, by variable.
struct Known {
    /// Depends on constants of the loop alone.
    invariant: Vec<bool>,
    /// Is made again rather than handed over.
    cheap: Vec<bool>,
    /// Must be handed over, since the body needs it.
    handed: Vec<bool>,
    /// Is needed outside to make what is handed over.
    needed: Vec<bool>,
}

impl Known {
    fn new(scan: &Scan) -> Known {
        let body = &scan.jaxpr;
        let n = body.avals.len();
        let mut invariant = vec![false; n];
        invariant[..body.consts.len() + scan.n_consts].fill(true);
        for e in &body.eqns {
            let all = e.ins.iter().all(|a| a.var().is_none_or(|v| invariant[v.index()]));
            e.outs.iter().for_each(|v| invariant[v.index()] = all);
        }
        let (made, sliced) = (Cheap::new(body), sliced(body));
        let cheap = (0..n).map(|i| made.is(Var(i as u32)) || sliced[i]).collect();
        let mut known = Known { invariant, cheap, handed: vec![false; n], needed: vec![false; n] };
        known.demand(body);
        known
    }

    /// Walks backward from what the body computes in every run.
    fn demand(&mut self, body: &Jaxpr) {
        // Invariant values that the body must have.
        let mut wanted = vec![false; body.avals.len()];
        let mark = |mask: &mut [bool], atoms: &[Atom]| {
            atoms.iter().filter_map(|a| a.var()).for_each(|v| mask[v.index()] = true);
        };
        mark(&mut wanted, &body.outs);
        for e in &body.eqns {
            if !e.outs.iter().any(|v| self.invariant[v.index()]) {
                mark(&mut wanted, &e.ins);
            }
        }
        for e in body.eqns.iter().rev() {
            let is = |mask: &[bool]| e.outs.iter().any(|v| mask[v.index()]);
            if !is(&self.invariant) {
                continue;
            }
            if is(&wanted) {
                if is(&self.cheap) {
                    mark(&mut wanted, &e.ins);
                } else {
                    for v in &e.outs {
                        self.handed[v.index()] = wanted[v.index()];
                        self.needed[v.index()] = true;
                    }
                }
            }
            if is(&self.needed) {
                mark(&mut self.needed, &e.ins);
            }
        }
    }

    fn any(mask: &[bool], e: &Eqn) -> bool {
        e.outs.iter().any(|v| mask[v.index()])
    }
}

/// The atom that stands for one of the old program, if there is one.
fn read(env: &[Option<Atom>], atom: Atom) -> Option<Atom> {
    atom.var().map_or(Some(atom), |v| env[v.index()])
}

/// The loop and its operands, after what leaves it is written.
fn hoist_from(b: &mut Builder, scan: &Scan, ins: Vec<Atom>, at: &Eqn) -> Result<(Prim, Vec<Atom>)> {
    let (body, known) = (&scan.jaxpr, Known::new(scan));
    if !known.handed.contains(&true) || !body.consts.is_empty() {
        return Ok((scan.clone().into(), ins));
    }
    let missing = || Error::internal("an invariant value that varies");

    // Outside: all that is needed for what is handed over.
    let mut outer: Vec<Option<Atom>> = ins[..scan.n_consts].iter().copied().map(Some).collect();
    outer.resize(body.n_ins, None);
    let mut handed = Vec::new();
    for e in &body.eqns {
        if !(Known::any(&known.invariant, e) && Known::any(&known.needed, e)) {
            outer.extend(e.outs.iter().map(|_| None));
            continue;
        }
        b.at = e.at;
        let ins: Option<Vec<Atom>> = e.ins.iter().map(|&a| read(&outer, a)).collect();
        let outs = b.emit(e.prim.clone(), ins.ok_or_else(missing)?)?;
        for (v, atom) in e.outs.iter().zip(outs) {
            outer.push(Some(atom));
            if known.handed[v.index()] {
                handed.push((*v, atom));
            }
        }
    }
    b.at = at.at;

    // Inside: the constants, what is handed over, and the rest.
    let mut avals: Vec<Aval> = body.in_avals();
    let more = handed.iter().map(|(v, _)| body.aval(*v).clone());
    avals.splice(scan.n_consts..scan.n_consts, more);
    let mut inner = Builder::new(&blank(avals));
    let var = |i: usize| Atom::Var(Var(i as u32));
    let shift = |i: usize| if i < scan.n_consts { i } else { i + handed.len() };
    let places: HashMap<Var, Atom> =
        handed.iter().enumerate().map(|(i, (v, _))| (*v, var(scan.n_consts + i))).collect();
    let mut env: Vec<Option<Atom>> = (0..body.n_ins).map(|i| Some(var(shift(i)))).collect();
    for e in &body.eqns {
        let ins: Option<Vec<Atom>> = e.ins.iter().map(|&a| read(&env, a)).collect();
        let moved = Known::any(&known.invariant, e) && !Known::any(&known.cheap, e);
        match ins {
            Some(ins) if !moved => {
                inner.at = e.at;
                env.extend(inner.emit(e.prim.clone(), ins)?.into_iter().map(Some));
            }
            _ => env.extend(e.outs.iter().map(|v| places.get(v).copied())),
        }
    }
    let outs: Option<Vec<Atom>> = body.outs.iter().map(|&a| read(&env, a)).collect();
    let jaxpr = inner.finish(outs.ok_or_else(missing)?);
    let mut new_ins = ins;
    let atoms = handed.iter().map(|(_, a)| *a);
    new_ins.splice(scan.n_consts..scan.n_consts, atoms);
    let n_consts = scan.n_consts + handed.len();
    Ok((Scan { jaxpr: Arc::new(jaxpr), n_consts, ..scan.clone() }.into(), new_ins))
}
