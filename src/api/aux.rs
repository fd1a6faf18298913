//! Derivatives of the first of two results, with the second beside.

use super::differentiate::{Differentiated, Kind};
use super::function::Applied;
use super::{Arguments, Function, Tree};
use crate::base::Result;
use crate::transform;

/// The kind of a derivative that gives the second result of the function, too.
#[derive(Clone, Copy, Debug)]
pub struct WithAux<K>(K);

/// A function without its second result.
#[derive(Clone)]
pub struct Main<F>(F);

/// A function without its first result.
struct Aux<'a, F>(&'a F);

impl<F, Args, Y: Tree, A: Tree> Function<Args> for Main<F>
where
    F: Function<Args, Out = (Y, A)>,
{
    type Out = Y;

    #[track_caller]
    fn apply(&self, args: Args) -> Y {
        self.0.apply(args).0
    }
}

impl<F, Args, Y: Tree, A: Tree> Function<Args> for Aux<'_, F>
where
    F: Function<Args, Out = (Y, A)>,
{
    type Out = A;

    #[track_caller]
    fn apply(&self, args: Args) -> A {
        self.0.apply(args).1
    }
}

impl<K, F, Args, W> Differentiated<K, F, Args, W> {
    /// Differentiates the first of two results, and gives the second as it is beside the derivative:
    /// `(derivative, aux)`. It may be any tree, of any dtypes. What both results need is computed
    /// once, although the function is traced twice.
    ///
    /// Of gradients, Jacobians and Hessians; `jvp`, `vjp` and `linearize` have no need of it, because
    /// what nobody uses of their results is not computed.
    ///
    /// ```
    /// use cotangent::{Tensor, hessian, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = |x: Tensor| {
    ///     let residual = &x - 1.0;
    ///     (residual.powi(2).sum(), residual)
    /// };
    /// let (h, residual) = jit(hessian(f).has_aux()).call(vec![1.0, 3.0])?;
    /// assert_eq!(h.to_vec::<f64>()?, [2.0, 0.0, 0.0, 2.0]);
    /// assert_eq!(residual.to_vec::<f64>()?, [0.0, 2.0]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn has_aux<Y: Tree, A: Tree>(self) -> Differentiated<WithAux<K>, Main<F>, Args, W>
    where
        F: Function<Args, Out = (Y, A)>,
    {
        Differentiated::new(WithAux(self.kind), Main(self.f), self.wrt)
    }
}

impl<K, F, Args, W, Y: Tree, A: Tree> Kind<Main<F>, Args, W> for WithAux<K>
where
    K: Kind<Main<F>, Args, W, Args = Args>,
    F: Function<Args, Out = (Y, A)>,
    Args: Arguments,
{
    type Args = Args;
    type Out = (K::Out, A);

    fn derive(&self, f: &Main<F>, wrt: &W, args: Args) -> Result<Self::Out> {
        let aux = Applied::new(&Aux(&f.0), &args)?;
        let outs = transform::eval(&aux.jaxpr, &aux.ins)?;
        let aux = A::build(&aux.out, &mut outs.into_iter())?;
        Ok((self.0.derive(f, wrt, args)?, aux))
    }
}
