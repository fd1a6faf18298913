//! Directional derivatives: `jvp`, `linearize` and `vjp` of functions, inside a trace.

use super::function::Applied;
use super::tree::{leaves, traced_call};
use super::{Arguments, Function, IntoArgs, Tree, TreeDef};
use crate::base::{Error, ErrorKind, Result, Source, public_call};
use crate::ir::{Tangent, Tensor};
use crate::{lax, transform};
use std::marker::PhantomData;

/// Refuses vectors that do not match the points they belong to, which have these names.
pub(crate) fn check_like(
    op: &str,
    what: &str,
    points: &[&Tensor],
    names: &[String],
    vectors: &[Tensor],
) -> Result<()> {
    if points.len() != vectors.len() {
        let why = format!("{what} has {} tensors where {} are needed", vectors.len(), points.len());
        return Err(Error::argument(op, why));
    }
    for ((x, name), v) in points.iter().zip(names).zip(vectors) {
        if x.shape() != v.shape() {
            let why = format!("{what} must have the shape of {name}");
            return Err(Error::shape(op, &[x.shape(), v.shape()], why));
        }
        if x.dtype() != v.dtype() {
            let why = format!("{what} must have the dtype of {name}; use `convert`");
            return Err(Error::dtype(op, &[x.dtype(), v.dtype()], why));
        }
    }
    Ok(())
}

/// Zeros for missing tangents.
fn dense(tangents: Vec<Tangent>, like: &[Tensor]) -> Vec<Tensor> {
    let fill = |(t, x): (Tangent, &Tensor)| t.unwrap_or_else(|| lax::zeros_like(x.aval()));
    tangents.into_iter().zip(like).map(fill).collect()
}

/// The places of the floating-point leaves of the arguments, and which of all leaves they are.
/// Other leaves have no tangent: what is given for them is not looked at.
fn active(applied: &Applied) -> Vec<bool> {
    let float = |(i, t): (usize, &Tensor)| i >= applied.n_captures && t.dtype().is_inexact();
    applied.ins.iter().enumerate().map(float).collect()
}

/// The value of `f` and its derivative in the direction of `tangents`, by forward mode.
/// The tangents of integer and `bool` arguments are not looked at.
///
/// # Shapes
/// `tangents` as the arguments; the second result as the first.
///
/// # Errors
/// When tangents do not match the arguments; returned by the transformation around the call.
///
/// ```
/// use cotangent::{Tensor, jit, jvp};
/// # fn main() -> cotangent::Result<()> {
/// let f = jit(|x: Tensor, v: Tensor| jvp(|x: Tensor| x.sin(), x, v));
/// let (y, dy) = f.call((0.0, 2.0))?;
/// assert_eq!((y.item::<f64>()?, dy.item::<f64>()?), (0.0, 2.0));
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn jvp<F, Args>(
    f: F,
    primals: impl IntoArgs<Args>,
    tangents: impl IntoArgs<Args>,
) -> (F::Out, F::Out)
where
    F: Function<Args>,
    Args: Arguments,
{
    let at = Source::here();
    let run = || {
        let applied = Applied::new(&f, &primals.into_args())?;
        let (n, tangents) = (applied.n_captures, leaves(&tangents.into_args()));
        let points: Vec<&Tensor> = applied.ins[n..].iter().collect();
        check_like("jvp", "a tangent", &points, &applied.args.argument_names(), &tangents)?;
        let directions: Vec<Tangent> = active(&applied)
            .into_iter()
            .enumerate()
            .map(|(i, a)| a.then(|| tangents[i - n].clone()))
            .collect();
        let (outs, tangents) = transform::jvp(&applied.jaxpr, &applied.ins, &directions)?;
        let tangents = dense(tangents, &outs);
        let build = |leaves: Vec<Tensor>| F::Out::build(&applied.out, &mut leaves.into_iter());
        Ok((build(outs)?, build(tangents)?))
    };
    traced_call(at, run)
}

/// The derivative of a function at a point, from [`linearize`].
#[derive(Clone)]
pub struct LinearMap<Args, Out> {
    inner: Result<Inner>,
    types: PhantomData<fn(Args) -> Out>,
}

/// The pull-back of a function at a point, from [`vjp`], or the transpose of a linear function, from
/// [`linear_transpose`].
#[derive(Clone)]
pub struct Vjp<Args, Out> {
    op: &'static str,
    inner: Result<Inner>,
    types: PhantomData<fn(Out) -> Args>,
}

#[derive(Clone)]
struct Inner {
    linear: transform::Linear,
    /// The leaves of the arguments, and which of them have tangents.
    points: Vec<Tensor>,
    active: Vec<bool>,
    n_captures: usize,
    outs: Vec<Tensor>,
    args: TreeDef,
    out: TreeDef,
}

fn linearized<F: Function<Args>, Args: Arguments>(f: &F, args: &Args) -> Result<(F::Out, Inner)> {
    let applied = Applied::new(f, args)?;
    let active = active(&applied);
    let (outs, linear) = transform::linearize(&applied.jaxpr, &applied.ins, &active)?;
    let value = F::Out::build(&applied.out, &mut outs.iter().cloned())?;
    let Applied { ins, n_captures, args, out, .. } = applied;
    let points = ins[n_captures..].to_vec();
    let active = active[n_captures..].to_vec();
    Ok((value, Inner { linear, points, active, n_captures, outs, args, out }))
}

/// The value of `f` at a point, and its derivative there as a linear map that can be applied to
/// many tangents without evaluating `f` again.
///
/// # Errors
/// A mistake in `f`; returned by the transformation around the call.
///
/// ```
/// use cotangent::{Tensor, jit, linearize};
/// # fn main() -> cotangent::Result<()> {
/// let f = jit(|x: Tensor| {
///     let (y, df) = linearize(|x: Tensor| x.powi(2), x);
///     (y, df.call(Tensor::scalar(1.0)), df.call(Tensor::scalar(10.0)))
/// });
/// let (y, a, b) = f.call(3.0)?;
/// assert_eq!([y, a, b].map(|v| v.item::<f64>().unwrap_or(0.0)), [9.0, 6.0, 60.0]);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn linearize<F, Args>(f: F, primals: impl IntoArgs<Args>) -> (F::Out, LinearMap<Args, F::Out>)
where
    F: Function<Args>,
    Args: Arguments,
{
    let at = Source::here();
    match public_call(at, || linearized(&f, &primals.into_args())) {
        Ok((out, inner)) => (out, LinearMap { inner: Ok(inner), types: PhantomData }),
        Err(e) => {
            (traced_call(at, || Err(e.clone())), LinearMap { inner: Err(e), types: PhantomData })
        }
    }
}

impl<Args: Arguments, Out: Tree> LinearMap<Args, Out> {
    /// The transpose of the derivative: the pull-back that [`vjp`] gives.
    pub fn transpose(&self) -> Vjp<Args, Out> {
        Vjp { op: "vjp", inner: self.inner.clone(), types: PhantomData }
    }

    /// The derivative in the direction of `tangents`.
    ///
    /// # Shapes
    /// `tangents` have the shapes and dtypes of the arguments (those of arguments that are not
    /// floating-point are not looked at); the result is like that of the function.
    ///
    /// # Errors
    /// When they do not match; returned by the transformation around the call.
    #[track_caller]
    pub fn call(&self, tangents: impl IntoArgs<Args>) -> Out {
        let at = Source::here();
        let run = || {
            let inner = self.inner.clone()?;
            let tangents = leaves(&tangents.into_args());
            check_like(
                "linearize",
                "a tangent",
                &inner.points.iter().collect::<Vec<_>>(),
                &inner.args.argument_names(),
                &tangents,
            )?;
            let active = tangents.into_iter().zip(&inner.active).filter(|(_, a)| **a);
            let outs = inner.linear.apply(&active.map(|(t, _)| t).collect::<Vec<_>>())?;
            Out::build(&inner.out, &mut dense(outs, &inner.outs).into_iter())
        };
        traced_call(at, run)
    }
}

/// The value of `f` at a point, and its pull-back there: from cotangents of the result to those of
/// the arguments (zeros for arguments that are not floating-point).
///
/// # Errors
/// A mistake in `f`; returned by the transformation around the call.
///
/// ```
/// use cotangent::{Tensor, jit, vjp};
/// # fn main() -> cotangent::Result<()> {
/// let f = jit(|x: Tensor, ct: Tensor| {
///     let (_, pull) = vjp(|x: Tensor| x.powi(2), x);
///     let (x_bar,) = pull.call(ct);
///     x_bar
/// });
/// assert_eq!(f.call((3.0, 10.0))?.item::<f64>()?, 60.0);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn vjp<F, Args>(f: F, primals: impl IntoArgs<Args>) -> (F::Out, Vjp<Args, F::Out>)
where
    F: Function<Args>,
    Args: Arguments,
{
    let (out, map) = linearize(f, primals);
    (out, map.transpose())
}

/// The transpose of a function that is linear in its arguments, which are like `args` (their values do
/// not matter): from cotangents of the result to those of the arguments, `⟨w, f(v)⟩ = ⟨fᵀ(w), v⟩`.
/// Nothing is evaluated at a point, and `f` may capture whatever it likes.
///
/// # Errors
/// A mistake in `f`, arguments or results that are not floating-point, or a function that is not
/// linear; returned by the transformation around the call.
///
/// ```
/// use cotangent::{Tensor, jit, linear_transpose};
/// # fn main() -> cotangent::Result<()> {
/// let f = jit(|x: Tensor, w: Tensor| {
///     let differences = |x: Tensor| x.slice_axis(0, 1..) - x.slice_axis(0, ..-1);
///     let (x_bar,) = linear_transpose(differences, x).call(w);
///     x_bar
/// });
/// let x_bar = f.call((vec![0.0; 3], vec![1.0, 10.0]))?;
/// assert_eq!(x_bar.to_vec::<f64>()?, [-1.0, -9.0, 10.0]);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn linear_transpose<F, Args>(f: F, args: impl IntoArgs<Args>) -> Vjp<Args, F::Out>
where
    F: Function<Args>,
    Args: Arguments,
{
    let op = "linear_transpose";
    let inner = public_call(Source::here(), || {
        let applied = Applied::new(&f, &args.into_args())?;
        let n = applied.n_captures;
        applied.check_inputs(op, &(n..applied.ins.len()).collect::<Vec<_>>())?;
        applied.check_outputs(op)?;
        let outs = applied.jaxpr.out_avals().iter().map(lax::zeros_like).collect();
        let Applied { jaxpr, ins, args, out, .. } = applied;
        let linear = transform::Linear::of(jaxpr, &ins[..n]);
        let points = ins[n..].to_vec();
        let active = vec![true; points.len()];
        Ok(Inner { linear, points, active, n_captures: n, outs, args, out })
    });
    Vjp { op, inner, types: PhantomData }
}

impl<Args: Arguments, Out: Tree> Vjp<Args, Out> {
    /// The cotangents of all arguments, given those of the result. It may be called many times.
    ///
    /// # Shapes
    /// `cotangents` have the shapes and dtypes of the result; what comes back, those of the
    /// arguments.
    ///
    /// # Errors
    /// When they do not match; returned by the transformation around the call.
    #[track_caller]
    pub fn call(&self, cotangents: Out) -> Args {
        let at = Source::here();
        let run = || {
            let inner = self.inner.clone()?;
            let cts = leaves(&cotangents);
            let (outs, names) =
                (inner.outs.iter().collect::<Vec<_>>(), inner.out.names("the result"));
            check_like(self.op, "a cotangent", &outs, &names, &cts)?;
            let float = |ct: Tensor| ct.dtype().is_inexact().then_some(ct);
            let cts: Vec<Tangent> = cts.into_iter().map(float).collect();
            let grads = inner.linear.transpose(&cts).map_err(|e| match e.kind() {
                ErrorKind::Internal { what } if self.op == "linear_transpose" => {
                    Error::unsupported(self.op, format!("the function must be linear, but {what}"))
                }
                _ => e,
            })?;
            let grads = grads.into_iter().skip(inner.n_captures).collect();
            Args::build(&inner.args, &mut dense(grads, &inner.points).into_iter())
        };
        traced_call(at, run)
    }
}
