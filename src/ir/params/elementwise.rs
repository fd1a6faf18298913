//! Parameters of element-wise primitives.

use crate::base::DType;

/// An enum of functions, with the list of them.
macro_rules! functions {
    ($(#[$doc:meta])* $name:ident { $($op:ident,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs)] // the names are the documentation
        pub enum $name { $($op),* }

        impl $name {
            /// Every function.
            pub const ALL: [$name; [$(stringify!($op)),*].len()] = [$($name::$op),*];
        }
    };
}

functions! {
    /// A function of one operand.
    UnaryOp {
        Neg,
        Abs,
        Sign,
        Exp,
        Expm1,
        Log,
        Log1p,
        Sin,
        Cos,
        Tan,
        Asin,
        Acos,
        Atan,
        Sinh,
        Cosh,
        Tanh,
        Asinh,
        Acosh,
        Atanh,
        Sqrt,
        Rsqrt,
        Cbrt,
        Logistic,
        Erf,
        Erfc,
        Floor,
        Ceil,
        Round,
        IsFinite,
        Square,
        Not,
        Real,
        Imag,
        Conj,
        PopulationCount,
        Clz,
    }
}

/// Element-wise function of one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Unary {
    /// Which function.
    pub op: UnaryOp,
}

functions! {
    /// A function of two operands.
    BinaryOp {
        Add,
        Sub,
        Mul,
        Div,
        Rem,
        Max,
        Min,
        Pow,
        Atan2,
        And,
        Or,
        Xor,
        Complex,
        ShiftLeft,
        ShiftRightArithmetic,
        ShiftRightLogical,
    }
}

/// Element-wise function of two operands of the same dtype and shape; a scalar literal goes with
/// any shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Binary {
    /// Which function.
    pub op: BinaryOp,
}

/// A comparison; with a NaN every one but `Ne` is false.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // the names are the documentation
pub enum CompareOp {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

/// Element-wise comparison, with a `bool` result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Compare {
    /// Which comparison.
    pub op: CompareOp,
}

/// `x^n` with a constant integer `n`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct IntegerPow {
    /// The exponent.
    pub n: i32,
}

/// `select(which, on_false, on_true)`, the operand order of JAX's `select_n`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Select;

/// `clamp(lo, x, hi) = min(max(x, lo), hi)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Clamp;

/// Change of dtype.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Convert {
    /// The new dtype.
    pub dtype: DType,
}

/// The same bits as another dtype. To a narrower one the parts of an element are one more last axis,
/// the low ones first; to a wider one the last axis holds the parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BitcastConvert {
    /// The new dtype.
    pub dtype: DType,
}

/// Identity that is stored: nothing is computed anew, or in another kernel, across it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OptimizationBarrier;

/// Identity whose derivative is zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StopGradient;
