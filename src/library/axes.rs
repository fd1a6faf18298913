//! Axes as arguments: one or several, counted from the front or (negative) from the back.

use crate::base::{Error, Result, shape};

/// One axis or several: an integer, an array, a slice or a `Vec` of integers.
///
/// A negative axis counts from the back: −1 is the last one. An axis may not be named twice.
///
/// ```
/// # use cotangent::{Tensor, jit};
/// # fn main() -> cotangent::Result<()> {
/// let f = jit(|x: Tensor| {
///     let x = x.reshape([2, 1, 3]);
///     (x.sum_axis(-1), x.sum_axis([0, 2]), x.sum_axis(vec![0_usize]))
/// });
/// let (a, b, c) = f.call(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0])?;
/// assert_eq!(a.shape()[..], [2, 1]);
/// assert_eq!(b.to_vec::<f64>()?, [21.0]);
/// assert_eq!(c.to_vec::<f64>()?, [5.0, 7.0, 9.0]);
/// # Ok(())
/// # }
/// ```
pub trait Axes {
    /// The axes as given.
    fn to_axes(&self) -> Vec<isize>;
}

macro_rules! integer_axes {
    ($($t:ty),*) => {$(
        impl Axes for $t {
            fn to_axes(&self) -> Vec<isize> {
                // What does not fit is out of range for every rank.
                vec![isize::try_from(*self).unwrap_or(isize::MAX)]
            }
        }
        impl Axes for [$t] {
            fn to_axes(&self) -> Vec<isize> {
                self.iter().flat_map(|a| a.to_axes()).collect()
            }
        }
        impl<const N: usize> Axes for [$t; N] {
            fn to_axes(&self) -> Vec<isize> {
                self.as_slice().to_axes()
            }
        }
        impl Axes for Vec<$t> {
            fn to_axes(&self) -> Vec<isize> {
                self.as_slice().to_axes()
            }
        }
    )*};
}
integer_axes!(i32, isize, usize);

impl<A: Axes + ?Sized> Axes for &A {
    fn to_axes(&self) -> Vec<isize> {
        (**self).to_axes()
    }
}

/// `axis` counted from the front.
pub(super) fn axis(op: &str, axis: isize, rank: usize) -> Result<usize> {
    shape::normalize_axis(axis, rank).ok_or_else(|| Error::axis(op, axis, rank))
}

/// The axes counted from the front, in the order given.
pub(super) fn ordered(op: &str, axes: &impl Axes, rank: usize) -> Result<Vec<usize>> {
    let given = axes.to_axes();
    let found = given.iter().map(|&a| axis(op, a, rank)).collect::<Result<Vec<_>>>()?;
    match (1..found.len()).find(|&i| found[..i].contains(&found[i])) {
        Some(i) => Err(Error::argument(op, format!("axis {} is named twice", given[i]))),
        None => Ok(found),
    }
}

/// The axes counted from the front, increasing.
pub(super) fn sorted(op: &str, axes: &impl Axes, rank: usize) -> Result<Vec<usize>> {
    let mut axes = ordered(op, axes, rank)?;
    axes.sort_unstable();
    Ok(axes)
}
