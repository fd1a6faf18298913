//! Element-wise primitives.

use crate::ir::params::*;
use crate::ir::{Tensor, bind1};

macro_rules! unary_functions {
    ($($(#[$doc:meta])* $name:ident $op:ident;)*) => {$(
        $(#[$doc])*
        #[track_caller]
        pub fn $name(x: &Tensor) -> Tensor {
            bind1(Unary { op: UnaryOp::$op }, &[x])
        }
    )*};
}

unary_functions! {
    /// `-x`, element by element.
    neg Neg;
    /// `|x|`; its derivative at 0 is 1, as in JAX.
    abs Abs;
    /// −1, 0 or 1; NaN for NaN.
    sign Sign;
    /// `e^x`.
    exp Exp;
    /// `e^x − 1`, accurate near 0.
    expm1 Expm1;
    /// Natural logarithm.
    log Log;
    /// `ln(1 + x)`, accurate near 0.
    log1p Log1p;
    /// Sine of radians.
    sin Sin;
    /// Cosine of radians.
    cos Cos;
    /// Tangent of radians.
    tan Tan;
    /// Arc sine, in radians.
    asin Asin;
    /// Arc cosine, in radians.
    acos Acos;
    /// Arc tangent, in radians.
    atan Atan;
    /// Hyperbolic sine.
    sinh Sinh;
    /// Hyperbolic cosine.
    cosh Cosh;
    /// Hyperbolic tangent.
    tanh Tanh;
    /// Inverse hyperbolic sine.
    asinh Asinh;
    /// Inverse hyperbolic cosine.
    acosh Acosh;
    /// Inverse hyperbolic tangent.
    atanh Atanh;
    /// Square root; its derivative at 0 is infinite.
    sqrt Sqrt;
    /// `1/√x`.
    rsqrt Rsqrt;
    /// Real cube root.
    cbrt Cbrt;
    /// `1/(1 + e^−x)`.
    logistic Logistic;
    /// Error function.
    erf Erf;
    /// `1 − erf(x)`, accurate for large `x`.
    erfc Erfc;
    /// Largest integer not above.
    floor Floor;
    /// Smallest integer not below.
    ceil Ceil;
    /// Nearest integer, ties to even.
    round Round;
    /// False for infinities and NaN.
    is_finite IsFinite;
    /// `x·x`.
    square Square;
    /// Logical (bool) or bitwise (integers) negation.
    not Not;
}

macro_rules! binary_functions {
    ($($(#[$doc:meta])* $name:ident $op:ident;)*) => {$(
        $(#[$doc])*
        #[track_caller]
        pub fn $name(x: &Tensor, y: &Tensor) -> Tensor {
            bind1(Binary { op: BinaryOp::$op }, &[x, y])
        }
    )*};
}

binary_functions! {
    /// Sum of two arrays of equal shape and dtype.
    add Add;
    /// Difference of two arrays of equal shape and dtype.
    sub Sub;
    /// Product of two arrays of equal shape and dtype.
    mul Mul;
    /// Quotient; integers round toward zero.
    div Div;
    /// Remainder with the sign of `x`.
    rem Rem;
    /// Larger of two; NaN if either is. The derivative is shared half and half at ties.
    max Max;
    /// Smaller of two; NaN if either is. The derivative is shared half and half at ties.
    min Min;
    /// `x^y` of floats.
    pow Pow;
    /// Angle of the point `(y, x)`, in radians: `atan2(y, x)`.
    atan2 Atan2;
    /// Logical (bool) or bitwise (integers) and.
    and And;
    /// Logical (bool) or bitwise (integers) or.
    or Or;
    /// Logical (bool) or bitwise (integers) exclusive or.
    xor Xor;
}

macro_rules! compare_functions {
    ($($(#[$doc:meta])* $name:ident $op:ident;)*) => {$(
        $(#[$doc])*
        #[track_caller]
        pub fn $name(x: &Tensor, y: &Tensor) -> Tensor {
            bind1(Compare { op: CompareOp::$op }, &[x, y])
        }
    )*};
}

compare_functions! {
    /// `x == y`.
    eq Eq;
    /// `x != y`.
    ne Ne;
    /// `x < y`.
    lt Lt;
    /// `x <= y`.
    le Le;
    /// `x > y`.
    gt Gt;
    /// `x >= y`.
    ge Ge;
}

/// `x^n` with a constant integer exponent.
#[track_caller]
pub fn integer_pow(x: &Tensor, n: i32) -> Tensor {
    bind1(IntegerPow { n }, &[x])
}

/// Element by element `on_true` where `which` holds and `on_false` elsewhere.
/// `which` is a `bool` array of the shape of the others, or a scalar.
#[track_caller]
pub fn select(which: &Tensor, on_true: &Tensor, on_false: &Tensor) -> Tensor {
    bind1(Select, &[which, on_false, on_true])
}

/// `min(max(x, lo), hi)`; the bounds have the shape of `x` or are scalars.
#[track_caller]
pub fn clamp(lo: &Tensor, x: &Tensor, hi: &Tensor) -> Tensor {
    bind1(Clamp, &[lo, x, hi])
}

/// `x` itself, with derivative zero.
#[track_caller]
pub fn stop_gradient(x: &Tensor) -> Tensor {
    bind1(StopGradient, &[x])
}
