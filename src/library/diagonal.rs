//! Diagonals and triangles, as choices by comparisons of indices: what they leave out is 0, whatever
//! it was, so that not even a NaN comes in.

use super::create::lower_triangle;
use super::rearrange::cut;
use super::{or_poison, zero};
use crate::base::{DType, Error, Result, Shape};
use crate::ir::Tensor;
use crate::lax;

/// Diagonals and triangles.
impl Tensor {
    /// Of a vector the square matrix with it on the diagonal; of a matrix its diagonal.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| (x.diag(), x.diag().diag()));
    /// let (matrix, vector) = f.call(vec![1.0, 2.0])?;
    /// assert_eq!(matrix.to_vec::<f64>()?, [1.0, 0.0, 0.0, 2.0]);
    /// assert_eq!(vector.to_vec::<f64>()?, [1.0, 2.0]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When there are not one or two axes.
    #[track_caller]
    pub fn diag(&self) -> Tensor {
        self.diag_offset(0)
    }

    /// [`diag`](Tensor::diag) for the diagonal `k`: above the main one if positive.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| x.diag_offset(1));
    /// assert_eq!(f.call(vec![3.0])?.to_vec::<f64>()?, [0.0, 3.0, 0.0, 0.0]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When there are not one or two axes.
    #[track_caller]
    pub fn diag_offset(&self, k: isize) -> Tensor {
        if self.rank() == 2 {
            return self.diagonal(k);
        }
        if self.rank() != 1 {
            let e = Error::shape("diag", &[self.shape()], "it takes a vector or a matrix");
            or_poison!(Err(e), self)
        }
        let square = Shape::from([self.size(), self.size()]);
        let delta = lax::delta(DType::Bool, &square, 0, 1);
        let columns = lax::broadcast_in_dim(self, &square, &[0]);
        let matrix = lax::select(&delta, &columns, &zero(self));
        let (above, below) = (k.max(0), k.saturating_neg().max(0));
        lax::pad(&matrix, &zero(self), &[(below, above, 0), (above, below, 0)])
    }

    /// The diagonal `k` of a matrix, square or not: above the main one if positive.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| x.reshape([2, 3]).diagonal(1));
    /// assert_eq!(f.call(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0])?.to_vec::<f64>()?, [2.0, 6.0]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When `self` has not two axes.
    #[track_caller]
    pub fn diagonal(&self, k: isize) -> Tensor {
        let &[rows, columns] = &self.shape()[..] else {
            let e = Error::shape("diagonal", &[self.shape()], "it takes a matrix; see `einsum`");
            or_poison!(Err(e), self)
        };
        // The square block whose main diagonal this is.
        let (top, left) = (k.saturating_neg().max(0) as usize, k.max(0) as usize);
        let n = rows.saturating_sub(top).min(columns.saturating_sub(left));
        let (top, left) = (top.min(rows), left.min(columns));
        let block = cut(&cut(self, 0, top, top + n), 1, left, left + n);
        let delta = lax::delta(DType::Bool, [n, n], 0, 1);
        lax::reduce_sum(&lax::select(&delta, &block, &zero(self)), &[1])
    }

    /// The sum of the diagonal of a matrix, square or not.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| x.reshape([2, 2]).trace());
    /// assert_eq!(f.call(vec![1.0, 2.0, 3.0, 4.0])?.item::<f64>()?, 5.0);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When `self` has not two axes.
    #[track_caller]
    pub fn trace(&self) -> Tensor {
        if self.rank() != 2 {
            let e = Error::shape("trace", &[self.shape()], "it takes a matrix; see `einsum`");
            or_poison!(Err(e), self)
        }
        let delta = lax::delta(DType::Bool, self.shape(), 0, 1);
        lax::reduce_sum(&lax::select(&delta, self, &zero(self)), &[0, 1])
    }

    /// The matrix (of the last two axes) with 0 above the diagonal `k`.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| (x.reshape([2, 2]).tril(0), x.reshape([2, 2]).triu(1)));
    /// let (lower, upper) = f.call(vec![1.0, 2.0, 3.0, 4.0])?;
    /// assert_eq!(lower.to_vec::<f64>()?, [1.0, 0.0, 3.0, 4.0]);
    /// assert_eq!(upper.to_vec::<f64>()?, [0.0, 2.0, 0.0, 0.0]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When there are fewer than two axes.
    #[track_caller]
    pub fn tril(&self, k: isize) -> Tensor {
        or_poison!(matrices("tril", self), self);
        lax::select(&lower_triangle(self.shape(), k), self, &zero(self))
    }

    /// The matrix (of the last two axes) with 0 below the diagonal `k`; see
    /// [`tril`](Tensor::tril).
    ///
    /// # Errors
    /// When there are fewer than two axes.
    #[track_caller]
    pub fn triu(&self, k: isize) -> Tensor {
        or_poison!(matrices("triu", self), self);
        lax::select(&lower_triangle(self.shape(), k.saturating_sub(1)), &zero(self), self)
    }
}

/// An error unless `x` has two axes or more.
fn matrices(op: &str, x: &Tensor) -> Result<()> {
    if x.rank() >= 2 {
        return Ok(());
    }
    Err(Error::shape(op, &[x.shape()], "it takes matrices: two axes or more"))
}
