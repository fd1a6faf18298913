//! Looking at the programs of functions.

use super::function::trace_function;
use super::host::{avals, host_leaves};
use super::{Arguments, Function, HostArgs};
use crate::base::{Error, Result, Source, public_call};
use crate::ir::{Aval, Jaxpr, Tensor, poison};
use crate::lax;
use crate::transform;

/// The program of a function on arguments of the types of `args`, as traced, without any pass.
///
/// # Errors
/// A mistake of the function.
///
/// ```
/// use cotangent::{Tensor, grad, make_jaxpr};
/// # fn main() -> cotangent::Result<()> {
/// let jaxpr = make_jaxpr(|x: Tensor| x.sin() * 2.0, vec![0.5f32, 1.0, 1.5])?;
/// assert_eq!(
///     jaxpr.to_string(),
///     "{ lambda ; a:f32[3]. let
///     b:f32[3] = sin a
///     c:f32[3] = mul b 2.0:f32[]
///   in (c,) }"
/// );
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn make_jaxpr<F, Args>(f: F, args: impl HostArgs<Args>) -> Result<Jaxpr>
where
    F: Function<Args>,
    Args: Arguments,
{
    let (def, leaves) = host_leaves(args);
    let avals = avals(&leaves);
    public_call(Source::here(), || Ok(trace_function(&f, &def, &avals)?.0.jaxpr))
}

/// The name, shape and dtype of each leaf of the result of a function on arguments of the types of
/// `args`, without compiling or running it.
///
/// # Errors
/// A mistake of the function.
///
/// ```
/// use cotangent::{Tensor, eval_shape};
/// # fn main() -> cotangent::Result<()> {
/// let shapes = eval_shape(|x: Tensor| (x.sum(), x.expand_dims(0)), vec![0.5f32, 1.0])?;
/// let shapes: Vec<String> = shapes.iter().map(|(name, aval)| format!("{name}: {aval}")).collect();
/// assert_eq!(shapes, ["[0]: f32[]", "[1]: f32[1,2]"]);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn eval_shape<F, Args>(f: F, args: impl HostArgs<Args>) -> Result<Vec<(String, Aval)>>
where
    F: Function<Args>,
    Args: Arguments,
{
    let (def, leaves) = host_leaves(args);
    let avals = avals(&leaves);
    public_call(Source::here(), || {
        let (traced, out) = trace_function(&f, &def, &avals)?;
        Ok(out.paths().into_iter().zip(traced.jaxpr.out_avals()).collect())
    })
}

/// Looking at values.
impl Tensor {
    /// The same values, which are printed to standard output whenever a compiled program computes them,
    /// as `label: f64[2] [0.5 1. ]`.
    ///
    /// Only what a result depends on is computed, so go on with the tensor that this gives. Derivatives
    /// print the value and not its tangents, and under `vmap` all examples are printed at once. In
    /// loops every run prints; values that do not depend on each other come in any order, and arrays
    /// without elements not at all. Programs print on the CPU only.
    ///
    /// ```
    /// use cotangent::{Tensor, grad, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = |x: Tensor| x.sin().debug_print("sin x").exp().sum();
    /// jit(grad(f)).call(vec![0.0, 1.5])?; // Prints: sin x: f64[2] [0.         0.99749499]
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When it is lowered for a GPU, or with [`Jit::kernels(false)`](crate::Jit::kernels).
    #[track_caller]
    pub fn debug_print(&self, label: &str) -> Tensor {
        lax::debug_print(self, label)
    }
}

/// The results of a program, written into the traced function around the call: the way back from a
/// program that was read from text, changed, or kept.
///
/// # Errors
/// When the arguments are not of the types of the program's inputs.
///
/// ```
/// use cotangent::{Jaxpr, Tensor, eval_jaxpr, grad, jit};
/// # fn main() -> cotangent::Result<()> {
/// let jaxpr: Jaxpr = "{ lambda ; a:f64[]. let b:f64[] = sin a\n in (b,) }".parse()?;
/// let f = jit(grad(move |x: Tensor| eval_jaxpr(&jaxpr, &[x]).swap_remove(0)));
/// assert_eq!(f.call(0.0)?.item::<f64>()?, 1.0);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn eval_jaxpr(jaxpr: &Jaxpr, args: &[Tensor]) -> Vec<Tensor> {
    let at = Source::here();
    let fits = || {
        let (wanted, given): (Vec<Aval>, Vec<Aval>) =
            (jaxpr.in_avals(), args.iter().map(|t| t.aval().clone()).collect());
        if wanted.len() == given.len() && wanted.iter().zip(&given).all(|(a, b)| a.same_type(b)) {
            return transform::eval(jaxpr, args);
        }
        let why = format!("the program takes {wanted:?}, not {given:?}");
        Err(Error::argument("eval_jaxpr", why))
    };
    match public_call(at, fits) {
        Ok(outs) => outs,
        Err(e) => {
            let e = e.or_at(at);
            jaxpr.out_avals().into_iter().map(|aval| poison(e.clone(), aval)).collect()
        }
    }
}
