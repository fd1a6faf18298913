//! The operands one after the other along an axis.
//!
//! - jvp: linear, zeros for missing tangents; transpose: the slices;
//! - batching: the aligned operands along the shifted axis; HLO: `concatenate`.

use super::derive;
use crate::base::{Error, Result, Shape};
use crate::hlo;
use crate::ir::params::Concatenate;
use crate::ir::parse::Written;
use crate::ir::{Aval, Batched, Operand, Rules, Tangent, Tensor, bind1, rules::not_linear};
use crate::lax;

impl Rules for Concatenate {
    fn name(&self) -> &'static str {
        "concatenate"
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        vec![("dimension", self.dim.to_string())]
    }

    fn read(w: &Written) -> Result<Option<Self>> {
        w.named("concatenate", || Ok(Concatenate { dim: w.number("dimension")? }))
    }

    fn abstract_eval(&self, ins: &[Aval]) -> Result<Vec<Aval>> {
        let Some(first) = ins.first() else {
            return Err(Error::argument(self.name(), "it needs at least one array"));
        };
        let dtype = derive::same_dtype(self.name(), ins)?;
        if self.dim >= first.rank() {
            return Err(Error::axis(self.name(), self.dim as isize, first.rank()));
        }
        let rest = first.shape.without(&[self.dim]);
        if ins.iter().any(|x| x.rank() != first.rank() || x.shape.without(&[self.dim]) != rest) {
            let shapes: Vec<&Shape> = ins.iter().map(|x| &x.shape).collect();
            let why = format!("they must agree but along axis {}", self.dim);
            return Err(Error::shape(self.name(), &shapes, why));
        }
        let total = ins.iter().map(|x| x.shape[self.dim]).sum();
        Ok(vec![Aval::new(rest.with_axis(self.dim, total), dtype)])
    }

    fn jvp(&self, primals: &[Tensor], tangents: &[Tangent]) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
        let out = bind1(self.clone(), &primals.iter().collect::<Vec<_>>());
        let fill =
            |(x, t): (&Tensor, &Tangent)| t.clone().unwrap_or_else(|| lax::zeros_like(x.aval()));
        let tangents: Vec<Tensor> = primals.iter().zip(tangents).map(fill).collect();
        let tangent = bind1(self.clone(), &tangents.iter().collect::<Vec<_>>());
        Ok((vec![out], vec![Some(tangent)]))
    }

    fn transpose(&self, cts: &[Tangent], ins: &[Operand]) -> Result<Vec<Tangent>> {
        let [Some(ct)] = cts else { return Err(not_linear(self)) };
        let mut at = 0;
        let piece = |x: &Operand| {
            let (mut start, mut limit) = (vec![0; ct.rank()], ct.shape().to_vec());
            start[self.dim] = at;
            at += x.aval().shape[self.dim];
            limit[self.dim] = at;
            x.is_linear().then(|| lax::slice(ct, &start, &limit, &vec![1; ct.rank()]))
        };
        Ok(ins.iter().map(piece).collect())
    }

    fn batch(&self, args: &[Batched], size: usize) -> Result<Vec<Batched>> {
        let dim = args.iter().find_map(|a| a.dim).unwrap_or(0);
        let xs: Vec<Tensor> = args.iter().map(|a| derive::align(a, dim, size)).collect();
        let axis = derive::shift(&[self.dim], dim)[0];
        Ok(vec![Batched::new(lax::concatenate(&xs.iter().collect::<Vec<_>>(), axis), dim)])
    }

    fn lower(
        &self,
        hlo: &mut hlo::Module,
        ins: &[hlo::Value],
        outs: &[Aval],
    ) -> Result<Vec<hlo::Value>> {
        let (refs, out) = (ins.iter().collect::<Vec<_>>(), derive::first(outs)?);
        let attrs = format!(", dimensions={{{}}}", self.dim);
        Ok(vec![hlo.op("concatenate", &refs, out.dtype, &out.shape, &attrs)])
    }
}
