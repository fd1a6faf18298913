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
//! | numbers | [`bits`], [`uniform`], [`normal`], [`exponential`], [`gumbel`], [`randint`] |
//! | choices | [`bernoulli`], [`categorical`], [`permutation`] |

use super::{axes, or_poison};
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

/// The two words that Threefry makes of two words, element by element.
#[track_caller]
fn threefry(key: &Tensor, x: [Tensor; 2]) -> [Tensor; 2] {
    const ROTATIONS: [[u32; 4]; 2] = [[13, 15, 26, 6], [17, 29, 16, 24]];
    let shape = x[0].shape().clone();
    let spread = |k: Tensor| lax::broadcast(&k, &shape);
    let (k0, k1) = (lax::slice_at(key, 0, 0), lax::slice_at(key, 0, 1));
    let k2 = lax::xor(&lax::xor(&k0, &k1), &number(0x1BD1_1BDA));
    let keys = [k0, k1, k2].map(spread);
    let rotate = |x: &Tensor, by: u32| {
        let left = lax::shift_left(x, &number(by));
        lax::or(&left, &lax::shift_right_logical(x, &number(32 - by)))
    };
    let [mut a, mut b] = x;
    (a, b) = (lax::add(&a, &keys[0]), lax::add(&b, &keys[1]));
    for round in 0..5 {
        for by in ROTATIONS[round % 2] {
            a = lax::add(&a, &b);
            b = lax::xor(&a, &rotate(&b, by));
        }
        a = lax::add(&a, &keys[(round + 1) % 3]);
        let next = lax::add(&b, &keys[(round + 2) % 3]);
        b = lax::add(&next, &number(round as u32 + 1));
    }
    [a, b]
}

/// Two words for each of `n` counters.
#[track_caller]
fn words(key: &Tensor, n: usize) -> [Tensor; 2] {
    let low = lax::iota(DType::U32, [n], 0);
    threefry(key, [lax::zeros_like(low.aval()), low])
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
    let [a, b] = threefry(key, [lax::zeros_like(low.aval()), low]);
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

/// See [`uniform`].
#[track_caller]
fn unit(op: &str, key: &Tensor, shape: Shape, dtype: DType) -> Result<Tensor> {
    let pairs = word_pairs(op, key, shape);
    let float = |words: &Tensor, divisor: u32| {
        lax::convert_element_type(&lax::div(words, &number(divisor)), dtype)
    };
    Ok(match dtype {
        // 23 bits.
        DType::F32 => {
            let [high, low] = pairs?;
            float(&lax::xor(&high, &low), 1 << 9) * 2f64.powi(-23)
        }
        // 32 and 20 bits.
        DType::F64 => {
            let [high, low] = pairs?;
            (float(&high, 1) * f64::from(1 << 20) + float(&low, 1 << 12)) * 2f64.powi(-52)
        }
        _ => return Err(Error::dtype(op, &[dtype], "there are random f32 and f64")),
    })
}

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
    // From the first number above −1, so that the result is finite.
    let low = -1.0 + T::DTYPE.epsilon() / 2.0;
    lax::erf_inv(&(u * (1.0 - low) + low).maximum(low)) * std::f64::consts::SQRT_2
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
fn gumbel_of(op: &str, key: &Tensor, shape: Shape, dtype: DType) -> Result<Tensor> {
    let u = unit(op, key, shape, dtype)?;
    let tiny = if dtype == DType::F32 { f64::from(f32::MIN_POSITIVE) } else { f64::MIN_POSITIVE };
    Ok(-(-(u * (1.0 - tiny) + tiny).maximum(tiny).log()).log())
}

/// Whole numbers from `low` up to `high`, without that, as `i32`; `low` if there are none.
///
/// # Errors
/// When `key` is no key.
///
/// ```
/// # use cotangent::{Tensor, jit, random};
/// # fn main() -> cotangent::Result<()> {
/// let y = jit(|key: Tensor| random::randint(&key, [100], 1, 7)).call(vec![0u32, 0])?;
/// assert!(y.to_vec::<i32>()?.iter().all(|d| (1..7).contains(d)));
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn randint(key: &Tensor, shape: impl Into<Shape>, low: i32, high: i32) -> Tensor {
    or_poison!(check_key("randint", key), key);
    let shape = shape.into();
    let (first, second) = split(key);
    let (upper, lower) = (bits(&first, shape.clone()), bits(&second, shape));
    // Twice the bits, so that hardly a number is more likely than another.
    let span = i64::from(high).wrapping_sub(low.into()).max(1) as u32;
    let factor = (1u32 << 16) % span;
    let factor = factor.wrapping_mul(factor) % span;
    let span = number(span);
    let sum = lax::mul(&lax::rem(&upper, &span), &number(factor));
    let sum = lax::rem(&lax::add(&sum, &lax::rem(&lower, &span)), &span);
    lax::convert_element_type(&sum, DType::I32) + low
}

/// True with probability `p`, a number or a tensor of floats that broadcasts to the shape.
///
/// # Errors
/// When `key` is no key, or `p` does not broadcast.
///
/// ```
/// # use cotangent::{Tensor, jit, random};
/// # fn main() -> cotangent::Result<()> {
/// let f = jit(|key: Tensor| random::bernoulli(&key, 0.3, [10_000]).as_type::<f64>().mean());
/// assert!((f.call(vec![0u32, 0])?.item::<f64>()? - 0.3).abs() < 0.02);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn bernoulli(key: &Tensor, p: impl ToTensor, shape: impl Into<Shape>) -> Tensor {
    let dtype = p.own_dtype();
    let u = or_poison!(unit("bernoulli", key, shape.into(), dtype), key);
    u.lt(p)
}

/// A place along `axis`, as `i32`, with the probabilities `softmax(logits)`, one for each of the other
/// elements.
///
/// # Errors
/// When `key` is no key, the axis is out of range or empty, or the logits are not floats.
///
/// ```
/// # use cotangent::{Tensor, jit, random};
/// # fn main() -> cotangent::Result<()> {
/// let f = jit(|key: Tensor, logits: Tensor| random::categorical(&key, &logits, 0));
/// let y = f.call((vec![0u32, 0], vec![f64::NEG_INFINITY, 0.0]))?;
/// assert_eq!(y.item::<i32>()?, 1);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn categorical(key: &Tensor, logits: &Tensor, axis: isize) -> Tensor {
    let at = or_poison!(axes::axis("categorical", axis, logits.rank()), logits);
    let noise = gumbel_of("categorical", key, logits.shape().clone(), logits.dtype());
    let noise = or_poison!(noise, logits);
    lax::argmax(&lax::add(logits, &noise), at, DType::I32)
}

/// The elements along axis 0 in a random order.
///
/// # Errors
/// When `key` is no key, or `x` is a scalar.
///
/// ```
/// # use cotangent::{Tensor, jit, random};
/// # fn main() -> cotangent::Result<()> {
/// let f = jit(|key: Tensor, x: Tensor| random::permutation(&key, &x).sort(0));
/// assert_eq!(f.call((vec![0u32, 0], vec![1, 2, 3]))?.to_vec::<i32>()?, [1, 2, 3]);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn permutation(key: &Tensor, x: &Tensor) -> Tensor {
    or_poison!(check_key("permutation", key), x);
    or_poison!(axes::axis("permutation", 0, x.rank()), x);
    let n = x.shape()[0];
    let mut order = lax::iota(DType::I32, [n], 0);
    // Sorted by random words, so often that equal words are equal every time hardly ever.
    let rounds = (3.0 * (n.max(1) as f64).ln() / f64::from(u32::MAX).ln()).ceil() as usize;
    let mut key = key.clone();
    for _ in 0..rounds {
        let (next, now) = split(&key);
        order = lax::sort(&[&bits(&now, [n]), &order], 0, 1).swap_remove(1);
        key = next;
    }
    x.take(order, 0)
}
