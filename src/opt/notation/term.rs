//! Terms: products of arrays with a map from the axes of a value to labels.

use super::one_hot::OneHot;
use super::places::{Start, plus};
use crate::base::{DType, Result, Scalar, Shape};
use crate::ir::params::{
    Binary, BinaryOp, BroadcastInDim, DynamicSlice, Reshape, Slice, Transpose,
};
use crate::ir::{Atom, Prim};
use crate::opt::builder::Builder;
use crate::opt::form::{Form, Kind, form};

/// An index of a term, local to it: a place in [`Term::sizes`].
pub(super) type Label = usize;

/// What an axis of a value runs over: labels in row-major order, inside a window. None is an axis
/// of size one; one label is the plain case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Axis {
    pub(super) labels: Vec<Label>,
    /// Zeros before and after the window.
    pub(super) pad: (usize, usize),
    /// Where the window starts if only the running program knows: a number that is in range, so
    /// that none of the window is cut off. All zeros count as those after it then.
    pub(super) shift: Option<Atom>,
}

/// An array of a product; its axes carry different labels, none of size one.
#[derive(Clone, Debug)]
pub(super) struct Factor {
    pub(super) atom: Atom,
    pub(super) labels: Vec<Label>,
}

/// `scale · Σ Π factors`: the sum is over the labels that no axis carries. A label that several
/// axes carry is a Kronecker delta of them; one that no factor has, a broadcast.
#[derive(Clone, Debug)]
pub(super) struct Term {
    pub(super) scale: f64,
    pub(super) sizes: Vec<usize>,
    pub(super) factors: Vec<Factor>,
    pub(super) axes: Vec<Axis>,
}

/// Where the algebra of labels cannot go on; the value is then written out instead.
#[derive(Debug)]
pub(super) struct Stuck;

/// `Ok(Err(Stuck))` is no mistake.
pub(super) type Step<T> = Result<std::result::Result<T, Stuck>>;

/// The value of a step, or an early return of being stuck.
macro_rules! go {
    ($step:expr) => {
        match $step {
            Ok(value) => value,
            Err(stuck) => return Ok(Err(stuck)),
        }
    };
}
pub(super) use go;

impl Axis {
    pub(super) fn of(labels: Vec<Label>) -> Axis {
        Axis { labels, pad: (0, 0), shift: None }
    }

    /// The same window over other labels.
    pub(super) fn with(&self, labels: Vec<Label>) -> Axis {
        Axis { labels, pad: self.pad, shift: self.shift }
    }

    /// True if there are no zeros around the window.
    pub(super) fn is_whole(&self) -> bool {
        self.pad == (0, 0) && self.shift.is_none()
    }

    /// A window of the window: zeros from its old to its new ends.
    pub(super) fn shrink(&mut self, b: &mut Builder, start: Start, gone: usize) -> Result<()> {
        match (start, self.shift) {
            (Start::At(from), None) => {
                self.pad.0 += from;
                self.pad.1 += gone - from;
            }
            (Start::At(from), Some(shift)) => {
                self.shift = Some(plus(b, shift, from as i64)?);
                self.pad.1 += gone;
            }
            (Start::Computed(from), None) => {
                self.shift = Some(plus(b, from, self.pad.0 as i64)?);
                self.pad = (0, self.pad.0 + self.pad.1 + gone);
            }
            (Start::Computed(from), Some(shift)) => {
                let sum = Binary { op: BinaryOp::Add };
                self.shift = Some(b.emit1(sum, vec![shift, from])?);
                self.pad.1 += gone;
            }
        }
        Ok(())
    }
}

impl Factor {
    /// The factor without the transpositions that made its array.
    pub(super) fn untransposed(&self, b: &Builder) -> Factor {
        let mut f = self.clone();
        while let Some((Prim::Transpose(p), &[atom])) = b.definition(f.atom) {
            let mut labels = f.labels.clone();
            for (&l, &i) in f.labels.iter().zip(&p.perm) {
                labels[i] = l;
            }
            f = Factor { atom, labels };
        }
        f
    }
}

/// The form of a product summed over all labels but those that are kept.
pub(super) fn product_form(
    scale: f64,
    factors: &[Factor],
    kept: &dyn Fn(Label) -> bool,
) -> (Form, Vec<Label>) {
    let parts: Vec<_> = factors.iter().map(|f| (f.atom, f.labels.as_slice())).collect();
    form(Kind::Product(scale.to_bits()), &parts, kept)
}

impl Term {
    /// `scale` everywhere.
    pub(super) fn constant(scale: f64, shape: &[usize]) -> Term {
        let mut term = Term { scale, sizes: vec![], factors: vec![], axes: vec![] };
        for &n in shape {
            let axis = term.new_axis(n);
            term.axes.push(axis);
        }
        term
    }

    /// One array over axes, or a number.
    pub(super) fn of(array: Factor, sizes: Vec<usize>, axes: Vec<Axis>) -> Term {
        match array.atom {
            Atom::Lit(s) => Term { scale: s.to_f64(), sizes, factors: vec![], axes },
            Atom::Var(_) => Term { scale: 1.0, sizes, factors: vec![array], axes },
        }
    }

    /// An array as it stands.
    pub(super) fn plain(b: &mut Builder, atom: Atom) -> Result<Term> {
        let shape = b.shape(atom);
        let mut term = Term::constant(1.0, &shape);
        let dense: Shape = shape.iter().copied().filter(|&n| n != 1).collect();
        let atom = b.emit1(Reshape { shape: dense }, vec![atom])?;
        term.factors.push(Factor { atom, labels: (0..term.sizes.len()).collect() });
        Ok(term)
    }

    /// A new label of this size.
    pub(super) fn new_label(&mut self, size: usize) -> Label {
        self.sizes.push(size);
        self.sizes.len() - 1
    }

    /// A new axis along which the value is constant.
    pub(super) fn new_axis(&mut self, size: usize) -> Axis {
        Axis::of(if size == 1 { vec![] } else { vec![self.new_label(size)] })
    }

    /// The size of an axis without its window.
    pub(super) fn inner_size(&self, axis: &Axis) -> usize {
        axis.labels.iter().map(|&l| self.sizes[l]).product()
    }

    /// The size of an axis.
    pub(super) fn size(&self, axis: &Axis) -> usize {
        axis.pad.0 + self.inner_size(axis) + axis.pad.1
    }

    /// The axes, and the sizes of the labels that they carry: canonical terms for which these are
    /// equal add up to one term for which they are the same.
    pub(super) fn pattern(&self) -> (&[Axis], &[usize]) {
        let n = self.axes.iter().flat_map(|a| &a.labels).max().map_or(0, |l| l + 1);
        (&self.axes, &self.sizes[..n])
    }

    /// True if the value is not zero off some diagonal, window or places: an ordinary product.
    pub(super) fn is_dense(&self, b: &Builder) -> bool {
        let labels: Vec<Label> = self.axes.iter().flat_map(|a| a.labels.iter().copied()).collect();
        let distinct = (0..labels.len()).all(|i| !labels[..i].contains(&labels[i]));
        // What is summed at places is not zero at all of them.
        let spread = |f: &Factor| f.labels.iter().all(|l| labels.contains(l));
        let at_places = |f: &Factor| spread(f) && OneHot::is(b, f);
        distinct && self.axes.iter().all(Axis::is_whole) && !self.factors.iter().any(at_places)
    }

    /// True if a sum over several factors is still to be taken.
    pub(super) fn is_contraction(&self) -> bool {
        self.factors.iter().any(|f| f.labels.iter().any(|&l| !self.in_axes(l)))
    }

    /// `x_ij y_ji` is one factor of `ij`: factors that have the same labels become one.
    pub(super) fn fuse(&mut self, b: &mut Builder) -> Result<()> {
        self.unify_places(b)?;
        let mut i = 0;
        while i < self.factors.len() {
            let same = |f: &Factor| {
                f.labels.len() == self.factors[i].labels.len()
                    && f.labels.iter().all(|l| self.factors[i].labels.contains(l))
            };
            let Some(j) = (i + 1..self.factors.len()).find(|&j| same(&self.factors[j])) else {
                i += 1;
                continue;
            };
            let g = self.factors.remove(j);
            let f = &mut self.factors[i];
            let both = [f.untransposed(b), g.untransposed(b)];
            let (key, names) = product_form(1.0, &both, &|_| true);
            if let Some((atom, labels)) = b.forms.get(&key, &names) {
                *f = Factor { atom, labels };
                continue;
            }
            let place = |l: &Label| g.labels.iter().position(|m| m == l);
            let perm = f.labels.iter().filter_map(place).collect();
            let moved = b.emit1(Transpose { perm }, vec![g.atom])?;
            f.atom = b.emit1(Binary { op: BinaryOp::Mul }, vec![f.atom, moved])?;
            b.forms.insert(key, &names, &(f.atom, f.labels.clone()));
        }
        Ok(())
    }

    pub(super) fn in_axes(&self, label: Label) -> bool {
        self.axes.iter().any(|a| a.labels.contains(&label))
    }

    pub(super) fn in_factors(&self, label: Label) -> bool {
        self.factors.iter().any(|f| f.labels.contains(&label))
    }

    /// Replaces a label by its outer and inner part: `k = n·i + j`, where `j` runs over `n` places.
    fn split(&mut self, b: &mut Builder, label: Label, outer: usize) -> Result<(Label, Label)> {
        let inner = self.sizes[label] / outer;
        let (first, second) = (self.new_label(outer), self.new_label(inner));
        let parts = [first, second];
        for axis in &mut self.axes {
            replace(&mut axis.labels, label, parts);
        }
        for f in &mut self.factors {
            if !f.labels.contains(&label) {
                continue;
            }
            if let Some(ones) = OneHot::of(b, f) {
                *f = ones.split(b, &self.sizes, label, parts)?.factor(b, &self.sizes)?;
            } else if let Some(i) = f.labels.iter().position(|&l| l == label) {
                f.labels.splice(i..=i, parts);
                let shape = f.labels.iter().map(|&l| self.sizes[l]).collect();
                f.atom = b.emit1(Reshape { shape }, vec![f.atom])?;
            }
        }
        Ok((first, second))
    }

    /// Makes two labels of one size the same, `δ_ij`. A factor that has both keeps its diagonal,
    /// `Σ_j x_ij δ_ij = x_ii`.
    pub(super) fn join(&mut self, b: &mut Builder, keep: Label, gone: Label) -> Result<()> {
        if keep == gone {
            return Ok(());
        }
        for axis in &mut self.axes {
            axis.labels.iter_mut().filter(|l| **l == gone).for_each(|l| *l = keep);
        }
        for f in &mut self.factors {
            let both = [keep, gone].map(|l| f.labels.iter().position(|&m| m == l));
            match both {
                [Some(i), Some(j)] => {
                    if let Some(ones) = OneHot::of(b, f)
                        && let [Some(i), Some(j)] = [keep, gone].map(|l| ones.place(l))
                    {
                        let mut stored = ones.stored.clone();
                        stored.retain(|&l| l != keep && l != gone);
                        stored.insert(0, keep);
                        let ones = ones.map(b, stored, |b, p| diagonal(b, p, i, j))?;
                        *f = ones.factor(b, &self.sizes)?;
                        continue;
                    }
                    f.atom = diagonal(b, f.atom, i, j)?;
                    // The diagonal lies along the first axis of the result.
                    f.labels.retain(|&l| l != keep && l != gone);
                    f.labels.insert(0, keep);
                }
                [None, Some(j)] => f.labels[j] = keep,
                _ => {}
            }
        }
        Ok(())
    }

    /// Makes two lists of labels the same, splitting labels where one side is finer.
    fn unify(&mut self, b: &mut Builder, x: Vec<Label>, y: Vec<Label>) -> Step<()> {
        let (mut x, mut y) =
            (std::collections::VecDeque::from(x), std::collections::VecDeque::from(y));
        while let (Some(&l), Some(&m)) = (x.front(), y.front()) {
            let (n, k) = (self.sizes[l], self.sizes[m]);
            if n == k {
                self.join(b, l, m)?;
                // What was joined may stand further on in either list.
                x.iter_mut().chain(y.iter_mut()).filter(|i| **i == m).for_each(|i| *i = l);
                x.pop_front();
                y.pop_front();
                continue;
            }
            let (coarse, fine) = if n > k { (l, k) } else { (m, n) };
            if !self.sizes[coarse].is_multiple_of(fine) {
                return Ok(Err(Stuck));
            }
            let (outer, inner) = self.split(b, coarse, fine)?;
            for list in [&mut x, &mut y] {
                *list = list
                    .iter()
                    .flat_map(|&i| if i == coarse { vec![outer, inner] } else { vec![i] })
                    .collect();
            }
        }
        Ok(if x.is_empty() && y.is_empty() { Ok(()) } else { Err(Stuck) })
    }

    /// Restricts the window of an axis to `size` of its places, counted from the start of the
    /// window. The axis must carry one label, which stands alone on every other axis that carries
    /// it, too: there the window becomes smaller.
    pub(super) fn restrict(
        &mut self,
        b: &mut Builder,
        axis: usize,
        start: Start,
        size: usize,
    ) -> Step<()> {
        if size == self.inner_size(&self.axes[axis]) {
            return Ok(Ok(()));
        }
        let &[label] = self.axes[axis].labels.as_slice() else { return Ok(Err(Stuck)) };
        if self.axes.iter().any(|a| a.labels.len() > 1 && a.labels.contains(&label)) {
            return Ok(Err(Stuck));
        }
        // A label of size one is no label.
        let left = if size == 1 { vec![] } else { vec![label] };
        let gone = self.sizes[label] - size;
        for axis in self.axes.iter_mut().filter(|a| a.labels == [label]) {
            axis.shrink(b, start, gone)?;
            axis.labels.clone_from(&left);
        }
        self.sizes[label] = size;
        for f in &mut self.factors {
            if let Some(ones) = OneHot::of(b, f)
                && f.labels.contains(&label)
                && size > 1
            {
                let ones = match ones.place(label) {
                    Some(i) => {
                        let stored = ones.stored.clone();
                        ones.map(b, stored, |b, p| cut(b, p, i, start, size))?
                    }
                    None => ones.counted_from(b, label, start)?,
                };
                *f = ones.factor(b, &self.sizes)?;
            } else if let Some(i) = f.labels.iter().position(|&l| l == label) {
                f.atom = cut(b, f.atom, i, start, size)?;
                if left.is_empty() {
                    f.labels.remove(i);
                    let shape = b.shape(f.atom).without(&[i]);
                    f.atom = b.emit1(Reshape { shape }, vec![f.atom])?;
                }
            }
        }
        Ok(Ok(()))
    }

    /// Restricts two axes to the window that both have; false if there is none. One that starts
    /// at a computed place meets only what has no window, or the same one.
    fn meet(&mut self, b: &mut Builder, i: usize, j: usize) -> Step<bool> {
        let (x, y) = (&self.axes[i], &self.axes[j]);
        let (n, k) = (self.inner_size(x), self.inner_size(y));
        let same = x.labels == y.labels;
        match (x.shift, y.shift) {
            (None, None) => {
                let (x, y) = (x.pad.0, y.pad.0);
                let (from, to) = (x.max(y), (x + n).min(y + k));
                // One index that stands at two offsets meets itself nowhere.
                if from >= to || same && x != y {
                    return Ok(Ok(false));
                }
                go!(self.restrict(b, i, Start::At(from - x), to - from)?);
                go!(self.restrict(b, j, Start::At(from - y), to - from)?);
            }
            (s, t) if s == t && n == k => {}
            (Some(s), None) if y.is_whole() && !same => {
                go!(self.restrict(b, j, Start::Computed(s), n)?);
            }
            (None, Some(t)) if x.is_whole() && !same => {
                go!(self.restrict(b, i, Start::Computed(t), k)?);
            }
            _ => return Ok(Err(Stuck)),
        }
        Ok(Ok(true))
    }

    /// `x_ij y_ij`, the product of two terms over the same axes: the indices of each axis are equal,
    /// so windows meet and labels unify, axis by axis. `None` if it is zero.
    pub(super) fn times(&self, b: &mut Builder, other: &Term) -> Step<Option<Term>> {
        let n = self.axes.len();
        let mut product = self.beside(other);
        for i in 0..n {
            let j = n + i;
            if !go!(product.meet(b, i, j)?) {
                return Ok(Ok(None));
            }
            let (x, y) = (product.axes[i].labels.clone(), product.axes[j].labels.clone());
            go!(product.unify(b, x, y)?);
        }
        product.axes.truncate(n);
        Ok(Ok(Some(product)))
    }

    /// `x_ij y_kl`, the product of two terms over the axes of both: those of `self`, then those of
    /// `other`.
    pub(super) fn beside(&self, other: &Term) -> Term {
        let shift = self.sizes.len();
        let moved = |labels: &[Label]| labels.iter().map(|l| l + shift).collect();
        let mut product = self.clone();
        product.scale *= other.scale;
        product.sizes.extend(&other.sizes);
        let factor = |f: &Factor| Factor { atom: f.atom, labels: moved(&f.labels) };
        product.factors.extend(other.factors.iter().map(factor));
        let axis = |a: &Axis| a.with(moved(&a.labels));
        product.axes.extend(other.axes.iter().map(axis));
        product
    }

    /// `x_ij δ_ij`, where the two axes have one index. `None` if it is zero.
    pub(super) fn contract(&self, b: &mut Builder, i: usize, j: usize) -> Step<Option<Term>> {
        // The product with a delta of the two axes, over all axes.
        let mut delta = Term::constant(1.0, &[]);
        for (k, axis) in self.axes.iter().enumerate() {
            let axis = if k == j { delta.axes[i].clone() } else { delta.new_axis(self.size(axis)) };
            delta.axes.push(axis);
        }
        self.times(b, &delta)
    }

    /// The sum over some axes, which go. Of a label that stands on another axis, too, there is one
    /// place, `Σ_j δ_ij = 1`; one that nothing has counts its size, `Σ_i 1 = n`; what a factor has is
    /// summed when the product is taken.
    pub(super) fn sum(&self, axes: &[usize]) -> Term {
        let mut term = self.clone();
        let kept = |i: &usize| !axes.contains(i);
        term.axes = (0..self.axes.len()).filter(kept).map(|i| self.axes[i].clone()).collect();
        let mut seen: Vec<Label> = Vec::new();
        for &label in axes.iter().flat_map(|&i| &self.axes[i].labels) {
            if !seen.contains(&label) && !term.in_axes(label) && !term.in_factors(label) {
                term.scale *= term.sizes[label] as f64;
            }
            seen.push(label);
        }
        term
    }

    /// `y_ij = x_j`: repeated along new axes, and along axes of size one, which get new labels.
    pub(super) fn broadcast(&self, p: &BroadcastInDim) -> Term {
        let mut term = self.clone();
        let mut axes = Vec::with_capacity(p.shape.rank());
        for (d, &n) in p.shape.iter().enumerate() {
            let old = p.dims.iter().position(|&k| k == d).map(|i| &self.axes[i]);
            axes.push(match old {
                Some(axis) if self.size(axis) == n => axis.clone(),
                _ => term.new_axis(n),
            });
        }
        Term { axes, ..term }
    }

    /// `y_ij = x_ji`: the axes in another order.
    pub(super) fn transpose(&self, p: &Transpose) -> Term {
        Term { axes: p.perm.iter().map(|&i| self.axes[i].clone()).collect(), ..self.clone() }
    }

    /// The axes regrouped, each the row-major composite `k = n·i + j` of its labels; those that the
    /// new axes cut are split. An axis with a window must stay as it is.
    pub(super) fn reshape(&self, b: &mut Builder, shape: &[usize]) -> Step<Term> {
        let mut term = self.clone();
        // Each part: a window with its axis, or one label of an axis without.
        let mut parts: std::collections::VecDeque<Axis> = self
            .axes
            .iter()
            .flat_map(|a| match a.is_whole() {
                true => a.labels.iter().map(|&l| Axis::of(vec![l])).collect(),
                false => vec![a.clone()],
            })
            .collect();
        let mut axes: Vec<Axis> = Vec::with_capacity(shape.len());
        for &n in shape {
            let (mut axis, mut size) = (Axis::of(vec![]), 1);
            while size < n {
                let Some(part) = parts.pop_front() else { return Ok(Err(Stuck)) };
                let whole = term.size(&part);
                if size == 1 && whole == n {
                    (axis, size) = (part, whole);
                } else if !part.is_whole() {
                    return Ok(Err(Stuck));
                } else if size * whole <= n {
                    axis.labels.extend(&part.labels);
                    size *= whole;
                } else {
                    let outer = n / size;
                    if n % size != 0 || !whole.is_multiple_of(outer) {
                        return Ok(Err(Stuck));
                    }
                    let label = part.labels[0];
                    let (first, second) = term.split(b, label, outer)?;
                    for list in parts
                        .iter_mut()
                        .map(|p| &mut p.labels)
                        .chain(axes.iter_mut().map(|a| &mut a.labels))
                        .chain([&mut axis.labels])
                    {
                        replace(list, label, [first, second]);
                    }
                    // A part is one label again.
                    parts = parts
                        .into_iter()
                        .flat_map(|p| match p.is_whole() {
                            true => p.labels.iter().map(|&l| Axis::of(vec![l])).collect(),
                            false => vec![p],
                        })
                        .collect();
                    axis.labels.push(first);
                    size = n;
                    parts.push_front(Axis::of(vec![second]));
                }
            }
            if size != n {
                return Ok(Err(Stuck));
            }
            axes.push(axis);
        }
        if !parts.is_empty() {
            return Ok(Err(Stuck));
        }
        Ok(Ok(Term { axes, ..term }))
    }
}

/// Some elements of an array along an axis.
fn cut(b: &mut Builder, x: Atom, axis: usize, start: Start, size: usize) -> Result<Atom> {
    let mut sizes = b.shape(x).to_vec();
    match start {
        Start::At(from) => {
            let mut p =
                Slice { start: vec![0; sizes.len()], stride: vec![1; sizes.len()], limit: sizes };
            (p.start[axis], p.limit[axis]) = (from, from + size);
            b.emit1(p, vec![x])
        }
        Start::Computed(from) => {
            let zero = Atom::Lit(Scalar::from_f64(0.0, DType::I32));
            let starts = (0..sizes.len()).map(|d| if d == axis { from } else { zero });
            let ins = [x].into_iter().chain(starts).collect();
            sizes[axis] = size;
            b.emit1(DynamicSlice { sizes }, ins)
        }
    }
}

/// Replaces a label wherever it stands; an axis may carry it more than once.
fn replace(labels: &mut Vec<Label>, gone: Label, parts: [Label; 2]) {
    let split = |&l: &Label| if l == gone { parts.to_vec() } else { vec![l] };
    *labels = labels.iter().flat_map(split).collect();
}

/// The diagonal of axes `i` and `j` of an array, as its first axis: every element that a row-major
/// walk over both meets at steps of `n + 1`. It is that of the transpose, too, so the axes keep
/// their order.
fn diagonal(b: &mut Builder, x: Atom, i: usize, j: usize) -> Result<Atom> {
    let shape = b.shape(x);
    let (n, rest): (usize, Vec<usize>) =
        (shape[i], (0..shape.rank()).filter(|&d| d != i && d != j).collect());
    let perm = [&[i.min(j), i.max(j)], rest.as_slice()].concat();
    let x = b.emit1(Transpose { perm }, vec![x])?;
    let rest: Vec<usize> = rest.iter().map(|&d| shape[d]).collect();
    let flat: Shape = [&[n * n], rest.as_slice()].concat().into();
    let x = b.emit1(Reshape { shape: flat.clone() }, vec![x])?;
    let mut stride = vec![1; flat.rank()];
    stride[0] = n + 1;
    let p = Slice { start: vec![0; flat.rank()], limit: flat.to_vec(), stride };
    b.emit1(Prim::from(p), vec![x])
}
