//! Shapes: the same elements seen along other axes.

use super::axes::{self, Axes};
use super::{fit, or_poison};
use crate::base::{Error, Result, Shape, Source, shape};
use crate::ir::{Aval, Tensor, poison};
use crate::lax;

/// Shapes.
impl Tensor {
    /// The size of an axis; a negative one counts from the back.
    ///
    /// Out of range it is 1, and the transformation that is tracing returns the error.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| x.sum() / x.dim(-1) as f64);
    /// assert_eq!(f.call(vec![1.0, 2.0])?.item::<f64>()?, 1.5);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn dim(&self, axis: isize) -> usize {
        match axes::axis("dim", axis, self.rank()) {
            Ok(axis) => self.shape()[axis],
            Err(e) => {
                poison(e.or_at(Source::here()), self.aval().clone());
                1
            }
        }
    }

    /// The same elements in row-major order in another shape.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| x.reshape([2, 2]));
    /// assert_eq!(f.call(vec![1.0, 2.0, 3.0, 4.0])?.shape()[..], [2, 2]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the number of elements is another.
    #[track_caller]
    pub fn reshape(&self, shape: impl Into<Shape>) -> Tensor {
        let shape = shape.into();
        if shape.size() != self.size() {
            let why = format!("they hold {} and {} elements", self.size(), shape.size());
            let e = Error::shape("reshape", &[self.shape(), &shape], why);
            return poison(e.or_at(Source::here()), Aval::new(shape, self.dtype()));
        }
        lax::reshape(self, shape)
    }

    /// [`reshape`](Tensor::reshape) to a shape of which one size may be −1: it follows from the
    /// others.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| x.reshape_infer(&[-1, 2]));
    /// assert_eq!(f.call(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0])?.shape()[..], [3, 2]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the sizes do not fit, or more than one is negative.
    #[track_caller]
    pub fn reshape_infer(&self, sizes: &[isize]) -> Tensor {
        let shape = or_poison!(inferred(self, sizes), self);
        self.reshape(shape)
    }

    /// The elements in row-major order along one axis.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| x.reshape([2, 2]).t().ravel());
    /// assert_eq!(f.call(vec![1.0, 2.0, 3.0, 4.0])?.to_vec::<f64>()?, [1.0, 3.0, 2.0, 4.0]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn ravel(&self) -> Tensor {
        lax::reshape(self, self.size())
    }

    /// [`ravel`](Tensor::ravel) under its other name.
    #[track_caller]
    pub fn flatten(&self) -> Tensor {
        self.ravel()
    }

    /// The axes in reverse order: the transpose of a matrix.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| x.reshape([2, 1, 3]).transpose());
    /// assert_eq!(f.call(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0])?.shape()[..], [3, 1, 2]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn transpose(&self) -> Tensor {
        let perm: Vec<usize> = (0..self.rank()).rev().collect();
        lax::transpose(self, &perm)
    }

    /// [`transpose`](Tensor::transpose) in short.
    #[track_caller]
    pub fn t(&self) -> Tensor {
        self.transpose()
    }

    /// Axis `i` of the result is axis `axes[i]` of `self`.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| x.reshape([2, 1, 3]).permute([1, 2, 0]));
    /// assert_eq!(f.call(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0])?.shape()[..], [1, 3, 2]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When not every axis is named once.
    #[track_caller]
    pub fn permute(&self, axes: impl Axes) -> Tensor {
        let perm = or_poison!(axes::ordered("permute", &axes, self.rank()), self);
        if perm.len() != self.rank() {
            let why = format!("it needs all {} axes, given {}", self.rank(), perm.len());
            or_poison!(Err(Error::argument("permute", why)), self)
        }
        lax::transpose(self, &perm)
    }

    /// Two axes exchanged.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| x.reshape([2, 1, 3]).swapaxes(0, 1));
    /// assert_eq!(f.call(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0])?.shape()[..], [1, 2, 3]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When an axis is out of range.
    #[track_caller]
    pub fn swapaxes(&self, a: isize, b: isize) -> Tensor {
        let a = or_poison!(axes::axis("swapaxes", a, self.rank()), self);
        let b = or_poison!(axes::axis("swapaxes", b, self.rank()), self);
        let mut perm: Vec<usize> = (0..self.rank()).collect();
        perm.swap(a, b);
        lax::transpose(self, &perm)
    }

    /// Axis `from` moved to place `to`; the others keep their order.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| x.reshape([2, 1, 3]).moveaxis(0, -1));
    /// assert_eq!(f.call(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0])?.shape()[..], [1, 3, 2]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When an axis is out of range.
    #[track_caller]
    pub fn moveaxis(&self, from: isize, to: isize) -> Tensor {
        let from = or_poison!(axes::axis("moveaxis", from, self.rank()), self);
        let to = or_poison!(axes::axis("moveaxis", to, self.rank()), self);
        lax::move_axis(self, from, to)
    }

    /// Without the axes of size one.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| x.reshape([1, 2, 1]).squeeze());
    /// assert_eq!(f.call(vec![1.0, 2.0])?.shape()[..], [2]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn squeeze(&self) -> Tensor {
        let ones: Vec<usize> = (0..self.rank()).filter(|&d| self.shape()[d] == 1).collect();
        lax::squeeze(self, &ones)
    }

    /// Without the given axes, which have size one.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| x.reshape([1, 2, 1]).squeeze_axis(-1));
    /// assert_eq!(f.call(vec![1.0, 2.0])?.shape()[..], [1, 2]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When an axis is out of range, named twice or of another size.
    #[track_caller]
    pub fn squeeze_axis(&self, axes: impl Axes) -> Tensor {
        let axes = or_poison!(axes::sorted("squeeze_axis", &axes, self.rank()), self);
        lax::squeeze(self, &axes)
    }

    /// With new axes of size one at the given places of the result.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| (x.expand_dims(0), x.expand_dims([0, -1])));
    /// let (a, b) = f.call(vec![1.0, 2.0])?;
    /// assert_eq!(a.shape()[..], [1, 2]);
    /// assert_eq!(b.shape()[..], [1, 2, 1]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When an axis is beyond the rank of the result or named twice.
    #[track_caller]
    pub fn expand_dims(&self, axes: impl Axes) -> Tensor {
        let rank = self.rank() + axes.to_axes().len();
        let axes = or_poison!(axes::sorted("expand_dims", &axes, rank), self);
        lax::expand_dims(self, &axes)
    }

    /// Repeated as numpy broadcasts: along new leading axes and along axes of size one.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| x.broadcast_to([2, 2]));
    /// assert_eq!(f.call(vec![1.0, 2.0])?.to_vec::<f64>()?, [1.0, 2.0, 1.0, 2.0]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the shape does not broadcast to the other.
    #[track_caller]
    pub fn broadcast_to(&self, shape: impl Into<Shape>) -> Tensor {
        broadcast_as("broadcast_to", self, &shape.into())
    }
}

/// `x` broadcast to a shape, for an operation of this name.
#[track_caller]
pub(super) fn broadcast_as(op: &str, x: &Tensor, to: &Shape) -> Tensor {
    if shape::broadcast(x.shape(), to).as_ref() != Some(to) {
        let why = "the first does not broadcast to the second";
        let e = Error::shape(op, &[x.shape(), to], why);
        return poison(e.or_at(Source::here()), Aval::new(to, x.dtype()));
    }
    if x.rank() == 0 { lax::broadcast(x, to) } else { fit(x, to) }
}

/// The shape whose one negative size follows from the others.
fn inferred(x: &Tensor, sizes: &[isize]) -> Result<Shape> {
    let known: Shape = sizes.iter().filter_map(|&s| usize::try_from(s).ok()).collect();
    let known = known.size();
    let fail = |why: String| Err(Error::argument("reshape", why));
    match sizes.iter().filter(|&&s| s < 0).count() {
        0 => {}
        1 if known > 0 && x.size().is_multiple_of(known) => {}
        1 => return fail(format!("no size in place of −1 makes {sizes:?} out of {}", x.shape())),
        _ => return fail(format!("{sizes:?} leaves more than one size open")),
    }
    let missing = x.size().checked_div(known).unwrap_or(0);
    Ok(sizes.iter().map(|&s| usize::try_from(s).unwrap_or(missing)).collect())
}
