//! Products of vectors, matrices and stacks of them.
//!
//! All are contractions by labelled axes, see `einsum.rs`. The second operand may be given or lent.

use super::axes::{self, Axes};
use super::einsum::{Label, Labelled, contract, ellipsis};
use super::or_poison;
use crate::base::{Error, Result};
use crate::ir::Tensor;
use std::borrow::Borrow;

// Labels of matrix axes, which do not broadcast.
const ROW: Label = 0;
const COLUMN: Label = 1;
const INNER: Label = 2;

/// The labels `from`, `from + 1`, ... for `n` axes.
fn labels(from: usize, n: usize) -> Vec<Label> {
    (from..from + n).map(|l| l as Label).collect()
}

/// Products.
impl Tensor {
    /// Matrix product with numpy's `@` rules: `[..., m, k] · [..., k, n] → [..., m, n]`.
    ///
    /// Leading axes broadcast. A vector on the left is a row, on the right a column, and the
    /// result does not have that axis.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|a: Tensor, x: Tensor| {
    ///     let a = a.reshape([2, 2]);
    ///     (a.matmul(&x), x.matmul(&a))
    /// });
    /// let (ax, xa) = f.call((vec![1.0, 2.0, 3.0, 4.0], vec![1.0, 10.0]))?;
    /// assert_eq!(ax.to_vec::<f64>()?, [21.0, 43.0]);
    /// assert_eq!(xa.to_vec::<f64>()?, [31.0, 42.0]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When an operand is a scalar, the inner sizes differ or the leading axes do not broadcast.
    #[track_caller]
    pub fn matmul(&self, y: impl Borrow<Tensor>) -> Tensor {
        let y = y.borrow();
        or_poison!(not_scalar("matmul", self, y), self);
        let stack = |t: &Tensor| ellipsis(t.rank().saturating_sub(2));
        let row = if self.rank() == 1 { vec![] } else { vec![ROW] };
        let column = if y.rank() == 1 { vec![] } else { vec![COLUMN] };
        let longer = if self.rank() > y.rank() { self } else { y };
        let out = [stack(longer), row.clone(), column.clone()].concat();
        let x = Labelled::new(self, [stack(self), row, vec![INNER]].concat());
        let y = Labelled::new(y, [stack(y), vec![INNER], column].concat());
        contract("matmul", vec![x, y], &out)
    }

    /// numpy's `dot`: the inner product of vectors, the product of matrices, and in general the
    /// sum over the last axis of `self` and the last but one (of a vector the only one) of `y`.
    /// With a scalar it is `*`.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor, y: Tensor| x.dot(&y));
    /// assert_eq!(f.call((vec![1.0, 2.0], vec![3.0, 4.0]))?.item::<f64>()?, 11.0);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the sizes of the summed axes differ.
    #[track_caller]
    pub fn dot(&self, y: impl Borrow<Tensor>) -> Tensor {
        let y = y.borrow();
        summed("dot", self, y, y.rank().saturating_sub(2))
    }

    /// numpy's `inner`: the sum over the last axes of both. With a scalar it is `*`.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| {
    ///     let x = x.reshape([2, 2]);
    ///     x.inner(&x)
    /// });
    /// assert_eq!(f.call(vec![1.0, 2.0, 3.0, 4.0])?.to_vec::<f64>()?, [5.0, 11.0, 11.0, 25.0]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the sizes of the last axes differ.
    #[track_caller]
    pub fn inner(&self, y: impl Borrow<Tensor>) -> Tensor {
        let y = y.borrow();
        summed("inner", self, y, y.rank().saturating_sub(1))
    }

    /// The inner product of all elements of two tensors of one size.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| x.reshape([2, 2]).vdot(&x));
    /// assert_eq!(f.call(vec![1.0, 2.0, 3.0, 4.0])?.item::<f64>()?, 30.0);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the numbers of elements differ.
    #[track_caller]
    pub fn vdot(&self, y: impl Borrow<Tensor>) -> Tensor {
        let y = y.borrow();
        summed("vdot", &self.ravel(), &y.ravel(), 0)
    }

    /// All products of an element of `self` and one of `y`, both as vectors: `[m] · [n] → [m, n]`.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| x.outer(&x));
    /// assert_eq!(f.call(vec![1.0, 2.0])?.to_vec::<f64>()?, [1.0, 2.0, 2.0, 4.0]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn outer(&self, y: impl Borrow<Tensor>) -> Tensor {
        let y = y.borrow();
        let x = Labelled::new(&self.ravel(), [ROW]);
        let y = Labelled::new(&y.ravel(), [COLUMN]);
        contract("outer", vec![x, y], &[ROW, COLUMN])
    }

    /// The sum over the last `n` axes of `self` and the first `n` of `y`, in this order.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| x.tensordot(&x.reshape([2, 1]), 1));
    /// assert_eq!(f.call(vec![1.0, 2.0])?.to_vec::<f64>()?, [5.0]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When an operand has fewer axes or their sizes differ.
    #[track_caller]
    pub fn tensordot(&self, y: impl Borrow<Tensor>, n: usize) -> Tensor {
        let y = y.borrow();
        let start = or_poison!(
            self.rank().checked_sub(n).filter(|_| n <= y.rank()).ok_or_else(|| {
                let why = format!("they do not both have {n} axes");
                Error::shape("tensordot", &[self.shape(), y.shape()], why)
            }),
            self
        );
        let (x_axes, y_axes): (Vec<_>, Vec<_>) = (start..self.rank()).zip(0..n).unzip();
        self.tensordot_axes(y, x_axes, y_axes)
    }

    /// The sum over pairs of axes, one of `self` and one of `y`. The result has the other axes of
    /// `self`, then those of `y`.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| {
    ///     let x = x.reshape([2, 2]);
    ///     x.tensordot_axes(&x, [0, 1], [1, 0])
    /// });
    /// assert_eq!(f.call(vec![1.0, 2.0, 3.0, 4.0])?.item::<f64>()?, 29.0);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the lists have different lengths, an axis is out of range or named twice, or the sizes
    /// of a pair differ.
    #[track_caller]
    pub fn tensordot_axes(
        &self,
        y: impl Borrow<Tensor>,
        x_axes: impl Axes,
        y_axes: impl Axes,
    ) -> Tensor {
        let y = y.borrow();
        let x_axes = or_poison!(axes::ordered("tensordot", &x_axes, self.rank()), self);
        let y_axes = or_poison!(axes::ordered("tensordot", &y_axes, y.rank()), self);
        if x_axes.len() != y_axes.len() {
            let why = format!("{} axes cannot be paired with {}", x_axes.len(), y_axes.len());
            or_poison!(Err(Error::argument("tensordot", why)), self)
        }
        let x_labels = labels(0, self.rank());
        let mut y_labels = labels(self.rank(), y.rank());
        for (&a, &b) in x_axes.iter().zip(&y_axes) {
            y_labels[b] = x_labels[a];
        }
        let free = |l: &&Label| !(x_labels.contains(l) && y_labels.contains(l));
        let out: Vec<Label> = x_labels.iter().chain(&y_labels).filter(free).copied().collect();
        let operands =
            vec![Labelled::new(self, x_labels.clone()), Labelled::new(y, y_labels.clone())];
        contract("tensordot", operands, &out)
    }
}

/// An error if an operand is a scalar.
fn not_scalar(op: &str, x: &Tensor, y: &Tensor) -> Result<()> {
    if x.rank() > 0 && y.rank() > 0 {
        return Ok(());
    }
    Err(Error::shape(op, &[x.shape(), y.shape()], "it takes no scalars; multiply by `*`"))
}

/// The sum over the last axis of `x` and axis `over` of `y`; with a scalar the product.
#[track_caller]
fn summed(op: &str, x: &Tensor, y: &Tensor, over: usize) -> Tensor {
    if x.rank() == 0 || y.rank() == 0 {
        return x * y;
    }
    let x_labels = labels(0, x.rank());
    let mut y_labels = labels(x.rank(), y.rank());
    let shared = x.rank() as Label - 1;
    y_labels[over] = shared;
    let out: Vec<Label> =
        x_labels.iter().chain(&y_labels).filter(|&&l| l != shared).copied().collect();
    contract(op, vec![Labelled::new(x, x_labels), Labelled::new(y, y_labels)], &out)
}
