//! Cheap operands of loops go into their bodies.

use super::super::builder::Builder;
use super::kept::{by_slices, only_in_loops};
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
    /// Another: its place among the `xs`.
    Slice(usize),
    /// The cheap result of a primitive.
    Made(Prim, Vec<Source>),
    Literal(Atom),
}

/// The operands of a loop that is being written.
struct Operands<'a> {
    outer: &'a Outer<'a>,
    consts: Places,
    xs: Places,
}

/// Atoms of the new outer program, in order, and their places.
#[derive(Default)]
struct Places {
    atoms: Vec<Atom>,
    places: HashMap<Atom, usize>,
}

impl Places {
    fn of(&mut self, atom: Atom) -> usize {
        let next = self.atoms.len();
        let place = *self.places.entry(atom).or_insert(next);
        if place == next {
            self.atoms.push(atom);
        }
        place
    }
}

/// The outer program: the old one, and the new atoms of what is written of it.
struct Outer<'a> {
    cheap: Cheap,
    /// By variable, the number of equations that make its slices from those of other arrays, if nothing
    /// but loops reads it and that is cheap; 0 for the others.
    sliced: Vec<usize>,
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
        Outer { cheap: Cheap::new(jaxpr), sliced: sliced(jaxpr), definition, env }
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

/// See [`Outer::sliced`].
fn sliced(jaxpr: &Jaxpr) -> Vec<usize> {
    let inner = only_in_loops(jaxpr);
    let mut weight = vec![0; jaxpr.avals.len()];
    for eqn in &jaxpr.eqns {
        let Some(out) = by_slices(jaxpr, eqn) else { continue };
        let vars = eqn.ins.iter().filter_map(|a| a.var());
        let total = 1 + vars.map(|v| weight[v.index()]).sum::<usize>();
        if inner[out.index()] && total <= Cheap::MOST {
            weight[out.index()] = total;
        }
    }
    weight
}

impl Operands<'_> {
    /// What the slices along axis 0 of an atom of the old program are made of.
    fn slices(&mut self, x: Atom) -> Source {
        if let Some((p, small)) = self.outer.repeated(x) {
            return Source::Made(p.into(), vec![self.source(small)]);
        }
        if let Some(var) = x.var()
            && self.outer.sliced[var.index()] > 0
            && let Some(eqn) = self.outer.definition[var.index()]
        {
            let slices = |&a: &Atom| a.var().map_or(Source::Literal(a), |_| self.slices(a));
            return Source::Made(eqn.prim.clone(), eqn.ins.iter().map(slices).collect());
        }
        Source::Slice(self.xs.of(self.outer.read(x)))
    }

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
        Source::Operand(self.consts.of(atom))
    }
}

/// Writes what a source says into a body whose first input of the `xs` is `first_x`.
fn make(body: &mut Builder, first_x: usize, source: &Source) -> Result<Atom> {
    match source {
        Source::Operand(i) => Ok(Atom::Var(Var(*i as u32))),
        Source::Slice(i) => Ok(Atom::Var(Var((first_x + i) as u32))),
        Source::Literal(atom) => Ok(*atom),
        Source::Made(prim, ins) => {
            let ins = ins.iter().map(|s| make(body, first_x, s)).collect::<Result<_>>()?;
            body.emit1(prim.clone(), ins)
        }
    }
}

/// The loop and its operands in the new program.
fn sink_into(b: &Builder, outer: &Outer<'_>, scan: &Scan, eqn: &Eqn) -> Result<(Prim, Vec<Atom>)> {
    let [consts, carries, xs] = scan.operands(&eqn.ins);
    let mut new = Operands { outer, consts: Places::default(), xs: Places::default() };
    let const_sources: Vec<Source> = consts.iter().map(|&a| new.source(a)).collect();
    let x_sources: Vec<Source> = xs.iter().map(|&x| new.slices(x)).collect();
    let (consts, xs) = (new.consts.atoms, new.xs.atoms);
    let (n_consts, first_x) = (consts.len(), consts.len() + carries.len());

    let slice = |&x: &Atom| {
        let aval = b.aval(x);
        aval.with_shape(aval.shape.without(&[0]))
    };
    let mut avals: Vec<Aval> = consts.iter().map(|&a| b.aval(a)).collect();
    avals.extend_from_slice(scan.operands(&scan.jaxpr.in_avals())[1]);
    avals.extend(xs.iter().map(slice));
    let carries: Vec<Atom> = carries.iter().map(|&a| outer.read(a)).collect();
    let new_ins = [consts, carries, xs].concat();

    let mut body = Builder::new(&blank(avals));
    body.at = eqn.at;
    let mut env = Vec::with_capacity(scan.jaxpr.avals.len());
    for source in &const_sources {
        env.push(make(&mut body, first_x, source)?);
    }
    env.extend((n_consts..first_x).map(|i| Atom::Var(Var(i as u32))));
    for source in &x_sources {
        env.push(make(&mut body, first_x, source)?);
    }
    if !scan.jaxpr.consts.is_empty() {
        return Err(Error::internal("a body with constants after inlining"));
    }
    let outs = body.append(&scan.jaxpr, env, |b, eqn, ins| b.emit(eqn.prim.clone(), ins))?;
    let jaxpr = Arc::new(body.finish(outs));
    Ok((Scan { jaxpr, n_consts, ..scan.clone() }.into(), new_ins))
}
