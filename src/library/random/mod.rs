//! Random numbers of counters and keys: the same key gives the same bits, on every device and in every
//! program, and the same as in JAX; of numbers made with functions the last digit may differ.
//!
//! A key is a tensor `u32[2]`, made by [`key`] or an argument. It is used once: [`split`] makes new keys
//! of it, [`fold_in`] one for each number. The numbers are those of Threefry-2x32 with 20 rounds
//! (J. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011).
//!
//! ```
//! use cotangent::{Tensor, jit, random};
//! # fn main() -> cotangent::Result<()> {
//! // A mean of a thousand squares, whose key comes from outside.
//! let f = jit(|key: Tensor| random::normal::<f64>(&key, [1000]).square().mean());
//! let y = f.call(vec![0u32, 42])?.item::<f64>()?;
//! assert!((y - 1.0).abs() < 0.1);
//! # Ok(())
//! # }
//! ```
//!
//! | group | functions |
//! | --- | --- |
//! | keys | [`key`], [`split`], [`split_into`], [`fold_in`] |
//! | bits | [`bits`] |
//! | numbers | [`uniform`], [`uniform_in`], [`normal`], [`truncated_normal`], [`multivariate_normal`], [`exponential`], [`gumbel`], [`laplace`], [`logistic`], [`cauchy`], [`rademacher`] |
//! | with parameters | [`gamma()`], [`loggamma`], [`beta()`], [`dirichlet`], [`chisquare`], [`student_t`], [`lognormal`], [`pareto`] |
//! | counts | [`randint`], [`bernoulli`], [`poisson`], [`binomial`], [`geometric`] |
//! | choices | [`categorical`], [`choice`], [`choice_weighted`], [`permutation`] |
//!
//! Numbers have derivatives in their parameters: those of a formula where they come of one, and those of
//! the distribution function (M. Figurnov et al., "Implicit reparameterization gradients", 2018) where
//! they come of a search. Counts and choices have none.

mod continuous;
mod counts;
mod gamma;

pub use continuous::{
    cauchy, exponential, gumbel, laplace, logistic, lognormal, multivariate_normal, normal, pareto,
    rademacher, truncated_normal,
};
pub use counts::{
    bernoulli, binomial, categorical, choice, choice_weighted, geometric, permutation, poisson,
    randint,
};
pub use gamma::{beta, chisquare, dirichlet, gamma, loggamma, student_t};

use super::manipulate::broadcast_as;
use super::or_poison;
use crate::base::{DType, Element, Error, Result, Scalar, Shape};
use crate::ir::Tensor;
use crate::lax::{self, ToTensor};

fn number(value: u32) -> Tensor {
    Tensor::literal(Scalar::U32(value))
}

/// The key of a seed.
///
/// ```
/// # use cotangent::{Tensor, jit, random};
/// # fn main() -> cotangent::Result<()> {
/// let key = jit(|_: Tensor| random::key(7)).call(0.0)?;
/// assert_eq!(key.to_vec::<u32>()?, [0, 7]);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn key(seed: u64) -> Tensor {
    Tensor::from_array([(seed >> 32) as u32, seed as u32])
}

/// A key and what it is called in errors.
fn check_key(op: &str, key: &Tensor) -> Result<()> {
    if key.dtype() == DType::U32 && key.shape()[..] == [2] {
        return Ok(());
    }
    let why = format!("a key is a u32[2], see `random::key`, and not {}", key.aval());
    Err(Error::argument(op, why))
}

/// The two words that Threefry makes of two words with the two of a key, element by element.
#[track_caller]
fn threefry(key: &[Tensor; 2], x: [Tensor; 2]) -> [Tensor; 2] {
    const ROTATIONS: [[u32; 4]; 2] = [[13, 15, 26, 6], [17, 29, 16, 24]];
    let [k0, k1] = key;
    let k2 = lax::xor(&lax::xor(k0, k1), &number(0x1BD1_1BDA));
    let keys = [k0, k1, &k2];
    let rotate = |x: &Tensor, by: u32| {
        let left = lax::shift_left(x, &number(by));
        lax::or(&left, &lax::shift_right_logical(x, &number(32 - by)))
    };
    let [mut a, mut b] = x;
    (a, b) = (lax::add(&a, keys[0]), lax::add(&b, keys[1]));
    for round in 0..5 {
        for by in ROTATIONS[round % 2] {
            a = lax::add(&a, &b);
            b = lax::xor(&a, &rotate(&b, by));
        }
        a = lax::add(&a, keys[(round + 1) % 3]);
        let next = lax::add(&b, keys[(round + 2) % 3]);
        b = lax::add(&next, &number(round as u32 + 1));
    }
    [a, b]
}

/// The words of the key number `i` that comes of each of these keys.
#[track_caller]
fn subkeys(keys: &[Tensor; 2], i: u32) -> [Tensor; 2] {
    let zero = lax::zeros_like(keys[0].aval());
    let counter = lax::full(keys[0].shape(), Scalar::U32(i));
    threefry(keys, [zero, counter])
}

/// Two words for each of `n` counters.
#[track_caller]
fn words(key: &Tensor, n: usize) -> [Tensor; 2] {
    let low = lax::iota(DType::U32, [n], 0);
    let spread = |k: Tensor| lax::broadcast(&k, low.shape());
    let key = [spread(lax::slice_at(key, 0, 0)), spread(lax::slice_at(key, 0, 1))];
    threefry(&key, [lax::zeros_like(low.aval()), low])
}

/// `n` new keys, as the rows of a `u32[n, 2]`.
///
/// # Errors
/// When `key` is no key.
///
/// ```
/// # use cotangent::{Tensor, jit, random};
/// # fn main() -> cotangent::Result<()> {
/// let keys = jit(|_: Tensor| random::split_into(&random::key(0), 3)).call(0.0)?;
/// assert_eq!(keys.shape()[..], [3, 2]);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn split_into(key: &Tensor, n: usize) -> Tensor {
    or_poison!(check_key("split", key), key);
    let [high, low] = words(key, n).map(|w| lax::expand_dims(&w, &[1]));
    lax::concatenate(&[&high, &low], 1)
}

/// Two new keys.
///
/// # Errors
/// When `key` is no key.
///
/// ```
/// # use cotangent::{Tensor, jit, random};
/// # fn main() -> cotangent::Result<()> {
/// let f = jit(|key: Tensor| {
///     let (a, b) = random::split(&key);
///     random::uniform::<f64>(&a, [2]) - random::uniform::<f64>(&b, [2])
/// });
/// assert!(f.call(vec![0u32, 1])?.to_vec::<f64>()?.iter().all(|&d| d != 0.0));
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn split(key: &Tensor) -> (Tensor, Tensor) {
    or_poison!(check_key("split", key), key, |x| (x.clone(), x));
    let both = split_into(key, 2);
    (lax::slice_at(&both, 0, 0), lax::slice_at(&both, 0, 1))
}

/// The new key that belongs to a number, a Rust number or a scalar of `u32` or `i32`: a step, say.
///
/// # Errors
/// When `key` is no key, or `data` is not such a scalar.
///
/// ```
/// # use cotangent::{Tensor, jit, random};
/// # fn main() -> cotangent::Result<()> {
/// let f = jit(|step: Tensor| random::fold_in(&random::key(0), step));
/// assert_ne!(f.call(1)?.to_vec::<u32>()?, f.call(2)?.to_vec::<u32>()?);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn fold_in(key: &Tensor, data: impl ToTensor) -> Tensor {
    or_poison!(check_key("fold_in", key), key);
    let data = data.to_tensor(DType::U32);
    if !data.dtype().is_int() || data.rank() > 0 {
        let why = format!("it takes a scalar of integers, not {}", data.aval());
        or_poison!(Err(Error::argument("fold_in", why)), key)
    }
    let low = lax::reshape(&lax::convert_element_type(&data, DType::U32), [1]);
    let words = [lax::slice(key, &[0], &[1], &[1]), lax::slice(key, &[1], &[2], &[1])];
    let [a, b] = threefry(&words, [lax::zeros_like(low.aval()), low]);
    lax::concatenate(&[&a, &b], 0)
}

/// 32 random bits for each element.
///
/// # Errors
/// When `key` is no key, or there are 2³² elements or more.
///
/// ```
/// # use cotangent::{Tensor, jit, random};
/// # fn main() -> cotangent::Result<()> {
/// let bits = jit(|key: Tensor| random::bits(&key, [2])).call(vec![0u32, 0])?;
/// assert_eq!(bits.to_vec::<u32>()?, [4070199207, 4202968722]);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn bits(key: &Tensor, shape: impl Into<Shape>) -> Tensor {
    let [high, low] = or_poison!(word_pairs("bits", key, shape.into()), key);
    lax::xor(&high, &low)
}

/// Two words for each element of a shape.
#[track_caller]
fn word_pairs(op: &str, key: &Tensor, shape: Shape) -> Result<[Tensor; 2]> {
    check_key(op, key)?;
    if u32::try_from(shape.size()).is_err() {
        return Err(Error::argument(op, format!("{shape} has more elements than counters")));
    }
    Ok(words(key, shape.size()).map(|w| lax::reshape(&w, shape.clone())))
}

/// Floats from 0 to 1, without 1: as many random bits as the digits of the dtype hold.
///
/// # Errors
/// When `key` is no key, or `T` is not a float.
///
/// ```
/// # use cotangent::{Tensor, jit, random};
/// # fn main() -> cotangent::Result<()> {
/// let y = jit(|key: Tensor| random::uniform::<f32>(&key, [3])).call(vec![0u32, 0])?;
/// assert!(y.to_vec::<f32>()?.iter().all(|&x| (0.0..1.0).contains(&x)));
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn uniform<T: Element>(key: &Tensor, shape: impl Into<Shape>) -> Tensor {
    or_poison!(unit("uniform", key, shape.into(), T::DTYPE), key)
}

/// Floats from `low` to `high`, numbers or tensors that broadcast to the shape, without `high`.
///
/// # Derivative
/// In the bounds: linear.
///
/// # Errors
/// When `key` is no key, `T` is not a float, or the bounds are of another dtype or do not broadcast.
///
/// ```
/// # use cotangent::{Tensor, jit, random};
/// # fn main() -> cotangent::Result<()> {
/// let y = jit(|key: Tensor| random::uniform_in::<f64>(&key, [3], -2.0, -1.0)).call(vec![0u32, 0])?;
/// assert!(y.to_vec::<f64>()?.iter().all(|&x| (-2.0..-1.0).contains(&x)));
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn uniform_in<T: Element>(
    key: &Tensor,
    shape: impl Into<Shape>,
    low: impl ToTensor,
    high: impl ToTensor,
) -> Tensor {
    let bounds = [low.to_tensor(T::DTYPE), high.to_tensor(T::DTYPE)];
    let [u, low, high] = or_poison!(bounded("uniform_in", key, shape.into(), &bounds), key);
    between(&u, &low, &high)
}

/// Two parameters, broadcast to a shape.
#[track_caller]
fn spread(op: &str, [a, b]: &[Tensor; 2], shape: &Shape) -> [Tensor; 2] {
    [broadcast_as(op, a, shape), broadcast_as(op, b, shape)]
}

/// Numbers from 0 to 1, and two bounds of their dtype and shape.
#[track_caller]
fn bounded(op: &str, key: &Tensor, shape: Shape, bounds: &[Tensor; 2]) -> Result<[Tensor; 3]> {
    let u = unit(op, key, shape, bounds[0].dtype())?;
    let [low, high] = spread(op, bounds, u.shape());
    Ok([u, low, high])
}

/// Numbers from 0 to 1 moved to lie between bounds.
#[track_caller]
fn between(u: &Tensor, low: &Tensor, high: &Tensor) -> Tensor {
    (u * (high - low) + low).maximum(low)
}

/// See [`uniform`].
#[track_caller]
fn unit(op: &str, key: &Tensor, shape: Shape, dtype: DType) -> Result<Tensor> {
    unit_of(op, word_pairs(op, key, shape)?, dtype)
}

/// Floats from 0 to 1 of two words each.
#[track_caller]
fn unit_of(op: &str, [high, low]: [Tensor; 2], dtype: DType) -> Result<Tensor> {
    let float = |words: &Tensor, by: u32| {
        lax::convert_element_type(&lax::shift_right_logical(words, &number(by)), dtype)
    };
    match dtype {
        // 23 bits.
        DType::F32 => Ok(float(&lax::xor(&high, &low), 9) * 2f64.powi(-23)),
        // 32 and 20 bits.
        DType::F64 => Ok((float(&high, 0) * f64::from(1 << 20) + float(&low, 12)) * 2f64.powi(-52)),
        _ => Err(Error::dtype(op, &[dtype], "there are random f32 and f64")),
    }
}
