//! `y[j] = x[j[dims]]`, with index 0 along operand axes of size one.
//!
//! - jvp: linear;
//! - transpose: sum over the result axes that repeat;
//! - batching: the batch axis goes in front of the result;
//! - HLO: `broadcast`, after a `reshape` that drops the axes of size one that grow.

use super::derive;
use crate::base::{Error, Result, Shape};
use crate::hlo;
use crate::ir::params::BroadcastInDim;
use crate::ir::parse::Written;
use crate::ir::{Aval, Batched, Operand, Rules, Tangent, Tensor, print::tuple};
use crate::lax;

impl Rules for BroadcastInDim {
    fn name(&self) -> &'static str {
        "broadcast_in_dim"
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        vec![("broadcast_dimensions", tuple(&self.dims)), ("shape", tuple(self.shape.iter()))]
    }

    fn read(w: &Written) -> Result<Option<Self>> {
        w.named("broadcast_in_dim", || {
            let dims = w.numbers("broadcast_dimensions")?;
            Ok(BroadcastInDim { shape: w.numbers("shape")?.into(), dims })
        })
    }

    fn abstract_eval(&self, ins: &[Aval]) -> Result<Vec<Aval>> {
        let x = derive::arity(self.name(), ins, 1)?;
        let increasing = self.dims.windows(2).all(|w| w[0] < w[1]);
        let fits =
            |(&d, &n): (&usize, &usize)| self.shape.get(d).is_some_and(|&m| n == 1 || n == m);
        if self.dims.len() != x.rank()
            || !increasing
            || !self.dims.iter().zip(x.shape.iter()).all(fits)
        {
            let why =
                format!("the first does not broadcast to the second along axes {:?}", self.dims);
            return Err(Error::shape(self.name(), &[&x.shape, &self.shape], why));
        }
        Ok(vec![Aval::new(&self.shape, x.dtype)])
    }

    fn jvp(&self, primals: &[Tensor], tangents: &[Tangent]) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
        derive::jvp_linear(self.clone().into(), primals, tangents)
    }

    fn transpose(&self, cts: &[Tangent], ins: &[Operand]) -> Result<Vec<Tangent>> {
        let (ct, x) = derive::transpose_unary(self, cts, ins)?;
        let repeats = |d: &usize| match self.dims.iter().position(|k| k == d) {
            Some(i) => x.shape[i] == 1 && self.shape[*d] != 1,
            None => true,
        };
        let axes: Vec<usize> = (0..self.shape.rank()).filter(repeats).collect();
        Ok(vec![Some(lax::reshape(&lax::reduce_sum(ct, &axes), &x.shape))])
    }

    fn batch(&self, args: &[Batched], size: usize) -> Result<Vec<Batched>> {
        let (x, dim) = derive::single(args)?;
        let dims: Vec<usize> = [0].into_iter().chain(self.dims.iter().map(|d| d + 1)).collect();
        let front = lax::move_axis(x, dim, 0);
        let out = lax::broadcast_in_dim(&front, self.shape.with_axis(0, size), &dims);
        Ok(vec![Batched::new(out, 0)])
    }

    fn lower(
        &self,
        hlo: &mut hlo::Module,
        ins: &[hlo::Value],
        outs: &[Aval],
    ) -> Result<Vec<hlo::Value>> {
        let ([x], out) = (ins, derive::first(outs)?) else {
            return Err(Error::internal("broadcast_in_dim of several operands"));
        };
        if x.shape.rank() == 0 {
            return Ok(vec![hlo.filled(x, &out.shape)]);
        }
        let stays = |i: usize| x.shape[i] == self.shape[self.dims[i]];
        let kept: Vec<usize> = (0..x.shape.rank()).filter(|&i| stays(i)).collect();
        let dims: Vec<usize> = kept.iter().map(|&i| self.dims[i]).collect();
        let shape: Shape = kept.iter().map(|&i| x.shape[i]).collect();
        let x =
            if shape == x.shape { x.clone() } else { hlo.op("reshape", &[x], x.dtype, shape, "") };
        Ok(vec![hlo.op(
            "broadcast",
            &[&x],
            out.dtype,
            &out.shape,
            &format!(", dimensions={}", hlo::braces(&dims)),
        )])
    }
}
