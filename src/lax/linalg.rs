//! Decompositions of matrices and triangular systems. All act on the last two axes; the axes before
//! them are batch axes.

use crate::base::{DType, Scalar};
use crate::ir::params::*;
use crate::ir::{Tensor, bind1};

/// The Cholesky factor `L` of the symmetric part `S = (x + xᵀ)/2`: lower triangular with a positive
/// diagonal and `L Lᵀ = S`. Where `S` is not positive definite, all of the triangle is NaN.
///
/// # Shapes
/// `[..., n, n] → [..., n, n]`.
///
/// # Dtypes
/// Floats; the result has the dtype of `x`.
///
/// # Errors
/// A matrix that is not square, or another dtype.
///
/// # Derivative
/// `L̇ = L Φ(L⁻¹ Ṡ L⁻ᵀ)`, where `Φ` takes the lower triangle and half of the diagonal.
///
/// # Source
/// I. Murray, "Differentiation of the Cholesky decomposition", 2016.
///
/// # Example
/// ```
/// use cotangent::{Tensor, jit, lax};
/// # fn main() -> cotangent::Result<()> {
/// let l = jit(|x: Tensor| lax::cholesky(&x)).call([[4.0, 2.0], [2.0, 5.0]])?;
/// assert_eq!(l.to_vec::<f64>()?, [2.0, 0.0, 1.0, 2.0]);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn cholesky(x: &Tensor) -> Tensor {
    bind1(Cholesky, &[x])
}

/// The solution `x` of `a x = b`, or of `x a = b`, where `a` is a triangle of a matrix, or the
/// transpose of one; [`TriangularSolve`] says which. The other triangle is not read.
///
/// # Shapes
/// `[..., n, n] × [..., n, k] → [..., n, k]` from the left, and `[..., n, n] × [..., k, n] →
/// [..., k, n]` from the right. The batch axes are the same.
///
/// # Dtypes
/// Floats of one dtype, which the result has.
///
/// # Errors
/// A matrix that is not square, other shapes or dtypes.
///
/// # Derivative
/// Linear in `b`; in `a` it is `ẋ = −a⁻¹ ȧ x`.
///
/// # Example
/// ```
/// use cotangent::{Tensor, jit, lax};
/// # fn main() -> cotangent::Result<()> {
/// let lower = lax::TriangularSolve { left_side: true, lower: true, ..Default::default() };
/// let solve = jit(move |a: Tensor, b: Tensor| lax::triangular_solve(&a, &b, lower));
/// let x = solve.call(([[2.0, 9.0], [1.0, 4.0]], [[2.0], [9.0]]))?;
/// assert_eq!(x.to_vec::<f64>()?, [1.0, 2.0]);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn triangular_solve(a: &Tensor, b: &Tensor, system: TriangularSolve) -> Tensor {
    bind1(system, &[a, b])
}

/// The product of matrices with the same batch axes.
#[track_caller]
pub(crate) fn matmul(x: &Tensor, y: &Tensor) -> Tensor {
    let r = x.rank();
    let batch: Vec<usize> = (0..r.saturating_sub(2)).collect();
    super::dot_general(x, y, (&[r - 1], &[r - 2]), (&batch, &batch))
}

/// The last two axes exchanged.
#[track_caller]
pub(crate) fn matrix_transpose(x: &Tensor) -> Tensor {
    let mut perm: Vec<usize> = (0..x.rank()).collect();
    perm.reverse();
    perm[2..].reverse();
    perm.rotate_left(2);
    super::transpose(x, &perm)
}

/// The elements below the diagonal and on it (`lower`), or above it and on it, moved up by `k`
/// diagonals; 0 elsewhere.
#[track_caller]
pub(crate) fn triangle(x: &Tensor, lower: bool, k: i32) -> Tensor {
    let r = x.rank();
    let row = super::iota(DType::I32, x.shape(), r - 2);
    let column = super::iota(DType::I32, x.shape(), r - 1);
    let end = row + k;
    let keep = if lower { super::le(&column, &end) } else { super::ge(&column, &end) };
    super::select(&keep, x, &Tensor::literal(Scalar::from_f64(0.0, x.dtype())))
}
