//! Loops that end by a value: `while_loop`, and `fori_loop` over numbers.

use super::scan::next_carry;
use super::tree::{leaves, traced_call};
use super::{Function, IntoArgs, Tree};
use crate::base::{DType, Error, Result, Scalar, Source};
use crate::ir::Tensor;
use crate::ir::params::Policy;
use crate::lax;
use std::marker::PhantomData;
use std::ops::Range;

/// A function repeated while a condition holds, itself a function. See [`while_loop`].
pub struct While<P, F, C> {
    cond: P,
    body: F,
    bound: Option<usize>,
    types: PhantomData<fn(C)>,
}

/// A function repeated for each number of a range, itself a function. See [`fori_loop`].
pub struct Fori<B, F, C> {
    bounds: B,
    body: F,
    types: PhantomData<fn(C)>,
}

/// The loop that applies `body` to a carry while `cond` of it is true, from a first carry to the last.
///
/// Both are traced and compiled once. Tensors that they capture are the same in every run. Under
/// `vmap` the loop runs while any example goes on, and the others stand still.
///
/// # Shapes
/// The carry keeps its structure, shapes and dtypes; the condition gives a scalar.
///
/// # Errors
/// When the body changes the type of the carry, or the condition is not one truth value; returned by
/// the transformation around the call.
///
/// # Derivative
/// In forward mode of all orders. Reverse mode stores what each run leaves, so it needs to know how
/// many there are at most: see [`While::bound`].
///
/// ```
/// use cotangent::{Tensor, jacfwd, jit, while_loop};
/// # fn main() -> cotangent::Result<()> {
/// // Newton's method for the square root.
/// let root = |a: Tensor| {
///     let far = {
///         let a = a.clone();
///         move |x: Tensor| (x.powi(2) - &a).abs().gt(1e-12)
///     };
///     let step = move |x: Tensor| (&x + &a / &x) * 0.5;
///     while_loop(far, step).call(Tensor::scalar(1.0))
/// };
/// assert!((jit(root).call(2.0)?.item::<f64>()? - 2f64.sqrt()).abs() < 1e-12);
/// assert!((jit(jacfwd(root)).call(2.0)?.item::<f64>()? - 0.125f64.sqrt()).abs() < 1e-6);
/// # Ok(())
/// # }
/// ```
pub fn while_loop<P, F, C>(cond: P, body: F) -> While<P, F, C>
where
    P: Function<(C,), Out = Tensor>,
    F: Function<(C,), Out = C>,
    C: Tree,
{
    While { cond, body, bound: None, types: PhantomData }
}

/// The loop that applies `body` to each number of a range and the carry, from a first carry to the
/// last: `c ← body(i, c)`. The numbers are scalars of `i32`.
///
/// A range of Rust numbers has a known length, and the loop is a [`scan`](crate::scan()), with
/// derivatives in both modes. A range of tensors (scalars of integers) may depend on the data; it is
/// a [`while_loop`], with derivatives in forward mode.
///
/// # Shapes
/// The carry keeps its structure, shapes and dtypes.
///
/// # Errors
/// When the body changes the type of the carry, or an end of the range is not one integer; returned
/// by the transformation around the call.
///
/// ```
/// use cotangent::{Tensor, fori_loop, grad, jit};
/// # fn main() -> cotangent::Result<()> {
/// let sum = |x: Tensor| {
///     let step = move |i: Tensor, sum: Tensor| sum + x.pow(i.as_type::<f64>());
///     fori_loop(0..4, step).call(Tensor::scalar(0.0))
/// };
/// assert_eq!(jit(sum).call(2.0)?.item::<f64>()?, 15.0);
/// assert_eq!(jit(grad(sum)).call(2.0)?.item::<f64>()?, 17.0);
/// # Ok(())
/// # }
/// ```
pub fn fori_loop<B, F, C>(bounds: B, body: F) -> Fori<B, F, C>
where
    B: Bounds,
    F: Function<(Tensor, C), Out = C>,
    C: Tree,
{
    Fori { bounds, body, types: PhantomData }
}

/// A range of numbers that [`fori_loop`] takes.
pub trait Bounds: Clone {
    /// The first number and the end, as known numbers or as scalars of `i32`.
    ///
    /// # Errors
    /// When they are no numbers of `i32`.
    #[doc(hidden)]
    fn ends(&self) -> Result<std::result::Result<(i32, usize), [Tensor; 2]>>;
}

impl Bounds for Range<i32> {
    fn ends(&self) -> Result<std::result::Result<(i32, usize), [Tensor; 2]>> {
        let count = i64::from(self.end) - i64::from(self.start);
        match usize::try_from(count.max(0)) {
            Ok(count) if i32::try_from(count).is_ok() => Ok(Ok((self.start, count))),
            _ => Err(Error::argument("fori_loop", format!("{count} runs are too many"))),
        }
    }
}
impl Bounds for Range<usize> {
    fn ends(&self) -> Result<std::result::Result<(i32, usize), [Tensor; 2]>> {
        match (i32::try_from(self.start), i32::try_from(self.end)) {
            (Ok(start), Ok(end)) => (start..end).ends(),
            _ => Err(Error::argument("fori_loop", format!("{self:?} is out of the range of i32"))),
        }
    }
}
impl Bounds for Range<Tensor> {
    fn ends(&self) -> Result<std::result::Result<(i32, usize), [Tensor; 2]>> {
        for end in [&self.start, &self.end] {
            if !end.dtype().is_int() {
                let why = "the ends of the range must be integers; use `convert`";
                return Err(Error::dtype("fori_loop", &[end.dtype()], why));
            }
            if end.rank() != 0 {
                let why = "the ends of the range must be scalars";
                return Err(Error::shape("fori_loop", &[end.shape()], why));
            }
        }
        Ok(Err([&self.start, &self.end].map(|x| lax::convert_element_type(x, DType::I32))))
    }
}

impl<P, F, C> While<P, F, C>
where
    P: Function<(C,), Out = Tensor>,
    F: Function<(C,), Out = C>,
    C: Tree,
{
    /// Allows reverse mode: the loop runs at most `n` times, and stops then even if the condition
    /// still holds. It becomes a [`scan`](crate::scan()) of `n` runs, of which those after the end do
    /// nothing; reverse mode keeps of each run the values that the derivative needs. With more than 32
    /// runs it keeps those of about √n at a time, and of the others only each √n-th carry, from which
    /// they are computed anew (see [`checkpoint`](crate::checkpoint())).
    ///
    /// ```
    /// use cotangent::{Tensor, grad, jit, while_loop};
    /// # fn main() -> cotangent::Result<()> {
    /// let double = |x: Tensor| {
    ///     while_loop(|x: Tensor| x.lt(100.0), |x: Tensor| x * 2.0).bound(20).call(x)
    /// };
    /// assert_eq!(jit(double).call(3.0)?.item::<f64>()?, 192.0);
    /// assert_eq!(jit(grad(double)).call(3.0)?.item::<f64>()?, 64.0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn bound(self, n: usize) -> Self {
        While { bound: Some(n), ..self }
    }

    /// Runs the loop inside a traced function, from a first carry.
    #[track_caller]
    pub fn call(&self, init: impl IntoArgs<(C,)>) -> C {
        self.apply(init.into_args())
    }

    fn run(&self, init: &C) -> Result<C> {
        let def = init.def();
        let init = leaves(init);
        let build = |carry: &[Tensor]| C::build(&def, &mut carry.iter().cloned());
        let more = |carry: &[Tensor]| Ok(self.cond.apply((build(carry)?,)));
        let next = |carry: &[Tensor]| {
            let next = self.body.apply((build(carry)?,));
            next_carry("while_loop", (&def, &init), &next)
        };
        let outs = match self.bound {
            None => lax::while_with(&init, more, next)?,
            Some(n) if i32::try_from(n).is_err() => {
                return Err(Error::argument("while_loop", format!("{n} runs are too many")));
            }
            Some(n) => bounded(n, &init, &more, &next)?,
        };
        build(&outs)
    }
}

type Step<'a> = &'a dyn Fn(&[Tensor]) -> Result<Vec<Tensor>>;

/// `next` at most `n` times while `more` holds.
///
/// Many runs are made in about √n blocks of about √n, of which reverse mode keeps the first carries and
/// computes the others anew; a block after the end is left out as a whole.
fn bounded(
    n: usize,
    init: &[Tensor],
    more: &dyn Fn(&[Tensor]) -> Result<Tensor>,
    next: Step<'_>,
) -> Result<Vec<Tensor>> {
    let runs = |n: usize, init: &[Tensor], next: Step<'_>| {
        let body = |carry: &[Tensor], _: &[Tensor]| Ok((guarded(carry, more, next)?, ()));
        Ok(lax::scan_with((n, false), init, &[], body)?.0)
    };
    if n <= FEW {
        return runs(n, init, next);
    }
    let block = n.isqrt();
    let blocks = runs(n / block, init, &|carry| {
        let block = |carry: &[Tensor]| Ok((runs(block, carry, next)?, ()));
        Ok(lax::checkpoint_with(&Policy::Nothing, carry, block)?.0)
    })?;
    runs(n % block, &blocks, next)
}

/// So many runs are not worth the time of computing them anew.
const FEW: usize = 32;

/// `next` of a carry if `more` holds for it, otherwise the carry.
fn guarded(
    carry: &[Tensor],
    more: &dyn Fn(&[Tensor]) -> Result<Tensor>,
    next: Step<'_>,
) -> Result<Vec<Tensor>> {
    let on = more(carry)?;
    if on.dtype() != DType::Bool || on.rank() != 0 {
        let why = format!("the condition must give one truth value, not {:?}", on.aval());
        return Err(Error::argument("while_loop", why));
    }
    let on = lax::convert_element_type(&on, DType::I32);
    type Branch<'a> = &'a dyn Fn(&[Tensor]) -> Result<(Vec<Tensor>, ())>;
    let stay: Branch<'_> = &|carry| Ok((carry.to_vec(), ()));
    let go: Branch<'_> = &|carry| Ok((next(carry)?, ()));
    Ok(lax::cond_with(&on, carry, [stay, go])?.0)
}

impl<B, F, C> Fori<B, F, C>
where
    B: Bounds,
    F: Function<(Tensor, C), Out = C>,
    C: Tree,
{
    /// Runs the loop inside a traced function, from a first carry.
    #[track_caller]
    pub fn call(&self, init: impl IntoArgs<(C,)>) -> C {
        self.apply(init.into_args())
    }

    fn run(&self, init: &C) -> Result<C> {
        let def = init.def();
        let init = leaves(init);
        let next = |i: &Tensor, carry: &[Tensor]| {
            let carry = C::build(&def, &mut carry.iter().cloned())?;
            let next = self.body.apply((i.clone(), carry));
            next_carry("fori_loop", (&def, &init), &next)
        };
        let outs = match self.bounds.ends()? {
            Ok((start, count)) => {
                let numbers = lax::iota(DType::I32, [count], 0);
                let numbers = numbers + Tensor::literal(Scalar::I32(start));
                let body = |carry: &[Tensor], i: &[Tensor]| Ok((next(&i[0], carry)?, ()));
                lax::scan_with((count, false), &init, &[numbers], body)?.0
            }
            Err([start, end]) => {
                let state = [vec![start], init.clone()].concat();
                let more = |state: &[Tensor]| Ok(lax::lt(&state[0], &end));
                let body = |state: &[Tensor]| {
                    let mut outs = next(&state[0], &state[1..])?;
                    outs.insert(0, &state[0] + 1);
                    Ok(outs)
                };
                let mut outs = lax::while_with(&state, more, body)?;
                outs.remove(0);
                outs
            }
        };
        C::build(&def, &mut outs.into_iter())
    }
}

impl<P, F, C> Function<(C,)> for While<P, F, C>
where
    P: Function<(C,), Out = Tensor>,
    F: Function<(C,), Out = C>,
    C: Tree,
{
    type Out = C;

    #[track_caller]
    fn apply(&self, (init,): (C,)) -> C {
        traced_call(Source::here(), || self.run(&init))
    }
}

impl<B, F, C> Function<(C,)> for Fori<B, F, C>
where
    B: Bounds,
    F: Function<(Tensor, C), Out = C>,
    C: Tree,
{
    type Out = C;

    #[track_caller]
    fn apply(&self, (init,): (C,)) -> C {
        traced_call(Source::here(), || self.run(&init))
    }
}

impl<P: Clone, F: Clone, C> Clone for While<P, F, C> {
    fn clone(&self) -> Self {
        let (cond, body) = (self.cond.clone(), self.body.clone());
        While { cond, body, bound: self.bound, types: PhantomData }
    }
}

impl<B: Clone, F: Clone, C> Clone for Fori<B, F, C> {
    fn clone(&self) -> Self {
        Fori { bounds: self.bounds.clone(), body: self.body.clone(), types: PhantomData }
    }
}
