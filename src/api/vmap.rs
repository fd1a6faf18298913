//! Vectorization over a batch axis.

use super::tree::traced_call;
use super::{Arguments, Function, IntoArgs, Tree};
use crate::base::shape::normalize_axis;
use crate::base::{Error, Result, Source};
use crate::ir::{Aval, Batched, Tensor};
use crate::{lax, transform};
use std::marker::PhantomData;

/// A function vectorized over a batch axis, itself a function.
pub struct Vmap<F, Args> {
    f: F,
    in_axes: InAxes,
    out_axes: isize,
    args: PhantomData<fn(Args)>,
}

/// The batch axis of each argument (`None`: the argument is the same for all examples).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InAxes {
    /// The same for every argument.
    All(isize),
    /// One entry per argument.
    Each(Vec<Option<isize>>),
}

impl From<isize> for InAxes {
    fn from(axis: isize) -> InAxes {
        InAxes::All(axis)
    }
}
impl<const N: usize> From<[Option<isize>; N]> for InAxes {
    fn from(axes: [Option<isize>; N]) -> InAxes {
        InAxes::Each(axes.to_vec())
    }
}
impl<const N: usize> From<[isize; N]> for InAxes {
    fn from(axes: [isize; N]) -> InAxes {
        InAxes::Each(axes.into_iter().map(Some).collect())
    }
}
impl From<Vec<Option<isize>>> for InAxes {
    fn from(axes: Vec<Option<isize>>) -> InAxes {
        InAxes::Each(axes)
    }
}

/// The function applied to every example along axis 0 of every argument, at once; the results lie
/// along axis 0. [`Vmap::in_axes`] and [`Vmap::out_axes`] choose other axes.
///
/// # Errors
/// When an axis is out of range, or arguments hold different numbers of examples.
///
/// ```
/// use cotangent::{Array, Tensor, jit, vmap};
/// # fn main() -> cotangent::Result<()> {
/// // One matrix, many vectors.
/// let f = vmap(|a: Tensor, x: Tensor| a.matmul(&x)).in_axes([None, Some(0)]);
/// let a = Array::from_slice([2, 2], &[1.0, 2.0, 3.0, 4.0])?;
/// let x = Array::from_slice([2, 2], &[1.0, 0.0, 0.0, 1.0])?;
/// assert_eq!(jit(f).call((a, x))?.to_vec::<f64>()?, [1.0, 3.0, 2.0, 4.0]);
/// # Ok(())
/// # }
/// ```
pub fn vmap<F: Function<Args>, Args: Arguments>(f: F) -> Vmap<F, Args> {
    Vmap { f, in_axes: InAxes::All(0), out_axes: 0, args: PhantomData }
}

impl<F: Function<Args>, Args: Arguments> Vmap<F, Args> {
    /// The batch axis of each argument: one for all, or one entry per argument, `None` where the
    /// argument is the same for all examples. Negative axes count from the end.
    pub fn in_axes(self, axes: impl Into<InAxes>) -> Self {
        Vmap { in_axes: axes.into(), ..self }
    }

    /// The batch axis of the results. A negative axis counts from the end of the batched result.
    pub fn out_axes(self, axis: isize) -> Self {
        Vmap { out_axes: axis, ..self }
    }

    /// Applies the vectorized function inside a traced function.
    #[track_caller]
    pub fn call(&self, args: impl IntoArgs<Args>) -> F::Out {
        self.apply(args.into_args())
    }

    fn run(&self, args: &Args) -> Result<F::Out> {
        let def = args.def();
        let defs = def.children();
        let axes: Vec<Option<isize>> = match &self.in_axes {
            InAxes::All(axis) => vec![Some(*axis); defs.len()],
            InAxes::Each(axes) if axes.len() == defs.len() => axes.clone(),
            InAxes::Each(axes) => {
                let why =
                    format!("in_axes has {} entries for {} arguments", axes.len(), defs.len());
                return Err(Error::argument("vmap", why));
            }
        };
        let mut leaves = Vec::new();
        args.flatten(&mut leaves);
        let per_leaf = axes.iter().zip(defs).flat_map(|(a, d)| vec![*a; d.leaves()]);
        let args: Vec<Batched> = leaves
            .iter()
            .zip(per_leaf)
            .map(|(t, axis)| {
                let place = |a: isize| {
                    normalize_axis(a, t.rank()).ok_or_else(|| Error::axis("vmap", a, t.rank()))
                };
                Ok(Batched::new(t.clone(), axis.map(place).transpose()?))
            })
            .collect::<Result<_>>()?;
        let size = batch_size(&args)?;
        let examples: Vec<Aval> = args.iter().map(Batched::example_aval).collect();
        let (traced, out) = super::function::trace_function::<Args, F>(&self.f, &def, &examples)?;
        let captures = traced.captures.iter().map(|t| Batched::new(t.clone(), None));
        let ins: Vec<Batched> = captures.chain(args).collect();
        let outs = transform::batch(&traced.jaxpr, &ins, size)?;
        let place = |b: Batched| -> Result<Tensor> {
            let rank = b.example_aval().rank() + 1;
            let to = normalize_axis(self.out_axes, rank)
                .ok_or_else(|| Error::axis("vmap: out_axes", self.out_axes, rank))?;
            Ok(match b.dim {
                Some(from) => lax::move_axis(&b.value, from, to),
                None => {
                    let dims: Vec<usize> = (0..rank).filter(|&d| d != to).collect();
                    lax::broadcast_in_dim(&b.value, b.value.shape().with_axis(to, size), &dims)
                }
            })
        };
        let outs = outs.into_iter().map(place).collect::<Result<Vec<_>>>()?;
        F::Out::build(&out, &mut outs.into_iter())
    }
}

/// The number of examples, on which all batched arguments must agree.
fn batch_size(args: &[Batched]) -> Result<usize> {
    let sizes: Vec<(usize, &Tensor)> =
        args.iter().filter_map(|b| Some((b.value.shape()[b.dim?], &b.value))).collect();
    let Some(&(size, _)) = sizes.first() else {
        return Err(Error::argument("vmap", "no argument has a batch axis"));
    };
    if sizes.iter().any(|(n, _)| *n != size) {
        let shapes: Vec<_> = sizes.iter().map(|(_, t)| t.shape()).collect();
        let counts: Vec<usize> = sizes.iter().map(|(n, _)| *n).collect();
        let why = format!("the batch axes have different sizes {counts:?}");
        return Err(Error::shape("vmap", &shapes, why));
    }
    Ok(size)
}

impl<F: Clone, Args> Clone for Vmap<F, Args> {
    fn clone(&self) -> Self {
        let (f, in_axes) = (self.f.clone(), self.in_axes.clone());
        Vmap { f, in_axes, out_axes: self.out_axes, args: PhantomData }
    }
}

impl<F: Function<Args>, Args: Arguments> Function<Args> for Vmap<F, Args> {
    type Out = F::Out;

    #[track_caller]
    fn apply(&self, args: Args) -> F::Out {
        traced_call(Source::here(), || self.run(&args))
    }
}
