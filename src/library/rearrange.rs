//! Joining, cutting, repeating and moving blocks of elements.

use super::axes::{self, Axes};
use super::{one_dtype, or_poison};
use crate::base::{Error, Source};
use crate::ir::{Tensor, poison};
use crate::lax::{self, ToTensor};
use std::borrow::Borrow;

/// Joining and cutting.
impl Tensor {
    /// The tensors one after the other along an axis that they have.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| Tensor::concat([&x, &(&x * 10.0)], 0));
    /// assert_eq!(f.call(vec![1.0, 2.0])?.to_vec::<f64>()?, [1.0, 2.0, 10.0, 20.0]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When there are none, the axis is out of range, or their other axes or dtypes differ.
    #[track_caller]
    pub fn concat(tensors: impl IntoIterator<Item: Borrow<Tensor>>, axis: isize) -> Tensor {
        let tensors: Vec<Tensor> = tensors.into_iter().map(|t| t.borrow().clone()).collect();
        join("concat", &tensors, axis)
    }

    /// The tensors one after the other along a new axis at place `axis` of the result.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| Tensor::stack(vec![x.sin(), x.cos()], 1));
    /// assert_eq!(f.call(vec![0.0, 0.0])?.to_vec::<f64>()?, [0.0, 1.0, 0.0, 1.0]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When there are none, the axis is out of range, or their shapes or dtypes differ.
    #[track_caller]
    pub fn stack(tensors: impl IntoIterator<Item: Borrow<Tensor>>, axis: isize) -> Tensor {
        let mut tensors: Vec<Tensor> = tensors.into_iter().map(|t| t.borrow().clone()).collect();
        let Some(first) = tensors.first().cloned() else { return join("stack", &tensors, axis) };
        let place = or_poison!(axes::axis("stack", axis, first.rank() + 1), first);
        if let Some(other) = tensors.iter().find(|t| t.shape() != first.shape()) {
            let e = Error::shape("stack", &[first.shape(), other.shape()], "they must be equal");
            or_poison!(Err(e), first)
        }
        for t in &mut tensors {
            *t = lax::expand_dims(t, &[place]);
        }
        join("stack", &tensors, axis)
    }

    /// `n` parts of equal size along an axis.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| x.split(2, 0));
    /// let parts = f.call(vec![1.0, 2.0, 3.0, 4.0])?;
    /// assert_eq!(parts[1].to_vec::<f64>()?, [3.0, 4.0]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the axis is out of range or `n` does not divide its size.
    #[track_caller]
    pub fn split(&self, n: usize, axis: isize) -> Vec<Tensor> {
        let size = axes::axis("split", axis, self.rank()).map(|a| self.shape()[a]);
        let part = match size {
            Ok(size) if n > 0 && size.is_multiple_of(n) => Ok(size / n),
            Ok(size) => Err(Error::argument(
                "split",
                format!("an axis of size {size} has no {n} equal parts"),
            )),
            Err(e) => Err(e),
        };
        match part {
            Ok(part) => {
                let places: Vec<usize> = (1..n).map(|i| i * part).collect();
                self.split_at(&places, axis)
            }
            Err(e) => vec![poison(e.or_at(Source::here()), self.aval().clone()); n],
        }
    }

    /// The parts of an axis before, between and after the given places, which increase.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| x.split_at(&[1], 0));
    /// let parts = f.call(vec![1.0, 2.0, 3.0, 4.0])?;
    /// assert_eq!(parts[0].to_vec::<f64>()?, [1.0]);
    /// assert_eq!(parts[1].to_vec::<f64>()?, [2.0, 3.0, 4.0]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the axis is out of range, or the places decrease or pass its end.
    #[track_caller]
    pub fn split_at(&self, places: &[usize], axis: isize) -> Vec<Tensor> {
        let found = axes::axis("split", axis, self.rank()).and_then(|axis| {
            let ends = [places, &[self.shape()[axis]]].concat();
            if ends.is_sorted() {
                return Ok((axis, ends));
            }
            let size = self.shape()[axis];
            let why =
                format!("the places {places:?} do not increase within an axis of size {size}");
            Err(Error::argument("split", why))
        });
        let (axis, ends) = match found {
            Ok(found) => found,
            Err(e) => {
                let failed = poison(e.or_at(Source::here()), self.aval().clone());
                return vec![failed; places.len() + 1];
            }
        };
        let (mut parts, mut start) = (Vec::with_capacity(ends.len()), 0);
        for end in ends {
            parts.push(cut(self, axis, start, end));
            start = end;
        }
        parts
    }
}

/// Concatenation along an axis that may count from the back.
#[track_caller]
fn join(op: &str, tensors: &[Tensor], axis: isize) -> Tensor {
    let tensors: Vec<&Tensor> = tensors.iter().collect();
    let Some(first) = tensors.first() else { return lax::concatenate(&[], 0) };
    or_poison!(one_dtype(op, tensors.iter().copied()), first);
    let axis = or_poison!(axes::axis(op, axis, first.rank()), first);
    lax::concatenate(&tensors, axis)
}

/// The elements `start..end` of an axis.
#[track_caller]
pub(super) fn cut(x: &Tensor, axis: usize, start: usize, end: usize) -> Tensor {
    let (mut starts, mut limits) = (vec![0; x.rank()], x.shape().to_vec());
    (starts[axis], limits[axis]) = (start, end);
    if *limits == **x.shape() && start == 0 {
        return x.clone();
    }
    lax::slice(x, &starts, &limits, &vec![1; x.rank()])
}

/// Repeating, moving, padding.
impl Tensor {
    /// The whole array repeated, `repeats[i]` times along axis `i`; with fewer or more repeats than
    /// axes, the last axes go together.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| x.tile(&[2]));
    /// assert_eq!(f.call(vec![1.0, 2.0])?.to_vec::<f64>()?, [1.0, 2.0, 1.0, 2.0]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn tile(&self, repeats: &[usize]) -> Tensor {
        let rank = self.rank().max(repeats.len());
        let shape = [vec![1; rank - self.rank()], self.shape().to_vec()].concat();
        let repeats = [vec![1; rank - repeats.len()], repeats.to_vec()].concat();
        // Every axis is repeated along a new one before it.
        let pairs = || repeats.iter().zip(&shape);
        let spread: Vec<usize> = pairs().flat_map(|(&r, &d)| [r, d]).collect();
        let tiled: Vec<usize> = pairs().map(|(r, d)| r * d).collect();
        let places: Vec<usize> = (rank - self.rank()..rank).map(|i| 2 * i + 1).collect();
        lax::reshape(&lax::broadcast_in_dim(self, spread, &places), tiled)
    }

    /// Every element repeated `n` times along an axis.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| x.repeat(2, 0));
    /// assert_eq!(f.call(vec![1.0, 2.0])?.to_vec::<f64>()?, [1.0, 1.0, 2.0, 2.0]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the axis is out of range.
    #[track_caller]
    pub fn repeat(&self, n: usize, axis: isize) -> Tensor {
        let axis = or_poison!(axes::axis("repeat", axis, self.rank()), self);
        let spread = self.shape().with_axis(axis + 1, n);
        let places: Vec<usize> = (0..spread.rank()).filter(|&d| d != axis + 1).collect();
        let mut repeated = self.shape().to_vec();
        repeated[axis] *= n;
        lax::reshape(&lax::broadcast_in_dim(self, spread, &places), repeated)
    }

    /// The elements in reverse order along the given axes.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| x.flip(0));
    /// assert_eq!(f.call(vec![1.0, 2.0, 3.0])?.to_vec::<f64>()?, [3.0, 2.0, 1.0]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When an axis is out of range or named twice.
    #[track_caller]
    pub fn flip(&self, axes: impl Axes) -> Tensor {
        let axes = or_poison!(axes::sorted("flip", &axes, self.rank()), self);
        lax::rev(self, &axes)
    }

    /// The elements moved by `shift` places along an axis; those that pass the end come back at
    /// the front.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| x.roll(1, 0));
    /// assert_eq!(f.call(vec![1.0, 2.0, 3.0])?.to_vec::<f64>()?, [3.0, 1.0, 2.0]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the axis is out of range.
    #[track_caller]
    pub fn roll(&self, shift: isize, axis: isize) -> Tensor {
        let axis = or_poison!(axes::axis("roll", axis, self.rank()), self);
        let size = self.shape()[axis];
        let shift = shift.checked_rem_euclid(size as isize).unwrap_or(0) as usize;
        if shift == 0 {
            return self.clone();
        }
        let (front, back) = (cut(self, axis, 0, size - shift), cut(self, axis, size - shift, size));
        lax::concatenate(&[&back, &front], axis)
    }

    /// With `(before, after)` elements of one value added along every axis.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| x.pad(&[(1, 2)], 0.0));
    /// assert_eq!(f.call(vec![1.0, 2.0])?.to_vec::<f64>()?, [0.0, 1.0, 2.0, 0.0, 0.0]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When there is not one pair for each axis, or the value is not a scalar of the same dtype.
    #[track_caller]
    pub fn pad(&self, widths: &[(usize, usize)], value: impl ToTensor) -> Tensor {
        let config: Vec<_> = widths.iter().map(|&(l, h)| (l as isize, h as isize, 0)).collect();
        lax::pad(self, &value.to_tensor(self.dtype()), &config)
    }
}
