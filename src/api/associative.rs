//! Running combinations of trees, by halves.

use super::tree::{leaves, traced_call};
use super::{Function, IntoArgs, Tree};
use crate::base::Source;
use crate::lax;
use std::marker::PhantomData;

/// A running combination, itself a function. See [`associative_scan`].
pub struct AssociativeScan<F, T> {
    f: F,
    reverse: bool,
    types: PhantomData<fn(T) -> T>,
}

/// All running combinations along axis 0 by `f`, a function of two trees, in about twice the logarithm
/// of the length of steps, each for many elements at once: `y₀ = x₀`, `y₁ = f(y₀, x₁)`, and so on.
///
/// `f` gets slices along axis 0 of the elements that it combines one by one; it must be associative.
/// Without a tree and along any axis it is [`lax::associative_scan`].
///
/// # Shapes
/// One length along axis 0 for all tensors of the tree; `f` keeps their shapes and dtypes.
///
/// # Errors
/// Those of `f`, results of `f` of other types, scalars, and tensors of different lengths; returned by
/// the transformation around the call.
///
/// ```
/// use cotangent::{Tensor, associative_scan, jit};
/// # fn main() -> cotangent::Result<()> {
/// // y[i] = a[i] y[i − 1] + b[i], as the composition of maps (a, b).
/// let compose = |(a, b): (Tensor, Tensor), (c, d): (Tensor, Tensor)| (a * &c, c * b + d);
/// let f = jit(move |a: Tensor, b: Tensor| associative_scan(compose).call((a, b)).1);
/// let y = f.call((vec![0.5, 0.5, 0.5], vec![1.0, 1.0, 1.0]))?;
/// assert_eq!(y.to_vec::<f64>()?, [1.0, 1.5, 1.75]);
/// # Ok(())
/// # }
/// ```
pub fn associative_scan<F, T>(f: F) -> AssociativeScan<F, T>
where
    F: Function<(T, T), Out = T>,
    T: Tree,
{
    AssociativeScan { f, reverse: false, types: PhantomData }
}

impl<F: Function<(T, T), Out = T>, T: Tree> AssociativeScan<F, T> {
    /// From the last element to the first.
    pub fn reverse(mut self) -> Self {
        self.reverse = true;
        self
    }

    /// Combines inside a traced function.
    #[track_caller]
    pub fn call(&self, xs: impl IntoArgs<(T,)>) -> T {
        self.apply(xs.into_args())
    }
}

impl<F: Function<(T, T), Out = T>, T: Tree> Function<(T,)> for AssociativeScan<F, T> {
    type Out = T;

    #[track_caller]
    fn apply(&self, (xs,): (T,)) -> T {
        let def = xs.def();
        let build = |xs: &[crate::ir::Tensor]| T::build(&def, &mut xs.iter().cloned());
        traced_call(Source::here(), || {
            let f = |x: &[_], y: &[_]| match (build(x), build(y)) {
                (Ok(x), Ok(y)) => leaves(&self.f.apply((x, y))),
                // They have the structure of the whole, so that nothing else happens.
                _ => Vec::new(),
            };
            build(&lax::associative_scan(f, &leaves(&xs), 0, self.reverse))
        })
    }
}

impl<F: Clone, T> Clone for AssociativeScan<F, T> {
    fn clone(&self) -> Self {
        AssociativeScan { f: self.f.clone(), reverse: self.reverse, types: PhantomData }
    }
}
