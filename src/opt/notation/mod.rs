//! The pass that makes Hessians fast: programs in index notation.
//!
//! Differentiation pushes identities through a program, and `vmap` carries a dense axis for them
//! through everything. Here each value is a *sum of terms*, a term a product of ordinary, smaller
//! arrays with a map from the axes of the value to labels (see [`term`]): an identity is `δ_ij`, a
//! diagonal matrix `v_i δ_ij`, a broadcast `v_i` over `ij`, and a contraction that is still open
//! `Σ_s a_si b_sj`. Linear and multilinear primitives act on the labels:
//!
//! - product: labels unify axis by axis, factors multiply; sum: terms are collected;
//! - sum over an axis: of a delta the axis goes, of a broadcast the size becomes a factor, and
//!   otherwise the contraction stays open, so that its order can be chosen over the whole product;
//! - transpose, broadcast, reshape, slice, pad, concatenation: the map changes, the arrays do not;
//! - `dot_general`: product and sum, so that `W·I` costs nothing and `W·diag(v)` scales;
//! - gather and `scatter_add`: products with factors that are one at places, see [`one_hot`];
//! - those of windows, reversal, triangular and other systems act on the factors that have labels of
//!   their axes, see [`along`];
//! - choice between a value and zero: acts on computed arrays, so that a NaN not chosen stays out;
//! - other element-wise functions: act on the array of a term without deltas, below broadcasts.
//!
//! Anything else takes its operands written out ([`close`]): terms of one pattern added up,
//! contractions of one array put together ([`mod@factor`]), deltas by comparing indices in one fused
//! loop, windows by padding. This is the tensor calculus of Laue,
//! Mitterreiter and Giesen (NeurIPS 2018; AAAI 2020) as a pass, so it serves whatever brings
//! identities in, those that users write too.
//!
//! Preserves types, and values as the same real function: sums may be taken in another order, and
//! off a delta there is the true 0 where the dense program computes 0·∞ = NaN. A choice acts on
//! computed factors that have the labels of its predicate; where another factor of the term, data or
//! finite as long as the data are, is not finite, 0·NaN comes in that was not chosen. One that has only
//! some of the labels and may not be finite is zero where nothing is chosen along the others.

mod along;
mod close;
mod elementwise;
mod factor;
mod index;
mod merge;
mod one_hot;
mod places;
mod term;
mod windows;
mod write;

use super::builder::Builder;
use super::cost::cost;
use super::{dce, rewrite};
use crate::base::Result;
use crate::ir::params::*;
use crate::ir::{Atom, Aval, Eqn, Jaxpr, Prim, Var};
use close::{close, contract_inner, literal};
use index::Index;
use merge::{gather, merge};
use places::{Start, clamped};
use term::{Axis, Factor, Stuck, Term};
use write::write_out;

/// A sum with more terms, or a term with more factors, is written out.
const TERMS: usize = 256;
const FACTORS: usize = 12;

/// How much slower a program may be estimated for being smaller.
const TOLERANCE: f64 = 1.2;

/// What is known of a variable.
#[derive(Clone)]
enum Value {
    /// An array of the new program.
    Plain(Atom),
    /// An array of truth values, true where labels that axes share agree.
    Delta(Atom, Term),
    /// A sum of terms, not written out.
    Sum(Vec<Term>),
}

/// The program in index notation where that is cheaper, and otherwise as it is.
///
/// # Errors
/// When a rule breaks the program, which is a bug here.
pub(super) fn notation(jaxpr: &Jaxpr) -> Result<Jaxpr> {
    let mut pass = Pass::new(jaxpr);
    for eqn in &jaxpr.eqns {
        pass.b.at = eqn.at;
        let values = match pass.structured(eqn)? {
            Some(value) => vec![value],
            None => pass.plain(eqn)?,
        };
        let index = values.first().and_then(|v| pass.index_of(eqn, v));
        pass.indices.resize(pass.values.len() + values.len(), index);
        pass.values.extend(values);
        pass.settle(eqn)?;
    }
    let outs = jaxpr.outs.iter().map(|&a| pass.force(a)).collect::<Result<Vec<_>>>()?;
    let new = dce::dce(&rewrite::rewrite(&dce::dce(&pass.b.finish(outs))?)?)?;
    let (after, before) = (cost(&new), cost(jaxpr));
    // Less arithmetic is worth a little: so small programs come out in the same form as large ones.
    let allowed = if after.flops < before.flops { TOLERANCE } else { 1.0 };
    Ok(if after.seconds < allowed * before.seconds { new } else { jaxpr.clone() })
}

struct Pass<'a> {
    jaxpr: &'a Jaxpr,
    b: Builder,
    values: Vec<Value>,
    /// What each variable is as an index, if it is one.
    indices: Vec<Option<Index>>,
    /// How often each variable is used.
    uses: Vec<usize>,
}

impl<'a> Pass<'a> {
    fn new(jaxpr: &'a Jaxpr) -> Pass<'a> {
        let mut uses = vec![0; jaxpr.avals.len()];
        let atoms = jaxpr.eqns.iter().flat_map(|e| &e.ins).chain(&jaxpr.outs);
        atoms.filter_map(|a| a.var()).for_each(|v| uses[v.index()] += 1);
        let first = jaxpr.consts.len() + jaxpr.n_ins;
        let inputs = || (0..first).map(|i| Var(i as u32));
        let values = inputs().map(|v| Value::Plain(Atom::Var(v))).collect();
        let mut pass = Pass { jaxpr, b: Builder::new(jaxpr), values, indices: vec![], uses };
        let index = |v| pass.scalar_index(Atom::Var(v), jaxpr.aval(v));
        pass.indices = inputs().map(index).collect();
        pass
    }

    fn aval(&self, atom: Atom) -> Aval {
        self.jaxpr.atom_aval(atom)
    }

    /// What is known of an operand; literals are themselves.
    fn value(&self, atom: Atom) -> Value {
        atom.var().map_or(Value::Plain(atom), |v| self.values[v.index()].clone())
    }

    /// The terms of an operand that is a sum.
    fn sum_of(&self, atom: Atom) -> Option<&[Term]> {
        match &self.values[atom.var()?.index()] {
            Value::Sum(terms) => Some(terms),
            _ => None,
        }
    }

    fn is_sum(&self, atom: Atom) -> bool {
        self.sum_of(atom).is_some()
    }

    fn is_delta(&self, atom: Atom) -> bool {
        atom.var().is_some_and(|v| matches!(self.values[v.index()], Value::Delta(..)))
    }

    /// True for arrays, and for sums that are not zero off some diagonal or window.
    fn is_dense(&self, atom: Atom) -> bool {
        self.sum_of(atom).is_none_or(|terms| terms.iter().all(|t| t.is_dense(&self.b)))
    }

    /// The operand as an array of the new program.
    fn force(&mut self, atom: Atom) -> Result<Atom> {
        let Some(var) = atom.var() else { return Ok(atom) };
        let terms = match &self.values[var.index()] {
            Value::Plain(x) | Value::Delta(x, _) => return Ok(*x),
            Value::Sum(terms) => terms.clone(),
        };
        let x = write_out(&mut self.b, &terms, self.jaxpr.aval(var))?;
        self.values[var.index()] = Value::Plain(x);
        Ok(x)
    }

    /// Makes one term of a sum, which keeps what repeats it along axes, or else an array.
    fn unite(&mut self, atom: Atom) -> Result<()> {
        let Some(var) = atom.var() else { return Ok(()) };
        let Value::Sum(terms) = &self.values[var.index()] else { return Ok(()) };
        if terms.iter().any(|t| t.pattern() != terms[0].pattern()) {
            return self.force(atom).map(drop);
        }
        let sum = merge::sum(&mut self.b, terms, self.jaxpr.aval(var).dtype)?;
        self.values[var.index()] = Value::Sum(vec![sum]);
        Ok(())
    }

    /// The operand as terms over axes of a shape, which is its own or, for a scalar, any.
    fn terms(&mut self, atom: Atom, shape: &[usize]) -> Result<Vec<Term>> {
        let terms = match (self.value(atom), atom) {
            (Value::Sum(terms), _) => terms,
            (_, Atom::Lit(s)) => return Ok(vec![Term::constant(s.to_f64(), shape)]),
            (Value::Plain(x) | Value::Delta(x, _), _) => {
                vec![Term::plain(&mut self.b, x)?]
            }
        };
        if self.aval(atom).rank() == shape.len() {
            return Ok(terms);
        }
        let p = BroadcastInDim { shape: shape.into(), dims: vec![] };
        Ok(terms.iter().map(|t| t.broadcast(&p)).collect())
    }

    /// The equation on arrays.
    fn plain(&mut self, eqn: &Eqn) -> Result<Vec<Value>> {
        let ins = eqn.ins.iter().map(|&a| self.force(a)).collect::<Result<Vec<_>>>()?;
        let outs = self.b.emit(eqn.prim.clone(), ins)?;
        Ok(outs.into_iter().map(Value::Plain).collect())
    }

    /// Writes a value out at once where waiting gains nothing.
    fn settle(&mut self, eqn: &Eqn) -> Result<()> {
        let &[out] = eqn.outs.as_slice() else { return Ok(()) };
        let merged = self.merged(eqn);
        let Value::Sum(terms) = &mut self.values[out.index()] else { return Ok(()) };
        if terms.len() > 1 {
            *terms = merge(&mut self.b, terms, merged, self.jaxpr.aval(out).dtype)?;
        }
        if let Some(atom) = as_it_stands(terms) {
            self.values[out.index()] = Value::Plain(atom);
            return Ok(());
        }
        // A contraction that several equations need is done once. Products without one stay open:
        // they cost little, and their factors are smaller than they.
        let dtype = self.jaxpr.aval(out).dtype;
        let shared = self.uses[out.index()] > 1;
        let dense = terms.iter().all(|t| t.is_dense(&self.b));
        let contracts = terms.iter().any(Term::is_contraction);
        let long = |terms: &[Term]| terms.iter().any(|t| t.factors.len() > FACTORS);
        if contracts && !dense && long(terms) {
            terms.iter_mut().try_for_each(|t| contract_inner(&mut self.b, t, dtype))?;
        }
        if terms.len() > 1 {
            *terms = gather(&mut self.b, std::mem::take(terms), shared, dtype)?;
        }
        if terms.len() > TERMS || long(terms) || shared && contracts && dense {
            self.force(Atom::Var(out))?;
        }
        Ok(())
    }

    /// How many of the first terms of a result were merged with each other when they were settled.
    /// A broadcast makes more of them worth merging, because the whole is larger.
    fn merged(&self, eqn: &Eqn) -> usize {
        let terms = |x: Atom| self.sum_of(x).map_or(1, <[Term]>::len);
        match eqn.prim {
            Prim::Binary(Binary { op: BinaryOp::Add | BinaryOp::Sub })
            | Prim::Unary(Unary { op: UnaryOp::Neg })
            | Prim::Transpose(_) => terms(eqn.ins[0]),
            _ => 0,
        }
    }

    /// The result in index notation, if some operand has structure that the primitive passes on.
    fn structured(&mut self, eqn: &Eqn) -> Result<Option<Value>> {
        let &[out] = eqn.outs.as_slice() else { return Ok(None) };
        let out = self.jaxpr.aval(out).clone();
        let empty = out.size() == 0 || eqn.ins.iter().any(|&a| self.aval(a).size() == 0);
        if empty || eqn.ins.is_empty() {
            return Ok(None);
        }
        let ins = eqn.ins.as_slice();
        let any_sum = ins.iter().any(|&a| self.is_sum(a));
        let linear = out.dtype.is_float() && any_sum;
        match (&eqn.prim, ins) {
            (Prim::BroadcastInDim(p), &[x]) => self.broadcast(p, x),
            (Prim::Transpose(p), &[x]) => {
                if let Value::Delta(atom, delta) = self.value(x) {
                    let atom = self.b.emit1(p.clone(), vec![atom])?;
                    return Ok(Some(Value::Delta(atom, delta.transpose(p))));
                }
                let shape = self.aval(x).shape;
                let terms = self.terms(x, &shape)?;
                Ok(Some(Value::Sum(terms.iter().map(|t| t.transpose(p)).collect())))
            }
            (Prim::Compare(Compare { op: CompareOp::Eq }), &[x, y]) => {
                match self.delta(x, y, &out.shape)? {
                    Some(delta) => self.known_delta(eqn, delta),
                    None => self.sink(eqn, &out),
                }
            }
            (Prim::Binary(Binary { op: BinaryOp::And }), &[x, y]) => {
                if let (Value::Delta(_, p), Value::Delta(_, q)) = (self.value(x), self.value(y))
                    && let Ok(Some(both)) = p.times(&mut self.b, &q)?
                {
                    return self.known_delta(eqn, both);
                }
                self.sink(eqn, &out)
            }
            (Prim::Reshape(_) | Prim::Squeeze(_), &[x]) if any_sum => {
                self.each(x, |b, t| Ok(t.reshape(b, &out.shape)?.map(Some)))
            }
            (Prim::Convert(_), &[x]) if out.dtype.is_float() => match self.value(x) {
                Value::Delta(_, delta) => Ok(Some(Value::Sum(vec![delta]))),
                _ => self.sink(eqn, &out),
            },
            (Prim::Unary(Unary { op: UnaryOp::Neg }), &[x]) if linear => {
                self.each(x, |_, t| Ok(Ok(Some(Term { scale: -t.scale, ..t.clone() }))))
            }
            (Prim::Binary(Binary { op: BinaryOp::Add }), &[x, y]) if linear => {
                self.add(x, y, 1.0, &out)
            }
            (Prim::Binary(Binary { op: BinaryOp::Sub }), &[x, y]) if linear => {
                self.add(x, y, -1.0, &out)
            }
            // 0·NaN and 0·∞ are left to the device.
            (Prim::Binary(Binary { op: BinaryOp::Mul | BinaryOp::Div }), &[_, Atom::Lit(c)])
                if linear && !c.to_f64().is_normal() =>
            {
                Ok(None)
            }
            (Prim::Binary(Binary { op: BinaryOp::Mul }), &[x, y]) if linear => self.mul(x, y, &out),
            (Prim::Binary(Binary { op: BinaryOp::Div }), &[x, y]) if linear => {
                self.div(eqn, x, y, &out)
            }
            (Prim::Reduce(Reduce { op: ReduceOp::Sum, axes }), &[x]) if linear => {
                self.each(x, |_, t| Ok(Ok(Some(t.sum(axes)))))
            }
            (Prim::DotGeneral(p), &[x, y]) if linear => self.dot(p, x, y),
            (Prim::Slice(p), &[x]) if linear => self.each(x, |b, t| t.slice(b, p)),
            (Prim::Pad(p), &[x, Atom::Lit(zero)]) if linear && zero.to_f64() == 0.0 => {
                self.pad(p, x)
            }
            (Prim::DynamicSlice(p), &[x, ref starts @ ..]) if linear => {
                let shape = self.aval(x).shape;
                let starts = self.starts(starts, &shape, &p.sizes)?;
                self.each(x, |b, t| Ok(t.window(b, &starts, &p.sizes)?.map(Some)))
            }
            (Prim::DynamicUpdateSlice(_), &[x, update, ref starts @ ..])
                if out.dtype.is_float() && self.is_zero(x) && self.is_sum(update) =>
            {
                let starts = self.starts(starts, &out.shape, &self.aval(update).shape)?;
                self.each(update, |b, t| Ok(t.placed(b, &starts, &out.shape)?.map(Some)))
            }
            (Prim::Concatenate(p), _) if linear => self.concatenate(p, ins, &out),
            // A gather of rows is left open, too, so that it may come after a product.
            (Prim::Gather(p), _)
                if out.dtype.is_float() && !any_sum && !p.dims.offset_dims.is_empty() =>
            {
                self.at_places(eqn, &out)
            }
            (Prim::Gather(_) | Prim::Scatter(_), _) if linear => {
                match self.at_places(eqn, &out)? {
                    Some(value) => Ok(Some(value)),
                    None => self.along(eqn, &out),
                }
            }
            (Prim::Rev(_) | Prim::TriangularSolve(_) | Prim::LinearSolve(_), _) if linear => {
                self.along(eqn, &out)
            }
            (Prim::Select(Select), &[which, no, yes]) if any_sum || self.is_delta(which) => {
                match self.choose(which, no, yes, &out)? {
                    Some(value) => Ok(Some(value)),
                    None => self.sink(eqn, &out),
                }
            }
            (
                Prim::Unary(_)
                | Prim::Special(_)
                | Prim::Binary(_)
                | Prim::Compare(_)
                | Prim::IntegerPow(_)
                | Prim::Clamp(_),
                _,
            ) => self.sink(eqn, &out),
            _ => Ok(None),
        }
    }

    /// A linear map of one operand, term by term: `L(Σ tₖ) = Σ L(tₖ)`.
    fn each(
        &mut self,
        x: Atom,
        map: impl Fn(&mut Builder, &Term) -> term::Step<Option<Term>>,
    ) -> Result<Option<Value>> {
        let Value::Sum(terms) = self.value(x) else { return Ok(None) };
        let mut mapped = Vec::with_capacity(terms.len());
        for t in &terms {
            match map(&mut self.b, t)? {
                Ok(t) => mapped.extend(t),
                Err(Stuck) => return Ok(None),
            }
        }
        Ok(Some(Value::Sum(mapped)))
    }

    /// `y_ij = x_j`: terms of their own where the operand has none.
    fn broadcast(&mut self, p: &BroadcastInDim, x: Atom) -> Result<Option<Value>> {
        if let Value::Delta(atom, delta) = self.value(x) {
            let atom = self.b.emit1(p.clone(), vec![atom])?;
            return Ok(Some(Value::Delta(atom, delta.broadcast(p))));
        }
        if matches!(x, Atom::Lit(s) if !s.dtype().is_float()) {
            return Ok(None);
        }
        let shape = self.aval(x).shape;
        let terms = self.terms(x, &shape)?;
        Ok(Some(Value::Sum(terms.iter().map(|t| t.broadcast(p)).collect())))
    }

    /// `Σ xₖ ± Σ yₗ`, the terms side by side; [`settle`](Pass::settle) merges what goes together.
    fn add(&mut self, x: Atom, y: Atom, sign: f64, out: &Aval) -> Result<Option<Value>> {
        let mut terms = self.terms(x, &out.shape)?;
        let others = self.terms(y, &out.shape)?;
        terms.extend(others.into_iter().map(|t| Term { scale: sign * t.scale, ..t }));
        Ok(Some(Value::Sum(terms)))
    }

    /// The product of all pairs of terms. If both operands are sums, one that is dense is written
    /// out first: its terms would only be multiplied again and again.
    fn mul(&mut self, x: Atom, y: Atom, out: &Aval) -> Result<Option<Value>> {
        for (a, other) in [(x, y), (y, x)] {
            let several = |a: Atom| self.sum_of(a).is_some_and(|terms| terms.len() > 1);
            if several(a) && self.is_dense(a) && several(other) {
                self.unite(a)?;
            }
        }
        let (xs, ys) = (self.terms(x, &out.shape)?, self.terms(y, &out.shape)?);
        self.products(&xs, &ys)
    }

    /// `(Σ xₖ)(Σ yₗ) = Σ xₖ yₗ`; none if the labels of a pair do not fit.
    fn products(&mut self, xs: &[Term], ys: &[Term]) -> Result<Option<Value>> {
        let mut terms = Vec::with_capacity(xs.len() * ys.len());
        for x in xs {
            for y in ys {
                match x.times(&mut self.b, y)? {
                    Ok(t) => terms.extend(t),
                    Err(Stuck) => return Ok(None),
                }
            }
        }
        terms.iter_mut().try_for_each(|t| t.fuse(&mut self.b))?;
        Ok(Some(Value::Sum(terms)))
    }

    /// `(Σ xₖ) / y = Σ xₖ (1/y)`: a sum over a dense divisor is a product with its reciprocal.
    fn div(&mut self, eqn: &Eqn, x: Atom, y: Atom, out: &Aval) -> Result<Option<Value>> {
        if let Atom::Lit(c) = y {
            return self
                .each(x, |_, t| Ok(Ok(Some(Term { scale: t.scale / c.to_f64(), ..t.clone() }))));
        }
        // An ordinary quotient stays one.
        let numerator = match self.value(x) {
            Value::Sum(terms) if is_open(&self.b, &terms) => terms,
            _ => return self.sink(eqn, out),
        };
        let divisor = match self.value(y) {
            Value::Sum(terms) if terms.len() == 1 && terms[0].is_dense(&self.b) => terms,
            _ => {
                self.force(y)?;
                self.terms(y, &out.shape)?
            }
        };
        let core = close(&mut self.b, &divisor[0], out.dtype)?;
        let one = literal(1.0, out.dtype);
        let atom = self.b.emit1(Binary { op: BinaryOp::Div }, vec![one, core.atom])?;
        let factors = vec![Factor { atom, labels: core.labels }];
        let reciprocal = Term { scale: 1.0, factors, ..divisor[0].clone() };
        self.products(&numerator, &[reciprocal])
    }

    /// `Σ_k x_bik y_bkj`: each pair of terms over the axes of both, of which those that are contracted
    /// or batched have equal indices, summed over those that are contracted.
    fn dot(&mut self, p: &DotGeneral, x: Atom, y: Atom) -> Result<Option<Value>> {
        let (x_shape, y_shape) = (self.aval(x).shape, self.aval(y).shape);
        let (xs, ys) = (self.terms(x, &x_shape)?, self.terms(y, &y_shape)?);
        Ok(self.dot_terms(p, &xs, &ys, x_shape.rank())?.map(Value::Sum))
    }

    /// The same of terms; the operand on the left has `n` axes. None if the labels of a pair do not fit.
    fn dot_terms(
        &mut self,
        p: &DotGeneral,
        xs: &[Term],
        ys: &[Term],
        n: usize,
    ) -> Result<Option<Vec<Term>>> {
        let pairs = |(x, y): &(Vec<usize>, Vec<usize>)| -> Vec<(usize, usize)> {
            x.iter().zip(y).map(|(&i, &j)| (i, n + j)).collect()
        };
        let (batch, contract) = (pairs(&p.batch), pairs(&p.contract));
        let mut terms = Vec::new();
        for x in xs {
            'terms: for y in ys {
                let mut term = x.beside(y);
                for &(i, j) in batch.iter().chain(&contract) {
                    term = match term.contract(&mut self.b, i, j)? {
                        Ok(Some(term)) => term,
                        Ok(None) => continue 'terms,
                        Err(Stuck) => return Ok(None),
                    };
                }
                let summed: Vec<usize> = contract.iter().flat_map(|&(i, j)| [i, j]).collect();
                let doubled: Vec<usize> = batch.iter().map(|&(_, j)| j).collect();
                let is_free = |i: &usize| {
                    !summed.contains(i)
                        && !doubled.contains(i)
                        && !batch.iter().any(|(b, _)| b == i)
                };
                // The second axis of a batch pair repeats the first.
                let order =
                    batch.iter().map(|&(i, _)| i).chain((0..term.axes.len()).filter(is_free));
                let order: Vec<usize> = order.collect();
                let gone: Vec<usize> =
                    (0..term.axes.len()).filter(|i| !order.contains(i)).collect();
                let rest: Vec<usize> = (0..term.axes.len()).filter(|i| !gone.contains(i)).collect();
                let place = |i: &usize| rest.iter().position(|r| r == i).unwrap_or(0);
                let perm = order.iter().map(place).collect();
                let mut term = term.sum(&gone).transpose(&Transpose { perm });
                term.fuse(&mut self.b)?;
                terms.push(term);
            }
        }
        Ok(Some(terms))
    }

    /// Zeros around, none between: every term gets a window.
    fn pad(&mut self, p: &Pad, x: Atom) -> Result<Option<Value>> {
        if p.config.iter().any(|&(low, high, interior)| low < 0 || high < 0 || interior > 0) {
            return Ok(None);
        }
        let widths = || p.config.iter().map(|c| (c.0.unsigned_abs(), c.1.unsigned_abs()));
        self.each(x, |b, t| Ok(Ok(Some(t.pad(b, widths())?))))
    }

    /// Where a window starts along each axis, in range.
    fn starts(&mut self, at: &[Atom], shape: &[usize], sizes: &[usize]) -> Result<Vec<Start>> {
        let mut starts = Vec::with_capacity(at.len());
        for ((&x, &n), &size) in at.iter().zip(shape).zip(sizes) {
            let x = self.force(x)?;
            starts.push(clamped(&mut self.b, x, n, size)?);
        }
        Ok(starts)
    }

    /// The equation on arrays, with what it is as a delta.
    fn known_delta(&mut self, eqn: &Eqn, delta: Term) -> Result<Option<Value>> {
        let ins = eqn.ins.iter().map(|&a| self.force(a)).collect::<Result<Vec<_>>>()?;
        let atom = self.b.emit1(eqn.prim.clone(), ins)?;
        Ok(Some(Value::Delta(atom, delta)))
    }

    /// `[x y] = [x 0] + [0 y]`: windows beside each other, unless all is dense: then the arrays are
    /// put together.
    fn concatenate(&mut self, p: &Concatenate, ins: &[Atom], out: &Aval) -> Result<Option<Value>> {
        if ins.iter().all(|&a| self.is_dense(a)) {
            return Ok(None);
        }
        let (mut at, mut terms) = (0, Vec::new());
        for &x in ins {
            let shape = self.aval(x).shape;
            let end = at + shape[p.dim];
            let widths = (0..shape.rank())
                .map(|d| if d == p.dim { (at, out.shape[d] - end) } else { (0, 0) });
            let widths: Vec<_> = widths.collect();
            for t in self.terms(x, &shape)? {
                terms.push(t.pad(&mut self.b, widths.iter().copied())?);
            }
            at = end;
        }
        Ok(Some(Value::Sum(terms)))
    }
}

/// True for sums that are more than one array with its axes in some order.
fn is_open(b: &Builder, terms: &[Term]) -> bool {
    !matches!(terms, [t] if t.is_dense(b) && t.factors.len() < 2)
}

/// The array of a single factor that is the value itself.
fn as_it_stands(terms: &[Term]) -> Option<Atom> {
    let [Term { scale, factors, axes, .. }] = terms else { return None };
    let ([Factor { atom, labels }], true) = (factors.as_slice(), *scale == 1.0) else {
        return None;
    };
    let same = axes.len() == labels.len()
        && axes.iter().zip(labels).all(|(a, &l)| *a == Axis::of(vec![l]));
    (same && atom.var().is_some()).then_some(*atom)
}
