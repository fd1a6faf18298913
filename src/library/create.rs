//! Arrays from nothing: constants, ranges, identities.
//!
//! They are associated functions that take the element type as a parameter or from their values:
//! `Tensor::zeros::<f32>([2, 3])`, `Tensor::arange(0..5)`. A derived pattern such as the identity
//! is written as a comparison of indices, never as a table of numbers, so that it costs nothing
//! until it is needed and the optimiser can see it.

use super::or_poison;
use crate::base::{DType, Element, Error, HostArray, Result, Scalar, Shape, Source};
use crate::ir::{Aval, Tensor, poison, trace};
use crate::lax::{self, ToTensor};
use ndarray::{ArrayBase, Data, Dimension};
use std::ops::Range;
use std::sync::Arc;

/// Arrays that [`Tensor::from_array`] takes: `ndarray`'s, vectors, slices and [`HostArray`].
pub trait ToHostArray {
    /// A copy of the values with their shape.
    ///
    /// # Errors
    /// When the values cannot be fetched.
    fn to_host_array(&self) -> Result<HostArray>;
}

impl ToHostArray for HostArray {
    fn to_host_array(&self) -> Result<HostArray> {
        Ok(self.clone())
    }
}
impl<T: Element, S: Data<Elem = T>, D: Dimension> ToHostArray for ArrayBase<S, D> {
    fn to_host_array(&self) -> Result<HostArray> {
        let values: Vec<T> = self.iter().copied().collect();
        HostArray::from_values(self.shape(), &values)
    }
}
impl<T: Element> ToHostArray for [T] {
    fn to_host_array(&self) -> Result<HostArray> {
        HostArray::from_values(self.len(), self)
    }
}
impl<T: Element> ToHostArray for Vec<T> {
    fn to_host_array(&self) -> Result<HostArray> {
        self.as_slice().to_host_array()
    }
}
impl<T: Element, const N: usize> ToHostArray for [T; N] {
    fn to_host_array(&self) -> Result<HostArray> {
        self.as_slice().to_host_array()
    }
}
impl<A: ToHostArray + ?Sized> ToHostArray for &A {
    fn to_host_array(&self) -> Result<HostArray> {
        (**self).to_host_array()
    }
}

/// Constants.
impl Tensor {
    /// A constant array, written into the program: `ndarray` arrays, vectors, slices.
    ///
    /// Give large or changing arrays as arguments instead: constants are compiled into the
    /// executable.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let weights = ndarray::array![[1.0, 2.0], [3.0, 4.0]];
    /// let f = jit(move |x: Tensor| Tensor::from_array(&weights).matmul(&x));
    /// assert_eq!(f.call(vec![1.0, 1.0])?.to_vec::<f64>()?, [3.0, 7.0]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn from_array(values: impl ToHostArray) -> Tensor {
        match values.to_host_array() {
            Ok(array) => trace::constant(Arc::new(array)),
            Err(e) => poison(e.or_at(Source::here()), Aval::new((), DType::F64)),
        }
    }

    /// An array filled with 0 (or `false`).
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| x + Tensor::zeros::<f64>([2, 1]));
    /// assert_eq!(f.call(vec![1.0, 2.0])?.to_vec::<f64>()?, [1.0, 2.0, 1.0, 2.0]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn zeros<T: Element>(shape: impl Into<Shape>) -> Tensor {
        lax::full(shape, Scalar::from_f64(0.0, T::DTYPE))
    }

    /// An array filled with 1 (or `true`).
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| x + Tensor::ones::<f64>(3));
    /// assert_eq!(f.call(1.0)?.to_vec::<f64>()?, [2.0, 2.0, 2.0]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn ones<T: Element>(shape: impl Into<Shape>) -> Tensor {
        lax::full(shape, Scalar::from_f64(1.0, T::DTYPE))
    }

    /// An array filled with one value.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| x + Tensor::full(3, 0.5));
    /// assert_eq!(f.call(1.0)?.to_vec::<f64>()?, [1.5, 1.5, 1.5]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn full<T: Element>(shape: impl Into<Shape>, value: T) -> Tensor {
        lax::full(shape, value.to_scalar())
    }

    /// Zeros of the shape and dtype of `self`.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| (x.zeros_like(), x.ones_like(), x.full_like(7)));
    /// let (a, b, c) = f.call(vec![2.0, f64::NAN])?;
    /// assert_eq!(a.to_vec::<f64>()?, [0.0, 0.0]);
    /// assert_eq!(b.to_vec::<f64>()?, [1.0, 1.0]);
    /// assert_eq!(c.to_vec::<f64>()?, [7.0, 7.0]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn zeros_like(&self) -> Tensor {
        lax::zeros_like(self.aval())
    }

    /// Ones of the shape and dtype of `self`; see [`zeros_like`](Tensor::zeros_like).
    #[track_caller]
    pub fn ones_like(&self) -> Tensor {
        lax::full_like(self.aval(), 1.0)
    }

    /// One value in the shape and dtype of `self`; see [`zeros_like`](Tensor::zeros_like).
    #[track_caller]
    pub fn full_like(&self, value: impl ToTensor) -> Tensor {
        value.to_tensor(self.dtype()).broadcast_to(self.shape())
    }
}

/// Ranges.
impl Tensor {
    /// The numbers of a range in steps of one.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| x * Tensor::arange(1.0..4.0));
    /// assert_eq!(f.call(10.0)?.to_vec::<f64>()?, [10.0, 20.0, 30.0]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn arange<T: Element>(range: Range<T>) -> Tensor {
        let one = T::from_scalar(Scalar::from_f64(1.0, T::DTYPE));
        Tensor::arange_step(range, one)
    }

    /// The numbers `start, start + step, ...` of a range, which do not reach its end.
    ///
    /// The step may be negative. With a fractional step the rounding of `(end − start)/step`
    /// decides about the last number, so prefer [`linspace`](Tensor::linspace).
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| x + Tensor::arange_step(9.0..0.0, -3.0));
    /// assert_eq!(f.call(1.0)?.to_vec::<f64>()?, [10.0, 7.0, 4.0]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the step is 0 or the range is not finite, or of `bool`.
    #[track_caller]
    pub fn arange_step<T: Element>(range: Range<T>, step: T) -> Tensor {
        let [from, to, by] = [range.start, range.end, step].map(|v| v.to_scalar().to_f64());
        let n = ((to - from) / by).ceil().max(0.0);
        if by == 0.0 || !(to - from).is_finite() || T::DTYPE == DType::Bool {
            let why = format!("no numbers of {} from {from} to {to} by {by}", T::DTYPE);
            let e = Error::argument("arange", why);
            return poison(e.or_at(Source::here()), Aval::new(0, T::DTYPE));
        }
        let mut numbers = lax::iota(T::DTYPE, n as usize, 0);
        if by != 1.0 {
            numbers *= Tensor::scalar(step);
        }
        if from == 0.0 { numbers } else { numbers + Tensor::scalar(range.start) }
    }

    /// `n` floats at equal distances from `start` to `end`, both included.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| x * Tensor::linspace(0.0, 1.0, 5));
    /// assert_eq!(f.call(1.0)?.to_vec::<f64>()?, [0.0, 0.25, 0.5, 0.75, 1.0]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the bounds are not floats.
    #[track_caller]
    pub fn linspace<T: Element>(start: T, end: T, n: usize) -> Tensor {
        if !T::DTYPE.is_float() {
            let e = Error::dtype("linspace", &[T::DTYPE], "it takes floats");
            return poison(e.or_at(Source::here()), Aval::new(n, T::DTYPE));
        }
        // Weighted so that both ends are exact.
        let part = lax::iota(T::DTYPE, n, 0) / n.saturating_sub(1).max(1) as f64;
        (1.0 - &part) * Tensor::scalar(start) + part * Tensor::scalar(end)
    }
}

/// Patterns.
impl Tensor {
    /// The identity matrix of size `n`.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| x * Tensor::eye::<f64>(2));
    /// assert_eq!(f.call(3.0)?.to_vec::<f64>()?, [3.0, 0.0, 0.0, 3.0]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn eye<T: Element>(n: usize) -> Tensor {
        lax::delta(T::DTYPE, [n, n], 0, 1)
    }

    /// The `n × m` matrix with ones on the diagonal `k`: above the main one if positive.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| x * Tensor::eye_with::<f64>(2, 3, 1));
    /// assert_eq!(f.call(1.0)?.to_vec::<f64>()?, [0.0, 1.0, 0.0, 0.0, 0.0, 1.0]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn eye_with<T: Element>(n: usize, m: usize, k: isize) -> Tensor {
        if k == 0 {
            return lax::delta(T::DTYPE, [n, m], 0, 1);
        }
        let (i, j) = indices(&Shape::from([n, m]), k);
        lax::eq(&i, &j).as_type::<T>()
    }

    /// The identity matrix of size `n`: [`eye`](Tensor::eye) under numpy's other name.
    #[track_caller]
    pub fn identity<T: Element>(n: usize) -> Tensor {
        Tensor::eye::<T>(n)
    }

    /// The `n × m` matrix with ones on and below the diagonal `k`.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| x * Tensor::tri::<f64>(2, 3, 0));
    /// assert_eq!(f.call(1.0)?.to_vec::<f64>()?, [1.0, 0.0, 0.0, 1.0, 1.0, 0.0]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn tri<T: Element>(n: usize, m: usize, k: isize) -> Tensor {
        lower_triangle(&Shape::from([n, m]), k).as_type::<T>()
    }

    /// For every index in `self` (integers) a row of `n` numbers: 1 at that index, 0 elsewhere. An
    /// index outside `0..n` gives zeros.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|i: Tensor| i.one_hot::<f32>(3));
    /// assert_eq!(f.call(vec![2, 0])?.to_vec::<f32>()?, [0.0, 0.0, 1.0, 1.0, 0.0, 0.0]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When `self` is not of integers.
    #[track_caller]
    pub fn one_hot<T: Element>(&self, n: usize) -> Tensor {
        or_poison!(integers("one_hot", self), self);
        // More columns than a `u8` counts must not wrap around.
        let given = if self.dtype() == DType::U8 { self.convert(DType::I32) } else { self.clone() };
        let shape = self.shape().with_axis(self.rank(), n);
        let dims: Vec<usize> = (0..self.rank()).collect();
        let column = lax::iota(given.dtype(), &shape, self.rank());
        lax::eq(&lax::broadcast_in_dim(&given, &shape, &dims), &column).as_type::<T>()
    }
}

/// An error unless `x` holds integers.
pub(super) fn integers(op: &str, x: &Tensor) -> Result<()> {
    if x.dtype().is_int() {
        return Ok(());
    }
    Err(Error::dtype(op, &[x.dtype()], "indices must be integers; convert with `as_type::<i32>()`"))
}

/// The row index plus `k` and the column index, along the last two axes.
#[track_caller]
fn indices(shape: &Shape, k: isize) -> (Tensor, Tensor) {
    let column = shape.rank().saturating_sub(1);
    // Beyond the corners nothing changes, and the sum must not overflow.
    let limit = shape.iter().max().map_or(0, |&n| n as isize);
    let k = k.clamp(-limit, limit);
    let row = lax::iota(DType::I32, shape, column.saturating_sub(1));
    let row = if k == 0 { row } else { &row + lax::number(&row, k as f64) };
    (row, lax::iota(DType::I32, shape, column))
}

/// True on and below the diagonal `k` of the last two axes.
#[track_caller]
pub(super) fn lower_triangle(shape: &Shape, k: isize) -> Tensor {
    let (row, column) = indices(shape, k);
    lax::ge(&row, &column)
}
