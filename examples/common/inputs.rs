//! Inputs that every language can repeat: no random numbers of a library.
//!
//! Element `i` (counted from 0, row by row) of stream `s` is `lo + (hi - lo) * u(i, s)` rounded to
//! f32, also where the computation is in f64, so that one reference serves both dtypes.

use ndarray::{ArrayD, Dimension, IntoDimension};

/// A number in [0, 1): the fraction of a large multiple of a sine.
pub fn u(i: usize, s: usize) -> f64 {
    let t = (12.9898 * (i + 1) as f64 + 78.233 * s as f64).sin() * 43758.5453;
    t - t.floor()
}

/// The nearest f32, as an f64.
pub fn f32_of(value: f64) -> f64 {
    f64::from(value as f32)
}

/// An array of stream `s` with elements in [lo, hi).
pub fn arr<D: IntoDimension>(shape: D, s: usize, lo: f64, hi: f64) -> ndarray::Array<f64, D::Dim> {
    let shape = shape.into_dimension();
    let values = (0..shape.size()).map(|i| f32_of(lo + (hi - lo) * u(i, s))).collect::<Vec<_>>();
    shaped(shape, values)
}

/// The values, as many as the shape has elements, row by row.
#[allow(clippy::expect_used, reason = "the number is the product of the sizes at every call")]
pub fn shaped<D: IntoDimension>(shape: D, values: Vec<f64>) -> ndarray::Array<f64, D::Dim> {
    ndarray::Array::from_shape_vec(shape.into_dimension(), values).expect("one value per element")
}

/// A scalar as an array of rank 0.
pub fn scalar(value: f64) -> ArrayD<f64> {
    ndarray::arr0(value).into_dyn()
}
