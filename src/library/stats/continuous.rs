//! Distributions of numbers.

use super::super::{operands, special};
use super::within;
use crate::ir::Tensor;
use crate::lax::ToTensor;
use std::f64::consts::{LN_2, PI};

/// The normal distribution of mean `loc` and standard deviation `scale`.
pub mod norm {
    use super::*;

    /// `−z²/2 − ln scale − ½ ln 2π`, with `z = (x − loc)/scale`.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit, stats};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor, loc: Tensor, scale: Tensor| stats::norm::logpdf(&x, &loc, &scale));
    /// assert!((f.call((1.0, 1.0, 1.0))?.item::<f64>()? + 0.9189385332046727).abs() < 1e-13);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn logpdf(x: impl ToTensor, loc: impl ToTensor, scale: impl ToTensor) -> Tensor {
        let [x, loc, scale] = operands("logpdf", [&x, &loc, &scale]);
        let z = (x - loc) / &scale;
        -0.5 * z.square() - scale.log() - 0.5 * (2.0 * PI).ln()
    }

    /// The density.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit, stats};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor, loc: Tensor, scale: Tensor| stats::norm::pdf(&x, &loc, &scale));
    /// assert!((f.call((1.0, 1.0, 1.0))?.item::<f64>()? - 0.3989422804014327).abs() < 1e-13);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn pdf(x: impl ToTensor, loc: impl ToTensor, scale: impl ToTensor) -> Tensor {
        let [x, loc, scale] = operands("pdf", [&x, &loc, &scale]);
        logpdf(x, loc, scale).exp()
    }

    /// The distribution function.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit, stats};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor, loc: Tensor, scale: Tensor| stats::norm::cdf(&x, &loc, &scale));
    /// assert!((f.call((1.0, 1.0, 2.0))?.item::<f64>()? - 0.5).abs() < 1e-13);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn cdf(x: impl ToTensor, loc: impl ToTensor, scale: impl ToTensor) -> Tensor {
        let [x, loc, scale] = operands("cdf", [&x, &loc, &scale]);
        special::ndtr((x - loc) / scale)
    }

    /// The logarithm of the distribution function, accurate in the tail.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit, stats};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor, loc: Tensor, scale: Tensor| stats::norm::logcdf(&x, &loc, &scale));
    /// assert!((f.call((1.0, 1.0, 2.0))?.item::<f64>()? + std::f64::consts::LN_2).abs() < 1e-13);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn logcdf(x: impl ToTensor, loc: impl ToTensor, scale: impl ToTensor) -> Tensor {
        let [x, loc, scale] = operands("logcdf", [&x, &loc, &scale]);
        special::log_ndtr((x - loc) / scale)
    }

    /// The quantile function.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit, stats};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|p: Tensor, loc: Tensor, scale: Tensor| stats::norm::ppf(&p, &loc, &scale));
    /// assert!((f.call((0.975, 0.0, 1.0))?.item::<f64>()? - 1.959963984540054).abs() < 1e-13);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn ppf(p: impl ToTensor, loc: impl ToTensor, scale: impl ToTensor) -> Tensor {
        let [p, loc, scale] = operands("ppf", [&p, &loc, &scale]);
        special::ndtri(p) * scale + loc
    }
}

/// The distribution of `e^y` for a normal `y` of standard deviation `s`, times `scale`.
pub mod lognorm {
    use super::*;

    /// `−(ln z)²/2s² − ln(s x) − ½ ln 2π`, with `z = x/scale`, for `x > 0`.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit, stats};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor, s: Tensor, scale: Tensor| stats::lognorm::logpdf(&x, &s, &scale));
    /// assert!((f.call((1.0, 1.0, 1.0))?.item::<f64>()? + 0.9189385332046727).abs() < 1e-13);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn logpdf(x: impl ToTensor, s: impl ToTensor, scale: impl ToTensor) -> Tensor {
        let [x, s, scale] = operands("logpdf", [&x, &s, &scale]);
        let inside = x.gt(0.0);
        within(&inside, &x, 1.0, |x| {
            let y = (&x / scale).log() / &s;
            -0.5 * y.square() - (s * x).log() - 0.5 * (2.0 * PI).ln()
        })
    }
}

/// The exponential distribution from `loc`, of mean `scale` above it.
pub mod expon {
    use super::*;

    /// `−z − ln scale` for `z ≥ 0`, with `z = (x − loc)/scale`.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit, stats};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor, loc: Tensor, scale: Tensor| stats::expon::logpdf(&x, &loc, &scale));
    /// assert!((f.call((2.0, 0.0, 1.0))?.item::<f64>()? + 2.0).abs() < 1e-13);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn logpdf(x: impl ToTensor, loc: impl ToTensor, scale: impl ToTensor) -> Tensor {
        let [x, loc, scale] = operands("logpdf", [&x, &loc, &scale]);
        let z = (x - loc) / &scale;
        let inside = z.ge(0.0);
        within(&inside, &z, 0.0, |z| -z - scale.log())
    }
}

/// The uniform distribution on `[loc, loc + scale]`.
pub mod uniform {
    use super::*;

    /// `−ln scale` inside.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit, stats};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor, loc: Tensor, scale: Tensor| stats::uniform::logpdf(&x, &loc, &scale));
    /// assert!((f.call((1.0, 0.0, 2.0))?.item::<f64>()? + std::f64::consts::LN_2).abs() < 1e-13);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn logpdf(x: impl ToTensor, loc: impl ToTensor, scale: impl ToTensor) -> Tensor {
        let [x, loc, scale] = operands("logpdf", [&x, &loc, &scale]);
        let z = (x - loc) / &scale;
        let inside = z.ge(0.0) & z.le(1.0);
        inside.where_(-scale.log(), f64::NEG_INFINITY)
    }
}

/// The double exponential distribution around `loc`.
pub mod laplace {
    use super::*;

    /// `−|z| − ln(2 scale)`, with `z = (x − loc)/scale`.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit, stats};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor, loc: Tensor, scale: Tensor| stats::laplace::logpdf(&x, &loc, &scale));
    /// assert!((f.call((0.0, 0.0, 1.0))?.item::<f64>()? + std::f64::consts::LN_2).abs() < 1e-13);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn logpdf(x: impl ToTensor, loc: impl ToTensor, scale: impl ToTensor) -> Tensor {
        let [x, loc, scale] = operands("logpdf", [&x, &loc, &scale]);
        let z = (x - loc) / &scale;
        -z.abs() - scale.log() - LN_2
    }
}

/// The logistic distribution around `loc`.
pub mod logistic {
    use super::*;

    /// `−z − 2 ln(1 + e^−z) − ln scale`, with `z = (x − loc)/scale`.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit, stats};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor, loc: Tensor, scale: Tensor| stats::logistic::logpdf(&x, &loc, &scale));
    /// assert!((f.call((0.0, 0.0, 1.0))?.item::<f64>()? + 2.0 * std::f64::consts::LN_2).abs() < 1e-13);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn logpdf(x: impl ToTensor, loc: impl ToTensor, scale: impl ToTensor) -> Tensor {
        let [x, loc, scale] = operands("logpdf", [&x, &loc, &scale]);
        let z = (x - loc) / &scale;
        -&z - 2.0 * (-z).softplus() - scale.log()
    }

    /// The distribution function.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit, stats};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor, loc: Tensor, scale: Tensor| stats::logistic::cdf(&x, &loc, &scale));
    /// assert!((f.call((0.0, 0.0, 1.0))?.item::<f64>()? - 0.5).abs() < 1e-13);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn cdf(x: impl ToTensor, loc: impl ToTensor, scale: impl ToTensor) -> Tensor {
        let [x, loc, scale] = operands("cdf", [&x, &loc, &scale]);
        special::expit((x - loc) / scale)
    }
}

/// Cauchy's distribution around `loc`.
pub mod cauchy {
    use super::*;

    /// `−ln(π scale (1 + z²))`, with `z = (x − loc)/scale`.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit, stats};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor, loc: Tensor, scale: Tensor| stats::cauchy::logpdf(&x, &loc, &scale));
    /// assert!((f.call((0.0, 0.0, 1.0))?.item::<f64>()? + std::f64::consts::PI.ln()).abs() < 1e-13);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn logpdf(x: impl ToTensor, loc: impl ToTensor, scale: impl ToTensor) -> Tensor {
        let [x, loc, scale] = operands("logpdf", [&x, &loc, &scale]);
        let z = (x - loc) / &scale;
        -z.square().log1p() - scale.log() - PI.ln()
    }
}

/// Student's distribution with `df` degrees of freedom.
pub mod t {
    use super::*;

    /// `−(df + 1)/2 ln(1 + z²/df)` and the normalization, with `z = (x − loc)/scale`.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit, stats};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor, df: Tensor, loc: Tensor, scale: Tensor| stats::t::logpdf(&x, &df, &loc, &scale));
    /// assert!((f.call((0.0, 1.0, 0.0, 1.0))?.item::<f64>()? + std::f64::consts::PI.ln()).abs() < 1e-13);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn logpdf(
        x: impl ToTensor,
        df: impl ToTensor,
        loc: impl ToTensor,
        scale: impl ToTensor,
    ) -> Tensor {
        let [x, df, loc, scale] = operands("logpdf", [&x, &df, &loc, &scale]);
        let z = (x - loc) / &scale;
        let half = (&df + 1.0) * 0.5;
        let norm = special::gammaln(&half) - special::gammaln(&df * 0.5) - 0.5 * (&df * PI).log();
        norm - scale.log() - half * (z.square() / df).log1p()
    }
}

/// The gamma distribution of shape `a`.
pub mod gamma {
    use super::*;

    /// `(a − 1) ln z − z − ln Γ(a) − ln scale` for `z ≥ 0`, with `z = x/scale`.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit, stats};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor, a: Tensor, scale: Tensor| stats::gamma::logpdf(&x, &a, &scale));
    /// assert!((f.call((2.0, 1.0, 1.0))?.item::<f64>()? + 2.0).abs() < 1e-13);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn logpdf(x: impl ToTensor, a: impl ToTensor, scale: impl ToTensor) -> Tensor {
        let [x, a, scale] = operands("logpdf", [&x, &a, &scale]);
        let z = x / &scale;
        let inside = z.ge(0.0);
        within(&inside, &z, 1.0, |z| {
            special::xlogy(&a - 1.0, &z) - z - special::gammaln(a) - scale.log()
        })
    }

    /// The distribution function.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit, stats};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor, a: Tensor, scale: Tensor| stats::gamma::cdf(&x, &a, &scale));
    /// assert!((f.call((2.0, 1.0, 1.0))?.item::<f64>()? - (1.0 - (-2f64).exp())).abs() < 1e-13);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn cdf(x: impl ToTensor, a: impl ToTensor, scale: impl ToTensor) -> Tensor {
        let [x, a, scale] = operands("cdf", [&x, &a, &scale]);
        special::gammainc(a, (x / scale).maximum(0.0))
    }
}

/// The distribution of the sum of `df` squares of standard normal numbers.
pub mod chi2 {
    use super::*;

    /// That of a gamma distribution of shape `df/2` and scale 2.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit, stats};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor, df: Tensor| stats::chi2::logpdf(&x, &df));
    /// assert!((f.call((2.0, 2.0))?.item::<f64>()? - (-1.0 - std::f64::consts::LN_2)).abs() < 1e-13);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn logpdf(x: impl ToTensor, df: impl ToTensor) -> Tensor {
        let [x, df] = operands("logpdf", [&x, &df]);
        gamma::logpdf(x, df * 0.5, 2.0)
    }

    /// The distribution function.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit, stats};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor, df: Tensor| stats::chi2::cdf(&x, &df));
    /// assert!((f.call((2.0, 2.0))?.item::<f64>()? - (1.0 - (-1f64).exp())).abs() < 1e-13);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn cdf(x: impl ToTensor, df: impl ToTensor) -> Tensor {
        let [x, df] = operands("cdf", [&x, &df]);
        gamma::cdf(x, df * 0.5, 2.0)
    }
}

/// The beta distribution on `[0, 1]`.
pub mod beta {
    use super::*;

    /// `(a − 1) ln x + (b − 1) ln(1 − x) − ln B(a, b)` inside.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit, stats};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor, a: Tensor, b: Tensor| stats::beta::logpdf(&x, &a, &b));
    /// assert!((f.call((0.5, 2.0, 2.0))?.item::<f64>()? - 1.5f64.ln()).abs() < 1e-13);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn logpdf(x: impl ToTensor, a: impl ToTensor, b: impl ToTensor) -> Tensor {
        let [x, a, b] = operands("logpdf", [&x, &a, &b]);
        let inside = x.ge(0.0) & x.le(1.0);
        within(&inside, &x, 0.5, |x| {
            let power = special::xlogy(&a - 1.0, &x) + special::xlog1py(&b - 1.0, -x);
            power - special::betaln(a, b)
        })
    }

    /// The distribution function.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit, stats};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor, a: Tensor, b: Tensor| stats::beta::cdf(&x, &a, &b));
    /// assert!((f.call((0.5, 2.0, 1.0))?.item::<f64>()? - 0.25).abs() < 1e-13);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn cdf(x: impl ToTensor, a: impl ToTensor, b: impl ToTensor) -> Tensor {
        let [x, a, b] = operands("cdf", [&x, &a, &b]);
        special::betainc(a, b, x.clip(0.0, 1.0))
    }
}

/// The distribution of the density `b / x^(b + 1)` for `x ≥ 1`, times `scale`.
pub mod pareto {
    use super::*;

    /// `ln b − (b + 1) ln z − ln scale` for `z ≥ 1`, with `z = x/scale`.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit, stats};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor, b: Tensor, scale: Tensor| stats::pareto::logpdf(&x, &b, &scale));
    /// assert!((f.call((1.0, 2.0, 1.0))?.item::<f64>()? - std::f64::consts::LN_2).abs() < 1e-13);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn logpdf(x: impl ToTensor, b: impl ToTensor, scale: impl ToTensor) -> Tensor {
        let [x, b, scale] = operands("logpdf", [&x, &b, &scale]);
        let z = x / &scale;
        let inside = z.ge(1.0);
        within(&inside, &z, 1.0, |z| b.log() - (&b + 1.0) * z.log() - scale.log())
    }
}
