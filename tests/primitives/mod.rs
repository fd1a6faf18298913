//! Every primitive, and the numpy layer above them, against JAX and against itself.
//!
//! The cases lie in `tests/golden`; `support::reference` says what is checked about each.

mod coverage;
mod linalg;
mod numpy;
mod operations;
mod order;
mod random;
mod singular;
mod special;
mod updates;
mod windows;

use crate::support::golden;
use crate::support::reference::Part::{Jvp, Second, Value, Vjp};
use crate::support::reference::{Difference, check};

/// Where we differ from JAX on purpose, and why.
const DIFFERENCES: &[Difference] = &[
    ("unary/expm1/accuracy", Jvp, "e^x, where JAX's 1 + expm1(x) is 0"),
    ("unary/expm1/accuracy", Vjp, "e^x, where JAX's 1 + expm1(x) is 0"),
    ("unary/tanh/accuracy", Vjp, "1 − y magnifies the last digit of y, which is the compiler's"),
    ("unary/logistic/accuracy", Jvp, "y(1 − y) without cancellation"),
    ("unary/logistic/accuracy", Vjp, "y(1 − y) without cancellation"),
    ("unary/asin/accuracy", Jvp, "(1 − x)(1 + x) keeps the digits that 1 − x² loses"),
    ("unary/asin/accuracy", Vjp, "(1 − x)(1 + x) keeps the digits that 1 − x² loses"),
    ("unary/acos/accuracy", Jvp, "(1 − x)(1 + x) keeps the digits that 1 − x² loses"),
    ("unary/acos/accuracy", Vjp, "(1 − x)(1 + x) keeps the digits that 1 − x² loses"),
    ("unary/acosh/accuracy", Jvp, "(x − 1)(x + 1) keeps the digits that x² − 1 loses"),
    ("unary/acosh/accuracy", Vjp, "(x − 1)(x + 1) keeps the digits that x² − 1 loses"),
    ("unary/acosh/edges", Jvp, "the derivative outside the domain is NaN"),
    ("unary/acosh/edges", Vjp, "the derivative outside the domain is NaN"),
    ("binary/pow/edges", Jvp, "x⁰ is constant, also at 0"),
    ("binary/pow/edges", Vjp, "x⁰ is constant, also at 0"),
    ("binary/pow/zero_base", Jvp, "x⁰ is constant, also at 0"),
    ("binary/pow/zero_base", Vjp, "x⁰ is constant, also at 0"),
    ("numpy/var/too_few", Jvp, "the derivative of NaN is NaN"),
    ("reduce/reduce_max/nothing", Jvp, "a constant has the derivative 0"),
    ("reduce/reduce_min/nothing", Jvp, "a constant has the derivative 0"),
    ("reduce/reduce_max/empty_axis", Jvp, "a constant has the derivative 0"),
    ("reduce/reduce_min/empty_axis", Jvp, "a constant has the derivative 0"),
    ("special/digamma/accurate", Jvp, "ψ'(−7.25), which JAX has to seven digits"),
    ("special/erf_inv/accurate", Value, "JAX has ten digits near −1"),
    ("special/erf_inv/accurate", Jvp, "JAX has ten digits near −1"),
    ("special/erf_inv/accurate", Vjp, "JAX has ten digits near −1"),
    ("special/log_ndtr/tails", Jvp, "the slope at −10⁵, which JAX has to six digits"),
    ("special/log_ndtr/tails", Vjp, "the slope at −10⁵, which JAX has to six digits"),
    ("linalg/triangular_solve/singular", Value, "the triangle's inverse is what multiplies"),
    ("complex/asin/cuts", Value, "JAX does not see the sign of zeros"),
    ("complex/acos/cuts", Value, "JAX does not see the sign of zeros"),
    ("complex/asinh/cuts", Value, "JAX does not see the sign of zeros"),
    ("complex/acosh/cuts", Value, "JAX does not see the sign of zeros"),
    ("complex/acosh/vector", Jvp, "JAX has the other root for negative real parts"),
    ("complex/acosh/vector", Vjp, "JAX has the other root for negative real parts"),
    ("complex/acosh/c64", Jvp, "JAX has the other root for negative real parts"),
    ("complex/acosh/c64", Vjp, "JAX has the other root for negative real parts"),
    ("complex_linalg/lu/one", Second, "0 up to rounding"),
    ("complex_linalg/eigvals/real_one", Second, "0 up to rounding"),
];

macro_rules! families {
    ($($name:ident by $op:path;)*) => {$(
        #[test]
        fn $name() {
            check(&golden::load(stringify!($name)), $op, DIFFERENCES);
        }
    )*};
}

families! {
    unary by operations::apply;
    binary by operations::apply;
    compare by operations::apply;
    choose by operations::apply;
    convert by operations::apply;
    shape by operations::apply;
    indexing by operations::apply;
    reduce by operations::apply;
    contract by operations::apply;
    linalg by linalg::apply;
    complex_linalg by linalg::apply;
    order by order::apply;
    random by random::apply;
    windows by windows::apply;
    complex by operations::apply;
    half by operations::apply;
    bits by operations::apply;
    fft by operations::apply;
    special by special::apply;
    stats by special::apply;
    numpy by operations::apply;
    einsum by operations::apply;
}
