//! The identity, which prints its operand whenever it runs. Derivatives print the primal value only,
//! and a batch all of its examples at once. HLO: a function of `cotangent_kernels`, on the CPU only.

use super::derive;
use crate::base::{Error, Result};
use crate::hlo;
use crate::ir::params::DebugPrint;
use crate::ir::parse::Written;
use crate::ir::print;
use crate::ir::{Aval, Batched, Operand, Rules, Tangent, Tensor, bind};
use cotangent_kernels::{PRINT, Print};

impl Rules for DebugPrint {
    fn name(&self) -> &'static str {
        "debug_print"
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        vec![("label", print::word(&self.label))]
    }

    fn read(w: &Written) -> Result<Option<Self>> {
        w.named("debug_print", || Ok(DebugPrint { label: w.text("label")? }))
    }

    fn abstract_eval(&self, ins: &[Aval]) -> Result<Vec<Aval>> {
        let x = derive::arity("debug_print", ins, 1)?;
        Ok(vec![x.with_shape(&x.shape)])
    }

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
        hlo: &mut hlo::Module,
        ins: &[hlo::Value],
        outs: &[Aval],
    ) -> Result<Vec<hlo::Value>> {
        let ([x], out) = (ins, derive::first(outs)?) else {
            return Err(Error::internal("debug_print of several operands"));
        };
        if !hlo.kernels {
            let why = "values are printed on the CPU only, and not with `kernels(false)`";
            return Err(Error::unsupported(self.name(), why));
        }
        let (width, dtype, label) = (x.dtype.bytes(), x.dtype.to_string(), self.label.clone());
        let out = [(out.dtype, out.shape.clone())];
        Ok(hlo.kernel(PRINT, &[x], &out, &Print { width, dtype, label }))
    }
}
