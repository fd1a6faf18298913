//! The gamma function and what belongs to it.

use super::{SpecialOp, apply, equal, greater, less, number, polynomial, until_small};
use crate::base::Result;
use crate::ir::Tensor;
use crate::lax;
use std::f64::consts::PI;

/// `ln |Γ(x)|` by the approximation of C. Lanczos, "A precision approximation of the gamma function",
/// 1964, with g = 7 and nine coefficients; below ½ by reflection, `Γ(x) Γ(1 − x) = π / sin πx`.
pub(super) fn lgamma(x: &Tensor) -> Tensor {
    const G: f64 = 7.0;
    const LANCZOS: [f64; 9] = [
        0.9999999999998099,
        676.5203681218851,
        -1259.1392167224028,
        771.3234287776531,
        -176.6150291621406,
        12.507343278686905,
        -0.13857109526572012,
        9.984369578019572e-6,
        1.5056327351493116e-7,
    ];
    let reflect = less(x, 0.5);
    let z = lax::select(&reflect, &-x, &(x - 1.0));
    let mut sum = number(x, LANCZOS[0]);
    for (i, &c) in LANCZOS.iter().enumerate().skip(1) {
        sum += c / (&z + i as f64);
    }
    // ln(z + g + ½), with the digits of a small z.
    let t = &z + (G + 0.5);
    let log_t = lax::log1p(&(&z / (G + 0.5))) + (G + 0.5f64).ln();
    // In this order it is 0 at 1 and 2.
    let value = 0.5 * (2.0 * PI).ln() + (&z + 0.5 - t / &log_t) * &log_t + lax::log(&sum);
    // Of an infinite operand the formula makes ∞ · 0 and the like.
    let infinite = equal(&lax::abs(x), f64::INFINITY);
    let value = lax::select(&infinite, &number(x, f64::INFINITY), &value);
    // |sin πx| from the distance to the next integer; 0 at the poles.
    let size = lax::abs(x);
    let part = &size - lax::floor(&size);
    let part = lax::select(&greater(&part, 0.5), &(1.0 - &part), &part);
    let reflected = PI.ln() - lax::log(&lax::sin(&(part * PI))) - &value;
    let reflected = lax::select(&infinite, &value, &reflected);
    lax::select(&reflect, &reflected, &value)
}

/// `Γ'(x) / Γ(x)` by the asymptotic series at `x + 10` and the recurrence `ψ(x) = ψ(x + 1) − 1/x`
/// (Abramowitz & Stegun 6.3.5, 6.3.18); below ½ by reflection.
pub(super) fn digamma(x: &Tensor) -> Tensor {
    // B₂ₖ / 2k.
    const SERIES: [f64; 7] = [
        1.0 / 12.0,
        -1.0 / 120.0,
        1.0 / 252.0,
        -1.0 / 240.0,
        1.0 / 132.0,
        -691.0 / 32_760.0,
        1.0 / 12.0,
    ];
    let reflect = less(x, 0.5);
    let z = lax::select(&reflect, &(1.0 - x), x);
    let mut below = number(x, 0.0);
    for i in 0..10 {
        below += 1.0 / (&z + f64::from(i));
    }
    let w = &z + 10.0;
    let square = 1.0 / lax::square(&w);
    let series = polynomial(&square, &SERIES) * &square;
    let value = lax::log(&w) - 0.5 / w - series - below;
    // π cot πx, NaN at the poles.
    let part = x - lax::floor(&(x + 0.5));
    let cot = PI / lax::tan(&(&part * PI));
    let cot = lax::select(&equal(&part, 0.0), &number(x, f64::NAN), &cot);
    lax::select(&reflect, &(&value - cot), &value)
}

/// `Σ (q + k)⁻ˢ` for `s > 1` and `q > 0`, by ten terms and the formula of Euler and Maclaurin for the
/// rest (Abramowitz & Stegun 23.2.9 and 3.6.28); ∞ at the poles, NaN elsewhere outside.
pub(super) fn zeta(s: &Tensor, q: &Tensor) -> Tensor {
    // B₂ⱼ / (2j)!.
    const SERIES: [f64; 12] = [
        0.08333333333333333,
        -0.001388888888888889,
        3.306878306878307e-5,
        -8.267195767195766e-7,
        2.08767569878681e-8,
        -5.284190138687493e-10,
        1.3382536530684679e-11,
        -3.389680296322583e-13,
        8.586062056277845e-15,
        -2.174868698558062e-16,
        5.50900282836023e-18,
        -1.3954464685812522e-19,
    ];
    let mut sum = number(q, 0.0);
    for k in 0..10 {
        sum += lax::pow(&(q + f64::from(k)), &-s);
    }
    let w = q + 10.0;
    let last = lax::pow(&w, &-s);
    sum += &last * &w / (s - 1.0) + &last * 0.5;
    // s (s + 1) … (s + 2j) w^(−s − 2j − 1).
    let mut factor = s * &last / &w;
    let square = lax::square(&w);
    for (j, &b) in SERIES.iter().enumerate() {
        sum += &factor * b;
        let n = 2.0 * j as f64;
        factor = factor * (s + (n + 1.0)) * (s + (n + 2.0)) / &square;
    }
    let pole = equal(s, 1.0) | equal(q, 0.0) | (less(q, 0.0) & lax::eq(&lax::floor(q), q));
    let inside = greater(s, 1.0) & greater(q, 0.0);
    let outside = lax::select(&pole, &number(q, f64::INFINITY), &number(q, f64::NAN));
    lax::select(&inside, &sum, &outside)
}

/// `x^a e^−x / Γ(a)`, 0 where `x` is 0.
fn power(a: &Tensor, x: &Tensor) -> Tensor {
    let zero = equal(x, 0.0);
    let safe = lax::select(&zero, &number(x, 1.0), x);
    let log = a * lax::log(&safe) - x - apply(SpecialOp::Lgamma, &[a]);
    lax::select(&zero, &number(x, 0.0), &lax::exp(&log))
}

/// The derivative of `P(a, x)` in `x`, `x^(a − 1) e^−x / Γ(a)`.
pub(super) fn density(ins: &[Tensor]) -> Result<Tensor> {
    let (a, x) = (&ins[0], &ins[1]);
    let zero = equal(x, 0.0);
    let safe = lax::select(&zero, &number(x, 1.0), x);
    let edge = lax::select(&less(a, 1.0), &number(x, f64::INFINITY), &number(x, 0.0));
    let edge = lax::select(&equal(a, 1.0), &number(x, 1.0), &edge);
    Ok(lax::select(&zero, &edge, &(power(a, &safe) / &safe)))
}

/// `P(a, x)` by its series, and `Q(a, x)` by its continued fraction, each right on its side of
/// `x = max(1, a)` (Abramowitz & Stegun 6.5.29 and 6.5.31; the fraction by the method of Lentz).
fn parts(ins: &[Tensor]) -> Result<[Tensor; 3]> {
    let (a, x) = (&ins[0], &ins[1]);
    let one = number(x, 1.0);
    let by_series = less(x, 1.0) | lax::lt(x, a);

    let u = lax::select(&by_series, x, &number(x, 0.0));
    let sums = until_small(x, &[a.clone(), one.clone(), one.clone()], |state| {
        let [n, term, sum, _] = state else { return state.to_vec() };
        let n = n + 1.0;
        let term = term * &u / &n;
        let sum = sum + &term;
        let change = lax::abs(&(&term / &sum));
        vec![n, term, sum, change]
    })?;
    let lower = &sums[2] * power(a, &u) / a;

    let v = lax::select(&by_series, &(1.0 + lax::abs(a)), x);
    let b = &v + 1.0 - a;
    let d = 1.0 / &b;
    let state = [number(x, 0.0), b, number(x, 1e30), d.clone(), d];
    let fraction = until_small(x, &state, |state| {
        let [i, b, c, d, h, _] = state else { return state.to_vec() };
        let i = i + 1.0;
        let an = &i * (a - &i);
        let b = b + 2.0;
        let d = 1.0 / away(&(&an * d + &b));
        let c = away(&(&b + &an / c));
        let factor = &d * &c;
        let h = h * &factor;
        let change = lax::abs(&(factor - 1.0));
        vec![i, b, c, d, h, change]
    })?;
    let upper = &fraction[4] * power(a, &v);
    Ok([by_series, lower, upper])
}

/// Numbers that are not too small to divide by.
pub(super) fn away(x: &Tensor) -> Tensor {
    let tiny = number(x, 1e-30);
    lax::select(&less(&lax::abs(x), 1e-30), &tiny, x)
}

/// NaN outside of `a > 0`, `x ≥ 0`; at infinity the limit.
fn inside(ins: &[Tensor], value: &Tensor, limit: f64) -> Tensor {
    let (a, x) = (&ins[0], &ins[1]);
    let value = lax::select(&equal(x, f64::INFINITY), &number(x, limit), value);
    lax::select(&(greater(a, 0.0) & lax::ge(x, &lax::number(x, 0.0))), &value, &number(x, f64::NAN))
}

/// `P(a, x)`.
pub(super) fn lower(ins: &[Tensor]) -> Result<Tensor> {
    let [by_series, lower, upper] = parts(ins)?;
    Ok(inside(ins, &lax::select(&by_series, &lower, &(1.0 - upper)), 1.0))
}

/// `Q(a, x)`.
pub(super) fn upper(ins: &[Tensor]) -> Result<Tensor> {
    let [by_series, lower, upper] = parts(ins)?;
    Ok(inside(ins, &lax::select(&by_series, &(1.0 - lower), &upper), 0.0))
}
