//! Factors that are one at places: `δ(i, p_m)` is 1 where the index `i` is the number that stands at
//! `m` in an array of places, and 0 elsewhere, also for places out of range. It has one or more
//! *hot* labels `i`, each with its array of places, and the labels `m` that these have.
//!
//! Gathers and sums of windows at places are products with such factors:
//!
//! ```text
//! gather:       y_mk = x_{p_m k}          = Σ_i δ(i, p_m) x_ik
//! scatter_add:  y_ik = Σ_{m: p_m = i} u_mk = Σ_m δ(i, p_m) u_mk
//! ```
//!
//! so that an identity goes through them as a factor, and the two places of second derivatives meet:
//! `Σ_m u_m δ(i, p_m) δ(j, p_m)` adds up the `u_m` at pairs of places. A factor is an ordinary array
//! for all other rules, one of zeros and ones, which is never computed where the sums are done by
//! these:
//!
//! - summed over `i`, it gathers ([`gathered`]); of another such factor the places;
//! - summed over an `m`, it adds up at places ([`scattered`]);
//! - two over the same `m` are one with the hot labels of both ([`joined`]).

use super::close::{align, literal, volume};
use super::places::{Start, bounds, plus};
use super::term::{Factor, Label, Term};
use super::{Pass, Value};
use crate::base::{DType, Result, Shape};
use crate::ir::params::*;
use crate::ir::{Atom, Aval, Eqn, Prim};
use crate::opt::builder::Builder;

/// A factor that is one at places.
pub(super) struct OneHot {
    /// The labels of the places.
    pub(super) stored: Vec<Label>,
    pub(super) hot: Vec<Label>,
    /// Integers over the stored labels, for each hot label.
    places: Vec<Atom>,
    dtype: DType,
}

impl OneHot {
    pub(super) fn of(b: &Builder, f: &Factor) -> Option<OneHot> {
        let f = f.untransposed(b);
        let places = b.one_hots.get(&f.atom)?.clone();
        let (stored, hot) = f.labels.split_at(f.labels.len() - places.len());
        let (stored, hot) = (stored.to_vec(), hot.to_vec());
        Some(OneHot { stored, hot, places, dtype: b.dtype(f.atom) })
    }

    /// Whether a factor is one at places.
    pub(super) fn is(b: &Builder, f: &Factor) -> bool {
        b.one_hots.contains_key(&f.untransposed(b).atom)
    }

    /// As an array: `(p_m = i) ∧ (q_m = j) ∧ ...` as a number.
    ///
    /// # Errors
    /// When an equation does not fit, which is a bug here.
    pub(super) fn factor(self, b: &mut Builder, sizes: &[usize]) -> Result<Factor> {
        let n = self.stored.len();
        let labels = [self.stored, self.hot].concat();
        let shape: Shape = labels.iter().map(|&l| sizes[l]).collect();
        let mut mask: Option<Atom> = None;
        for (k, &places) in self.places.iter().enumerate() {
            let (dtype, dim) = (b.dtype(places), n + k);
            let p = BroadcastInDim { shape: shape.clone(), dims: (0..n).collect() };
            let there = b.emit1(p, vec![places])?;
            let index = b.emit1(Iota { shape: shape.clone(), dtype, dim }, vec![])?;
            let equal = b.emit1(Compare { op: CompareOp::Eq }, vec![there, index])?;
            mask = Some(match mask {
                Some(mask) => b.emit1(Binary { op: BinaryOp::And }, vec![mask, equal])?,
                None => equal,
            });
        }
        let missing = || crate::Error::internal("a factor without places");
        let mask = mask.ok_or_else(missing)?;
        let atom = b.emit1(Convert { dtype: self.dtype }, vec![mask])?;
        b.one_hots.insert(atom, self.places);
        Ok(Factor { atom, labels })
    }

    /// Where a label stands among those of the places.
    pub(super) fn place(&self, label: Label) -> Option<usize> {
        self.stored.iter().position(|&l| l == label)
    }

    /// The same of other places, made from each array of them.
    pub(super) fn map(
        mut self,
        b: &mut Builder,
        stored: Vec<Label>,
        mut places: impl FnMut(&mut Builder, Atom) -> Result<Atom>,
    ) -> Result<OneHot> {
        for p in &mut self.places {
            *p = places(b, *p)?;
        }
        Ok(OneHot { stored, ..self })
    }

    /// With a label in two parts, the inner one over `inner` places.
    pub(super) fn split(
        mut self,
        b: &mut Builder,
        sizes: &[usize],
        label: Label,
        parts: [Label; 2],
    ) -> Result<OneHot> {
        if let Some(k) = self.hot.iter().position(|&l| l == label) {
            // Of a number out of range one of both is, too.
            let p = self.places[k];
            let inner = literal(sizes[parts[1]] as f64, b.dtype(p));
            let quotient = b.emit1(Binary { op: BinaryOp::Div }, vec![p, inner])?;
            let rest = b.emit1(Binary { op: BinaryOp::Rem }, vec![p, inner])?;
            self.hot.splice(k..=k, parts);
            self.places.splice(k..=k, [quotient, rest]);
            return Ok(self);
        }
        let part = |&l: &Label| if l == label { parts.to_vec() } else { vec![l] };
        let stored: Vec<Label> = self.stored.iter().flat_map(part).collect();
        let shape: Shape = stored.iter().map(|&l| sizes[l]).collect();
        self.map(b, stored, |b, p| b.emit1(Reshape { shape: shape.clone() }, vec![p]))
    }

    /// With the index of a hot label counted from a start.
    pub(super) fn counted_from(
        mut self,
        b: &mut Builder,
        label: Label,
        start: Start,
    ) -> Result<OneHot> {
        for (p, _) in self.places.iter_mut().zip(&self.hot).filter(|(_, l)| **l == label) {
            *p = match start {
                Start::At(from) => plus(b, *p, -(from as i64))?,
                Start::Computed(from) => {
                    let (dtype, shape) = (b.dtype(*p), b.shape(*p));
                    let from = b.emit1(Convert { dtype }, vec![from])?;
                    let from = b.emit1(BroadcastInDim { shape, dims: vec![] }, vec![from])?;
                    b.emit1(Binary { op: BinaryOp::Sub }, vec![*p, from])?
                }
            };
        }
        Ok(self)
    }
}

/// The labels of a factor, and those of them that are hot.
#[derive(Clone)]
pub(super) struct Labels {
    pub(super) all: Vec<Label>,
    pub(super) hot: Vec<Label>,
}

/// How two factors become one.
pub(super) enum Way {
    /// A matrix product.
    Dot,
    /// Element by element.
    Loop,
    /// The first, or else the second, gathers from the other.
    Gather(bool),
    /// The first, or else the second, adds the other up at places.
    Scatter(bool),
    /// Both are hot over the same labels.
    Join,
}

impl Labels {
    pub(super) fn of(b: &Builder, f: &Factor) -> Labels {
        let hot = OneHot::of(b, f).map(|f| f.hot).unwrap_or_default();
        Labels { all: f.labels.clone(), hot }
    }

    pub(super) fn plain(all: Vec<Label>) -> Labels {
        Labels { all, hot: vec![] }
    }

    pub(super) fn stored(&self) -> Vec<Label> {
        self.all.iter().filter(|l| !self.hot.contains(l)).copied().collect()
    }

    /// The number of elements that are kept of it.
    pub(super) fn volume(&self, sizes: &[usize]) -> f64 {
        volume(sizes, &self.stored())
    }

    /// How two become one, if only these labels are needed then.
    pub(super) fn way(&self, other: &Labels, needed: &dyn Fn(&Label) -> bool) -> Way {
        for (x, y, first) in [(self, other, true), (other, self, false)] {
            if x.gathers_from(y, needed) {
                return Way::Gather(first);
            }
            if x.adds_up(y, needed) {
                return Way::Scatter(first);
            }
        }
        let shared = || self.all.iter().filter(|l| other.all.contains(l));
        if self.joins(other) {
            return Way::Join;
        }
        match shared().next().is_some() && !shared().any(needed) {
            true => Way::Dot,
            false => Way::Loop,
        }
    }

    fn gathers_from(&self, other: &Labels, needed: &dyn Fn(&Label) -> bool) -> bool {
        let &[hot] = self.hot.as_slice() else { return false };
        other.all.contains(&hot)
            && !other.hot.contains(&hot)
            && !needed(&hot)
            // The places of places are hot where the latter were.
            && (other.hot.is_empty() || !other.hot.iter().any(|l| self.all.contains(l)))
    }

    fn adds_up(&self, other: &Labels, needed: &dyn Fn(&Label) -> bool) -> bool {
        !self.hot.is_empty()
            && other.hot.is_empty()
            && self.hot.iter().all(|l| needed(l) && !other.all.contains(l))
            && self.stored().iter().any(|l| !needed(l))
    }

    fn joins(&self, other: &Labels) -> bool {
        let (x, y) = (self.stored(), other.stored());
        let within = |x: &[Label], y: &[Label]| x.iter().all(|l| y.contains(l));
        !self.hot.is_empty()
            && !other.hot.is_empty()
            && !self.hot.iter().any(|l| other.all.contains(l))
            && !other.hot.iter().any(|l| self.all.contains(l))
            && (within(&x, &y) || within(&y, &x))
    }
}

/// The elements of an array at places along a label: `y_mk = x_{p_m k}`. Where the place is out of
/// range, there is `outside`.
fn take(
    b: &mut Builder,
    sizes: &[usize],
    x: &Factor,
    (hot, places, stored): (Label, Atom, &[Label]),
    outside: f64,
) -> Result<Factor> {
    let axis = x.labels.iter().position(|&l| l == hot).unwrap_or(0);
    let shape = b.shape(x.atom);
    let batching: Vec<usize> =
        (0..shape.rank()).filter(|&d| stored.contains(&x.labels[d])).collect();
    let in_places = |d: &usize| stored.iter().position(|&l| l == x.labels[*d]).unwrap_or(0);
    let free: Vec<usize> =
        (0..shape.rank()).filter(|d| *d != axis && !batching.contains(d)).collect();
    let labels: Vec<Label> =
        stored.iter().copied().chain(free.iter().map(|&d| x.labels[d])).collect();
    let window = (0..shape.rank()).map(|d| if free.contains(&d) { shape[d] } else { 1 }).collect();
    let dims = GatherDims {
        offset_dims: (stored.len()..labels.len()).collect(),
        collapsed: vec![axis],
        indices_batching: batching.iter().map(in_places).collect(),
        operand_batching: batching,
        start_index_map: vec![axis],
    };
    let vectors = b.shape(places).with_axis(stored.len(), 1);
    let indices = b.emit1(Reshape { shape: vectors }, vec![places])?;
    let atom = b.emit1(Gather { dims, sizes: window }, vec![x.atom, indices])?;
    let mut y = Factor { atom, labels };
    let last = sizes[hot] as i64 - 1;
    let (lo, hi) = bounds(b, places);
    if lo < 0 || hi > last {
        let int = b.dtype(places);
        let ends = [(CompareOp::Ge, 0), (CompareOp::Le, last)];
        let [above, below] =
            ends.map(|(op, k)| b.emit1(Compare { op }, vec![places, literal(k as f64, int)]));
        let inside = b.emit1(Binary { op: BinaryOp::And }, vec![above?, below?])?;
        let inside = Factor { atom: inside, labels: stored.to_vec() };
        let inside = align(b, sizes, &inside, &y.labels)?;
        let outside = literal(outside, b.dtype(y.atom));
        y.atom = b.emit1(Select, vec![inside, outside, y.atom])?;
    }
    Ok(y)
}

/// `Σ_i δ(i, p_m) x_ik = x_{p_m k}`, not yet summed over other labels.
///
/// # Errors
/// When an equation does not fit, which is a bug here.
pub(super) fn gathered(
    b: &mut Builder,
    sizes: &[usize],
    at: &OneHot,
    x: &Factor,
) -> Result<Factor> {
    let from = (at.hot[0], at.places[0], at.stored.as_slice());
    let Some(other) = OneHot::of(b, x) else { return take(b, sizes, x, from, 0.0) };
    let mut stored = Vec::new();
    let old = other.stored.clone();
    let new = other.map(b, vec![], |b, places| {
        let places = Factor { atom: places, labels: old.clone() };
        let taken = take(b, sizes, &places, from, -1.0)?;
        stored = taken.labels;
        Ok(taken.atom)
    })?;
    OneHot { stored, ..new }.factor(b, sizes)
}

/// `Σ_m δ(i, p_m) u_mk`, over those of the labels `m` that are not needed. Without `u`, it counts.
///
/// # Errors
/// When an equation does not fit, which is a bug here.
pub(super) fn scattered(
    b: &mut Builder,
    sizes: &[usize],
    at: OneHot,
    u: Option<&Factor>,
    order: &[Label],
    needed: &dyn Fn(&Label) -> bool,
) -> Result<Factor> {
    let rank = |l: &Label| order.iter().position(|m| m == l).unwrap_or(usize::MAX);
    let in_window = |l: &&Label| !at.stored.contains(l);
    let mut window: Vec<Label> =
        u.iter().flat_map(|u| &u.labels).filter(in_window).copied().collect();
    window.sort_by_key(rank);
    let kept: Vec<Label> = at.stored.iter().filter(|l| needed(l)).copied().collect();
    let mut labels = [kept.as_slice(), &at.hot, &window].concat();
    labels.sort_by_key(rank);
    let place = |l: &Label| labels.iter().position(|m| m == l).unwrap_or(0);
    let all = [at.stored.as_slice(), &window].concat();
    let one = Factor { atom: literal(1.0, at.dtype), labels: vec![] };
    let updates = align(b, sizes, u.unwrap_or(&one), &all)?;
    let mut batching: Vec<(usize, usize)> = (0..at.stored.len())
        .filter(|&d| kept.contains(&at.stored[d]))
        .map(|d| (place(&at.stored[d]), d))
        .collect();
    batching.sort_unstable();
    let mut collapsed: Vec<usize> = at.hot.iter().map(place).collect();
    let start_index_map = collapsed.clone();
    collapsed.sort_unstable();
    let dims = GatherDims {
        offset_dims: (at.stored.len()..all.len()).collect(),
        collapsed,
        operand_batching: batching.iter().map(|p| p.0).collect(),
        indices_batching: batching.iter().map(|p| p.1).collect(),
        start_index_map,
    };
    let dim = at.stored.len();
    let mut vectors = Vec::with_capacity(at.places.len());
    for &places in &at.places {
        let shape = b.shape(places).with_axis(dim, 1);
        vectors.push(b.emit1(Reshape { shape }, vec![places])?);
    }
    let indices = b.emit1(Concatenate { dim }, vectors)?;
    let shape = labels.iter().map(|&l| sizes[l]).collect();
    let zero = literal(0.0, at.dtype);
    let zeros = b.emit1(BroadcastInDim { shape, dims: vec![] }, vec![zero])?;
    let scatter = Scatter { op: ScatterOp::Add, dims, unique: false };
    Ok(Factor { atom: b.emit1(scatter, vec![zeros, indices, updates])?, labels })
}

/// `δ(i, p_m) δ(j, q_m)` as one factor.
///
/// # Errors
/// When an equation does not fit, which is a bug here.
pub(super) fn joined(b: &mut Builder, sizes: &[usize], x: OneHot, y: OneHot) -> Result<Factor> {
    let (x, y) = if x.stored.len() >= y.stored.len() { (x, y) } else { (y, x) };
    let mut places = x.places;
    for &atom in &y.places {
        let f = Factor { atom, labels: y.stored.clone() };
        places.push(align(b, sizes, &f, &x.stored)?);
    }
    OneHot { hot: [x.hot, y.hot].concat(), places, ..x }.factor(b, sizes)
}

impl Term {
    /// `δ(i, p_m) δ(j, p_m) = δ_ij δ(i, p_m)`.
    pub(super) fn unify_places(&mut self, b: &mut Builder) -> Result<()> {
        let ones: Vec<Option<OneHot>> = self.factors.iter().map(|f| OneHot::of(b, f)).collect();
        let pairs = (0..ones.len()).flat_map(|i| (i + 1..ones.len()).map(move |j| (i, j)));
        for (i, j) in pairs {
            let (Some(x), Some(y)) = (&ones[i], &ones[j]) else { continue };
            if x.stored != y.stored || x.places != y.places {
                continue;
            }
            let pairs: Vec<(Label, Label)> = x.hot.iter().copied().zip(y.hot.clone()).collect();
            if pairs.iter().any(|&(k, l)| self.sizes[k] != self.sizes[l]) {
                continue;
            }
            self.factors.remove(j);
            for (keep, gone) in pairs {
                self.join(b, keep, gone)?;
            }
            return self.unify_places(b);
        }
        Ok(())
    }

    /// Gathers that leave all of a term on its axes are done at once: the places of
    /// `Σ_r δ(r, q_e) δ(i, p_rk) s_rk = δ(i, p_{q_e k}) s_{q_e k}` over `i`, `e` and `k`.
    fn settle_places(&mut self, b: &mut Builder) -> Result<()> {
        for i in 0..self.factors.len() {
            let Some(at) = OneHot::of(b, &self.factors[i]) else { continue };
            let &[hot] = at.hot.as_slice() else { continue };
            let meets = |j: usize| j != i && self.factors[j].labels.contains(&hot);
            let others: Vec<usize> = (0..self.factors.len()).filter(|&j| meets(j)).collect();
            let is_hot = |j: &usize| {
                let f = OneHot::of(b, &self.factors[*j]);
                f.is_some_and(|f| {
                    !f.hot.contains(&hot) && !f.hot.iter().any(|l| at.stored.contains(l))
                })
            };
            let stays = |l: &Label| *l == hot || self.in_axes(*l);
            let mut labels = others.iter().flat_map(|&j| &self.factors[j].labels);
            if self.in_axes(hot) || !others.iter().any(is_hot) || !labels.all(stays) {
                continue;
            }
            for j in others {
                self.factors[j] = gathered(b, &self.sizes, &at, &self.factors[j])?;
            }
            self.factors.remove(i);
            return self.settle_places(b);
        }
        Ok(())
    }
}

impl Pass<'_> {
    /// A gather from a structured operand, or a sum at places of a structured one, as a product with a
    /// factor that is one at places.
    pub(super) fn at_places(&mut self, eqn: &Eqn, out: &Aval) -> Result<Option<Value>> {
        let is_gather = matches!(eqn.prim, Prim::Gather(_));
        let (dims, indices, structured) = match &eqn.prim {
            Prim::Gather(p) => (&p.dims, eqn.ins[1], eqn.ins[0]),
            Prim::Scatter(p) if p.op == ScatterOp::Add && self.is_zero(eqn.ins[0]) => {
                (&p.dims, eqn.ins[1], eqn.ins[2])
            }
            _ => return Ok(None),
        };
        // Single elements of one axis.
        let &[axis] = dims.start_index_map.as_slice() else { return Ok(None) };
        if dims.collapsed != [axis] {
            return Ok(None);
        }
        let (x, whole) = (self.aval(structured).shape, self.aval(eqn.ins[0]).shape);
        let terms = self.terms(structured, &x)?;
        let is_sum = self.is_sum(structured);
        let rank = self.aval(indices).rank() - 1;
        let windows: Vec<(usize, usize)> = dims.window(whole.rank()).collect();
        let vectors = dims.vector_axes(if is_gather { out.rank() } else { x.rank() });
        let free = |k: &usize| !dims.indices_batching.contains(k);
        let n = whole[axis];
        if n == 1 {
            return Ok(None);
        }
        // The order of the axes of the product: pairs that go together, those of the operand, those of
        // the places.
        let (p, order) = match &eqn.prim {
            Prim::Gather(p) => {
                let is_whole = windows.iter().all(|&(d, _)| p.sizes[d] == x[d]);
                if !is_whole || is_sum && !self.gains(&terms, axis) {
                    return Ok(None);
                }
                let p = DotGeneral {
                    contract: (vec![axis], vec![rank]),
                    batch: (dims.operand_batching.clone(), dims.indices_batching.clone()),
                };
                let batch = dims.indices_batching.iter().map(|&k| vectors[k]);
                let rest = (0..rank).filter(free).map(|k| vectors[k]);
                let order: Vec<usize> =
                    batch.chain(windows.iter().map(|w| w.1)).chain(rest).collect();
                (p, order)
            }
            _ => {
                if !windows.iter().all(|&(d, e)| x[e] == whole[d]) {
                    return Ok(None);
                }
                let summed: Vec<usize> = (0..rank).filter(free).collect();
                let p = DotGeneral {
                    contract: (summed.iter().map(|&k| vectors[k]).collect(), summed),
                    batch: (
                        dims.indices_batching.iter().map(|&k| vectors[k]).collect(),
                        dims.indices_batching.clone(),
                    ),
                };
                let batch = dims.operand_batching.iter().copied();
                (p, batch.chain(windows.iter().map(|w| w.0)).chain([axis]).collect())
            }
        };
        let ones = self.ones(indices, n, is_gather, out.dtype)?;
        let Some(terms) = self.dot_terms(&p, &terms, &[ones], x.rank())? else { return Ok(None) };
        let place = |d| order.iter().position(|&o| o == d).unwrap_or(0);
        let perm: Vec<usize> = (0..order.len()).map(place).collect();
        let mut results = Vec::with_capacity(terms.len());
        for t in terms {
            let mut t = t.transpose(&Transpose { perm: perm.clone() });
            t.settle_places(&mut self.b)?;
            results.push(t);
        }
        Ok(Some(Value::Sum(results)))
    }

    /// True if a gather along an axis meets an index there that another axis has, too, a window, or
    /// places.
    fn gains(&self, terms: &[Term], axis: usize) -> bool {
        terms.iter().any(|t| {
            let own = &t.axes[axis];
            let elsewhere = |l: &Label| {
                (0..t.axes.len()).any(|d| d != axis && t.axes[d].labels.contains(l))
                    || t.factors.iter().any(|f| f.labels.contains(l) && OneHot::is(&self.b, f))
            };
            !own.is_whole() || own.labels.iter().any(elsewhere)
        })
    }

    /// `δ(i, p_m)` over the axes of the index vectors and one more, of size `n`. A gather takes the
    /// nearest place in range.
    fn ones(&mut self, indices: Atom, n: usize, clamps: bool, dtype: DType) -> Result<Term> {
        let shape = self.aval(indices).shape;
        let vectors = &shape[..shape.rank() - 1];
        let mut term = Term::constant(1.0, &[vectors, &[n]].concat());
        let labels: Vec<Label> = term.axes.iter().flat_map(|a| a.labels.iter().copied()).collect();
        let Some((&hot, stored)) = labels.split_last() else {
            return Err(crate::Error::internal("places along no axis"));
        };
        let x = self.force(indices)?;
        let b = &mut self.b;
        let shape = stored.iter().map(|&l| term.sizes[l]).collect();
        let mut places = b.emit1(Reshape { shape }, vec![x])?;
        // Types in which sums with sizes do not wrap around.
        let wide = match b.dtype(places) {
            DType::I32 | DType::U8 | DType::Bool => DType::I32,
            _ => DType::I64,
        };
        places = b.emit1(Convert { dtype: wide }, vec![places])?;
        let (lo, hi) = bounds(b, places);
        let last = n as i64 - 1;
        if clamps && (lo < 0 || hi > last) {
            let ends = [0, last].map(|k| literal(k as f64, wide));
            places = b.emit1(Clamp, vec![ends[0], places, ends[1]])?;
        }
        let ones = OneHot { stored: stored.to_vec(), hot: vec![hot], places: vec![places], dtype };
        term.factors = vec![ones.factor(b, &term.sizes)?];
        Ok(term)
    }
}
