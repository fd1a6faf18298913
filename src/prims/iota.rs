//! The index along one axis. It has no operands, so no derivative and no batching. HLO: `iota`.

use super::derive;
use crate::base::{DType, Error, Result};
use crate::hlo;
use crate::ir::params::Iota;
use crate::ir::parse::Written;
use crate::ir::{Aval, Batched, Operand, Rules, Tangent, Tensor, print::tuple, rules::not_linear};

impl Rules for Iota {
    fn name(&self) -> &'static str {
        "iota"
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        vec![
            ("dimension", self.dim.to_string()),
            ("dtype", self.dtype.to_string()),
            ("shape", tuple(self.shape.iter())),
        ]
    }

    fn read(w: &Written) -> Result<Option<Self>> {
        w.named("iota", || {
            let (dtype, dim) = (w.dtype("dtype")?, w.number("dimension")?);
            Ok(Iota { dtype, shape: w.numbers("shape")?.into(), dim })
        })
    }

    fn abstract_eval(&self, _: &[Aval]) -> Result<Vec<Aval>> {
        if self.dim >= self.shape.rank() {
            return Err(Error::axis("iota", self.dim as isize, self.shape.rank()));
        }
        if self.dtype == DType::Bool {
            return Err(Error::dtype("iota", &[self.dtype], "an index is a number"));
        }
        Ok(vec![Aval::new(&self.shape, self.dtype)])
    }

    fn jvp(&self, primals: &[Tensor], _: &[Tangent]) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
        derive::jvp_zero(self.clone().into(), primals)
    }

    fn transpose(&self, _: &[Tangent], _: &[Operand]) -> Result<Vec<Tangent>> {
        Err(not_linear(self))
    }

    fn batch(&self, _: &[Batched], _: usize) -> Result<Vec<Batched>> {
        Err(Error::internal("iota has no operand to batch"))
    }

    fn lower(
        &self,
        hlo: &mut hlo::Module,
        _: &[hlo::Value],
        outs: &[Aval],
    ) -> Result<Vec<hlo::Value>> {
        let out = derive::first(outs)?;
        let attrs = format!(", iota_dimension={}", self.dim);
        Ok(vec![hlo.op("iota", &[], out.dtype, &out.shape, &attrs)])
    }
}
