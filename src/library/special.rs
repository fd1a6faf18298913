//! Special functions, with the names and conventions of `scipy.special`.
//!
//! Operands are tensors of floats and Rust numbers, which broadcast. All have derivatives of all orders
//! in both modes, also in the parameters, but for the first of [`zeta`].
//!
//! | group | functions |
//! | --- | --- |
//! | gamma | [`gammaln`], [`digamma`], [`polygamma`], [`zeta`], [`gammainc`], [`gammaincc`], [`multigammaln`], [`factorial`], [`binom`] |
//! | beta | [`betaln`], [`beta()`], [`betainc`] |
//! | normal distribution | [`erfinv`], [`ndtr`], [`log_ndtr`], [`ndtri`], [`Tensor::erf`], [`Tensor::erfc`] |
//! | Bessel | [`i0()`], [`i0e`], [`i1`], [`i1e`] |
//! | logarithms | [`xlogy`], [`xlog1py`], [`entr`], [`logit`], [`expit`], [`log_expit`], [`Tensor::logsumexp`] |
//!
//! `lax` has the primitives below them, and says where their formulas come from.

use super::operands;
use crate::ir::Tensor;
use crate::lax::{self, ToTensor};
use std::f64::consts::{FRAC_1_SQRT_2, PI, SQRT_2};

/// `ln |Γ(x)|`; ∞ at the poles 0, −1, −2, ….
///
/// ```
/// # use cotangent::{Tensor, jit, special};
/// # fn main() -> cotangent::Result<()> {
/// let y = jit(|x: Tensor| special::gammaln(&x)).call(5.0)?;
/// assert!((y.item::<f64>()? - 24f64.ln()).abs() < 1e-13);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn gammaln(x: impl ToTensor) -> Tensor {
    let [x] = operands("gammaln", [&x]);
    lax::lgamma(&x)
}

/// `Γ'(x)/Γ(x)`; NaN at the poles.
///
/// ```
/// # use cotangent::{Tensor, jit, special};
/// # fn main() -> cotangent::Result<()> {
/// let y = jit(|x: Tensor| special::digamma(&x)).call(1.0)?;
/// assert!((y.item::<f64>()? + 0.5772156649015329).abs() < 1e-13);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn digamma(x: impl ToTensor) -> Tensor {
    let [x] = operands("digamma", [&x]);
    lax::digamma(&x)
}

/// Hurwitz's `Σ (q + k)⁻ˢ` over `k ≥ 0`, for `s > 1` and `q > 0`; Riemann's for `q = 1`. It has no
/// derivative in `s`.
///
/// ```
/// # use cotangent::{Tensor, jit, special};
/// # fn main() -> cotangent::Result<()> {
/// let y = jit(|s: Tensor, q: Tensor| special::zeta(&s, &q)).call((2.0, 1.0))?;
/// assert!((y.item::<f64>()? - std::f64::consts::PI.powi(2) / 6.0).abs() < 1e-13);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn zeta(s: impl ToTensor, q: impl ToTensor) -> Tensor {
    let [s, q] = operands("zeta", [&s, &q]);
    lax::zeta(&s, &q)
}

/// The regularized lower incomplete gamma function `P(a, x)`, for `a > 0` and `x ≥ 0`.
///
/// ```
/// # use cotangent::{Tensor, jit, special};
/// # fn main() -> cotangent::Result<()> {
/// let y = jit(|a: Tensor, x: Tensor| special::gammainc(&a, &x)).call((1.0, 2.0))?;
/// assert!(((y.item::<f64>()? - 1.0 + (-2f64).exp())).abs() < 1e-13);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn gammainc(a: impl ToTensor, x: impl ToTensor) -> Tensor {
    let [a, x] = operands("gammainc", [&a, &x]);
    lax::igamma(&a, &x)
}

/// The regularized upper incomplete gamma function `Q(a, x) = 1 − P(a, x)`, accurate where it is small.
///
/// ```
/// # use cotangent::{Tensor, jit, special};
/// # fn main() -> cotangent::Result<()> {
/// let y = jit(|a: Tensor, x: Tensor| special::gammaincc(&a, &x)).call((1.0, 2.0))?;
/// assert!((y.item::<f64>()? - (-2f64).exp()).abs() < 1e-13);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn gammaincc(a: impl ToTensor, x: impl ToTensor) -> Tensor {
    let [a, x] = operands("gammaincc", [&a, &x]);
    lax::igammac(&a, &x)
}

/// The regularized incomplete beta function `I_x(a, b)`, for `a, b > 0` and `0 ≤ x ≤ 1`.
///
/// ```
/// # use cotangent::{Tensor, jit, special};
/// # fn main() -> cotangent::Result<()> {
/// let y = jit(|a: Tensor, b: Tensor, x: Tensor| special::betainc(&a, &b, &x)).call((2.0, 1.0, 0.5))?;
/// assert!((y.item::<f64>()? - 0.25).abs() < 1e-13);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn betainc(a: impl ToTensor, b: impl ToTensor, x: impl ToTensor) -> Tensor {
    let [a, b, x] = operands("betainc", [&a, &b, &x]);
    lax::regularized_incomplete_beta(&a, &b, &x)
}

/// `ln B(a, b) = ln Γ(a) + ln Γ(b) − ln Γ(a + b)`, for positive operands.
///
/// ```
/// # use cotangent::{Tensor, jit, special};
/// # fn main() -> cotangent::Result<()> {
/// let y = jit(|a: Tensor, b: Tensor| special::betaln(&a, &b)).call((2.0, 3.0))?;
/// assert!((y.item::<f64>()? + (12f64.ln())).abs() < 1e-13);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn betaln(a: impl ToTensor, b: impl ToTensor) -> Tensor {
    let [a, b] = operands("betaln", [&a, &b]);
    lax::lgamma(&a) + lax::lgamma(&b) - lax::lgamma(&(a + b))
}

/// `B(a, b) = Γ(a) Γ(b) / Γ(a + b)`, for positive operands.
///
/// ```
/// # use cotangent::{Tensor, jit, special};
/// # fn main() -> cotangent::Result<()> {
/// let y = jit(|a: Tensor, b: Tensor| special::beta(&a, &b)).call((2.0, 3.0))?;
/// assert!((y.item::<f64>()? - 1.0 / 12.0).abs() < 1e-13);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn beta(a: impl ToTensor, b: impl ToTensor) -> Tensor {
    let [a, b] = operands("beta", [&a, &b]);
    lax::exp(&betaln(a, b))
}

/// The inverse of the error function; ±∞ at ±1, NaN beyond.
///
/// ```
/// # use cotangent::{Tensor, jit, special};
/// # fn main() -> cotangent::Result<()> {
/// let y = jit(|x: Tensor| special::erfinv(&x)).call(0.5)?;
/// assert!((y.item::<f64>()? - 0.4769362762044699).abs() < 1e-13);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn erfinv(x: impl ToTensor) -> Tensor {
    let [x] = operands("erfinv", [&x]);
    lax::erf_inv(&x)
}

/// The distribution function of the standard normal distribution.
///
/// ```
/// # use cotangent::{Tensor, jit, special};
/// # fn main() -> cotangent::Result<()> {
/// let y = jit(|x: Tensor| special::ndtr(&x)).call(0.0)?;
/// assert!((y.item::<f64>()? - 0.5).abs() < 1e-13);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn ndtr(x: impl ToTensor) -> Tensor {
    let [x] = operands("ndtr", [&x]);
    lax::erfc(&(x * -FRAC_1_SQRT_2)) * 0.5
}

/// The inverse of [`ndtr`].
///
/// ```
/// # use cotangent::{Tensor, jit, special};
/// # fn main() -> cotangent::Result<()> {
/// let y = jit(|p: Tensor| special::ndtri(&p)).call(0.975)?;
/// assert!((y.item::<f64>()? - 1.959963984540054).abs() < 1e-13);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn ndtri(p: impl ToTensor) -> Tensor {
    let [p] = operands("ndtri", [&p]);
    lax::erf_inv(&(p * 2.0 - 1.0)) * SQRT_2
}

/// `e^−|x| I₀(x)`.
///
/// ```
/// # use cotangent::{Tensor, jit, special};
/// # fn main() -> cotangent::Result<()> {
/// let y = jit(|x: Tensor| special::i0e(&x)).call(1.0)?;
/// assert!((y.item::<f64>()? - 0.46575960759364043).abs() < 1e-13);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn i0e(x: impl ToTensor) -> Tensor {
    let [x] = operands("i0e", [&x]);
    lax::bessel_i0e(&x)
}

/// `e^−|x| I₁(x)`.
///
/// ```
/// # use cotangent::{Tensor, jit, special};
/// # fn main() -> cotangent::Result<()> {
/// let y = jit(|x: Tensor| special::i1e(&x)).call(1.0)?;
/// assert!((y.item::<f64>()? - 0.2079104153497085).abs() < 1e-13);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn i1e(x: impl ToTensor) -> Tensor {
    let [x] = operands("i1e", [&x]);
    lax::bessel_i1e(&x)
}

/// The modified Bessel function `I₀`.
///
/// ```
/// # use cotangent::{Tensor, jit, special};
/// # fn main() -> cotangent::Result<()> {
/// let y = jit(|x: Tensor| special::i0(&x)).call(1.0)?;
/// assert!((y.item::<f64>()? - 1.2660658777520082).abs() < 1e-13);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn i0(x: impl ToTensor) -> Tensor {
    let [x] = operands("i0", [&x]);
    lax::bessel_i0e(&x) * lax::exp(&lax::abs(&x))
}

/// The modified Bessel function `I₁`.
///
/// ```
/// # use cotangent::{Tensor, jit, special};
/// # fn main() -> cotangent::Result<()> {
/// let y = jit(|x: Tensor| special::i1(&x)).call(1.0)?;
/// assert!((y.item::<f64>()? - 0.5651591039924851).abs() < 1e-13);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn i1(x: impl ToTensor) -> Tensor {
    let [x] = operands("i1", [&x]);
    lax::bessel_i1e(&x) * lax::exp(&lax::abs(&x))
}

/// `−x ln x`, 0 at 0; NaN below.
///
/// ```
/// # use cotangent::{Tensor, jit, special};
/// # fn main() -> cotangent::Result<()> {
/// let y = jit(|x: Tensor| special::entr(&x)).call(0.5)?;
/// assert!((y.item::<f64>()? - 0.5 * 2f64.ln()).abs() < 1e-13);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn entr(x: impl ToTensor) -> Tensor {
    let [x] = operands("entr", [&x]);
    -xlogy(&x, &x)
}

/// `1 / (1 + e^−x)`.
///
/// ```
/// # use cotangent::{Tensor, jit, special};
/// # fn main() -> cotangent::Result<()> {
/// let y = jit(|x: Tensor| special::expit(&x)).call(0.0)?;
/// assert!((y.item::<f64>()? - 0.5).abs() < 1e-13);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn expit(x: impl ToTensor) -> Tensor {
    let [x] = operands("expit", [&x]);
    lax::logistic(&x)
}

/// `ln p − ln(1 − p)`.
///
/// ```
/// # use cotangent::{Tensor, jit, special};
/// # fn main() -> cotangent::Result<()> {
/// let y = jit(|p: Tensor| special::logit(&p)).call(0.75)?;
/// assert!((y.item::<f64>()? - 3f64.ln()).abs() < 1e-13);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn logit(p: impl ToTensor) -> Tensor {
    let [p] = operands("logit", [&p]);
    lax::log(&p) - lax::log1p(&-p)
}

/// `ln(1 / (1 + e^−x))`, without overflow.
///
/// ```
/// # use cotangent::{Tensor, jit, special};
/// # fn main() -> cotangent::Result<()> {
/// let y = jit(|x: Tensor| special::log_expit(&x)).call(0.0)?;
/// assert!((y.item::<f64>()? + (2f64.ln())).abs() < 1e-13);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn log_expit(x: impl ToTensor) -> Tensor {
    let [x] = operands("log_expit", [&x]);
    -(-x).softplus()
}

/// `Γ(n + 1)`.
///
/// ```
/// # use cotangent::{Tensor, jit, special};
/// # fn main() -> cotangent::Result<()> {
/// let y = jit(|n: Tensor| special::factorial(&n)).call(4.0)?;
/// assert!((y.item::<f64>()? - 24.0).abs() < 1e-13);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn factorial(n: impl ToTensor) -> Tensor {
    let [n] = operands("factorial", [&n]);
    lax::exp(&lax::lgamma(&(n + 1.0)))
}

/// The binomial coefficient `Γ(n + 1) / (Γ(k + 1) Γ(n − k + 1))`, for `0 ≤ k ≤ n`.
///
/// ```
/// # use cotangent::{Tensor, jit, special};
/// # fn main() -> cotangent::Result<()> {
/// let y = jit(|n: Tensor, k: Tensor| special::binom(&n, &k)).call((5.0, 2.0))?;
/// assert!((y.item::<f64>()? - 10.0).abs() < 1e-13);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn binom(n: impl ToTensor, k: impl ToTensor) -> Tensor {
    let [n, k] = operands("binom", [&n, &k]);
    let all = lax::lgamma(&(&n + 1.0));
    lax::exp(&(all - lax::lgamma(&(&k + 1.0)) - lax::lgamma(&(n - k + 1.0))))
}

/// Derivative number `n` of [`digamma`], for `x > 0` (and below 0 for `n ≤ 1`).
///
/// ```
/// # use cotangent::{Tensor, jit, special};
/// # fn main() -> cotangent::Result<()> {
/// let y = jit(|x: Tensor| special::polygamma(1, &x)).call(1.0)?;
/// assert!((y.item::<f64>()? - std::f64::consts::PI.powi(2) / 6.0).abs() < 1e-13);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn polygamma(n: u32, x: impl ToTensor) -> Tensor {
    let [x] = operands("polygamma", [&x]);
    match n {
        0 => lax::digamma(&x),
        1 => lax::trigamma(&x),
        // (−1)ⁿ⁺¹ n! ζ(n + 1, x).
        _ => {
            let factorial: f64 = (1..=n).map(f64::from).product();
            let sign = if n % 2 == 1 { 1.0 } else { -1.0 };
            lax::zeta(&lax::number(&x, f64::from(n) + 1.0), &x) * (sign * factorial)
        }
    }
}

/// `ln Γ_p(a) = p(p − 1)/4 ln π + Σ ln Γ(a − j/2)` over `j < p`, the normalization of a Wishart
/// distribution, for `a > (p − 1)/2`.
///
/// ```
/// # use cotangent::{Tensor, jit, special};
/// # fn main() -> cotangent::Result<()> {
/// let y = jit(|a: Tensor| special::multigammaln(&a, 2)).call(3.0)?;
/// assert!((y.item::<f64>()? - (0.5 * std::f64::consts::PI.ln() + 2f64.ln() + 1.329340388179137f64.ln())).abs() < 1e-13);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn multigammaln(a: impl ToTensor, p: u32) -> Tensor {
    let [a] = operands("multigammaln", [&a]);
    let p = f64::from(p);
    let mut sum = lax::zeros_like(a.aval()) + 0.25 * p * (p - 1.0) * PI.ln();
    for j in 0..p as u32 {
        sum += lax::lgamma(&(&a - 0.5 * f64::from(j)));
    }
    sum
}

/// `x ln y`, 0 where `x` is 0, unless `y` is NaN.
///
/// ```
/// # use cotangent::{Tensor, jit, special};
/// # fn main() -> cotangent::Result<()> {
/// let y = jit(|x: Tensor, y: Tensor| special::xlogy(&x, &y)).call((0.0, 0.0))?;
/// assert!((y.item::<f64>()? - 0.0).abs() < 1e-13);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn xlogy(x: impl ToTensor, y: impl ToTensor) -> Tensor {
    let [x, y] = operands("xlogy", [&x, &y]);
    // In the domain for the derivative in x, too.
    let outside = x.eq(0.0) & y.le(0.0);
    &x * outside.where_(1.0, &y).log()
}

/// `x ln(1 + y)`, 0 where `x` is 0, unless `y` is NaN.
///
/// ```
/// # use cotangent::{Tensor, jit, special};
/// # fn main() -> cotangent::Result<()> {
/// let y = jit(|x: Tensor, y: Tensor| special::xlog1py(&x, &y)).call((0.0, -1.0))?;
/// assert!((y.item::<f64>()? - 0.0).abs() < 1e-13);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn xlog1py(x: impl ToTensor, y: impl ToTensor) -> Tensor {
    let [x, y] = operands("xlog1py", [&x, &y]);
    let outside = x.eq(0.0) & y.le(-1.0);
    &x * outside.where_(0.0, &y).log1p()
}

/// `ln` [`ndtr`], accurate far below 0, where it is by the asymptotic series.
///
/// Abramowitz & Stegun 26.2.12.
///
/// ```
/// # use cotangent::{Tensor, jit, special};
/// # fn main() -> cotangent::Result<()> {
/// let y = jit(|x: Tensor| special::log_ndtr(&x)).call(-30.0)?;
/// assert!((y.item::<f64>()? + 454.32124395634320).abs() < 1e-10);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn log_ndtr(x: impl ToTensor) -> Tensor {
    let [x] = operands("log_ndtr", [&x]);
    let limit = -20.0;
    let far = x.lt(limit);
    let z = far.where_(&x, limit);
    let r = 1.0 / z.square();
    // 1 − 1/x² + 3/x⁴ − 15/x⁶ + …
    let mut series = lax::zeros_like(r.aval()) + 1.0;
    for k in [11, 9, 7, 5, 3, 1] {
        series = 1.0 - series * &r * f64::from(k);
    }
    let tail = -0.5 * z.square() - (-&z).log() - 0.5 * (2.0 * PI).ln() + series.log();
    let near = far.where_(0.0, &x);
    // ln(1 − p) of the small side p, so that no digits are lost above 0.
    let other = (&near * FRAC_1_SQRT_2).erfc() * 0.5;
    let positive = near.gt(0.0);
    let above = (-positive.where_(&other, 0.5)).log1p();
    let below = ((positive.where_(0.0, &near) * -FRAC_1_SQRT_2).erfc() * 0.5).log();
    far.where_(tail, positive.where_(above, below))
}
