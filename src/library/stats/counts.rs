//! Distributions of counts.

use super::super::{operands, special};
use super::within;
use crate::ir::Tensor;
use crate::lax::ToTensor;

/// The value at whole numbers where `inside` holds; −∞ elsewhere.
#[track_caller]
fn whole(k: &Tensor, inside: &Tensor, make: impl FnOnce(Tensor) -> Tensor) -> Tensor {
    within(&(k.floor().eq(k) & inside), k, 0.0, make)
}

/// Poisson's distribution of mean `mu`.
pub mod poisson {
    use super::*;

    /// `k ln mu − mu − ln k!` at `k = 0, 1, …`.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit, stats};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|k: Tensor, mu: Tensor| stats::poisson::logpmf(&k, &mu));
    /// assert!((f.call((0.0, 2.0))?.item::<f64>()? + 2.0).abs() < 1e-13);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn logpmf(k: impl ToTensor, mu: impl ToTensor) -> Tensor {
        let [k, mu] = operands("logpmf", [&k, &mu]);
        let inside = k.ge(0.0);
        whole(&k, &inside, |k| special::xlogy(&k, &mu) - mu - special::gammaln(k + 1.0))
    }

    /// The distribution function.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit, stats};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|k: Tensor, mu: Tensor| stats::poisson::cdf(&k, &mu));
    /// assert!((f.call((0.0, 2.0))?.item::<f64>()? - (-2f64).exp()).abs() < 1e-13);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn cdf(k: impl ToTensor, mu: impl ToTensor) -> Tensor {
        let [k, mu] = operands("cdf", [&k, &mu]);
        let inside = k.ge(0.0);
        inside.where_(special::gammaincc(inside.where_(k.floor(), 0.0) + 1.0, mu), 0.0)
    }
}

/// One trial with probability `p`.
pub mod bernoulli {
    use super::*;

    /// `ln p` at 1 and `ln(1 − p)` at 0.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit, stats};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|k: Tensor, p: Tensor| stats::bernoulli::logpmf(&k, &p));
    /// assert!((f.call((1.0, 0.5))?.item::<f64>()? + std::f64::consts::LN_2).abs() < 1e-13);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn logpmf(k: impl ToTensor, p: impl ToTensor) -> Tensor {
        let [k, p] = operands("logpmf", [&k, &p]);
        let inside = k.ge(0.0) & k.le(1.0);
        whole(&k, &inside, |k| special::xlogy(&k, &p) + special::xlog1py(1.0 - k, -p))
    }
}

/// The number of successes of `n` trials with probability `p`.
pub mod binom {
    use super::*;

    /// `ln (n over k) + k ln p + (n − k) ln(1 − p)` at `k = 0, …, n`.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit, stats};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|k: Tensor, n: Tensor, p: Tensor| stats::binom::logpmf(&k, &n, &p));
    /// assert!((f.call((1.0, 2.0, 0.5))?.item::<f64>()? + std::f64::consts::LN_2).abs() < 1e-13);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn logpmf(k: impl ToTensor, n: impl ToTensor, p: impl ToTensor) -> Tensor {
        let [k, n, p] = operands("logpmf", [&k, &n, &p]);
        let inside = k.ge(0.0) & k.le(&n);
        whole(&k, &inside, |k| {
            let rest = &n - &k;
            let ways = special::gammaln(n + 1.0)
                - special::gammaln(&k + 1.0)
                - special::gammaln(&rest + 1.0);
            ways + special::xlogy(k, &p) + special::xlog1py(rest, -p)
        })
    }
}

/// The number of failures before `n` successes with probability `p`; `n` need not be whole.
pub mod nbinom {
    use super::*;

    /// `ln Γ(k + n) − ln k! − ln Γ(n) + n ln p + k ln(1 − p)` at `k = 0, 1, …`.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit, stats};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|k: Tensor, n: Tensor, p: Tensor| stats::nbinom::logpmf(&k, &n, &p));
    /// assert!((f.call((0.0, 2.0, 0.5))?.item::<f64>()? + 2.0 * std::f64::consts::LN_2).abs() < 1e-13);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn logpmf(k: impl ToTensor, n: impl ToTensor, p: impl ToTensor) -> Tensor {
        let [k, n, p] = operands("logpmf", [&k, &n, &p]);
        let inside = k.ge(0.0);
        whole(&k, &inside, |k| {
            let ways =
                special::gammaln(&k + &n) - special::gammaln(&k + 1.0) - special::gammaln(&n);
            ways + special::xlogy(n, &p) + special::xlog1py(k, -p)
        })
    }
}

/// The number of trials up to the first success with probability `p`.
pub mod geom {
    use super::*;

    /// `ln p + (k − 1) ln(1 − p)` at `k = 1, 2, …`.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit, stats};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|k: Tensor, p: Tensor| stats::geom::logpmf(&k, &p));
    /// assert!((f.call((1.0, 0.5))?.item::<f64>()? + std::f64::consts::LN_2).abs() < 1e-13);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn logpmf(k: impl ToTensor, p: impl ToTensor) -> Tensor {
        let [k, p] = operands("logpmf", [&k, &p]);
        let inside = k.ge(1.0);
        whole(&k, &inside, |k| special::xlog1py(k - 1.0, -&p) + p.log())
    }
}
