//! Functions whose derivatives compute values anew instead of keeping them: `checkpoint`.

use super::tree::{leaves, traced_call};
use super::{Arguments, Function, IntoArgs, Tree};
use crate::base::{Result, Source};
use crate::ir::Tensor;
use crate::ir::params::Policy;
use crate::lax;
use std::marker::PhantomData;

/// A function whose derivative keeps few values, itself a function. See [`checkpoint`].
pub struct Checkpoint<F, Args> {
    f: F,
    policy: Policy,
    args: PhantomData<fn(Args)>,
}

/// The function `f`, of which reverse mode keeps the arguments only: what else the derivative needs, it
/// computes anew. It costs the time of the function once more, and saves the memory of all values
/// inside; above all as the body of a [`scan`](crate::scan), which keeps them for every run.
///
/// The values are those of `f`; forward mode is not changed. In second and higher derivatives, too,
/// each reverse mode keeps the arguments only.
///
/// ```
/// use cotangent::{Tensor, checkpoint, grad, jit, scan};
/// # fn main() -> cotangent::Result<()> {
/// let step = |h: Tensor, x: Tensor| {
///     let h = checkpoint(|h: Tensor, x: Tensor| (h.sin() * x).exp().tanh()).call((h, x));
///     (h, ())
/// };
/// let f = move |xs: Tensor| {
///     let (h, ()) = scan(step).call((Tensor::scalar(0.5), xs));
///     h
/// };
/// let g = jit(grad(f)).call(vec![0.1, 0.2, 0.3])?;
/// assert_eq!(g.shape()[..], [3]);
/// # Ok(())
/// # }
/// ```
pub fn checkpoint<F: Function<Args>, Args: Arguments>(f: F) -> Checkpoint<F, Args> {
    Checkpoint { f, policy: Policy::default(), args: PhantomData }
}

impl<F: Function<Args>, Args: Arguments> Checkpoint<F, Args> {
    /// Keep some values, too: results of products, or those that have a name.
    ///
    /// ```
    /// use cotangent::{Tensor, checkpoint, grad, jit, params::Policy};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = |x: Tensor| x.sin().checkpoint_name("sin").exp().sum();
    /// let f = checkpoint(f).policy(Policy::Names(vec!["sin".into()]));
    /// assert_eq!(jit(grad(f)).call(vec![0.0])?.to_vec::<f64>()?, [1.0]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Applies the function inside a traced function.
    #[track_caller]
    pub fn call(&self, args: impl IntoArgs<Args>) -> F::Out {
        self.apply(args.into_args())
    }

    fn run(&self, args: &Args) -> Result<F::Out> {
        let def = args.def();
        let (outs, out) = lax::checkpoint_with(&self.policy, &leaves(args), |ins| {
            let out = self.f.apply(Args::build(&def, &mut ins.iter().cloned())?);
            Ok((leaves(&out), out.def()))
        })?;
        F::Out::build(&out, &mut outs.into_iter())
    }
}

impl<F: Function<Args>, Args: Arguments> Function<Args> for Checkpoint<F, Args> {
    type Out = F::Out;

    #[track_caller]
    fn apply(&self, args: Args) -> F::Out {
        traced_call(Source::here(), || self.run(&args))
    }
}

impl<F: Clone, Args> Clone for Checkpoint<F, Args> {
    fn clone(&self) -> Self {
        Checkpoint { f: self.f.clone(), policy: self.policy.clone(), args: PhantomData }
    }
}

impl Tensor {
    /// The same values, with a name for the [`Policy`] of a [`checkpoint`] around.
    #[track_caller]
    pub fn checkpoint_name(&self, name: &str) -> Tensor {
        lax::name(self, name)
    }
}
