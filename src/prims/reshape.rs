//! The same elements in row-major order in another shape.
//!
//! - jvp: linear; transpose: the reshape back;
//! - batching: the batch axis goes in front; HLO: `reshape`.

use super::derive;
use crate::base::{Error, Result};
use crate::hlo;
use crate::ir::params::Reshape;
use crate::ir::parse::Written;
use crate::ir::{Aval, Batched, Operand, Rules, Tangent, Tensor, print::tuple};
use crate::lax;

impl Rules for Reshape {
    fn name(&self) -> &'static str {
        "reshape"
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        vec![("new_sizes", tuple(self.shape.iter()))]
    }

    fn read(w: &Written) -> Result<Option<Self>> {
        w.named("reshape", || Ok(Reshape { shape: w.numbers("new_sizes")?.into() }))
    }

    fn abstract_eval(&self, ins: &[Aval]) -> Result<Vec<Aval>> {
        let x = derive::arity(self.name(), ins, 1)?;
        if x.size() != self.shape.size() {
            let why = format!("they hold {} and {} elements", x.size(), self.shape.size());
            return Err(Error::shape(self.name(), &[&x.shape, &self.shape], why));
        }
        Ok(vec![Aval::new(&self.shape, x.dtype)])
    }

    fn jvp(&self, primals: &[Tensor], tangents: &[Tangent]) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
        derive::jvp_linear(self.clone().into(), primals, tangents)
    }

    fn transpose(&self, cts: &[Tangent], ins: &[Operand]) -> Result<Vec<Tangent>> {
        let (ct, x) = derive::transpose_unary(self, cts, ins)?;
        Ok(vec![Some(lax::reshape(ct, &x.shape))])
    }

    fn batch(&self, args: &[Batched], size: usize) -> Result<Vec<Batched>> {
        let (x, dim) = derive::single(args)?;
        let out = lax::reshape(&lax::move_axis(x, dim, 0), self.shape.with_axis(0, size));
        Ok(vec![Batched::new(out, 0)])
    }

    fn lower(
        &self,
        hlo: &mut hlo::Module,
        ins: &[hlo::Value],
        outs: &[Aval],
    ) -> Result<Vec<hlo::Value>> {
        let ([x], out) = (ins, derive::first(outs)?) else {
            return Err(Error::internal("reshape of several operands"));
        };
        Ok(vec![hlo.op("reshape", &[x], out.dtype, &out.shape, "")])
    }
}
