//! Removal of axes of size one.
//!
//! - jvp: linear; transpose: the reshape back;
//! - batching: the batch axis keeps its place among those that stay; HLO: `reshape`.

use super::derive;
use crate::base::{Error, Result};
use crate::hlo;
use crate::ir::params::Squeeze;
use crate::ir::parse::Written;
use crate::ir::{Aval, Batched, Operand, Rules, Tangent, Tensor, print::tuple};
use crate::lax;

impl Rules for Squeeze {
    fn name(&self) -> &'static str {
        "squeeze"
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        vec![("dimensions", tuple(&self.dims))]
    }

    fn read(w: &Written) -> Result<Option<Self>> {
        w.named("squeeze", || Ok(Squeeze { dims: w.numbers("dimensions")? }))
    }

    fn abstract_eval(&self, ins: &[Aval]) -> Result<Vec<Aval>> {
        let x = derive::arity(self.name(), ins, 1)?;
        if self.dims.iter().any(|&d| x.shape.get(d) != Some(&1)) {
            let why = format!("axes {:?} are not all of size one", self.dims);
            return Err(Error::shape(self.name(), &[&x.shape], why));
        }
        Ok(vec![x.with_shape(x.shape.without(&self.dims))])
    }

    fn jvp(&self, primals: &[Tensor], tangents: &[Tangent]) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
        derive::jvp_linear(self.clone().into(), primals, tangents)
    }

    fn transpose(&self, cts: &[Tangent], ins: &[Operand]) -> Result<Vec<Tangent>> {
        let (ct, x) = derive::transpose_unary(self, cts, ins)?;
        Ok(vec![Some(lax::reshape(ct, &x.shape))])
    }

    fn batch(&self, args: &[Batched], _: usize) -> Result<Vec<Batched>> {
        let (x, dim) = derive::single(args)?;
        let dims = derive::shift(&self.dims, dim);
        let before = dims.iter().filter(|&&d| d < dim).count();
        Ok(vec![Batched::new(lax::squeeze(x, &dims), dim - before)])
    }

    fn lower(
        &self,
        hlo: &mut hlo::Module,
        ins: &[hlo::Value],
        outs: &[Aval],
    ) -> Result<Vec<hlo::Value>> {
        let ([x], out) = (ins, derive::first(outs)?) else {
            return Err(Error::internal("squeeze of several operands"));
        };
        Ok(vec![hlo.op("reshape", &[x], out.dtype, &out.shape, "")])
    }
}
