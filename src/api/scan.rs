//! Loops of known length: `scan`, and `map` without a carry.

use super::tree::{leaves, traced_call};
use super::{Function, IntoArgs, Tree, TreeDef};
use crate::base::{Error, ErrorKind, Result, Source};
use crate::ir::Tensor;
use crate::lax;
use std::marker::PhantomData;

/// A function repeated in a loop, itself a function. See [`scan`].
pub struct Scan<F, C, X, Y> {
    f: F,
    steps: Steps,
    types: PhantomData<fn(C, X) -> Y>,
}

/// A function applied to one slice after the other, itself a function. See [`map`].
pub struct Map<F, X> {
    f: F,
    steps: Steps,
    types: PhantomData<fn(X)>,
}

/// How a loop runs.
#[derive(Clone, Copy, Default)]
struct Steps {
    length: Option<usize>,
    reverse: bool,
}

/// The loop over `f`, a function from a carry and one slice of the inputs to the next carry and one
/// slice of the results. The loop takes the first carry and the inputs, whose slices lie along axis
/// 0, and gives the last carry and the results, stacked along axis 0:
///
/// ```text
/// (c, y[0]) = f(c, x[0]); (c, y[1]) = f(c, x[1]); ...
/// ```
///
/// The body is traced once and compiled once, whatever the length. Tensors that it captures are the
/// same in every run. Derivatives of all orders and both modes are loops too; reverse mode keeps of
/// each run the values that the derivative needs.
///
/// # Shapes
/// All inputs have the same size along axis 0, the length of the loop ([`Scan::length`] gives it
/// where there are no inputs, `()`). The carry keeps its structure, shapes and dtypes.
///
/// # Errors
/// When the body changes the type of the carry, inputs differ in length or are scalars, or the
/// length is not known; returned by the transformation around the call.
///
/// ```
/// use cotangent::{Tensor, jit, scan};
/// # fn main() -> cotangent::Result<()> {
/// // Horner's rule, with all intermediate values.
/// let poly = jit(|coefficients: Tensor, x: Tensor| {
///     let step = move |sum: Tensor, c: Tensor| (sum.clone() * &x + c, sum);
///     scan(step).call((Tensor::scalar(0.0), coefficients))
/// });
/// let (value, before) = poly.call((vec![1.0, 2.0, 3.0], 10.0))?;
/// assert_eq!(value.item::<f64>()?, 123.0);
/// assert_eq!(before.to_vec::<f64>()?, [0.0, 1.0, 12.0]);
/// # Ok(())
/// # }
/// ```
pub fn scan<F, C, X, Y>(f: F) -> Scan<F, C, X, Y>
where
    F: Function<(C, X), Out = (C, Y)>,
    C: Tree,
    X: Tree,
    Y: Tree,
{
    Scan { f, steps: Steps::default(), types: PhantomData }
}

/// `f` applied to one slice along axis 0 after the other, the results stacked along axis 0. The
/// values are those of [`vmap`](crate::vmap), but only one slice is worked on at a time: slower, and
/// with the memory of one.
///
/// # Errors
/// When inputs differ in length or are scalars; returned by the transformation around the call.
///
/// ```
/// use cotangent::{Tensor, jit, map};
/// # fn main() -> cotangent::Result<()> {
/// let norms = jit(map(|x: Tensor| x.powi(2).sum()));
/// assert_eq!(norms.call([[3.0, 4.0], [6.0, 8.0]])?.to_vec::<f64>()?, [25.0, 100.0]);
/// # Ok(())
/// # }
/// ```
pub fn map<F: Function<(X,)>, X: Tree>(f: F) -> Map<F, X> {
    Map { f, steps: Steps::default(), types: PhantomData }
}

impl Steps {
    /// The number of runs over these inputs.
    fn count(self, op: &str, xs: &[Tensor]) -> Result<usize> {
        if let Some(x) = xs.iter().find(|x| x.rank() == 0) {
            let why = "a scalar has no axis to loop over; capture it instead";
            return Err(Error::shape(op, &[x.shape()], why));
        }
        let sizes = xs.iter().filter_map(|x| x.shape().first().copied());
        let Some(length) = self.length.or(sizes.clone().next()) else {
            let why = "nothing tells the length; give it with `length`";
            return Err(Error::argument(op, why));
        };
        if i32::try_from(length).is_err() {
            return Err(Error::argument(op, format!("{length} runs are too many")));
        }
        if sizes.clone().any(|n| n != length) {
            let shapes: Vec<_> = xs.iter().map(Tensor::shape).collect();
            let why = format!("all need {length} slices along axis 0");
            return Err(Error::shape(op, &shapes, why));
        }
        Ok(length)
    }
}

impl<F, C, X, Y> Scan<F, C, X, Y>
where
    F: Function<(C, X), Out = (C, Y)>,
    C: Tree,
    X: Tree,
    Y: Tree,
{
    /// From the last slice to the first. The results stand where the slices stood.
    pub fn reverse(mut self) -> Self {
        self.steps.reverse = true;
        self
    }

    /// The number of runs, for a loop without inputs. With inputs it is checked against them.
    pub fn length(mut self, length: usize) -> Self {
        self.steps.length = Some(length);
        self
    }

    /// Runs the loop inside a traced function, from a first carry over inputs.
    #[track_caller]
    pub fn call(&self, args: impl IntoArgs<(C, X)>) -> (C, Y) {
        self.apply(args.into_args())
    }

    fn run(&self, init: &C, xs: &X) -> Result<(C, Y)> {
        let (carry_def, xs_def) = (init.def(), xs.def());
        let (init, xs) = (leaves(init), leaves(xs));
        let steps = (self.steps.count("scan", &xs)?, self.steps.reverse);
        let body = |carry: &[Tensor], x: &[Tensor]| {
            let carry = C::build(&carry_def, &mut carry.iter().cloned())?;
            let (carry, y) = self.f.apply((carry, X::build(&xs_def, &mut x.iter().cloned())?));
            let mut outs = next_carry("scan", (&carry_def, &init), &carry)?;
            y.flatten(&mut outs);
            Ok((outs, y.def()))
        };
        let (outs, y_def) = lax::scan_with(steps, &init, &xs, body)?;
        let mut outs = outs.into_iter();
        Ok((C::build(&carry_def, &mut outs)?, Y::build(&y_def, &mut outs)?))
    }
}

/// The leaves of a carry that comes back from the body of a loop.
///
/// # Errors
/// When they have another structure or other types than the carry `before`.
pub(super) fn next_carry(
    op: &str,
    (def, before): (&TreeDef, &[Tensor]),
    after: &impl Tree,
) -> Result<Vec<Tensor>> {
    if *def != after.def() {
        let why =
            format!("the body takes a carry of structure {def} and gives back {}", after.def());
        return Err(Error::new(ErrorKind::Tree { op: op.into(), why }));
    }
    let leaves = leaves(after);
    let mut pairs = before.iter().zip(&leaves).zip(def.names("the carry"));
    match pairs.find(|((before, after), _)| !before.aval().same_type(after.aval())) {
        None => Ok(leaves),
        Some(((before, after), name)) => {
            let why = format!(
                "the body takes {name} as {} and gives it back as {}; it must keep its shape and \
                 dtype",
                before.aval(),
                after.aval()
            );
            Err(Error::argument(op, why))
        }
    }
}

impl<F: Function<(X,)>, X: Tree> Map<F, X> {
    /// Runs the loop inside a traced function.
    #[track_caller]
    pub fn call(&self, xs: impl IntoArgs<(X,)>) -> F::Out {
        self.apply(xs.into_args())
    }

    fn run(&self, xs: &X) -> Result<F::Out> {
        let def = xs.def();
        let xs = leaves(xs);
        let steps = (self.steps.count("map", &xs)?, self.steps.reverse);
        let (outs, out) = lax::scan_with(steps, &[], &xs, |_, x| {
            let y = self.f.apply((X::build(&def, &mut x.iter().cloned())?,));
            Ok((leaves(&y), y.def()))
        })?;
        F::Out::build(&out, &mut outs.into_iter())
    }
}

impl<F, C, X, Y> Function<(C, X)> for Scan<F, C, X, Y>
where
    F: Function<(C, X), Out = (C, Y)>,
    C: Tree,
    X: Tree,
    Y: Tree,
{
    type Out = (C, Y);

    #[track_caller]
    fn apply(&self, (init, xs): (C, X)) -> (C, Y) {
        traced_call(Source::here(), || self.run(&init, &xs))
    }
}

impl<F: Function<(X,)>, X: Tree> Function<(X,)> for Map<F, X> {
    type Out = F::Out;

    #[track_caller]
    fn apply(&self, (xs,): (X,)) -> F::Out {
        traced_call(Source::here(), || self.run(&xs))
    }
}

impl<F: Clone, C, X, Y> Clone for Scan<F, C, X, Y> {
    fn clone(&self) -> Self {
        Scan { f: self.f.clone(), steps: self.steps, types: PhantomData }
    }
}

impl<F: Clone, X> Clone for Map<F, X> {
    fn clone(&self) -> Self {
        Map { f: self.f.clone(), steps: self.steps, types: PhantomData }
    }
}
