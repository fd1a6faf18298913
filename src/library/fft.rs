//! Discrete Fourier transforms, with the names and conventions of `numpy.fft`:
//! `y_k = Σ_j x_j e^(−2πi jk/n)`, and the inverses divide by `n`.
//!
//! They are linear, with derivatives of all orders in both modes. Complex numbers are
//! [`Complex`](crate::Complex) outside; [`Tensor::real`], [`Tensor::abs`] and so on take them apart.
//! Lengths are those of the axes: pad or slice first for others.

use super::axes::{self, Axes};
use super::or_poison;
use crate::base::{DType, Element, Error, Result};
use crate::ir::Tensor;
use crate::lax::{self, FftKind};

/// One transform after the other: XLA's take up to three of the last axes.
#[track_caller]
fn transform(op: &str, kind: FftKind, x: &Tensor, axes: &[usize], n: usize) -> Result<Tensor> {
    let Some((&last, others)) = axes.split_last() else {
        return Err(Error::argument(op, "it needs an axis"));
    };
    let length = if kind == FftKind::Irfft { n } else { x.shape()[last] };
    if length == 0 || axes.iter().any(|&d| x.shape()[d] == 0) {
        let why = format!("an axis of {axes:?} is empty");
        return Err(Error::shape(op, &[x.shape()], why));
    }
    let complex = match kind {
        FftKind::Irfft => FftKind::Ifft,
        FftKind::Rfft => FftKind::Fft,
        kind => kind,
    };
    // The half transform is the first of `rfft` and the last of `irfft`.
    Ok(match kind {
        FftKind::Rfft => along(complex, &half(kind, x, last, length), others),
        FftKind::Irfft => half(kind, &along(complex, x, others), last, length),
        _ => along(kind, x, axes),
    })
}

/// The transform between real numbers and half of the complex ones, along one axis.
#[track_caller]
fn half(kind: FftKind, x: &Tensor, axis: usize, length: usize) -> Tensor {
    let end = x.rank() - 1;
    lax::move_axis(&lax::fft(&lax::move_axis(x, axis, end), kind, &[length]), end, axis)
}

/// The complex transform along each of the axes, up to three at once.
#[track_caller]
fn along(kind: FftKind, x: &Tensor, axes: &[usize]) -> Tensor {
    let mut y = x.clone();
    for axes in axes.chunks(3) {
        let mut order: Vec<usize> = (0..y.rank()).filter(|d| !axes.contains(d)).collect();
        order.extend(axes);
        let mut back = vec![0; order.len()];
        order.iter().enumerate().for_each(|(i, &d)| back[d] = i);
        let lengths: Vec<usize> = axes.iter().map(|&d| y.shape()[d]).collect();
        y = lax::transpose(&lax::fft(&lax::transpose(&y, &order), kind, &lengths), &back);
    }
    y
}

/// Real numbers as complex ones of the same precision.
#[track_caller]
fn complex(op: &str, x: &Tensor) -> Result<Tensor> {
    match x.dtype().complex() {
        Some(dtype) => Ok(x.convert(dtype)),
        None => {
            let why = "it takes f32, f64, c64 or c128; use `convert`";
            Err(Error::dtype(op, &[x.dtype()], why))
        }
    }
}

macro_rules! transforms {
    ($($name:ident $kind:ident = $meaning:literal, $example:literal;)*) => {$(
        #[doc = $meaning]
        ///
        /// # Shapes
        /// That of `x`.
        ///
        /// # Dtypes
        /// `c64` or `c128`, of operands of that or of its parts.
        ///
        /// # Errors
        /// When an axis is out of range, named twice or empty, or `x` is of another dtype.
        ///
        /// ```
        /// # use cotangent::{Complex, Tensor, fft, jit};
        /// # fn main() -> cotangent::Result<()> {
        #[doc = $example]
        /// # Ok(())
        /// # }
        /// ```
        #[track_caller]
        pub fn $name(x: &Tensor, axes: impl Axes) -> Tensor {
            let op = stringify!($name);
            let x = or_poison!(complex(op, x), x);
            let axes = or_poison!(axes::ordered(op, &axes, x.rank()), x);
            or_poison!(transform(op, FftKind::$kind, &x, &axes, 0), x)
        }
    )*};
}

transforms! {
    fft Fft = "The transform along an axis, or several.",
        "let y = jit(|x: Tensor| fft::fft(&x, 0)).call(vec![1.0, 0.0, 0.0, 0.0])?;
assert_eq!(y.to_vec::<Complex<f64>>()?, [Complex::ONE; 4]);";
    ifft Ifft = "The inverse of [`fft()`].",
        "let y = jit(|x: Tensor| fft::ifft(&fft::fft(&x, -1), -1).real()).call(vec![1.0, 2.0])?;
assert_eq!(y.to_vec::<f64>()?, [1.0, 2.0]);";
}

/// The transform of real numbers, without the second half along the last of the axes, which mirrors
/// the first.
///
/// # Shapes
/// That of `x`, but `n/2 + 1` along the last of `axes` where `x` has `n`.
///
/// # Errors
/// When an axis is out of range, named twice or empty, or `x` is not of `f32` or `f64`.
///
/// ```
/// # use cotangent::{Complex, Tensor, fft, jit};
/// # fn main() -> cotangent::Result<()> {
/// let y = jit(|x: Tensor| fft::rfft(&x, 0)).call(vec![1.0, 0.0, 0.0, 0.0, 0.0])?;
/// assert_eq!(y.to_vec::<Complex<f64>>()?, [Complex::ONE; 3]);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn rfft(x: &Tensor, axes: impl Axes) -> Tensor {
    let axes = or_poison!(axes::ordered("rfft", &axes, x.rank()), x);
    or_poison!(transform("rfft", FftKind::Rfft, x, &axes, 0), x)
}

/// The inverse of [`rfft`] for real numbers that had the length `n` along the last of the axes.
///
/// # Shapes
/// That of `x`, but `n` along the last of `axes`, where `x` has `n/2 + 1`.
///
/// # Errors
/// When an axis is out of range, named twice or empty, `x` is not complex, or `n` does not fit.
///
/// ```
/// # use cotangent::{Tensor, fft, jit};
/// # fn main() -> cotangent::Result<()> {
/// let y = jit(|x: Tensor| fft::irfft(&fft::rfft(&x, 0), 3, 0)).call(vec![1.0, 2.0, 4.0])?;
/// let error = y.to_vec::<f64>()?.iter().zip([1.0, 2.0, 4.0]).map(|(a, b)| (a - b).abs()).sum::<f64>();
/// assert!(error < 1e-15);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn irfft(x: &Tensor, n: usize, axes: impl Axes) -> Tensor {
    let axes = or_poison!(axes::ordered("irfft", &axes, x.rank()), x);
    or_poison!(transform("irfft", FftKind::Irfft, x, &axes, n), x)
}

/// The frequencies of the elements of a transform of `n` samples a distance `d` apart:
/// `0, 1, …, −2, −1` over `n·d`.
///
/// ```
/// # use cotangent::{Tensor, fft, jit};
/// # fn main() -> cotangent::Result<()> {
/// let y = jit(|x: Tensor| x + fft::fftfreq::<f64>(4, 0.25)).call(0.0)?;
/// assert_eq!(y.to_vec::<f64>()?, [0.0, 1.0, -2.0, -1.0]);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn fftfreq<T: Element>(n: usize, d: f64) -> Tensor {
    let place = lax::iota(DType::I32, [n], 0);
    let half = n.div_ceil(2) as f64;
    let behind = lax::ge(&place, &lax::full_like(place.aval(), half));
    let wrapped = lax::select(&behind, &(&place - lax::number(&place, n as f64)), &place);
    wrapped.as_type::<T>() / (n as f64 * d)
}

/// The frequencies of the elements of [`rfft`]: `0, 1, …, n/2` over `n·d`.
///
/// ```
/// # use cotangent::{Tensor, fft, jit};
/// # fn main() -> cotangent::Result<()> {
/// let y = jit(|x: Tensor| x + fft::rfftfreq::<f64>(5, 0.2)).call(0.0)?;
/// assert_eq!(y.to_vec::<f64>()?, [0.0, 1.0, 2.0]);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn rfftfreq<T: Element>(n: usize, d: f64) -> Tensor {
    lax::iota(DType::I32, [n / 2 + 1], 0).as_type::<T>() / (n as f64 * d)
}

/// The elements along the axes rolled so that frequency 0 is in the middle.
///
/// ```
/// # use cotangent::{Tensor, fft, jit};
/// # fn main() -> cotangent::Result<()> {
/// let f = jit(|x: Tensor| (fft::fftshift(&x, 0), fft::ifftshift(&fft::fftshift(&x, 0), 0)));
/// let (shifted, back) = f.call(vec![0.0, 1.0, 2.0, -2.0, -1.0])?;
/// assert_eq!(shifted.to_vec::<f64>()?, [-2.0, -1.0, 0.0, 1.0, 2.0]);
/// assert_eq!(back.to_vec::<f64>()?, [0.0, 1.0, 2.0, -2.0, -1.0]);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// When an axis is out of range or named twice.
#[track_caller]
pub fn fftshift(x: &Tensor, axes: impl Axes) -> Tensor {
    let axes = or_poison!(axes::ordered("fftshift", &axes, x.rank()), x);
    let mut y = x.clone();
    for d in axes {
        y = y.roll((y.shape()[d] / 2) as isize, d as isize);
    }
    y
}

/// The inverse of [`fftshift`].
///
/// ```
/// # use cotangent::{Tensor, fft, jit};
/// # fn main() -> cotangent::Result<()> {
/// let y = jit(|x: Tensor| fft::ifftshift(&x, 0)).call(vec![-1.0, 0.0, 1.0])?;
/// assert_eq!(y.to_vec::<f64>()?, [0.0, 1.0, -1.0]);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// When an axis is out of range or named twice.
#[track_caller]
pub fn ifftshift(x: &Tensor, axes: impl Axes) -> Tensor {
    let axes = or_poison!(axes::ordered("ifftshift", &axes, x.rank()), x);
    let mut y = x.clone();
    for d in axes {
        y = y.roll(-((y.shape()[d] / 2) as isize), d as isize);
    }
    y
}
