//! What a primitive must know: the columns of its room.

use super::{Aval, Tensor, parse::Written};
use crate::base::{Error, Result};
use crate::hlo;

/// A tangent, or `None` for one that is zero by construction (a *symbolic zero*). Values that are
/// not floating-point have no other tangent.
pub(crate) type Tangent = Option<Tensor>;

/// An operand of a linear equation that is being transposed.
#[derive(Clone)]
pub(crate) enum Operand {
    /// A value that does not depend on the linear inputs.
    Known(Tensor),
    /// A value that depends linearly on them, of this type.
    Linear(Aval),
}

impl Operand {
    /// The type of the operand.
    pub(crate) fn aval(&self) -> Aval {
        match self {
            Operand::Known(t) => t.aval().clone(),
            Operand::Linear(aval) => aval.clone(),
        }
    }

    /// The value of a known operand.
    pub(crate) fn known(&self) -> Option<&Tensor> {
        match self {
            Operand::Known(t) => Some(t),
            Operand::Linear(_) => None,
        }
    }

    /// True for a linear operand.
    pub(crate) fn is_linear(&self) -> bool {
        matches!(self, Operand::Linear(_))
    }
}

/// A value under `vmap`, and the axis that holds its examples (`None`: the same for all).
#[derive(Clone)]
pub(crate) struct Batched {
    /// The value, with the batch axis if it has one.
    pub(crate) value: Tensor,
    /// The batch axis.
    pub(crate) dim: Option<usize>,
}

impl Batched {
    /// A value with its examples along `dim`.
    pub(crate) fn new(value: Tensor, dim: impl Into<Option<usize>>) -> Batched {
        Batched { value, dim: dim.into() }
    }

    /// The type of one example.
    pub(crate) fn example_aval(&self) -> Aval {
        match self.dim {
            Some(d) => self.value.aval().with_shape(self.value.aval().shape.without(&[d])),
            None => self.value.aval().clone(),
        }
    }
}

/// The rules of a primitive.
///
/// A default body exists only where it is sound for every primitive. `linearize` and `vjp` have no
/// rule of their own: they follow from `jvp` and `transpose`.
pub(crate) trait Rules {
    /// The name, spelt as in JAX.
    fn name(&self) -> &'static str;

    /// The parameters as printed in a jaxpr, in alphabetical order.
    fn params(&self) -> Vec<(&'static str, String)>;

    /// The primitive that an equation is written with, if it is one of this kind: the inverse of
    /// [`name`](Rules::name), [`params`](Rules::params) and [`inner`](Rules::inner).
    ///
    /// # Errors
    /// When parameters are missing, or not what they must be.
    fn read(w: &Written) -> Result<Option<Self>>
    where
        Self: Sized;

    /// Checks the operand types and gives the types of the results. The only place where shapes
    /// and dtypes are judged.
    ///
    /// # Errors
    /// When the operands do not fit; this is the message that the user sees.
    fn abstract_eval(&self, ins: &[Aval]) -> Result<Vec<Aval>>;

    /// The results and their tangents. Called only when at least one tangent is present.
    ///
    /// # Errors
    /// When the primitive has no derivative.
    fn jvp(&self, primals: &[Tensor], tangents: &[Tangent]) -> Result<(Vec<Tensor>, Vec<Tangent>)>;

    /// The same as [`jvp`](Rules::jvp), where the tangents live in an inner, linear trace. Only a
    /// primitive that carries a program does it differently.
    ///
    /// # Errors
    /// When the primitive has no derivative.
    fn linearize(
        &self,
        primals: &[Tensor],
        tangents: &[Tangent],
    ) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
        self.jvp(primals, tangents)
    }

    /// Cotangents of the linear operands, given those of the results. Called only when at least
    /// one cotangent is present; entries for known operands are ignored.
    ///
    /// # Errors
    /// When the primitive is not linear in the operands that are.
    fn transpose(&self, cts: &[Tangent], ins: &[Operand]) -> Result<Vec<Tangent>>;

    /// The results for `size` examples. Called only when at least one operand is batched.
    ///
    /// # Errors
    /// When the primitive cannot be batched so.
    fn batch(&self, args: &[Batched], size: usize) -> Result<Vec<Batched>>;

    /// Emits HLO that computes the results, whose types are `outs`.
    ///
    /// # Errors
    /// When XLA has no such operation for these dtypes.
    fn lower(
        &self,
        hlo: &mut hlo::Module,
        ins: &[hlo::Value],
        outs: &[Aval],
    ) -> Result<Vec<hlo::Value>>;

    /// The number of results.
    fn n_outs(&self) -> usize {
        self.inner().first().map_or(1, |jaxpr| jaxpr.outs.len())
    }

    /// The programs of a primitive that carries some; the first has its results.
    fn inner(&self) -> Vec<&super::Jaxpr> {
        Vec::new()
    }

    /// The value on scalar literals, for constant folding; `None` leaves the equation alone.
    fn fold(&self, _ins: &[crate::base::Scalar]) -> Option<crate::base::Scalar> {
        None
    }
}

/// The error of a transpose rule that was asked of a non-linear primitive.
pub(crate) fn not_linear(rules: &dyn Rules) -> Error {
    Error::internal(format!("{} is not linear and has no transpose", rules.name()))
}
