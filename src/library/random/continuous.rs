//! Numbers by a formula of uniform ones.

use super::{between, bounded, check_key, unit};
use crate::base::{DType, Element, Error, Result, Shape};
use crate::ir::Tensor;
use crate::lax::{self, ToTensor};
use crate::library::manipulate::broadcast_as;
use crate::library::{linalg, or_poison};
use std::f64::consts::{PI, SQRT_2};

/// Normal numbers of mean 0 and variance 1, by the inverse of their distribution function.
///
/// # Errors
/// When `key` is no key, or `T` is not a float.
///
/// ```
/// # use cotangent::{Tensor, jit, random};
/// # fn main() -> cotangent::Result<()> {
/// let y = jit(|key: Tensor| random::normal::<f64>(&key, [10_000]).mean()).call(vec![0u32, 0])?;
/// assert!(y.item::<f64>()?.abs() < 0.03);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn normal<T: Element>(key: &Tensor, shape: impl Into<Shape>) -> Tensor {
    let u = or_poison!(unit("normal", key, shape.into(), T::DTYPE), key);
    normal_of(&u)
}

/// Normal numbers of uniform ones.
#[track_caller]
pub(super) fn normal_of(u: &Tensor) -> Tensor {
    // From the first number above −1, so that the result is finite.
    let low = -1.0 + u.dtype().epsilon() / 2.0;
    lax::erf_inv(&(u * (1.0 - low) + low).maximum(low)) * SQRT_2
}

/// Exponential numbers of mean 1.
///
/// # Errors
/// When `key` is no key, or `T` is not a float.
///
/// ```
/// # use cotangent::{Tensor, jit, random};
/// # fn main() -> cotangent::Result<()> {
/// let y = jit(|key: Tensor| random::exponential::<f64>(&key, [10_000]).mean()).call(vec![0u32, 0])?;
/// assert!((y.item::<f64>()? - 1.0).abs() < 0.03);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn exponential<T: Element>(key: &Tensor, shape: impl Into<Shape>) -> Tensor {
    let u = or_poison!(unit("exponential", key, shape.into(), T::DTYPE), key);
    -(-u).log1p()
}

/// Numbers of Gumbel's distribution, `−ln(−ln u)`: the largest of such numbers added to logits falls on
/// each place with the probability of its logit.
///
/// # Errors
/// When `key` is no key, or `T` is not a float.
///
/// ```
/// # use cotangent::{Tensor, jit, random};
/// # fn main() -> cotangent::Result<()> {
/// let y = jit(|key: Tensor| random::gumbel::<f64>(&key, [10_000]).mean()).call(vec![0u32, 0])?;
/// assert!((y.item::<f64>()? - 0.5772).abs() < 0.05);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn gumbel<T: Element>(key: &Tensor, shape: impl Into<Shape>) -> Tensor {
    or_poison!(gumbel_of("gumbel", key, shape.into(), T::DTYPE), key)
}

#[track_caller]
pub(super) fn gumbel_of(op: &str, key: &Tensor, shape: Shape, dtype: DType) -> Result<Tensor> {
    let u = unit(op, key, shape, dtype)?;
    let tiny = smallest(dtype);
    Ok(-(-(u * (1.0 - tiny) + tiny).maximum(tiny).log()).log())
}

/// The smallest positive number with all its digits.
fn smallest(dtype: DType) -> f64 {
    if dtype == DType::F32 { f64::from(f32::MIN_POSITIVE) } else { f64::MIN_POSITIVE }
}

/// One function for each row `name = meaning, example; |u| value;` of uniform numbers between bounds.
macro_rules! by_inverse {
    ($($name:ident = $meaning:literal, $claim:literal; |$dtype:ident| $low:expr, |$u:ident| $value:expr;)*) => {$(
        #[doc = $meaning]
        ///
        /// # Errors
        /// When `key` is no key, or `T` is not a float.
        ///
        /// ```
        /// # use cotangent::{Tensor, jit, random};
        /// # fn main() -> cotangent::Result<()> {
        #[doc = concat!("let f = jit(|key: Tensor| random::", stringify!($name), "::<f64>(&key, [10_000]));")]
        /// let mut y = f.call(vec![0u32, 0])?.to_vec::<f64>()?;
        /// y.sort_by(f64::total_cmp);
        #[doc = concat!("assert!(", $claim, ");")]
        /// # Ok(())
        /// # }
        /// ```
        #[track_caller]
        pub fn $name<T: Element>(key: &Tensor, shape: impl Into<Shape>) -> Tensor {
            let $dtype = T::DTYPE;
            let u = or_poison!(unit(stringify!($name), key, shape.into(), $dtype), key);
            let low: f64 = $low;
            let $u = (u * (1.0 - low) + low).maximum(low);
            $value
        }
    )*};
}

by_inverse! {
    laplace = "Numbers of Laplace's distribution, of density `e^−|x|/2`.",
        "y[5000].abs() < 0.05 && (y[7500] - 2f64.ln()).abs() < 0.05";
        |dtype| -1.0 + dtype.epsilon() / 2.0, |u| u.sign() * (-u.abs()).log1p();
    logistic = "Numbers of the logistic distribution, `ln(u/(1 − u))`.",
        "y[5000].abs() < 0.05 && (y[7500] - 3f64.ln()).abs() < 0.05";
        |dtype| smallest(dtype), |u| u.log() - (-u).log1p();
    cauchy = "Numbers of Cauchy's distribution, of density `1/(π(1 + x²))`.",
        "y[5000].abs() < 0.05 && (y[7500] - 1.0).abs() < 0.05";
        |dtype| dtype.epsilon(), |u| ((u - 0.5) * PI).tan();
}

/// −1 or 1, each with probability ½.
///
/// # Errors
/// When `key` is no key.
///
/// ```
/// # use cotangent::{Tensor, jit, random};
/// # fn main() -> cotangent::Result<()> {
/// let y = jit(|key: Tensor| random::rademacher::<f64>(&key, [4])).call(vec![0u32, 0])?;
/// assert!(y.to_vec::<f64>()?.iter().all(|x| x.abs() == 1.0));
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn rademacher<T: Element>(key: &Tensor, shape: impl Into<Shape>) -> Tensor {
    or_poison!(check_key("rademacher", key), key);
    super::bernoulli(key, 0.5, shape).as_type::<T>() * 2 - 1
}

/// Normal numbers between bounds, numbers or tensors that broadcast to the shape.
///
/// # Derivative
/// In the bounds, of the formula.
///
/// # Errors
/// When `key` is no key, `T` is not a float, or the bounds are of another dtype or do not broadcast.
///
/// ```
/// # use cotangent::{Tensor, jit, random};
/// # fn main() -> cotangent::Result<()> {
/// let f = jit(|key: Tensor| random::truncated_normal::<f64>(&key, [100], -1.0, 2.0));
/// assert!(f.call(vec![0u32, 0])?.to_vec::<f64>()?.iter().all(|&x| -1.0 < x && x < 2.0));
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn truncated_normal<T: Element>(
    key: &Tensor,
    shape: impl Into<Shape>,
    low: impl ToTensor,
    high: impl ToTensor,
) -> Tensor {
    let bounds = [low.to_tensor(T::DTYPE), high.to_tensor(T::DTYPE)];
    let [u, low, high] = or_poison!(bounded("truncated_normal", key, shape.into(), &bounds), key);
    let [a, b] = [&low, &high].map(|bound| (bound / SQRT_2).erf());
    let x = lax::erf_inv(&between(&u, &a, &b)) * SQRT_2;
    // Rounding must not take it out of the bounds.
    let inside = low.stop_gradient().nextafter(f64::INFINITY);
    x.maximum(inside).minimum(high.stop_gradient().nextafter(f64::NEG_INFINITY))
}

/// Numbers whose logarithm is normal with the standard deviation `sigma`, a number or a tensor that
/// broadcasts to the shape.
///
/// # Errors
/// When `key` is no key, `T` is not a float, or `sigma` is of another dtype or does not broadcast.
///
/// ```
/// # use cotangent::{Tensor, jit, random};
/// # fn main() -> cotangent::Result<()> {
/// let y = jit(|key: Tensor| random::lognormal::<f64>(&key, [3], 0.0)).call(vec![0u32, 0])?;
/// assert_eq!(y.to_vec::<f64>()?, [1.0; 3]);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn lognormal<T: Element>(
    key: &Tensor,
    shape: impl Into<Shape>,
    sigma: impl ToTensor,
) -> Tensor {
    let shape = shape.into();
    let sigma = broadcast_as("lognormal", &sigma.to_tensor(T::DTYPE), &shape);
    (normal::<T>(key, shape) * sigma).exp()
}

/// Numbers of Pareto's distribution, of density `b/x^(b+1)` from 1 on, for `b`, a number or a tensor
/// that broadcasts to the shape.
///
/// # Errors
/// When `key` is no key, `T` is not a float, or `b` is of another dtype or does not broadcast.
///
/// ```
/// # use cotangent::{Tensor, jit, random};
/// # fn main() -> cotangent::Result<()> {
/// let y = jit(|key: Tensor| random::pareto::<f64>(&key, [100], 2.0)).call(vec![0u32, 0])?;
/// assert!(y.to_vec::<f64>()?.iter().all(|&x| x >= 1.0));
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn pareto<T: Element>(key: &Tensor, shape: impl Into<Shape>, b: impl ToTensor) -> Tensor {
    let shape = shape.into();
    let b = broadcast_as("pareto", &b.to_tensor(T::DTYPE), &shape);
    (exponential::<T>(key, shape) / b).exp()
}

/// Vectors of a normal distribution with this mean and this covariance, of which the Cholesky factor is
/// taken: one for each element of `shape`.
///
/// # Shapes
/// `mean` has the shape `[n]` and `covariance` `[n, n]`; the result has `shape` and `n` behind.
///
/// # Errors
/// When `key` is no key, or the parameters are of other shapes or dtypes.
///
/// ```
/// # use cotangent::{Tensor, jit, random};
/// # fn main() -> cotangent::Result<()> {
/// let f = jit(|key: Tensor, mean: Tensor, covariance: Tensor| {
///     random::multivariate_normal(&key, [1000], &mean, &covariance).mean_axis(0)
/// });
/// let mean = f.call((vec![0u32, 0], vec![1.0, -1.0], [[1.0, 0.5], [0.5, 2.0]]))?.to_vec::<f64>()?;
/// assert!((mean[0] - 1.0).abs() < 0.1 && (mean[1] + 1.0).abs() < 0.2, "{mean:?}");
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn multivariate_normal(
    key: &Tensor,
    shape: impl Into<Shape>,
    mean: &Tensor,
    covariance: &Tensor,
) -> Tensor {
    or_poison!(parameters(mean, covariance), mean);
    let all: Shape = [&shape.into()[..], mean.shape()].concat().into();
    let u = or_poison!(unit("multivariate_normal", key, all, mean.dtype()), mean);
    normal_of(&u).matmul(linalg::cholesky(covariance).t()) + mean
}

fn parameters(mean: &Tensor, covariance: &Tensor) -> Result<()> {
    let op = "multivariate_normal";
    match (&mean.shape()[..], &covariance.shape()[..]) {
        ([n], [rows, columns]) if n == rows && n == columns => Ok(()),
        _ => {
            let why =
                "the mean is a vector, and the covariance a matrix of as many rows and columns";
            Err(Error::shape(op, &[mean.shape(), covariance.shape()], why))
        }
    }
}
