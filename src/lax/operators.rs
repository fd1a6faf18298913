//! Operators of [`Tensor`]: numpy broadcasting, and scalars on either side.

use crate::base::{DType, Error, Scalar, Shape, Source, shape};
use crate::ir::params::{Binary, BinaryOp, Compare, CompareOp, Unary, UnaryOp};
use crate::ir::{Prim, Tensor, bind1, poison};
use half::{bf16, f16};
use num_complex::Complex;
use std::ops;

/// What can stand beside a [`Tensor`]: a tensor, or a Rust number that takes the tensor's dtype.
///
/// A Rust float beside an integer tensor, or a number beside a `bool` tensor, is an error.
pub trait ToTensor {
    /// The operand for an operation with a tensor of dtype `like`.
    #[track_caller]
    fn to_tensor(&self, like: DType) -> Tensor;

    /// The dtype that the operand asks for when there is no tensor beside it.
    fn own_dtype(&self) -> DType;

    /// True for a Rust number, which takes the dtype of a tensor beside it.
    fn is_number(&self) -> bool {
        true
    }
}

impl ToTensor for Tensor {
    fn to_tensor(&self, _: DType) -> Tensor {
        self.clone()
    }
    fn own_dtype(&self) -> DType {
        self.dtype()
    }
    fn is_number(&self) -> bool {
        false
    }
}
impl<T: ToTensor + ?Sized> ToTensor for &T {
    #[track_caller]
    fn to_tensor(&self, like: DType) -> Tensor {
        (**self).to_tensor(like)
    }
    fn own_dtype(&self) -> DType {
        (**self).own_dtype()
    }
    fn is_number(&self) -> bool {
        (**self).is_number()
    }
}

/// A Rust number as a literal of dtype `like`.
#[track_caller]
fn number(value: Scalar, like: DType) -> Tensor {
    let from = value.dtype();
    let fits = from == like
        || like.is_inexact() && from != DType::Bool && !from.is_complex()
        || like.is_complex() && from.is_complex()
        || like.is_int() && from.is_int();
    if fits {
        return Tensor::literal(value.convert(like));
    }
    let why =
        format!("the number {value} does not go with a tensor of {like}; convert one of them");
    let e = Error::dtype("literal", &[from, like], why);
    poison(e.or_at(Source::here()), crate::ir::Aval::new((), like))
}

macro_rules! number_operands {
    ($($t:ty),*) => {$(
        impl ToTensor for $t {
            #[track_caller]
            fn to_tensor(&self, like: DType) -> Tensor {
                number(crate::base::Element::to_scalar(*self), like)
            }
            fn own_dtype(&self) -> DType {
                <$t as crate::base::Element>::DTYPE
            }
        }
    )*};
}
number_operands!(bool, u8, i32, u32, i64, f16, bf16, f32, f64, Complex<f32>, Complex<f64>);

/// Applies an element-wise primitive after broadcasting both operands to their common shape.
#[track_caller]
fn broadcasting(prim: Prim, x: &Tensor, y: &Tensor) -> Tensor {
    if x.shape() == y.shape() || x.aval().weak || y.aval().weak {
        return bind1(prim, &[x, y]);
    }
    let Some(shape) = shape::broadcast(x.shape(), y.shape()) else {
        let why = "they do not broadcast to a common shape";
        let e = Error::shape(prim.rules().name(), &[x.shape(), y.shape()], why);
        return poison(e.or_at(Source::here()), x.aval().clone());
    };
    bind1(prim, &[&fit(x, &shape), &fit(y, &shape)])
}

/// `t` with leading axes repeated, and axes of size one, up to `shape`.
#[track_caller]
fn fit(t: &Tensor, shape: &Shape) -> Tensor {
    let dims: Vec<usize> = (shape.rank() - t.rank()..shape.rank()).collect();
    super::broadcast_in_dim(t, shape, &dims)
}

/// A binary operation of a tensor and anything that goes beside it.
#[track_caller]
pub(crate) fn binary(op: BinaryOp, x: &Tensor, y: &(impl ToTensor + ?Sized)) -> Tensor {
    broadcasting(Binary { op }.into(), x, &y.to_tensor(x.dtype()))
}

/// A comparison of a tensor and anything that goes beside it.
#[track_caller]
pub(crate) fn compare(op: CompareOp, x: &Tensor, y: &(impl ToTensor + ?Sized)) -> Tensor {
    broadcasting(Compare { op }.into(), x, &y.to_tensor(x.dtype()))
}

/// Implements an operator for tensors, owned and lent, with anything that goes beside one on the
/// right; and for literals on the left.
///
/// On the right one implementation serves all, so that the type of `x + 1.0` is known before that
/// of the literal: `(x + 1.0).sqrt()` would not compile otherwise. For the same reason only the
/// types that literals fall back to, `f64` and `i32`, stand on the left. A number takes the dtype
/// of the tensor whichever type it has, so nothing is lost.
macro_rules! operator {
    ($($trait:ident $method:ident $op:ident;)*) => {$(
        operator!(@right $trait $method $op, Tensor, &Tensor);
        operator!(@left $trait $method $op, [f64 i32] Tensor);
        operator!(@left $trait $method $op, [f64 i32] &Tensor);
    )*};
    (@right $trait:ident $method:ident $op:ident, $($lhs:ty),*) => {$(
        impl<T: ToTensor> ops::$trait<T> for $lhs {
            type Output = Tensor;
            #[track_caller]
            fn $method(self, rhs: T) -> Tensor {
                binary(BinaryOp::$op, &self, &rhs)
            }
        }
    )*};
    (@left $trait:ident $method:ident $op:ident, [$($lhs:ident)*] $rhs:ty) => {$(
        impl ops::$trait<$rhs> for $lhs {
            type Output = Tensor;
            #[track_caller]
            fn $method(self, rhs: $rhs) -> Tensor {
                broadcasting(Binary { op: BinaryOp::$op }.into(), &self.to_tensor(rhs.dtype()), &rhs)
            }
        }
    )*};
}
operator! {
    Add add Add;
    Sub sub Sub;
    Mul mul Mul;
    Div div Div;
    Rem rem Rem;
    BitAnd bitand And;
    BitOr bitor Or;
    BitXor bitxor Xor;
}

/// Bits of integers moved to the right: zeros come in from the left of unsigned ones, and the sign of
/// signed ones, as in Rust.
#[track_caller]
fn shift_right(x: &Tensor, y: &impl ToTensor) -> Tensor {
    let unsigned = x.dtype().is_unsigned();
    let op = if unsigned { BinaryOp::ShiftRightLogical } else { BinaryOp::ShiftRightArithmetic };
    binary(op, x, y)
}

macro_rules! shifts {
    ($($lhs:ty),*) => {$(
        impl<T: ToTensor> ops::Shl<T> for $lhs {
            type Output = Tensor;
            #[track_caller]
            fn shl(self, rhs: T) -> Tensor {
                binary(BinaryOp::ShiftLeft, &self, &rhs)
            }
        }
        impl<T: ToTensor> ops::Shr<T> for $lhs {
            type Output = Tensor;
            #[track_caller]
            fn shr(self, rhs: T) -> Tensor {
                shift_right(&self, &rhs)
            }
        }
    )*};
}
shifts!(Tensor, &Tensor);

impl ops::Neg for Tensor {
    type Output = Tensor;
    #[track_caller]
    fn neg(self) -> Tensor {
        bind1(Unary { op: UnaryOp::Neg }, &[&self])
    }
}
impl ops::Neg for &Tensor {
    type Output = Tensor;
    #[track_caller]
    fn neg(self) -> Tensor {
        bind1(Unary { op: UnaryOp::Neg }, &[self])
    }
}
impl ops::Not for Tensor {
    type Output = Tensor;
    #[track_caller]
    fn not(self) -> Tensor {
        bind1(Unary { op: UnaryOp::Not }, &[&self])
    }
}
impl ops::Not for &Tensor {
    type Output = Tensor;
    #[track_caller]
    fn not(self) -> Tensor {
        bind1(Unary { op: UnaryOp::Not }, &[self])
    }
}

macro_rules! assign {
    ($($trait:ident $method:ident $op:ident;)*) => {$(
        impl<T: ToTensor> ops::$trait<T> for Tensor {
            #[track_caller]
            fn $method(&mut self, rhs: T) {
                *self = binary(BinaryOp::$op, self, &rhs);
            }
        }
    )*};
}
assign! {
    AddAssign add_assign Add;
    SubAssign sub_assign Sub;
    MulAssign mul_assign Mul;
    DivAssign div_assign Div;
}

/// The sum of the tensors; of none, the scalar 0.0.
impl<'a> std::iter::Sum<&'a Tensor> for Tensor {
    #[track_caller]
    fn sum<I: Iterator<Item = &'a Tensor>>(iter: I) -> Tensor {
        iter.cloned().sum()
    }
}
impl std::iter::Sum for Tensor {
    #[track_caller]
    fn sum<I: Iterator<Item = Tensor>>(iter: I) -> Tensor {
        let mut sum = None;
        // No closure: it would hide the caller's line.
        for x in iter {
            sum = Some(match sum {
                Some(sum) => sum + x,
                None => x,
            });
        }
        sum.unwrap_or_else(|| Tensor::scalar(0.0))
    }
}
