//! Norms, and what is read off the singular values.

use super::{matrices, svdvals};
use crate::base::Scalar;
use crate::ir::Tensor;
use crate::lax;
use crate::library::{Axes, axes, float, or_poison};

/// The norms of matrices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MatrixNorm {
    /// The root of the sum of squares.
    Frobenius,
    /// The sum of the singular values.
    Nuclear,
    /// The largest singular value.
    Spectral,
    /// The largest sum of absolute values of a column: numpy's order 1.
    Columns,
    /// The largest sum of absolute values of a row: numpy's order ∞.
    Rows,
}

/// numpy's `matrix_norm`: a norm of each matrix.
///
/// # Shapes
/// `[..., m, n] → [...]`.
///
/// # Errors
/// Fewer than two axes, or neither real nor complex; a spectral norm of a matrix without elements.
///
/// # Derivative
/// At 0 the Frobenius norm has that of [`Tensor::norm`]; ties share as those of [`Tensor::max`] do.
///
/// ```
/// # use cotangent::{Tensor, jit, linalg, linalg::MatrixNorm};
/// # fn main() -> cotangent::Result<()> {
/// let f = |norm| jit(move |a: Tensor| linalg::matrix_norm(&a, norm));
/// let a = [[1.0, -2.0], [3.0, 4.0]];
/// assert_eq!(f(MatrixNorm::Columns).call(a)?.item::<f64>()?, 6.0);
/// assert_eq!(f(MatrixNorm::Rows).call(a)?.item::<f64>()?, 7.0);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn matrix_norm(a: &Tensor, norm: MatrixNorm) -> Tensor {
    or_poison!(matrices("matrix_norm", a), a);
    match norm {
        MatrixNorm::Frobenius if a.dtype().is_complex() => a.abs().norm_axis([-2, -1]),
        MatrixNorm::Frobenius => a.norm_axis([-2, -1]),
        MatrixNorm::Nuclear => svdvals(a).sum_axis(-1),
        MatrixNorm::Spectral => svdvals(a).max_axis(-1),
        MatrixNorm::Columns => a.abs().sum_axis(-2).max_axis(-1),
        MatrixNorm::Rows => a.abs().sum_axis(-1).max_axis(-1),
    }
}

/// numpy's `vector_norm`: `(Σ |x|^p)^(1/p)` over the given axes. For `p = ∞` it is the largest absolute
/// value, for −∞ the smallest, and for 0 the number of elements that are not 0.
///
/// # Errors
/// An axis that is out of range or named twice, or neither real nor complex.
///
/// # Derivative
/// For `p = 2` that of [`Tensor::norm`]; otherwise that of the formula, which at 0 may be NaN.
///
/// ```
/// # use cotangent::{Tensor, jit, linalg};
/// # fn main() -> cotangent::Result<()> {
/// let f = |p: f64| jit(move |x: Tensor| linalg::vector_norm(&x, p, -1));
/// let x = vec![3.0, -4.0, 0.0];
/// assert_eq!(f(1.0).call(x.clone())?.item::<f64>()?, 7.0);
/// assert_eq!(f(2.0).call(x.clone())?.item::<f64>()?, 5.0);
/// assert_eq!(f(f64::INFINITY).call(x)?.item::<f64>()?, 4.0);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn vector_norm(x: &Tensor, p: f64, over: impl Axes) -> Tensor {
    if x.dtype().is_complex() {
        return vector_norm(&x.abs(), p, over);
    }
    or_poison!(float("vector_norm", x), x);
    let over = or_poison!(axes::sorted("vector_norm", &over, x.rank()), x);
    if p == 2.0 {
        return x.norm_axis(over);
    }
    let size = x.abs();
    if p == f64::INFINITY {
        return size.max_axis(over);
    }
    if p == f64::NEG_INFINITY {
        return size.min_axis(over);
    }
    if p == 0.0 {
        let zero = Tensor::literal(Scalar::from_f64(0.0, x.dtype()));
        return lax::convert_element_type(&lax::ne(x, &zero), x.dtype()).sum_axis(over);
    }
    if p == 1.0 {
        return size.sum_axis(over);
    }
    size.pow(p).sum_axis(over).pow(1.0 / p)
}

/// numpy's `cond`: the largest singular value divided by the smallest.
///
/// # Errors
/// Fewer than two axes, neither real nor complex, or without elements.
///
/// ```
/// # use cotangent::{Tensor, jit, linalg};
/// # fn main() -> cotangent::Result<()> {
/// let c = jit(|a: Tensor| linalg::cond(&a)).call([[0.0, 2.0], [8.0, 0.0]])?;
/// assert!((c.item::<f64>()? - 4.0).abs() < 1e-14);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn cond(a: &Tensor) -> Tensor {
    or_poison!(matrices("cond", a), a);
    let s = svdvals(a);
    s.max_axis(-1) / s.min_axis(-1)
}
