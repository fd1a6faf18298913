//! Choices that the running program makes: `cond` and `switch`.

use super::tree::{leaves, traced_call};
use super::{Arguments, Function, IntoArgs, Tree, TreeDef};
use crate::base::{DType, Error, ErrorKind, Result, Source};
use crate::ir::Tensor;
use crate::lax;

/// The result of `on_true` where the predicate is true, of `on_false` otherwise, on these arguments.
/// Only one of the two runs. Tensors that they capture are operands like the arguments; what they
/// share need not be given twice.
///
/// Under `vmap` by a predicate that differs between the examples both run, and each example takes its
/// results; [`map`](crate::map) runs one for each example. Where both are cheap,
/// [`Tensor::where_`] is faster.
///
/// # Shapes
/// The predicate is a scalar. Both functions give the same structure, shapes and dtypes; in errors
/// `on_false` is branch 0 and `on_true` branch 1.
///
/// # Errors
/// A predicate that is not one truth value, or results that differ; returned by the transformation
/// around the call.
///
/// # Derivative
/// That of the function that runs, in both modes and of all orders.
///
/// ```
/// use cotangent::{Tensor, cond, grad, jit};
/// # fn main() -> cotangent::Result<()> {
/// let f = |x: Tensor| {
///     let far = x.gt(1.0);
///     cond(&far, |x: Tensor| 2.0 * x - 1.0, |x: Tensor| x.powi(2), x)
/// };
/// let slope = jit(grad(f));
/// assert_eq!(slope.call(0.5)?.item::<f64>()?, 1.0);
/// assert_eq!(slope.call(3.0)?.item::<f64>()?, 2.0);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn cond<T, F, Args>(
    predicate: &Tensor,
    on_true: T,
    on_false: F,
    args: impl IntoArgs<Args>,
) -> T::Out
where
    T: Function<Args>,
    F: Function<Args, Out = T::Out>,
    Args: Arguments,
{
    traced_call(Source::here(), || {
        if predicate.dtype() != DType::Bool {
            let why = "the predicate must be a truth value; compare with something";
            return Err(Error::dtype("cond", &[predicate.dtype()], why));
        }
        scalar("cond", predicate)?;
        let index = lax::convert_element_type(predicate, DType::I32);
        let (on_false, on_true) = (|args| on_false.apply(args), |args| on_true.apply(args));
        choose("cond", &index, args.into_args(), vec![&on_false, &on_true])
    })
}

/// The result of the function whose number is `index`, counted from 0, on these arguments. Only that
/// one runs. A number out of range chooses the first or the last. See [`cond()`].
///
/// The functions have one type; box closures that differ (`Box<dyn Fn(Tensor) -> Tensor>`).
///
/// # Shapes
/// The index is a scalar. All functions give the same structure, shapes and dtypes.
///
/// # Errors
/// An index that is not one integer, no function, or results that differ; returned by the
/// transformation around the call.
///
/// ```
/// use cotangent::{Tensor, jit, switch};
/// # fn main() -> cotangent::Result<()> {
/// let f = jit(|k: Tensor, x: Tensor| {
///     switch(&k, [Tensor::sin, Tensor::cos, Tensor::exp].map(|f| move |x: Tensor| f(&x)), x)
/// });
/// assert_eq!(f.call((1, 0.0))?.item::<f64>()?, 1.0);
/// assert_eq!(f.call((7, 0.0))?.item::<f64>()?, 1.0);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn switch<F, Args>(
    index: &Tensor,
    branches: impl IntoIterator<Item = F>,
    args: impl IntoArgs<Args>,
) -> F::Out
where
    F: Function<Args>,
    Args: Arguments,
{
    traced_call(Source::here(), || {
        if !index.dtype().is_int() {
            let why = "the index must be an integer; use `convert`";
            return Err(Error::dtype("switch", &[index.dtype()], why));
        }
        scalar("switch", index)?;
        let branches: Vec<F> = branches.into_iter().collect();
        if branches.is_empty() {
            return Err(Error::argument("switch", "there is no function to choose"));
        }
        // A wide number is clamped before it becomes a narrow one.
        let last = lax::number(index, branches.len() as f64 - 1.0);
        let index = lax::clamp(&lax::number(index, 0.0), index, &last);
        let index = lax::convert_element_type(&index, DType::I32);
        let branches: Vec<_> = branches.iter().map(|f| |args| f.apply(args)).collect();
        let branches = branches.iter().map(|f| f as &dyn Fn(Args) -> F::Out).collect();
        choose("switch", &index, args.into_args(), branches)
    })
}

/// Refuses what is not a scalar.
fn scalar(op: &str, x: &Tensor) -> Result<()> {
    if x.rank() == 0 {
        return Ok(());
    }
    let why = "one function is chosen for all elements, by a scalar; `where_` or `vmap` choose for \
               each";
    Err(Error::shape(op, &[x.shape()], why))
}

fn choose<Args: Arguments, Out: Tree>(
    op: &str,
    index: &Tensor,
    args: Args,
    branches: Vec<&dyn Fn(Args) -> Out>,
) -> Result<Out> {
    let def = args.def();
    let traced = branches.into_iter().map(|branch| {
        let def = &def;
        move |args: &[Tensor]| {
            let out = branch(Args::build(def, &mut args.iter().cloned())?);
            Ok((leaves(&out), out.def()))
        }
    });
    let (outs, defs) = lax::cond_with(index, &leaves(&args), traced)?;
    let first = &defs[0];
    if let Some((k, def)) = defs.iter().enumerate().find(|(_, def)| *def != first) {
        return Err(other_structure(op, first, k, def));
    }
    Out::build(first, &mut outs.into_iter())
}

fn other_structure(op: &str, first: &TreeDef, k: usize, def: &TreeDef) -> Error {
    let why = format!("branch 0 gives the structure {first}, and branch {k} gives {def}");
    Error::new(ErrorKind::Tree { op: op.into(), why })
}
