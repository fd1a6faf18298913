//! Indexing at computed places.

use crate::ir::params::*;
use crate::ir::{Tensor, bind1};

/// A window of `x` at computed starts, which are clamped so that it lies inside.
///
/// # Shapes
/// One scalar start and one size for each axis of `x`; the result has the shape `sizes`.
///
/// # Dtypes
/// `x` of any dtype, which the result has; the starts are integers of one dtype.
///
/// # Errors
/// A window larger than `x`, or other starts.
///
/// # Derivative
/// Linear in `x`.
#[track_caller]
pub fn dynamic_slice(x: &Tensor, starts: &[&Tensor], sizes: &[usize]) -> Tensor {
    let ins: Vec<&Tensor> = [x].into_iter().chain(starts.iter().copied()).collect();
    bind1(DynamicSlice { sizes: sizes.to_vec() }, &ins)
}

/// `x` with a window at computed starts, which are clamped so that it lies inside, replaced by
/// `update`.
///
/// # Shapes
/// `update` has the rank of `x` and is nowhere larger; one scalar start for each axis. The result
/// has the shape of `x`.
///
/// # Dtypes
/// `x` and `update` of any one dtype, which the result has; the starts are integers of one dtype.
///
/// # Errors
/// Other shapes or dtypes.
///
/// # Derivative
/// Linear in `x` and `update`.
#[track_caller]
pub fn dynamic_update_slice(x: &Tensor, update: &Tensor, starts: &[&Tensor]) -> Tensor {
    let ins: Vec<&Tensor> = [x, update].into_iter().chain(starts.iter().copied()).collect();
    bind1(DynamicUpdateSlice, &ins)
}

/// Windows of `x`, one for each vector along the last axis of `indices`; the windows are moved so
/// that they lie inside.
///
/// # Shapes
/// The result has the axes of `indices` without the last, and at `dims.offset_dims` those of a
/// window that are not dropped.
///
/// # Dtypes
/// `x` of any dtype, which the result has; `indices` are integers.
///
/// # Errors
/// A window larger than `x`, dimension numbers that do not fit, or indices that are no integers.
///
/// # Derivative
/// Linear in `x`.
///
/// # Source
/// The operation semantics of XLA, section Gather.
#[track_caller]
pub fn gather(x: &Tensor, indices: &Tensor, dims: GatherDims, sizes: &[usize]) -> Tensor {
    bind1(Gather { dims, sizes: sizes.to_vec() }, &[x, indices])
}

/// One function for each row `name(operands) op, unique = meaning, dtypes, derivative;`.
macro_rules! scatters {
    ($($name:ident $op:ident($($unique:ident)?) $promise:expr, $meaning:literal, $dtypes:literal,
       $derivative:literal;)*) => {$(
        #[doc = $meaning]
        ///
        /// There is one window for each vector along the last axis of `indices`; a window that does not
        /// lie wholly inside is dropped. `unique`, where it is asked for, promises that windows do not
        /// overlap; which values come out if they do all the same is left open.
        ///
        /// # Shapes
        /// `updates` has the shape that [`gather`] with windows of these sizes would give; the result
        /// has the shape of `x`.
        ///
        /// # Dtypes
        #[doc = $dtypes]
        /// of one dtype, which the result has; `indices` are integers.
        ///
        /// # Errors
        /// Dimension numbers that do not fit, or other dtypes.
        ///
        /// # Derivative
        #[doc = $derivative]
        ///
        /// # Source
        /// The operation semantics of XLA, section Scatter.
        #[track_caller]
        pub fn $name(
            x: &Tensor,
            indices: &Tensor,
            updates: &Tensor,
            dims: GatherDims,
            $($unique: bool,)?
        ) -> Tensor {
            bind1(Scatter { op: ScatterOp::$op, dims, unique: $promise }, &[x, indices, updates])
        }
    )*};
}

scatters! {
    scatter Set(unique) unique,
        "`x` with windows replaced by `updates`. Where windows overlap one of them stays: on the CPU the last, and also on GPUs where it is differentiated; otherwise any.",
        "`x` and `updates` are", "That of what stands in the result.";
    scatter_add Add() false, "`x` plus `updates` in windows. Where windows overlap all are added.",
        "`x` and `updates` are numbers", "Linear in `x` and `updates`.";
    scatter_mul Mul(unique) unique, "`x` times `updates` in windows. Where windows overlap all are multiplied.",
        "`x` and `updates` are numbers",
        "Linear in `x`, and in `updates`, for which the windows must be promised not to overlap.";
    scatter_min Min() false, "The smaller of `x` and `updates` in windows; NaN if either is.",
        "`x` and `updates` are real, or bool,", "That of the smallest; equal ones share it.";
    scatter_max Max() false, "The larger of `x` and `updates` in windows; NaN if either is.",
        "`x` and `updates` are real, or bool,", "That of the largest; equal ones share it.";
}

/// The elements of `x` at computed places along `axis`: `y[.., i, ..] = x[.., indices[.., i, ..], ..]`.
///
/// # Shapes
/// `indices` has the shape of `x` but along `axis`, and a last axis of size one behind.
#[track_caller]
pub(crate) fn gather_along(x: &Tensor, indices: &Tensor, axis: usize) -> Tensor {
    let others: Vec<usize> = (0..x.rank()).filter(|&d| d != axis).collect();
    let dims = GatherDims {
        offset_dims: vec![],
        collapsed: vec![axis],
        operand_batching: others.clone(),
        indices_batching: others,
        start_index_map: vec![axis],
    };
    gather(x, indices, dims, &vec![1; x.rank()])
}
