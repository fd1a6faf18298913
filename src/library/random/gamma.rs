//! Numbers of the gamma distribution and of those made of it.
//!
//! The method is that of G. Marsaglia and W. W. Tsang ("A simple method for generating gamma variables",
//! 2000): with `d = a − 1/3` and `c = 1/(3√d)`, of normal `x` and uniform `u`, `d (1 + cx)³` is taken if
//! `ln u < x²/2 + d (1 − v + ln v)` for `v = (1 + cx)³ > 0`. For `a < 1`, a number for `a + 1` is
//! multiplied with `u^(1/a)`. Each element has a key of its own.
//!
//! The derivative in `a` is that of the inverse of the distribution function `P(a, x)`,
//! `∂x/∂a = −∂ₐP(a, x) / p(x)`.

use super::continuous::normal_of;
use super::{check_key, split, subkeys, unit_of, words};
use crate::base::{DType, Error, Result, Scalar, Shape};
use crate::ir::params::{Special, SpecialOp};
use crate::ir::{Tensor, bind1};
use crate::lax::{self, ToTensor};
use crate::library::manipulate::broadcast_as;
use crate::library::or_poison;

type Keys = [Tensor; 2];

/// True if any element is.
#[track_caller]
fn any(flags: &Tensor) -> Tensor {
    lax::reduce_or(flags, &[0])
}

/// A uniform number of each key.
#[track_caller]
fn uniform_of(keys: &Keys, like: &Tensor) -> Result<Tensor> {
    unit_of("gamma", subkeys(keys, 0), like.dtype())
}

/// `x` and `v = 1 + cx > 0` of normal `x`, drawn anew until it is.
#[track_caller]
fn positive(keys: Keys, c: &Tensor) -> Result<[Tensor; 2]> {
    let zero = lax::zeros_like(c.aval());
    let [k0, k1] = keys;
    let init = [k0, k1, zero.clone(), &zero - 1.0];
    let state = lax::while_with(
        &init,
        |state| Ok(any(&state[3].le(0.0))),
        |state| {
            let keys = [state[0].clone(), state[1].clone()];
            let open = state[3].le(0.0);
            let drawn = normal_of(&uniform_of(&subkeys(&keys, 1), c)?);
            let x = lax::select(&open, &drawn, &state[2]);
            let v = lax::select(&open, &(&drawn * c + 1.0), &state[3]);
            let [k0, k1] = subkeys(&keys, 0);
            Ok(vec![k0, k1, x, v])
        },
    )?;
    Ok([state[2].clone(), state[3].clone()])
}

/// For each of a vector of parameters a number for `a`, or for `a + 1` where `a < 1`, and the logarithm
/// of what it must be multiplied with then, or 0.
#[track_caller]
fn marsaglia(key: &Tensor, a: &Tensor) -> Result<[Tensor; 2]> {
    let keys = words(key, a.size());
    let large = a.ge(1.0);
    let d = lax::select(&large, a, &(a + 1.0)) - 1.0 / 3.0;
    let c = 1.0 / 3.0 / d.sqrt();
    // While a number is refused, all elements go on drawing; those that are done keep theirs.
    let [k0, k1] = subkeys(&keys, 0);
    let init = [k0, k1, lax::full_like(a.aval(), 1.0), lax::full(a.shape(), Scalar::Bool(true))];
    let state = lax::while_with(
        &init,
        |state| Ok(any(&state[3])),
        |state| {
            let keys = [state[0].clone(), state[1].clone()];
            let [x, v] = positive(subkeys(&keys, 1), &c)?;
            let u = uniform_of(&subkeys(&keys, 2), a)?;
            let (x, v) = (x.square(), v.powi(3));
            let refused =
                u.ge(1.0 - x.square() * 0.0331) & u.log().ge(&x * 0.5 + &d * (1.0 - &v + v.log()));
            let v = lax::select(&state[3], &v, &state[2]);
            let [k0, k1] = subkeys(&keys, 0);
            Ok(vec![k0, k1, v, &state[3] & refused])
        },
    )?;
    let u = uniform_of(&subkeys(&keys, 1), a)?;
    let boost = lax::select(&large, &lax::zeros_like(a.aval()), &((-u).log1p() / a));
    Ok([d * &state[2], boost])
}

/// The logarithms of numbers for each of these parameters.
#[track_caller]
fn log_numbers(key: &Tensor, a: &Tensor) -> Result<Tensor> {
    check_key("gamma", key)?;
    if !matches!(a.dtype(), DType::F32 | DType::F64) {
        return Err(Error::dtype("gamma", &[a.dtype()], "there are random f32 and f64"));
    }
    if a.size() == 0 {
        return Ok(a.clone());
    }
    let draw = |ins: &[Tensor]| {
        let [number, boost] = marsaglia(key, &lax::reshape(&ins[0], [a.size()]))?;
        Ok(vec![lax::reshape(&(number.log() + boost), a.shape())])
    };
    let rule = |a: &[Tensor], log_x: &[Tensor], tangent: &[Tensor]| {
        Ok(vec![&tangent[0] * log_slope(&a[0], &log_x[0])])
    };
    Ok(lax::implicit_with(std::slice::from_ref(a), draw, rule)?.swap_remove(0))
}

/// `∂ ln x/∂a = −∂ₐP(a, x) / (x p(x))`. For small `x`, where `P = xᵃ/Γ(a + 1)`, it is
/// `(ψ(a + 1) − ln x)/a`.
#[track_caller]
fn log_slope(a: &Tensor, log_x: &Tensor) -> Tensor {
    let tiny = log_x.lt(a.dtype().epsilon().ln());
    let safe = lax::select(&tiny, &lax::zeros_like(a.aval()), log_x);
    let x = safe.exp();
    let log_density = a * &safe - &x - lax::lgamma(a);
    let far = -bind1(Special { op: SpecialOp::Igamma(1) }, &[a, &x]) / log_density.exp();
    let near = (lax::digamma(&(a + 1.0)) - log_x) / a;
    lax::select(&tiny, &near, &far)
}

/// One tensor of the shape for a parameter.
#[track_caller]
fn parameter(op: &str, a: &dyn ToTensor, shape: &Shape) -> Tensor {
    broadcast_as(op, &a.to_tensor(a.own_dtype()), shape)
}

/// Numbers of the gamma distribution, of density `x^(a−1) e^−x / Γ(a)`, for `a`, a number or a tensor of
/// floats that broadcasts to the shape; of the dtype of `a`.
///
/// Where `a` is so small that they fall below all positive numbers, [`loggamma`] has their logarithms.
///
/// # Derivative
/// In `a`, of the inverse of the distribution function.
///
/// # Errors
/// When `key` is no key, `a` is not of `f32` or `f64`, or does not broadcast.
///
/// ```
/// # use cotangent::{Tensor, jit, random};
/// # fn main() -> cotangent::Result<()> {
/// let f = jit(|key: Tensor, a: Tensor| random::gamma(&key, [10_000], a).mean());
/// assert!((f.call((vec![0u32, 0], 2.5))?.item::<f64>()? - 2.5).abs() < 0.05);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn gamma(key: &Tensor, shape: impl Into<Shape>, a: impl ToTensor) -> Tensor {
    loggamma(key, shape, a).exp()
}

/// The logarithms of numbers of the gamma distribution, see [`gamma()`].
///
/// # Errors
/// When `key` is no key, `a` is not of `f32` or `f64`, or does not broadcast.
///
/// ```
/// # use cotangent::{Tensor, jit, random};
/// # fn main() -> cotangent::Result<()> {
/// let y = jit(|key: Tensor| random::loggamma(&key, [3], 1e-3)).call(vec![0u32, 0])?;
/// assert!(y.to_vec::<f64>()?.iter().all(|x| x.is_finite()));
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn loggamma(key: &Tensor, shape: impl Into<Shape>, a: impl ToTensor) -> Tensor {
    let a = parameter("gamma", &a, &shape.into());
    or_poison!(log_numbers(key, &a), a)
}

/// Numbers of the beta distribution, of density `x^(a−1) (1 − x)^(b−1) / B(a, b)`, for `a` and `b`,
/// numbers or tensors of floats of one dtype that broadcast to the shape.
///
/// # Derivative
/// In the parameters, of the gamma numbers that it is made of.
///
/// # Errors
/// When `key` is no key, or the parameters are of different dtypes or do not broadcast.
///
/// ```
/// # use cotangent::{Tensor, jit, random};
/// # fn main() -> cotangent::Result<()> {
/// let y = jit(|key: Tensor| random::beta(&key, [10_000], 2.0, 6.0).mean()).call(vec![0u32, 0])?;
/// assert!((y.item::<f64>()? - 0.25).abs() < 0.01);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn beta(key: &Tensor, shape: impl Into<Shape>, a: impl ToTensor, b: impl ToTensor) -> Tensor {
    let shape = shape.into();
    let dtype = if a.is_number() { b.own_dtype() } else { a.own_dtype() };
    let (a, b) = (a.to_tensor(dtype), b.to_tensor(dtype));
    let (first, second) = split(key);
    let (x, y) = (loggamma(&first, shape.clone(), a), loggamma(&second, shape, b));
    let largest = x.maximum(&y).stop_gradient();
    let (x, y) = ((x - &largest).exp(), (y - largest).exp());
    &x / (&x + y)
}

/// Probabilities of Dirichlet's distribution, one vector for each element of the shape, for the vector
/// `alpha` of floats.
///
/// # Shapes
/// `shape` with that of `alpha` behind; along the last axis the result adds up to 1.
///
/// # Errors
/// When `key` is no key, or `alpha` is no vector of floats.
///
/// ```
/// # use cotangent::{Tensor, jit, random};
/// # fn main() -> cotangent::Result<()> {
/// let f = jit(|key: Tensor, alpha: Tensor| random::dirichlet(&key, [2], &alpha).sum_axis(1));
/// let sums = f.call((vec![0u32, 0], vec![0.5, 1.0, 2.0]))?.to_vec::<f64>()?;
/// assert!(sums.iter().all(|s| (s - 1.0).abs() < 1e-15));
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn dirichlet(key: &Tensor, shape: impl Into<Shape>, alpha: &Tensor) -> Tensor {
    if alpha.rank() != 1 {
        let e = Error::shape("dirichlet", &[alpha.shape()], "the parameter must be a vector");
        or_poison!(Err(e), alpha)
    }
    let shape: Shape = [&shape.into()[..], alpha.shape()].concat().into();
    loggamma(key, shape, alpha).softmax(-1)
}

/// Numbers of the χ² distribution with `df` degrees of freedom, a number or a tensor of floats that
/// broadcasts to the shape.
///
/// # Errors
/// When `key` is no key, or `df` does not broadcast.
///
/// ```
/// # use cotangent::{Tensor, jit, random};
/// # fn main() -> cotangent::Result<()> {
/// let y = jit(|key: Tensor| random::chisquare(&key, [10_000], 3.0).mean()).call(vec![0u32, 0])?;
/// assert!((y.item::<f64>()? - 3.0).abs() < 0.1);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn chisquare(key: &Tensor, shape: impl Into<Shape>, df: impl ToTensor) -> Tensor {
    let shape = shape.into();
    let half = parameter("chisquare", &df, &shape) / 2.0;
    gamma(key, shape, half) * 2.0
}

/// Numbers of Student's distribution with `df` degrees of freedom, a number or a tensor of floats that
/// broadcasts to the shape.
///
/// # Errors
/// When `key` is no key, or `df` does not broadcast.
///
/// ```
/// # use cotangent::{Tensor, jit, random};
/// # fn main() -> cotangent::Result<()> {
/// let f = jit(|key: Tensor| random::student_t(&key, [10_000], 5.0).square().mean());
/// assert!((f.call(vec![0u32, 0])?.item::<f64>()? - 5.0 / 3.0).abs() < 0.1);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn student_t(key: &Tensor, shape: impl Into<Shape>, df: impl ToTensor) -> Tensor {
    let shape = shape.into();
    let half = parameter("student_t", &df, &shape) / 2.0;
    let (first, second) = split(key);
    let u = or_poison!(super::unit("student_t", &first, shape.clone(), half.dtype()), half);
    normal_of(&u) * (&half / gamma(&second, shape, &half)).sqrt()
}
