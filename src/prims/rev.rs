//! Reversal of the order along axes: `y[i] = x[n − 1 − i]`.
//!
//! - jvp: linear; transpose: itself; batching: the same axes of the batched value; HLO: `reverse`.

use super::derive;
use crate::base::{Error, Result};
use crate::hlo;
use crate::ir::params::Rev;
use crate::ir::parse::Written;
use crate::ir::{Aval, Batched, Operand, Rules, Tangent, Tensor, print::tuple};
use crate::lax;

impl Rules for Rev {
    fn name(&self) -> &'static str {
        "rev"
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        vec![("dimensions", tuple(&self.dims))]
    }

    fn read(w: &Written) -> Result<Option<Self>> {
        w.named("rev", || Ok(Rev { dims: w.numbers("dimensions")? }))
    }

    fn abstract_eval(&self, ins: &[Aval]) -> Result<Vec<Aval>> {
        let x = derive::arity(self.name(), ins, 1)?;
        match self.dims.iter().find(|&&d| d >= x.rank()) {
            Some(&d) => Err(Error::axis(self.name(), d as isize, x.rank())),
            None => Ok(vec![x.with_shape(&x.shape)]),
        }
    }

    fn jvp(&self, primals: &[Tensor], tangents: &[Tangent]) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
        derive::jvp_linear(self.clone().into(), primals, tangents)
    }

    fn transpose(&self, cts: &[Tangent], ins: &[Operand]) -> Result<Vec<Tangent>> {
        let (ct, _) = derive::transpose_unary(self, cts, ins)?;
        Ok(vec![Some(lax::rev(ct, &self.dims))])
    }

    fn batch(&self, args: &[Batched], _: usize) -> Result<Vec<Batched>> {
        let (x, dim) = derive::single(args)?;
        Ok(vec![Batched::new(lax::rev(x, &derive::shift(&self.dims, dim)), dim)])
    }

    fn lower(
        &self,
        hlo: &mut hlo::Module,
        ins: &[hlo::Value],
        outs: &[Aval],
    ) -> Result<Vec<hlo::Value>> {
        let ([x], out) = (ins, derive::first(outs)?) else {
            return Err(Error::internal("rev of several operands"));
        };
        let attrs = format!(", dimensions={}", hlo::braces(&self.dims));
        Ok(vec![hlo.op("reverse", &[x], out.dtype, &out.shape, &attrs)])
    }
}
