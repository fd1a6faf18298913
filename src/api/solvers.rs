//! Solutions of linear systems by products alone.
//!
//! A system is a function, its product with a vector, and a vector is a tensor or a tree of them, so that
//! the second derivatives of a model are solved with and never written down. Each solver is one loop of
//! the compiled program; its derivatives are those of [`custom_linear_solve`], of both modes and of all
//! orders.
//!
//! ```
//! use cotangent::{Tensor, hvp, jit, solvers};
//! # fn main() -> cotangent::Result<()> {
//! // A step of Newton's method, without the Hessian.
//! let energy = |x: Tensor| (x.exp() - 2.0 * &x).sum() + x.sum().powi(2);
//! let step = jit(move |x: Tensor, g: Tensor| {
//!     solvers::cg(move |v: Tensor| hvp(energy).call((x.clone(), v))).call(g)
//! });
//! let x = step.call((vec![0.0, 0.0], vec![5.0, 5.0]))?;
//! assert_eq!(x.to_vec::<f64>()?, [1.0, 1.0]);
//! # Ok(())
//! # }
//! ```

use super::linear_solve::Operator;
use super::tree::{leaves, traced_call};
use super::{Function, IntoArgs, Tree, TreeDef, custom_linear_solve, while_loop};
use crate::base::{Error, Result, Source};
use crate::ir::Tensor;
use crate::lax;
use std::marker::PhantomData;
use std::sync::Arc;

/// A symmetric system, solved by a method of Krylov's. See [`cg`] and [`minres`].
pub struct Krylov<A, T> {
    matvec: A,
    how: How<T>,
}

/// What the loop is told.
struct How<T> {
    method: Method,
    tolerance: Option<f64>,
    max_steps: Option<usize>,
    preconditioner: Option<Arc<dyn Fn(T) -> T>>,
    types: PhantomData<fn(T) -> T>,
}

impl<T> Clone for How<T> {
    fn clone(&self) -> Self {
        How { preconditioner: self.preconditioner.clone(), ..*self }
    }
}

#[derive(Clone, Copy)]
enum Method {
    Cg,
    Minres,
}

/// The solution of `A x = b` for a symmetric positive definite `A`, given by its product, by the method
/// of conjugate gradients (Hestenes & Stiefel 1952).
///
/// It ends when the residual `b − A x` is smaller than 10⁻¹⁰ (10⁻⁵ in `f32`) times `b`, by the norm, or
/// after ten steps for every number of `b`.
///
/// # Shapes
/// The product and the result are like `b`, a tensor or a tree of them.
///
/// # Errors
/// When the product is not like `b`, or when `b` is not floating-point; returned by the transformation
/// around the call.
///
/// # Derivative
/// That of the solution, [by the same method](custom_linear_solve).
///
/// ```
/// use cotangent::{Tensor, jit, solvers};
/// # fn main() -> cotangent::Result<()> {
/// let f = jit(|a: Tensor, b: Tensor| solvers::cg(move |x: Tensor| a.matmul(x)).call(b));
/// let x = f.call(([[2.0, 1.0], [1.0, 2.0]], vec![3.0, 3.0]))?.to_vec::<f64>()?;
/// assert!((x[0] - 1.0).abs() < 1e-9 && (x[1] - 1.0).abs() < 1e-9);
/// # Ok(())
/// # }
/// ```
pub fn cg<A: Function<(T,), Out = T>, T: Tree>(matvec: A) -> Krylov<A, T> {
    Krylov::new(matvec, Method::Cg)
}

/// The solution of `A x = b` for a symmetric `A`, given by its product, that may have negative
/// eigenvalues: the smallest residual of every step (Paige & Saunders 1975). Where `A` is singular, it is
/// a least-squares solution.
///
/// It ends as [`cg`] does, shapes, errors and derivatives are the same, and a preconditioner must be
/// symmetric and positive definite here, too.
///
/// ```
/// use cotangent::{Tensor, jit, solvers};
/// # fn main() -> cotangent::Result<()> {
/// let f = jit(|d: Tensor, b: Tensor| solvers::minres(move |x: Tensor| &d * x).call(b));
/// let x = f.call((vec![-2.0, 1.0, 4.0], vec![2.0, 1.0, 2.0]))?.to_vec::<f64>()?;
/// assert!((x[0] + 1.0).abs() < 1e-9 && (x[1] - 1.0).abs() < 1e-9 && (x[2] - 0.5).abs() < 1e-9);
/// # Ok(())
/// # }
/// ```
pub fn minres<A: Function<(T,), Out = T>, T: Tree>(matvec: A) -> Krylov<A, T> {
    Krylov::new(matvec, Method::Minres)
}

impl<A: Function<(T,), Out = T>, T: Tree> Krylov<A, T> {
    fn new(matvec: A, method: Method) -> Self {
        let how = How {
            method,
            tolerance: None,
            max_steps: None,
            preconditioner: None,
            types: PhantomData,
        };
        Krylov { matvec, how }
    }

    /// End when the residual is smaller than this times the right-hand side, by the norm.
    pub fn tolerance(mut self, tolerance: f64) -> Self {
        self.how.tolerance = Some(tolerance);
        self
    }

    /// Take no more steps than this.
    pub fn max_steps(mut self, steps: usize) -> Self {
        self.how.max_steps = Some(steps);
        self
    }

    /// Use this symmetric positive definite map, which should be near the inverse of `A`. It is not
    /// differentiated.
    ///
    /// ```
    /// use cotangent::{Tensor, jit, solvers};
    /// # fn main() -> cotangent::Result<()> {
    /// // Two steps for 1000 very different scales, and one more number that couples them all.
    /// let f = jit(|d: Tensor, b: Tensor| {
    ///     let scale = d.clone();
    ///     let matvec = move |x: Tensor| &d * &x + x.sum();
    ///     let solver = solvers::cg(matvec).preconditioner(move |r: Tensor| r / &scale);
    ///     solver.max_steps(2).call(b)
    /// });
    /// let d: Vec<f64> = (1..=1000).map(|i| i as f64).collect();
    /// let b: Vec<f64> = d.iter().map(|d| d + 1000.0).collect();
    /// let x = f.call((d, b))?.to_vec::<f64>()?;
    /// assert!(x.iter().all(|x| (x - 1.0).abs() < 1e-9));
    /// # Ok(())
    /// # }
    /// ```
    pub fn preconditioner(mut self, inverse: impl Fn(T) -> T + 'static) -> Self {
        self.how.preconditioner = Some(Arc::new(inverse));
        self
    }

    /// Solves inside a traced function.
    #[track_caller]
    pub fn call(&self, b: impl IntoArgs<(T,)>) -> T
    where
        T: 'static,
    {
        self.apply(b.into_args())
    }
}

impl<A, T> Function<(T,)> for Krylov<A, T>
where
    A: Function<(T,), Out = T>,
    T: Tree + 'static,
{
    type Out = T;

    #[track_caller]
    fn apply(&self, (b,): (T,)) -> T {
        let how = self.how.clone();
        let matvec = |x: T| self.matvec.apply((x,));
        let solver = move |a: &Operator<'_, T>, b: T| {
            traced_call(Source::here(), || how.solve(&|x| a.call(x), &b))
        };
        custom_linear_solve(matvec, solver).symmetric().apply((b,))
    }
}

impl<A: Clone, T> Clone for Krylov<A, T> {
    fn clone(&self) -> Self {
        Krylov { matvec: self.matvec.clone(), how: self.how.clone() }
    }
}

/// A vector: the leaves of a tree.
type Vector = Vec<Tensor>;

fn dot(x: &[Tensor], y: &[Tensor]) -> Tensor {
    let products = x.iter().zip(y).map(|(x, y)| (x * y).sum());
    products.reduce(|sum, product| sum + product).unwrap_or_else(|| Tensor::scalar(0.0))
}

/// `x + a y`.
fn add(x: &[Tensor], a: &Tensor, y: &[Tensor]) -> Vector {
    x.iter().zip(y).map(|(x, y)| x + a * y).collect()
}

fn scale(a: &Tensor, x: &[Tensor]) -> Vector {
    x.iter().map(|x| a * x).collect()
}

fn zeros(like: &[Tensor]) -> Vector {
    like.iter().map(|x| lax::zeros_like(x.aval())).collect()
}

impl<T: Tree> How<T> {
    fn solve(&self, a: &dyn Fn(T) -> T, b: &T) -> Result<T> {
        let op = match self.method {
            Method::Cg => "cg",
            Method::Minres => "minres",
        };
        let (def, right) = (b.def(), leaves(b));
        let Some(dtype) = right.first().map(Tensor::dtype) else { return build(&def, &right) };
        if let Some(other) = right.iter().map(Tensor::dtype).find(|d| *d != dtype) {
            let why = "all of a vector must have one dtype; use `convert`";
            return Err(Error::dtype(op, &[dtype, other], why));
        }
        if !dtype.is_float() {
            return Err(Error::dtype(op, &[dtype], "it is for real numbers"));
        }
        let apply = |f: &dyn Fn(T) -> T, x: &[Tensor]| match build::<T>(&def, x) {
            Ok(x) => leaves(&f(x)),
            // It has the structure of the right-hand side, so that nothing else happens.
            Err(_) => zeros(x),
        };
        let map = Map {
            a: &|x: &[Tensor]| apply(a, x),
            m: &|r: &[Tensor]| match &self.preconditioner {
                Some(m) => apply(&**m, r),
                None => r.to_vec(),
            },
        };
        let size: usize = right.iter().map(Tensor::size).sum();
        let tolerance =
            self.tolerance.unwrap_or(if dtype.epsilon() < 1e-12 { 1e-10 } else { 1e-5 });
        let steps = self.max_steps.unwrap_or(10 * size).min(i32::MAX as usize) as i32;
        let found = match self.method {
            Method::Cg => map.cg(&right, tolerance, steps),
            Method::Minres => map.minres(&right, tolerance, steps, dtype.epsilon()),
        };
        build(&def, &found)
    }
}

fn build<T: Tree>(def: &TreeDef, x: &[Tensor]) -> Result<T> {
    T::build(def, &mut x.iter().cloned())
}

/// The product with a matrix, and the preconditioner.
struct Map<'a> {
    a: &'a dyn Fn(&[Tensor]) -> Vector,
    m: &'a dyn Fn(&[Tensor]) -> Vector,
}

impl Map<'_> {
    fn cg(&self, b: &[Tensor], tolerance: f64, max_steps: i32) -> Vector {
        type State = (Tensor, Vector, Vector, Vector, Tensor, Tensor);
        let small = dot(b, b) * tolerance.powi(2);
        let goes_on = |(k, _, _, _, _, rr): State| rr.gt(&small) & k.lt(max_steps);
        let step = |(k, x, r, p, rz, _): State| {
            let q = (self.a)(&p);
            let alpha = &rz / dot(&p, &q);
            let (x, r) = (add(&x, &alpha, &p), add(&r, &-alpha, &q));
            let z = (self.m)(&r);
            let (next, rr) = (dot(&r, &z), dot(&r, &r));
            let p = add(&z, &(&next / rz), &p);
            (k + 1, x, r, p, next, rr)
        };
        let z = (self.m)(b);
        let start = (Tensor::scalar(0), zeros(b), b.to_vec(), z.clone(), dot(b, &z), dot(b, b));
        while_loop(goes_on, step).call(start).1
    }

    fn minres(&self, b: &[Tensor], tolerance: f64, max_steps: i32, epsilon: f64) -> Vector {
        // The vectors y (not normalized), r of this step and the one before, w of both, x; and of the
        // tridiagonal matrix β of both, its rotation, what is left of its last column, the residual,
        // and the squared norm so far.
        type State = (Tensor, [Vector; 6], [Tensor; 2], [Tensor; 2], [Tensor; 2], [Tensor; 2]);
        let number = |x: f64| lax::number(&b[0], x);
        let y = (self.m)(b);
        let beta = dot(b, &y).sqrt();
        let small = &beta * tolerance;
        let goes_on = |(k, _, [_, beta], _, _, [residual, _]): State| {
            k.lt(max_steps) & beta.gt(0.0) & residual.gt(&small)
        };
        let step = |(k, vectors, betas, rotation, column, measures): State| {
            let [y, r2, r1, w2, w1, x] = vectors;
            let ([old, beta], [cs, sn], [dbar, epsln], [residual, norm]) =
                (betas, rotation, column, measures);
            let v = scale(&(1.0 / &beta), &y);
            let y = add(&(self.a)(&v), &-(&beta / &old), &r1);
            let alpha = dot(&v, &y);
            let r = add(&y, &-(&alpha / &beta), &r2);
            let y = (self.m)(&r);
            let next = dot(&r, &y).sqrt();
            let delta = &cs * &dbar + &sn * &alpha;
            let gbar = &sn * &dbar - &cs * &alpha;
            let norm = norm + alpha.square() + 2.0 * next.square();
            let gamma = gbar.hypot(&next).maximum(1e-30);
            let w = add(&add(&v, &-epsln, &w1), &-delta, &w2);
            let w = scale(&(1.0 / &gamma), &w);
            let (epsln, dbar) = (&sn * &next, -&cs * &next);
            // ‖A r‖ is the residual times this. Where it vanishes, nothing better can be found.
            let done = gbar.hypot(&dbar).le(norm.sqrt() * (16.0 * epsilon));
            let next = done.where_(0.0, next);
            let (cs, sn) = (gbar / &gamma, &next / &gamma);
            let step = done.where_(0.0, &cs * &residual);
            let better = x.iter().zip(&w).map(|(x, w)| x + done.where_(0.0, &step * w)).collect();
            let residual = &sn * residual;
            let vectors = [y, r, r2, w, w2, better];
            (k + 1, vectors, [beta, next], [cs, sn], [dbar, epsln], [residual, norm])
        };
        let zero = zeros(b);
        let start = (
            Tensor::scalar(0),
            [y, b.to_vec(), zero.clone(), zero.clone(), zero.clone(), zero],
            [number(1.0), beta.clone()],
            [number(-1.0), number(0.0)],
            [number(0.0), number(0.0)],
            [beta, number(0.0)],
        );
        let [.., x] = while_loop(goes_on, step).call(start).1;
        x
    }
}
