//! Parameters of the decompositions of matrices and of triangular systems. All act on the last two
//! axes; the others are batch axes.

/// Cholesky factor of the symmetric part.
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
