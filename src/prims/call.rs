//! Call of a program, from a nested `jit`.
//!
//! - jvp: call of the program of the tangents; linearization, transposition: of the program itself,
//!   in place (the driver of each goes into calls);
//! - batching: call of the batched program;
//! - HLO: `call` of a computation.

use crate::base::{Error, Result};
use crate::hlo;
use crate::ir::params::Call;
use crate::ir::{Aval, Batched, Operand, Rules, Tangent, Tensor};
use crate::{lax, lower, transform};
use std::sync::Arc;

impl Call {
    fn with(&self, jaxpr: crate::ir::Jaxpr, prefix: &str) -> Call {
        Call { name: format!("{prefix}({})", self.name), jaxpr: Arc::new(jaxpr) }
    }
}

impl Rules for Call {
    fn name(&self) -> &'static str {
        "jit"
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        vec![("name", self.name.clone())]
    }

    fn inner(&self) -> Vec<&crate::ir::Jaxpr> {
        vec![&self.jaxpr]
    }

    fn abstract_eval(&self, ins: &[Aval]) -> Result<Vec<Aval>> {
        let wants = self.jaxpr.in_avals();
        if wants.len() != ins.len() || wants.iter().zip(ins).any(|(a, b)| !a.same_type(b)) {
            return Err(Error::internal(format!("a call with operands {ins:?} of {wants:?}")));
        }
        let outs = self.jaxpr.out_avals();
        Ok(outs.into_iter().map(|a| Aval { weak: false, ..a }).collect())
    }

    fn jvp(&self, primals: &[Tensor], tangents: &[Tangent]) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
        let present: Vec<bool> = tangents.iter().map(Option::is_some).collect();
        let (jaxpr, nonzero) = transform::jvp_jaxpr(&self.jaxpr, &present)?;
        let ins: Vec<Tensor> = primals.iter().chain(tangents.iter().flatten()).cloned().collect();
        let call = self.with(jaxpr, "jvp");
        let mut outs = lax::call(&call.name, &call.jaxpr, &ins).into_iter();
        let primals_out = outs.by_ref().take(nonzero.len()).collect();
        Ok((primals_out, nonzero.iter().map(|&nz| if nz { outs.next() } else { None }).collect()))
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
        let dims: Vec<Option<usize>> = args.iter().map(|a| a.dim).collect();
        let (jaxpr, out_dims) = transform::batch_jaxpr(&self.jaxpr, &dims, size)?;
        let ins: Vec<Tensor> = args.iter().map(|a| a.value.clone()).collect();
        let call = self.with(jaxpr, "vmap");
        let outs = lax::call(&call.name, &call.jaxpr, &ins);
        Ok(outs.into_iter().zip(out_dims).map(|(t, d)| Batched::new(t, d)).collect())
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
