//! Counts and choices.

use super::continuous::gumbel_of;
use super::{bits, check_key, number, split, split_into, spread, unit};
use crate::base::{DType, Error, Result, Scalar, Shape};
use crate::ir::Tensor;
use crate::lax::{self, ToTensor};
use crate::library::manipulate::broadcast_as;
use crate::library::{axes, or_poison};

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

/// The elements at random places along axis 0, each as likely as the others and with replacement: one
/// for each element of a shape. Without replacement, take the first ones of a [`permutation`].
///
/// # Shapes
/// `shape`, with the other axes of `x` behind.
///
/// # Errors
/// When `key` is no key, or `x` is a scalar or has no elements along axis 0.
///
/// ```
/// # use cotangent::{Tensor, jit, random};
/// # fn main() -> cotangent::Result<()> {
/// let f = jit(|key: Tensor, x: Tensor| random::choice(&key, &x, [2, 3]));
/// let y = f.call((vec![0u32, 0], vec![5, 7]))?;
/// assert!(y.to_vec::<i32>()?.iter().all(|y| [5, 7].contains(y)));
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn choice(key: &Tensor, x: &Tensor, shape: impl Into<Shape>) -> Tensor {
    or_poison!(check_key("choice", key), x);
    or_poison!(choosable("choice", x), x);
    x.take(randint(key, shape, 0, x.shape()[0] as i32), 0)
}

/// The elements at random places along axis 0, with replacement and with probabilities `p`, which need
/// not add up to 1: one for each element of a shape.
///
/// # Shapes
/// `p` has one element for each of `x` along axis 0; the result has `shape`, with the other axes of `x`
/// behind.
///
/// # Errors
/// When `key` is no key, `x` is a scalar or has no elements along axis 0, or `p` is not such a vector of
/// floats.
///
/// ```
/// # use cotangent::{Tensor, jit, random};
/// # fn main() -> cotangent::Result<()> {
/// let f = jit(|key: Tensor, x: Tensor, p: Tensor| random::choice_weighted(&key, &x, &p, [4]));
/// let y = f.call((vec![0u32, 0], vec![5, 7, 9], vec![0.0, 0.3, 0.0]))?;
/// assert_eq!(y.to_vec::<i32>()?, [7; 4]);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn choice_weighted(key: &Tensor, x: &Tensor, p: &Tensor, shape: impl Into<Shape>) -> Tensor {
    let op = "choice_weighted";
    or_poison!(choosable(op, x), x);
    if p.shape()[..] != [x.shape()[0]] {
        let why = "the second, the probabilities, must be a vector, one for each row of the first";
        or_poison!(Err(Error::shape(op, &[x.shape(), p.shape()], why)), x)
    }
    let u = or_poison!(unit(op, key, shape.into(), p.dtype()), x);
    let sums = p.cumsum(0);
    let total = lax::broadcast(&lax::slice_at(&sums, 0, p.shape()[0] - 1), u.shape());
    x.take(sums.searchsorted((1.0 - u) * total), 0)
}

fn choosable(op: &str, x: &Tensor) -> Result<()> {
    axes::axis(op, 0, x.rank())?;
    if x.shape()[0] == 0 {
        return Err(Error::shape(op, &[x.shape()], "there is nothing to choose from"));
    }
    Ok(())
}

/// A loop that draws anew until all elements are done. `draw` gets new keys, as many as it asks for, and
/// the state, and gives the next state; `open` says of a state which elements are not done.
#[track_caller]
fn until_done(
    key: &Tensor,
    init: Vec<Tensor>,
    n_keys: usize,
    open: impl Fn(&[Tensor]) -> Tensor,
    draw: impl FnOnce(&[Tensor], &[Tensor]) -> Result<Vec<Tensor>>,
) -> Result<Vec<Tensor>> {
    let init = [vec![key.clone()], init].concat();
    let state = lax::while_with(
        &init,
        |state| {
            let open = open(&state[1..]);
            Ok(lax::reduce_or(&open, &(0..open.rank()).collect::<Vec<_>>()))
        },
        |state| {
            let keys = split_into(&state[0], n_keys + 1);
            let keys: Vec<Tensor> = (0..=n_keys).map(|k| lax::slice_at(&keys, 0, k)).collect();
            let next = draw(&keys[1..], &state[1..])?;
            Ok([vec![keys[0].clone()], next].concat())
        },
    )?;
    Ok(state[1..].to_vec())
}

/// Counts of Poisson's distribution of mean `lam`, a number or a tensor of floats that broadcasts to
/// the shape, as `i32`; −1 where the mean is NaN.
///
/// Below a mean of 10 by products of uniform numbers (D. Knuth), above by transformed rejection
/// (W. Hörmann, "The transformed rejection method for generating Poisson random variables", 1993), in
/// single precision, as in JAX.
///
/// # Errors
/// When `key` is no key, or `lam` does not broadcast.
///
/// ```
/// # use cotangent::{Tensor, jit, random};
/// # fn main() -> cotangent::Result<()> {
/// let f = jit(|key: Tensor| random::poisson(&key, [10_000], 3.0).as_type::<f64>().mean());
/// assert!((f.call(vec![0u32, 0])?.item::<f64>()? - 3.0).abs() < 0.06);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn poisson(key: &Tensor, shape: impl Into<Shape>, lam: impl ToTensor) -> Tensor {
    let shape = shape.into();
    let lam = lam.to_tensor(lam.own_dtype());
    let lam = broadcast_as("poisson", &lam, &shape).convert(DType::F32);
    or_poison!(poisson_of(key, &lam.stop_gradient()), key)
}

#[track_caller]
fn poisson_of(key: &Tensor, lam: &Tensor) -> Result<Tensor> {
    check_key("poisson", key)?;
    let shape = lam.shape().clone();
    let small = lam.lt(10.0) | lam.ne(lam);
    let zero = lax::full(&shape, Scalar::I32(0));

    // Knuth's: as many factors as it takes to come below e^−λ.
    let bound = -lax::select(&small, lam, &lax::zeros_like(lam.aval()));
    let begin = vec![zero.clone(), lax::zeros_like(lam.aval())];
    let few = until_done(
        key,
        begin,
        1,
        |state| lax::gt(&state[1], &bound),
        |keys, state| {
            let more = lax::gt(&state[1], &bound).as_type::<i32>();
            let u = unit("poisson", &keys[0], shape.clone(), DType::F32)?;
            Ok(vec![&state[0] + more, &state[1] + u.log()])
        },
    )?;

    // Hörmann's.
    let large = lax::select(&small, &lax::full_like(lam.aval(), 1e5), lam);
    let b = large.sqrt() * 2.53 + 0.931;
    let a = &b * 0.02483 - 0.059;
    let inv_alpha = 1.1328 / (&b - 3.4) + 1.1239;
    let v_r = 0.9277 - 3.6224 / (&b - 2.0);
    let begin = vec![lax::full_like(large.aval(), -1.0), lax::full(&shape, Scalar::Bool(false))];
    let many = until_done(
        key,
        begin,
        2,
        |state| lax::not(&state[1]),
        |keys, state| {
            let u = unit("poisson", &keys[0], shape.clone(), DType::F32)? - 0.5;
            let v = unit("poisson", &keys[1], shape.clone(), DType::F32)?;
            let us = 0.5 - u.abs();
            let k = ((&a * 2.0 / &us + &b) * &u + &large + 0.43).floor();
            let s = (&v * &inv_alpha / (&a / us.square() + &b)).log();
            let t = &k * large.log() - &large - lax::lgamma(&(&k + 1.0));
            let reject = k.lt(0.0) | (us.lt(0.013) & v.gt(&us));
            let accept = (us.ge(0.07) & v.le(&v_r)) | (!reject & s.le(t));
            Ok(vec![lax::select(&accept, &k, &state[0]), &state[1] | accept])
        },
    )?;
    let many = many[0].as_type::<i32>();
    let counts = lax::select(&small, &(&few[0] - 1), &many);
    Ok(lax::select(&lam.eq(0.0), &zero, &counts))
}

/// The number of trials up to the first success, 1 or more, of probability `p`, a number or a tensor of
/// floats that broadcasts to the shape; of the dtype of `p`.
///
/// # Errors
/// When `key` is no key, or `p` does not broadcast.
///
/// ```
/// # use cotangent::{Tensor, jit, random};
/// # fn main() -> cotangent::Result<()> {
/// let f = jit(|key: Tensor| random::geometric(&key, [10_000], 0.25).mean());
/// assert!((f.call(vec![0u32, 0])?.item::<f64>()? - 4.0).abs() < 0.1);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn geometric(key: &Tensor, shape: impl Into<Shape>, p: impl ToTensor) -> Tensor {
    let shape = shape.into();
    let p = p.to_tensor(p.own_dtype());
    let u = or_poison!(unit("geometric", key, shape.clone(), p.dtype()), key);
    let u = lax::select(&u.eq(0.0), &lax::full_like(u.aval(), 1.0), &u);
    let p = broadcast_as("geometric", &p, &shape).stop_gradient();
    (u.log() / (-p).log1p()).floor() + 1.0
}

/// The number of successes in `n` trials of probability `p`: numbers or tensors of floats of one dtype,
/// which the result has, that broadcast to the shape. NaN for a negative `n` and for a `p` that is none.
///
/// Up to a mean of 10 by the distances between successes, above by transformed rejection (W. Hörmann,
/// "The generation of binomial random variates", 1993), as in JAX.
///
/// # Errors
/// When `key` is no key, or the parameters are of different dtypes or do not broadcast.
///
/// ```
/// # use cotangent::{Tensor, jit, random};
/// # fn main() -> cotangent::Result<()> {
/// let f = jit(|key: Tensor| random::binomial(&key, [10_000], 50.0, 0.4).mean());
/// assert!((f.call(vec![0u32, 0])?.item::<f64>()? - 20.0).abs() < 0.1);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn binomial(
    key: &Tensor,
    shape: impl Into<Shape>,
    n: impl ToTensor,
    p: impl ToTensor,
) -> Tensor {
    let shape = shape.into();
    let dtype = if n.is_number() { p.own_dtype() } else { n.own_dtype() };
    let [n, p] = spread("binomial", &[n.to_tensor(dtype), p.to_tensor(dtype)], &shape);
    let (n, p) = (n.stop_gradient(), p.stop_gradient());
    or_poison!(binomial_of(key, &n, &p), key)
}

#[track_caller]
fn binomial_of(key: &Tensor, n: &Tensor, p: &Tensor) -> Result<Tensor> {
    check_key("binomial", key)?;
    let (shape, dtype) = (p.shape().clone(), p.dtype());
    let full = |value: f64| lax::full(&shape, Scalar::from_f64(value, dtype));
    let draw = |key: &Tensor| unit("binomial", key, shape.clone(), dtype);
    let (n_wrong, p_wrong) = (!n.ge(0.0), !p.ge(0.0) | p.gt(1.0));
    let endless = n.eq(f64::INFINITY);
    let low = p.lt(0.5);
    let q = lax::select(&low, p, &(1.0 - p));
    let q = lax::select(&q.ge(0.0), &q, &full(0.01));
    let rare = &n_wrong | (n * &q).le(10.0);
    let n = n.floor();

    // By the sum of distances between successes.
    let few = lax::select(&rare, &n, &full(0.0));
    let log_failure = (-&q).log1p();
    let sums = until_rare(key, &few, &log_failure, &draw)?;

    // By transformed rejection.
    let many = lax::select(&(&rare | &endless), &full(1e4), &n);
    let q = lax::select(&rare, &full(0.5), &q);
    let sigma = (&many * &q * (1.0 - &q)).sqrt();
    let b = &sigma * 2.53 + 1.15;
    let a = &b * 0.0248 - 0.0873 + &q * 0.01;
    let c = &many * &q + 0.5;
    let v_r = 0.92 - 4.2 / &b;
    let odds = &q / (1.0 - &q);
    let alpha = (5.1 / &b + 2.83) * sigma;
    let mode = ((&many + 1.0) * &q).floor();
    let begin = vec![full(-1.0), lax::full(&shape, Scalar::Bool(false))];
    let accepted = until_done(
        key,
        begin,
        2,
        |state| lax::not(&state[1]),
        |keys, state| {
            let (u, v) = (draw(&keys[0])? - 0.5, draw(&keys[1])?);
            let us = 0.5 - u.abs();
            let k = ((&a * 2.0 / &us + &b) * &u + &c).floor();
            let first = us.ge(0.07) & v.le(&v_r);
            let reject = k.lt(0.0) | k.gt(&many);
            let v = (v * &alpha / (&a / us.square() + &b)).log();
            let rest = &many - &mode + 1.0;
            let bound = (&mode + 0.5) * ((&mode + 1.0) / (&odds * &rest)).log()
                + (&many + 1.0) * (&rest / (&many - &k + 1.0)).log()
                + (&k + 0.5) * (&odds * (&many - &k + 1.0) / (&k + 1.0)).log()
                + stirling_tail(&mode)
                + stirling_tail(&(&many - &mode))
                - stirling_tail(&k)
                - stirling_tail(&(&many - &k));
            let accept = first | (!reject & v.le(bound));
            Ok(vec![lax::select(&accept, &k, &state[0]), &state[1] | accept])
        },
    )?;
    let found = lax::select(&rare, &sums, &accepted[0]);
    let found = lax::select(&low, &found, &(&n - &found));
    let found = lax::select(&endless, &full(f64::INFINITY), &found);
    Ok(lax::select(&(n_wrong | p_wrong), &full(f64::NAN), &found))
}

/// How many distances between successes fit into `n` trials.
#[track_caller]
fn until_rare(
    key: &Tensor,
    n: &Tensor,
    log_failure: &Tensor,
    draw: &impl Fn(&Tensor) -> Result<Tensor>,
) -> Result<Tensor> {
    let zero = lax::zeros_like(n.aval());
    let init = [key.clone(), zero.clone(), zero];
    let state = lax::while_with(
        &init,
        |state| {
            let open = state[2].le(n);
            Ok(lax::reduce_or(&open, &(0..open.rank()).collect::<Vec<_>>()))
        },
        |state| {
            // JAX draws from the first of the two new keys here, and from the later ones elsewhere.
            let (now, next) = split(&state[0]);
            let distance = (draw(&now)?.log() / log_failure).ceil();
            let more = state[2].le(n).convert(n.dtype());
            Ok(vec![next, &state[1] + more, &state[2] + distance])
        },
    )?;
    Ok(&state[1] - 1.0)
}

/// What Stirling's formula for `ln k!` lacks: `ln k! − (k + ½) ln(k + 1) + (k + 1) − ½ ln 2π`.
#[track_caller]
fn stirling_tail(k: &Tensor) -> Tensor {
    const FIRST: [f64; 10] = [
        0.0810614667953272,
        0.0413406959554092,
        0.0276779256849983,
        0.02079067210376509,
        0.0166446911898211,
        0.0138761288230707,
        0.0118967099458917,
        0.0104112652619720,
        0.00925546218271273,
        0.00833056343336287,
    ];
    let small = k.le(9.0);
    let near = k.clip(0.0, 9.0);
    let square = (&near + 1.0).square();
    let tail = (1.0 / 12.0 - (1.0 / 360.0 - 1.0 / 1260.0 / &square) / &square) / (&near + 1.0);
    let table = Tensor::from_array(FIRST).convert(k.dtype());
    lax::select(&small, &table.take(near.floor().as_type::<i32>(), 0), &tail)
}
