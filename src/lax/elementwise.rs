//! Element-wise primitives.

use crate::ir::params::*;
use crate::ir::{Tensor, bind1};

/// One function for each row `name Op = meaning, derivative;`, in groups of one set of dtypes.
macro_rules! unary_functions {
    ($($dtypes:literal { $($name:ident $op:ident = $meaning:literal, $derivative:literal;)* })*) => {$($(
        #[doc = $meaning]
        ///
        /// # Shapes
        /// Any; the result has the shape of `x`.
        ///
        /// # Dtypes
        #[doc = $dtypes]
        ///
        /// # Errors
        /// Another dtype.
        ///
        /// # Derivative
        #[doc = $derivative]
        #[track_caller]
        pub fn $name(x: &Tensor) -> Tensor {
            bind1(Unary { op: UnaryOp::$op }, &[x])
        }
    )*)*};
}

unary_functions! {
    "Numbers; the result has the dtype of `x`." {
        neg Neg = "`-x`, element by element.", "−1.";
        square Square = "`x·x`.", "`2x`.";
    }
    "Numbers; the result has the dtype of `x`, or that of the parts of a complex one." {
        abs Abs = "`|x|`.", "The sign of `x`; at 0 it is 1, as in JAX. Of complex `x`, `Re(x̄ ẋ)/|x|`, and 0 at 0.";
    }
    "Real numbers; the result has the dtype of `x`." {
        sign Sign = "−1, 0 or 1; NaN for NaN.", "0.";
    }
    "Floats or complex numbers; the result has the dtype of `x`." {
        exp Exp = "`e^x`.", "`e^x`.";
        expm1 Expm1 = "`e^x − 1`, accurate near 0.", "`e^x`.";
        log Log = "Natural logarithm.", "`1/x`.";
        log1p Log1p = "`ln(1 + x)`, accurate near 0.", "`1/(1 + x)`.";
        sin Sin = "Sine of radians.", "`cos x`.";
        cos Cos = "Cosine of radians.", "`−sin x`.";
        tan Tan = "Tangent of radians.", "`1 + tan² x`.";
        sinh Sinh = "Hyperbolic sine.", "`cosh x`.";
        cosh Cosh = "Hyperbolic cosine.", "`sinh x`.";
        tanh Tanh = "Hyperbolic tangent.", "`(1 − y)(1 + y)` with `y = tanh x`.";
        sqrt Sqrt = "Square root.", "`1/(2√x)`, infinite at 0.";
        rsqrt Rsqrt = "`1/√x`.", "`−y/(2x)` with `y = 1/√x`.";
        logistic Logistic = "`1/(1 + e^−x)`.", "`y·logistic(−x)` with `y = logistic(x)`.";
    }
    "Floats; the result has the dtype of `x`." {
        asin Asin = "Arc sine, in radians.", "`1/√((1 − x)(1 + x))`.";
        acos Acos = "Arc cosine, in radians.", "`−1/√((1 − x)(1 + x))`.";
        atan Atan = "Arc tangent, in radians.", "`1/(1 + x²)`.";
        asinh Asinh = "Inverse hyperbolic sine.", "`1/√(1 + x²)`.";
        acosh Acosh = "Inverse hyperbolic cosine.", "`1/(√(x − 1)·√(x + 1))`.";
        atanh Atanh = "Inverse hyperbolic tangent.", "`1/((1 − x)(1 + x))`.";
        cbrt Cbrt = "Real cube root.", "`1/(3y²)` with `y = ∛x`.";
        erf Erf = "Error function.", "`2/√π·e^(−x²)`.";
        erfc Erfc = "`1 − erf(x)`, accurate for large `x`.", "`−2/√π·e^(−x²)`.";
        floor Floor = "Largest integer not above.", "0.";
        ceil Ceil = "Smallest integer not below.", "0.";
        round Round = "Nearest integer, ties to even.", "0.";
    }
    "Complex numbers; the result has the dtype of the parts." {
        real Real = "The real part.", "The real part of the tangent.";
        imag Imag = "The imaginary part.", "The imaginary part of the tangent.";
    }
    "Complex numbers; the result has the dtype of `x`." {
        conj Conj = "The complex conjugate.", "The conjugate of the tangent.";
    }
    "Floats; the result is `bool`." {
        is_finite IsFinite = "False for infinities and NaN.", "None.";
    }
    "Integers; the result has the dtype of `x`." {
        population_count PopulationCount = "The number of bits that are set.", "None.";
        clz Clz = "The number of zeros before the first bit that is set.", "None.";
    }
    "`bool` and integers; the result has the dtype of `x`." {
        not Not = "Logical (bool) or bitwise (integers) negation.", "None.";
    }
}

/// One function for each row `name Op = meaning, derivative;`, in groups of one set of dtypes.
macro_rules! binary_functions {
    ($params:ident $ops:ident
     $($dtypes:literal { $($name:ident $op:ident = $meaning:literal, $derivative:literal;)* })*) => {$($(
        #[doc = $meaning]
        ///
        /// # Shapes
        /// Both the same, which the result has too; a literal goes with any shape.
        ///
        /// # Dtypes
        #[doc = $dtypes]
        ///
        /// # Errors
        /// Different shapes, different dtypes, or others than those above.
        ///
        /// # Derivative
        #[doc = $derivative]
        #[track_caller]
        pub fn $name(x: &Tensor, y: &Tensor) -> Tensor {
            bind1($params { op: $ops::$op }, &[x, y])
        }
    )*)*};
}

binary_functions! {
    Binary BinaryOp
    "Numbers of one dtype, which the result has." {
        add Add = "Sum.", "1 and 1.";
        sub Sub = "Difference.", "1 and −1.";
        mul Mul = "Product.", "`y` and `x`.";
        div Div = "Quotient; integers round toward zero.", "`1/y` and `−x/y²`.";
        rem Rem = "Remainder of the division rounded toward zero, with the sign of `x`.",
            "1 and minus the rounded quotient.";
    }
    "Any one dtype, which the result has." {
        max Max = "Larger of two; NaN if either is.", "1 to the larger; half to each at ties.";
        min Min = "Smaller of two; NaN if either is.", "1 to the smaller; half to each at ties.";
    }
    "Floats or complex numbers of one dtype, which the result has." {
        pow Pow = "`x^y`.", "`y·x^(y−1)`, 0 at `y = 0`; and `x^y·ln x`, finite at `x = 0`.";
    }
    "Floats of one dtype, which the result has." {
        atan2 Atan2 = "Angle of the point `(y, x)`, in radians: `atan2(x, y)` is that of the slope `x/y`.",
            "`y/(x² + y²)` and `−x/(x² + y²)`.";
    }
    "`f32` or `f64`, both the same; the result is complex, `c64` or `c128`." {
        complex Complex = "The complex number `x + iy`.", "1 and i.";
    }
    "`bool` or integers of one dtype, which the result has." {
        and And = "Logical (bool) or bitwise (integers) and.", "None.";
        or Or = "Logical (bool) or bitwise (integers) or.", "None.";
        xor Xor = "Logical (bool) or bitwise (integers) exclusive or.", "None.";
    }
    "Integers of one dtype, which the result has." {
        shift_left ShiftLeft = "`x·2^y` by moving bits; 0 for `y` from the number of bits on.", "None.";
        shift_right_arithmetic ShiftRightArithmetic = "`⌊x/2^y⌋` by moving bits, the sign coming in from the left.", "None.";
        shift_right_logical ShiftRightLogical = "The bits of `x` moved `y` to the right, zeros coming in from the left.", "None.";
    }
}

binary_functions! {
    Compare CompareOp
    "Any one dtype; the result is `bool`." {
        eq Eq = "`x == y`; false with a NaN.", "None.";
        ne Ne = "`x != y`; true with a NaN.", "None.";
        lt Lt = "`x < y`; false with a NaN.", "None.";
        le Le = "`x <= y`; false with a NaN.", "None.";
        gt Gt = "`x > y`; false with a NaN.", "None.";
        ge Ge = "`x >= y`; false with a NaN.", "None.";
    }
}

/// `x^n` with a constant integer exponent; `x^0` is 1 everywhere.
///
/// # Shapes
/// Any; the result has the shape of `x`.
///
/// # Dtypes
/// Numbers; for a negative `n` floats. The result has the dtype of `x`.
///
/// # Errors
/// Another dtype.
///
/// # Derivative
/// `n·x^(n−1)`, exact at 0.
#[track_caller]
pub fn integer_pow(x: &Tensor, n: i32) -> Tensor {
    bind1(IntegerPow { n }, &[x])
}

/// Element by element `on_true` where `which` holds and `on_false` elsewhere.
///
/// # Shapes
/// Those of `on_true` and `on_false` are the same, which the result has too; `which` has it or is
/// a scalar. Literals go with any shape.
///
/// # Dtypes
/// `which` is `bool`; the others have any one dtype, which the result has.
///
/// # Errors
/// Other shapes or dtypes.
///
/// # Derivative
/// That of the branch taken. What the other branch does, a NaN too, stays out.
#[track_caller]
pub fn select(which: &Tensor, on_true: &Tensor, on_false: &Tensor) -> Tensor {
    bind1(Select, &[which, on_false, on_true])
}

/// `min(max(x, lo), hi)`.
///
/// # Shapes
/// The bounds have the shape of `x` or are scalars; the result has the shape of `x`.
///
/// # Dtypes
/// Numbers of one dtype, which the result has.
///
/// # Errors
/// Other shapes or dtypes.
///
/// # Derivative
/// 1 to `x` strictly between the bounds, and 1 to the bound that holds; at `x = lo` and `x = hi`
/// it is 0, as in JAX.
#[track_caller]
pub fn clamp(lo: &Tensor, x: &Tensor, hi: &Tensor) -> Tensor {
    bind1(Clamp, &[lo, x, hi])
}

/// `x` itself, stored: what it comes from is computed once, in kernels that end here. Any shape and
/// dtype. XLA would otherwise compute cheap operations anew in each kernel that reads them.
///
/// # Derivative
/// 1; the cotangent passes without a barrier.
#[track_caller]
pub fn optimization_barrier(x: &Tensor) -> Tensor {
    bind1(OptimizationBarrier, &[x])
}

/// `x` itself, with derivative zero. Any shape and dtype.
#[track_caller]
pub fn stop_gradient(x: &Tensor) -> Tensor {
    bind1(StopGradient, &[x])
}
