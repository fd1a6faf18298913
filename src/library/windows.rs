//! Windows: reductions over them, pooling, and convolution.
//!
//! All are made of shifted slices, one for each place of the window, so they have the derivatives of
//! slices, and passes see the windows. Large windows make large programs.

use super::{one_dtype, or_poison};
use crate::base::{Error, Result, Scalar, Shape};
use crate::ir::Tensor;
use crate::ir::params::{BinaryOp, ReduceOp};
use crate::lax;

/// How a kernel moves over an array, see [`Tensor::conv`]. Empty lists stand for ones and zeros.
///
/// ```
/// use cotangent::Conv;
/// let by_two = Conv { strides: vec![2], padding: vec![(1, 1)], ..Conv::default() };
/// assert_eq!(by_two.groups, 1);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conv {
    /// The steps of the kernel, for each axis of space.
    pub strides: Vec<usize>,
    /// Zeros in front of and behind the array.
    pub padding: Vec<(usize, usize)>,
    /// The distance of neighbours in the kernel.
    pub dilation: Vec<usize>,
    /// The distance of neighbours in the array: above one it is spread by zeros, as for a transposed
    /// convolution.
    pub input_dilation: Vec<usize>,
    /// Groups of channels that are convolved each by its own kernels.
    pub groups: usize,
}

impl Default for Conv {
    fn default() -> Conv {
        let (strides, dilation, input_dilation) = (vec![], vec![], vec![]);
        Conv { strides, padding: vec![], dilation, input_dilation, groups: 1 }
    }
}

/// A window that moves over an array: lists with an entry for each axis.
struct Windows {
    sizes: Vec<usize>,
    strides: Vec<usize>,
    dilation: Vec<usize>,
    /// The number of places of the window.
    places: Vec<usize>,
}

impl Windows {
    /// Over an array of this shape, padded.
    fn new(
        op: &str,
        shape: &[usize],
        sizes: &[usize],
        strides: &[usize],
        dilation: &[usize],
    ) -> Result<Windows> {
        let lists = [sizes, strides, dilation];
        if lists.iter().any(|l| l.len() != shape.len() || l.contains(&0)) {
            let why = format!(
                "window {sizes:?}, strides {strides:?} and dilation {dilation:?} need a number that \
                 is not 0 for each of {} axes",
                shape.len()
            );
            return Err(Error::argument(op, why));
        }
        let place = |d: usize| {
            let reach = (sizes[d] - 1) * dilation[d] + 1;
            shape[d].checked_sub(reach).map_or(0, |rest| rest / strides[d] + 1)
        };
        let places = (0..shape.len()).map(place).collect();
        let [sizes, strides, dilation] = lists.map(<[usize]>::to_vec);
        Ok(Windows { sizes, strides, dilation, places })
    }

    /// For each element of the window, in row-major order, the slice of what it meets at all places.
    #[track_caller]
    fn slices(&self, x: &Tensor) -> Vec<Tensor> {
        let count: usize = self.sizes.iter().product();
        let mut slices = Vec::with_capacity(count);
        for k in 0..count {
            let (mut rest, n) = (k, self.sizes.len());
            let (mut start, mut limit) = (vec![0; n], vec![0; n]);
            for d in (0..n).rev() {
                start[d] = rest % self.sizes[d] * self.dilation[d];
                rest /= self.sizes[d];
                let steps = self.places[d].saturating_sub(1) * self.strides[d];
                limit[d] = start[d] + if self.places[d] == 0 { 0 } else { steps + 1 };
            }
            if self.places.contains(&0) {
                (start, limit) = (vec![0; n], self.places.clone());
            }
            slices.push(lax::slice(x, &start, &limit, &self.strides));
        }
        slices
    }
}

fn or_ones(list: &[usize], n: usize) -> Vec<usize> {
    if list.is_empty() { vec![1; n] } else { list.to_vec() }
}

/// Windows.
impl Tensor {
    /// The reduction of every window, XLA's `ReduceWindow`. `window`, `strides` and `padding` have an
    /// entry for each axis; what is padded leaves the others alone. Equal extremes share the
    /// derivative.
    ///
    /// # Shapes
    /// `(n + padding − window) / stride + 1` along each axis, rounded down.
    ///
    /// # Errors
    /// Lists of another length, zeros in them, or a dtype that has no such reduction.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit, params::ReduceOp};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| x.reduce_window(ReduceOp::Sum, &[2], &[1], &[(0, 0)]));
    /// assert_eq!(f.call(vec![1.0, 2.0, 4.0])?.to_vec::<f64>()?, [3.0, 6.0]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn reduce_window(
        &self,
        op: ReduceOp,
        window: &[usize],
        strides: &[usize],
        padding: &[(usize, usize)],
    ) -> Tensor {
        if padding.len() != self.rank() {
            let why = format!("padding {padding:?} needs a pair for each of {} axes", self.rank());
            or_poison!(Err(Error::argument("reduce_window", why)), self)
        }
        let config: Vec<_> = padding.iter().map(|&(a, b)| (a as isize, b as isize, 0)).collect();
        let padded = lax::pad(self, &Tensor::literal(op.neutral(self.dtype())), &config);
        let ones = vec![1; self.rank()];
        let windows = Windows::new("reduce_window", padded.shape(), window, strides, &ones);
        let windows = or_poison!(windows, self);
        let slices = windows.slices(&padded);
        let mut sum = slices[0].clone();
        for slice in &slices[1..] {
            sum = match op {
                ReduceOp::Sum => lax::add(&sum, slice),
                ReduceOp::Prod => lax::mul(&sum, slice),
                ReduceOp::Max => lax::binary(BinaryOp::Max, &sum, slice),
                ReduceOp::Min => lax::binary(BinaryOp::Min, &sum, slice),
                ReduceOp::And => lax::and(&sum, slice),
                ReduceOp::Or => lax::or(&sum, slice),
            };
        }
        sum
    }

    /// The largest element of every window over the last axes, as many as `window` has entries.
    ///
    /// # Errors
    /// Fewer axes than that, or zeros.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let y = jit(|x: Tensor| x.max_pool(&[2], &[2])).call(vec![1.0, 5.0, 4.0, 2.0])?;
    /// assert_eq!(y.to_vec::<f64>()?, [5.0, 4.0]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn max_pool(&self, window: &[usize], strides: &[usize]) -> Tensor {
        let [window, strides] = or_poison!(self.over_last("max_pool", window, strides), self);
        self.reduce_window(ReduceOp::Max, &window, &strides, &vec![(0, 0); self.rank()])
    }

    /// The mean of every window over the last axes, as many as `window` has entries.
    ///
    /// # Errors
    /// Fewer axes than that, zeros, or elements that are not floats.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let y = jit(|x: Tensor| x.mean_pool(&[2], &[2])).call(vec![1.0, 5.0, 4.0, 2.0])?;
    /// assert_eq!(y.to_vec::<f64>()?, [3.0, 3.0]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn mean_pool(&self, window: &[usize], strides: &[usize]) -> Tensor {
        or_poison!(super::float("mean_pool", self), self);
        let [window, strides] = or_poison!(self.over_last("mean_pool", window, strides), self);
        let count: usize = window.iter().product();
        let sum = self.reduce_window(ReduceOp::Sum, &window, &strides, &vec![(0, 0); self.rank()]);
        sum / count as f64
    }

    /// Lists for the last axes with ones for those before.
    fn over_last(&self, op: &str, window: &[usize], strides: &[usize]) -> Result<[Vec<usize>; 2]> {
        match self.rank().checked_sub(window.len()) {
            Some(before) if strides.len() == window.len() => {
                Ok([window, strides].map(|list| [vec![1; before], list.to_vec()].concat()))
            }
            _ => {
                let why = format!(
                    "window {window:?} and strides {strides:?} are for other than {} axes",
                    self.rank()
                );
                Err(Error::argument(op, why))
            }
        }
    }

    /// Convolution as networks have it (the kernel is not turned around), in any number of dimensions:
    /// at each place the sum of products of the kernel with what lies below it, over all channels.
    ///
    /// # Shapes
    /// `[batch, channels, space...]` with a kernel `[outputs, channels / groups, window...]` to
    /// `[batch, outputs, places...]`.
    ///
    /// # Errors
    /// Ranks, channels or groups that do not fit, lists of another length, zeros in them, or dtypes that
    /// differ.
    ///
    /// # Source
    /// XLA's `ConvGeneralDilated`.
    ///
    /// ```
    /// # use cotangent::{Conv, Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor, k: Tensor| {
    ///     x.reshape([1, 1, 3]).conv(&k.reshape([1, 1, 2]), &Conv::default()).ravel()
    /// });
    /// let y = f.call((vec![1.0, 2.0, 4.0], vec![1.0, -1.0]))?;
    /// assert_eq!(y.to_vec::<f64>()?, [-1.0, -2.0]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn conv(&self, kernel: &Tensor, how: &Conv) -> Tensor {
        or_poison!(one_dtype("conv", [self, kernel]), self);
        let n = self.rank().saturating_sub(2);
        let g = how.groups;
        let fits = self.rank() >= 2
            && kernel.rank() == self.rank()
            && g > 0
            && kernel.shape()[0].is_multiple_of(g)
            && self.shape()[1] == kernel.shape()[1] * g;
        if !fits {
            let why = format!(
                "in {g} groups: they are [batch, channels, space...] and [outputs, channels / groups, \
                 window...]"
            );
            or_poison!(Err(Error::shape("conv", &[self.shape(), kernel.shape()], why)), self)
        }
        let padding = if how.padding.is_empty() { vec![(0, 0); n] } else { how.padding.clone() };
        let spread = or_ones(&how.input_dilation, n);
        if padding.len() != n || spread.len() != n || spread.contains(&0) {
            let why = format!("padding {padding:?} and input dilation {spread:?} for {n} axes");
            or_poison!(Err(Error::argument("conv", why)), self)
        }
        let space = padding.iter().zip(&spread);
        let space = space.map(|(&(a, b), &s)| (a as isize, b as isize, s - 1));
        let config: Vec<_> = [(0, 0, 0); 2].into_iter().chain(space).collect();
        let zero = Scalar::from_f64(0.0, self.dtype());
        let padded = lax::pad(self, &Tensor::literal(zero), &config);

        let all = |list: &[usize]| [vec![1, 1], or_ones(list, n)].concat();
        let window = [&[1, 1], &kernel.shape()[2..]].concat();
        let (strides, dilation) = (all(&how.strides), all(&how.dilation));
        let windows = Windows::new("conv", padded.shape(), &window, &strides, &dilation);
        let windows = or_poison!(windows, self);
        let slices = windows.slices(&padded);
        // [batch, groups, channels, window, places...] by [groups, outputs, channels, window].
        let (b, c, o) = (self.shape()[0], kernel.shape()[1], kernel.shape()[0] / g);
        let places = &windows.places[2..];
        let apart =
            |slice: &Tensor| lax::reshape(slice, Shape::from([&[b, g, c, 1], places].concat()));
        let slices: Vec<Tensor> = slices.iter().map(apart).collect();
        let below = lax::concatenate(&slices.iter().collect::<Vec<_>>(), 3);
        let kernel = lax::reshape(kernel, [g, o, c, slices.len()]);
        let sums = lax::dot_general(&kernel, &below, (&[2, 3], &[2, 3]), (&[0], &[1]));
        // [groups, outputs, batch, places...]
        let perm: Vec<usize> = [2, 0, 1].into_iter().chain(3..3 + n).collect();
        lax::reshape(&lax::transpose(&sums, &perm), Shape::from([&[b, g * o], places].concat()))
    }
}
