//! Comparison of two operands of one dtype and shape, with a `bool` result; a literal goes with any
//! shape. Piecewise constant: no tangent, no transpose. HLO: `compare`.

use super::derive;
use crate::base::{DType, Result, Scalar};
use crate::hlo;
use crate::ir::params::{Compare, CompareOp};
use crate::ir::parse::Written;
use crate::ir::{Aval, Batched, Operand, Rules, Tangent, Tensor, rules::not_linear};

impl Rules for Compare {
    fn name(&self) -> &'static str {
        match self.op {
            CompareOp::Eq => "eq",
            CompareOp::Ne => "ne",
            CompareOp::Lt => "lt",
            CompareOp::Le => "le",
            CompareOp::Gt => "gt",
            CompareOp::Ge => "ge",
        }
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        vec![]
    }

    fn read(w: &Written) -> Result<Option<Self>> {
        use CompareOp::{Eq, Ge, Gt, Le, Lt, Ne};
        let mut all = [Eq, Ne, Lt, Le, Gt, Ge].into_iter().map(|op| Compare { op });
        Ok(all.find(|p| p.name() == w.name))
    }

    fn abstract_eval(&self, ins: &[Aval]) -> Result<Vec<Aval>> {
        derive::arity(self.name(), ins, 2)?;
        let dtype = derive::same_dtype(self.name(), ins)?;
        if !matches!(self.op, CompareOp::Eq | CompareOp::Ne) {
            derive::ordered(self.name(), dtype)?;
        }
        Ok(vec![Aval::new(derive::elementwise_shape(self.name(), ins)?, DType::Bool)])
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
        hlo: &mut hlo::Module,
        ins: &[hlo::Value],
        outs: &[Aval],
    ) -> Result<Vec<hlo::Value>> {
        let attrs = format!(", direction={}", self.name().to_uppercase());
        Ok(vec![derive::lower_elementwise(hlo, "compare", ins, derive::first(outs)?, &attrs)])
    }
    fn fold(&self, ins: &[Scalar]) -> Option<Scalar> {
        // An i64 may not be an f64.
        let &[x, y] = ins else { return None };
        if x.dtype() == DType::I64 || x.dtype().is_complex() {
            return None;
        }
        let (x, y) = (x.to_f64(), y.to_f64());
        Some(Scalar::Bool(match self.op {
            CompareOp::Eq => x == y,
            CompareOp::Ne => x != y,
            CompareOp::Lt => x < y,
            CompareOp::Le => x <= y,
            CompareOp::Gt => x > y,
            CompareOp::Ge => x >= y,
        }))
    }
}
