//! Functions applied element by element, comparisons and choices.
//!
//! Operands broadcast as numpy does. Wherever a second operand is taken it may be a tensor or a
//! Rust number, which takes the dtype of the tensor.

use super::{common_shape, fit, float, one_dtype, or_poison, zero};
use crate::base::{DType, Element, Error};
use crate::ir::Tensor;
use crate::ir::params::{BinaryOp, CompareOp};
use crate::lax::{self, ToTensor};

/// One method for each row `name(lax function) = meaning, operand => result;`, where the operand
/// and the result make the example.
macro_rules! unary_methods {
    ($($name:ident($lax:ident) = $meaning:literal, $x:literal => $y:literal;)*) => {
        /// Functions of one operand. They keep its shape and dtype.
        impl Tensor {$(
            #[doc = $meaning]
            ///
            /// ```
            /// # use cotangent::{Tensor, jit};
            /// # fn main() -> cotangent::Result<()> {
            #[doc = concat!("let f = jit(|x: Tensor| x.", stringify!($name), "());")]
            #[doc = concat!("let y = f.call(", $x, ")?.item::<f64>()?;")]
            #[doc = concat!("assert!((y - ", $y, ").abs() < 1e-12);")]
            /// # Ok(())
            /// # }
            /// ```
            #[track_caller]
            pub fn $name(&self) -> Tensor {
                lax::$lax(self)
            }
        )*}
    };
}

unary_methods! {
    abs(abs) = "Absolute value of numbers; its derivative at 0 is 1, as in JAX.", "-2.5" => "2.5";
    sign(sign) = "−1, 0 or 1 by the sign of a number, NaN for NaN; its derivative is 0.", "-2.5" => "-1.0";
    square(square) = "`x·x` of numbers.", "-3.0" => "9.0";
    exp(exp) = "`e^x` of floats.", "1.0" => "2.718281828459045";
    expm1(expm1) = "`e^x − 1` of floats, accurate near 0.", "1e-10" => "1.00000000005e-10";
    log(log) = "Natural logarithm of floats; −∞ at 0 and NaN below.", "10.0" => "2.302585092994046";
    log1p(log1p) = "`ln(1 + x)` of floats, accurate near 0.", "1e-10" => "9.9999999995e-11";
    sin(sin) = "Sine of floats, in radians.", "0.5" => "0.479425538604203";
    cos(cos) = "Cosine of floats, in radians.", "0.5" => "0.8775825618903728";
    tan(tan) = "Tangent of floats, in radians.", "0.5" => "0.5463024898437905";
    asin(asin) = "Arc sine of floats, in radians; NaN outside −1 to 1.", "0.5" => "0.5235987755982989";
    acos(acos) = "Arc cosine of floats, in radians; NaN outside −1 to 1.", "0.5" => "1.0471975511965979";
    atan(atan) = "Arc tangent of floats, in radians.", "0.5" => "0.4636476090008061";
    sinh(sinh) = "Hyperbolic sine of floats.", "0.5" => "0.5210953054937474";
    cosh(cosh) = "Hyperbolic cosine of floats.", "0.5" => "1.1276259652063807";
    tanh(tanh) = "Hyperbolic tangent of floats.", "0.5" => "0.46211715726000974";
    asinh(asinh) = "Inverse hyperbolic sine of floats.", "0.5" => "0.48121182505960347";
    acosh(acosh) = "Inverse hyperbolic cosine of floats; NaN below 1.", "2.0" => "1.3169578969248166";
    atanh(atanh) = "Inverse hyperbolic tangent of floats; ±∞ at ±1.", "0.5" => "0.5493061443340548";
    sqrt(sqrt) = "Square root of floats; its derivative at 0 is infinite.", "9.0" => "3.0";
    rsqrt(rsqrt) = "`1/√x` of floats.", "4.0" => "0.5";
    cbrt(cbrt) = "Real cube root of floats.", "-27.0" => "-3.0";
    sigmoid(logistic) = "The logistic function `1/(1 + e^−x)` of floats.", "0.5" => "0.6224593312018546";
    erf(erf) = "Error function of floats.", "0.5" => "0.5204998778130465";
    erfc(erfc) = "`1 − erf(x)` of floats, accurate for large `x`.", "3.0" => "2.209049699858544e-5";
    floor(floor) = "Largest integer not above, as a float; its derivative is 0.", "-2.5" => "-3.0";
    ceil(ceil) = "Smallest integer not below, as a float; its derivative is 0.", "-2.5" => "-2.0";
    round(round) = "Nearest integer, ties to even, as a float; its derivative is 0.", "2.5" => "2.0";
}

/// One method for each row `name(operation) = meaning, call => result;`. The examples are about
/// `[-1, 0, 2]`.
macro_rules! binary_methods {
    ($apply:ident $ops:ident $item:ty;
     $($name:ident($op:ident) = $meaning:literal, $call:literal => $y:literal;)*) => {
        /// Functions of two operands, which broadcast to the shape of the result.
        impl Tensor {$(
            #[doc = $meaning]
            ///
            /// ```
            /// # use cotangent::{Tensor, jit};
            /// # fn main() -> cotangent::Result<()> {
            #[doc = concat!("let f = jit(|x: Tensor| ", $call, ");")]
            /// let y = f.call(vec![-1.0, 0.0, 2.0])?;
            #[doc = concat!("assert_eq!(y.to_vec::<", stringify!($item), ">()?, ", $y, ");")]
            /// # Ok(())
            /// # }
            /// ```
            #[track_caller]
            pub fn $name(&self, y: impl ToTensor) -> Tensor {
                lax::$apply($ops::$op, self, &y)
            }
        )*}
    };
}

binary_methods! {
    binary BinaryOp f64;
    maximum(Max) = "The larger of two, NaN if either is. At ties each operand gets half of the derivative.",
        "x.maximum(0.5)" => "[0.5, 0.5, 2.0]";
    minimum(Min) = "The smaller of two, NaN if either is. At ties each operand gets half of the derivative.",
        "x.minimum(0.5)" => "[-1.0, 0.0, 0.5]";
    rem(Rem) = "Remainder of the division rounded toward zero: it has the sign of `self`, as Rust's `%`.",
        "x.rem(2)" => "[-1.0, 0.0, 0.0]";
    atan2(Atan2) = "Angle in radians of the point with ordinate `self` and abscissa `y`, floats, as Rust's `atan2`.",
        "x.atan2(1.0)" => "[(-1f64).atan(), 0.0, 2f64.atan()]";
}

binary_methods! {
    compare CompareOp bool;
    eq(Eq) = "`self == y` element by element: a `bool` tensor.", "x.eq(0)" => "[false, true, false]";
    ne(Ne) = "`self != y` element by element: a `bool` tensor, true for NaN.", "x.ne(0)" => "[true, false, true]";
    lt(Lt) = "`self < y` element by element: a `bool` tensor.", "x.lt(0)" => "[true, false, false]";
    le(Le) = "`self <= y` element by element: a `bool` tensor.", "x.le(0)" => "[true, true, false]";
    gt(Gt) = "`self > y` element by element: a `bool` tensor.", "x.gt(0)" => "[false, false, true]";
    ge(Ge) = "`self >= y` element by element: a `bool` tensor.", "x.ge(0)" => "[false, true, true]";
}

/// Powers, bounds and choices.
impl Tensor {
    /// `self` to the power `y`: a float tensor, a float, or an integer, for which this is
    /// [`powi`](Tensor::powi).
    ///
    /// With a float exponent the base must be floating-point; NaN where it is negative and the
    /// exponent not an integer. The derivative in the exponent is 0 where the base is 0.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| (x.pow(0.5), x.pow(3)));
    /// let (a, b) = f.call(vec![4.0, 9.0])?;
    /// assert_eq!(a.to_vec::<f64>()?, [2.0, 3.0]);
    /// assert_eq!(b.to_vec::<f64>()?, [64.0, 729.0]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn pow(&self, y: impl ToTensor) -> Tensor {
        let integer = y.is_number() && y.own_dtype().is_int();
        let exponent = if integer { y.to_tensor(DType::I64).as_literal() } else { None };
        match exponent.map(|e| e.to_f64()) {
            Some(n) if n.abs() <= f64::from(i32::MAX) => self.powi(n as i32),
            _ => lax::binary(BinaryOp::Pow, self, &y),
        }
    }

    /// `self` to a constant integer power, of numbers; `0⁰ = 1`.
    ///
    /// Every derivative is exact, also at 0. A negative power of integers is an error.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| x.powi(2) - x.powi(-1));
    /// assert_eq!(f.call(vec![1.0, 2.0])?.to_vec::<f64>()?, [0.0, 3.5]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn powi(&self, n: i32) -> Tensor {
        lax::integer_pow(self, n)
    }

    /// `1/x` of floats.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| x.reciprocal());
    /// assert_eq!(f.call(vec![2.0, -4.0])?.to_vec::<f64>()?, [0.5, -0.25]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn reciprocal(&self) -> Tensor {
        or_poison!(float("reciprocal", self), self);
        lax::number(self, 1.0) / self
    }

    /// `2^x` of floats.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| x.exp2());
    /// assert!((f.call(0.5)?.item::<f64>()? - 2f64.sqrt()).abs() < 1e-12);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn exp2(&self) -> Tensor {
        lax::exp(&(self * std::f64::consts::LN_2))
    }

    /// Logarithm to base 2 of floats.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| x.log2());
    /// assert!((f.call(8.0)?.item::<f64>()? - 3.0).abs() < 1e-12);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn log2(&self) -> Tensor {
        lax::log(self) / std::f64::consts::LN_2
    }

    /// Logarithm to base 10 of floats.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| x.log10());
    /// assert!((f.call(1000.0)?.item::<f64>()? - 3.0).abs() < 1e-12);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn log10(&self) -> Tensor {
        lax::log(self) / std::f64::consts::LN_10
    }

    /// `min(max(self, lo), hi)`: the elements brought between two bounds; NaN stays.
    ///
    /// The derivative in `self` is 1 inside, 0 outside, and ½ at a bound (it is shared with it).
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| x.clip(0.0, 1.0));
    /// assert_eq!(f.call(vec![-2.0, 0.5, 2.0])?.to_vec::<f64>()?, [0.0, 0.5, 1.0]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn clip(&self, lo: impl ToTensor, hi: impl ToTensor) -> Tensor {
        self.maximum(lo).minimum(hi)
    }

    /// `a` where `self`, a `bool` tensor, is true, and `b` elsewhere: numpy's `where(self, a, b)`.
    ///
    /// `a` and `b` are tensors of one dtype or numbers; all three broadcast. The derivative goes to
    /// the element taken. One not taken gets 0; but where its own derivative is infinite or NaN,
    /// reverse mode makes 0·∞ = NaN of it, so keep its argument in the domain
    /// (`c.where_(c.where_(&x, 1.0).log(), 0.0)`).
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| x.gt(0.0).where_(&x * 10.0, -1.0));
    /// assert_eq!(f.call(vec![-2.0, 3.0])?.to_vec::<f64>()?, [-1.0, 30.0]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn where_(&self, a: impl ToTensor, b: impl ToTensor) -> Tensor {
        // Two numbers meet in the dtype of the float among them.
        let first = match (a.is_number(), b.is_number()) {
            (true, true) => a.own_dtype().is_float() || !b.own_dtype().is_float(),
            (a_is_number, _) => !a_is_number,
        };
        let dtype = if first { a.own_dtype() } else { b.own_dtype() };
        let (a, b) = (a.to_tensor(dtype), b.to_tensor(dtype));
        let choice = match self.dtype() {
            DType::Bool => one_dtype("where", [&a, &b]),
            other => Err(Error::dtype("where", &[other], "the condition must be bool")),
        };
        or_poison!(choice, a);
        let shape = or_poison!(common_shape("where", &[self, &a, &b]), a);
        let which = if self.rank() == 0 { self.clone() } else { fit(self, &shape) };
        lax::select(&which, &fit(&a, &shape), &fit(&b, &shape))
    }

    /// The same values with derivative zero.
    ///
    /// ```
    /// # use cotangent::{Tensor, grad, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let slope = jit(grad(|x: Tensor| &x * x.stop_gradient()));
    /// assert_eq!(slope.call(3.0)?.item::<f64>()?, 3.0);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn stop_gradient(&self) -> Tensor {
        lax::stop_gradient(self)
    }
}

/// Dtypes.
impl Tensor {
    /// The values converted to another dtype, given at run time.
    ///
    /// Floats to integers round toward zero; `bool` is 0 or 1; to `bool` every nonzero value (and
    /// NaN) is true. Only from float to float does a derivative pass.
    ///
    /// ```
    /// # use cotangent::{DType, Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| x.convert(DType::I32));
    /// assert_eq!(f.call(vec![-1.5, 2.5])?.to_vec::<i32>()?, [-1, 2]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn convert(&self, dtype: DType) -> Tensor {
        lax::convert_element_type(self, dtype)
    }

    /// The values converted to the dtype of a Rust type; see [`convert`](Tensor::convert).
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let positives = jit(|x: Tensor| x.gt(0.0).as_type::<f32>());
    /// assert_eq!(positives.call(vec![-1.0, 2.0])?.to_vec::<f32>()?, [0.0, 1.0]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn as_type<T: Element>(&self) -> Tensor {
        self.convert(T::DTYPE)
    }

    /// True where the value is neither infinite nor NaN, of floats.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| (x.isfinite(), x.isinf(), x.isnan()));
    /// let (finite, inf, nan) = f.call(vec![1.0, f64::INFINITY, f64::NAN])?;
    /// assert_eq!(finite.to_vec::<bool>()?, [true, false, false]);
    /// assert_eq!(inf.to_vec::<bool>()?, [false, true, false]);
    /// assert_eq!(nan.to_vec::<bool>()?, [false, false, true]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn isfinite(&self) -> Tensor {
        lax::is_finite(self)
    }

    /// True where the value is ∞ or −∞, of floats; see [`isfinite`](Tensor::isfinite).
    #[track_caller]
    pub fn isinf(&self) -> Tensor {
        or_poison!(float("isinf", self), self);
        lax::eq(&lax::abs(self), &lax::number(self, f64::INFINITY))
    }

    /// True where the value is NaN; see [`isfinite`](Tensor::isfinite).
    #[track_caller]
    pub fn isnan(&self) -> Tensor {
        or_poison!(float("isnan", self), self);
        lax::ne(self, self)
    }
}

/// Rectifiers.
impl Tensor {
    /// `max(x, 0)` of numbers; NaN stays. Its derivative at 0 is 0.
    ///
    /// ```
    /// # use cotangent::{Tensor, grad, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| x.relu());
    /// assert_eq!(f.call(vec![-2.0, 3.0])?.to_vec::<f64>()?, [0.0, 3.0]);
    /// assert_eq!(jit(grad(|x: Tensor| x.relu())).call(0.0)?.item::<f64>()?, 0.0);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn relu(&self) -> Tensor {
        lax::select(&lax::le(self, &zero(self)), &zero(self), self)
    }
}
