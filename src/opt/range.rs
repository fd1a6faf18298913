//! What is known of the values of an array, whatever the inputs, as long as these are finite.

use crate::base::Scalar;
use crate::ir::params::{Binary, BinaryOp, Reduce, ReduceOp, Unary, UnaryOp};
use crate::ir::{Aval, Prim};

/// What all elements are, overflow and underflow apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Range {
    Unknown,
    /// Neither NaN nor infinite.
    Finite,
    /// Finite, and more than zero.
    Positive,
}

impl Range {
    pub(super) fn of(value: Scalar) -> Range {
        match value.to_f64() {
            x if !x.is_finite() => Range::Unknown,
            x if x > 0.0 => Range::Positive,
            _ => Range::Finite,
        }
    }

    /// That of a result of a primitive, on operands of these types and ranges.
    pub(super) fn of_result(prim: &Prim, out: &Aval, avals: &[Aval], ins: &[Range]) -> Range {
        use Range::{Finite, Positive, Unknown};
        if !out.dtype.is_float() {
            // Such a positive number may come of rounding or of a division, and be 0.
            return Finite;
        }
        let least = ins.iter().copied().min().unwrap_or(Finite);
        // The sum of nothing is not positive, and its maximum not even finite.
        if least == Unknown || avals.iter().any(|a| a.shape.size() == 0) {
            return Unknown;
        }
        match prim {
            Prim::Unary(Unary { op }) => match op {
                UnaryOp::Exp | UnaryOp::Logistic | UnaryOp::Cosh => Positive,
                UnaryOp::Sqrt | UnaryOp::Rsqrt if least == Positive => Positive,
                UnaryOp::Log | UnaryOp::Log1p if least == Positive => Finite,
                UnaryOp::Sqrt
                | UnaryOp::Rsqrt
                | UnaryOp::Log
                | UnaryOp::Log1p
                | UnaryOp::Tan
                | UnaryOp::Asin
                | UnaryOp::Acos
                | UnaryOp::Acosh
                | UnaryOp::Atanh => Unknown,
                _ => Finite,
            },
            Prim::Binary(Binary { op }) => match op {
                BinaryOp::Add | BinaryOp::Mul | BinaryOp::Max | BinaryOp::Min => least,
                BinaryOp::Div if ins[1] == Positive => ins[0],
                BinaryOp::Pow if ins[0] == Positive => Positive,
                BinaryOp::Div | BinaryOp::Rem | BinaryOp::Pow => Unknown,
                _ => Finite,
            },
            Prim::IntegerPow(p) if p.n >= 0 || least == Positive => least,
            Prim::Select(_) => ins[1].min(ins[2]),
            Prim::Convert(_)
            | Prim::OptimizationBarrier(_)
            | Prim::StopGradient(_)
            | Prim::BroadcastInDim(_)
            | Prim::Reshape(_)
            | Prim::Transpose(_)
            | Prim::Squeeze(_)
            | Prim::Rev(_)
            | Prim::Slice(_)
            | Prim::Pad(_)
            | Prim::Concatenate(_)
            | Prim::DynamicSlice(_)
            | Prim::DotGeneral(_)
            | Prim::Reduce(Reduce { op: ReduceOp::Sum | ReduceOp::Max | ReduceOp::Min, .. }) => {
                least
            }
            Prim::Iota(_) | Prim::DynamicUpdateSlice(_) => Finite,
            _ => Unknown,
        }
    }
}
