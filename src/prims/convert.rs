//! Change of dtype: floats to integers round toward zero, `bool` becomes 0 or 1, and to `bool` every
//! nonzero value (a NaN too) becomes true.
//!
//! A complex number becomes a real one by its real part.
//!
//! - jvp: between floats and complex numbers, the tangent converted; otherwise none;
//! - transpose: the cotangent converted back; batching: element-wise;
//! - HLO: `convert`, and to `bool` a comparison with zero.

use super::derive;
use crate::base::{DType, Error, Result, Scalar};
use crate::hlo;
use crate::ir::params::Convert;
use crate::ir::parse::Written;
use crate::ir::{Aval, Batched, Operand, Rules, Tangent, Tensor};
use crate::lax;

impl Rules for Convert {
    fn name(&self) -> &'static str {
        "convert_element_type"
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        vec![("new_dtype", self.dtype.to_string())]
    }

    fn read(w: &Written) -> Result<Option<Self>> {
        w.named("convert_element_type", || Ok(Convert { dtype: w.dtype("new_dtype")? }))
    }

    fn abstract_eval(&self, ins: &[Aval]) -> Result<Vec<Aval>> {
        Ok(vec![Aval::new(&derive::arity(self.name(), ins, 1)?.shape, self.dtype)])
    }

    fn jvp(&self, primals: &[Tensor], tangents: &[Tangent]) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
        if self.dtype.is_inexact() {
            derive::jvp_linear((*self).into(), primals, tangents)
        } else {
            derive::jvp_zero((*self).into(), primals)
        }
    }

    fn transpose(&self, cts: &[Tangent], ins: &[Operand]) -> Result<Vec<Tangent>> {
        let (ct, x) = derive::transpose_unary(self, cts, ins)?;
        Ok(vec![Some(lax::convert_element_type(ct, x.dtype))])
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
        let ([x], out) = (ins, derive::first(outs)?) else {
            return Err(Error::internal("convert of several operands"));
        };
        if out.dtype == DType::Bool && x.dtype != DType::Bool {
            let zero = hlo.full(Scalar::from_f64(0.0, x.dtype), &x.shape);
            let nonzero = hlo.op("compare", &[x, &zero], out.dtype, &out.shape, ", direction=NE");
            return Ok(vec![nonzero]);
        }
        let real = x.dtype.is_complex() && !out.dtype.is_complex();
        let x = if real { &hlo.op("real", &[x], x.dtype.real(), &x.shape, "") } else { x };
        if x.dtype == out.dtype {
            return Ok(vec![x.clone()]);
        }
        Ok(vec![hlo.op("convert", &[x], out.dtype, &out.shape, "")])
    }

    fn fold(&self, ins: &[Scalar]) -> Option<Scalar> {
        let &[x] = ins else { return None };
        // Float to integer saturates differently on different devices, so it is left to them.
        (!x.dtype().is_inexact() || self.dtype.is_inexact()).then(|| x.convert(self.dtype))
    }
}
