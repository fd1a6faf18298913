//! The identity, with derivative zero. HLO: nothing.

use super::derive;
use crate::base::Result;
use crate::hlo;
use crate::ir::params::StopGradient;
use crate::ir::parse::Written;
use crate::ir::{Aval, Batched, Operand, Rules, Tangent, Tensor, rules::not_linear};

impl Rules for StopGradient {
    fn name(&self) -> &'static str {
        "stop_gradient"
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        vec![]
    }

    fn read(w: &Written) -> Result<Option<Self>> {
        w.named("stop_gradient", || Ok(StopGradient))
    }

    fn abstract_eval(&self, ins: &[Aval]) -> Result<Vec<Aval>> {
        let x = derive::arity(self.name(), ins, 1)?;
        Ok(vec![x.with_shape(&x.shape)])
    }

    fn jvp(&self, primals: &[Tensor], _: &[Tangent]) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
        derive::jvp_zero((*self).into(), primals)
    }

    fn transpose(&self, _: &[Tangent], _: &[Operand]) -> Result<Vec<Tangent>> {
        Err(not_linear(self))
    }

    fn batch(&self, args: &[Batched], size: usize) -> Result<Vec<Batched>> {
        derive::batch_elementwise((*self).into(), args, size)
    }

    fn lower(
        &self,
        _: &mut hlo::Module,
        ins: &[hlo::Value],
        _: &[Aval],
    ) -> Result<Vec<hlo::Value>> {
        derive::lower_identity(self.name(), ins)
    }
}
