//! Second derivatives as linear maps: linearized once, applied as often as one likes.

use super::{Function, IntoArgs, LinearMap, Tree, Vjp, linearize, value_and_grad};
use crate::ir::Tensor;

/// The Hessian of a scalar function at a point, as a linear map. See [`hessian_operator`].
#[derive(Clone)]
pub struct HessianOperator<P> {
    value: Tensor,
    gradient: P,
    map: LinearMap<(P,), (Tensor, P)>,
}

/// The Hessian of `f`, a scalar function of a tensor or a tree, at a point: what products with vectors
/// have in common (the gradient and all that it needs) is computed once, however many there are.
/// [`hvp`](crate::hvp) is one product, as a function.
///
/// # Errors
/// When the result is not a scalar or the argument not floating-point; returned by the transformation
/// around the call.
///
/// ```
/// use cotangent::{Tensor, hessian_operator, jit, solvers};
/// # fn main() -> cotangent::Result<()> {
/// let f = |x: Tensor| x.powi(4).sum() / 12.0;
/// let newton = jit(move |x: Tensor| {
///     let h = hessian_operator(f, x.clone());
///     x - solvers::cg(|v: Tensor| h.call(v)).call(h.gradient().clone())
/// });
/// // x − x³/3 / x²
/// let x = newton.call(vec![3.0, 6.0])?.to_vec::<f64>()?;
/// assert!((x[0] - 2.0).abs() < 1e-9 && (x[1] - 4.0).abs() < 1e-9);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn hessian_operator<F, P>(f: F, at: P) -> HessianOperator<P>
where
    F: Function<(P,), Out = Tensor>,
    P: Tree,
{
    let ((value, gradient), map) = linearize(value_and_grad(f), at);
    HessianOperator { value, gradient, map }
}

impl<P: Tree> HessianOperator<P> {
    /// The value of the function at the point.
    pub fn value(&self) -> &Tensor {
        &self.value
    }

    /// The gradient at the point.
    pub fn gradient(&self) -> &P {
        &self.gradient
    }

    /// The product with a vector, a tree like the point.
    ///
    /// # Errors
    /// When it is not; returned by the transformation around the call.
    #[track_caller]
    pub fn call(&self, v: impl IntoArgs<(P,)>) -> P {
        self.map.call(v).1
    }
}

/// The Gauss-Newton matrix of a model and a loss at a point, as a linear map. See [`gauss_newton`].
#[derive(Clone)]
pub struct GaussNewton<P, Y> {
    value: Tensor,
    gradient: P,
    forward: LinearMap<(P,), Y>,
    backward: Vjp<(P,), Y>,
    curvature: LinearMap<(Y,), (Tensor, Y)>,
}

/// The (generalized) Gauss-Newton matrix `Jᵀ H J` of `loss(model(p))` at a point: `J` is the Jacobian of
/// the model, `H` the Hessian of the loss by what the model gives. It is the Hessian without the second
/// derivatives of the model, and positive semidefinite if the loss is convex (Schraudolph 2002).
///
/// Where the loss is a negative log-likelihood whose model gives the natural parameters, it is the Fisher
/// information (Martens, "New insights and perspectives on the natural gradient method", 2020).
///
/// # Errors
/// When the loss is not a scalar, or something not floating-point; returned by the transformation around
/// the call.
///
/// ```
/// use cotangent::{Tensor, gauss_newton, jit};
/// # fn main() -> cotangent::Result<()> {
/// let model = |p: Tensor| p.powi(2);
/// let loss = |y: Tensor| (y - 1.0).powi(2).sum();
/// let f = jit(move |p: Tensor, v: Tensor| {
///     let g = gauss_newton(model, loss, p);
///     (g.value().clone(), g.gradient().clone(), g.call(v))
/// });
/// // Jᵀ J = 4p², and the loss has the curvature 2.
/// let (value, gradient, product) = f.call((vec![1.0, 2.0], vec![1.0, 1.0]))?;
/// assert_eq!(value.item::<f64>()?, 9.0);
/// assert_eq!(gradient.to_vec::<f64>()?, [0.0, 24.0]);
/// assert_eq!(product.to_vec::<f64>()?, [8.0, 32.0]);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn gauss_newton<M, L, P, Y>(model: M, loss: L, at: P) -> GaussNewton<P, Y>
where
    M: Function<(P,), Out = Y>,
    L: Function<(Y,), Out = Tensor>,
    P: Tree,
    Y: Tree,
{
    let (y, forward) = linearize(model, at);
    let ((value, slope), curvature) = linearize(value_and_grad(loss), y);
    let backward = forward.transpose();
    let (gradient,) = backward.call(slope);
    GaussNewton { value, gradient, forward, backward, curvature }
}

impl<P: Tree, Y: Tree> GaussNewton<P, Y> {
    /// The value of the loss at the point.
    pub fn value(&self) -> &Tensor {
        &self.value
    }

    /// The gradient of the loss at the point.
    pub fn gradient(&self) -> &P {
        &self.gradient
    }

    /// The product with a vector, a tree like the point.
    ///
    /// # Errors
    /// When it is not; returned by the transformation around the call.
    #[track_caller]
    pub fn call(&self, v: impl IntoArgs<(P,)>) -> P {
        let along = self.forward.call(v);
        let (_, curved) = self.curvature.call(along);
        self.backward.call(curved).0
    }
}

/// The empirical Fisher information at a point, as a linear map. See [`fisher`].
#[derive(Clone)]
pub struct Fisher<P, Y> {
    forward: LinearMap<(P,), Y>,
    backward: Vjp<(P,), Y>,
}

/// The empirical Fisher information `Σᵢ gᵢ gᵢᵀ` at a point, where `gᵢ` is the gradient of the `i`-th of
/// the log-densities that `f` gives, one for each example. That of the model itself, where the loss has
/// its natural parameters, is [`gauss_newton`].
///
/// # Errors
/// When something is not floating-point; returned by the transformation around the call.
///
/// ```
/// use cotangent::{Tensor, fisher, jit};
/// # fn main() -> cotangent::Result<()> {
/// let f = jit(|mean: Tensor| {
///     let x = Tensor::from_array([0.0, 1.0, 3.0]);
///     fisher(move |mean: Tensor| -0.5 * (&x - mean).powi(2), mean).call(Tensor::scalar(1.0))
/// });
/// assert_eq!(f.call(1.0)?.item::<f64>()?, 5.0);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn fisher<F, P, Y>(f: F, at: P) -> Fisher<P, Y>
where
    F: Function<(P,), Out = Y>,
    P: Tree,
    Y: Tree,
{
    let (_, forward) = linearize(f, at);
    Fisher { backward: forward.transpose(), forward }
}

impl<P: Tree, Y: Tree> Fisher<P, Y> {
    /// The product with a vector, a tree like the point.
    ///
    /// # Errors
    /// When it is not; returned by the transformation around the call.
    #[track_caller]
    pub fn call(&self, v: impl IntoArgs<(P,)>) -> P {
        self.backward.call(self.forward.call(v)).0
    }
}
