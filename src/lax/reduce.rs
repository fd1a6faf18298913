//! Reductions.

use crate::base::{DType, Error, Result, Shape, Source};
use crate::ir::params::*;
use crate::ir::{Tensor, bind, bind1, poison};

/// A reduction over `axes` (increasing); over no axes it is the identity.
#[track_caller]
pub(crate) fn reduce(op: ReduceOp, x: &Tensor, axes: &[usize]) -> Tensor {
    if axes.is_empty() { x.clone() } else { bind1(Reduce { op, axes: axes.to_vec() }, &[x]) }
}

macro_rules! reduce_functions {
    ($($name:ident $op:ident = $meaning:literal, $dtypes:literal, $derivative:literal;)*) => {$(
        #[doc = $meaning]
        ///
        /// # Shapes
        /// The result has the axes of `x` that are not in `axes`, which increase.
        ///
        /// # Dtypes
        #[doc = $dtypes]
        /// The result has the dtype of `x`.
        ///
        /// # Errors
        /// An axis that is out of range or named twice, or another dtype.
        ///
        /// # Derivative
        #[doc = $derivative]
        #[track_caller]
        pub fn $name(x: &Tensor, axes: &[usize]) -> Tensor {
            reduce(ReduceOp::$op, x, axes)
        }
    )*};
}

reduce_functions! {
    reduce_sum Sum = "Sum over `axes`; 0 over nothing.", "Numbers.", "1 in each element.";
    reduce_prod Prod = "Product over `axes`; 1 over nothing.", "Numbers.",
        "The product of the others, exact where factors are 0.";
    reduce_max Max = "Largest over `axes`; −∞ (or the least integer) over nothing.", "Any.",
        "Shared alike by the elements that are the largest.";
    reduce_min Min = "Smallest over `axes`; ∞ (or the greatest integer) over nothing.", "Any.",
        "Shared alike by the elements that are the smallest.";
    reduce_and And = "True where all are, bit by bit for integers.", "`bool` or integers.", "None.";
    reduce_or Or = "True where any is, bit by bit for integers.", "`bool` or integers.", "None.";
}

/// The index of the largest along `axis`: the first of equals, a NaN before all.
///
/// # Shapes
/// The result has the axes of `x` but `axis`, which is not empty.
///
/// # Dtypes
/// `x` of any dtype; `dtype`, that of the result, is an integer that can hold every index.
///
/// # Errors
/// An axis that is out of range or empty, or another `dtype`.
///
/// # Derivative
/// None.
#[track_caller]
pub fn argmax(x: &Tensor, axis: usize, dtype: DType) -> Tensor {
    bind1(ArgReduce { op: ArgOp::Max, axis, dtype }, &[x])
}

/// The index of the smallest along `axis`: the first of equals, a NaN before all.
///
/// # Shapes
/// The result has the axes of `x` but `axis`, which is not empty.
///
/// # Dtypes
/// `x` of any dtype; `dtype`, that of the result, is an integer that can hold every index.
///
/// # Errors
/// An axis that is out of range or empty, or another `dtype`.
///
/// # Derivative
/// None.
#[track_caller]
pub fn argmin(x: &Tensor, axis: usize, dtype: DType) -> Tensor {
    bind1(ArgReduce { op: ArgOp::Min, axis, dtype }, &[x])
}

#[track_caller]
pub(crate) fn cumulative(op: CumulativeOp, x: &Tensor, axis: usize, reverse: bool) -> Tensor {
    bind1(Cumulative { op, axis, reverse }, &[x])
}

/// Running sum along `axis`, from the end if `reverse`.
///
/// # Shapes
/// Any with such an axis; the result has the shape of `x`.
///
/// # Dtypes
/// Numbers; the result has the dtype of `x`.
///
/// # Errors
/// An axis that is out of range, or `bool`.
///
/// # Derivative
/// Linear.
#[track_caller]
pub fn cumsum(x: &Tensor, axis: usize, reverse: bool) -> Tensor {
    cumulative(CumulativeOp::Sum, x, axis, reverse)
}

/// The operands with their elements along `axis` in the order of the first `num_keys` of them, the
/// smallest in front: by the first, among equals of it by the second, and so on. Equal keys keep their
/// order. NaN comes last, and −0 counts as 0.
///
/// # Shapes
/// Any with such an axis, the same for all; the results have it, too.
///
/// # Dtypes
/// Any; each result has the dtype of its operand.
///
/// # Errors
/// An axis that is out of range, shapes that differ, or a number of keys that is 0 or too large.
///
/// # Derivative
/// That of the permutation.
///
/// # Source
/// XLA's `Sort`.
///
/// # Example
/// ```
/// use cotangent::{Tensor, jit, lax};
/// # fn main() -> cotangent::Result<()> {
/// let f = jit(|k: Tensor, v: Tensor| lax::sort(&[&k, &v], 0, 1));
/// let sorted = f.call((vec![2, 1, 2], vec![0.1, 0.2, 0.3]))?;
/// assert_eq!(sorted[0].to_vec::<i32>()?, [1, 2, 2]);
/// assert_eq!(sorted[1].to_vec::<f64>()?, [0.2, 0.1, 0.3]);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn sort(operands: &[&Tensor], axis: usize, num_keys: usize) -> Vec<Tensor> {
    bind(Sort { axis, num_keys, num_operands: operands.len() }, operands)
}

/// All running combinations along `axis`: `x₀`, `f(x₀, x₁)`, `f(f(x₀, x₁), x₂)`, …, or from the end, of
/// slices of several arrays at once, in about 2 log₂ n steps. `f` gets two lists of arrays whose slices
/// it combines one by one; it must be associative.
///
/// # Shapes
/// One length along `axis` for all; `f` keeps the shapes.
///
/// # Errors
/// Those of `f`, results of `f` of another type, an axis that is out of range, and arrays that differ
/// in their length.
///
/// # Derivative
/// That of the steps.
///
/// # Source
/// G. Blelloch, "Prefix sums and their applications", 1990.
///
/// # Example
/// ```
/// use cotangent::{Tensor, jit, lax};
/// # fn main() -> cotangent::Result<()> {
/// // y_i = a_i y_{i−1} + b_i, as the composition of linear maps.
/// let f = jit(|a: Tensor, b: Tensor| {
///     let compose = |x: &[Tensor], y: &[Tensor]| vec![&x[0] * &y[0], &y[0] * &x[1] + &y[1]];
///     lax::associative_scan(compose, &[a, b], 0, false).swap_remove(1)
/// });
/// let y = f.call((vec![0.5, 0.5, 0.5], vec![1.0, 1.0, 1.0]))?;
/// assert_eq!(y.to_vec::<f64>()?, [1.0, 1.5, 1.75]);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn associative_scan(
    f: impl Fn(&[Tensor], &[Tensor]) -> Vec<Tensor>,
    xs: &[Tensor],
    axis: usize,
    reverse: bool,
) -> Vec<Tensor> {
    let op = "associative_scan";
    let length = |x: &Tensor| x.shape().get(axis).copied();
    let checked = match xs {
        [] => Ok(()),
        [first, ..] if length(first).is_none() => Err(Error::axis(op, axis as isize, first.rank())),
        [first, ..] if xs.iter().any(|x| length(x) != length(first)) => {
            let shapes: Vec<&Shape> = xs.iter().map(Tensor::shape).collect();
            Err(Error::shape(op, &shapes, format!("they must have one length along axis {axis}")))
        }
        _ => Ok(()),
    };
    // Results that are not like the operands would show up far from here.
    let f = |a: &[Tensor], b: &[Tensor]| {
        let found = f(a, b);
        let like = |(x, y): (&Tensor, &Tensor)| x.aval().same_type(y.aval());
        match found.len() == a.len() && found.iter().zip(a).all(like) {
            true => Ok(found),
            false => {
                let avals = |xs: &[Tensor]| match xs {
                    [] => "nothing".to_string(),
                    _ => xs.iter().map(|x| x.aval().to_string()).collect::<Vec<_>>().join(", "),
                };
                let why = format!("the function gives {} for {}", avals(&found), avals(a));
                Err(Error::argument(op, why))
            }
        }
    };
    let turned = |xs: &[Tensor]| match reverse {
        true => xs.iter().map(|x| super::rev(x, &[axis])).collect(),
        false => xs.to_vec(),
    };
    match checked.and_then(|()| prefixes(&f, &turned(xs), axis)) {
        Ok(found) => turned(&found),
        Err(e) => {
            let e = e.or_at(Source::here());
            xs.iter().map(|x| poison(e.clone(), x.aval().clone())).collect()
        }
    }
}

/// By halves: those at odd places are the prefixes of the pairs.
#[track_caller]
fn prefixes(
    f: &impl Fn(&[Tensor], &[Tensor]) -> Result<Vec<Tensor>>,
    xs: &[Tensor],
    axis: usize,
) -> Result<Vec<Tensor>> {
    let n = xs.first().map_or(0, |x| x.shape()[axis]);
    if n < 2 {
        return Ok(xs.to_vec());
    }
    let take = |xs: &[Tensor], start: usize, limit: usize, step: usize| -> Vec<Tensor> {
        xs.iter().map(|x| super::slice_along(x, axis, (start, limit), step)).collect()
    };
    let pairs = f(&take(xs, 0, n - 1, 2), &take(xs, 1, n, 2))?;
    let odd = prefixes(f, &pairs, axis)?;
    let m = n / 2;
    let later = take(xs, 2, n, 2);
    let even = if n > 2 { f(&take(&odd, 0, (n - 1) / 2, 1), &later)? } else { vec![] };
    // x₀, o₀, e₀, o₁, e₁, …
    let first = take(xs, 0, 1, 1);
    let join = |k: usize| {
        let even = match even.get(k) {
            Some(even) => super::concatenate(&[&first[k], even], axis),
            None => first[k].clone(),
        };
        let rest = super::slice_along(&even, axis, (m, n - m), 1);
        let even = super::slice_along(&even, axis, (0, m), 1);
        let pair = [&even, &odd[k]].map(|x| super::expand_dims(x, &[axis + 1]));
        let both = super::concatenate(&[&pair[0], &pair[1]], axis + 1);
        let mut shape = odd[k].shape().to_vec();
        shape[axis] = 2 * m;
        let both = super::reshape(&both, shape);
        if n % 2 == 1 { super::concatenate(&[&both, &rest], axis) } else { both }
    };
    Ok((0..xs.len()).map(join).collect())
}
