//! The same bits as another dtype. Between dtypes of one width the shape stays; to a narrower one there
//! is one more last axis of the parts of an element, the low ones first, and to a wider one the last
//! axis goes, which must hold the parts.
//!
//! - jvp: none, bits have no derivative; batching: the batch axis in front; HLO: `bitcast-convert`.

use super::derive;
use crate::base::{DType, Error, Result, Shape};
use crate::hlo;
use crate::ir::params::BitcastConvert;
use crate::ir::parse::Written;
use crate::ir::{Aval, Batched, Operand, Rules, Tangent, Tensor, bind1, rules::not_linear};
use std::cmp::Ordering;

impl Rules for BitcastConvert {
    fn name(&self) -> &'static str {
        "bitcast_convert_type"
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        vec![("new_dtype", self.dtype.to_string())]
    }

    fn read(w: &Written) -> Result<Option<Self>> {
        w.named("bitcast_convert_type", || Ok(BitcastConvert { dtype: w.dtype("new_dtype")? }))
    }

    fn abstract_eval(&self, ins: &[Aval]) -> Result<Vec<Aval>> {
        let x = derive::arity(self.name(), ins, 1)?;
        if [x.dtype, self.dtype].iter().any(|d| *d == DType::Bool || d.is_complex()) {
            let why = "it takes integers and floats to integers and floats";
            return Err(Error::dtype(self.name(), &[x.dtype, self.dtype], why));
        }
        let (from, to) = (x.dtype.bytes(), self.dtype.bytes());
        let shape: Shape = match (from.cmp(&to), x.shape.split_last()) {
            (Ordering::Equal, _) => x.shape.clone(),
            (Ordering::Greater, _) => [&x.shape[..], &[from / to]].concat().into(),
            (Ordering::Less, Some((&parts, rest))) if parts == to / from => rest.into(),
            (Ordering::Less, _) => {
                let why =
                    format!("the last axis must hold the {} parts of a {}", to / from, self.dtype);
                return Err(Error::shape(self.name(), &[&x.shape], why));
            }
        };
        Ok(vec![Aval::new(&shape, self.dtype)])
    }

    fn jvp(&self, primals: &[Tensor], _: &[Tangent]) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
        derive::jvp_zero((*self).into(), primals)
    }

    fn transpose(&self, _: &[Tangent], _: &[Operand]) -> Result<Vec<Tangent>> {
        Err(not_linear(self))
    }

    fn batch(&self, args: &[Batched], size: usize) -> Result<Vec<Batched>> {
        let out = bind1(*self, &[&derive::place(&args[0], 0, size)]);
        Ok(vec![Batched::new(out, 0)])
    }

    fn lower(
        &self,
        hlo: &mut hlo::Module,
        ins: &[hlo::Value],
        outs: &[Aval],
    ) -> Result<Vec<hlo::Value>> {
        let ([x], out) = (ins, derive::first(outs)?) else {
            return Err(Error::internal("a bitcast of several operands"));
        };
        if x.dtype == out.dtype {
            return Ok(vec![x.clone()]);
        }
        Ok(vec![hlo.op("bitcast-convert", &[x], out.dtype, &out.shape, "")])
    }
}
