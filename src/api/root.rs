//! Solutions of equations with the derivatives of the implicit function theorem.

use super::linear_solve::{Operator, Solver as LinearSolver};
use super::tree::{leaves, traced_call};
use super::{Function, IntoArgs, Tree, custom_linear_solve, jacfwd, jvp, while_loop};
use crate::base::{Error, Result, Scalar, Source};
use crate::ir::{Aval, Tensor};
use crate::lax;
use crate::library::linalg;
use std::marker::PhantomData;
use std::sync::Arc;

/// The solution of an equation as a function of its parameters. See [`root`].
pub struct Root<F, P> {
    f: F,
    solver: Option<Arc<Solver<P>>>,
    linear_solver: Option<Arc<LinearSolver<Tensor>>>,
    types: PhantomData<fn(P)>,
}

type Solver<P> = dyn Fn(Tensor, P) -> Tensor;

/// The solution `x` of `f(x, p) = 0`, as a function of a start for `x` and of the parameters `p`, a
/// tensor or a tree of them.
///
/// Newton's method finds it, unless [`Root::solver`] gives another: steps `−J⁻¹ f` until one is
/// smaller than `8 ε |x|`, at most 50. Where there is no solution, the result is wherever that ends, so
/// check `f` there when in doubt.
///
/// # Shapes
/// `f` gives as many numbers as `x` has, in its shape; the result is like the start.
///
/// # Errors
/// When `f` or the solver gives another shape or dtype than that of the start; returned by the
/// transformation around the call.
///
/// # Derivative
/// That of the implicit function theorem, `ẋ = −(∂f/∂x)⁻¹ (∂f/∂p) ṗ`, in both modes and of all orders,
/// however the solution was found; the start has none. The Jacobian `∂f/∂x` is dense, of n × n numbers,
/// unless [`Root::linear_solver`] solves without it.
///
/// ```
/// use cotangent::{Tensor, grad, hessian, jit, root};
/// # fn main() -> cotangent::Result<()> {
/// let sqrt = |a: Tensor| root(|x: Tensor, a: Tensor| x.powi(2) - a).call((Tensor::scalar(1.0), a));
/// let close = |x: f64, y: f64| (x - y).abs() < 1e-12;
/// assert!(close(jit(sqrt).call(4.0)?.item()?, 2.0));
/// assert!(close(jit(grad(sqrt)).call(4.0)?.item()?, 0.25));
/// assert!(close(jit(hessian(sqrt)).call(4.0)?.item()?, -1.0 / 32.0));
/// # Ok(())
/// # }
/// ```
pub fn root<F, P>(f: F) -> Root<F, P>
where
    F: Function<(Tensor, P), Out = Tensor>,
    P: Tree,
{
    Root { f, solver: None, linear_solver: None, types: PhantomData }
}

impl<F, P> Root<F, P>
where
    F: Function<(Tensor, P), Out = Tensor>,
    P: Tree,
{
    /// Find the solution by this function of the start and the parameters. It is not differentiated, so
    /// it may loop and choose as it likes.
    ///
    /// ```
    /// use cotangent::{Tensor, grad, jit, root};
    /// # fn main() -> cotangent::Result<()> {
    /// let closed = |_: Tensor, a: Tensor| a.sqrt();
    /// let sqrt = move |a: Tensor| {
    ///     let equation = |x: Tensor, a: Tensor| x.powi(2) - a;
    ///     root(equation).solver(closed).call((Tensor::scalar(0.0), a))
    /// };
    /// assert_eq!(jit(grad(sqrt)).call(4.0)?.item::<f64>()?, 0.25);
    /// # Ok(())
    /// # }
    /// ```
    pub fn solver(mut self, solver: impl Fn(Tensor, P) -> Tensor + 'static) -> Self {
        self.solver = Some(Arc::new(solver));
        self
    }

    /// Solve the linear systems of the steps and of the derivatives by this function of the product with
    /// the Jacobian, or with its transpose, and of the right-hand side, so that no Jacobian is made. It
    /// must use nothing of the system but the product that it is given.
    ///
    /// ```
    /// use cotangent::{Operator, Tensor, grad, jit, root, solvers};
    /// # fn main() -> cotangent::Result<()> {
    /// // A chain of springs that harden: x[i-1] - 2 x[i] + x[i+1] = x[i]³ - p[i].
    /// let chain = |x: Tensor, p: Tensor| {
    ///     let inside = x.pad(&[(1, 1)], 0.0);
    ///     let bend = inside.slice_axis(0, 2..) - 2.0 * &x + inside.slice_axis(0, ..-2);
    ///     x.powi(3) - bend - p
    /// };
    /// let end = move |p: Tensor| {
    ///     let cg = |a: &Operator<Tensor>, b: Tensor| solvers::cg(|x| a.call(x)).call(b);
    ///     root(chain).linear_solver(cg).call((p.zeros_like(), p)).sum()
    /// };
    /// let g = jit(grad(end)).call(vec![1.0; 5])?.to_vec::<f64>()?;
    /// let dense = move |p: Tensor| root(chain).call((p.zeros_like(), p)).sum();
    /// let wanted = jit(grad(dense)).call(vec![1.0; 5])?.to_vec::<f64>()?;
    /// assert!(g.iter().zip(&wanted).all(|(a, b)| (a - b).abs() < 1e-9), "{g:?} {wanted:?}");
    /// # Ok(())
    /// # }
    /// ```
    pub fn linear_solver(
        mut self,
        solver: impl Fn(&Operator<'_, Tensor>, Tensor) -> Tensor + 'static,
    ) -> Self {
        self.linear_solver = Some(Arc::new(solver));
        self
    }

    /// Applies the function inside a traced function.
    #[track_caller]
    pub fn call(&self, args: impl IntoArgs<(Tensor, P)>) -> Tensor {
        self.apply(args.into_args())
    }

    fn run(&self, start: &Tensor, params: &P) -> Result<Tensor> {
        if !start.dtype().is_float() {
            let why = "the start must be floating-point; use `convert`";
            return Err(Error::dtype("root", &[start.dtype()], why));
        }
        let def = params.def();
        let build = |leaves: &[Tensor]| P::build(&def, &mut leaves.iter().cloned());
        let args = [vec![start.clone()], leaves(params)].concat();
        let solve = |ins: &[Tensor]| {
            let (start, params) = (ins[0].clone(), build(&ins[1..])?);
            like(
                start.aval(),
                "the equation gives",
                &self.f.apply((start.clone(), build(&ins[1..])?)),
            )?;
            let found = match &self.solver {
                Some(solver) => solver(start.clone(), params),
                None => self.newton(&start, &ins[1..], &build),
            };
            like(start.aval(), "the solver gives", &found)?;
            Ok(vec![found])
        };
        let rule = |args: &[Tensor], outs: &[Tensor], tangents: &[Tensor]| {
            let x = &outs[0];
            let along = |p: P, (): ()| self.f.apply((x.clone(), p));
            let (_, change) = jvp(along, (build(&args[1..])?, ()), (build(&tangents[1..])?, ()));
            Ok(vec![-self.step(x, &args[1..], &change, &build)])
        };
        let outs = lax::implicit_with(&args, solve, rule)?;
        outs.into_iter().next().ok_or_else(|| Error::internal("a root without a value"))
    }

    /// `J⁻¹ r`, where `J` is the Jacobian of the equation at `x`.
    fn step(
        &self,
        x: &Tensor,
        params: &[Tensor],
        r: &Tensor,
        build: &impl Fn(&[Tensor]) -> Result<P>,
    ) -> Tensor {
        let n = x.size();
        let at = |x: Tensor| traced_call(Source::here(), || Ok(self.f.apply((x, build(params)?))));
        if let Some(solver) = &self.linear_solver {
            let product = |v: Tensor| jvp(at, x.clone(), v).1;
            let (forward, backward) = (solver.clone(), solver.clone());
            return custom_linear_solve(product, move |a, b| forward(a, b))
                .transpose_solver(move |a, b| backward(a, b))
                .call(r.clone());
        }
        let jacobian = jacfwd(at).call(x.clone());
        let columns = linalg::solve(&lax::reshape(&jacobian, [n, n]), &lax::reshape(r, [n]));
        lax::reshape(&columns, x.shape().clone())
    }

    fn newton(
        &self,
        start: &Tensor,
        params: &[Tensor],
        build: &impl Fn(&[Tensor]) -> Result<P>,
    ) -> Tensor {
        let small = 8.0 * start.dtype().epsilon();
        let far = move |(k, x, step): (Tensor, Tensor, Tensor)| {
            step.abs().max().gt(small * x.abs().max()) & k.lt(50)
        };
        let next = |(k, x, _): (Tensor, Tensor, Tensor)| {
            let f = traced_call(Source::here(), || Ok(self.f.apply((x.clone(), build(params)?))));
            let step = self.step(&x, params, &f, build);
            (k + 1, x - &step, step)
        };
        // The first step is taken whatever the start.
        let endless =
            lax::full(start.shape().clone(), Scalar::from_f64(f64::INFINITY, start.dtype()));
        let (_, x, _) = while_loop(far, next).call((Tensor::scalar(0), start.clone(), endless));
        x
    }
}

/// Refuses what is not like the start.
fn like(start: &Aval, what: &str, found: &Tensor) -> Result<()> {
    if found.aval().same_type(start) {
        return Ok(());
    }
    let why = format!("{what} {}, and the start is {start}", found.aval());
    Err(Error::argument("root", why))
}

impl<F, P> Function<(Tensor, P)> for Root<F, P>
where
    F: Function<(Tensor, P), Out = Tensor>,
    P: Tree,
{
    type Out = Tensor;

    #[track_caller]
    fn apply(&self, (start, params): (Tensor, P)) -> Tensor {
        traced_call(Source::here(), || self.run(&start, &params))
    }
}

impl<F: Clone, P> Clone for Root<F, P> {
    fn clone(&self) -> Self {
        Root {
            f: self.f.clone(),
            solver: self.solver.clone(),
            linear_solver: self.linear_solver.clone(),
            types: PhantomData,
        }
    }
}
