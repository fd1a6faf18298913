//! The identity, stored: what comes before is computed once, in kernels of its own.
//!
//! XLA melts cheap operations into every kernel that reads them, even where that keeps a loop over
//! a large array from being vectorised. Across a barrier it melts nothing.
//!
//! - jvp: linear; transpose: the identity (without a barrier);
//! - batching: any axis; HLO: `add-dependency` on an empty `after-all`, which the CPU compiler keeps
//!   to the end, while it drops `opt-barrier` before it forms kernels.

use super::derive;
use crate::base::{Error, Result};
use crate::hlo;
use crate::ir::params::OptimizationBarrier;
use crate::ir::parse::Written;
use crate::ir::{Aval, Batched, Operand, Rules, Tangent, Tensor};

impl Rules for OptimizationBarrier {
    fn name(&self) -> &'static str {
        "optimization_barrier"
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        vec![]
    }

    fn read(w: &Written) -> Result<Option<Self>> {
        w.named("optimization_barrier", || Ok(OptimizationBarrier))
    }

    fn abstract_eval(&self, ins: &[Aval]) -> Result<Vec<Aval>> {
        let x = derive::arity(self.name(), ins, 1)?;
        Ok(vec![x.with_shape(&x.shape)])
    }

    fn jvp(&self, primals: &[Tensor], tangents: &[Tangent]) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
        derive::jvp_linear((*self).into(), primals, tangents)
    }

    fn transpose(&self, cts: &[Tangent], ins: &[Operand]) -> Result<Vec<Tangent>> {
        let (ct, _) = derive::transpose_unary(self, cts, ins)?;
        Ok(vec![Some(ct.clone())])
    }

    fn batch(&self, args: &[Batched], size: usize) -> Result<Vec<Batched>> {
        derive::batch_elementwise((*self).into(), args, size)
    }

    fn lower(
        &self,
        hlo: &mut hlo::Module,
        ins: &[hlo::Value],
        _: &[Aval],
    ) -> Result<Vec<hlo::Value>> {
        match ins {
            [x] => Ok(vec![hlo.apart(x)]),
            _ => Err(Error::internal("optimization_barrier of several operands")),
        }
    }
}
