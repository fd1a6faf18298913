//! The identity, with a name that the policy of a checkpoint can refer to. HLO: nothing.

use super::derive;
use crate::base::Result;
use crate::hlo;
use crate::ir::params::Name;
use crate::ir::parse::Written;
use crate::ir::print;
use crate::ir::{Aval, Batched, Operand, Rules, Tangent, Tensor, bind};

impl Rules for Name {
    fn name(&self) -> &'static str {
        "name"
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        vec![("name", print::word(&self.name))]
    }

    fn read(w: &Written) -> Result<Option<Self>> {
        w.named("name", || Ok(Name { name: w.text("name")? }))
    }

    fn abstract_eval(&self, ins: &[Aval]) -> Result<Vec<Aval>> {
        let x = derive::arity("name", ins, 1)?;
        Ok(vec![x.with_shape(&x.shape)])
    }

    /// The tangent has no name: it is not what the policy means.
    fn jvp(&self, primals: &[Tensor], tangents: &[Tangent]) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
        Ok((bind(self.clone(), &primals.iter().collect::<Vec<_>>()), tangents.to_vec()))
    }

    fn transpose(&self, cts: &[Tangent], _: &[Operand]) -> Result<Vec<Tangent>> {
        Ok(cts.to_vec())
    }

    fn batch(&self, args: &[Batched], size: usize) -> Result<Vec<Batched>> {
        derive::batch_elementwise(self.clone().into(), args, size)
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
