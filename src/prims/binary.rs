//! Element-wise functions of two operands of one dtype and shape; a literal goes with any shape.
//!
//! - jvp: `ż = ∂₁f·ẋ + ∂₂f·ẏ`; at ties of `max` and `min` each operand gets half;
//! - transpose: of `add`, `sub` and `complex` in both operands, of `mul` in one, of `div` in the first;
//! - batching: the same function of the aligned operands;
//! - HLO: one instruction each.

use super::derive;
use crate::base::{DType, Error, Result, Scalar};
use crate::hlo;
use crate::ir::params::{Binary, BinaryOp};
use crate::ir::parse::Written;
use crate::ir::{Aval, Batched, Operand, Rules, Tangent, Tensor, bind1, rules::not_linear};
use crate::lax;

/// Name here, name in HLO, and the value on numbers for constant folding.
type Row = (&'static str, &'static str, Option<fn(f64, f64) -> f64>);

fn row(op: BinaryOp) -> Row {
    match op {
        BinaryOp::Add => ("add", "add", Some(|x, y| x + y)),
        BinaryOp::Sub => ("sub", "subtract", Some(|x, y| x - y)),
        BinaryOp::Mul => ("mul", "multiply", Some(|x, y| x * y)),
        BinaryOp::Div => ("div", "divide", Some(|x, y| x / y)),
        BinaryOp::Rem => ("rem", "remainder", None),
        BinaryOp::Max => ("max", "maximum", None),
        BinaryOp::Min => ("min", "minimum", None),
        BinaryOp::Pow => ("pow", "power", None),
        BinaryOp::Atan2 => ("atan2", "atan2", None),
        BinaryOp::And => ("and", "and", None),
        BinaryOp::Or => ("or", "or", None),
        BinaryOp::Xor => ("xor", "xor", None),
        BinaryOp::Complex => ("complex", "complex", None),
        BinaryOp::ShiftLeft => ("shift_left", "shift-left", None),
        BinaryOp::ShiftRightArithmetic => {
            ("shift_right_arithmetic", "shift-right-arithmetic", None)
        }
        BinaryOp::ShiftRightLogical => ("shift_right_logical", "shift-right-logical", None),
    }
}

/// A tangent of the shape of the result: that of a literal operand is a scalar.
fn fit(t: &Tensor, like: &Tensor) -> Tensor {
    if t.shape() == like.shape() { t.clone() } else { lax::broadcast(t, like.shape()) }
}

/// A number that goes with any shape, of the dtype of `like`.
fn literal(value: f64, like: &Tensor) -> Tensor {
    Tensor::literal(Scalar::from_f64(value, like.dtype()))
}

impl Binary {
    /// The tangent through the first operand.
    fn tangent_x(&self, x: &Tensor, y: &Tensor, z: &Tensor, t: &Tensor) -> Tangent {
        Some(match self.op {
            BinaryOp::Add | BinaryOp::Sub => t.clone(),
            BinaryOp::Mul => t * y,
            BinaryOp::Div => t / y,
            BinaryOp::Rem => t.clone(),
            BinaryOp::Max | BinaryOp::Min => t * share(x, y, z),
            // y·x^(y−1), and 0 where y is 0 whatever x is.
            BinaryOp::Pow => {
                let exponent = match y.as_literal().map(Scalar::to_f64) {
                    Some(n) if !n.is_nan() => literal(if n == 0.0 { 1.0 } else { n - 1.0 }, y),
                    _ => {
                        let zero = lax::eq(y, &lax::zeros_like(y.aval()));
                        lax::select(&zero, &lax::full_like(y.aval(), 1.0), &(y - 1.0))
                    }
                };
                t * (y * lax::pow(x, &exponent))
            }
            BinaryOp::Atan2 => t * (y / (lax::integer_pow(x, 2) + lax::integer_pow(y, 2))),
            BinaryOp::Complex => lax::complex(t, &lax::zeros_like(t.aval())),
            BinaryOp::And
            | BinaryOp::Or
            | BinaryOp::Xor
            | BinaryOp::ShiftLeft
            | BinaryOp::ShiftRightArithmetic
            | BinaryOp::ShiftRightLogical => return None,
        })
    }

    /// The tangent through the second operand.
    fn tangent_y(&self, x: &Tensor, y: &Tensor, z: &Tensor, t: &Tensor) -> Tangent {
        Some(match self.op {
            BinaryOp::Add => t.clone(),
            BinaryOp::Sub => -t,
            BinaryOp::Mul => x * t,
            BinaryOp::Div => -t * (z / y),
            BinaryOp::Rem => {
                let quotient = x / y;
                let magnitude = lax::floor(&lax::abs(&quotient));
                -t * (lax::sign(&quotient) * magnitude)
            }
            BinaryOp::Max | BinaryOp::Min => t * share(y, x, z),
            // x^y·ln x, and 0 at x = 0 for y > 0 although the logarithm is not finite there.
            BinaryOp::Pow => {
                let zero = lax::eq(x, &lax::zeros_like(x.aval()));
                let safe = lax::select(&zero, &lax::full_like(x.aval(), 1.0), x);
                let log = lax::log(&safe);
                t * (z * log)
            }
            BinaryOp::Atan2 => t * (-x / (lax::integer_pow(x, 2) + lax::integer_pow(y, 2))),
            BinaryOp::Complex => lax::complex(&lax::zeros_like(t.aval()), t),
            BinaryOp::And
            | BinaryOp::Or
            | BinaryOp::Xor
            | BinaryOp::ShiftLeft
            | BinaryOp::ShiftRightArithmetic
            | BinaryOp::ShiftRightLogical => return None,
        })
    }
}

/// The share of `x` in the extreme `z` of `x` and `y`: 1, 0, or ½ at a tie.
fn share(x: &Tensor, y: &Tensor, z: &Tensor) -> Tensor {
    let (one, zero) = (lax::full_like(z.aval(), 1.0), lax::zeros_like(z.aval()));
    let half = lax::full_like(z.aval(), 0.5);
    let at = |t: &Tensor, yes: &Tensor, no: &Tensor| {
        let hit = lax::eq(t, z);
        lax::select(&hit, yes, no)
    };
    let tie = at(y, &half, &one);
    at(x, &tie, &zero)
}

impl Rules for Binary {
    fn name(&self) -> &'static str {
        row(self.op).0
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        vec![]
    }

    fn read(w: &Written) -> Result<Option<Self>> {
        Ok(BinaryOp::ALL.into_iter().find(|&op| row(op).0 == w.name).map(|op| Binary { op }))
    }

    fn abstract_eval(&self, ins: &[Aval]) -> Result<Vec<Aval>> {
        derive::arity(self.name(), ins, 2)?;
        let dtype = derive::same_dtype(self.name(), ins)?;
        let (fits, wants) = match self.op {
            BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Div => {
                (dtype != DType::Bool, "it takes numbers")
            }
            BinaryOp::Rem => (dtype != DType::Bool && !dtype.is_complex(), "it takes real numbers"),
            BinaryOp::Max | BinaryOp::Min => (!dtype.is_complex(), "it takes real operands"),
            BinaryOp::Pow => (dtype.is_inexact(), "it takes floating-point or complex operands"),
            BinaryOp::Atan2 => (dtype.is_float(), "it takes floating-point operands"),
            BinaryOp::And | BinaryOp::Or | BinaryOp::Xor => {
                (!dtype.is_inexact(), "it takes bool or integer operands")
            }
            BinaryOp::ShiftLeft | BinaryOp::ShiftRightArithmetic | BinaryOp::ShiftRightLogical => {
                (dtype.is_int(), "it takes integers")
            }
            BinaryOp::Complex => {
                let fits = dtype.is_float() && dtype.complex().is_some();
                (fits, "it takes two parts of f32 or f64")
            }
        };
        if !fits {
            return Err(Error::dtype(self.name(), &[dtype], format!("{wants}; use `convert`")));
        }
        let out = match (self.op, dtype.complex()) {
            (BinaryOp::Complex, Some(complex)) => complex,
            _ => dtype,
        };
        Ok(vec![Aval::new(derive::elementwise_shape(self.name(), ins)?, out)])
    }

    fn jvp(&self, primals: &[Tensor], tangents: &[Tangent]) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
        let ([x, y], [tx, ty]) = (primals, tangents) else {
            return Err(Error::internal("a binary function needs two operands"));
        };
        let z = bind1(*self, &[x, y]);
        let tx = tx.as_ref().and_then(|t| self.tangent_x(x, y, &z, &fit(t, &z)));
        let ty = ty.as_ref().and_then(|t| self.tangent_y(x, y, &z, &fit(t, &z)));
        Ok((vec![z], vec![derive::add_tangents(tx, ty)]))
    }

    fn transpose(&self, cts: &[Tangent], ins: &[Operand]) -> Result<Vec<Tangent>> {
        let ([Some(ct)], [x, y]) = (cts, ins) else { return Err(not_linear(self)) };
        let keep = |op: &Operand, ct: Tensor| op.is_linear().then_some(ct);
        Ok(match (self.op, x, y) {
            (BinaryOp::Add, ..) => vec![keep(x, ct.clone()), keep(y, ct.clone())],
            (BinaryOp::Sub, _, Operand::Linear(_)) => vec![keep(x, ct.clone()), Some(-ct)],
            (BinaryOp::Sub, ..) => vec![Some(ct.clone()), None],
            (BinaryOp::Mul, Operand::Linear(_), Operand::Known(y)) => vec![Some(ct * y), None],
            (BinaryOp::Mul, Operand::Known(x), Operand::Linear(_)) => vec![None, Some(x * ct)],
            (BinaryOp::Div, Operand::Linear(_), Operand::Known(y)) => vec![Some(ct / y), None],
            (BinaryOp::Complex, ..) => {
                vec![keep(x, lax::real(ct)), keep(y, -lax::imag(ct))]
            }
            _ => return Err(not_linear(self)),
        })
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
        Ok(vec![derive::lower_elementwise(hlo, row(self.op).1, ins, derive::first(outs)?, "")])
    }

    fn fold(&self, ins: &[Scalar]) -> Option<Scalar> {
        let (&[x, y], Some(f)) = (ins, row(self.op).2) else { return None };
        // A basic operation in f64 followed by one rounding to f32 is the correctly rounded one
        // (Figueroa 1995), so folding agrees with the device.
        x.dtype().is_float().then(|| Scalar::from_f64(f(x.to_f64(), y.to_f64()), x.dtype()))
    }
}
