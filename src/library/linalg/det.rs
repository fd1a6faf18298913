//! Determinants.

use super::square;
use crate::ir::Tensor;
use crate::lax;
use crate::library::{or_poison, zero};

/// numpy's `det`: the determinant, by LU decomposition with partial pivoting; up to three rows by
/// its formula.
///
/// # Shapes
/// `[..., n, n] → [...]`; without rows it is 1.
///
/// # Errors
/// A matrix that is not square, or neither real nor complex.
///
/// # Derivative
/// `det a · tr(a⁻¹ ȧ)`: exact up to three rows, NaN for a singular matrix of more.
///
/// ```
/// # use cotangent::{Tensor, grad, jit, linalg};
/// # fn main() -> cotangent::Result<()> {
/// let f = |a: Tensor| linalg::det(&a);
/// assert_eq!(jit(f).call([[1.0, 2.0], [3.0, 4.0]])?.item::<f64>()?, -2.0);
/// let slope = jit(grad(f)).call([[1.0, 2.0], [2.0, 4.0]])?;
/// assert_eq!(slope.to_vec::<f64>()?, [4.0, -2.0, -2.0, 1.0]);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn det(a: &Tensor) -> Tensor {
    match or_poison!(square("det", a), a) {
        1 => entry(a, 0, 0),
        2 => minor(a, [0, 1], [0, 1]),
        3 => {
            let first = entry(a, 0, 0) * minor(a, [1, 2], [1, 2]);
            let second = entry(a, 0, 1) * minor(a, [1, 2], [0, 2]);
            first - second + entry(a, 0, 2) * minor(a, [1, 2], [0, 1])
        }
        _ => {
            let [lu, pivots, p] = lax::lu(&lax::stop_gradient(a));
            lax::det(a, &lu, &pivots, &p)
        }
    }
}

/// numpy's `slogdet`: the sign of the determinant, and the logarithm of its absolute value. Of a
/// singular matrix they are 0 and −∞. The sign of a complex one is `det/|det|`. Shapes and errors are
/// those of [`det()`].
///
/// # Derivative
/// 0 of the sign, `tr(a⁻¹ ȧ)` of the logarithm; of complex matrices its real part, and the sign turns by
/// the imaginary one.
///
/// ```
/// # use cotangent::{Tensor, jit, linalg};
/// # fn main() -> cotangent::Result<()> {
/// let f = jit(|a: Tensor| linalg::slogdet(&a));
/// let (sign, log) = f.call([[0.0, 2.0], [1.0, 0.0]])?;
/// assert_eq!(sign.item::<f64>()?, -1.0);
/// assert_eq!(log.item::<f64>()?, 2.0_f64.ln());
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn slogdet(a: &Tensor) -> (Tensor, Tensor) {
    or_poison!(square("slogdet", a), a, |x| (x.clone(), x));
    let constant = lax::stop_gradient(a);
    let [lu, pivots, p] = lax::lu(&constant);
    if a.dtype().is_complex() {
        let log = lax::logabsdet(a, &lu, &pivots, &p);
        let (size, angle) = (lax::real(&log), lax::imag(&log));
        let regular = lax::gt(&size, &lax::number(&size, f64::NEG_INFINITY));
        let sign = Tensor::complex(angle.cos(), angle.sin());
        return (lax::select(&regular, &sign, &zero(&sign)), size);
    }
    let sign = lax::det(&constant, &lax::sign(&lu), &pivots, &p);
    // Not −0, of which the sign would say nothing.
    let zero = zero(&sign);
    let sign = lax::select(&lax::eq(&sign, &zero), &zero, &sign);
    (sign, lax::logabsdet(a, &lu, &pivots, &p))
}

/// An element of each matrix.
#[track_caller]
fn entry(a: &Tensor, i: usize, j: usize) -> Tensor {
    let r = a.rank();
    let (mut start, mut limit) = (vec![0; r], a.shape().to_vec());
    (start[r - 2], limit[r - 2], start[r - 1], limit[r - 1]) = (i, i + 1, j, j + 1);
    lax::squeeze(&lax::slice(a, &start, &limit, &vec![1; r]), &[r - 2, r - 1])
}

/// The determinant of two rows and two columns.
#[track_caller]
fn minor(a: &Tensor, [i, k]: [usize; 2], [j, l]: [usize; 2]) -> Tensor {
    entry(a, i, j) * entry(a, k, l) - entry(a, i, l) * entry(a, k, j)
}
