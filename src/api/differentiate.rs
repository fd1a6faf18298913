//! Derivatives of functions, each a [`Differentiated`]: a function again, so that transformations
//! nest to any depth. Here are gradients and Hessian-vector products; Jacobians and Hessians are in
//! [`jacobian`](super::jacobian).

use super::function::Applied;
use super::tree::{leaves, traced_call};
use super::wrt::check;
use super::{Arguments, First, Function, IntoArgs, IntoWrt, Tree, TreeDef, Wrt};
use crate::base::{DType, Error, Result, Source};
use crate::ir::Tensor;
use crate::transform::{self, Direction};
use std::marker::PhantomData;

/// A derivative of a function, itself a function.
pub struct Differentiated<K, F, Args, W = First> {
    pub(super) kind: K,
    pub(super) f: F,
    pub(super) wrt: W,
    args: PhantomData<fn(Args)>,
}

/// What kind of derivative, and the type of its result.
pub trait Kind<F, Args, W> {
    /// The arguments of the derivative.
    type Args: Tree;
    /// The result of the derivative.
    type Out: Tree;

    /// The derivative of `f`, written into the current trace.
    ///
    /// # Errors
    /// When `f` makes a mistake or cannot be differentiated so.
    fn derive(&self, f: &F, wrt: &W, args: Self::Args) -> Result<Self::Out>;
}

impl<K, F, Args, W> Differentiated<K, F, Args, W> {
    pub(super) fn new(kind: K, f: F, wrt: W) -> Self {
        Differentiated { kind, f, wrt, args: PhantomData }
    }

    /// Chooses the arguments to differentiate, counted from 0: a number gives one derivative, an
    /// array of `N` numbers gives an array of `N`. Without it, the first argument is taken.
    ///
    /// ```
    /// use cotangent::{Tensor, grad, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = |x: Tensor, y: Tensor| (&x * &x * y).sum();
    /// let [dx, dy] = jit(grad(f).argnums([0, 1])).call((3.0, 2.0))?;
    /// assert_eq!((dx.item::<f64>()?, dy.item::<f64>()?), (12.0, 9.0));
    /// # Ok(())
    /// # }
    /// ```
    pub fn argnums<I: IntoWrt>(self, argnums: I) -> Differentiated<K, F, Args, I::Wrt> {
        Differentiated::new(self.kind, self.f, argnums.into_wrt())
    }

    /// Applies the derivative inside a traced function.
    ///
    /// A mistake in the function does not panic: the transformation around this call returns it.
    #[track_caller]
    pub fn call(&self, args: impl IntoArgs<K::Args>) -> K::Out
    where
        K: Kind<F, Args, W>,
    {
        self.derive(args.into_args(), Source::here())
    }

    fn derive(&self, args: K::Args, at: Source) -> K::Out
    where
        K: Kind<F, Args, W>,
    {
        traced_call(at, || self.kind.derive(&self.f, &self.wrt, args))
    }
}

impl<K: Clone, F: Clone, Args, W: Clone> Clone for Differentiated<K, F, Args, W> {
    fn clone(&self) -> Self {
        Differentiated::new(self.kind.clone(), self.f.clone(), self.wrt.clone())
    }
}

impl<K, F, Args, W> Function<K::Args> for Differentiated<K, F, Args, W>
where
    K: Kind<F, Args, W>,
{
    type Out = K::Out;

    #[track_caller]
    fn apply(&self, args: K::Args) -> K::Out {
        self.derive(args, Source::here())
    }
}

/// A function traced on its arguments, and what to differentiate.
pub struct Problem {
    pub(super) applied: Applied,
    /// The inputs to differentiate, among those of the program.
    pub(super) wrt: Vec<usize>,
    /// Their structure.
    pub(super) def: TreeDef,
}

impl Problem {
    pub(super) fn new<Args, F, W>(op: &str, f: &F, wrt: &W, args: &Args) -> Result<Problem>
    where
        Args: Arguments,
        F: Function<Args>,
        W: Wrt<Args>,
    {
        let (argnums, def) = check::<Args, W>(op, wrt, &args.def())?;
        let applied = Applied::new(f, args)?;
        let wrt = applied.places(&argnums);
        applied.check_inputs(op, &wrt)?;
        Ok(Problem { applied, wrt, def })
    }

    /// The dtypes of the inputs to differentiate and of the results.
    fn dtypes(&self) -> [Vec<DType>; 2] {
        let ins = self.wrt.iter().map(|&k| self.applied.ins[k].dtype());
        let outs = self.applied.jaxpr.out_avals().into_iter().map(|a| a.dtype);
        [ins.collect(), outs.collect()]
    }

    /// A complex dtype among those of the inputs to differentiate, and one among those of the results.
    pub(super) fn complex(&self) -> [Option<DType>; 2] {
        self.dtypes().map(|dtypes| dtypes.into_iter().find(|d| d.is_complex()))
    }

    /// Refuses complex numbers where the derivative would be taken for what it is not.
    ///
    /// # Errors
    /// When it is not said to be holomorphic and an input of forward mode or a result of reverse mode
    /// is complex; or when it is, and one of them is not.
    pub(super) fn check_complex(
        &self,
        op: &str,
        holomorphic: bool,
        directions: &[Direction],
    ) -> Result<()> {
        self.applied.check_outputs(op)?;
        if holomorphic {
            return match self.dtypes().into_iter().flatten().find(|d| !d.is_complex()) {
                Some(d) => {
                    let why = "holomorphic functions have complex arguments and results";
                    Err(Error::dtype(op, &[d], why))
                }
                None => Ok(()),
            };
        }
        let [x, y] = self.complex();
        let bad = directions.iter().find_map(|d| match d {
            Direction::Forward => x.map(|d| (d, "argument")),
            Direction::Reverse => y.map(|d| (d, "result")),
        });
        match bad {
            Some((dtype, what)) => {
                let why = format!(
                    "a complex {what} has a derivative here only if the function is holomorphic: say \
                     `.holomorphic()`, or differentiate with respect to real and imaginary parts"
                );
                Err(Error::dtype(op, &[dtype], why))
            }
            None => Ok(()),
        }
    }
}

/// Derivatives that can be taken in the complex sense.
pub trait Holomorphic {
    /// True if the function is said to be holomorphic.
    fn holomorphic(&mut self) -> &mut bool;
}

impl<K: Holomorphic, F, Args, W> Differentiated<K, F, Args, W> {
    /// Takes the derivative in the complex sense, `f'(z) = lim (f(z + h) − f(z))/h`, of a function of
    /// complex arguments and results that has one. Whether it has one is not checked.
    ///
    /// Without it, results of reverse mode must be real, and arguments of forward mode. The gradient of
    /// a real function of complex `z = x + iy` is `∂f/∂x − i ∂f/∂y`, as in JAX: its conjugate is the
    /// direction in which `f` grows.
    ///
    /// ```
    /// use cotangent::{Complex, Tensor, grad, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(grad(|z: Tensor| z.powi(3)).holomorphic());
    /// let slope = f.call(Complex::new(0.0, 2.0))?.item::<Complex<f64>>()?;
    /// assert_eq!(slope, Complex::new(-12.0, 0.0));
    ///
    /// let size = jit(grad(|z: Tensor| z.abs().powi(2)));
    /// let slope = size.call(Complex::new(1.0, 2.0))?.item::<Complex<f64>>()?;
    /// assert!((slope - Complex::new(2.0, -4.0)).norm() < 1e-15);
    /// # Ok(())
    /// # }
    /// ```
    pub fn holomorphic(mut self) -> Self {
        *self.kind.holomorphic() = true;
        self
    }
}

macro_rules! holomorphic {
    ($($kind:ty),*) => {$(
        impl Holomorphic for $kind {
            fn holomorphic(&mut self) -> &mut bool {
                &mut self.holomorphic
            }
        }
    )*};
}
pub(super) use holomorphic;
holomorphic!(Grad, ValueAndGrad, Hvp);

/// The kind of [`grad`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Grad {
    holomorphic: bool,
}

/// The gradient of a function that returns a floating-point scalar, by reverse mode.
///
/// # Shapes
/// The tree and the shapes of the argument.
///
/// # Errors
/// When the result is not a scalar, or the argument is not floating-point.
///
/// ```
/// use cotangent::{Tensor, grad, jit};
/// # fn main() -> cotangent::Result<()> {
/// let g = jit(grad(|x: Tensor| x.sin().sum()));
/// assert_eq!(g.call(vec![0.0, 0.0])?.to_vec::<f64>()?, [1.0, 1.0]);
/// # Ok(())
/// # }
/// ```
pub fn grad<F, Args>(f: F) -> Differentiated<Grad, F, Args>
where
    F: Function<Args>,
    Args: Arguments,
{
    Differentiated::new(Grad::default(), f, First)
}

impl<F: Function<Args>, Args: Arguments, W: Wrt<Args>> Kind<F, Args, W> for Grad {
    type Args = Args;
    type Out = W::Tree;

    fn derive(&self, f: &F, wrt: &W, args: Args) -> Result<W::Tree> {
        let p = Problem::new("grad", f, wrt, &args)?;
        p.applied.check_scalar_output("grad")?;
        p.check_complex("grad", self.holomorphic, &[Direction::Reverse])?;
        let (_, grads) = transform::gradient(&p.applied.jaxpr, &p.applied.ins, &p.wrt)?;
        W::Tree::build(&p.def, &mut grads.into_iter())
    }
}

/// The kind of [`value_and_grad`].
#[derive(Clone, Copy, Debug, Default)]
pub struct ValueAndGrad {
    holomorphic: bool,
}

/// The value and the gradient of a function that returns a floating-point scalar.
///
/// # Errors
/// As [`grad`].
///
/// ```
/// use cotangent::{Tensor, jit, value_and_grad};
/// # fn main() -> cotangent::Result<()> {
/// let f = jit(value_and_grad(|x: Tensor| (&x * &x).sum()));
/// let (value, gradient) = f.call(vec![1.0, 2.0])?;
/// assert_eq!(value.item::<f64>()?, 5.0);
/// assert_eq!(gradient.to_vec::<f64>()?, [2.0, 4.0]);
/// # Ok(())
/// # }
/// ```
pub fn value_and_grad<F, Args>(f: F) -> Differentiated<ValueAndGrad, F, Args>
where
    F: Function<Args>,
    Args: Arguments,
{
    Differentiated::new(ValueAndGrad::default(), f, First)
}

impl<F, Args, W> Kind<F, Args, W> for ValueAndGrad
where
    F: Function<Args, Out = Tensor>,
    Args: Arguments,
    W: Wrt<Args>,
{
    type Args = Args;
    type Out = (Tensor, W::Tree);

    fn derive(&self, f: &F, wrt: &W, args: Args) -> Result<Self::Out> {
        let p = Problem::new("value_and_grad", f, wrt, &args)?;
        p.applied.check_scalar_output("value_and_grad")?;
        p.check_complex("value_and_grad", self.holomorphic, &[Direction::Reverse])?;
        let (value, grads) = transform::gradient(&p.applied.jaxpr, &p.applied.ins, &p.wrt)?;
        Ok((value, W::Tree::build(&p.def, &mut grads.into_iter())?))
    }
}

/// How a Hessian-vector product is composed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HvpMode {
    /// The tangent of the gradient: forward over reverse.
    FwdRev,
    /// The gradient of `⟨∇f(x), v⟩`: reverse over reverse.
    RevRev,
}

/// The kind of [`hvp`].
#[derive(Clone, Copy, Debug)]
pub struct Hvp {
    mode: HvpMode,
    holomorphic: bool,
}

/// The product of the Hessian of a scalar function with a vector, without the Hessian: the
/// arguments of `f` followed by `v`, which has the tree and the shapes of the differentiated
/// argument.
///
/// # Errors
/// When the result is not a scalar, the argument not floating-point, or `v` not like it.
///
/// ```
/// use cotangent::{Tensor, hvp, jit};
/// # fn main() -> cotangent::Result<()> {
/// let product = jit(hvp(|x: Tensor| x.powi(3).sum()));
/// assert_eq!(product.call((vec![1.0, 2.0], vec![1.0, -1.0]))?.to_vec::<f64>()?, [6.0, -12.0]);
/// # Ok(())
/// # }
/// ```
pub fn hvp<F, Args>(f: F) -> Differentiated<Hvp, F, Args>
where
    F: Function<Args>,
    Args: Arguments,
{
    Differentiated::new(Hvp { mode: HvpMode::FwdRev, holomorphic: false }, f, First)
}

impl<F, Args, W> Differentiated<Hvp, F, Args, W> {
    /// Forces a composition.
    pub fn mode(mut self, mode: HvpMode) -> Self {
        self.kind.mode = mode;
        self
    }
}

impl<F: Function<Args>, Args: Arguments, W: Wrt<Args>> Kind<F, Args, W> for Hvp {
    type Args = Args::With<W::Tree>;
    type Out = W::Tree;

    fn derive(&self, f: &F, wrt: &W, args: Self::Args) -> Result<W::Tree> {
        let (args, v) = Args::split(args);
        let p = Problem::new("hvp", f, wrt, &args)?;
        p.applied.check_scalar_output("hvp")?;
        p.check_complex("hvp", self.holomorphic, &[Direction::Forward, Direction::Reverse])?;
        let leaves = leaves(&v);
        let ins: Vec<&Tensor> = p.wrt.iter().map(|&k| &p.applied.ins[k]).collect();
        let names = p.applied.args.argument_names();
        let names: Vec<String> =
            p.wrt.iter().map(|&k| names[k - p.applied.n_captures].clone()).collect();
        super::linear::check_like("hvp", "v", &ins, &names, &leaves)?;
        let outer = match self.mode {
            HvpMode::FwdRev => Direction::Forward,
            HvpMode::RevRev => Direction::Reverse,
        };
        let Applied { jaxpr, ins, .. } = &p.applied;
        let products = transform::hvp(outer, jaxpr, ins, &p.wrt, &leaves)?;
        W::Tree::build(&p.def, &mut products.into_iter())
    }
}
