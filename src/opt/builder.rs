//! Writing a program equation by equation, with what is known of it so far at hand.
//!
//! An equation that is emitted is first folded if its operands are literals, then offered to the
//! rules, then looked up among those there are already; only what remains is added. So a program
//! that is built here is simplified while it grows, and a rule may emit whatever it likes.

use super::form::Forms;
use super::range::Range;
use super::rules;
use crate::base::{DType, Result, Scalar, Shape, Source};
use crate::ir::params::{Binary, BinaryOp, Compare, CompareOp};
use crate::ir::{Atom, Aval, Eqn, Jaxpr, Prim, Var};
use std::collections::HashMap;

/// A program that is being written.
pub(super) struct Builder {
    jaxpr: Jaxpr,
    /// The equation that defines each variable; none for constants and inputs.
    defined_by: Vec<Option<usize>>,
    /// What is known of the values of each variable.
    ranges: Vec<Range>,
    known: HashMap<(Prim, Vec<Atom>), Vec<Var>>,
    /// Products and sums that are known up to order.
    pub(super) forms: Forms,
    /// Arrays that are one at places, see [`one_hot`](super::notation::one_hot): for each of the last axes
    /// the places along it.
    pub(super) one_hots: HashMap<Atom, Vec<Atom>>,
    /// The user's line that emitted equations inherit.
    pub(super) at: Source,
}

impl Builder {
    /// A program with the constants and inputs of `like`, and no equations yet.
    pub(super) fn new(like: &Jaxpr) -> Builder {
        let n = like.consts.len() + like.n_ins;
        let jaxpr = Jaxpr {
            avals: like.avals[..n].to_vec(),
            consts: like.consts.clone(),
            n_ins: like.n_ins,
            eqns: Vec::with_capacity(like.eqns.len()),
            outs: Vec::new(),
        };
        let known = HashMap::with_capacity(like.eqns.len());
        let (forms, one_hots, at) = (Forms::default(), HashMap::new(), Source::here());
        let (defined_by, ranges) = (vec![None; n], vec![Range::Finite; n]);
        Builder { jaxpr, defined_by, ranges, known, forms, one_hots, at }
    }

    /// A program written anew: `write` gives the results of each equation, whose operands are those in
    /// the new program.
    ///
    /// # Errors
    /// Those of `write`.
    pub(super) fn rewritten(
        jaxpr: &Jaxpr,
        write: impl FnMut(&mut Builder, &Eqn, Vec<Atom>) -> Result<Vec<Atom>>,
    ) -> Result<Jaxpr> {
        let mut b = Builder::new(jaxpr);
        let first = jaxpr.consts.len() + jaxpr.n_ins;
        let outs =
            b.append(jaxpr, (0..first).map(|i| Atom::Var(Var(i as u32))).collect(), write)?;
        Ok(b.finish(outs))
    }

    /// The results of a program, written behind what there is. `env` holds its constants and inputs.
    ///
    /// # Errors
    /// Those of `write`.
    pub(super) fn append(
        &mut self,
        jaxpr: &Jaxpr,
        mut env: Vec<Atom>,
        mut write: impl FnMut(&mut Builder, &Eqn, Vec<Atom>) -> Result<Vec<Atom>>,
    ) -> Result<Vec<Atom>> {
        let read = |env: &[Atom], a: Atom| a.var().map_or(a, |v| env[v.index()]);
        for eqn in &jaxpr.eqns {
            self.at = eqn.at;
            let ins = eqn.ins.iter().map(|&a| read(&env, a)).collect();
            env.extend(write(self, eqn, ins)?);
        }
        Ok(jaxpr.outs.iter().map(|&a| read(&env, a)).collect())
    }

    /// The program with these results.
    pub(super) fn finish(self, outs: Vec<Atom>) -> Jaxpr {
        Jaxpr { outs, ..self.jaxpr }
    }

    /// The type of an atom.
    pub(super) fn aval(&self, atom: Atom) -> Aval {
        self.jaxpr.atom_aval(atom)
    }

    /// The shape of an atom.
    pub(super) fn shape(&self, atom: Atom) -> Shape {
        self.aval(atom).shape
    }

    /// The dtype of an atom.
    pub(super) fn dtype(&self, atom: Atom) -> DType {
        match atom {
            Atom::Var(v) => self.jaxpr.aval(v).dtype,
            Atom::Lit(s) => s.dtype(),
        }
    }

    /// The primitive and the operands that an atom is the (first) result of.
    pub(super) fn definition(&self, atom: Atom) -> Option<(&Prim, &[Atom])> {
        let eqn = &self.jaxpr.eqns[self.defined_by[atom.var()?.index()]?];
        (eqn.outs.len() == 1).then_some((&eqn.prim, eqn.ins.as_slice()))
    }

    /// True for constants and inputs, and for what moves their elements only.
    pub(super) fn is_data(&self, atom: Atom) -> bool {
        match self.definition(atom) {
            Some((
                Prim::Reshape(_) | Prim::Transpose(_) | Prim::Slice(_) | Prim::BroadcastInDim(_),
                &[x],
            )) => self.is_data(x),
            Some(_) => false,
            None => atom.var().is_none_or(|v| self.defined_by[v.index()].is_none()),
        }
    }

    /// What is known of the values of an atom, if the inputs are finite.
    pub(super) fn range(&self, atom: Atom) -> Range {
        match atom {
            Atom::Var(v) => self.ranges[v.index()],
            Atom::Lit(s) => Range::of(s),
        }
    }

    /// The results of a primitive.
    ///
    /// # Errors
    /// When the operands do not fit, which is a bug of the rule that asks for it.
    pub(super) fn emit(&mut self, prim: Prim, mut ins: Vec<Atom>) -> Result<Vec<Atom>> {
        if let Some(value) = fold(&prim, &ins) {
            return Ok(vec![Atom::Lit(value)]);
        }
        if let Some(atom) = rules::apply(self, &prim, &ins)? {
            return Ok(vec![atom]);
        }
        in_order(&prim, &mut ins);
        let key = (prim, ins);
        if let Some(outs) = self.known.get(&key) {
            return Ok(outs.iter().map(|&v| Atom::Var(v)).collect());
        }
        let outs = self.push(&key)?;
        let atoms = outs.iter().map(|&v| Atom::Var(v)).collect();
        self.known.insert(key, outs);
        Ok(atoms)
    }

    /// The result of a primitive that has one.
    ///
    /// # Errors
    /// As [`emit`](Builder::emit).
    pub(super) fn emit1(&mut self, prim: impl Into<Prim>, ins: Vec<Atom>) -> Result<Atom> {
        let outs = self.emit(prim.into(), ins)?;
        let internal = || crate::Error::internal("a primitive without a result");
        outs.into_iter().next().ok_or_else(internal)
    }

    /// The result of an equation, if there is that equation already.
    pub(super) fn known(&self, prim: &Prim, ins: &[Atom]) -> Option<Atom> {
        let mut ins = ins.to_vec();
        in_order(prim, &mut ins);
        let outs = self.known.get(&(prim.clone(), ins))?;
        outs.first().map(|&v| Atom::Var(v))
    }

    fn push(&mut self, (prim, ins): &(Prim, Vec<Atom>)) -> Result<Vec<Var>> {
        let operands: Vec<Aval> = ins.iter().map(|&a| self.aval(a)).collect();
        let avals = prim.rules().abstract_eval(&operands)?;
        let n = self.jaxpr.avals.len();
        let outs: Vec<Var> = (n..n + avals.len()).map(|i| Var(i as u32)).collect();
        let ranges: Vec<Range> = ins.iter().map(|&a| self.range(a)).collect();
        self.ranges.extend(avals.iter().map(|out| Range::of_result(prim, out, &operands, &ranges)));
        self.jaxpr.avals.extend(avals);
        self.defined_by.resize(self.jaxpr.avals.len(), Some(self.jaxpr.eqns.len()));
        let eqn = Eqn { prim: prim.clone(), ins: ins.clone(), outs: outs.clone(), at: self.at };
        self.jaxpr.eqns.push(eqn);
        Ok(outs)
    }
}

/// The value on literals, where the primitive can tell.
fn fold(prim: &Prim, ins: &[Atom]) -> Option<Scalar> {
    let literal = |a: &Atom| match a {
        Atom::Lit(s) => Some(*s),
        Atom::Var(_) => None,
    };
    if ins.is_empty() || !matches!(ins[0], Atom::Lit(_)) {
        return None;
    }
    prim.rules().fold(&ins.iter().map(literal).collect::<Option<Vec<_>>>()?)
}

/// True for functions of two operands that may change places.
fn commutes(prim: &Prim) -> bool {
    use BinaryOp::{Add, And, Max, Min, Mul, Or, Xor};
    match prim {
        Prim::Binary(Binary { op }) => matches!(op, Add | Mul | Max | Min | And | Or | Xor),
        Prim::Compare(Compare { op }) => matches!(op, CompareOp::Eq | CompareOp::Ne),
        _ => false,
    }
}

/// Brings operands that may change places into their order.
fn in_order(prim: &Prim, ins: &mut [Atom]) {
    if commutes(prim) && order(ins[1]) < order(ins[0]) {
        ins.swap(0, 1);
    }
}

/// The order of operands that may change places: literals last.
fn order(atom: Atom) -> u32 {
    atom.var().map_or(u32::MAX, |v| v.0)
}
