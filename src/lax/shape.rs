//! Primitives that move elements, and small helpers on shapes.

use crate::base::{DType, Error, Scalar, Shape};
use crate::ir::params::*;
use crate::ir::{Aval, Tensor, bind1, poison};

/// The index along axis `dim` of an array of this shape.
///
/// # Errors
/// When there is no such axis, or `dtype` is `bool`.
#[track_caller]
pub fn iota(dtype: DType, shape: impl Into<Shape>, dim: usize) -> Tensor {
    bind1(Iota { shape: shape.into(), dtype, dim }, &[])
}

/// An array of `shape` with operand axis `i` along result axis `dims[i]`; other axes repeat.
///
/// # Shapes
/// `dims` increases and has one entry for each axis of `x`, whose size is that of the result axis
/// or one. Any dtype, which the result has.
///
/// # Errors
/// Shapes that do not fit so.
///
/// # Derivative
/// Linear.
///
/// # Source
/// The operation semantics of XLA, section BroadcastInDim.
#[track_caller]
pub fn broadcast_in_dim(x: &Tensor, shape: impl Into<Shape>, dims: &[usize]) -> Tensor {
    let shape = shape.into();
    // With equal shapes only the identity map is valid, so there is nothing to do.
    if *x.shape() == shape && dims.iter().copied().eq(0..x.rank()) {
        return x.clone();
    }
    bind1(BroadcastInDim { shape, dims: dims.to_vec() }, &[x])
}

/// `x` repeated along new leading axes of the given sizes: `[...] → [sizes..., ...]`. Any dtype.
#[track_caller]
pub fn broadcast(x: &Tensor, sizes: &[usize]) -> Tensor {
    let shape: Shape = sizes.iter().chain(x.shape().iter()).copied().collect();
    let dims: Vec<usize> = (sizes.len()..shape.rank()).collect();
    broadcast_in_dim(x, shape, &dims)
}

/// `x` with new axes of size one: `dims` are their places in the result, increasing. Any dtype.
///
/// # Errors
/// When a place is beyond the rank of the result, or named twice.
#[track_caller]
pub fn expand_dims(x: &Tensor, dims: &[usize]) -> Tensor {
    if dims.is_empty() {
        return x.clone();
    }
    let rank = x.rank() + dims.len();
    let kept: Vec<usize> = (0..rank).filter(|d| !dims.contains(d)).collect();
    if kept.len() != x.rank() {
        let e = Error::argument("expand_dims", format!("axes {dims:?} for rank {}", x.rank()));
        return poison(e.or_at(crate::base::Source::here()), x.aval().clone());
    }
    let mut shape = vec![1; rank];
    kept.iter().zip(x.shape().iter()).for_each(|(&k, &d)| shape[k] = d);
    broadcast_in_dim(x, shape, &kept)
}

/// The same elements in row-major order, in another shape. Any dtype, which the result has.
///
/// # Errors
/// When `shape` holds another number of elements.
///
/// # Derivative
/// Linear.
#[track_caller]
pub fn reshape(x: &Tensor, shape: impl Into<Shape>) -> Tensor {
    let shape = shape.into();
    if *x.shape() == shape { x.clone() } else { bind1(Reshape { shape }, &[x]) }
}

/// Axis `i` of the result is axis `perm[i]` of `x`. Any dtype, which the result has.
///
/// # Errors
/// When `perm` is no permutation of the axes.
///
/// # Derivative
/// Linear.
#[track_caller]
pub fn transpose(x: &Tensor, perm: &[usize]) -> Tensor {
    if perm.iter().copied().eq(0..x.rank()) {
        return x.clone();
    }
    bind1(Transpose { perm: perm.to_vec() }, &[x])
}

/// `x` without the given axes, which have size one. Any dtype, which the result has.
///
/// # Errors
/// When one of them does not exist or has another size.
///
/// # Derivative
/// Linear.
#[track_caller]
pub fn squeeze(x: &Tensor, dims: &[usize]) -> Tensor {
    if dims.is_empty() { x.clone() } else { bind1(Squeeze { dims: dims.to_vec() }, &[x]) }
}

/// `x` reversed along the given axes. Any dtype; the result has the type of `x`.
///
/// # Errors
/// When an axis is out of range.
///
/// # Derivative
/// Linear.
#[track_caller]
pub fn rev(x: &Tensor, dims: &[usize]) -> Tensor {
    if dims.is_empty() { x.clone() } else { bind1(Rev { dims: dims.to_vec() }, &[x]) }
}

/// The elements `start, start + stride, ...` below `limit` of each axis. Any dtype, which the
/// result has.
///
/// # Errors
/// When there is not one entry for each axis, a stride is 0, or not `start ≤ limit ≤ size`.
///
/// # Derivative
/// Linear.
#[track_caller]
pub fn slice(x: &Tensor, start: &[usize], limit: &[usize], stride: &[usize]) -> Tensor {
    let (start, limit, stride) = (start.to_vec(), limit.to_vec(), stride.to_vec());
    bind1(Slice { start, limit, stride }, &[x])
}

/// Every `step`-th slice of `x` along `axis`, from place `start` up to `limit`.
#[track_caller]
pub(crate) fn slice_along(
    x: &Tensor,
    axis: usize,
    (start, limit): (usize, usize),
    step: usize,
) -> Tensor {
    let (mut from, mut to, mut by) = (vec![0; x.rank()], x.shape().to_vec(), vec![1; x.rank()]);
    (from[axis], to[axis], by[axis]) = (start, limit, step);
    slice(x, &from, &to, &by)
}

/// The slice of `x` at a place along `axis`, without that axis.
#[track_caller]
pub(crate) fn slice_at(x: &Tensor, axis: usize, place: usize) -> Tensor {
    squeeze(&slice_along(x, axis, (place, place + 1), 1), &[axis])
}

/// `x` padded with the scalar `value`: `(low, high, interior)` for each axis, the number of values
/// before, after, and between the elements. Negative `low` and `high` crop.
///
/// # Shapes
/// An axis of size `n` becomes `low + n + (n − 1)·interior + high`.
///
/// # Dtypes
/// Any one dtype, which the result has.
///
/// # Errors
/// When there is not one entry for each axis, more is cropped than there is, `value` is no scalar,
/// or the dtypes differ.
///
/// # Derivative
/// Linear in `x` and `value`.
#[track_caller]
pub fn pad(x: &Tensor, value: &Tensor, config: &[(isize, isize, usize)]) -> Tensor {
    if config.iter().all(|c| *c == (0, 0, 0)) && config.len() == x.rank() {
        return x.clone();
    }
    bind1(Pad { config: config.to_vec() }, &[x, value])
}

/// The arrays one after the other along axis `dim`.
///
/// # Shapes
/// They agree but along `dim`, where the sizes add up.
///
/// # Dtypes
/// Any one dtype, which the result has.
///
/// # Errors
/// No arrays, no such axis, or shapes or dtypes that differ.
///
/// # Derivative
/// Linear.
#[track_caller]
pub fn concatenate(xs: &[&Tensor], dim: usize) -> Tensor {
    if let [x] = xs {
        return (*x).clone();
    }
    bind1(Concatenate { dim }, xs)
}

/// The bits of `x` as another dtype.
///
/// # Shapes
/// That of `x` if both dtypes have one width. To a narrower one there is one more last axis of the
/// parts of an element, the low ones first; to a wider one, the last axis holds these and goes.
///
/// # Dtypes
/// Integers and floats.
///
/// # Errors
/// Other dtypes, or a last axis of another size.
///
/// # Derivative
/// None.
#[track_caller]
pub fn bitcast_convert_type(x: &Tensor, dtype: DType) -> Tensor {
    bind1(BitcastConvert { dtype }, &[x])
}

/// `x` with another dtype: floats to integers round toward zero, `bool` is 0 or 1, and to `bool`
/// every nonzero value is true. Any shape.
///
/// # Derivative
/// Between floats the tangent is converted too; otherwise there is none.
#[track_caller]
pub fn convert_element_type(x: &Tensor, dtype: DType) -> Tensor {
    if x.dtype() == dtype {
        return x.clone();
    }
    bind1(Convert { dtype }, &[x])
}

/// An array filled with one value.
#[track_caller]
pub fn full(shape: impl Into<Shape>, value: Scalar) -> Tensor {
    broadcast(&Tensor::literal(value), &shape.into())
}

/// A number that goes with any array of the dtype of `x`.
#[track_caller]
pub(crate) fn number(x: &Tensor, value: f64) -> Tensor {
    Tensor::literal(Scalar::from_f64(value, x.dtype()))
}

/// An array of the type of `aval` filled with one value.
#[track_caller]
pub(crate) fn full_like(aval: &Aval, value: f64) -> Tensor {
    full(&aval.shape, Scalar::from_f64(value, aval.dtype))
}

/// Zeros of the type of `aval`.
#[track_caller]
pub(crate) fn zeros_like(aval: &Aval) -> Tensor {
    full_like(aval, 0.0)
}

/// The Kronecker delta of two axes: 1 (true) where the indices along `a` and `b` agree.
#[track_caller]
pub(crate) fn delta(dtype: DType, shape: impl Into<Shape>, a: usize, b: usize) -> Tensor {
    let shape = shape.into();
    let (i, j) = (iota(DType::I32, &shape, a), iota(DType::I32, &shape, b));
    convert_element_type(&super::eq(&i, &j), dtype)
}

/// `x` with axis `from` moved to place `to`.
#[track_caller]
pub(crate) fn move_axis(x: &Tensor, from: usize, to: usize) -> Tensor {
    let mut perm: Vec<usize> = (0..x.rank()).filter(|&d| d != from).collect();
    perm.insert(to, from);
    transpose(x, &perm)
}
