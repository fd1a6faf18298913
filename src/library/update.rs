//! Arrays with some elements replaced or changed, at fixed places and at computed ones.

use super::axes;
use super::create::integers;
use super::index::{IndexSpec, View, index_vectors};
use super::manipulate::broadcast_as;
use super::{or_poison, zero};
use crate::base::{Result, Scalar, Shape};
use crate::ir::Tensor;
use crate::ir::params::GatherDims;
use crate::lax::{self, ToTensor};
use std::borrow::Borrow;

impl View {
    /// The sizes of the window before axes are dropped and added.
    fn sizes(&self) -> Shape {
        let bounds = self.start.iter().zip(&self.limit).zip(&self.stride);
        bounds.map(|((start, limit), stride)| (limit - start).div_ceil(*stride)).collect()
    }

    /// The shape of what is taken.
    fn shape(&self) -> Shape {
        self.new.iter().fold(self.sizes().without(&self.dropped), |shape, &d| shape.with_axis(d, 1))
    }

    /// `updates`, of the shape of what is taken, at its places in an array like `x` of zeros.
    #[track_caller]
    fn spread(&self, x: &Tensor, updates: &Tensor) -> Tensor {
        let sizes = self.sizes();
        let window = lax::rev(&lax::reshape(updates, &sizes), &self.reversed);
        let edge = |(d, &stride): (usize, &usize)| {
            let end = self.start[d] + (sizes[d] - 1) * stride + 1;
            (self.start[d] as isize, (x.shape()[d] - end) as isize, stride - 1)
        };
        let config: Vec<_> = self.stride.iter().enumerate().map(edge).collect();
        lax::pad(&window, &zero(updates), &config)
    }
}

/// Updates of fixed places.
impl Tensor {
    /// `self` with the elements that [`index`](Tensor::index) would take replaced by `values`, which
    /// broadcast to their shape.
    ///
    /// ```
    /// # use cotangent::{Step, Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| (x.index_set(1..3, 0.5), x.index_set(Step(.., 2), x.index(..2))));
    /// let (window, even) = f.call(vec![1.0, 2.0, 3.0, 4.0])?;
    /// assert_eq!(window.to_vec::<f64>()?, [1.0, 0.5, 0.5, 4.0]);
    /// assert_eq!(even.to_vec::<f64>()?, [1.0, 2.0, 2.0, 4.0]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When an index does not fit `self`, or `values` do not broadcast to what it takes.
    #[track_caller]
    pub fn index_set(&self, spec: impl IndexSpec, values: impl ToTensor) -> Tensor {
        let view = or_poison!(View::of(&spec.into_items(), self.shape()), self);
        let shape = view.shape();
        let values = broadcast_as("index_set", &values.to_tensor(self.dtype()), &shape);
        if shape.size() == 0 {
            return self.clone();
        }
        if view.stride.iter().all(|&s| s == 1) {
            let window = lax::rev(&lax::reshape(&values, view.sizes()), &view.reversed);
            let starts: Vec<Tensor> =
                view.start.iter().map(|&s| Tensor::scalar(s as i64)).collect();
            return lax::dynamic_update_slice(self, &window, &starts.iter().collect::<Vec<_>>());
        }
        let there = view.spread(self, &lax::full(shape, Scalar::Bool(true)));
        lax::select(&there, &view.spread(self, &values), self)
    }

    /// `self` with `values`, which broadcast, added to the elements that [`index`](Tensor::index) would
    /// take.
    ///
    /// ```
    /// # use cotangent::{Step, Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| x.index_add(Step(.., -2), 10.0));
    /// assert_eq!(f.call(vec![1.0, 2.0, 3.0])?.to_vec::<f64>()?, [11.0, 2.0, 13.0]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When an index does not fit `self`, or `values` do not broadcast to what it takes.
    #[track_caller]
    pub fn index_add(&self, spec: impl IndexSpec, values: impl ToTensor) -> Tensor {
        let view = or_poison!(View::of(&spec.into_items(), self.shape()), self);
        let shape = view.shape();
        let values = broadcast_as("index_add", &values.to_tensor(self.dtype()), &shape);
        if shape.size() == 0 {
            return self.clone();
        }
        lax::add(self, &view.spread(self, &values))
    }
}

/// One method for each row `name op = meaning, result;`, of which the result is that of the example.
macro_rules! updates_of_rows {
    ($($name:ident $op:ident($($unique:literal)?) = $meaning:literal, $result:literal;)*) => {
        /// Updates of rows at computed places.
        impl Tensor {$(
            #[doc = $meaning]
            ///
            /// `indices` are integers of any shape, and `updates` broadcast to that shape followed by
            /// the other axes of `self`. Negative indices count from the back; updates beyond the ends
            /// are dropped.
            ///
            /// ```
            /// # use cotangent::{Tensor, jit};
            /// # fn main() -> cotangent::Result<()> {
            #[doc = concat!("let f = jit(|x: Tensor, i: Tensor, u: Tensor| x.", stringify!($name), "(&i, u));")]
            /// let (x, places, updates) = (vec![3.0, 3.0, 3.0], vec![1, -1, 9], vec![2.0, 4.0, 5.0]);
            /// let y = f.call((x, places, updates))?;
            #[doc = concat!("assert_eq!(y.to_vec::<f64>()?, ", $result, ");")]
            /// # Ok(())
            /// # }
            /// ```
            ///
            /// # Errors
            /// When `self` is a scalar, the indices are not integers, or the updates do not broadcast.
            #[track_caller]
            pub fn $name(&self, indices: impl Borrow<Tensor>, updates: impl ToTensor) -> Tensor {
                let op = stringify!($name);
                let (indices, updates) = (indices.borrow(), updates.to_tensor(self.dtype()));
                let (vectors, updates, dims) = or_poison!(rows(op, self, indices, &updates), self);
                if self.size() == 0 || updates.size() == 0 {
                    return self.clone();
                }
                lax::$op(self, &vectors, &updates, dims $(, $unique)?)
            }
        )*}
    };
}

updates_of_rows! {
    at_add scatter_add() = "`self` with `updates` added to the rows at computed places of the first axis; a place that comes several times gets them all.",
        "[3.0, 5.0, 7.0]";
    at_set scatter(false) = "`self` with the rows at computed places of the first axis replaced by `updates`; a place that comes several times gets one of them.",
        "[3.0, 2.0, 4.0]";
    at_mul scatter_mul(false) = "`self` with the rows at computed places of the first axis multiplied by `updates`. It has a derivative in `self`, but not in `updates`, for which [`lax::scatter_mul`] must be told that no place comes twice.",
        "[3.0, 6.0, 12.0]";
    at_min scatter_min() = "`self` with the smaller of each row at computed places of the first axis and of `updates`.",
        "[3.0, 2.0, 3.0]";
    at_max scatter_max() = "`self` with the larger of each row at computed places of the first axis and of `updates`.",
        "[3.0, 3.0, 4.0]";
}

/// The index vectors, updates and numbers of a scatter into rows of `x`.
#[track_caller]
fn rows(
    op: &str,
    x: &Tensor,
    indices: &Tensor,
    updates: &Tensor,
) -> Result<(Tensor, Tensor, GatherDims)> {
    axes::axis(op, 0, x.rank())?;
    integers(op, indices)?;
    let shape: Shape = [&indices.shape()[..], &x.shape()[1..]].concat().into();
    let updates = broadcast_as(op, updates, &shape);
    let dims = GatherDims {
        offset_dims: (indices.rank()..shape.rank()).collect(),
        collapsed: vec![0],
        operand_batching: vec![],
        indices_batching: vec![],
        start_index_map: vec![0],
    };
    Ok((index_vectors(indices, x.shape()[0]), updates, dims))
}
