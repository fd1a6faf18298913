//! The regularized incomplete beta function.

use super::gamma::away;
use super::{SpecialOp, apply, equal, greater, less, number, until_small};
use crate::base::Result;
use crate::ir::Tensor;
use crate::lax;

/// `ln B(a, b)`.
fn log_beta(a: &Tensor, b: &Tensor) -> Tensor {
    let lgamma = |x: &Tensor| apply(SpecialOp::Lgamma, &[x]);
    lgamma(a) + lgamma(b) - lgamma(&(a + b))
}

/// The derivative of `I_x(a, b)` in `x`, `x^(a − 1) (1 − x)^(b − 1) / B(a, b)`.
pub(super) fn density(ins: &[Tensor]) -> Result<Tensor> {
    let (a, b, x) = (&ins[0], &ins[1], &ins[2]);
    let (zero, one) = (equal(x, 0.0), equal(x, 1.0));
    let safe = lax::select(&(&zero | &one), &number(x, 0.5), x);
    let inner = (a - 1.0) * lax::log(&safe) + (b - 1.0) * lax::log1p(&-&safe) - log_beta(a, b);
    // At 0 the power of x, at 1 that of 1 − x.
    let p = lax::select(&zero, a, b);
    let steep = lax::select(&less(&p, 1.0), &number(x, f64::INFINITY), &number(x, 0.0));
    let edge = lax::select(&equal(&p, 1.0), &lax::select(&zero, b, a), &steep);
    Ok(lax::select(&(zero | one), &edge, &lax::exp(&inner)))
}

/// `I_x(a, b)` by its continued fraction (Abramowitz & Stegun 26.5.8, by the method of Lentz), from the
/// side on which it converges fast: `I_x(a, b) = 1 − I_(1−x)(b, a)`. NaN outside of `0 ≤ x ≤ 1`,
/// `a > 0`, `b > 0`.
pub(super) fn regularized(ins: &[Tensor]) -> Result<Tensor> {
    let (a, b, x) = (&ins[0], &ins[1], &ins[2]);
    let inside = greater(x, 0.0) & less(x, 1.0) & greater(a, 0.0) & greater(b, 0.0);
    let half = number(x, 0.5);
    let safe = lax::select(&inside, x, &half);
    let swap = lax::gt(&safe, &((a + 1.0) / (a + b + 2.0)));
    let (p, q) = (lax::select(&swap, b, a), lax::select(&swap, a, b));
    let u = lax::select(&swap, &(1.0 - &safe), &safe);
    let (sum, above, below) = (&p + &q, &p + 1.0, &p - 1.0);
    let one = number(x, 1.0);
    let d = 1.0 / away(&(1.0 - &sum * &u / &above));
    let state = [number(x, 0.0), one, d.clone(), d];
    let fraction = until_small(x, &state, |state| {
        let [m, c, d, h, _] = state else { return state.to_vec() };
        let m = m + 1.0;
        let even = &m * (&q - &m) * &u / ((&below + 2.0 * &m) * (&p + 2.0 * &m));
        let d = 1.0 / away(&(1.0 + &even * d));
        let c = away(&(1.0 + even / c));
        let h = h * &d * &c;
        let odd = -(&p + &m) * (&sum + &m) * &u / ((&p + 2.0 * &m) * (&above + 2.0 * &m));
        let d = 1.0 / away(&(1.0 + &odd * d));
        let c = away(&(1.0 + odd / c));
        let factor = &d * &c;
        let h = h * &factor;
        let change = lax::abs(&(factor - 1.0));
        vec![m, c, d, h, change]
    })?;
    let log = &p * lax::log(&u) + &q * lax::log1p(&-&u) - log_beta(&p, &q);
    let value = lax::exp(&log) * &fraction[3] / &p;
    let value = lax::select(&swap, &(1.0 - &value), &value);
    let edge = lax::select(&equal(x, 1.0), &number(x, 1.0), &number(x, f64::NAN));
    let edge = lax::select(&equal(x, 0.0), &number(x, 0.0), &edge);
    let positive = greater(a, 0.0) & greater(b, 0.0);
    let edge = lax::select(&positive, &edge, &number(x, f64::NAN));
    Ok(lax::select(&inside, &value, &edge))
}
