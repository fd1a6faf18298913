//! Reductions.

use crate::base::DType;
use crate::ir::params::*;
use crate::ir::{Tensor, bind1};

/// A reduction over `axes` (increasing); over no axes it is the identity.
#[track_caller]
pub(crate) fn reduce(op: ReduceOp, x: &Tensor, axes: &[usize]) -> Tensor {
    if axes.is_empty() { x.clone() } else { bind1(Reduce { op, axes: axes.to_vec() }, &[x]) }
}

macro_rules! reduce_functions {
    ($($(#[$doc:meta])* $name:ident $op:ident;)*) => {$(
        $(#[$doc])*
        #[track_caller]
        pub fn $name(x: &Tensor, axes: &[usize]) -> Tensor {
            reduce(ReduceOp::$op, x, axes)
        }
    )*};
}

reduce_functions! {
    /// Sum over `axes`; 0 over nothing.
    reduce_sum Sum;
    /// Product over `axes`; 1 over nothing.
    reduce_prod Prod;
    /// Largest over `axes`; −∞ (or the least integer) over nothing. Ties share the derivative.
    reduce_max Max;
    /// Smallest over `axes`; ∞ (or the greatest integer) over nothing. Ties share the derivative.
    reduce_min Min;
    /// True where all are.
    reduce_and And;
    /// True where any is.
    reduce_or Or;
}

/// The index of the largest along `axis`: the first of equals, a NaN before all.
#[track_caller]
pub fn argmax(x: &Tensor, axis: usize, dtype: DType) -> Tensor {
    bind1(ArgReduce { op: ArgOp::Max, axis, dtype }, &[x])
}

/// The index of the smallest along `axis`: the first of equals, a NaN before all.
#[track_caller]
pub fn argmin(x: &Tensor, axis: usize, dtype: DType) -> Tensor {
    bind1(ArgReduce { op: ArgOp::Min, axis, dtype }, &[x])
}

#[track_caller]
pub(crate) fn cumulative(op: CumulativeOp, x: &Tensor, axis: usize, reverse: bool) -> Tensor {
    bind1(Cumulative { op, axis, reverse }, &[x])
}

/// Running sum along `axis`, from the end if `reverse`.
#[track_caller]
pub fn cumsum(x: &Tensor, axis: usize, reverse: bool) -> Tensor {
    cumulative(CumulativeOp::Sum, x, axis, reverse)
}
