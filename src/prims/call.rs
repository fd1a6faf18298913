//! Call of a program, from a nested `jit`.
//!
//! - jvp: call of the program of the tangents; linearization, transposition: of the program itself,
//!   in place (the driver of each goes into calls);
//! - batching: call of the batched program;
//! - HLO: `call` of a computation.

use super::program;
use crate::base::Result;
use crate::hlo;
use crate::ir::params::Call;
use crate::ir::parse::Written;
use crate::ir::print;
use crate::ir::{Aval, Batched, Jaxpr, Operand, Rules, Tangent, Tensor};
use crate::{lax, lower, transform};
use std::sync::Arc;

impl Call {
    /// A call of a program made of this one's.
    fn of(&self, jaxpr: Jaxpr, prefix: &str, ins: &[Tensor]) -> Vec<Tensor> {
        lax::call(&format!("{prefix}({})", self.name), &Arc::new(jaxpr), ins)
    }
}

impl Rules for Call {
    fn name(&self) -> &'static str {
        "jit"
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        vec![("name", print::word(&self.name))]
    }

    fn read(w: &Written) -> Result<Option<Self>> {
        w.named("jit", || {
            let [jaxpr] = w.programs()?;
            Ok(Call { name: w.text("name")?, jaxpr })
        })
    }

    fn inner(&self) -> Vec<&Jaxpr> {
        vec![&self.jaxpr]
    }

    fn abstract_eval(&self, ins: &[Aval]) -> Result<Vec<Aval>> {
        program::types(self.name(), &self.jaxpr, ins)
    }

    fn jvp(&self, primals: &[Tensor], tangents: &[Tangent]) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
        program::jvp(&self.jaxpr, primals, tangents, |jaxpr, ins| self.of(jaxpr, "jvp", ins))
    }

    fn linearize(
        &self,
        primals: &[Tensor],
        tangents: &[Tangent],
    ) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
        transform::push_tangents(&self.jaxpr, primals, tangents)
    }

    fn transpose(&self, cts: &[Tangent], ins: &[Operand]) -> Result<Vec<Tangent>> {
        transform::transpose(&self.jaxpr, ins, cts)
    }

    fn batch(&self, args: &[Batched], size: usize) -> Result<Vec<Batched>> {
        program::batch(&self.jaxpr, args, size, |jaxpr, ins| self.of(jaxpr, "vmap", ins))
    }

    fn lower(
        &self,
        hlo: &mut hlo::Module,
        ins: &[hlo::Value],
        outs: &[Aval],
    ) -> Result<Vec<hlo::Value>> {
        let computation = lower::computation(hlo, "call", &self.jaxpr)?;
        let types: Vec<_> = outs.iter().map(|a| (a.dtype, a.shape.clone())).collect();
        Ok(hlo.call(&computation, ins, &types))
    }
}
