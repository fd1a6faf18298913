//! The elements `start, start + stride, ...` below `limit` of every axis.
//!
//! - jvp: linear;
//! - transpose: padding with zeros, `stride − 1` of them between elements;
//! - batching: all of the batch axis; HLO: `slice`.

use super::derive;
use crate::base::{Error, Result, Scalar, Shape};
use crate::hlo;
use crate::ir::params::Slice;
use crate::ir::parse::Written;
use crate::ir::{Aval, Batched, Operand, Rules, Tangent, Tensor, print::tuple};
use crate::lax;

impl Slice {
    /// Number of elements along an axis.
    fn len(&self, axis: usize) -> usize {
        (self.limit[axis] - self.start[axis]).div_ceil(self.stride[axis])
    }
}

impl Rules for Slice {
    fn name(&self) -> &'static str {
        "slice"
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        let mut params =
            vec![("limit_indices", tuple(&self.limit)), ("start_indices", tuple(&self.start))];
        if self.stride.iter().any(|&s| s != 1) {
            params.push(("strides", tuple(&self.stride)));
        }
        params
    }

    fn read(w: &Written) -> Result<Option<Self>> {
        w.named("slice", || {
            let (start, limit) = (w.numbers("start_indices")?, w.numbers("limit_indices")?);
            let ones = vec![1; start.len()];
            let stride = if w.has("strides") { w.numbers("strides")? } else { ones };
            Ok(Slice { start, limit, stride })
        })
    }

    fn abstract_eval(&self, ins: &[Aval]) -> Result<Vec<Aval>> {
        let x = derive::arity(self.name(), ins, 1)?;
        let ranks = [self.start.len(), self.limit.len(), self.stride.len()];
        let fits = |i: usize| {
            self.start[i] <= self.limit[i] && self.limit[i] <= x.shape[i] && self.stride[i] > 0
        };
        if ranks != [x.rank(); 3] || !(0..x.rank()).all(fits) {
            let (start, limit, stride) = (&self.start, &self.limit, &self.stride);
            let why = format!("no elements {start:?} to {limit:?} by {stride:?} in it");
            return Err(Error::shape(self.name(), &[&x.shape], why));
        }
        Ok(vec![x.with_shape((0..x.rank()).map(|i| self.len(i)).collect::<Shape>())])
    }

    fn jvp(&self, primals: &[Tensor], tangents: &[Tangent]) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
        derive::jvp_linear(self.clone().into(), primals, tangents)
    }

    fn transpose(&self, cts: &[Tangent], ins: &[Operand]) -> Result<Vec<Tangent>> {
        let (ct, x) = derive::transpose_unary(self, cts, ins)?;
        let config: Vec<(isize, isize, usize)> = (0..x.rank())
            .map(|i| {
                let n = self.len(i);
                let used = if n == 0 { 0 } else { (n - 1) * self.stride[i] + 1 };
                let (low, all) = (self.start[i] as isize, x.shape[i] as isize);
                (low, all - low - used as isize, self.stride[i] - 1)
            })
            .collect();
        let zero = Tensor::literal(Scalar::from_f64(0.0, x.dtype));
        Ok(vec![Some(lax::pad(ct, &zero, &config))])
    }

    fn batch(&self, args: &[Batched], size: usize) -> Result<Vec<Batched>> {
        let (x, dim) = derive::single(args)?;
        let with = |v: &[usize], item: usize| {
            let mut v = v.to_vec();
            v.insert(dim, item);
            v
        };
        let (start, limit) = (with(&self.start, 0), with(&self.limit, size));
        Ok(vec![Batched::new(lax::slice(x, &start, &limit, &with(&self.stride, 1)), dim)])
    }

    fn lower(
        &self,
        hlo: &mut hlo::Module,
        ins: &[hlo::Value],
        outs: &[Aval],
    ) -> Result<Vec<hlo::Value>> {
        let ([x], out) = (ins, derive::first(outs)?) else {
            return Err(Error::internal("slice of several operands"));
        };
        let range = |i: usize| format!("[{}:{}:{}]", self.start[i], self.limit[i], self.stride[i]);
        let ranges: Vec<String> = (0..self.start.len()).map(range).collect();
        let attrs = format!(", slice={{{}}}", ranges.join(", "));
        Ok(vec![hlo.op("slice", &[x], out.dtype, &out.shape, &attrs)])
    }
}
