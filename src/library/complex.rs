//! Complex numbers: parts, conjugate, angle; and the bits of numbers.

use super::{fit, or_poison};
use crate::base::{DType, Element, Error};
use crate::ir::Tensor;
use crate::ir::params::BinaryOp;
use crate::lax::{self, ToTensor};

/// Parts of complex numbers. Of real numbers the real part is themselves and the imaginary part 0.
///
/// A complex tensor comes of complex arguments, of [`Tensor::complex`], of a product with
/// `Complex::<f64>::I`, or of [`fft`](crate::fft::fft). [`Differentiated::holomorphic`] says what derivatives of
/// complex functions mean.
///
/// [`Differentiated::holomorphic`]: crate::Differentiated::holomorphic
impl Tensor {
    /// `re + i·im`, of `f32` or `f64`, which broadcast.
    ///
    /// ```
    /// # use cotangent::{Complex, Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| Tensor::complex(&x, &x * 2.0).square());
    /// assert_eq!(f.call(1.0)?.item::<Complex<f64>>()?, Complex::new(-3.0, 4.0));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the parts are not of one of these dtypes, or do not broadcast.
    #[track_caller]
    pub fn complex(re: impl ToTensor, im: impl ToTensor) -> Tensor {
        let like = if re.is_number() { im.own_dtype() } else { re.own_dtype() };
        lax::binary(BinaryOp::Complex, &re.to_tensor(like), &im)
    }

    /// The real part.
    ///
    /// ```
    /// # use cotangent::{Complex, Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|z: Tensor| (z.real(), z.imag(), z.conj(), z.angle()));
    /// let (re, im, conj, angle) = f.call(Complex::new(0.0, 2.0))?;
    /// assert_eq!((re.item::<f64>()?, im.item::<f64>()?), (0.0, 2.0));
    /// assert_eq!(conj.item::<Complex<f64>>()?, Complex::new(0.0, -2.0));
    /// assert!((angle.item::<f64>()? - std::f64::consts::FRAC_PI_2).abs() < 1e-15);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn real(&self) -> Tensor {
        lax::real_part(self)
    }

    /// The imaginary part.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// assert_eq!(jit(|x: Tensor| x.imag()).call(3.0)?.item::<f64>()?, 0.0);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn imag(&self) -> Tensor {
        if self.dtype().is_complex() { lax::imag(self) } else { lax::zeros_like(self.aval()) }
    }

    /// The complex conjugate.
    ///
    /// ```
    /// # use cotangent::{Complex, Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|z: Tensor| (&z * z.conj()).real());
    /// assert_eq!(f.call(Complex::new(3.0, 4.0))?.item::<f64>()?, 25.0);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn conj(&self) -> Tensor {
        lax::conjugate(self)
    }

    /// The angle in radians of a number in the complex plane.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let angle = jit(|x: Tensor| x.angle()).call(-1.0)?.item::<f64>()?;
    /// assert_eq!(angle, std::f64::consts::PI);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn angle(&self) -> Tensor {
        self.imag().atan2(self.real())
    }
}

/// Bits of integers and floats. They have no derivatives.
impl Tensor {
    /// The number of bits of integers that are set.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| (x.population_count(), x.leading_zeros()));
    /// let (ones, zeros) = f.call(vec![0u32, 1, 255])?;
    /// assert_eq!(ones.to_vec::<u32>()?, [0, 1, 8]);
    /// assert_eq!(zeros.to_vec::<u32>()?, [32, 31, 24]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn population_count(&self) -> Tensor {
        lax::population_count(self)
    }

    /// The number of zeros before the first bit of integers that is set.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// assert_eq!(jit(|x: Tensor| x.leading_zeros()).call(1u8)?.item::<u8>()?, 7);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn leading_zeros(&self) -> Tensor {
        lax::clz(self)
    }

    /// The bits as another dtype of the same or another width; see [`lax::bitcast_convert_type`].
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| x.bitcast::<u32>());
    /// assert_eq!(f.call(1.0f32)?.item::<u32>()?, 1.0f32.to_bits());
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn bitcast<T: Element>(&self) -> Tensor {
        lax::bitcast_convert_type(self, T::DTYPE)
    }

    /// The next number after `self` in the direction of `y`, of `f32` or `f64`; the derivative is 0.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| (x.nextafter(2.0), x.nextafter(f64::NEG_INFINITY)));
    /// let (above, below) = f.call(1.0)?;
    /// assert_eq!(above.item::<f64>()?, 1.0 + f64::EPSILON);
    /// assert_eq!(below.item::<f64>()?, 1.0 - f64::EPSILON / 2.0);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the operands are of other dtypes or do not broadcast.
    #[track_caller]
    pub fn nextafter(&self, y: impl ToTensor) -> Tensor {
        let [x, y] = super::operands("nextafter", [self, &y]);
        let word = match x.dtype() {
            DType::F32 => DType::I32,
            DType::F64 => DType::I64,
            other => {
                or_poison!(Err(Error::dtype("nextafter", &[other], "it takes f32 or f64")), self)
            }
        };
        let shape = if x.aval().weak { y.shape() } else { x.shape() };
        let (x, y) = (fit_number(&x, shape), fit_number(&y, shape));
        let bits = lax::bitcast_convert_type(&x, word);
        let zero = lax::zeros_like(x.aval());
        // Away from 0 the bits of a number grow, whatever its sign.
        let up = lax::lt(&x, &y);
        let away = lax::eq(&up, &lax::gt(&x, &zero));
        let one = lax::full_like(bits.aval(), 1.0);
        let moved = bits + lax::select(&away, &one, &-&one);
        // The smallest number on the side of `y`: the sign bit stands alone in the least integer.
        let negative = lax::full_like(one.aval(), f64::NEG_INFINITY) + &one;
        let at_zero = lax::select(&up, &one, &negative);
        let moved = lax::select(&lax::eq(&x, &zero), &at_zero, &moved);
        let next = lax::select(&lax::eq(&x, &y), &y, &lax::bitcast_convert_type(&moved, x.dtype()));
        let ordered = lax::and(&lax::eq(&x, &x), &lax::eq(&y, &y));
        lax::select(&ordered, &next, &lax::stop_gradient(&(x + y)))
    }
}

/// A number repeated to a shape; tensors have it already.
#[track_caller]
fn fit_number(x: &Tensor, shape: &crate::base::Shape) -> Tensor {
    if x.aval().weak { lax::broadcast(x, shape) } else { fit(x, shape) }
}
