//! The element-wise functions that XLA's CPU backend has no instruction for, as formulas of those
//! it has. Each is accurate to a few units in the last place over its whole domain.

use crate::base::{DType, Scalar};
use crate::hlo::{Module, Value};
use crate::ir::params::UnaryOp;

/// The function of `x`, or `None` where HLO has an instruction for it.
pub(super) fn lower(hlo: &mut Module, op: UnaryOp, x: &Value) -> Option<Value> {
    let mut w = Writer { hlo, like: x.clone() };
    Some(match op {
        UnaryOp::Square => w.mul(x, x),
        UnaryOp::Sign if x.dtype.is_unsigned() => w.sign_of_unsigned(x),
        UnaryOp::Atan => {
            let one = w.number(1.0);
            w.atan2(x, &one)
        }
        UnaryOp::Asin => w.asin(x),
        UnaryOp::Acos => w.acos(x),
        UnaryOp::Conj => w.conj(x),
        UnaryOp::Sinh if x.dtype.is_complex() => w.complex_sinh(x),
        UnaryOp::Cosh if x.dtype.is_complex() => w.complex_cosh(x),
        UnaryOp::Sinh => w.sinh(x),
        UnaryOp::Cosh => w.cosh(x),
        UnaryOp::Asinh => w.asinh(x),
        UnaryOp::Acosh => w.acosh(x),
        UnaryOp::Atanh => w.atanh(x),
        UnaryOp::Erfc => w.erfc(x),
        _ => return None,
    })
}

/// Writes arithmetic on values of one type.
struct Writer<'a> {
    hlo: &'a mut Module,
    like: Value,
}

/// `name "instruction" (operands);` makes a method.
macro_rules! instructions {
    ($($name:ident $op:literal ($($x:ident)*);)*) => {$(
        fn $name(&mut self, $($x: &Value),*) -> Value {
            self.hlo.op($op, &[$($x),*], self.like.dtype, &self.like.shape, "")
        }
    )*};
}

impl Writer<'_> {
    instructions! {
        neg "negate" (x);
        abs "abs" (x);
        sign "sign" (x);
        sqrt "sqrt" (x);
        exp "exponential" (x);
        expm1 "exponential-minus-one" (x);
        log "log" (x);
        log1p "log-plus-one" (x);
        floor "floor" (x);
        erf "erf" (x);
        add "add" (x y);
        sub "subtract" (x y);
        mul "multiply" (x y);
        div "divide" (x y);
        atan2 "atan2" (x y);
    }

    fn number(&mut self, value: f64) -> Value {
        self.hlo.full(Scalar::from_f64(value, self.like.dtype), &self.like.shape)
    }

    fn compare(&mut self, x: &Value, direction: &str, bound: f64) -> Value {
        let bound = self.number(bound);
        let attrs = format!(", direction={direction}");
        self.hlo.op("compare", &[x, &bound], DType::Bool, &self.like.shape, &attrs)
    }

    fn select(&mut self, which: &Value, yes: &Value, no: &Value) -> Value {
        self.hlo.op("select", &[which, yes, no], self.like.dtype, &self.like.shape, "")
    }

    /// `c·x + d`
    fn affine(&mut self, c: f64, x: &Value, d: f64) -> Value {
        let (c, d) = (self.number(c), self.number(d));
        let cx = self.mul(&c, x);
        self.add(&cx, &d)
    }

    /// The polynomial with these coefficients, the highest power first.
    fn polynomial(&mut self, x: &Value, coefficients: &[f64]) -> Value {
        let (highest, rest) = coefficients.split_first().unwrap_or((&0.0, &[]));
        let mut sum = self.number(*highest);
        for &c in rest {
            let (shifted, c) = (self.mul(&sum, x), self.number(c));
            sum = self.add(&shifted, &c);
        }
        sum
    }

    fn sign_of_unsigned(&mut self, x: &Value) -> Value {
        let positive = self.compare(x, "NE", 0.0);
        self.hlo.op("convert", &[&positive], x.dtype, &x.shape, "")
    }

    /// `√((1 − x)(1 + x))`, which keeps the digits that `1 − x²` loses near ±1.
    fn cofunction(&mut self, x: &Value) -> Value {
        let (less, more) = (self.affine(-1.0, x, 1.0), self.affine(1.0, x, 1.0));
        let product = self.mul(&less, &more);
        self.sqrt(&product)
    }

    fn asin(&mut self, x: &Value) -> Value {
        let cosine = self.cofunction(x);
        self.atan2(x, &cosine)
    }

    fn acos(&mut self, x: &Value) -> Value {
        let sine = self.cofunction(x);
        self.atan2(&sine, x)
    }

    /// `(e^|x| / 2, e^−|x| / 2)`. Halves of the exponent are squared, so that the first overflows
    /// only where it is too large itself.
    fn half_exponentials(&mut self, x: &Value) -> (Value, Value) {
        let half = self.number(0.5);
        let magnitude = self.abs(x);
        let halved = self.mul(&half, &magnitude);
        let root = self.exp(&halved);
        let scaled = self.mul(&half, &root);
        let large = self.mul(&scaled, &root);
        let inverse = self.div(&half, &root);
        (large, self.div(&inverse, &root))
    }

    fn cosh(&mut self, x: &Value) -> Value {
        let (large, small) = self.half_exponentials(x);
        self.add(&large, &small)
    }

    fn conj(&mut self, x: &Value) -> Value {
        let part = x.dtype.real();
        let [re, im] = ["real", "imag"].map(|op| self.hlo.op(op, &[x], part, &x.shape, ""));
        let im = self.hlo.op("negate", &[&im], part, &x.shape, "");
        self.hlo.op("complex", &[&re, &im], x.dtype, &x.shape, "")
    }

    fn complex_cosh(&mut self, x: &Value) -> Value {
        let negative = self.neg(x);
        let (grown, shrunk) = (self.exp(x), self.exp(&negative));
        let sum = self.add(&grown, &shrunk);
        self.affine(0.5, &sum, 0.0)
    }

    fn complex_sinh(&mut self, x: &Value) -> Value {
        let negative = self.neg(x);
        let (grown, shrunk) = (self.expm1(x), self.expm1(&negative));
        let difference = self.sub(&grown, &shrunk);
        self.affine(0.5, &difference, 0.0)
    }

    /// Near 0 with `e = e^|x| − 1`: `(e + e/(e + 1)) / 2`.
    fn sinh(&mut self, x: &Value) -> Value {
        let (large, small) = self.half_exponentials(x);
        let far = self.sub(&large, &small);
        let magnitude = self.abs(x);
        let e = self.expm1(&magnitude);
        let more = self.affine(1.0, &e, 1.0);
        let ratio = self.div(&e, &more);
        let sum = self.add(&e, &ratio);
        let near = self.affine(0.5, &sum, 0.0);
        let is_near = self.compare(&magnitude, "LT", 1.0);
        let result = self.select(&is_near, &near, &far);
        self.with_sign(&result, x)
    }

    /// The nonnegative `value` of an odd function with the sign of `x`, also that of −0.
    fn with_sign(&mut self, value: &Value, x: &Value) -> Value {
        let sign = self.sign(x);
        self.mul(&sign, value)
    }

    /// `ln(1 + a + a²/(1 + √(a² + 1)))` of `a = |x|`, and `ln 2a` where `a²` would overflow.
    fn asinh(&mut self, x: &Value) -> Value {
        let a = self.abs(x);
        let square = self.mul(&a, &a);
        let more = self.affine(1.0, &square, 1.0);
        let root = self.sqrt(&more);
        let below = self.affine(1.0, &root, 1.0);
        let ratio = self.div(&square, &below);
        let sum = self.add(&a, &ratio);
        let near = self.log1p(&sum);
        let far = self.log_of_double(&a);
        let is_far = self.compare(&a, "GT", self.huge());
        let result = self.select(&is_far, &far, &near);
        self.with_sign(&result, x)
    }

    /// `ln(1 + t + √(t(t + 2)))` of `t = x − 1`, and `ln 2x` where the product would overflow.
    fn acosh(&mut self, x: &Value) -> Value {
        let less = self.affine(1.0, x, -1.0);
        let more = self.affine(1.0, x, 1.0);
        let product = self.mul(&less, &more);
        let root = self.sqrt(&product);
        let sum = self.add(&less, &root);
        let near = self.log1p(&sum);
        let far = self.log_of_double(x);
        let is_far = self.compare(x, "GT", self.huge());
        self.select(&is_far, &far, &near)
    }

    fn log_of_double(&mut self, x: &Value) -> Value {
        let log = self.log(x);
        self.affine(1.0, &log, std::f64::consts::LN_2)
    }

    /// Beyond it `x² + 1` rounds to `x²`.
    fn huge(&self) -> f64 {
        if self.like.dtype == DType::F32 { 1e8 } else { 1e17 }
    }

    fn atanh(&mut self, x: &Value) -> Value {
        let negative = self.neg(x);
        let (more, less) = (self.log1p(x), self.log1p(&negative));
        let difference = self.sub(&more, &less);
        self.affine(0.5, &difference, 0.0)
    }

    /// `1 − erf(x)` up to 1; beyond, `e^(−x²)` times a ratio of polynomials (S. L. Moshier,
    /// Cephes, `ndtr.c`), and `2 − erfc(−x)` below −1. The square is taken of the leading bits of
    /// `x` alone, where it is exact, and the rest put in as a factor.
    fn erfc(&mut self, x: &Value) -> Value {
        let a = self.abs(x);
        let sixteenths = self.affine(16.0, &a, 0.0);
        let whole = self.floor(&sixteenths);
        let head = self.affine(1.0 / 16.0, &whole, 0.0);
        let (tail, sum) = (self.sub(&a, &head), self.add(&a, &head));
        let (square, rest) = (self.mul(&head, &head), self.mul(&tail, &sum));
        let (square, rest) = (self.neg(&square), self.neg(&rest));
        let (main, correction) = (self.exp(&square), self.exp(&rest));
        let gauss = self.mul(&main, &correction);
        let (p, q) = (self.polynomial(&a, &ERFC_P), self.polynomial(&a, &ERFC_Q));
        let (r, s) = (self.polynomial(&a, &ERFC_R), self.polynomial(&a, &ERFC_S));
        let (middle, far) = (self.div(&p, &q), self.div(&r, &s));
        let is_middle = self.compare(&a, "LT", 8.0);
        let ratio = self.select(&is_middle, &middle, &far);
        let right = self.mul(&gauss, &ratio);
        // Beyond 30 the result is 0, where the polynomials may overflow to ∞/∞.
        let is_zero = self.compare(&a, "GT", 30.0);
        let zero = self.number(0.0);
        let right = self.select(&is_zero, &zero, &right);
        let left = self.affine(-1.0, &right, 2.0);
        let is_right = self.compare(x, "GT", 0.0);
        let outer = self.select(&is_right, &right, &left);
        let erf = self.erf(x);
        let inner = self.affine(-1.0, &erf, 1.0);
        let is_outer = self.compare(&a, "GT", 1.0);
        self.select(&is_outer, &outer, &inner)
    }
}

const ERFC_P: [f64; 9] = [
    2.461969814735305e-10,
    0.5641895648310689,
    7.463210564422699,
    48.63719709856814,
    196.5208329560771,
    526.4451949954773,
    934.5285271719576,
    1027.5518868951572,
    557.5353353693994,
];
const ERFC_Q: [f64; 9] = [
    1.0,
    13.228195115474499,
    86.70721408859897,
    354.9377788878199,
    975.7085017432055,
    1823.9091668790973,
    2246.3376081871097,
    1656.6630919416134,
    557.5353408177277,
];
const ERFC_R: [f64; 6] = [
    0.5641895835477551,
    1.275366707599781,
    5.019050422511805,
    6.160210979930536,
    7.4097426995044895,
    2.9788666537210022,
];
const ERFC_S: [f64; 7] = [
    1.0,
    2.2605286322011726,
    9.396035249380015,
    12.048953980809666,
    17.08144507475659,
    9.608968090632859,
    3.369076451000815,
];
