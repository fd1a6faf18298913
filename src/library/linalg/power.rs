//! Powers and the exponential of matrices.

use super::{identity, inv, solve, square};
use crate::base::{DType, Scalar};
use crate::ir::Tensor;
use crate::lax;
use crate::library::or_poison;

/// numpy's `matrix_power`: the product of `n` times `a`, by repeated squaring; of the inverse for a
/// negative `n`, and the identity for 0.
///
/// # Errors
/// A matrix that is not square, or neither real nor complex.
///
/// ```
/// # use cotangent::{Tensor, jit, linalg};
/// # fn main() -> cotangent::Result<()> {
/// let fibonacci = jit(|a: Tensor| linalg::matrix_power(&a, 10)).call([[1.0, 1.0], [1.0, 0.0]])?;
/// assert_eq!(fibonacci.to_vec::<f64>()?, [89.0, 55.0, 55.0, 34.0]);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn matrix_power(a: &Tensor, n: i32) -> Tensor {
    or_poison!(square("matrix_power", a), a);
    let mut square = if n < 0 { inv(a) } else { a.clone() };
    let mut power: Option<Tensor> = None;
    let mut rest = n.unsigned_abs();
    while rest > 0 {
        if rest % 2 == 1 {
            power = Some(match power {
                Some(power) => lax::matmul(&power, &square),
                None => square.clone(),
            });
        }
        rest /= 2;
        if rest > 0 {
            square = lax::matmul(&square, &square);
        }
    }
    match power {
        Some(power) => power,
        None => identity(a),
    }
}

/// Numerator coefficients of the diagonal Padé approximation of order 13 (Higham 2005).
const PADE: [f64; 14] = [
    64_764_752_532_480_000.0,
    32_382_376_266_240_000.0,
    7_771_770_303_897_600.0,
    1_187_353_796_428_800.0,
    129_060_195_264_000.0,
    10_559_470_521_600.0,
    670_442_572_800.0,
    33_522_128_640.0,
    1_323_241_920.0,
    40_840_800.0,
    960_960.0,
    16_380.0,
    182.0,
    1.0,
];
/// The approximation is exact to rounding in f64 up to this norm.
const PADE_NORM: f64 = 5.371_920_351_148_152;
/// The norm is halved so often at most: matrices of a norm beyond 3.5e5 come out wrong or infinite.
const SQUARINGS: usize = 16;

/// scipy's `expm`: the exponential `Σ aᵏ/k!`, by scaling, a Padé approximation of order 13, and
/// repeated squaring (Higham 2005).
///
/// # Errors
/// A matrix that is not square, or neither real nor complex.
///
/// # Derivative
/// That of the approximation.
///
/// ```
/// # use cotangent::{Tensor, jit, linalg};
/// # fn main() -> cotangent::Result<()> {
/// let turn = jit(|a: Tensor| linalg::expm(&a)).call([[0.0, -1.0], [1.0, 0.0]])?;
/// let (c, s) = (1.0_f64.cos(), 1.0_f64.sin());
/// assert!(turn.to_vec::<f64>()?.iter().zip([c, -s, s, c]).all(|(x, y)| (x - y).abs() < 1e-15));
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn expm(a: &Tensor) -> Tensor {
    let n = or_poison!(square("expm", a), a);
    if n == 0 {
        return a.clone();
    }
    let r = a.rank();
    // How often to halve; piecewise constant, so without derivative.
    let constant = lax::stop_gradient(a);
    let norm = lax::reduce_max(&lax::reduce_sum(&lax::abs(&constant), &[r - 2]), &[r - 2]);
    let halvings = lax::ceil(&(lax::log(&(norm / PADE_NORM)) / std::f64::consts::LN_2));
    let halvings = halvings.clip(0.0, SQUARINGS as f64);
    let wide: Vec<usize> = (0..r - 2).collect();
    let halvings = lax::broadcast_in_dim(&halvings, a.shape(), &wide);
    let half = Tensor::literal(Scalar::from_f64(0.5, halvings.dtype()));
    let scale = lax::convert_element_type(&half.pow(&halvings), a.dtype());
    let x = pade(&(a * scale));
    let ks = lax::iota(DType::I32, [SQUARINGS], 0);
    let squared = lax::scan_with((SQUARINGS, false), std::slice::from_ref(&x), &[ks], |x, k| {
        let k = lax::convert_element_type(&k[0], halvings.dtype());
        let again = lax::gt(&halvings, &lax::broadcast_in_dim(&k, a.shape(), &[]));
        Ok((vec![lax::select(&again, &lax::matmul(&x[0], &x[0]), &x[0])], ()))
    });
    let (outs, ()) = or_poison!(squared, a);
    match outs.into_iter().next() {
        Some(x) => x,
        None => x,
    }
}

/// The approximation for a matrix of small norm.
#[track_caller]
fn pade(a: &Tensor) -> Tensor {
    let one = identity(a);
    let a2 = lax::matmul(a, a);
    let a4 = lax::matmul(&a2, &a2);
    let a6 = lax::matmul(&a2, &a4);
    let b = &PADE;
    let high = &a6 * b[13] + &a4 * b[11] + &a2 * b[9];
    let low = &a6 * b[7] + &a4 * b[5] + &a2 * b[3] + &one * b[1];
    let odd = lax::matmul(a, &(lax::matmul(&a6, &high) + low));
    let high = &a6 * b[12] + &a4 * b[10] + &a2 * b[8];
    let low = &a6 * b[6] + &a4 * b[4] + &a2 * b[2] + &one * b[0];
    let even = lax::matmul(&a6, &high) + low;
    solve(&(&even - &odd), &(even + odd))
}
