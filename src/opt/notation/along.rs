//! Linear maps along some axes of an operand: `y_i'j = Σ_i L_i'i x_ij`. Other axes pass through them
//! with the structure that they have, so that the map acts on a smaller array.
//!
//! Of a term `a_ik b_jk`, with `i` the axes of the map and `j` those that pass, only the factors that
//! have labels of `i` are mapped: `(Σ_i L_i'i a_ik) b_jk`. Where a passing axis shares a label with one
//! of the map, as in `δ_ij`, the matrix `L_i'j` itself comes out. What labels are left beside those of
//! the map lie along one of the passing axes meanwhile; the others have size one there.

use super::close::literal;
use super::term::{Axis, Factor, Label, Term};
use super::write::write_out;
use super::{Pass, Value};
use crate::base::{Result, Shape};
use crate::ir::params::{BroadcastInDim, Reshape, ScatterOp};
use crate::ir::{Atom, Aval, Eqn, Prim};
use crate::opt::builder::Builder;

/// An axis of the operand and the axis of the result that it becomes.
type Passing = (usize, usize);

/// A term in two parts.
struct Parts {
    /// What the map acts on, over all axes: those that pass have size one, but that which carries
    /// labels.
    own: Term,
    rest: Vec<Factor>,
    /// Labels of the map that passing axes have, too.
    shared: Vec<Label>,
    /// Labels of mapped factors that are on none of the map's axes.
    others: Vec<Label>,
}

impl Parts {
    /// None if there are labels left and no axis to carry them.
    fn of(term: &Term, passing: &[Passing]) -> Option<Parts> {
        let passes = |d: usize| passing.iter().any(|&(i, _)| i == d);
        let (through, along): (Vec<usize>, Vec<usize>) =
            (0..term.axes.len()).partition(|&d| passes(d));
        let on = |axes: &[usize], label: Label| {
            axes.iter().any(|&d| term.axes[d].labels.contains(&label))
        };
        let touched = |f: &Factor| f.labels.iter().any(|&l| on(&along, l));
        let (own, rest): (Vec<Factor>, Vec<Factor>) =
            term.factors.iter().cloned().partition(touched);
        let labels = 0..term.sizes.len();
        let shared: Vec<Label> =
            labels.clone().filter(|&l| on(&along, l) && on(&through, l)).collect();
        let has = |l: Label| own.iter().any(|f| f.labels.contains(&l));
        let others: Vec<Label> = labels.filter(|&l| has(l) && !on(&along, l)).collect();
        let carried = [shared.as_slice(), &others].concat();
        if through.is_empty() && !carried.is_empty() {
            return None;
        }
        let mut axes = term.axes.clone();
        through.iter().for_each(|&d| axes[d] = Axis::of(vec![]));
        through.iter().take(1).for_each(|&d| axes[d] = Axis::of(carried.clone()));
        let own = Term { scale: 1.0, sizes: term.sizes.clone(), factors: own, axes };
        Some(Parts { own, rest, shared, others })
    }

    fn shape(&self) -> Shape {
        self.own.axes.iter().map(|axis| self.own.size(axis)).collect()
    }

    /// The term of the result, from the mapped array.
    fn result(self, b: &mut Builder, term: &Term, y: Atom, passing: &[Passing]) -> Result<Term> {
        let mut new = Term { factors: self.rest, axes: vec![], ..term.clone() };
        // Those that pass are others now than those of the map.
        let fresh: Vec<Label> = self.shared.iter().map(|&l| new.new_label(term.sizes[l])).collect();
        let renamed =
            |l: &Label| self.shared.iter().position(|s| s == l).map_or(*l, |at| fresh[at]);
        let carrier = passing.iter().map(|&(i, _)| i).min();
        let mut labels: Vec<Label> = Vec::new();
        for (e, &n) in b.shape(y).iter().enumerate() {
            let axis = match passing.iter().find(|&&(_, out)| out == e) {
                Some(&(i, _)) => {
                    if Some(i) == carrier {
                        labels.extend(fresh.iter().chain(&self.others));
                    }
                    let axis = &term.axes[i];
                    axis.with(axis.labels.iter().map(renamed).collect())
                }
                None if n == 1 => Axis::of(vec![]),
                None => {
                    let axis = new.new_axis(n);
                    labels.extend(&axis.labels);
                    axis
                }
            };
            new.axes.push(axis);
        }
        let shape = labels.iter().map(|&l| new.sizes[l]).collect();
        let atom = b.emit1(Reshape { shape }, vec![y])?;
        new.factors.push(Factor { atom, labels });
        Ok(new)
    }
}

impl Pass<'_> {
    /// The operand in which the equation is linear, and the axes that pass through it.
    fn map_along(&self, eqn: &Eqn) -> Option<(usize, Vec<Passing>)> {
        let shape = |i: usize| self.aval(eqn.ins[i]).shape;
        let all_but = |i: usize, axes: &[usize]| {
            (0..shape(i).rank()).filter(|d| !axes.contains(d)).map(|d| (d, d)).collect()
        };
        Some(match &eqn.prim {
            Prim::Rev(p) => (0, all_but(0, &p.dims)),
            Prim::TriangularSolve(p) => {
                let free = shape(1).rank() - if p.left_side { 1 } else { 2 };
                (1, vec![(free, free)])
            }
            Prim::LinearSolve(_) => {
                let free = shape(3).rank() - 1;
                (3, vec![(free, free)])
            }
            Prim::Gather(p) => {
                let x = shape(0);
                let whole = |&(d, _): &Passing| p.sizes[d] == x[d];
                (0, p.dims.window(x.rank()).filter(whole).collect())
            }
            Prim::Scatter(p) if p.op == ScatterOp::Add && self.is_zero(eqn.ins[0]) => {
                let (x, updates) = (shape(0), shape(2));
                let pairs = p.dims.window(x.rank()).map(|(d, e)| (e, d));
                (2, pairs.filter(|&(e, d)| updates[e] == x[d]).collect())
            }
            _ => return None,
        })
    }

    /// The equation on a smaller operand.
    fn mapped(&mut self, eqn: &Eqn, (at, x): (usize, Atom), passing: &[Passing]) -> Result<Atom> {
        let mut prim = eqn.prim.clone();
        let shape = self.b.shape(x);
        let mut ins = Vec::with_capacity(eqn.ins.len());
        for (i, &atom) in eqn.ins.iter().enumerate() {
            ins.push(match &prim {
                _ if i == at => x,
                Prim::Scatter(_) if i == 0 => {
                    let aval = self.aval(atom);
                    let mut zeros = aval.shape.to_vec();
                    passing.iter().for_each(|&(e, d)| zeros[d] = shape[e]);
                    let p = BroadcastInDim { shape: zeros.into(), dims: vec![] };
                    self.b.emit1(p, vec![literal(0.0, aval.dtype)])?
                }
                _ => self.force(atom)?,
            });
        }
        if let Prim::Gather(p) = &mut prim {
            passing.iter().for_each(|&(d, _)| p.sizes[d] = shape[d]);
        }
        self.b.emit1(prim, ins)
    }

    /// The result of a linear map along some axes, if the arrays that it acts on then are smaller by
    /// half.
    pub(super) fn along(&mut self, eqn: &Eqn, out: &Aval) -> Result<Option<Value>> {
        let Some((at, passing)) = self.map_along(eqn) else { return Ok(None) };
        let Some(terms) = self.sum_of(eqn.ins[at]).map(<[Term]>::to_vec) else { return Ok(None) };
        let parts = terms.iter().map(|t| Parts::of(t, &passing));
        let Some(parts) = parts.collect::<Option<Vec<Parts>>>() else { return Ok(None) };
        let size: usize = parts.iter().map(|p| p.shape().size()).sum();
        if 2 * size > self.aval(eqn.ins[at]).size() {
            return Ok(None);
        }
        let mut results = Vec::with_capacity(terms.len());
        for (term, parts) in terms.iter().zip(parts) {
            let aval = Aval::new(parts.shape(), out.dtype);
            let x = write_out(&mut self.b, std::slice::from_ref(&parts.own), &aval)?;
            let y = self.mapped(eqn, (at, x), &passing)?;
            results.push(parts.result(&mut self.b, term, y, &passing)?);
        }
        Ok(Some(Value::Sum(results)))
    }
}
