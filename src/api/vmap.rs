//! Vectorization over a batch axis.

use super::budget::Memory;
use super::function::trace_function;
use super::tree::{leaves, traced_call};
use super::{Arguments, Function, IntoArgs, Tree};
use crate::base::shape::normalize_axis;
use crate::base::{DType, Error, Result, Scalar, Source};
use crate::ir::{Aval, Batched, Jaxpr, Tensor, trace};
use crate::{lax, transform};
use std::marker::PhantomData;
use std::slice;

/// A function vectorized over a batch axis, itself a function.
pub struct Vmap<F, Args> {
    f: F,
    in_axes: InAxes,
    out_axes: isize,
    memory: Memory,
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
    Vmap { f, in_axes: InAxes::All(0), out_axes: 0, memory: Memory::default(), args: PhantomData }
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

    /// Computes at most `n` examples (at least one) at once, in a loop that writes into the results:
    /// less memory for intermediates, more time.
    ///
    /// ```
    /// use cotangent::{Tensor, jit, vmap};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(vmap(|x: Tensor| x.powi(2)).chunk(2));
    /// assert_eq!(f.call(vec![1.0, 2.0, 3.0])?.to_vec::<f64>()?, [1.0, 4.0, 9.0]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn chunk(self, n: usize) -> Self {
        Vmap { memory: Memory::Chunk(n.max(1)), ..self }
    }

    /// Takes the largest chunk whose planned peak of memory (arguments, results, and what is stored
    /// in between) is at most so many bytes. Without it the limit is half of the machine's memory.
    ///
    /// # Errors
    /// When traced: if one example at a time needs more. The error says how much is needed.
    pub fn budget(self, bytes: usize) -> Self {
        Vmap { memory: Memory::Budget(bytes), ..self }
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
        let leaves = leaves(args);
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
        let size = batch_size(&args, &def.argument_names())?;
        let examples: Vec<Aval> = args.iter().map(Batched::example_aval).collect();
        let (traced, out) = trace_function::<Args, F>(&self.f, &def, &examples)?;
        let places = traced.jaxpr.out_avals().into_iter().map(|a| {
            let rank = a.rank() + 1;
            normalize_axis(self.out_axes, rank)
                .ok_or_else(|| Error::axis("vmap: out_axes", self.out_axes, rank))
        });
        let batch =
            Batch { jaxpr: traced.jaxpr.clone(), size, places: places.collect::<Result<_>>()? };
        let captures = traced.captures.iter().map(|t| Batched::new(t.clone(), None));
        let ins: Vec<Batched> = captures.chain(args).collect();
        let first = batch.program(&ins, self.memory.first_chunk(size))?;
        let plan = self.memory.plan(size, (first, None), |chunk| batch.program(&ins, chunk))?;
        self.memory.choose("vmap", slice::from_ref(&plan))?;
        let ins: Vec<Tensor> = ins.into_iter().map(|b| b.value).collect();
        F::Out::build(&out, &mut transform::eval(&plan.jaxpr, &ins)?.into_iter())
    }
}

/// A program to be applied to examples.
struct Batch {
    jaxpr: Jaxpr,
    /// The number of examples.
    size: usize,
    /// The batch axis of each result.
    places: Vec<usize>,
}

impl Batch {
    /// The program on all examples, at most `chunk` at once.
    fn program(&self, ins: &[Batched], chunk: Option<usize>) -> Result<Jaxpr> {
        let avals: Vec<Aval> = ins.iter().map(|b| b.value.aval().clone()).collect();
        let run = |tensors: &[Tensor]| {
            let place = |(t, b): (&Tensor, &Batched)| Batched::new(t.clone(), b.dim);
            let ins: Vec<Batched> = tensors.iter().zip(ins).map(place).collect();
            let outs = match chunk {
                None => self.apply(&ins, self.size)?,
                Some(n) => self.apply_in_parts(&ins, n)?,
            };
            Ok((outs, ()))
        };
        Ok(trace::trace(&avals, run)?.0.jaxpr)
    }

    /// The results for so many examples.
    fn apply(&self, ins: &[Batched], size: usize) -> Result<Vec<Tensor>> {
        let outs = transform::batch(&self.jaxpr, ins, size)?;
        let place = |(b, &to): (Batched, &usize)| match b.dim {
            Some(from) => lax::move_axis(&b.value, from, to),
            None => {
                let dims: Vec<usize> = (0..=b.value.rank()).filter(|&d| d != to).collect();
                lax::broadcast_in_dim(&b.value, b.value.shape().with_axis(to, size), &dims)
            }
        };
        Ok(outs.into_iter().zip(&self.places).map(place).collect())
    }

    /// The results part by part; the last part overlaps the one before.
    fn apply_in_parts(&self, ins: &[Batched], n: usize) -> Result<Vec<Tensor>> {
        let zeros = |(a, &to): (Aval, &usize)| {
            lax::zeros_like(&a.with_shape(a.shape.with_axis(to, self.size)))
        };
        let init: Vec<Tensor> =
            self.jaxpr.out_avals().into_iter().zip(&self.places).map(zeros).collect();
        let turns = self.size.div_ceil(n);
        let number = |n: usize| Tensor::literal(Scalar::I32(n as i32));
        let at = |rank: usize, axis: usize, start: &Tensor| -> Vec<Tensor> {
            (0..rank).map(|d| if d == axis { start.clone() } else { number(0) }).collect()
        };
        let body = |carries: &[Tensor], turn: &[Tensor]| {
            let start = lax::mul(&turn[0], &number(n));
            let start = lax::clamp(&number(0), &start, &number(self.size - n));
            let part = |b: &Batched| {
                let Some(dim) = b.dim else { return b.clone() };
                let starts = at(b.value.rank(), dim, &start);
                let sizes = b.value.shape().without(&[dim]).with_axis(dim, n);
                let starts: Vec<&Tensor> = starts.iter().collect();
                Batched::new(lax::dynamic_slice(&b.value, &starts, &sizes), dim)
            };
            let parts: Vec<Batched> = ins.iter().map(part).collect();
            let write = |((carry, out), &to): ((&Tensor, Tensor), &usize)| {
                let starts = at(carry.rank(), to, &start);
                lax::dynamic_update_slice(carry, &out, &starts.iter().collect::<Vec<_>>())
            };
            let outs = carries.iter().zip(self.apply(&parts, n)?).zip(&self.places);
            Ok((outs.map(write).collect(), ()))
        };
        Ok(lax::scan_with((turns, false), &init, &[lax::iota(DType::I32, [turns], 0)], body)?.0)
    }
}

/// The number of examples, on which all batched arguments must agree.
fn batch_size(args: &[Batched], names: &[String]) -> Result<usize> {
    let named = args.iter().zip(names);
    let sizes: Vec<(usize, &Tensor, &String)> =
        named.filter_map(|(b, name)| Some((b.value.shape()[b.dim?], &b.value, name))).collect();
    let Some(&(size, ..)) = sizes.first() else {
        return Err(Error::argument("vmap", "no argument has a batch axis"));
    };
    if sizes.iter().any(|(n, ..)| *n != size) {
        let shapes: Vec<_> = sizes.iter().map(|(_, t, _)| t.shape()).collect();
        let counts: Vec<String> =
            sizes.iter().map(|(n, _, name)| format!("{n} ({name})")).collect();
        let why = format!("the batch axes have different sizes: {}", counts.join(", "));
        return Err(Error::shape("vmap", &shapes, why));
    }
    Ok(size)
}

impl<F: Clone, Args> Clone for Vmap<F, Args> {
    fn clone(&self) -> Self {
        let (f, in_axes) = (self.f.clone(), self.in_axes.clone());
        Vmap { f, in_axes, out_axes: self.out_axes, memory: self.memory, args: PhantomData }
    }
}

impl<F: Function<Args>, Args: Arguments> Function<Args> for Vmap<F, Args> {
    type Out = F::Out;

    #[track_caller]
    fn apply(&self, args: Args) -> F::Out {
        traced_call(Source::here(), || self.run(&args))
    }
}
