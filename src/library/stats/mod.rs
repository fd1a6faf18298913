//! Log-densities of distributions, with the names of `scipy.stats`, in a module for each.
//!
//! Operands are tensors of floats and Rust numbers, which broadcast; the result has their common shape.
//! All are differentiable in the point and in the parameters, to all orders. Outside of the support the
//! logarithm is −∞ and its derivatives are 0; parameters outside of their domain give NaN.
//!
//! ```
//! use cotangent::{Tensor, grad, jit, stats};
//! # fn main() -> cotangent::Result<()> {
//! // The most likely mean of three counts is where the slope is 0.
//! let log_likelihood = |rate: Tensor, counts: Tensor| stats::poisson::logpmf(&counts, &rate).sum();
//! let slope = jit(grad(log_likelihood)).call((3.0, vec![2.0, 3.0, 4.0]))?;
//! assert!(slope.item::<f64>()?.abs() < 1e-15);
//! # Ok(())
//! # }
//! ```

mod continuous;
mod counts;
mod vectors;

pub use continuous::{
    beta, cauchy, chi2, expon, gamma, laplace, logistic, lognorm, norm, pareto, t, uniform,
};
pub use counts::{bernoulli, binom, geom, nbinom, poisson};
pub use vectors::{dirichlet, multivariate_normal};

use crate::ir::Tensor;

/// The value inside of the support, where `make` gets a point that lies inside; −∞ outside.
#[track_caller]
fn within(inside: &Tensor, x: &Tensor, safe: f64, make: impl FnOnce(Tensor) -> Tensor) -> Tensor {
    let value = make(inside.where_(x, safe));
    inside.where_(value, f64::NEG_INFINITY)
}
