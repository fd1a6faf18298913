//! Linear algebra with the names and conventions of `numpy.linalg` and `scipy.linalg`.
//!
//! Matrices are the last two axes; the axes before them are batch axes. What takes two operands
//! broadcasts their batch axes. All functions have derivatives of all orders; where a matrix makes
//! one infinite or leaves it open, the function says what is done. Matrices are real (f32, f64) or
//! complex (c64, c128); on other devices than the CPU complex ones have no eigenvalues and no
//! singular values, and [`eig`] is missing.
//!
//! ```
//! use cotangent::{Tensor, hessian, jit, linalg};
//! # fn main() -> cotangent::Result<()> {
//! // The logarithm of a determinant is concave.
//! let f = |x: Tensor| linalg::slogdet(&x.diag()).1;
//! let h = jit(hessian(f)).call(vec![1.0, 2.0])?;
//! assert_eq!(h.to_vec::<f64>()?, [-1.0, 0.0, 0.0, -0.25]);
//! # Ok(())
//! # }
//! ```
//!
//! | group | functions |
//! | --- | --- |
//! | decompositions | [`cholesky`], [`lu`], [`qr`], [`svd`], [`svdvals`] |
//! | eigenvalues | [`eigh`], [`eigvalsh`], [`eig`], [`eigvals`] |
//! | systems | [`solve()`], [`solve_triangular`], [`cho_solve`], [`inv`], [`lstsq`], [`pinv`] |
//! | functions | [`matrix_power`], [`expm`] |
//! | numbers | [`det()`], [`slogdet`], [`cond`], [`matrix_norm`], [`vector_norm`], [`Tensor::trace`] |
//!
//! `lax` has the primitives below them.

mod decompose;
mod det;
mod norms;
mod power;
mod solve;

pub use crate::ir::params::TriangularSolve;
pub use decompose::{cholesky, eig, eigh, eigvals, eigvalsh, lu, qr, svd, svdvals};
pub use det::{det, slogdet};
pub use norms::{MatrixNorm, cond, matrix_norm, vector_norm};
pub use power::{expm, matrix_power};
pub use solve::{cho_solve, inv, lstsq, pinv, solve, solve_triangular};

use super::float;
use crate::base::{Error, Result, Shape};
use crate::ir::Tensor;
use crate::lax;

/// An error unless `x` is floating-point or complex and has two axes or more.
fn matrices(op: &str, x: &Tensor) -> Result<()> {
    if !x.dtype().is_complex() {
        float(op, x)?;
    }
    if x.rank() >= 2 {
        return Ok(());
    }
    Err(Error::shape(op, &[x.shape()], "it takes matrices: two axes or more"))
}

/// The size of square matrices of such numbers.
fn square(op: &str, x: &Tensor) -> Result<usize> {
    matrices(op, x)?;
    match x.shape()[..] {
        [.., m, n] if m == n => Ok(n),
        _ => Err(Error::shape(op, &[x.shape()], "it takes square matrices")),
    }
}

/// The identity matrices of the type of square ones.
#[track_caller]
fn identity(like: &Tensor) -> Tensor {
    let r = like.rank();
    lax::delta(like.dtype(), like.shape(), r - 2, r - 1)
}

/// The batch axes of matrices.
fn batch_shape(x: &Tensor) -> Shape {
    Shape::from(&x.shape()[..x.rank() - 2])
}

/// Matrices repeated to have these batch axes.
#[track_caller]
fn with_batch(x: &Tensor, batch: &Shape) -> Tensor {
    let shape: Shape = batch.iter().chain(&x.shape()[x.rank() - 2..]).copied().collect();
    super::fit(x, &shape)
}

/// A right-hand side: its columns, and whether it was a vector, which is one column.
struct RightSide {
    columns: Tensor,
    vector: bool,
}

impl RightSide {
    /// As many rows as the square matrices `a` have; both with the same batch axes.
    #[track_caller]
    fn of(op: &str, a: &Tensor, b: &Tensor) -> Result<(Tensor, RightSide)> {
        square(op, a)?;
        RightSide::of_rows(op, a, b)
    }

    /// As many rows as the matrices `a` have; both with the same batch axes.
    #[track_caller]
    fn of_rows(op: &str, a: &Tensor, b: &Tensor) -> Result<(Tensor, RightSide)> {
        matrices(op, a)?;
        let n = a.shape()[a.rank() - 2];
        super::one_dtype(op, [a, b])?;
        let vector = b.rank() == 1;
        let columns = if vector { lax::expand_dims(b, &[1]) } else { b.clone() };
        if columns.rank() < 2 || columns.shape()[columns.rank() - 2] != n {
            let why = format!("the right-hand side needs {n} rows");
            return Err(Error::shape(op, &[a.shape(), b.shape()], why));
        }
        let (left, right) = (batch_shape(a), batch_shape(&columns));
        let Some(batch) = crate::base::shape::broadcast(&left, &right) else {
            let why = "the axes before the matrices do not broadcast to a common shape";
            return Err(Error::shape(op, &[a.shape(), b.shape()], why));
        };
        let columns = with_batch(&columns, &batch);
        Ok((with_batch(a, &batch), RightSide { columns, vector }))
    }

    /// The solution as the right-hand side was.
    #[track_caller]
    fn solution(&self, x: &Tensor) -> Tensor {
        if self.vector { lax::squeeze(x, &[x.rank() - 1]) } else { x.clone() }
    }
}
