//! Element-wise functions of one operand, as a table.
//!
//! - jvp: `ẏ = f'(x)·ẋ`, written in `x` or in the result `y`, whichever is more accurate;
//! - transpose: only of linear functions (`neg`, `real`, `imag`, `conj`);
//! - batching: the same function of the batched value;
//! - HLO: one instruction each, or the formulas of `unary_hlo.rs` and `unary_complex.rs`.

use super::{derive, unary_complex, unary_hlo};
use crate::base::{DType, Error, Result, Scalar};
use crate::hlo;
use crate::ir::params::{Unary, UnaryOp};
use crate::ir::parse::Written;
use crate::ir::{Aval, Batched, Operand, Rules, Tangent, Tensor, bind1, rules::not_linear};
use crate::lax;

/// What is known of one function.
struct Row {
    name: &'static str,
    /// The HLO instruction; empty where `unary_hlo.rs` has a formula.
    hlo: &'static str,
    dtypes: Dtypes,
    derivative: Derivative,
    /// The value on a number, for constant folding. `None` where the host's function does not
    /// round as XLA's does or the result is not of the operand's dtype.
    value: Option<fn(f64) -> f64>,
}

/// Which operands a function takes.
#[derive(Clone, Copy, PartialEq)]
enum Dtypes {
    Float,
    /// Floats and complex numbers.
    Inexact,
    /// All but `bool` and complex numbers.
    Ordered,
    /// All but `bool`.
    Number,
    Complex,
    /// `bool` and integers.
    Bits,
    Int,
}

enum Derivative {
    /// Zero where it exists.
    Zero,
    /// The function is linear: the tangent goes through the function itself.
    Linear,
    /// The tangent from the operand, the result and the operand's tangent.
    Of(fn(x: &Tensor, y: &Tensor, t: &Tensor) -> Tensor),
}

fn row(op: UnaryOp) -> Row {
    use Derivative::{Linear, Of, Zero};
    use Dtypes::{Bits, Complex, Float, Inexact, Int, Number, Ordered};
    let r = |name, hlo, dtypes, derivative, value| Row { name, hlo, dtypes, derivative, value };
    // 2/√π, the derivative of erf at 0.
    const ERF0: f64 = std::f64::consts::FRAC_2_SQRT_PI;
    match op {
        UnaryOp::Neg => r("neg", "negate", Number, Linear, Some(|x| -x)),
        UnaryOp::Abs => r("abs", "abs", Number, Of(signed), Some(f64::abs)),
        UnaryOp::Sign => r("sign", "sign", Ordered, Zero, None),
        UnaryOp::Exp => r("exp", "exponential", Inexact, Of(|_, y, t| t * y), None),
        // e^x is exact where 1 + y would lose digits (y near −1).
        UnaryOp::Expm1 => {
            r("expm1", "exponential-minus-one", Inexact, Of(|x, _, t| t * lax::exp(x)), None)
        }
        UnaryOp::Log => r("log", "log", Inexact, Of(|x, _, t| t / x), None),
        UnaryOp::Log1p => r("log1p", "log-plus-one", Inexact, Of(|x, _, t| t / (x + 1.0)), None),
        UnaryOp::Sin => r("sin", "sine", Inexact, Of(|x, _, t| t * lax::cos(x)), None),
        UnaryOp::Cos => r("cos", "cosine", Inexact, Of(|x, _, t| t * -lax::sin(x)), None),
        UnaryOp::Tan => {
            r("tan", "tan", Inexact, Of(|_, y, t| t * (lax::integer_pow(y, 2) + 1.0)), None)
        }
        // (1 − x)(1 + x) keeps the digits that 1 − x² loses near ±1.
        UnaryOp::Asin => {
            r("asin", "", Inexact, Of(|x, _, t| t * lax::rsqrt(&one_minus_square(x))), None)
        }
        UnaryOp::Acos => {
            r("acos", "", Inexact, Of(|x, _, t| t * -lax::rsqrt(&one_minus_square(x))), None)
        }
        UnaryOp::Atan => {
            r("atan", "", Inexact, Of(|x, _, t| t / (lax::integer_pow(x, 2) + 1.0)), None)
        }
        UnaryOp::Sinh => r("sinh", "", Inexact, Of(|x, _, t| t * lax::cosh(x)), None),
        UnaryOp::Cosh => r("cosh", "", Inexact, Of(|x, _, t| t * lax::sinh(x)), None),
        UnaryOp::Tanh => r("tanh", "tanh", Inexact, Of(|_, y, t| t * one_minus_square(y)), None),
        UnaryOp::Asinh => r(
            "asinh",
            "",
            Inexact,
            Of(|x, _, t| t * lax::rsqrt(&(lax::integer_pow(x, 2) + 1.0))),
            None,
        ),
        UnaryOp::Acosh => r(
            "acosh",
            "",
            Inexact,
            Of(|x, _, t| t * lax::rsqrt(&(x - 1.0)) * lax::rsqrt(&(x + 1.0))),
            None,
        ),
        UnaryOp::Atanh => r("atanh", "", Inexact, Of(|x, _, t| t / one_minus_square(x)), None),
        UnaryOp::Sqrt => r("sqrt", "sqrt", Inexact, Of(|_, y, t| t * (0.5 / y)), Some(f64::sqrt)),
        UnaryOp::Rsqrt => r("rsqrt", "rsqrt", Inexact, Of(|x, y, t| t * (-0.5 * (y / x))), None),
        UnaryOp::Cbrt => r(
            "cbrt",
            "cbrt",
            Float,
            Of(|_, y, t| t * (lax::integer_pow(y, -2) * (1.0 / 3.0))),
            None,
        ),
        // y(1 − y) as y·logistic(−x), which keeps its digits for large x.
        UnaryOp::Logistic => {
            r("logistic", "logistic", Inexact, Of(|x, y, t| t * (y * lax::logistic(&-x))), None)
        }
        UnaryOp::Erf => r(
            "erf",
            "erf",
            Float,
            Of(|x, _, t| t * (lax::exp(&-lax::integer_pow(x, 2)) * ERF0)),
            None,
        ),
        UnaryOp::Erfc => r(
            "erfc",
            "",
            Float,
            Of(|x, _, t| t * (lax::exp(&-lax::integer_pow(x, 2)) * -ERF0)),
            None,
        ),
        UnaryOp::Floor => r("floor", "floor", Float, Zero, Some(f64::floor)),
        UnaryOp::Ceil => r("ceil", "ceil", Float, Zero, Some(f64::ceil)),
        UnaryOp::Round => r("round", "round-nearest-even", Float, Zero, Some(f64::round_ties_even)),
        UnaryOp::IsFinite => r("is_finite", "is-finite", Float, Zero, None),
        UnaryOp::Square => r("square", "", Number, Of(|x, _, t| t * (x * 2.0)), Some(|x| x * x)),
        UnaryOp::Not => r("not", "not", Bits, Zero, None),
        UnaryOp::Real => r("real", "real", Complex, Linear, None),
        UnaryOp::Imag => r("imag", "imag", Complex, Linear, None),
        UnaryOp::PopulationCount => r("population_count", "popcnt", Int, Zero, None),
        UnaryOp::Clz => r("clz", "count-leading-zeros", Int, Zero, None),
        UnaryOp::Conj => r("conj", "", Complex, Linear, None),
    }
}

/// The tangent of `y = |x|`: `t` where `x ≥ 0` and `−t` elsewhere, JAX's convention for `abs`, whose
/// slope at 0 is 1.
fn signed(x: &Tensor, y: &Tensor, t: &Tensor) -> Tensor {
    if x.dtype().is_complex() {
        // |x|˙ = Re(x̄·ẋ)/|x|, and 0 at 0.
        let size =
            lax::select(&lax::eq(y, &lax::zeros_like(y.aval())), &lax::full_like(y.aval(), 1.0), y);
        return lax::real(&(lax::conj(x) * t)) / size;
    }
    lax::select(&lax::ge(x, &lax::zeros_like(x.aval())), t, &-t)
}

/// `1 − x²` without cancellation near ±1.
fn one_minus_square(x: &Tensor) -> Tensor {
    (1.0 - x) * (x + 1.0)
}

impl Rules for Unary {
    fn name(&self) -> &'static str {
        row(self.op).name
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        vec![]
    }

    fn read(w: &Written) -> Result<Option<Self>> {
        Ok(UnaryOp::ALL.into_iter().find(|&op| row(op).name == w.name).map(|op| Unary { op }))
    }

    fn abstract_eval(&self, ins: &[Aval]) -> Result<Vec<Aval>> {
        let (x, row) = (derive::arity(self.name(), ins, 1)?, row(self.op));
        let (fits, wants) = match row.dtypes {
            Dtypes::Float => (x.dtype.is_float(), "it takes floating-point operands"),
            Dtypes::Inexact => {
                (x.dtype.is_inexact(), "it takes floating-point or complex operands")
            }
            Dtypes::Ordered => {
                (x.dtype != DType::Bool && !x.dtype.is_complex(), "it takes real numbers")
            }
            Dtypes::Number => (x.dtype != DType::Bool, "it takes numbers"),
            Dtypes::Complex => (x.dtype.is_complex(), "it takes complex operands"),
            Dtypes::Int => (x.dtype.is_int(), "it takes integers"),
            Dtypes::Bits => (!x.dtype.is_inexact(), "it takes bool or integer operands"),
        };
        if !fits {
            return Err(Error::dtype(row.name, &[x.dtype], format!("{wants}; use `convert`")));
        }
        let dtype = match self.op {
            UnaryOp::IsFinite => DType::Bool,
            UnaryOp::Abs | UnaryOp::Real | UnaryOp::Imag => x.dtype.real(),
            _ => x.dtype,
        };
        Ok(vec![Aval::new(&x.shape, dtype)])
    }

    fn jvp(&self, primals: &[Tensor], tangents: &[Tangent]) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
        let ([x], [Some(t)]) = (primals, tangents) else {
            return derive::jvp_zero((*self).into(), primals);
        };
        let y = bind1(*self, &[x]);
        let tangent = match row(self.op).derivative {
            Derivative::Zero => None,
            Derivative::Linear => Some(bind1(*self, &[t])),
            Derivative::Of(f) => Some(f(x, &y, t)),
        };
        Ok((vec![y], vec![tangent]))
    }

    fn transpose(&self, cts: &[Tangent], ins: &[Operand]) -> Result<Vec<Tangent>> {
        let (ct, _) = derive::transpose_unary(self, cts, ins)?;
        // ⟨ct, Re z⟩ = Re(ct·z) and ⟨ct, Im z⟩ = Re(−i·ct·z).
        Ok(vec![Some(match self.op {
            UnaryOp::Real => lax::complex(ct, &lax::zeros_like(ct.aval())),
            UnaryOp::Imag => lax::complex(&lax::zeros_like(ct.aval()), &-ct),
            UnaryOp::Neg | UnaryOp::Conj => bind1(*self, &[ct]),
            _ => return Err(not_linear(self)),
        })])
    }

    fn batch(&self, args: &[Batched], size: usize) -> Result<Vec<Batched>> {
        derive::batch_elementwise((*self).into(), args, size)
    }

    fn lower(
        &self,
        hlo: &mut hlo::Module,
        ins: &[hlo::Value],
        outs: &[Aval],
    ) -> Result<Vec<hlo::Value>> {
        let ([x], out) = (ins, derive::first(outs)?) else {
            return Err(Error::internal("a unary function of several operands"));
        };
        if x.dtype.is_complex()
            && let Some(program) = unary_complex::program(self.op)
        {
            return derive::write(hlo, ins, |ins| Ok(vec![program(&ins[0])]));
        }
        let value = unary_hlo::lower(hlo, self.op, x)
            .unwrap_or_else(|| hlo.op(row(self.op).hlo, &[x], out.dtype, &out.shape, ""));
        Ok(vec![value])
    }

    fn fold(&self, ins: &[Scalar]) -> Option<Scalar> {
        let (&[x], Some(f)) = (ins, row(self.op).value) else { return None };
        x.dtype().is_float().then(|| Scalar::from_f64(f(x.to_f64()), x.dtype()))
    }
}
