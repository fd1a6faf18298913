//! Functions with derivatives that the user gives: `custom_jvp` and `custom_vjp`.

use super::tree::{leaves, traced_call};
use super::{Arguments, Function, IntoArgs, Tree};
use crate::base::{Error, ErrorKind, Result, Source};
use crate::ir::{Aval, Tensor};
use crate::lax;
use std::marker::PhantomData;

/// A function with a rule of forward mode, itself a function. See [`custom_jvp`].
pub struct CustomJvp<F, R, Args> {
    f: F,
    rule: R,
    args: PhantomData<fn(Args)>,
}

/// A function with a rule of reverse mode, itself a function. See [`custom_vjp`].
pub struct CustomVjp<F, B, Args, Res> {
    forward: F,
    backward: B,
    types: PhantomData<fn(Args, Res)>,
}

/// The function `f`, whose derivative is that of `rule`: from the arguments and their tangents, each
/// as a tuple, to the result of `f` and its tangent.
///
/// Reverse mode transposes what the rule does with the tangents, so it must be linear in them. Higher
/// derivatives are those of the rule as it is written: where it calls the function with its own rule,
/// that is used again.
///
/// # Errors
/// When the rule gives results of another structure or of other types than `f`, or when a derivative
/// is taken by something that `f` or the rule captures; returned by the transformation around the
/// call.
///
/// ```
/// use cotangent::{Tensor, custom_jvp, grad, jit};
/// # fn main() -> cotangent::Result<()> {
/// // log(1 + eˣ), whose derivative would be ∞/∞ for large x.
/// let f = |x: Tensor| x.exp().log1p();
/// let rule = move |(x,): (Tensor,), (dx,): (Tensor,)| (f(x.clone()), x.sigmoid() * dx);
/// let slope = jit(grad(custom_jvp(f, rule)));
/// assert_eq!(slope.call(1000.0)?.item::<f64>()?, 1.0);
/// # Ok(())
/// # }
/// ```
pub fn custom_jvp<F, R, Args>(f: F, rule: R) -> CustomJvp<F, R, Args>
where
    F: Function<Args>,
    R: Function<(Args, Args), Out = (F::Out, F::Out)>,
    Args: Arguments,
{
    CustomJvp { f, rule, args: PhantomData }
}

/// A function whose derivative is given for reverse mode: `forward` takes the arguments and gives the
/// result and whatever `backward` needs; `backward` takes that and the cotangent of the result, and
/// gives the cotangents of the arguments, as a tuple.
///
/// Forward mode works, too, and so do all compositions of second derivatives, where `backward` is made
/// of operations that are linear in the cotangent: its transpose takes tangents to tangents. A rule that
/// is not, one that clips the cotangent, say, serves reverse mode alone.
///
/// # Errors
/// When `backward` gives cotangents of other types than the arguments, when forward mode is asked of one
/// that is not linear, or when a derivative is taken by something that one of the two captures; returned
/// by the transformation around the call.
///
/// ```
/// use cotangent::{Tensor, custom_vjp, hessian, jit};
/// # fn main() -> cotangent::Result<()> {
/// // √(x² + y²), with a derivative that is 0 and not NaN at the origin.
/// let forward = |x: Tensor, y: Tensor| {
///     let r = (x.powi(2) + y.powi(2)).sqrt();
///     (r.clone(), (x, y, r))
/// };
/// let backward = |(x, y, r): (Tensor, Tensor, Tensor), ct: Tensor| {
///     let scale = r.eq(0.0).where_(0.0, ct / r.eq(0.0).where_(1.0, r));
///     (x * &scale, y * scale)
/// };
/// let h = jit(hessian(custom_vjp(forward, backward)));
/// assert_eq!(h.call((3.0, 4.0))?.item::<f64>()?, 0.128);
/// # Ok(())
/// # }
/// ```
pub fn custom_vjp<F, B, Args, Out, Res>(forward: F, backward: B) -> CustomVjp<F, B, Args, Res>
where
    F: Function<Args, Out = (Out, Res)>,
    B: Function<(Res, Out), Out = Args>,
    Args: Arguments,
    Out: Tree,
    Res: Tree,
{
    CustomVjp { forward, backward, types: PhantomData }
}

/// Refuses what a rule gives if it has other types than it should.
pub(super) fn check_types(
    op: &str,
    what: &str,
    found: &impl Tree,
    wanted: &impl Tree,
) -> Result<Vec<Tensor>> {
    let (found_def, wanted_def) = (found.def(), wanted.def());
    if found_def != wanted_def {
        let why = format!("{what} has the structure {found_def} instead of {wanted_def}");
        return Err(Error::new(ErrorKind::Tree { op: op.into(), why }));
    }
    let (found, wanted) = (leaves(found), leaves(wanted));
    let pairs = found.iter().zip(&wanted).zip(wanted_def.names(what));
    for ((found, wanted), name) in pairs {
        if !found.aval().same_type(wanted.aval()) {
            let why = format!("{name} is {} instead of {}", found.aval(), wanted.aval());
            return Err(Error::argument(op, why));
        }
    }
    Ok(found)
}

impl<F, R, Args> CustomJvp<F, R, Args>
where
    F: Function<Args>,
    R: Function<(Args, Args), Out = (F::Out, F::Out)>,
    Args: Arguments,
{
    /// Applies the function inside a traced function.
    #[track_caller]
    pub fn call(&self, args: impl IntoArgs<Args>) -> F::Out {
        self.apply(args.into_args())
    }

    fn run(&self, args: &Args) -> Result<F::Out> {
        let (def, args) = (args.def(), leaves(args));
        let build = |leaves: &[Tensor]| Args::build(&def, &mut leaves.iter().cloned());
        let f = |args: &[Tensor]| {
            let out = self.f.apply(build(args)?);
            Ok((leaves(&out), out.def()))
        };
        let rule = |ins: &[Tensor]| {
            let (args, tangents) = ins.split_at(ins.len() / 2);
            let wanted = self.f.apply(build(args)?);
            let (out, tangent) = self.rule.apply((build(args)?, build(tangents)?));
            let mut outs = check_types("custom_jvp", "the result of the rule", &out, &wanted)?;
            outs.extend(check_types("custom_jvp", "the tangent of the rule", &tangent, &wanted)?);
            Ok(outs)
        };
        let (outs, out) = lax::custom_jvp_with(&args, f, rule)?;
        F::Out::build(&out, &mut outs.into_iter())
    }
}

impl<F, B, Args, Out, Res> CustomVjp<F, B, Args, Res>
where
    F: Function<Args, Out = (Out, Res)>,
    B: Function<(Res, Out), Out = Args>,
    Args: Arguments,
    Out: Tree,
    Res: Tree,
{
    /// Applies the function inside a traced function.
    #[track_caller]
    pub fn call(&self, args: impl IntoArgs<Args>) -> Out {
        self.apply(args.into_args())
    }

    fn run(&self, args: &Args) -> Result<Out> {
        let (def, args) = (args.def(), leaves(args));
        let build = |leaves: &[Tensor]| Args::build(&def, &mut leaves.iter().cloned());
        let forward = |ins: &[Tensor]| {
            let (out, res) = self.forward.apply(build(ins)?);
            Ok((leaves(&out), leaves(&res), (out.def(), res.def())))
        };
        let avals: Vec<Aval> = args.iter().map(|t| t.aval().clone()).collect();
        let backward = |(out_def, res_def): &(_, _), res: &[Tensor], cts: &[Tensor]| {
            let res = Res::build(res_def, &mut res.iter().cloned())?;
            let ct = Out::build(out_def, &mut cts.iter().cloned())?;
            let found = self.backward.apply((res, ct));
            let like = avals.iter().map(lax::zeros_like);
            let wanted = Args::build(&def, &mut like.collect::<Vec<_>>().into_iter())?;
            check_types("custom_vjp", "what the rule gives for the arguments", &found, &wanted)
        };
        let (outs, (out, _)) = lax::custom_vjp_with(&args, forward, backward)?;
        Out::build(&out, &mut outs.into_iter())
    }
}

impl<F, R, Args> Function<Args> for CustomJvp<F, R, Args>
where
    F: Function<Args>,
    R: Function<(Args, Args), Out = (F::Out, F::Out)>,
    Args: Arguments,
{
    type Out = F::Out;

    #[track_caller]
    fn apply(&self, args: Args) -> F::Out {
        traced_call(Source::here(), || self.run(&args))
    }
}

impl<F, B, Args, Out, Res> Function<Args> for CustomVjp<F, B, Args, Res>
where
    F: Function<Args, Out = (Out, Res)>,
    B: Function<(Res, Out), Out = Args>,
    Args: Arguments,
    Out: Tree,
    Res: Tree,
{
    type Out = Out;

    #[track_caller]
    fn apply(&self, args: Args) -> Out {
        traced_call(Source::here(), || self.run(&args))
    }
}

impl<F: Clone, R: Clone, Args> Clone for CustomJvp<F, R, Args> {
    fn clone(&self) -> Self {
        CustomJvp { f: self.f.clone(), rule: self.rule.clone(), args: PhantomData }
    }
}

impl<F: Clone, B: Clone, Args, Res> Clone for CustomVjp<F, B, Args, Res> {
    fn clone(&self) -> Self {
        let (forward, backward) = (self.forward.clone(), self.backward.clone());
        CustomVjp { forward, backward, types: PhantomData }
    }
}
