//! Order: sorting, the largest, quantiles; and running products, maxima and the like.

use super::{axes, one_dtype, or_poison};
use crate::base::{DType, Error, Scalar, Shape};
use crate::ir::{Aval, Tensor};
use crate::lax::{self, ToTensor};

/// Sorting.
impl Tensor {
    /// The elements along `axis`, the smallest in front; equals keep their order, and NaN comes last.
    ///
    /// # Errors
    /// When the axis is out of range.
    ///
    /// ```
    /// # use cotangent::{Tensor, jacfwd, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = |x: Tensor| x.sort(0);
    /// assert_eq!(jit(f).call(vec![3.0, 1.0])?.to_vec::<f64>()?, [1.0, 3.0]);
    /// let j = jit(jacfwd(f)).call(vec![3.0, 1.0])?;
    /// assert_eq!(j.to_vec::<f64>()?, [0.0, 1.0, 1.0, 0.0]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn sort(&self, axis: isize) -> Tensor {
        let axis = or_poison!(axes::axis("sort", axis, self.rank()), self);
        lax::sort(&[self], axis, 1).swap_remove(0)
    }

    /// The places, as `i32`, that the elements along `axis` come from when they are sorted.
    ///
    /// # Errors
    /// When the axis is out of range.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let order = jit(|x: Tensor| x.argsort(0)).call(vec![3.0, 1.0, 3.0])?;
    /// assert_eq!(order.to_vec::<i32>()?, [1, 0, 2]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn argsort(&self, axis: isize) -> Tensor {
        let axis = or_poison!(axes::axis("argsort", axis, self.rank()), self);
        let places = lax::iota(DType::I32, self.shape().clone(), axis);
        lax::sort(&[&lax::stop_gradient(self), &places], axis, 1).swap_remove(1)
    }

    /// The places, as `i32`, where `values` go into a sorted vector so that it stays sorted: before
    /// equals, or with [`searchsorted_right`](Tensor::searchsorted_right) behind them.
    ///
    /// # Shapes
    /// That of `values`, any; `self` is a vector, sorted as by [`sort`](Tensor::sort), with NaN last.
    ///
    /// # Errors
    /// When `self` is no vector, or `values` are of another dtype.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor, v: Tensor| (x.searchsorted(&v), x.searchsorted_right(&v)));
    /// let (left, right) = f.call((vec![1.0, 2.0, 2.0, 5.0], vec![0.0, 2.0, 7.0]))?;
    /// assert_eq!(left.to_vec::<i32>()?, [0, 1, 4]);
    /// assert_eq!(right.to_vec::<i32>()?, [0, 3, 4]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn searchsorted(&self, values: impl ToTensor) -> Tensor {
        search("searchsorted", self, &values.to_tensor(self.dtype()), false)
    }

    /// See [`searchsorted`](Tensor::searchsorted).
    #[track_caller]
    pub fn searchsorted_right(&self, values: impl ToTensor) -> Tensor {
        search("searchsorted_right", self, &values.to_tensor(self.dtype()), true)
    }

    /// The `k` largest elements along the last axis, the largest in front, and their places as `i32`;
    /// of equals the first, and a NaN before all.
    ///
    /// # Errors
    /// When there are fewer than `k` elements, or no axis.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let (top, at) = jit(|x: Tensor| x.top_k(2)).call(vec![1.0, 5.0, 3.0])?;
    /// assert_eq!(top.to_vec::<f64>()?, [5.0, 3.0]);
    /// assert_eq!(at.to_vec::<i32>()?, [1, 2]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn top_k(&self, k: usize) -> (Tensor, Tensor) {
        let axis = or_poison!(axes::axis("top_k", -1, self.rank()), self, |x| (x.clone(), x));
        let n = self.shape()[axis];
        if k > n {
            let why = format!("there are {n} elements along the last axis, and not {k}");
            or_poison!(Err(Error::argument("top_k", why)), self, |x| (x.clone(), x))
        }
        if n == 0 {
            return (self.clone(), lax::convert_element_type(self, DType::I32));
        }
        // From the end, where of equals the first must come last.
        let last = |x: &Tensor| lax::rev(&lax::slice_along(x, axis, (n - k, n), 1), &[axis]);
        let backward = lax::rev(self, &[axis]);
        let places = lax::iota(DType::I32, self.shape().clone(), axis);
        let sorted = lax::sort(&[&backward, &lax::rev(&places, &[axis])], axis, 1);
        (last(&sorted[0]), last(&sorted[1]))
    }

    /// The value below which the fraction `q` of the elements along `axis` lies, between two of them by
    /// linear interpolation, as numpy has it; NaN if any is. `q` is a number, or a tensor of any shape.
    ///
    /// # Shapes
    /// That of `self` without the axis, and the axes of `q` in front.
    ///
    /// # Errors
    /// When the axis is out of range or empty, the elements are not floats, or `q` is a number that is
    /// not between 0 and 1, or a tensor of another dtype. Elements of `q` that are not between 0 and 1
    /// give NaN.
    ///
    /// ```
    /// # use cotangent::{Tensor, grad, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let y = jit(|x: Tensor| x.quantile(0.25, 0)).call(vec![4.0, 1.0, 3.0])?;
    /// assert_eq!(y.item::<f64>()?, 2.0);
    /// let f = |q: Tensor, x: Tensor| x.quantile(q, 0);
    /// let y = jit(f).call((vec![0.0, 0.25], vec![4.0, 1.0, 3.0]))?;
    /// assert_eq!(y.to_vec::<f64>()?, [1.0, 2.0]);
    /// assert_eq!(jit(grad(f)).call((0.25, vec![4.0, 1.0, 3.0]))?.item::<f64>()?, 4.0);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn quantile(&self, q: impl ToTensor, axis: isize) -> Tensor {
        quantile("quantile", self, &q, 1.0, axis)
    }

    /// [`quantile`](Tensor::quantile) of hundredths.
    ///
    /// # Errors
    /// As there; a number has to be between 0 and 100.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let y = jit(|x: Tensor| x.percentile(25, 0)).call(vec![4.0, 1.0, 3.0])?;
    /// assert_eq!(y.item::<f64>()?, 2.0);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn percentile(&self, q: impl ToTensor, axis: isize) -> Tensor {
        quantile("percentile", self, &q, 100.0, axis)
    }

    /// The middle element along `axis`, or the mean of the middle two; NaN if any is.
    ///
    /// # Errors
    /// When the axis is out of range or empty, or the elements are not floats.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let y = jit(|x: Tensor| x.median(0)).call(vec![4.0, 1.0, 3.0, 10.0])?;
    /// assert_eq!(y.item::<f64>()?, 3.5);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn median(&self, axis: isize) -> Tensor {
        self.quantile(0.5, axis)
    }
}

/// The quantile of so many parts of `whole`.
#[track_caller]
fn quantile(op: &str, x: &Tensor, q: &dyn ToTensor, whole: f64, axis: isize) -> Tensor {
    or_poison!(super::float(op, x), x);
    let axis = or_poison!(axes::axis(op, axis, x.rank()), x);
    let n = x.shape()[axis];
    let number = q.is_number().then(|| q.to_tensor(DType::F64).as_literal()).flatten();
    let number = number.map(Scalar::to_f64);
    if n == 0 || number.is_some_and(|q| !(0.0..=whole).contains(&q)) {
        let q = number.map_or(String::new(), |q| format!(" {q}"));
        let why = format!("there is no {op}{q} of {n} elements");
        or_poison!(Err(Error::argument(op, why)), x)
    }
    let sorted = x.sort(axis as isize);
    let last = lax::slice_at(&sorted, axis, n - 1);
    let value = match number {
        Some(q) => {
            let place = q / whole * (n - 1) as f64;
            let at = |place: f64| lax::slice_at(&sorted, axis, place as usize);
            let weight = place - place.floor();
            // An infinite element times zero is none.
            match weight {
                0.0 => at(place),
                _ => at(place.floor()) * (1.0 - weight) + at(place.ceil()) * weight,
            }
        }
        None => {
            let q = q.to_tensor(x.dtype());
            or_poison!(super::one_dtype(op, [x, &q]), x);
            interpolate(&lax::move_axis(&sorted, axis, 0), &(&q / whole))
        }
    };
    last.ne(&last).where_(f64::NAN, value)
}

/// Between two rows of a sorted tensor, where the fractions `q` of the rows are; NaN where there are
/// none.
#[track_caller]
fn interpolate(sorted: &Tensor, q: &Tensor) -> Tensor {
    let last = (sorted.shape()[0] - 1) as f64;
    let place = q * last;
    let low = place.floor();
    let weight = &place - &low;
    let row = |place: Tensor| sorted.take(place.clip(0.0, last).as_type::<i32>(), 0);
    let (below, above) = (row(low.clone()), row(low + 1.0));
    let shape = q.shape().iter().copied().chain(vec![1; sorted.rank() - 1]);
    let wide = |x: &Tensor| x.reshape(shape.clone().collect::<Shape>());
    let weight = wide(&weight);
    let step = &above - &below;
    let finite = step.isfinite();
    let inside = &below + finite.where_(&step, 0.0) * &weight;
    // An infinite element times zero is none.
    let mean = &below * (1.0 - &weight) + above * &weight;
    let value = finite.where_(inside, weight.gt(0.0).where_(mean, &below));
    let inside = q.ge(0.0) & q.le(1.0);
    wide(&inside).where_(value, f64::NAN)
}

/// One method for each row `name reverse(combine) = meaning, example;`.
macro_rules! running {
    ($($name:ident $reverse:ident($combine:expr) = $meaning:literal, $x:literal => $y:literal;)*) => {
        /// Running products, extremes and sums of exponentials.
        impl Tensor {$(
            #[doc = $meaning]
            ///
            /// # Errors
            /// When the axis is out of range, or the elements are not of such a dtype.
            ///
            /// ```
            /// # use cotangent::{Tensor, jit};
            /// # fn main() -> cotangent::Result<()> {
            #[doc = concat!("let y = jit(|x: Tensor| x.", stringify!($name), "(0)).call(vec!", $x, ")?;")]
            #[doc = concat!("assert_eq!(y.to_vec::<f64>()?, ", $y, ");")]
            /// # Ok(())
            /// # }
            /// ```
            #[track_caller]
            pub fn $name(&self, axis: isize) -> Tensor {
                running(stringify!($name), self, axis, false, $combine)
            }

            #[doc = concat!("[`", stringify!($name), "`](Tensor::", stringify!($name), ") from the end.")]
            ///
            /// # Errors
            /// As there.
            #[track_caller]
            pub fn $reverse(&self, axis: isize) -> Tensor {
                running(stringify!($reverse), self, axis, true, $combine)
            }
        )*}
    };
}

running! {
    cumprod cumprod_reverse(|a, b| a * b) =
        "Running product along `axis`, of numbers. Its derivatives are right at zeros, too.",
        "[2.0, 3.0, 4.0]" => "[2.0, 6.0, 24.0]";
    cummax cummax_reverse(|a, b| a.maximum(b)) =
        "Running maximum along `axis`, of numbers; NaN from the first on. Equals share the derivative.",
        "[2.0, 1.0, 4.0]" => "[2.0, 2.0, 4.0]";
    cummin cummin_reverse(|a, b| a.minimum(b)) =
        "Running minimum along `axis`, of numbers; NaN from the first on. Equals share the derivative.",
        "[2.0, 1.0, 4.0]" => "[2.0, 1.0, 1.0]";
    cumlogsumexp cumlogsumexp_reverse(|a, b| a.logaddexp(b)) =
        "Running `ln Σ eˣ` along `axis`, of floats, without overflow.",
        "[f64::NEG_INFINITY, 0.0]" => "[f64::NEG_INFINITY, 0.0]";
}

#[track_caller]
fn running(
    op: &str,
    x: &Tensor,
    axis: isize,
    reverse: bool,
    combine: fn(&Tensor, &Tensor) -> Tensor,
) -> Tensor {
    let axis = or_poison!(axes::axis(op, axis, x.rank()), x);
    if op.starts_with("cumlogsumexp") {
        or_poison!(super::float(op, x), x);
    }
    if x.dtype() == DType::Bool {
        let why = "it takes numbers; use `convert`";
        or_poison!(Err(Error::dtype(op, &[DType::Bool], why)), x)
    }
    let f = |a: &[Tensor], b: &[Tensor]| vec![combine(&a[0], &b[0])];
    lax::associative_scan(f, std::slice::from_ref(x), axis, reverse).swap_remove(0)
}

/// The number of elements of a sorted vector that go before each value, by halving.
#[track_caller]
fn search(op: &str, sorted: &Tensor, values: &Tensor, right: bool) -> Tensor {
    let places = Aval::new(values.shape(), DType::I32);
    if sorted.rank() != 1 || sorted.dtype() != values.dtype() {
        let e = match sorted.rank() {
            1 => one_dtype(op, [sorted, values]).err(),
            _ => Some(Error::shape(op, &[sorted.shape()], "it searches in vectors")),
        };
        or_poison!(e.map_or(Ok(()), Err), lax::full(values.shape(), Scalar::I32(0)))
    }
    let (x, v) = (lax::stop_gradient(sorted), lax::stop_gradient(values));
    let n = x.shape()[0];
    let mut low = lax::zeros_like(&places);
    let mut high = lax::full_like(&places, n as f64);
    // A NaN goes behind all numbers.
    let is_nan = |t: &Tensor| lax::ne(t, t);
    for _ in 0..usize::BITS - n.leading_zeros() {
        let middle = (&low + &high) / 2;
        let at = x.take(&middle, 0);
        let before = match right {
            true => lax::not(&lax::lt(&v, &at)) & (lax::not(&is_nan(&at)) | is_nan(&v)),
            false => lax::lt(&at, &v) | (is_nan(&v) & lax::not(&is_nan(&at))),
        };
        let open = lax::lt(&low, &high);
        low = lax::select(&(&open & &before), &(&middle + 1), &low);
        high = lax::select(&(open & lax::not(&before)), &middle, &high);
    }
    low
}
