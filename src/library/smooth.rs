//! Stable forms of functions that overflow, underflow or lose digits when written out.
//!
//! Each is exact in all its derivatives, also where a kink of the usual formula would spoil the
//! second one: `max(d, 0) + ln(1 + e^−|d|)` has second derivative ¼ at `d = 0`, but
//! differentiating the kinks of `max` and `|·|` there gives 0. So the kinks here are choices
//! between two formulas, each of which is right on its whole side *and at the border*.

use super::{common_shape, fit, float, or_poison, zero};
use crate::ir::Tensor;
use crate::ir::params::BinaryOp;
use crate::lax::{self, ToTensor};

/// `ln(1 + e^−|d|)`, given where `d > 0`.
#[track_caller]
fn log1p_exp_neg_abs(d: &Tensor, positive: &Tensor) -> Tensor {
    let neg_abs = lax::select(positive, &-d, d);
    lax::log1p(&lax::exp(&neg_abs))
}

/// Smooth maximum and length.
impl Tensor {
    /// `ln(1 + e^x)` of floats, a smooth [`relu`](Tensor::relu), without overflow and accurate to
    /// the last digits for very negative `x`; so are its derivatives.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| x.softplus());
    /// let y = f.call(vec![-800.0, 0.0, 800.0])?.to_vec::<f64>()?;
    /// assert_eq!((y[0], y[2]), (0.0, 800.0));
    /// assert!((y[1] - 2f64.ln()).abs() < 1e-15);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn softplus(&self) -> Tensor {
        or_poison!(float("softplus", self), self);
        let positive = lax::gt(self, &zero(self));
        lax::select(&positive, self, &zero(self)) + log1p_exp_neg_abs(self, &positive)
    }

    /// `ln(e^self + e^y)` of floats, without overflow; right for infinities, too.
    ///
    /// `x.logaddexp(0.0)` is [`softplus`](Tensor::softplus). The derivatives are `e^(x − z)` and
    /// `e^(y − z)` for the result `z`; where both operands are the same infinity both are 1.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| x.logaddexp(&x));
    /// let y = f.call(vec![1000.0, f64::NEG_INFINITY])?.to_vec::<f64>()?;
    /// assert!((y[0] - (1000.0 + 2f64.ln())).abs() < 1e-12);
    /// assert_eq!(y[1], f64::NEG_INFINITY);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn logaddexp(&self, y: impl ToTensor) -> Tensor {
        or_poison!(float("logaddexp", self), self);
        let y = y.to_tensor(self.dtype());
        let finite = |t: &Tensor| t.as_literal().is_some_and(|s| s.to_f64().is_finite());
        if y.as_literal().is_some_and(|s| s.to_f64() == 0.0) {
            return self.softplus();
        }
        let shape = or_poison!(common_shape("logaddexp", &[self, &y]), self);
        let (x, y) = (fit(self, &shape), fit(&y, &shape));
        let d = &x - &y;
        if finite(&x) || finite(&y) {
            // The difference is NaN only if an operand is, and then so is the result.
            let positive = lax::gt(&d, &zero(&d));
            return lax::select(&positive, &x, &y) + log1p_exp_neg_abs(&d, &positive);
        }
        // ∞ − ∞: the result is that infinity, which the sum gives. It also keeps NaN.
        let nan = lax::ne(&d, &d);
        let d = lax::select(&nan, &zero(&d), &d);
        let positive = lax::gt(&d, &zero(&d));
        let sum = lax::select(&positive, &x, &y) + log1p_exp_neg_abs(&d, &positive);
        lax::select(&nan, &(&x + &y), &sum)
    }

    /// `√(self² + y²)` of floats, without overflow or underflow.
    ///
    /// The derivative at the origin is 0; all others are exact.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor, y: Tensor| x.hypot(y));
    /// let z = f.call((vec![0.0, 3.0, 1e300], vec![0.0, 4.0, 0.0]))?;
    /// assert_eq!(z.to_vec::<f64>()?, [0.0, 5.0, 1e300]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn hypot(&self, y: impl ToTensor) -> Tensor {
        or_poison!(float("hypot", self), self);
        let y = y.to_tensor(self.dtype());
        let shape = or_poison!(common_shape("hypot", &[self, &y]), self);
        let (x, y) = (fit(self, &shape), fit(&y, &shape));
        // The length of the operands over the larger one, which is a constant of differentiation.
        let one = lax::number(&x, 1.0);
        // The absolute value of a literal is a scalar, which must be broadcast.
        let larger = lax::binary(BinaryOp::Max, &lax::abs(&x), &lax::abs(&y));
        let larger = lax::stop_gradient(&larger);
        let usable = lax::is_finite(&larger) & lax::gt(&larger, &zero(&x));
        let unit = lax::select(&usable, &larger, &one);
        let s = lax::square(&(x / &unit)) + lax::square(&(y / &unit));
        let origin = lax::eq(&s, &zero(&s));
        let root = lax::sqrt(&lax::select(&origin, &one, &s));
        lax::select(&origin, &zero(&s), &root) * unit
    }
}
