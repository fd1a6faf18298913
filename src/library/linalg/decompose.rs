//! Decompositions.

use super::{matrices, square};
use crate::base::DType;
use crate::ir::Tensor;
use crate::lax;
use crate::library::or_poison;

/// numpy's `cholesky`: the lower triangular `l` with `l lᴴ = a`, of the Hermitian part of `a`. Where
/// that is not positive definite, all of the triangle is NaN.
///
/// # Errors
/// A matrix that is not square, or neither real nor complex.
///
/// ```
/// # use cotangent::{Tensor, jit, linalg};
/// # fn main() -> cotangent::Result<()> {
/// let l = jit(|a: Tensor| linalg::cholesky(&a)).call([[4.0, 2.0], [2.0, 5.0]])?;
/// assert_eq!(l.to_vec::<f64>()?, [2.0, 0.0, 1.0, 2.0]);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn cholesky(a: &Tensor) -> Tensor {
    or_poison!(square("cholesky", a), a);
    lax::cholesky(a)
}

/// scipy's `lu`: `p`, `l` and `u` with `a = p l u`, where `p` is a permutation matrix, `l` is lower
/// triangular with ones on its diagonal and `u` upper triangular.
///
/// # Shapes
/// `[..., m, n] → [..., m, m], [..., m, k], [..., k, n]` with `k` the smaller of `m` and `n`.
///
/// # Errors
/// Fewer than two axes, or neither real nor complex.
///
/// ```
/// # use cotangent::{Tensor, jit, linalg};
/// # fn main() -> cotangent::Result<()> {
/// let (p, l, u) = jit(|a: Tensor| linalg::lu(&a)).call([[1.0, 2.0], [2.0, 0.0]])?;
/// assert_eq!(p.to_vec::<f64>()?, [0.0, 1.0, 1.0, 0.0]);
/// assert_eq!(l.to_vec::<f64>()?, [1.0, 0.0, 0.5, 1.0]);
/// assert_eq!(u.to_vec::<f64>()?, [2.0, 0.0, 0.0, 2.0]);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn lu(a: &Tensor) -> (Tensor, Tensor, Tensor) {
    or_poison!(matrices("lu", a), a, |x| (x.clone(), x.clone(), x));
    let r = a.rank();
    let (m, n) = (a.shape()[r - 2], a.shape()[r - 1]);
    let k = m.min(n);
    let [lu, _, permutation] = lax::lu(a);
    // Row `p[i]` of `a` is row `i` of `l u`.
    let axes: Vec<usize> = (0..r - 2).chain([r - 1]).collect();
    let from = lax::broadcast_in_dim(&permutation, permutation.shape().with_axis(r - 2, m), &axes);
    let row = lax::iota(DType::I32, from.shape(), r - 2);
    let p = lax::convert_element_type(&lax::eq(&from, &row), a.dtype());
    let l = first(&lu, r - 1, k);
    let one = lax::delta(a.dtype(), l.shape(), r - 2, r - 1);
    (p, lax::triangle(&l, true, -1) + one, lax::triangle(&first(&lu, r - 2, k), false, 0))
}

/// The first elements along an axis.
#[track_caller]
fn first(x: &Tensor, axis: usize, size: usize) -> Tensor {
    let mut limit = x.shape().to_vec();
    limit[axis] = size;
    lax::slice(x, &vec![0; x.rank()], &limit, &vec![1; x.rank()])
}

/// numpy's `qr`: `q` with orthonormal columns and the upper triangular `r` with `a = q r`, by
/// Householder reflections.
///
/// # Shapes
/// `[..., m, n] → [..., m, k], [..., k, n]` with `k` the smaller of `m` and `n`. [`lax::qr`] can give
/// all `m` columns of `q`.
///
/// # Errors
/// Fewer than two axes, or neither real nor complex.
///
/// # Derivative
/// Infinite or NaN where the first `k` columns of `a` are linearly dependent.
///
/// ```
/// # use cotangent::{Tensor, jit, linalg};
/// # fn main() -> cotangent::Result<()> {
/// let (q, r) = jit(|a: Tensor| linalg::qr(&a)).call([[3.0], [4.0]])?;
/// assert!(r.to_vec::<f64>()? == [-5.0] && (q.to_vec::<f64>()?[0] + 0.6).abs() < 1e-15);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn qr(a: &Tensor) -> (Tensor, Tensor) {
    or_poison!(matrices("qr", a), a, |x| (x.clone(), x));
    let [q, r] = lax::qr(a, false);
    (q, r)
}

/// numpy's `eigh`: the eigenvalues, increasing, and the orthonormal eigenvectors, as columns, of the
/// Hermitian part of `a`.
///
/// # Shapes
/// `[..., n, n] → [..., n], [..., n, n]`.
///
/// # Errors
/// A matrix that is not square, or neither real nor complex.
///
/// # Derivative
/// Eigenvectors of equal eigenvalues are an arbitrary basis of their space, and their derivative
/// within it is taken to be 0; see [`lax::eigh`]. The sign of an eigenvector is arbitrary too.
///
/// ```
/// # use cotangent::{Tensor, jit, linalg};
/// # fn main() -> cotangent::Result<()> {
/// let (w, _) = jit(|a: Tensor| linalg::eigh(&a)).call([[0.0, 2.0], [2.0, 0.0]])?;
/// let w = w.to_vec::<f64>()?;
/// assert!((w[0] + 2.0).abs() < 1e-14 && (w[1] - 2.0).abs() < 1e-14);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn eigh(a: &Tensor) -> (Tensor, Tensor) {
    or_poison!(square("eigh", a), a, |x| (x.clone(), x));
    let [v, w] = lax::eigh(a);
    (w, v)
}

/// numpy's `eigvalsh`: the eigenvalues of the Hermitian part of `a`, increasing; see [`eigh`].
///
/// # Errors
/// A matrix that is not square, or neither real nor complex.
///
/// ```
/// # use cotangent::{Tensor, jit, linalg};
/// # fn main() -> cotangent::Result<()> {
/// let w = jit(|a: Tensor| linalg::eigvalsh(&a)).call([[0.0, 2.0], [2.0, 0.0]])?;
/// let w = w.to_vec::<f64>()?;
/// assert!((w[0] + 2.0).abs() < 1e-14 && (w[1] - 2.0).abs() < 1e-14);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn eigvalsh(a: &Tensor) -> Tensor {
    or_poison!(square("eigvalsh", a), a);
    let [_, w] = lax::eigh(a);
    w
}

/// numpy's `eig`: the eigenvalues, in no order, and the eigenvectors, as columns, of a matrix that need
/// not be symmetric. Both are complex; see [`lax::eig`] for lengths, phases and derivatives.
///
/// # Shapes
/// `[..., n, n] → [..., n], [..., n, n]`.
///
/// # Errors
/// A matrix that is not square, or neither real nor complex; programs for other devices than the CPU.
///
/// ```
/// # use cotangent::{Complex, Tensor, jit, linalg};
/// # fn main() -> cotangent::Result<()> {
/// let f = jit(|a: Tensor| linalg::eig(&a).1);
/// let v = f.call([[2.0, 1.0], [0.0, 2.5]])?.to_vec::<Complex<f64>>()?;
/// assert!((v[0] - 1.0).norm() < 1e-14 && v[2].norm() < 1e-14);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn eig(a: &Tensor) -> (Tensor, Tensor) {
    or_poison!(square("eig", a), a, |x| (x.clone(), x));
    let [v, w] = lax::eig(a);
    (w, v)
}

/// numpy's `eigvals`: the eigenvalues of a matrix that need not be symmetric, complex and in no order;
/// see [`eig`].
///
/// # Errors
/// A matrix that is not square, or neither real nor complex; programs for other devices than the CPU.
///
/// ```
/// # use cotangent::{Complex, Tensor, jit, linalg};
/// # fn main() -> cotangent::Result<()> {
/// let w = jit(|a: Tensor| linalg::eigvals(&a)).call([[3.0, 1.0], [-1.0, 3.0]])?;
/// let w = w.to_vec::<Complex<f64>>()?;
/// assert!((w[0].re - 3.0).abs() < 1e-14 && (w[0].im.abs() - 1.0).abs() < 1e-14);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn eigvals(a: &Tensor) -> Tensor {
    or_poison!(square("eigvals", a), a);
    let [_, w] = lax::eig(a);
    w
}

/// numpy's `svd` without the columns that belong to no singular value: `u`, `s` and `vᴴ` with
/// `a = u diag(s) vᴴ`, where `s` is decreasing.
///
/// # Shapes
/// `[..., m, n] → [..., m, k], [..., k], [..., k, n]` with `k` the smaller of `m` and `n`.
/// [`lax::svd`] can give all columns.
///
/// # Errors
/// Fewer than two axes, or neither real nor complex.
///
/// # Derivative
/// The vectors of equal singular values are an arbitrary basis, and their derivative within its
/// space is taken to be 0; see [`lax::svd`]. The sign of a pair of vectors is arbitrary too.
///
/// ```
/// # use cotangent::{Tensor, jit, linalg};
/// # fn main() -> cotangent::Result<()> {
/// let (_, s, _) = jit(|a: Tensor| linalg::svd(&a)).call([[0.0, 2.0], [3.0, 0.0]])?;
/// let s = s.to_vec::<f64>()?;
/// assert!((s[0] - 3.0).abs() < 1e-14 && (s[1] - 2.0).abs() < 1e-14);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn svd(a: &Tensor) -> (Tensor, Tensor, Tensor) {
    or_poison!(matrices("svd", a), a, |x| (x.clone(), x.clone(), x));
    let [u, s, vt] = lax::svd(a, false);
    (u, s, vt)
}

/// numpy's `svdvals`: the singular values, decreasing.
///
/// # Errors
/// Fewer than two axes, or neither real nor complex.
///
/// # Derivative
/// `ṡ = Re diag(uᴴ ȧ v)`; a singular value that is 0 has the derivative of one of its signs.
///
/// ```
/// # use cotangent::{Tensor, jit, linalg};
/// # fn main() -> cotangent::Result<()> {
/// let s = jit(|a: Tensor| linalg::svdvals(&a)).call([[3.0], [4.0]])?;
/// assert!((s.to_vec::<f64>()?[0] - 5.0).abs() < 1e-14);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn svdvals(a: &Tensor) -> Tensor {
    or_poison!(matrices("svdvals", a), a);
    lax::svdvals(a)
}
