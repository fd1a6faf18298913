//! Fourier transforms.

use crate::ir::params::*;
use crate::ir::{Tensor, bind1};

/// The discrete Fourier transform over as many of the last axes as there are `lengths`:
/// `y_k = Σ_j x_j e^(−2πi jk/n)` along each.
///
/// `Ifft` inverts `Fft`; `Rfft` is the transform of real numbers, without what follows from its first
/// half, and `Irfft` inverts it.
///
/// # Shapes
/// The last axes have the sizes `lengths`, none of them 0, but the last axis of the complex side of
/// `Rfft` and `Irfft`, which has `n/2 + 1` where the real side has `n`.
///
/// # Dtypes
/// `c64` and `c128`, and `f32` and `f64` on the real side.
///
/// # Errors
/// Other shapes or dtypes, or more than three axes.
///
/// # Derivative
/// Linear.
///
/// # Source
/// The operation semantics of XLA, section FFT.
#[track_caller]
pub fn fft(x: &Tensor, kind: FftKind, lengths: &[usize]) -> Tensor {
    bind1(Fft { kind, lengths: lengths.to_vec() }, &[x])
}
