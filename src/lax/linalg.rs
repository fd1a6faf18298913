//! Decompositions of matrices and triangular systems. All act on the last two axes; the axes before
//! them are batch axes.

use crate::base::{DType, Scalar};
use crate::ir::params::*;
use crate::ir::{Tensor, bind, bind1};

/// The Cholesky factor `L` of the Hermitian part `S = (x + xᴴ)/2`: lower triangular with a positive
/// diagonal and `L Lᴴ = S`. Where `S` is not positive definite, all of the triangle is NaN.
///
/// # Shapes
/// `[..., n, n] → [..., n, n]`.
///
/// # Dtypes
/// Floats and complex numbers; the result has the dtype of `x`.
///
/// # Errors
/// A matrix that is not square, or another dtype.
///
/// # Derivative
/// `L̇ = L Φ(L⁻¹ Ṡ L⁻ᴴ)`, where `Φ` takes the lower triangle and half of the diagonal.
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
/// Floats or complex numbers of one dtype, which the result has.
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

/// The conjugate transpose.
#[track_caller]
pub(crate) fn adjoint(x: &Tensor) -> Tensor {
    conjugate(&matrix_transpose(x))
}

/// The complex conjugate; a real tensor as it is.
#[track_caller]
pub(crate) fn conjugate(x: &Tensor) -> Tensor {
    if x.dtype().is_complex() { super::conj(x) } else { x.clone() }
}

/// The real part; a real tensor as it is.
#[track_caller]
pub(crate) fn real_part(x: &Tensor) -> Tensor {
    if x.dtype().is_complex() { super::real(x) } else { x.clone() }
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

/// The LU decomposition with partial pivoting, `x[p] = L U`, where `x[p]` are the rows of `x` in the
/// order `p`, `L` has ones on its diagonal and `U` is upper triangular. The results are a matrix of
/// `U` and, below its diagonal, `L`; the pivots, where row `i` was exchanged with row `pivots[i]`, one
/// exchange after the other; and `p`. A column without a pivot is left as it is.
///
/// # Shapes
/// `[..., m, n] → [..., m, n], [..., k], [..., m]` with `k` the smaller of `m` and `n`.
///
/// # Dtypes
/// Floats and complex numbers; the first result has the dtype of `x`, the others are `i32`.
///
/// # Errors
/// Fewer than two axes, or another dtype.
///
/// # Derivative
/// With `M = L⁻¹ ẋ[p] U⁻¹`: `L̇ = L tril(M, −1)` and `U̇ = triu(M) U`.
///
/// # Example
/// ```
/// use cotangent::{Tensor, jit, lax};
/// # fn main() -> cotangent::Result<()> {
/// let [lu, pivots, p] = jit(|x: Tensor| lax::lu(&x)).call([[1.0, 2.0], [2.0, 0.0]])?;
/// assert_eq!(lu.to_vec::<f64>()?, [2.0, 0.0, 0.5, 2.0]);
/// assert_eq!(pivots.to_vec::<i32>()?, [1, 1]);
/// assert_eq!(p.to_vec::<i32>()?, [1, 0]);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn lu(x: &Tensor) -> [Tensor; 3] {
    several(bind(Lu, &[x]), x)
}

/// The solution `x` of `a x = b`, given the decomposition `lu` of `a` with the permutation `p`, both
/// of which count as constant: the derivative is by `a` and `b` alone.
///
/// # Shapes
/// `[..., n, n] × [..., n, n] × [..., n] × [..., n, k] → [..., n, k]`, with the same batch axes.
///
/// # Dtypes
/// Floats or complex numbers of one dtype, which the result has; `p` is `i32`.
///
/// # Errors
/// A matrix that is not square, other shapes or dtypes.
///
/// # Derivative
/// `ẋ = a⁻¹ (ḃ − ȧ x)`.
///
/// # Example
/// ```
/// use cotangent::{Tensor, jit, lax};
/// # fn main() -> cotangent::Result<()> {
/// let solve = jit(|a: Tensor, b: Tensor| {
///     let [lu, _, p] = lax::lu(&a);
///     lax::linear_solve(&a, &lu, &p, &b)
/// });
/// let x = solve.call(([[0.0, 2.0], [4.0, 0.0]], [[2.0], [8.0]]))?;
/// assert_eq!(x.to_vec::<f64>()?, [2.0, 1.0]);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn linear_solve(a: &Tensor, lu: &Tensor, p: &Tensor, b: &Tensor) -> Tensor {
    bind1(LinearSolve { transpose_a: false }, &[a, lu, p, b])
}

/// The determinant of `a`, given its decomposition, as from [`lu`]; see there for shapes.
///
/// # Derivative
/// `det a · tr(a⁻¹ ȧ)`, NaN for a singular matrix.
///
/// # Example
/// ```
/// use cotangent::{Tensor, jit, lax};
/// # fn main() -> cotangent::Result<()> {
/// let det = jit(|a: Tensor| {
///     let [lu, pivots, p] = lax::lu(&a);
///     lax::det(&a, &lu, &pivots, &p)
/// });
/// assert_eq!(det.call([[0.0, 2.0], [4.0, 0.0]])?.item::<f64>()?, -8.0);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn det(a: &Tensor, lu: &Tensor, pivots: &Tensor, p: &Tensor) -> Tensor {
    bind1(Det { log: false }, &[a, lu, pivots, p])
}

/// The logarithm of the absolute value of the determinant of `a`, given its decomposition, as from
/// [`lu`]; see there for shapes. Of complex matrices it is that of the determinant itself, up to
/// multiples of 2πi.
///
/// # Derivative
/// `tr(a⁻¹ ȧ)`.
///
/// # Example
/// ```
/// use cotangent::{Tensor, jit, lax};
/// # fn main() -> cotangent::Result<()> {
/// let log = jit(|a: Tensor| {
///     let [lu, pivots, p] = lax::lu(&a);
///     lax::logabsdet(&a, &lu, &pivots, &p)
/// });
/// assert_eq!(log.call([[0.0, 2.0], [4.0, 0.0]])?.item::<f64>()?, 8f64.ln());
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn logabsdet(a: &Tensor, lu: &Tensor, pivots: &Tensor, p: &Tensor) -> Tensor {
    bind1(Det { log: true }, &[a, lu, pivots, p])
}

/// The rows of matrices in another order; each matrix has its own.
#[track_caller]
pub(crate) fn take_rows(x: &Tensor, order: &Tensor) -> Tensor {
    if x.size() == 0 {
        return x.clone();
    }
    let r = x.rank();
    let batch: Vec<usize> = (0..r - 2).collect();
    let dims = GatherDims {
        offset_dims: vec![r - 1],
        collapsed: vec![r - 2],
        operand_batching: batch.clone(),
        indices_batching: batch,
        start_index_map: vec![r - 2],
    };
    let mut sizes = vec![1; r];
    sizes[r - 1] = x.shape()[r - 1];
    super::gather(x, &super::expand_dims(order, &[r - 1]), dims, &sizes)
}

/// The QR decomposition `x = Q R`, by Householder reflections: orthonormal columns of `Q`, as many as
/// `x` has rows (`full_matrices`) or no more than it has columns, and an upper triangular `R`.
///
/// # Shapes
/// `[..., m, n] → [..., m, k], [..., k, n]` with `k` the smaller of `m` and `n`, or `m`.
///
/// # Dtypes
/// Floats and complex numbers; the results have the dtype of `x`.
///
/// # Errors
/// Fewer than two axes, or another dtype.
///
/// # Derivative
/// `Q̇` and `Ṙ` from `Ȧ R⁻¹`, infinite or NaN for a singular `R`; none of all columns of `Q` for
/// `n < m`, since the last ones are arbitrary.
///
/// # Example
/// ```
/// use cotangent::{Tensor, jit, lax};
/// # fn main() -> cotangent::Result<()> {
/// let [q, r] = jit(|x: Tensor| lax::qr(&x, true)).call([[3.0], [4.0]])?;
/// assert_eq!((q.shape().to_vec(), r.shape().to_vec()), (vec![2, 2], vec![2, 1]));
/// assert_eq!(r.to_vec::<f64>()?, [-5.0, 0.0]);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn qr(x: &Tensor, full_matrices: bool) -> [Tensor; 2] {
    several(bind(Qr { full_matrices }, &[x]), x)
}

/// Eigenvectors, the columns of the first result, and eigenvalues, the second one, of matrices that
/// need not be symmetric: `x V = V diag(w)`, in no order. Each vector has length 1, and its largest
/// component (the first of several) is real and positive.
///
/// # Shapes
/// `[..., n, n] → [..., n, n], [..., n]`.
///
/// # Dtypes
/// Floats and complex numbers; the results are complex.
///
/// # Errors
/// A matrix that is not square, or another dtype; programs for other devices than the CPU.
///
/// # Derivative
/// With `M = V⁻¹ ẋ V`: `ẇ = diag(M)` and `V̇ = V (F ∘ M)`, `F_ij = 1/(w_j − w_i)`, with lengths and
/// phases kept as they are said to be. Equal eigenvalues count as in [`eigh`]; it is infinite or NaN
/// where there are fewer than `n` independent vectors.
///
/// # Example
/// ```
/// use cotangent::{Complex, Tensor, jit, lax};
/// # fn main() -> cotangent::Result<()> {
/// // A quarter of a turn.
/// let [_, w] = jit(|x: Tensor| lax::eig(&x)).call([[0.0, -1.0], [1.0, 0.0]])?;
/// let i = Complex::new(0.0, 1.0);
/// let w = w.to_vec::<Complex<f64>>()?;
/// assert!((w[0] * w[1] - 1.0).norm() < 1e-14 && (w[0] + w[1]).norm() < 1e-14);
/// assert!((w[0] - i).norm().min((w[0] + i).norm()) < 1e-14);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn eig(x: &Tensor) -> [Tensor; 2] {
    let [v, w] = several(bind(Eig, &[x]), x);
    if !v.dtype().is_complex() || v.rank() < 2 || v.size() == 0 {
        return [v, w];
    }
    let r = v.rank();
    let size = super::abs(&v);
    let largest = super::argmax(&super::stop_gradient(&size), r - 2, DType::I32);
    let columns: Vec<usize> = (0..r - 2).chain([r - 1]).collect();
    let along = |x: &Tensor| super::broadcast_in_dim(x, v.shape(), &columns);
    let here = super::eq(&along(&largest), &super::iota(DType::I32, v.shape(), r - 2));
    let zero = Tensor::literal(Scalar::from_f64(0.0, v.dtype()));
    let largest = super::reduce_sum(&super::select(&here, &v, &zero), &[r - 2]);
    let length = super::sqrt(&super::reduce_sum(&super::square(&size), &[r - 2]));
    let turn = super::conj(&largest);
    let scale = super::abs(&turn) * length;
    let turn = turn / super::convert_element_type(&scale, v.dtype());
    [&v * along(&turn), w]
}

/// Orthonormal eigenvectors, the columns of the first result, and increasing eigenvalues, the second
/// one, of the Hermitian part of `x`.
///
/// # Shapes
/// `[..., n, n] → [..., n, n], [..., n]`.
///
/// # Dtypes
/// Floats and complex numbers; the results have the dtype of `x`.
///
/// # Errors
/// A matrix that is not square, or another dtype.
///
/// # Derivative
/// With `M = Vᴴ ẋ V`: `ẇ = diag(M)` and `V̇ = V (F ∘ M)`, `F_ij = 1/(w_j − w_i)`. Eigenvalues that differ
/// by less than `n ε` of the largest count as equal, and their `F_ij` as 0: the basis of their
/// space does not turn within it. So symmetric functions of the eigenvalues have right first
/// derivatives; derivatives of what is made of the vectors, and second derivatives, are finite but
/// lack the part of such pairs.
///
/// # Example
/// ```
/// use cotangent::{Tensor, jit, lax};
/// # fn main() -> cotangent::Result<()> {
/// let [_, w] = jit(|x: Tensor| lax::eigh(&x)).call([[0.0, 2.0], [2.0, 0.0]])?;
/// let w = w.to_vec::<f64>()?;
/// assert!((w[0] + 2.0).abs() < 1e-14 && (w[1] - 2.0).abs() < 1e-14);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn eigh(x: &Tensor) -> [Tensor; 2] {
    several(bind(Eigh, &[x]), x)
}

/// The singular value decomposition `x = U diag(s) Vᴴ`: orthonormal columns of `U` and `V`, all that
/// there are (`full_matrices`) or those that belong to a singular value, and decreasing singular
/// values. The results are `U`, `s` and `Vᴴ`.
///
/// # Shapes
/// `[..., m, n] → [..., m, k], [..., k], [..., k, n]` with `k` the smaller of `m` and `n`; with all
/// columns `[..., m, m], [..., k], [..., n, n]`.
///
/// # Dtypes
/// Floats and complex numbers; the results have the dtype of `x`.
///
/// # Errors
/// Fewer than two axes, or another dtype.
///
/// # Derivative
/// With `F_ij = 1/(s_j² − s_i²)` between singular values; those that differ by less than `k ε` of
/// the largest count as equal, and their `F_ij` as 0, as does the `1/s` of a zero: the basis of the
/// space of one value does not turn within it. None of all columns where `m ≠ n`.
///
/// # Example
/// ```
/// use cotangent::{Tensor, jit, lax};
/// # fn main() -> cotangent::Result<()> {
/// let f = jit(|x: Tensor| lax::svd(&x, true));
/// let [u, s, vt] = f.call([[0.0, 2.0, 0.0], [3.0, 0.0, 0.0]])?;
/// assert_eq!((u.shape().to_vec(), vt.shape().to_vec()), (vec![2, 2], vec![3, 3]));
/// let s = s.to_vec::<f64>()?;
/// assert!((s[0] - 3.0).abs() < 1e-14 && (s[1] - 2.0).abs() < 1e-14);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn svd(x: &Tensor, full_matrices: bool) -> [Tensor; 3] {
    several(bind(Svd { full_matrices, compute_uv: true }, &[x]), x)
}

/// The singular values alone, decreasing; see [`svd`].
///
/// # Example
/// ```
/// use cotangent::{Tensor, jit, lax};
/// # fn main() -> cotangent::Result<()> {
/// let s = jit(|x: Tensor| lax::svdvals(&x)).call([[3.0], [4.0]])?;
/// assert!((s.to_vec::<f64>()?[0] - 5.0).abs() < 1e-14);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn svdvals(x: &Tensor) -> Tensor {
    bind1(Svd { full_matrices: false, compute_uv: false }, &[x])
}

/// The pseudo-inverse of Moore and Penrose: singular values below `max(m, n) ε s₀` count as zero.
///
/// # Shapes
/// `[..., m, n] → [..., n, m]`.
///
/// # Dtypes
/// Floats and complex numbers; the result has the dtype of `x`.
///
/// # Errors
/// Fewer than two axes, or another dtype.
///
/// # Derivative
/// That for a rank that does not change, by Golub and Pereyra (1973).
///
/// # Example
/// ```
/// use cotangent::{Tensor, jit, lax};
/// # fn main() -> cotangent::Result<()> {
/// let p = jit(|x: Tensor| lax::pinv(&x)).call([[3.0], [4.0]])?.to_vec::<f64>()?;
/// assert!((p[0] - 0.12).abs() < 1e-15 && (p[1] - 0.16).abs() < 1e-15);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn pinv(x: &Tensor) -> Tensor {
    bind1(Pinv, &[x])
}

/// The results of a primitive that has several; there are as many also after a mistake.
fn several<const N: usize>(outs: Vec<Tensor>, x: &Tensor) -> [Tensor; N] {
    let mut outs = outs.into_iter();
    std::array::from_fn(|_| outs.next().unwrap_or_else(|| x.clone()))
}
