//! Systems of equations.

use super::{RightSide, TriangularSolve, identity, matrices, square};
use crate::base::Error;
use crate::ir::Tensor;
use crate::lax;
use crate::library::or_poison;

/// numpy's `solve`: the `x` with `a x = b`, by LU decomposition with partial pivoting. A singular
/// matrix gives infinities or NaN.
///
/// # Shapes
/// `[..., n, n] × [..., n, k] → [..., n, k]`, where the axes before the matrices broadcast; a `b` of
/// one axis is a vector, and so is the solution.
///
/// # Errors
/// A matrix that is not square, a `b` of another length, other dtypes or different ones.
///
/// # Derivative
/// `ẋ = a⁻¹ (ḃ − ȧ x)`, with the decomposition that gave `x`.
///
/// ```
/// # use cotangent::{Tensor, jit, linalg};
/// # fn main() -> cotangent::Result<()> {
/// let f = jit(|a: Tensor, b: Tensor| linalg::solve(&a, &b));
/// let x = f.call(([[0.0, 2.0], [1.0, 1.0]], vec![4.0, 5.0]))?;
/// assert_eq!(x.to_vec::<f64>()?, [3.0, 2.0]);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn solve(a: &Tensor, b: &Tensor) -> Tensor {
    let (a, right) = or_poison!(RightSide::of("solve", a, b), b);
    let [lu, _, p] = lax::lu(&lax::stop_gradient(&a));
    right.solution(&lax::linear_solve(&a, &lu, &p, &right.columns))
}

/// scipy's `solve_triangular`: the `x` with `a x = b` (or `x a = b`, or with `aᵀ`, as `system` says),
/// where one triangle of `a` is read. Shapes are those of [`solve()`], from the right those of
/// [`lax::triangular_solve`] with axes before the matrices that broadcast.
///
/// # Errors
/// A matrix that is not square, a `b` of another length, other dtypes or different ones.
///
/// ```
/// # use cotangent::{Tensor, jit, linalg};
/// # fn main() -> cotangent::Result<()> {
/// let lower = linalg::TriangularSolve { left_side: true, lower: true, ..Default::default() };
/// let f = jit(move |a: Tensor, b: Tensor| linalg::solve_triangular(&a, &b, lower));
/// let x = f.call(([[2.0, 9.0], [1.0, 4.0]], vec![2.0, 9.0]))?;
/// assert_eq!(x.to_vec::<f64>()?, [1.0, 2.0]);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn solve_triangular(a: &Tensor, b: &Tensor, system: TriangularSolve) -> Tensor {
    let op = "solve_triangular";
    if system.left_side || b.rank() == 1 {
        let (a, right) = or_poison!(RightSide::of(op, a, b), b);
        // A row times a matrix is the transposed matrix times a column.
        let transpose_a = system.transpose_a == system.left_side;
        let system = TriangularSolve { left_side: true, transpose_a, ..system };
        return right.solution(&lax::triangular_solve(&a, &right.columns, system));
    }
    let n = or_poison!(square(op, a), b);
    if b.rank() == 0 || b.shape()[b.rank() - 1] != n {
        let why = format!("the right-hand side needs {n} columns");
        or_poison!(Err(Error::shape(op, &[a.shape(), b.shape()], why)), b)
    }
    let (a, right) = or_poison!(RightSide::of(op, a, &lax::matrix_transpose(b)), b);
    lax::triangular_solve(&a, &lax::matrix_transpose(&right.columns), system)
}

/// scipy's `cho_solve`: the `x` with `l lᴴ x = b`, given the lower Cholesky factor `l` of a matrix.
/// Shapes and errors are those of [`solve()`].
///
/// ```
/// # use cotangent::{Tensor, jit, linalg};
/// # fn main() -> cotangent::Result<()> {
/// let f = jit(|a: Tensor, b: Tensor| linalg::cho_solve(&linalg::cholesky(&a), &b));
/// let x = f.call(([[4.0, 2.0], [2.0, 5.0]], vec![10.0, 13.0]))?;
/// assert_eq!(x.to_vec::<f64>()?, [1.5, 2.0]);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn cho_solve(l: &Tensor, b: &Tensor) -> Tensor {
    let (l, right) = or_poison!(RightSide::of("cho_solve", l, b), b);
    let system = TriangularSolve { left_side: true, lower: true, ..Default::default() };
    let y = lax::triangular_solve(&l, &right.columns, system);
    let back = TriangularSolve { transpose_a: true, ..system };
    let x = lax::triangular_solve(&lax::conjugate(&l), &y, back);
    right.solution(&x)
}

/// numpy's `inv`: the inverse, by LU decomposition with partial pivoting. A singular matrix gives
/// infinities or NaN. To solve a system use [`solve()`], which is faster and more accurate.
///
/// # Errors
/// A matrix that is not square, or neither real nor complex.
///
/// ```
/// # use cotangent::{Tensor, jit, linalg};
/// # fn main() -> cotangent::Result<()> {
/// let inverse = jit(|a: Tensor| linalg::inv(&a)).call([[0.0, 2.0], [4.0, 0.0]])?;
/// assert_eq!(inverse.to_vec::<f64>()?, [0.0, 0.25, 0.5, 0.0]);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn inv(a: &Tensor) -> Tensor {
    or_poison!(square("inv", a), a);
    let [lu, _, p] = lax::lu(&lax::stop_gradient(a));
    lax::linear_solve(a, &lu, &p, &identity(a))
}

/// numpy's `pinv`: the pseudo-inverse of Moore and Penrose, where singular values below
/// `max(m, n) ε s₀` count as zero (`ε` is the distance of 1 from the next number).
///
/// # Shapes
/// `[..., m, n] → [..., n, m]`.
///
/// # Errors
/// Fewer than two axes, or neither real nor complex.
///
/// # Derivative
/// That for a rank that does not change; right also where singular values are equal.
///
/// ```
/// # use cotangent::{Tensor, jit, linalg};
/// # fn main() -> cotangent::Result<()> {
/// let p = jit(|a: Tensor| linalg::pinv(&a)).call([[2.0, 0.0], [0.0, 0.0]])?;
/// let wanted = [0.5, 0.0, 0.0, 0.0];
/// assert!(p.to_vec::<f64>()?.iter().zip(wanted).all(|(p, w)| (p - w).abs() < 1e-15));
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn pinv(a: &Tensor) -> Tensor {
    or_poison!(matrices("pinv", a), a);
    lax::pinv(a)
}

/// The least-squares solution: the shortest of all `x` that make `|a x − b|` smallest, the first
/// result of numpy's `lstsq`. It is `pinv(a) b`.
///
/// # Shapes
/// `[..., m, n] × [..., m, k] → [..., n, k]`, where the axes before the matrices broadcast; a `b` of
/// one axis is a vector, and so is the solution.
///
/// # Errors
/// A `b` of another length, other dtypes or different ones.
///
/// # Derivative
/// That for a rank of `a` that does not change.
///
/// ```
/// # use cotangent::{Tensor, jit, linalg};
/// # fn main() -> cotangent::Result<()> {
/// let f = jit(|a: Tensor, b: Tensor| linalg::lstsq(&a, &b));
/// let x = f.call(([[1.0], [1.0], [1.0]], vec![1.0, 2.0, 6.0]))?;
/// assert!((x.to_vec::<f64>()?[0] - 3.0).abs() < 1e-14);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn lstsq(a: &Tensor, b: &Tensor) -> Tensor {
    or_poison!(matrices("lstsq", a), b);
    let (a, right) = or_poison!(RightSide::of_rows("lstsq", a, b), b);
    right.solution(&lax::matmul(&lax::pinv(&a), &right.columns))
}
