//! Reductions over all axes or some, and what is made of them.

use super::axes::{self, Axes};
use super::{float, or_poison, zero};
use crate::base::DType;
use crate::ir::Tensor;
use crate::lax;

/// Three methods for each row `all axis keep(function) = meaning, note, example => result;`: over
/// everything, over some axes, and over some axes that stay with size one. The function takes the
/// tensor and its increasing axes. The example is about `[1, 2, 3]`.
macro_rules! reductions {
    ($($all:ident $axis:ident $keep:ident($f:path) =
       $meaning:literal, $note:literal, $check:literal;)*) => {
        /// Reductions over all axes, over some, and over some that stay with size one.
        impl Tensor {$(
            #[doc = concat!($meaning, " over all axes: a scalar.")]
            ///
            #[doc = $note]
            ///
            /// ```
            /// # use cotangent::{Tensor, jit};
            /// # fn main() -> cotangent::Result<()> {
            #[doc = concat!("let f = jit(|x: Tensor| x.", stringify!($all), "());")]
            /// let y = f.call(vec![1.0, 2.0, 3.0])?;
            #[doc = concat!("assert!(", $check, ");")]
            /// # Ok(())
            /// # }
            /// ```
            #[track_caller]
            pub fn $all(&self) -> Tensor {
                let axes: Vec<usize> = (0..self.rank()).collect();
                $f(self, &axes)
            }

            #[doc = concat!($meaning, " over the given axes, which the result does not have.")]
            ///
            #[doc = $note]
            ///
            /// ```
            /// # use cotangent::{Tensor, jit};
            /// # fn main() -> cotangent::Result<()> {
            #[doc = concat!("let f = jit(|x: Tensor| x.reshape([2, 3]).", stringify!($axis), "(-1));")]
            /// let y = f.call(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0])?;
            /// assert_eq!(y.shape()[..], [2]);
            /// # Ok(())
            /// # }
            /// ```
            ///
            /// # Errors
            /// When an axis is out of range or named twice.
            #[track_caller]
            pub fn $axis(&self, axes: impl Axes) -> Tensor {
                let axes = or_poison!(axes::sorted(stringify!($axis), &axes, self.rank()), self);
                $f(self, &axes)
            }

            #[doc = concat!($meaning, " over the given axes, which stay in the result with size one.")]
            ///
            #[doc = $note]
            ///
            /// ```
            /// # use cotangent::{Tensor, jit};
            /// # fn main() -> cotangent::Result<()> {
            #[doc = concat!("let f = jit(|x: Tensor| x.reshape([2, 3]).", stringify!($keep), "(-1));")]
            /// let y = f.call(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0])?;
            /// assert_eq!(y.shape()[..], [2, 1]);
            /// # Ok(())
            /// # }
            /// ```
            ///
            /// # Errors
            /// When an axis is out of range or named twice.
            #[track_caller]
            pub fn $keep(&self, axes: impl Axes) -> Tensor {
                let axes = or_poison!(axes::sorted(stringify!($keep), &axes, self.rank()), self);
                lax::expand_dims(&$f(self, &axes), &axes)
            }
        )*}
    };
}

reductions! {
    sum sum_axis sum_keep(sum) = "Sum",
        "Of `bool` it counts the true elements, as `i32`; other dtypes are kept. 0 over nothing.",
        "y.item::<f64>()? == 6.0";
    prod prod_axis prod_keep(lax::reduce_prod) = "Product",
        "Of numbers; 1 over nothing. The derivatives are exact where factors are 0, too.",
        "y.item::<f64>()? == 6.0";
    mean mean_axis mean_keep(mean) = "Mean",
        "Of floats and complex numbers (convert integers first); NaN over nothing.",
        "y.item::<f64>()? == 2.0";
    var var_axis var_keep(variance) = "Variance, the mean of the squared deviations from the mean,",
        "Of floats. Divided by the number of elements; `var_ddof` divides by fewer.",
        "(y.item::<f64>()? - 2.0 / 3.0).abs() < 1e-15";
    std std_axis std_keep(deviation) = "Standard deviation, the square root of the variance,",
        "Of floats. Its derivative is NaN where all elements are equal.",
        "(y.item::<f64>()? - (2f64 / 3.0).sqrt()).abs() < 1e-15";
    max max_axis max_keep(lax::reduce_max) = "Largest element",
        "NaN if any is; −∞ (or the least integer) over nothing. Equal elements share the derivative.",
        "y.item::<f64>()? == 3.0";
    min min_axis min_keep(lax::reduce_min) = "Smallest element",
        "NaN if any is; ∞ (or the greatest integer) over nothing. Equal elements share the derivative.",
        "y.item::<f64>()? == 1.0";
    logsumexp logsumexp_axis logsumexp_keep(logsumexp) = "`ln Σ eˣ`",
        "Of floats, without overflow. Over nothing but −∞ it is −∞ with derivative 0; with an ∞ it is \
         ∞ and the derivative in that element is NaN.",
        "(y.item::<f64>()? - 3.4076059644443806).abs() < 1e-12";
    norm norm_axis norm_keep(norm) = "Euclidean norm `√Σx²`",
        "Of floats and complex numbers. Its derivative at 0 is NaN; use `square().sum()` where only the square matters.",
        "(y.item::<f64>()? - 14f64.sqrt()).abs() < 1e-12";
    all all_axis all_keep(all) = "Whether every element is true (or not 0)",
        "A `bool`; true over nothing.",
        "y.item::<bool>()?";
    any any_axis any_keep(any) = "Whether any element is true (or not 0)",
        "A `bool`; false over nothing.",
        "y.item::<bool>()?";
}

#[track_caller]
fn sum(x: &Tensor, axes: &[usize]) -> Tensor {
    if x.dtype() == DType::Bool {
        return lax::reduce_sum(&x.convert(DType::I32), axes);
    }
    if x.dtype().is_half() {
        return sum(&wide(x), axes).convert(x.dtype());
    }
    lax::reduce_sum(x, axes)
}

/// Numbers of half precision, in which a sum of a few hundred is lost, as single precision.
#[track_caller]
fn wide(x: &Tensor) -> Tensor {
    x.convert(DType::F32)
}

/// The number of elements that each result takes in.
fn count(x: &Tensor, axes: &[usize]) -> usize {
    axes.iter().map(|&a| x.shape()[a]).product()
}

#[track_caller]
fn mean(x: &Tensor, axes: &[usize]) -> Tensor {
    if x.dtype().is_half() {
        return mean(&wide(x), axes).convert(x.dtype());
    }
    if !x.dtype().is_complex() {
        or_poison!(float("mean", x), x);
    }
    lax::reduce_sum(x, axes) / count(x, axes) as f64
}

#[track_caller]
fn variance(x: &Tensor, axes: &[usize]) -> Tensor {
    variance_ddof(x, axes, 0)
}

#[track_caller]
fn variance_ddof(x: &Tensor, axes: &[usize], ddof: usize) -> Tensor {
    or_poison!(float("var", x), x);
    if x.dtype().is_half() {
        return variance_ddof(&wide(x), axes, ddof).convert(x.dtype());
    }
    let deviation = x - spread(&mean(x, axes), x, axes);
    let freedom = count(x, axes).saturating_sub(ddof);
    lax::reduce_sum(&lax::square(&deviation), axes) / freedom as f64
}

#[track_caller]
fn deviation(x: &Tensor, axes: &[usize]) -> Tensor {
    lax::sqrt(&variance(x, axes))
}

#[track_caller]
fn norm(x: &Tensor, axes: &[usize]) -> Tensor {
    if x.dtype().is_half() {
        return norm(&wide(x), axes).convert(x.dtype());
    }
    if x.dtype().is_complex() {
        let (re, im) = (lax::real(x), lax::imag(x));
        return lax::sqrt(&lax::reduce_sum(&(lax::square(&re) + lax::square(&im)), axes));
    }
    or_poison!(float("norm", x), x);
    lax::sqrt(&lax::reduce_sum(&lax::square(x), axes))
}

#[track_caller]
fn all(x: &Tensor, axes: &[usize]) -> Tensor {
    lax::reduce_and(&x.convert(DType::Bool), axes)
}

#[track_caller]
fn any(x: &Tensor, axes: &[usize]) -> Tensor {
    lax::reduce_or(&x.convert(DType::Bool), axes)
}

/// A reduction of `x` over `axes`, repeated to the shape of `x`.
#[track_caller]
fn spread(reduced: &Tensor, x: &Tensor, axes: &[usize]) -> Tensor {
    let kept: Vec<usize> = (0..x.rank()).filter(|d| !axes.contains(d)).collect();
    lax::broadcast_in_dim(reduced, x.shape(), &kept)
}

/// The largest elements, as constants of differentiation: shifting by them changes no result of
/// this file, so that derivatives need not go through the maximum.
#[track_caller]
fn shift(x: &Tensor, axes: &[usize]) -> Tensor {
    lax::reduce_max(&lax::stop_gradient(x), axes)
}

#[track_caller]
fn logsumexp(x: &Tensor, axes: &[usize]) -> Tensor {
    or_poison!(float("logsumexp", x), x);
    if x.dtype().is_half() {
        return logsumexp(&wide(x), axes).convert(x.dtype());
    }
    let largest = shift(x, axes);
    let finite = lax::select(&lax::is_finite(&largest), &largest, &zero(x));
    let sum = lax::reduce_sum(&lax::exp(&(x - spread(&finite, x, axes))), axes);
    // The sum is at least 1, but 0 where all elements are −∞.
    let nothing = lax::eq(&sum, &zero(x));
    lax::log(&lax::select(&nothing, &lax::number(x, 1.0), &sum)) + largest
}

/// Variants of the variance.
impl Tensor {
    /// Variance over the given axes divided by the number of elements less `ddof`; `ddof = 1` is
    /// the unbiased estimate from a sample.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| x.var_ddof(0, 1));
    /// assert_eq!(f.call(vec![1.0, 2.0, 3.0])?.item::<f64>()?, 1.0);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When an axis is out of range or named twice, or the dtype is not floating-point.
    #[track_caller]
    pub fn var_ddof(&self, axes: impl Axes, ddof: usize) -> Tensor {
        let axes = or_poison!(axes::sorted("var_ddof", &axes, self.rank()), self);
        variance_ddof(self, &axes, ddof)
    }

    /// Square root of [`var_ddof`](Tensor::var_ddof).
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| x.std_ddof(0, 1));
    /// assert_eq!(f.call(vec![1.0, 5.0, 3.0])?.item::<f64>()?, 2.0);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When an axis is out of range or named twice, or the dtype is not floating-point.
    #[track_caller]
    pub fn std_ddof(&self, axes: impl Axes, ddof: usize) -> Tensor {
        let axes = or_poison!(axes::sorted("std_ddof", &axes, self.rank()), self);
        lax::sqrt(&variance_ddof(self, &axes, ddof))
    }
}

/// Normalisation.
impl Tensor {
    /// `eˣ / Σ eˣ` of floats, the sum over the given axes; without overflow.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| x.softmax(-1));
    /// assert_eq!(f.call(vec![1000.0, 1000.0])?.to_vec::<f64>()?, [0.5, 0.5]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When an axis is out of range or named twice, or the dtype is not floating-point.
    #[track_caller]
    pub fn softmax(&self, axes: impl Axes) -> Tensor {
        let axes = or_poison!(axes::sorted("softmax", &axes, self.rank()), self);
        or_poison!(float("softmax", self), self);
        let e = lax::exp(&(self - spread(&shift(self, &axes), self, &axes)));
        let sum = lax::reduce_sum(&e, &axes);
        &e / spread(&sum, self, &axes)
    }

    /// `x − ln Σ eˣ`, the logarithm of [`softmax`](Tensor::softmax), accurate where that is tiny.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| x.log_softmax(0));
    /// assert_eq!(f.call(vec![0.0, -1000.0])?.to_vec::<f64>()?, [0.0, -1000.0]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When an axis is out of range or named twice, or the dtype is not floating-point.
    #[track_caller]
    pub fn log_softmax(&self, axes: impl Axes) -> Tensor {
        let axes = or_poison!(axes::sorted("log_softmax", &axes, self.rank()), self);
        or_poison!(float("log_softmax", self), self);
        let shifted = self - spread(&shift(self, &axes), self, &axes);
        let sum = lax::reduce_sum(&lax::exp(&shifted), &axes);
        &shifted - spread(&lax::log(&sum), self, &axes)
    }
}

/// Places and running sums.
impl Tensor {
    /// The index of the largest element in row-major order, as `i32`: the first of equals, and a
    /// NaN before all.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| (x.argmax(), x.argmin()));
    /// let (max, min) = f.call(vec![2.0, 5.0, 1.0, 5.0])?;
    /// assert_eq!((max.item::<i32>()?, min.item::<i32>()?), (1, 2));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When there are no elements.
    #[track_caller]
    pub fn argmax(&self) -> Tensor {
        lax::argmax(&self.ravel(), 0, DType::I32)
    }

    /// The index of the smallest element in row-major order, as `i32`; see
    /// [`argmax`](Tensor::argmax).
    ///
    /// # Errors
    /// When there are no elements.
    #[track_caller]
    pub fn argmin(&self) -> Tensor {
        lax::argmin(&self.ravel(), 0, DType::I32)
    }

    /// The index of the largest element along `axis`, as `i32`: the first of equals, and a NaN
    /// before all.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| x.reshape([2, 2]).argmax_axis(1));
    /// assert_eq!(f.call(vec![2.0, 5.0, 1.0, 0.0])?.to_vec::<i32>()?, [1, 0]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the axis is out of range or has no elements.
    #[track_caller]
    pub fn argmax_axis(&self, axis: isize) -> Tensor {
        let axis = or_poison!(axes::axis("argmax", axis, self.rank()), self);
        lax::argmax(self, axis, DType::I32)
    }

    /// The index of the smallest element along `axis`, as `i32`; see
    /// [`argmax_axis`](Tensor::argmax_axis).
    ///
    /// # Errors
    /// When the axis is out of range or has no elements.
    #[track_caller]
    pub fn argmin_axis(&self, axis: isize) -> Tensor {
        let axis = or_poison!(axes::axis("argmin", axis, self.rank()), self);
        lax::argmin(self, axis, DType::I32)
    }

    /// Running sum along `axis`, of numbers.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| x.cumsum(0));
    /// assert_eq!(f.call(vec![1.0, 2.0, 3.0])?.to_vec::<f64>()?, [1.0, 3.0, 6.0]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the axis is out of range.
    #[track_caller]
    pub fn cumsum(&self, axis: isize) -> Tensor {
        let axis = or_poison!(axes::axis("cumsum", axis, self.rank()), self);
        lax::cumsum(self, axis, false)
    }
}
