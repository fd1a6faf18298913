//! Parameters of the decompositions of matrices and of triangular systems. All act on the last two
//! axes; the others are batch axes.

/// Cholesky factor of the Hermitian part.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cholesky;

/// Solution of triangular systems: `triangular_solve(a, b)` reads one triangle of `a` alone.
///
/// ```
/// use cotangent::params::TriangularSolve;
/// let upper_from_the_left = TriangularSolve { left_side: true, ..TriangularSolve::default() };
/// assert!(!upper_from_the_left.lower);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct TriangularSolve {
    /// Solves `a x = b`; otherwise `x a = b`.
    pub left_side: bool,
    /// `a` is the lower triangle; otherwise the upper one.
    pub lower: bool,
    /// The system has the transpose of that triangle.
    pub transpose_a: bool,
    /// The diagonal is taken to be 1, whatever stands there.
    pub unit_diagonal: bool,
}

/// LU decomposition with partial pivoting: both factors in one matrix, the pivots, and the
/// permutation of the rows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Lu;

/// Solution of systems whose LU decomposition is known: `linear_solve(a, lu, permutation, b)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LinearSolve {
    /// The system has the transpose of `a`.
    pub transpose_a: bool,
}

/// Determinant of matrices whose LU decomposition is known: `det(a, lu, pivots, permutation)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Det {
    /// The logarithm of its absolute value.
    pub log: bool,
}

/// QR decomposition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Qr {
    /// All columns of the orthogonal factor, not only as many as the matrix has.
    pub full_matrices: bool,
}

/// Eigenvectors and eigenvalues of square matrices, complex.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Eig;

/// Eigenvectors and eigenvalues of the Hermitian part.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Eigh;

/// Singular value decomposition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Svd {
    /// All columns of the orthogonal factors, not only those of singular values.
    pub full_matrices: bool,
    /// The orthogonal factors too, not the singular values alone.
    pub compute_uv: bool,
}

/// Pseudo-inverse of Moore and Penrose.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pinv;
