//! Indexing: fixed places ([`Tensor::index`]) and computed places ([`Tensor::take`]).

use super::axes;
use super::create::integers;
use super::{fit, or_poison, zero};
use crate::base::{Error, Result, Shape, shape};
use crate::ir::Tensor;
use crate::ir::params::GatherDims;
use crate::lax;
use std::borrow::Borrow;
use std::ops::{Range, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive};

/// What an index says about one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IndexItem {
    /// The element at this place; the axis disappears.
    At(isize),
    /// The elements `start, start + step, ...` before `end`, as in Python.
    Range {
        /// The first place; without one the end that the step leaves behind.
        start: Option<isize>,
        /// The bound, not included; without one the end that the step goes to.
        end: Option<isize>,
        /// The step, not 0.
        step: isize,
    },
    /// A new axis of size one.
    NewAxis,
    /// All axes that the other items do not mention.
    Ellipsis,
}

/// In an index, a new axis of size one.
#[derive(Clone, Copy, Debug)]
pub struct NewAxis;

/// In an index, all axes that the other items do not mention: numpy's `...`.
#[derive(Clone, Copy, Debug)]
pub struct Ellipsis;

/// In an index, a range with a step, which may be negative: `Step(.., -1)` reverses an axis.
#[derive(Clone, Copy, Debug)]
pub struct Step<R>(pub R, pub isize);

/// An index: an item, or a tuple or `Vec` of items, for the leading axes.
///
/// An item is an integer, a range of integers, [`Step`], [`NewAxis`], [`Ellipsis`] or
/// [`IndexItem`]. Negative places count from the back.
pub trait IndexSpec {
    /// The items in order.
    fn into_items(self) -> Vec<IndexItem>;
}

/// `index_items!(type: pattern => item; ...)` makes every type an item and an index by itself.
macro_rules! index_items {
    ($($t:ty: $v:pat => $item:expr;)*) => {$(
        impl From<$t> for IndexItem {
            fn from($v: $t) -> IndexItem {
                $item
            }
        }
        impl IndexSpec for $t {
            fn into_items(self) -> Vec<IndexItem> {
                vec![self.into()]
            }
        }
    )*};
}
index_items! {
    RangeFull: _ => range(None, None);
    NewAxis: _ => IndexItem::NewAxis;
    Ellipsis: _ => IndexItem::Ellipsis;
    Step<RangeFull>: Step(r, step) => stepped(r.into(), step);
}

macro_rules! integer_items {
    ($($t:ty),*) => {$(
        index_items! {
            $t: i => IndexItem::At(place(i));
            Range<$t>: r => range(Some(place(r.start)), Some(place(r.end)));
            RangeFrom<$t>: r => range(Some(place(r.start)), None);
            RangeTo<$t>: r => range(None, Some(place(r.end)));
            RangeInclusive<$t>: r => range(Some(place(*r.start())), after(place(*r.end())));
            RangeToInclusive<$t>: r => range(None, after(place(r.end)));
            Step<Range<$t>>: Step(r, step) => stepped(r.into(), step);
            Step<RangeFrom<$t>>: Step(r, step) => stepped(r.into(), step);
            Step<RangeTo<$t>>: Step(r, step) => stepped(r.into(), step);
        }
    )*};
}
integer_items!(i32, isize, usize);

/// A place as `isize`; what does not fit is beyond every axis.
fn place(i: impl TryInto<isize>) -> isize {
    i.try_into().unwrap_or(isize::MAX)
}

/// The exclusive bound after a place; after the last one, −1, there is none.
fn after(place: isize) -> Option<isize> {
    place.checked_add(1).filter(|&p| p != 0)
}

fn range(start: Option<isize>, end: Option<isize>) -> IndexItem {
    IndexItem::Range { start, end, step: 1 }
}

fn stepped(item: IndexItem, by: isize) -> IndexItem {
    match item {
        IndexItem::Range { start, end, .. } => IndexItem::Range { start, end, step: by },
        other => other,
    }
}

impl IndexSpec for IndexItem {
    fn into_items(self) -> Vec<IndexItem> {
        vec![self]
    }
}
impl<T: Into<IndexItem>> IndexSpec for Vec<T> {
    fn into_items(self) -> Vec<IndexItem> {
        self.into_iter().map(Into::into).collect()
    }
}
macro_rules! index_tuples {
    ($($($t:ident $x:ident),*;)*) => {$(
        impl<$($t: Into<IndexItem>),*> IndexSpec for ($($t,)*) {
            fn into_items(self) -> Vec<IndexItem> {
                let ($($x,)*) = self;
                vec![$($x.into()),*]
            }
        }
    )*};
}
index_tuples! {
    A a;
    A a, B b;
    A a, B b, C c;
    A a, B b, C c, D d;
    A a, B b, C c, D d, E e;
    A a, B b, C c, D d, E e, F f;
}

/// A static index as lax operations.
#[derive(Default)]
pub(super) struct View {
    pub(super) start: Vec<usize>,
    pub(super) limit: Vec<usize>,
    pub(super) stride: Vec<usize>,
    pub(super) reversed: Vec<usize>,
    pub(super) dropped: Vec<usize>,
    /// Places of new axes in the result.
    pub(super) new: Vec<usize>,
}

impl View {
    pub(super) fn of(items: &[IndexItem], shape: &Shape) -> Result<View> {
        let fail = |why: String| Err(Error::argument("index", why));
        let named = |i: &&IndexItem| matches!(i, IndexItem::At(_) | IndexItem::Range { .. });
        let named = items.iter().filter(named).count();
        let Some(others) = shape.rank().checked_sub(named) else {
            return fail(format!("it names {named} axes of an array of shape {shape}"));
        };
        let ellipses = items.iter().filter(|i| **i == IndexItem::Ellipsis).count();
        if ellipses > 1 {
            return fail("an index can have only one ellipsis".into());
        }
        let mut view = View::default();
        let implied = if ellipses == 0 { Some(&IndexItem::Ellipsis) } else { None };
        for item in items.iter().chain(implied) {
            let axis = view.start.len();
            match *item {
                IndexItem::NewAxis => {
                    view.new.push(axis - view.dropped.len() + view.new.len());
                }
                IndexItem::Ellipsis => {
                    shape[axis..axis + others].iter().for_each(|&n| view.push(0, n, 1));
                }
                IndexItem::At(i) => {
                    let Some(i) = shape::normalize_axis(i, shape[axis]) else {
                        let n = shape[axis];
                        return fail(format!(
                            "place {i} is out of range for axis {axis} of size {n}"
                        ));
                    };
                    view.push(i, i + 1, 1);
                    view.dropped.push(axis);
                }
                IndexItem::Range { step: 0, .. } => return fail("a range with step 0".into()),
                IndexItem::Range { start, end, step } => {
                    view.push_range(start, end, step, shape[axis]);
                }
            }
        }
        Ok(view)
    }

    fn push(&mut self, start: usize, limit: usize, stride: usize) {
        self.start.push(start);
        self.limit.push(limit);
        self.stride.push(stride);
    }

    /// Python's rules: bounds beyond the ends are brought to them.
    fn push_range(&mut self, start: Option<isize>, end: Option<isize>, step: isize, size: usize) {
        let size = size as isize;
        // With a negative step the place before the first one is −1.
        let (low, high) = if step > 0 { (0, size) } else { (-1, size - 1) };
        let bring = |i: isize| if i < 0 { (i + size).max(low) } else { i.min(high) };
        let (first, past) = if step > 0 { (low, high) } else { (high, low) };
        let (start, end) = (start.map_or(first, bring), end.map_or(past, bring));
        let distance = if step > 0 { end - start } else { start - end };
        let stride = step.unsigned_abs();
        let count = (distance.max(0) as usize).div_ceil(stride);
        if step < 0 {
            self.reversed.push(self.start.len());
        }
        if count == 0 {
            self.push(0, 0, 1);
        } else if step > 0 {
            self.push(start as usize, end as usize, stride);
        } else {
            self.push(start as usize - (count - 1) * stride, start as usize + 1, stride);
        }
    }

    #[track_caller]
    fn apply(&self, x: &Tensor) -> Tensor {
        let whole = self.start.iter().all(|&s| s == 0)
            && self.limit == **x.shape()
            && self.stride.iter().all(|&s| s == 1);
        let window =
            if whole { x.clone() } else { lax::slice(x, &self.start, &self.limit, &self.stride) };
        let ordered = lax::rev(&window, &self.reversed);
        lax::expand_dims(&lax::squeeze(&ordered, &self.dropped), &self.new)
    }
}

/// Fixed places.
impl Tensor {
    /// Elements at fixed places, as numpy's basic indexing: integers, ranges, new axes, in a tuple
    /// if there are several. Axes that are not mentioned are taken whole.
    ///
    /// Bounds of ranges beyond an end mean that end.
    ///
    /// ```
    /// # use cotangent::{Ellipsis, NewAxis, Step, Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| {
    ///     let x = x.reshape([2, 3]);
    ///     (x.index(-1), x.index((.., 1..)), x.index((Ellipsis, Step(.., -2))), x.index((0, NewAxis)))
    /// });
    /// let (row, columns, reversed, new) = f.call(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0])?;
    /// assert_eq!(row.to_vec::<f64>()?, [4.0, 5.0, 6.0]);
    /// assert_eq!(columns.to_vec::<f64>()?, [2.0, 3.0, 5.0, 6.0]);
    /// assert_eq!(reversed.to_vec::<f64>()?, [3.0, 1.0, 6.0, 4.0]);
    /// assert_eq!(new.shape()[..], [1, 3]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When an integer is out of range, there are more items than axes, or a step is 0.
    #[track_caller]
    pub fn index(&self, spec: impl IndexSpec) -> Tensor {
        let view = or_poison!(View::of(&spec.into_items(), self.shape()), self);
        view.apply(self)
    }

    /// Elements at fixed places of one axis; see [`index`](Tensor::index).
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| x.slice_axis(-1, 1..3));
    /// assert_eq!(f.call(vec![1.0, 2.0, 3.0, 4.0])?.to_vec::<f64>()?, [2.0, 3.0]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the axis or an integer is out of range, or a step is 0.
    #[track_caller]
    pub fn slice_axis(&self, axis: isize, item: impl Into<IndexItem>) -> Tensor {
        let axis = or_poison!(axes::axis("slice_axis", axis, self.rank()), self);
        let mut items = vec![range(None, None); axis];
        items.push(item.into());
        self.index(items)
    }

    /// Row `i`: what is at place `i` of the first axis.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| x.reshape([2, 2]).row(1));
    /// assert_eq!(f.call(vec![1.0, 2.0, 3.0, 4.0])?.to_vec::<f64>()?, [3.0, 4.0]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When there is no such row.
    #[track_caller]
    pub fn row(&self, i: isize) -> Tensor {
        self.index(i)
    }
}

/// Indices with negative ones counted from the back of an axis of size `n`.
#[track_caller]
fn wrapped(indices: &Tensor, n: usize) -> Tensor {
    if indices.dtype().is_unsigned() {
        return indices.clone();
    }
    let negative = lax::lt(indices, &zero(indices));
    lax::select(&negative, &(indices + lax::number(indices, n as f64)), indices)
}

/// The index vectors, of one component, for elements of an axis of size `n`. Those beyond the ends
/// are left to gather, which clamps, and scatter, which drops.
#[track_caller]
pub(super) fn index_vectors(indices: &Tensor, n: usize) -> Tensor {
    lax::expand_dims(&wrapped(indices, n), &[indices.rank()])
}

/// An error unless elements of `axis` can be chosen by `indices`.
fn choosable(op: &str, x: &Tensor, indices: &Tensor, axis: usize) -> Result<()> {
    integers(op, indices)?;
    if x.shape()[axis] == 0 && indices.size() > 0 {
        let why = format!("axis {axis} of the first is empty");
        return Err(Error::shape(op, &[x.shape(), indices.shape()], why));
    }
    Ok(())
}

/// Computed places.
impl Tensor {
    /// The elements at computed places of an axis: `[.., n, ..]` taken at places of shape `[i, j]`
    /// is `[.., i, j, ..]`.
    ///
    /// The indices are integers. Negative ones count from the back; beyond the ends (in numpy an
    /// error) they mean the nearest element.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor, i: Tensor| x.take(&i, 0));
    /// let y = f.call((vec![10.0, 20.0, 30.0], vec![2, 0, -1, 7]))?;
    /// assert_eq!(y.to_vec::<f64>()?, [30.0, 10.0, 30.0, 30.0]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the axis is out of range or empty, or the indices are not integers.
    #[track_caller]
    pub fn take(&self, indices: impl Borrow<Tensor>, axis: isize) -> Tensor {
        let indices = indices.borrow();
        let axis = or_poison!(axes::axis("take", axis, self.rank()), self);
        or_poison!(choosable("take", self, indices, axis), self);
        let (before, after) = (&self.shape()[..axis], &self.shape()[axis + 1..]);
        if indices.size() == 0 {
            let shape: Shape = [before, &indices.shape()[..], after].concat().into();
            return lax::zeros_like(&self.aval().with_shape(shape));
        }
        let start = axis + indices.rank();
        let dims = GatherDims {
            offset_dims: (0..axis).chain(start..start + after.len()).collect(),
            collapsed: vec![axis],
            operand_batching: vec![],
            indices_batching: vec![],
            start_index_map: vec![axis],
        };
        let sizes = [before, &[1], after].concat();
        lax::gather(self, &index_vectors(indices, self.shape()[axis]), dims, &sizes)
    }

    /// One element of `axis` for each index, the other axes going together:
    /// `y[i][j] = x[i][indices[i][j]]` along axis 1 of a matrix.
    ///
    /// `indices` are integers of the same rank; the other axes broadcast. Negative indices and
    /// those beyond the ends are treated as by [`take`](Tensor::take).
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor, class: Tensor| {
    ///     x.reshape([2, 3]).take_along_axis(&class.expand_dims(1), 1)
    /// });
    /// let y = f.call((vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0], vec![2, 0]))?;
    /// assert_eq!(y.to_vec::<f64>()?, [3.0, 4.0]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the axis is out of range or empty, the ranks differ, the other axes do not broadcast,
    /// or the indices are not integers.
    #[track_caller]
    pub fn take_along_axis(&self, indices: impl Borrow<Tensor>, axis: isize) -> Tensor {
        let indices = indices.borrow();
        let axis = or_poison!(axes::axis("take_along_axis", axis, self.rank()), self);
        or_poison!(choosable("take_along_axis", self, indices, axis), self);
        let rest = [axis];
        let common =
            shape::broadcast(&self.shape().without(&rest), &indices.shape().without(&rest));
        let Some(common) = common.filter(|_| indices.rank() == self.rank()) else {
            let why = "they must have one rank and broadcast but along the axis";
            let e = Error::shape("take_along_axis", &[self.shape(), indices.shape()], why);
            or_poison!(Err(e), self)
        };
        let x = fit(self, &common.with_axis(axis, self.shape()[axis]));
        let chosen = common.with_axis(axis, indices.shape()[axis]);
        if chosen.size() == 0 {
            return lax::zeros_like(&self.aval().with_shape(chosen));
        }
        let vectors = index_vectors(&fit(indices, &chosen), self.shape()[axis]);
        lax::gather_along(&x, &vectors, axis)
    }
}
