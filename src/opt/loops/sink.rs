//! Cheap operands of loops go into their bodies.

use super::super::builder::Builder;
use super::{Cheap, blank};
use crate::base::{Error, Result};
use crate::ir::params::{BroadcastInDim, Scan};
use crate::ir::{Atom, Aval, Eqn, Jaxpr, Prim, Var};
use std::collections::HashMap;
use std::sync::Arc;

/// The program with the cheap operands of its loops made in the bodies. What nothing needs any more
/// is left to dead code elimination.
///
/// # Errors
/// When a rule breaks the program, which is a bug here.
pub(in super::super) fn sink(jaxpr: &Jaxpr) -> Result<Jaxpr> {
    if !jaxpr.eqns.iter().any(|e| matches!(e.prim, Prim::Scan(_))) {
        return Ok(jaxpr.clone());
    }
    let (mut b, mut outer) = (Builder::new(jaxpr), Outer::new(jaxpr));
    for eqn in &jaxpr.eqns {
        b.at = eqn.at;
        let (prim, ins) = match &eqn.prim {
            Prim::Scan(scan) => sink_into(&b, &outer, scan, eqn)?,
            prim => (prim.clone(), eqn.ins.iter().map(|&a| outer.read(a)).collect()),
        };
        outer.env.extend(b.emit(prim, ins)?);
    }
    let outs = jaxpr.outs.iter().map(|&a| outer.read(a)).collect();
    Ok(b.finish(outs))
}

/// What an input of a body is made of.
enum Source {
    /// An operand of the new loop: its place among the constants.
    Operand(usize),
    /// The cheap result of a primitive.
    Made(Prim, Vec<Source>),
    Literal(Atom),
}

/// The constants of a loop that is being written.
struct Consts<'a> {
    outer: &'a Outer<'a>,
    /// The atoms of the new outer program, in order, and their places.
    atoms: Vec<Atom>,
    places: HashMap<Atom, usize>,
}

/// The outer program: the old one, and the new atoms of what is written of it.
struct Outer<'a> {
    cheap: Cheap,
    /// The equation that defines each variable.
    definition: Vec<Option<&'a Eqn>>,
    env: Vec<Atom>,
}

impl<'a> Outer<'a> {
    fn new(jaxpr: &'a Jaxpr) -> Outer<'a> {
        let mut definition = vec![None; jaxpr.avals.len()];
        for eqn in &jaxpr.eqns {
            eqn.outs.iter().for_each(|v| definition[v.index()] = Some(eqn));
        }
        let first = jaxpr.consts.len() + jaxpr.n_ins;
        let env = (0..first).map(|i| Atom::Var(Var(i as u32))).collect();
        Outer { cheap: Cheap::new(jaxpr), definition, env }
    }

    fn read(&self, atom: Atom) -> Atom {
        atom.var().map_or(atom, |v| self.env[v.index()])
    }

    /// The broadcast that gives each slice along axis 0 of a broadcast, if these are all the same.
    fn repeated(&self, x: Atom) -> Option<(BroadcastInDim, Atom)> {
        let eqn = self.definition[x.var()?.index()]?;
        let (Prim::BroadcastInDim(p), &[small]) = (&eqn.prim, eqn.ins.as_slice()) else {
            return None;
        };
        if p.dims.first() == Some(&0) {
            return None;
        }
        let dims = p.dims.iter().map(|d| d - 1).collect();
        Some((BroadcastInDim { shape: p.shape.without(&[0]), dims }, small))
    }
}

impl Consts<'_> {
    /// What an atom of the old program is made of; what is not made in the body becomes a constant.
    fn source(&mut self, atom: Atom) -> Source {
        let Some(var) = atom.var() else { return Source::Literal(atom) };
        if self.outer.cheap.is(var)
            && let Some(eqn) = self.outer.definition[var.index()]
        {
            let ins = eqn.ins.iter().map(|&a| self.source(a)).collect();
            return Source::Made(eqn.prim.clone(), ins);
        }
        let atom = self.outer.read(atom);
        if atom.var().is_none() {
            return Source::Literal(atom);
        }
        let next = self.atoms.len();
        let place = *self.places.entry(atom).or_insert(next);
        if place == next {
            self.atoms.push(atom);
        }
        Source::Operand(place)
    }
}

fn make(body: &mut Builder, source: &Source) -> Result<Atom> {
    match source {
        Source::Operand(i) => Ok(Atom::Var(Var(*i as u32))),
        Source::Literal(atom) => Ok(*atom),
        Source::Made(prim, ins) => {
            let ins = ins.iter().map(|s| make(body, s)).collect::<Result<_>>()?;
            body.emit1(prim.clone(), ins)
        }
    }
}

/// The loop and its operands in the new program.
fn sink_into(b: &Builder, outer: &Outer<'_>, scan: &Scan, eqn: &Eqn) -> Result<(Prim, Vec<Atom>)> {
    let [consts, carries, xs] = scan.operands(&eqn.ins);
    let mut new = Consts { outer, atoms: Vec::new(), places: HashMap::new() };
    let const_sources: Vec<Source> = consts.iter().map(|&a| new.source(a)).collect();
    let x_sources: Vec<Option<Source>> = xs
        .iter()
        .map(|&x| {
            let (p, small) = outer.repeated(x)?;
            Some(Source::Made(p.into(), vec![new.source(small)]))
        })
        .collect();
    let n_consts = new.atoms.len();
    let mut new_ins = new.atoms;
    new_ins.extend(carries.iter().map(|&a| outer.read(a)));
    let kept = xs.iter().zip(&x_sources).filter(|(_, s)| s.is_none());
    new_ins.extend(kept.map(|(&x, _)| outer.read(x)));

    let old_avals = scan.jaxpr.in_avals();
    let [_, carry_avals, xs_avals] = scan.operands(&old_avals);
    let mut avals: Vec<Aval> = new_ins[..n_consts].iter().map(|&a| b.aval(a)).collect();
    avals.extend_from_slice(carry_avals);
    let kept = xs_avals.iter().zip(&x_sources).filter(|(_, s)| s.is_none());
    avals.extend(kept.map(|(a, _)| a.clone()));

    let mut body = Builder::new(&blank(avals));
    body.at = eqn.at;
    let mut env = Vec::with_capacity(scan.jaxpr.avals.len());
    for source in &const_sources {
        env.push(make(&mut body, source)?);
    }
    let mut next = n_consts as u32;
    let mut input = || {
        next += 1;
        Atom::Var(Var(next - 1))
    };
    env.extend(carries.iter().map(|_| input()));
    for source in &x_sources {
        env.push(match source {
            Some(source) => make(&mut body, source)?,
            None => input(),
        });
    }
    let body = write(body, env, &scan.jaxpr)?;
    Ok((Scan { jaxpr: Arc::new(body), n_consts, ..scan.clone() }.into(), new_ins))
}

/// A program written after what stands in `b`, given its inputs.
fn write(mut b: Builder, mut env: Vec<Atom>, jaxpr: &Jaxpr) -> Result<Jaxpr> {
    if !jaxpr.consts.is_empty() {
        return Err(Error::internal("a body with constants after inlining"));
    }
    let read = |env: &[Atom], a: Atom| a.var().map_or(a, |v| env[v.index()]);
    for eqn in &jaxpr.eqns {
        b.at = eqn.at;
        let ins = eqn.ins.iter().map(|&a| read(&env, a)).collect();
        env.extend(b.emit(eqn.prim.clone(), ins)?);
    }
    let outs = jaxpr.outs.iter().map(|&a| read(&env, a)).collect();
    Ok(b.finish(outs))
}
