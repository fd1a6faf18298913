//! Distributions of vectors.

use super::super::special::gammaln;
use super::super::{linalg, or_poison};
use crate::base::Error;
use crate::ir::Tensor;
use crate::lax::ToTensor;

/// The normal distribution of vectors.
pub mod multivariate_normal {
    use super::*;
    use std::f64::consts::PI;

    /// `−½ zᵀ C⁻¹ z − ½ ln det C − n/2 ln 2π` for `z = x − mean`, by the Cholesky factor of the
    /// covariance `C`; NaN where that is not positive definite.
    ///
    /// # Shapes
    /// `[..., n]` for `x` and `mean`, and `[..., n, n]` for `cov`, to `[...]`; the axes before the last
    /// ones broadcast.
    ///
    /// # Errors
    /// A covariance of another size.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit, stats};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor, c: Tensor| stats::multivariate_normal::logpdf(&x, 0.0, &c));
    /// let y = f.call((vec![0.0, 0.0], [[1.0, 0.0], [0.0, 1.0]]))?;
    /// assert!((y.item::<f64>()? + (2.0 * std::f64::consts::PI).ln()).abs() < 1e-14);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn logpdf(x: &Tensor, mean: impl ToTensor, cov: &Tensor) -> Tensor {
        let fits = match (x.shape().last(), &cov.shape()[..]) {
            (Some(n), [.., rows, columns]) if n == rows && n == columns => Ok(*n),
            _ => {
                let why = "the covariance needs a row and a column for each element of the vector";
                Err(Error::shape("logpdf", &[x.shape(), cov.shape()], why))
            }
        };
        let n = or_poison!(fits, x);
        let z = x - mean.to_tensor(x.dtype());
        let l = linalg::cholesky(cov);
        let lower = linalg::TriangularSolve { left_side: true, lower: true, ..Default::default() };
        let white = linalg::solve_triangular(&l, &z.expand_dims(-1), lower).squeeze_axis(-1);
        let log_det = 2.0 * l.diagonal(0).log().sum_axis(-1);
        -0.5 * (white.square().sum_axis(-1) + log_det + n as f64 * (2.0 * PI).ln())
    }
}

/// Dirichlet's distribution of vectors of probabilities.
pub mod dirichlet {
    use super::*;

    /// `Σ (αᵢ − 1) ln xᵢ + ln Γ(Σ αᵢ) − Σ ln Γ(αᵢ)` over the last axis, for positive `x` whose sum is 1
    /// (which is not checked); −∞ where one is not positive.
    ///
    /// # Shapes
    /// `[..., n]` for both to `[...]`; they broadcast.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit, stats};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor, a: Tensor| stats::dirichlet::logpdf(&x, &a));
    /// let y = f.call((vec![0.2, 0.3, 0.5], vec![1.0, 1.0, 1.0]))?;
    /// assert!((y.item::<f64>()? - 2f64.ln()).abs() < 1e-14);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn logpdf(x: &Tensor, alpha: &Tensor) -> Tensor {
        let inside = x.gt(0.0);
        let logs = inside.where_(inside.where_(x, 1.0).log() * (alpha - 1.0), f64::NEG_INFINITY);
        logs.sum_axis(-1) + gammaln(alpha.sum_axis(-1)) - gammaln(alpha).sum_axis(-1)
    }
}
