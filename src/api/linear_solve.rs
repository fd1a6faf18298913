//! Linear systems that are solved by a program of the user's.

use super::custom::check_types;
use super::tree::{leaves, traced_call};
use super::{Function, IntoArgs, Tree, linear_transpose};
use crate::base::{Error, Result, Source};
use crate::ir::Tensor;
use crate::lax;
use std::sync::Arc;

/// A linear map from vectors to vectors of the same kind, as a solver gets it.
pub struct Operator<'a, T> {
    apply: &'a dyn Fn(T) -> T,
}

impl<T: Tree> Operator<'_, T> {
    /// The product with a vector.
    #[track_caller]
    pub fn call(&self, x: impl IntoArgs<(T,)>) -> T {
        (self.apply)(x.into_args().0)
    }
}

/// From a linear map `A` and a right-hand side `b` to the solution of `A x = b`.
pub(crate) type Solver<T> = dyn Fn(&Operator<'_, T>, T) -> T;

/// The solution of a linear system as a function of its right-hand side. See [`custom_linear_solve`].
pub struct CustomLinearSolve<A, T> {
    matvec: A,
    solver: Arc<Solver<T>>,
    transposed: Transposed<T>,
}

enum Transposed<T> {
    Unknown,
    Symmetric,
    By(Arc<Solver<T>>),
}

/// The solution `x` of `A x = b`, as a function of `b`, where `matvec` is the product with `A` and
/// `solver` finds the solution, from the product and `b`. A vector is a tensor or a tree of them.
///
/// The solver is not differentiated, so it may loop and choose as it likes. Reverse mode solves a system
/// of the transpose of `A`: say that it is [symmetric](CustomLinearSolve::symmetric), or give
/// [another solver](CustomLinearSolve::transpose_solver). [`solvers`](crate::solvers) has some.
///
/// # Shapes
/// `matvec` and the solver give vectors like `b`.
///
/// # Errors
/// When they do not, or when `b` is neither floating-point nor complex; returned by the transformation
/// around the call.
///
/// # Derivative
/// `ẋ = A⁻¹ (ḃ − Ȧ x)`, of both modes and all orders, by the same solver; `Ȧ` is by what `matvec`
/// captures.
///
/// ```
/// use cotangent::{Operator, Tensor, custom_linear_solve, grad, jit};
/// # fn main() -> cotangent::Result<()> {
/// // (D + u uᵀ) x = b, by the formula of Sherman and Morrison.
/// let f = |d: Tensor, u: Tensor, b: Tensor| {
///     let (diagonal, column) = (d.clone(), u.clone());
///     let matvec = move |x: Tensor| &diagonal * &x + &column * column.dot(&x);
///     let solver = move |_: &Operator<Tensor>, b: Tensor| {
///         let (y, z) = (b / &d, &u / &d);
///         &y - &z * (u.dot(&y) / (1.0 + u.dot(&z)))
///     };
///     custom_linear_solve(matvec, solver).symmetric().call(b).sum()
/// };
/// let g = jit(grad(f)).call((vec![1.0, 2.0], vec![1.0, 1.0], vec![5.0, 0.0]))?;
/// // x = (3, −1) and A⁻¹ 1 = (0.4, 0.2), so that the gradient is (−1.2, 0.2).
/// assert!((g.to_vec::<f64>()?[0] + 1.2).abs() < 1e-12);
/// assert!((g.to_vec::<f64>()?[1] - 0.2).abs() < 1e-12);
/// # Ok(())
/// # }
/// ```
pub fn custom_linear_solve<A, T>(
    matvec: A,
    solver: impl Fn(&Operator<'_, T>, T) -> T + 'static,
) -> CustomLinearSolve<A, T>
where
    A: Function<(T,), Out = T>,
    T: Tree,
{
    CustomLinearSolve { matvec, solver: Arc::new(solver), transposed: Transposed::Unknown }
}

impl<A, T> CustomLinearSolve<A, T>
where
    A: Function<(T,), Out = T>,
    T: Tree,
{
    /// `A` is its own transpose, so that reverse mode solves with it.
    pub fn symmetric(mut self) -> Self {
        self.transposed = Transposed::Symmetric;
        self
    }

    /// Solve systems of the transpose of `A`, whose product the solver is given, in this way.
    ///
    /// ```
    /// use cotangent::{Operator, Tensor, custom_linear_solve, grad, jit, linalg};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = |a: Tensor, b: Tensor| {
    ///     let (m, t) = (a.clone(), a.t());
    ///     let solver = move |_: &Operator<Tensor>, b: Tensor| linalg::solve(&m, &b);
    ///     let back = move |_: &Operator<Tensor>, b: Tensor| linalg::solve(&t, &b);
    ///     let matvec = move |x: Tensor| a.matmul(x);
    ///     custom_linear_solve(matvec, solver).transpose_solver(back).call(b).sum()
    /// };
    /// let g = jit(grad(f).argnums(1)).call(([[1.0, 2.0], [0.0, 1.0]], vec![1.0, 1.0]))?;
    /// assert_eq!(g.to_vec::<f64>()?, [1.0, -1.0]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn transpose_solver(mut self, solver: impl Fn(&Operator<'_, T>, T) -> T + 'static) -> Self {
        self.transposed = Transposed::By(Arc::new(solver));
        self
    }

    /// Solves inside a traced function.
    #[track_caller]
    pub fn call(&self, b: impl IntoArgs<(T,)>) -> T {
        self.apply(b.into_args())
    }

    fn run(&self, b: &T) -> Result<T> {
        let op = "custom_linear_solve";
        let (def, right) = (b.def(), leaves(b));
        let names = def.names("the right-hand side");
        if let Some((b, name)) = right.iter().zip(names).find(|(b, _)| !b.dtype().is_inexact()) {
            let why = format!("{name} must be floating-point; use `convert`");
            return Err(Error::dtype(op, &[b.dtype()], why));
        }
        let build = |x: &[Tensor]| T::build(&def, &mut x.iter().cloned());
        let forward = |x: T| self.matvec.apply((x,));
        let backward = |y: T| linear_transpose(&forward, y.clone()).call(y).0;
        let product = |f: &dyn Fn(T) -> T, x: &[Tensor]| {
            let x = build(x)?;
            check_types(op, "the product", &f(x.clone()), &x)
        };
        let solved = |solver: &Solver<T>, f: &dyn Fn(T) -> T, b: &[Tensor]| {
            let found = solver(&Operator { apply: f }, build(b)?);
            check_types(op, "the solution", &found, &build(b)?)
        };
        let solve = |b: &[Tensor]| solved(&*self.solver, &forward, b);
        let matvec = |x: &[Tensor]| product(&forward, x);
        let vecmat = |y: &[Tensor]| product(&backward, y);
        let outs = match &self.transposed {
            Transposed::Unknown => lax::custom_linear_solve_with(&right, [&solve, &matvec], None)?,
            Transposed::Symmetric => {
                let system: [lax::VectorMap<'_>; 2] = [&solve, &matvec];
                lax::custom_linear_solve_with(&right, system, Some(system))?
            }
            Transposed::By(solver) => {
                let back = |b: &[Tensor]| solved(&**solver, &backward, b);
                let system: [lax::VectorMap<'_>; 2] = [&solve, &matvec];
                lax::custom_linear_solve_with(&right, system, Some([&back, &vecmat]))?
            }
        };
        build(&outs)
    }
}

impl<A, T> Function<(T,)> for CustomLinearSolve<A, T>
where
    A: Function<(T,), Out = T>,
    T: Tree,
{
    type Out = T;

    #[track_caller]
    fn apply(&self, (b,): (T,)) -> T {
        traced_call(Source::here(), || self.run(&b))
    }
}

impl<A: Clone, T> Clone for CustomLinearSolve<A, T> {
    fn clone(&self) -> Self {
        let transposed = match &self.transposed {
            Transposed::Unknown => Transposed::Unknown,
            Transposed::Symmetric => Transposed::Symmetric,
            Transposed::By(solver) => Transposed::By(solver.clone()),
        };
        CustomLinearSolve { matvec: self.matvec.clone(), solver: self.solver.clone(), transposed }
    }
}
