//! Special functions.

use super::{floor, lt, number, select, sin, square};
use crate::ir::params::{Special, SpecialOp};
use crate::ir::{Tensor, bind1};
use std::f64::consts::PI;

/// One function for each row `name(operands) Op = meaning, derivative, source, example;`.
macro_rules! special_functions {
    ($($name:ident($($x:ident),*) $op:expr, $meaning:literal, $derivative:literal, $source:literal, $example:literal;)*) => {$(
        #[doc = $meaning]
        ///
        /// # Shapes
        /// Equal shapes, or literals; the result has that shape.
        ///
        /// # Dtypes
        /// Floats of one dtype, which the result has.
        ///
        /// # Errors
        /// Other dtypes, or shapes that differ.
        ///
        /// # Derivative
        #[doc = $derivative]
        ///
        /// # Source
        #[doc = $source]
        ///
        /// # Example
        /// ```
        /// # use cotangent::{Tensor, jit, lax};
        /// # fn main() -> cotangent::Result<()> {
        #[doc = $example]
        /// # Ok(())
        /// # }
        /// ```
        #[track_caller]
        pub fn $name($($x: &Tensor),*) -> Tensor {
            bind1(Special { op: $op }, &[$($x),*])
        }
    )*};
}

special_functions! {
    lgamma(x) SpecialOp::Lgamma, "`ln |Γ(x)|`.", "`digamma(x)`.",
        "C. Lanczos, \"A precision approximation of the gamma function\", 1964.",
        "let y = jit(|x: Tensor| lax::lgamma(&x)).call(5.0)?;\nassert!((y.item::<f64>()? - 24f64.ln()).abs() < 1e-13);";
    digamma(x) SpecialOp::Digamma, "`Γ'(x)/Γ(x)`; NaN at the poles.", "`ζ(2, x)`.",
        "Abramowitz & Stegun 6.3.5, 6.3.18.",
        "let y = jit(|x: Tensor| lax::digamma(&x)).call(1.0)?;\nassert!((y.item::<f64>()? + 0.5772156649015329).abs() < 1e-14);";
    zeta(s, q) SpecialOp::Zeta, "`Σ (q + k)⁻ˢ` over `k ≥ 0`, for `s > 1` and `q > 0`; ∞ at the poles, NaN elsewhere outside.",
        "In `q`: `−s ζ(s + 1, q)`. There is none in `s`.", "Abramowitz & Stegun 23.2.9.",
        "let y = jit(|s: Tensor, q: Tensor| lax::zeta(&s, &q)).call((2.0, 1.0))?;\nassert!((y.item::<f64>()? - std::f64::consts::PI.powi(2) / 6.0).abs() < 1e-14);";
    igamma(a, x) SpecialOp::Igamma(0), "`P(a, x)`, the integral of `t^(a − 1) e^−t` from 0 to `x` over `Γ(a)`; NaN outside of `a > 0`, `x ≥ 0`.",
        "In `x`: the integrand. In `a`: by the derivative of the series or fraction.", "Abramowitz & Stegun 6.5.29, 6.5.31.",
        "let y = jit(|a: Tensor, x: Tensor| lax::igamma(&a, &x)).call((1.0, 2.0))?;\nassert!((y.item::<f64>()? - (1.0 - (-2f64).exp())).abs() < 1e-14);";
    igammac(a, x) SpecialOp::Igammac, "`Q(a, x) = 1 − P(a, x)`, accurate where it is small.",
        "That of [`igamma`] with the other sign.", "Abramowitz & Stegun 6.5.29, 6.5.31.",
        "let y = jit(|a: Tensor, x: Tensor| lax::igammac(&a, &x)).call((1.0, 30.0))?;\nassert!((y.item::<f64>()? / (-30f64).exp() - 1.0).abs() < 1e-13);";
    regularized_incomplete_beta(a, b, x) SpecialOp::Betainc(0, 0), "`I_x(a, b)`, the integral of `t^(a − 1) (1 − t)^(b − 1)` from 0 to `x` over `B(a, b)`; NaN outside of `a, b > 0`, `0 ≤ x ≤ 1`.",
        "In `x`: the integrand. In `a` and `b`: by the derivative of the fraction.", "Abramowitz & Stegun 26.5.8.",
        "let f = jit(|a: Tensor, b: Tensor, x: Tensor| lax::regularized_incomplete_beta(&a, &b, &x));\nassert!((f.call((2.0, 1.0, 0.5))?.item::<f64>()? - 0.25).abs() < 1e-15);";
    erf_inv(x) SpecialOp::ErfInv, "The `y` with `erf(y) = x`; ±∞ at ±1, NaN beyond.", "`√π/2·e^(y²)`.",
        "M. Giles, \"Approximating the erfinv function\", 2010, and steps of Halley's method.",
        "let y = jit(|x: Tensor| lax::erf(&lax::erf_inv(&x))).call(0.3)?;\nassert!((y.item::<f64>()? - 0.3).abs() < 1e-15);";
    bessel_i0e(x) SpecialOp::BesselI0e, "`e^−|x| I₀(x)`, the modified Bessel function of order 0.", "`bessel_i1e(x) − sign(x)·y`.",
        "Chebyshev series of the function.",
        "let y = jit(|x: Tensor| lax::bessel_i0e(&x)).call(1.0)?;\nassert!((y.item::<f64>()? - 0.46575960759364043).abs() < 1e-15);";
    bessel_i1e(x) SpecialOp::BesselI1e, "`e^−|x| I₁(x)`, the modified Bessel function of order 1.", "`bessel_i0e(x) − y·(sign(x) + 1/x)`, and ½ at 0.",
        "Chebyshev series of the function.",
        "let y = jit(|x: Tensor| lax::bessel_i1e(&x)).call(1.0)?;\nassert!((y.item::<f64>()? - 0.2079104153497085).abs() < 1e-15);";
}

/// `ψ'(x) = ζ(2, x)`, the derivative of [`digamma`]; below 0 by reflection,
/// `ψ'(x) + ψ'(1 − x) = π² / sin² πx`.
#[track_caller]
pub(crate) fn trigamma(x: &Tensor) -> Tensor {
    let negative = lt(x, &number(x, 0.0));
    let value = zeta(&number(x, 2.0), &select(&negative, &(1.0 - x), x));
    let part = x - floor(&(x + 0.5));
    let safe = select(&negative, &part, &number(x, 0.5));
    let mirror = square(&(PI / sin(&(safe * PI))));
    select(&negative, &(mirror - &value), &value)
}
