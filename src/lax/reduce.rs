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
    ($($name:ident $op:ident = $meaning:literal, $dtypes:literal, $derivative:literal;)*) => {$(
        #[doc = $meaning]
        ///
        /// # Shapes
        /// The result has the axes of `x` that are not in `axes`, which increase.
        ///
        /// # Dtypes
        #[doc = $dtypes]
        /// The result has the dtype of `x`.
        ///
        /// # Errors
        /// An axis that is out of range or named twice, or another dtype.
        ///
        /// # Derivative
        #[doc = $derivative]
        #[track_caller]
        pub fn $name(x: &Tensor, axes: &[usize]) -> Tensor {
            reduce(ReduceOp::$op, x, axes)
        }
    )*};
}

reduce_functions! {
    reduce_sum Sum = "Sum over `axes`; 0 over nothing.", "Numbers.", "1 in each element.";
    reduce_prod Prod = "Product over `axes`; 1 over nothing.", "Numbers.",
        "The product of the others, exact where factors are 0.";
    reduce_max Max = "Largest over `axes`; −∞ (or the least integer) over nothing.", "Any.",
        "Shared alike by the elements that are the largest.";
    reduce_min Min = "Smallest over `axes`; ∞ (or the greatest integer) over nothing.", "Any.",
        "Shared alike by the elements that are the smallest.";
    reduce_and And = "True where all are, bit by bit for integers.", "`bool` or integers.", "None.";
    reduce_or Or = "True where any is, bit by bit for integers.", "`bool` or integers.", "None.";
}

/// The index of the largest along `axis`: the first of equals, a NaN before all.
///
/// # Shapes
/// The result has the axes of `x` but `axis`, which is not empty.
///
/// # Dtypes
/// `x` of any dtype; `dtype`, that of the result, is an integer that can hold every index.
///
/// # Errors
/// An axis that is out of range or empty, or another `dtype`.
///
/// # Derivative
/// None.
#[track_caller]
pub fn argmax(x: &Tensor, axis: usize, dtype: DType) -> Tensor {
    bind1(ArgReduce { op: ArgOp::Max, axis, dtype }, &[x])
}

/// The index of the smallest along `axis`: the first of equals, a NaN before all.
///
/// # Shapes
/// The result has the axes of `x` but `axis`, which is not empty.
///
/// # Dtypes
/// `x` of any dtype; `dtype`, that of the result, is an integer that can hold every index.
///
/// # Errors
/// An axis that is out of range or empty, or another `dtype`.
///
/// # Derivative
/// None.
#[track_caller]
pub fn argmin(x: &Tensor, axis: usize, dtype: DType) -> Tensor {
    bind1(ArgReduce { op: ArgOp::Min, axis, dtype }, &[x])
}

#[track_caller]
pub(crate) fn cumulative(op: CumulativeOp, x: &Tensor, axis: usize, reverse: bool) -> Tensor {
    bind1(Cumulative { op, axis, reverse }, &[x])
}

/// Running sum along `axis`, from the end if `reverse`.
///
/// # Shapes
/// Any with such an axis; the result has the shape of `x`.
///
/// # Dtypes
/// Numbers; the result has the dtype of `x`.
///
/// # Errors
/// An axis that is out of range, or `bool`.
///
/// # Derivative
/// Linear.
#[track_caller]
pub fn cumsum(x: &Tensor, axis: usize, reverse: bool) -> Tensor {
    cumulative(CumulativeOp::Sum, x, axis, reverse)
}
