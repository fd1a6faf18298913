//! Minima of smooth functions, by exact gradients and Hessians.

use super::host::host_leaves;
use super::tree::{leaves, traced_call};
use super::{
    Function, HostArgs, IntoArgs, Jit, Tree, TreeDef, Unravel, grad, hessian, hessian_operator,
    jit, jvp, ravel, solvers, value_and_grad, while_loop,
};
use crate::base::{Error, Result, Source};
use crate::ir::Tensor;
use crate::lax;
use crate::runtime::Array;
use std::marker::PhantomData;
use std::ops::ControlFlow;
use std::sync::Arc;

crate::tree! {
    /// How a search for a minimum went. Each part is a scalar.
    #[derive(Debug)]
    pub struct Progress<L> {
        /// The value of the function.
        pub value: L,
        /// The largest element of the gradient by those parameters that are free to move.
        pub slope: L,
        /// The radius of the region in which the quadratic model is trusted.
        pub radius: L,
        /// The number of points that were tried.
        pub steps: L,
        /// The number of products with a Hessian.
        pub products: L,
        /// Whether the slope is as small as was asked for, or no step makes the function smaller.
        pub converged: L,
    }
}

type Limits<P, D> = dyn Fn(&D) -> (P, P);
type Mask<P, D> = dyn Fn(&D) -> P;

/// The search for a minimum of a function of parameters and data. See [`minimize`].
pub struct Minimize<F, P, D> {
    f: F,
    tolerance: Option<f64>,
    max_steps: usize,
    dense: bool,
    bounds: Option<Arc<Limits<P, D>>>,
    free: Option<Arc<Mask<P, D>>>,
    types: PhantomData<fn(P, D)>,
}

/// The parameters that make `f`, a scalar function of parameters and data, smallest, as a function of a
/// start and of the data; and how the search went. Parameters and data are tensors or trees; without
/// data, take `()`.
///
/// Newton's method within a region of trust, the steps found by conjugate gradients that stop at its
/// edge or where the curvature is negative (Steihaug 1983; Nocedal & Wright, "Numerical Optimization",
/// algorithms 4.1 and 7.2). All of it is one loop of the compiled program; [`Minimize::stepper`] runs it
/// step by step from the host instead.
///
/// # Shapes
/// The parameters come back like the start, all of one dtype.
///
/// # Errors
/// When `f` does not give a scalar, or parameters are not floating-point; returned by the transformation
/// around the call.
///
/// # Derivative
/// That of the minimum by the data, `ẋ = −H⁻¹ ∂²f/∂x∂d ḋ`, in both modes and of all orders (of `value`,
/// too); parameters that are at a bound or not free have none, the start has none.
///
/// ```
/// use cotangent::{Tensor, grad, jit, minimize};
/// # fn main() -> cotangent::Result<()> {
/// // Rosenbrock's valley, the end of which depends on a number.
/// let valley = |x: Tensor, a: Tensor| {
///     let (x, y) = (x.row(0), x.row(1));
///     (&a - &x).powi(2) + 100.0 * (y - x.powi(2)).powi(2)
/// };
/// let fit = move |a: Tensor| minimize(valley).call((Tensor::from_array([-1.2, 1.0]), a));
/// let (x, how) = jit(fit).call(1.0)?;
/// assert!(how.converged.item::<bool>()?);
/// assert!(x.to_vec::<f64>()?.iter().all(|x| (x - 1.0).abs() < 1e-8));
/// // It lies at (a, a²).
/// let slope = jit(grad(move |a: Tensor| fit(a).0.row(1))).call(1.0)?;
/// assert!((slope.item::<f64>()? - 2.0).abs() < 1e-6);
/// # Ok(())
/// # }
/// ```
pub fn minimize<F, P, D>(f: F) -> Minimize<F, P, D>
where
    F: Function<(P, D), Out = Tensor>,
    P: Tree,
    D: Tree,
{
    Minimize {
        f,
        tolerance: None,
        max_steps: 1000,
        dense: false,
        bounds: None,
        free: None,
        types: PhantomData,
    }
}

impl<F: Clone, P, D> Clone for Minimize<F, P, D> {
    fn clone(&self) -> Self {
        Minimize {
            f: self.f.clone(),
            bounds: self.bounds.clone(),
            free: self.free.clone(),
            ..*self
        }
    }
}

/// Where the search is: parameters, value, gradient, radius, steps, products, and whether it is done.
type State = (Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor);

/// The function of a flat vector, and what limits the vector.
struct Flat<'a, F, P, D> {
    search: &'a Minimize<F, P, D>,
    unravel: Unravel<P>,
    data: D,
    bounds: Option<(Tensor, Tensor)>,
    free: Option<Tensor>,
}

impl<F, P, D> Minimize<F, P, D>
where
    F: Function<(P, D), Out = Tensor>,
    P: Tree,
    D: Tree,
{
    /// End when the largest element of the gradient is this times the value (times 1, if that is larger),
    /// instead of 10⁻⁹ (10⁻⁴ in `f32`).
    pub fn tolerance(mut self, tolerance: f64) -> Self {
        self.tolerance = Some(tolerance);
        self
    }

    /// Try no more points than this, instead of 1000.
    pub fn max_steps(mut self, steps: usize) -> Self {
        self.max_steps = steps;
        self
    }

    /// Compute the Hessian of every point instead of its products with vectors: better for up to some
    /// hundreds of parameters, where a Hessian costs little more than a gradient.
    pub fn dense(mut self) -> Self {
        self.dense = true;
        self
    }

    /// Keep each parameter between a least and a greatest value, which may be infinite: trees like the
    /// parameters, made of the data.
    ///
    /// ```
    /// use cotangent::{Tensor, jit, minimize};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = |x: Tensor, (): ()| (x - Tensor::from_array([-1.0, 0.5])).powi(2).sum();
    /// let inside = |(): &()| (Tensor::from_array([0.0, 0.0]), Tensor::from_array([1.0, 1.0]));
    /// let fit = jit(move |x: Tensor| minimize(f).bounds(inside).call((x, ())).0);
    /// assert_eq!(fit.call(vec![0.7, 0.7])?.to_vec::<f64>()?, [0.0, 0.5]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn bounds(mut self, bounds: impl Fn(&D) -> (P, P) + 'static) -> Self {
        self.bounds = Some(Arc::new(bounds));
        self
    }

    /// Move only those parameters whose mask, a tree like the parameters and made of the data, is not 0;
    /// so one compiled program serves whatever is fixed, as when a likelihood is profiled.
    ///
    /// ```
    /// use cotangent::{Tensor, jit, minimize};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = |x: Tensor, _: Tensor| x.powi(2).sum() + x.prod();
    /// let fit = jit(move |x: Tensor, mask: Tensor| {
    ///     minimize(f).free(|mask: &Tensor| mask.clone()).call((x, mask)).0
    /// });
    /// let x = fit.call((vec![1.0, 5.0], vec![0.0, 1.0]))?.to_vec::<f64>()?;
    /// assert!(x[0] == 1.0 && (x[1] + 0.5).abs() < 1e-9);
    /// # Ok(())
    /// # }
    /// ```
    pub fn free(mut self, mask: impl Fn(&D) -> P + 'static) -> Self {
        self.free = Some(Arc::new(mask));
        self
    }

    /// Searches inside a traced function.
    #[track_caller]
    pub fn call(&self, args: impl IntoArgs<(P, D)>) -> (P, Progress) {
        self.apply(args.into_args())
    }

    fn flat(&self, unravel: Unravel<P>, data: D) -> Flat<'_, F, P, D> {
        let bounds = self.bounds.as_ref().map(|bounds| {
            let (low, high) = bounds(&data);
            (ravel(&low).0, ravel(&high).0)
        });
        let free = self.free.as_ref().map(|mask| ravel(&mask(&data)).0);
        Flat { search: self, unravel, data, bounds, free }
    }

    fn run(&self, start: &P, data: &D) -> Result<(P, Progress)> {
        let (x, unravel) = ravel(start);
        check(&x)?;
        let def = data.def();
        let n = leaves(data).len();
        let build = |leaves: &[Tensor]| D::build(&def, &mut leaves.iter().cloned());
        let args = [leaves(data), vec![x]].concat();
        let found = |args: &[Tensor]| {
            let flat = self.flat(unravel.clone(), build(&args[..n])?);
            let (x, how) = flat.told(flat.search(&args[n]));
            Ok([vec![x], leaves(&how)].concat())
        };
        let rule = |args: &[Tensor], outs: &[Tensor], tangents: &[Tensor]| {
            let (data, along) = (build(&args[..n])?, build(&tangents[..n])?);
            let (x, value) = self.moved(&unravel, &outs[0], data, along);
            let rest = outs[2..].iter().map(|t| lax::zeros_like(t.aval()));
            Ok([x, value].into_iter().chain(rest).collect())
        };
        let outs = lax::implicit_with(&args, found, rule)?;
        let [x, value, slope, radius, steps, products, converged] = &outs[..] else {
            return Err(Error::internal("a minimum without its parts"));
        };
        let [value, slope, radius] = [value, slope, radius].map(Tensor::clone);
        let [steps, products, converged] = [steps, products, converged].map(Tensor::clone);
        let how = Progress { value, slope, radius, steps, products, converged };
        Ok((unravel.call(x), how))
    }

    /// The tangents of a minimum and of the value there.
    fn moved(&self, unravel: &Unravel<P>, x: &Tensor, data: D, along: D) -> (Tensor, Tensor) {
        let at = self.flat(unravel.clone(), data.clone());
        let still = at.still(x, &grad(|x: Tensor| at.value(&x)).call(x.clone()));
        let slope = |d: D, (): ()| {
            let there = self.flat(unravel.clone(), d);
            grad(|x: Tensor| there.value(&x)).call(x.clone())
        };
        let (_, change) = jvp(slope, (data.clone(), ()), (along.clone(), ()));
        let operator = hessian_operator(|x: Tensor| at.value(&x), x.clone());
        let product = |v: Tensor| {
            let moving = still.where_(0.0, &v);
            still.where_(v, operator.call(moving))
        };
        let step = -solvers::cg(product).call(still.where_(0.0, change));
        let value = |x: Tensor, d: D| self.flat(unravel.clone(), d).value(&x);
        let (_, slope) = jvp(value, (x.clone(), data), (step.clone(), along));
        (step, slope)
    }

    /// The search step by step, which a function on the host looks at: to show progress, to stop early, or
    /// to keep what was found. It is compiled for the first point that it is started from.
    ///
    /// ```
    /// use cotangent::{Tensor, minimize};
    /// use std::ops::ControlFlow;
    /// # fn main() -> cotangent::Result<()> {
    /// let f = |x: Tensor, center: Tensor| (x - center).powi(4).sum();
    /// let fit = minimize(f).stepper();
    /// let mut values = Vec::new();
    /// let (x, how) = fit.run((vec![3.0, 1.0], vec![1.0, 2.0]), |step| {
    ///     values.push(step.value.item::<f64>().unwrap_or(f64::NAN));
    ///     ControlFlow::Continue(())
    /// })?;
    /// assert!(how.converged.item::<bool>()? && values.is_sorted_by(|a, b| a >= b));
    /// assert!((x.to_vec::<f64>()?[1] - 2.0).abs() < 1e-2);
    /// # Ok(())
    /// # }
    /// ```
    pub fn stepper(self) -> Stepper<P, D>
    where
        F: Clone + 'static,
    {
        let (begin, go, max_steps) = (self.clone(), self.clone(), self.max_steps);
        let first = move |start: P, data: D| {
            let (x, unravel) = ravel(&start);
            let x = traced_call(Source::here(), || check(&x).map(|()| x));
            (begin.flat(unravel, data).start(&x), start)
        };
        let next = move |(state, like): (State, P), data: D| {
            let (_, unravel) = ravel(&like);
            let flat = go.flat(unravel.clone(), data);
            let state = flat.step(state);
            let (x, how) = flat.told(state.clone());
            ((state, unravel.call(&x)), how)
        };
        Stepper { first: jit(Box::new(first)), next: jit(Box::new(next)), max_steps }
    }
}

impl<F, P, D> Function<(P, D)> for Minimize<F, P, D>
where
    F: Function<(P, D), Out = Tensor>,
    P: Tree,
    D: Tree,
{
    type Out = (P, Progress);

    #[track_caller]
    fn apply(&self, (start, data): (P, D)) -> (P, Progress) {
        traced_call(Source::here(), || self.run(&start, &data))
    }
}

/// Refuses parameters that cannot move.
fn check(x: &Tensor) -> Result<()> {
    if x.dtype().is_float() {
        return Ok(());
    }
    let why = "the parameters must be floating-point; use `convert`";
    Err(Error::dtype("minimize", &[x.dtype()], why))
}

type Program<F, Args> = Jit<Box<F>, Args>;
type First<P, D> = dyn Fn(P, D) -> (State, P);
type Next<P, D> = dyn Fn(Place<P>, D) -> (Place<P>, Progress);
/// The state, and the parameters that it stands for.
type Place<P> = (State, P);

/// A search for a minimum that the host runs step by step. See [`Minimize::stepper`].
pub struct Stepper<P: Tree, D: Tree> {
    first: Program<First<P, D>, (P, D)>,
    next: Program<Next<P, D>, (Place<P>, D)>,
    max_steps: usize,
}

impl<P: Tree, D: Tree> Stepper<P, D> {
    /// Searches from a start, with these data; `seen` gets the progress after every step, and may break
    /// the search off.
    ///
    /// # Errors
    /// Those of [`minimize`], or a failure of the device.
    #[track_caller]
    pub fn run(
        &self,
        args: impl HostArgs<(P, D)>,
        mut seen: impl FnMut(&Progress<Array>) -> ControlFlow<()>,
    ) -> Result<(P::Host, Progress<Array>)> {
        let at = Source::here();
        let (def, leaves) = host_leaves(args);
        crate::base::public_call(at, || {
            let of_start = def.children().first().map_or(0, TreeDef::leaves);
            let data_def = def.children()[1].clone();
            let data = leaves[of_start..].to_vec();
            let mut now = self.first.run(def.clone(), &leaves)?;
            loop {
                let mut ins = Vec::new();
                let state = <(State, P)>::flatten_host(now, &mut ins);
                ins.extend(data.iter().cloned());
                let (next, how) =
                    self.next.run(TreeDef::Node(vec![state, data_def.clone()]), &ins)?;
                now = next;
                let stop = seen(&how).is_break();
                let over = how.steps.item::<i32>()? as usize >= self.max_steps;
                if stop || over || how.converged.item::<bool>()? {
                    return Ok((now.1, how));
                }
            }
        })
    }
}

impl<F, P, D> Flat<'_, F, P, D>
where
    F: Function<(P, D), Out = Tensor>,
    P: Tree,
    D: Tree,
{
    fn value(&self, x: &Tensor) -> Tensor {
        self.search.f.apply((self.unravel.call(x), self.data.clone()))
    }

    /// Which parameters do not move: those that are not free, and those that would leave their bounds.
    fn still(&self, x: &Tensor, slope: &Tensor) -> Tensor {
        let mut still = x.ne(x);
        if let Some((low, high)) = &self.bounds {
            still = still | (x.le(low) & slope.gt(0.0)) | (x.ge(high) & slope.lt(0.0));
        }
        if let Some(free) = &self.free {
            still = still | free.eq(0.0);
        }
        still
    }

    /// The largest element of the gradient by what may move.
    fn steepest(&self, x: &Tensor, slope: &Tensor) -> Tensor {
        if x.size() == 0 {
            return lax::number(slope, 0.0) + slope.sum();
        }
        self.still(x, slope).where_(0.0, slope.abs()).max()
    }

    fn inside(&self, x: Tensor) -> Tensor {
        match &self.bounds {
            Some((low, high)) => x.maximum(low).minimum(high),
            None => x,
        }
    }

    fn start(&self, x: &Tensor) -> State {
        let x = match &self.free {
            // What is fixed stays where it is, wherever that is.
            Some(free) => free.eq(0.0).where_(x, self.inside(x.clone())),
            None => self.inside(x.clone()),
        };
        let (value, slope) = value_and_grad(|x: Tensor| self.value(&x)).call(x.clone());
        let radius = lax::number(&value, 1.0) + x.norm().maximum(0.0) * 0.1;
        let done = self.flat_enough(&x, &value, &slope);
        (x, value, slope, radius, Tensor::scalar(0), Tensor::scalar(0), done)
    }

    fn flat_enough(&self, x: &Tensor, value: &Tensor, slope: &Tensor) -> Tensor {
        let exact = x.dtype().epsilon() < 1e-12;
        let tolerance = self.search.tolerance.unwrap_or(if exact { 1e-9 } else { 1e-4 });
        self.steepest(x, slope).le(value.abs().maximum(1.0) * tolerance)
    }

    fn search(&self, x: &Tensor) -> State {
        let max_steps = i32::try_from(self.search.max_steps).unwrap_or(i32::MAX);
        let goes_on = |(_, _, _, _, steps, _, done): State| !done & steps.lt(max_steps);
        while_loop(goes_on, |state: State| self.step(state)).call(self.start(x))
    }

    /// The place of a state, and what is told of it.
    fn told(
        &self,
        (x, value, slope, radius, steps, products, converged): State,
    ) -> (Tensor, Progress) {
        let slope = self.steepest(&x, &slope);
        (x, Progress { value, slope, radius, steps, products, converged })
    }

    /// One point more.
    fn step(&self, (x, value, slope, radius, steps, products, done): State) -> State {
        let epsilon = x.dtype().epsilon();
        let still = self.still(&x, &slope);
        let f = |x: Tensor| self.value(&x);
        let matrix = self.search.dense.then(|| hessian(f).call(x.clone()));
        let operator = hessian_operator(f, x.clone());
        let product = |v: &Tensor| match &matrix {
            Some(matrix) => matrix.matmul(v),
            None => operator.call(v.clone()),
        };
        let (step, count) =
            steihaug(&product, &still, &still.where_(0.0, &slope), &radius, x.size());
        // What does not move may lie outside of its bounds.
        let trial = still.where_(&x, self.inside(&x + &step));
        let step = &trial - &x;
        let model = slope.dot(&step) + 0.5 * step.dot(product(&step));
        let (new_value, new_slope) = value_and_grad(f).call(trial.clone());
        // Where the change drowns in rounding, the model is trusted.
        let noise = value.abs().maximum(1.0) * (10.0 * epsilon);
        let drowned = model.abs().le(&noise) & (&new_value - &value).abs().le(&noise);
        let ratio = drowned.where_(1.0, (&new_value - &value) / &model);
        let better = ratio.gt(1e-4) & new_value.isfinite() & model.le(0.0);
        let length = step.norm();
        let poor = ratio.lt(0.25) | !ratio.isfinite();
        let good = ratio.gt(0.75) & length.ge(0.8 * &radius);
        let smaller = 0.25 * length.minimum(&radius);
        let radius = poor.where_(smaller, good.where_(2.0 * &radius, &radius));
        let x_next = better.where_(&trial, &x);
        let value_next = better.where_(&new_value, &value);
        let slope_next = better.where_(&new_slope, &slope);
        // A step that changes nothing, or a region without any other point: this is as good as it gets.
        let stuck = (drowned & (length.le(x.norm() * (4.0 * epsilon)) | !&better))
            | radius.le((x.norm() + 1.0) * (0.5 * epsilon));
        let finished = self.flat_enough(&x_next, &value_next, &slope_next) | stuck;
        // A start that is a minimum already has nothing to try.
        let keep = |old: &Tensor, new: &Tensor| done.where_(old, new);
        (
            keep(&x, &x_next),
            keep(&value, &value_next),
            keep(&slope, &slope_next),
            radius,
            done.where_(&steps, &steps + 1),
            done.where_(&products, &products + count + 1),
            &done | finished,
        )
    }
}

/// The step that makes the quadratic model with this slope smallest, found by conjugate gradients that
/// stop at the edge of the region; and the number of products.
fn steihaug(
    product: &dyn Fn(&Tensor) -> Tensor,
    still: &Tensor,
    slope: &Tensor,
    radius: &Tensor,
    size: usize,
) -> (Tensor, Tensor) {
    type Carry = (Tensor, Tensor, Tensor, Tensor, Tensor, Tensor);
    let norm = slope.norm();
    let enough = &norm * norm.sqrt().minimum(0.5);
    let most = i32::try_from(2 * size + 10).unwrap_or(i32::MAX);
    let goes_on = |(k, _, _, _, rr, done): Carry| !done & k.lt(most) & rr.sqrt().gt(&enough);
    let step = |(k, p, r, d, rr, _): Carry| {
        let q = still.where_(0.0, product(&d));
        let curvature = d.dot(&q);
        let alpha = &rr / &curvature;
        let next = &p + &alpha * &d;
        let leaves = curvature.le(0.0) | next.norm().ge(radius);
        // From p along d to the edge.
        let (a, b) = (d.dot(&d), p.dot(&d));
        let c = (radius * radius - p.dot(&p)).maximum(0.0);
        let tau = &c / (&b + (b.square() + a * &c).sqrt());
        let edge = &p + tau * &d;
        let r = &r + alpha * q;
        let next_rr = r.dot(&r);
        let d = &(&next_rr / rr) * d - &r;
        (k + 1, leaves.where_(edge, next), r, d, next_rr, leaves)
    };
    let rr = slope.dot(slope);
    let no = Tensor::scalar(false);
    let start = (Tensor::scalar(0), slope.zeros_like(), slope.clone(), -slope, rr, no);
    let (k, p, ..) = while_loop(goes_on, step).call(start);
    (p, k)
}
