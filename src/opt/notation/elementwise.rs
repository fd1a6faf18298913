//! Element-wise functions in index notation: choices between sums, and functions that act below
//! broadcasts.

use super::close::{align, close, contract_inner, literal};
use super::one_hot::OneHot;
use super::term::{Factor, Label, Step, Stuck, Term};
use super::{Pass, Value, is_open};
use crate::base::{DType, Result};
use crate::ir::params::{Reduce, ReduceOp, Select};
use crate::ir::{Atom, Aval, Eqn};
use crate::opt::builder::Builder;
use crate::opt::range::Range;

impl Pass<'_> {
    /// `p ? Σ xₖ : Σ yₗ = Σ (p ? xₖ : 0) + Σ (p ? 0 : yₗ)`, a choice between sums; by a delta
    /// between a sum and zero, `δ Σ xₖ`.
    pub(super) fn choose(
        &mut self,
        which: Atom,
        no: Atom,
        yes: Atom,
        out: &Aval,
    ) -> Result<Option<Value>> {
        if !out.dtype.is_float() {
            return Ok(None);
        }
        if let (Value::Delta(_, delta), true) = (self.value(which), self.is_zero(no)) {
            let terms = self.terms(yes, &out.shape)?;
            return self.products(&terms, &[delta]);
        }
        let open = |a: Atom| self.sum_of(a).is_some_and(|terms| is_open(&self.b, terms));
        if !open(no) && !open(yes) && !self.crosses(which, no) && !self.crosses(which, yes) {
            return Ok(None);
        }
        if !self.is_dense_term(which) {
            self.force(which)?;
        }
        let predicate = self.terms(which, &out.shape)?.swap_remove(0);
        let predicate = self.closed(&predicate, &Aval::new(&out.shape, DType::Bool))?;
        let mut chosen = Vec::new();
        for (branch, taken) in [(no, false), (yes, true)] {
            if self.is_zero(branch) {
                continue;
            }
            for t in self.terms(branch, &out.shape)? {
                match self.choose_term(&predicate, &t, taken, out)? {
                    Ok(t) => chosen.extend(t),
                    Err(Stuck) => return Ok(None),
                }
            }
        }
        Ok(Some(Value::Sum(chosen)))
    }

    /// True if an array is repeated along an axis of the predicate, and the predicate along one of its
    /// own: then a choice between it and zero is better left as a product of the two.
    fn crosses(&self, which: Atom, x: Atom) -> bool {
        let (Some([p]), Some([x])) = (self.sum_of(which), self.sum_of(x)) else { return false };
        let varies = |t: &Term, d: usize| t.axes[d].labels.iter().any(|l| t.in_factors(*l));
        let only =
            |t: &Term, other: &Term| (0..t.axes.len()).any(|d| varies(t, d) && !varies(other, d));
        only(p, x) && only(x, p)
    }

    /// The term where the predicate is `taken`, zero elsewhere: a choice in every computed factor
    /// that has the labels of the predicate, so that a NaN not chosen stays out. Data of the user
    /// (inputs and constants) are left as they are beside one that is chosen in.
    ///
    /// A factor that has only some of the labels is left as it is, too, if it is finite where the
    /// inputs are: `p_sc · h_sb M_sca = h_sb (p_sc · M_sca)`, and `p_sc` itself as a number if there
    /// is no `M`. Otherwise, or where it would be no larger than the predicate, the product becomes
    /// one array first.
    fn choose_term(
        &mut self,
        predicate: &Term,
        term: &Term,
        taken: bool,
        out: &Aval,
    ) -> Step<Option<Term>> {
        if predicate.factors.is_empty() {
            return Ok(Err(Stuck));
        }
        let mut joint = match predicate.times(&mut self.b, term)? {
            Ok(Some(joint)) => joint,
            other => return Ok(other),
        };
        let p = joint.factors.remove(0);
        // Ones at places are left to themselves: they are finite, and zero nearly everywhere.
        let is_one = |b: &Builder, f: &Factor| OneHot::is(b, f);
        let covers = |b: &Builder, f: &Factor| {
            p.labels.iter().all(|l| f.labels.contains(l)) && !is_one(b, f)
        };
        // Zero times an infinite number is NaN, so such a number must be chosen itself.
        let finite = joint.scale.is_finite();
        let mut on_factors = finite && self.acts_on_factors(&p, &joint);
        if finite && !on_factors {
            contract_inner(&mut self.b, &mut joint, out.dtype)?;
            on_factors = self.acts_on_factors(&p, &joint);
            if !on_factors && self.is_larger(&p, &joint) {
                self.choose_parts(&p, &mut joint, taken)?;
                on_factors = true;
            }
        }
        if on_factors {
            if !joint.factors.iter().any(|f| covers(&self.b, f)) {
                let [no, yes] = if taken { [0.0, 1.0] } else { [1.0, 0.0] };
                let ins = vec![p.atom, literal(no, out.dtype), literal(yes, out.dtype)];
                let atom = self.b.emit1(Select, ins)?;
                joint.factors.push(Factor { atom, labels: p.labels });
                return Ok(Ok(Some(joint)));
            }
        } else {
            let core = close(&mut self.b, &joint, out.dtype)?;
            let missing = p.labels.iter().filter(|l| !core.labels.contains(l));
            let labels: Vec<Label> = core.labels.iter().chain(missing).copied().collect();
            let atom = align(&mut self.b, &joint.sizes, &core, &labels)?;
            (joint.scale, joint.factors) = (1.0, vec![Factor { atom, labels }]);
        }
        let mut chosen: Vec<usize> =
            (0..joint.factors.len()).filter(|&i| covers(&self.b, &joint.factors[i])).collect();
        let size = |i: &usize| joint.factors[*i].labels.len();
        let smallest = chosen.iter().copied().min_by_key(size);
        chosen.retain(|&i| !self.b.is_data(joint.factors[i].atom));
        if chosen.is_empty() {
            chosen.extend(smallest);
        }
        for i in chosen {
            let f = &joint.factors[i];
            let which = align(&mut self.b, &joint.sizes, &p, &f.labels)?;
            let zero = literal(0.0, out.dtype);
            let [no, yes] = if taken { [zero, f.atom] } else { [f.atom, zero] };
            let atom = self.b.emit1(Select, vec![which, no, yes])?;
            // Folded to a scalar, it is repeated.
            let scalar = self.b.aval(atom).rank() == 0;
            let chosen = Factor { atom, labels: if scalar { vec![] } else { f.labels.clone() } };
            joint.factors[i].atom = align(&mut self.b, &joint.sizes, &chosen, &f.labels)?;
        }
        Ok(Ok(Some(joint)))
    }

    /// True if a choice by the predicate `p` may leave factors alone that have only some of its
    /// labels: they are finite, and the product as one array would be larger than the predicate.
    fn acts_on_factors(&self, p: &Factor, joint: &Term) -> bool {
        let has = |f: &Factor| p.labels.iter().filter(|l| f.labels.contains(l)).count();
        let is_part = |f: &&Factor| has(f) < p.labels.len() && !OneHot::is(&self.b, f);
        let mut parts = joint.factors.iter().filter(is_part).peekable();
        parts.peek().is_none()
            || self.is_larger(p, joint)
                && parts.all(|f| has(f) == 0 || self.b.range(f.atom) >= Range::Finite)
    }

    /// True if the product as one array would be larger than the predicate `p`.
    fn is_larger(&self, p: &Factor, joint: &Term) -> bool {
        let mut kept = joint.factors.iter().flat_map(|f| &f.labels);
        kept.any(|l| !p.labels.contains(l) && joint.in_axes(*l))
    }

    /// Makes factors that have only some labels of the predicate `p` zero where none of it is chosen:
    /// beside a choice, an element that is not finite then only meets those that are chosen, and
    /// others that share its place with one of these.
    fn choose_parts(&mut self, p: &Factor, joint: &mut Term, taken: bool) -> Result<()> {
        for f in &mut joint.factors {
            let is_common = |d: &usize| f.labels.contains(&p.labels[*d]);
            let (common, axes): (Vec<usize>, Vec<usize>) = (0..p.labels.len()).partition(is_common);
            let is_finite = self.b.range(f.atom) >= Range::Finite;
            if common.is_empty() || axes.is_empty() || is_finite || OneHot::is(&self.b, f) {
                continue;
            }
            let op = if taken { ReduceOp::Or } else { ReduceOp::And };
            let which = self.b.emit1(Reduce { op, axes }, vec![p.atom])?;
            let labels = common.iter().map(|&d| p.labels[d]).collect();
            let which =
                align(&mut self.b, &joint.sizes, &Factor { atom: which, labels }, &f.labels)?;
            let zero = literal(0.0, self.b.dtype(f.atom));
            let [no, yes] = if taken { [zero, f.atom] } else { [f.atom, zero] };
            f.atom = self.b.emit1(Select, vec![which, no, yes])?;
        }
        Ok(())
    }

    pub(super) fn is_zero(&self, atom: Atom) -> bool {
        let is_zero = |t: &Term| t.scale == 0.0 && t.factors.is_empty();
        match atom {
            Atom::Lit(s) => s.to_f64() == 0.0,
            _ => self.sum_of(atom).is_some_and(|terms| terms.iter().all(is_zero)),
        }
    }

    /// True for a sum of one term that is not zero off some diagonal or window.
    fn is_dense_term(&self, atom: Atom) -> bool {
        matches!(self.sum_of(atom), Some([term]) if term.is_dense(&self.b))
    }

    /// The term with its product as one factor, or none if that is a number.
    fn closed(&mut self, term: &Term, out: &Aval) -> Result<Term> {
        let core = close(&mut self.b, term, out.dtype)?;
        Ok(Term::of(core, term.sizes.clone(), term.axes.clone()))
    }

    /// The labels of several terms unified over the axes of `out`, their factors side by side.
    fn joint(&mut self, terms: &[&Term], out: &Aval) -> Step<Option<Term>> {
        let mut joint = Term::constant(1.0, &out.shape);
        for t in terms {
            joint = match joint.times(&mut self.b, t)? {
                Ok(Some(joint)) => joint,
                other => return Ok(other),
            };
        }
        Ok(Ok(Some(joint)))
    }

    /// `f(x_i, y_i)` over `ij` is computed over `i`: an element-wise function acts below broadcasts,
    /// on the arrays of dense terms, over the labels that any of them has.
    pub(super) fn sink(&mut self, eqn: &Eqn, out: &Aval) -> Result<Option<Value>> {
        if !eqn.ins.iter().any(|&a| self.is_sum(a)) {
            return Ok(None);
        }
        let mut operands: Vec<Option<Term>> = Vec::with_capacity(eqn.ins.len());
        for &a in &eqn.ins {
            if let Atom::Lit(_) = a {
                operands.push(None);
                continue;
            }
            if self.is_sum(a) && !self.is_dense_term(a) {
                self.force(a)?;
            }
            let aval = self.aval(a);
            let term = self.terms(a, &out.shape)?.swap_remove(0);
            let core = close(&mut self.b, &term, aval.dtype)?;
            operands.push(Some(Term { scale: 1.0, factors: vec![core], ..term }));
        }
        let terms: Vec<&Term> = operands.iter().flatten().collect();
        let Ok(Some(joint)) = self.joint(&terms, out)? else { return Ok(None) };
        let labels = all_labels(&joint);
        let mut factors = joint.factors.iter();
        let mut ins = Vec::with_capacity(eqn.ins.len());
        for (&a, operand) in eqn.ins.iter().zip(&operands) {
            ins.push(match operand.as_ref().and_then(|_| factors.next()) {
                Some(f) => align(&mut self.b, &joint.sizes, f, &labels)?,
                None => a,
            });
        }
        let atom = self.b.emit1(eqn.prim.clone(), ins)?;
        // Of scalars it is a scalar.
        let labels = if self.b.aval(atom).rank() == labels.len() { labels } else { vec![] };
        let factors = vec![Factor { atom, labels }];
        Ok(Some(Value::Sum(vec![Term { scale: 1.0, factors, ..joint }])))
    }
}

/// The labels that the factors of a term have, in the order of its axes.
fn all_labels(term: &Term) -> Vec<Label> {
    let mut labels = Vec::new();
    for &l in term.axes.iter().flat_map(|a| &a.labels) {
        if term.in_factors(l) && !labels.contains(&l) {
            labels.push(l);
        }
    }
    labels
}
