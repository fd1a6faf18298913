//! `pad(x, v)`: `low` copies of the scalar `v` before, `high` after and `interior` between the
//! elements of each axis; negative `low` and `high` crop.
//!
//! - jvp: linear in both; a missing tangent is zero;
//! - transpose: to `x`, the elements where it went (the opposite padding, then a strided slice);
//!   to `v`, the sum of all the others;
//! - batching: a batched `v` is written by a mask, since HLO pads with one scalar only;
//! - HLO: `pad`.

use super::derive;
use crate::base::{Error, Result, Scalar, Shape};
use crate::hlo;
use crate::ir::params::Pad;
use crate::ir::parse::Written;
use crate::ir::{
    Aval, Batched, Operand, Rules, Tangent, Tensor, bind1, print::tuple, rules::not_linear,
};
use crate::lax;

impl Pad {
    /// The padding that leaves the elements of `x` alone, given a padded array.
    fn undo(&self, padded: &Tensor) -> Tensor {
        let zero = Tensor::literal(Scalar::from_f64(0.0, padded.dtype()));
        let crop: Vec<_> = self.config.iter().map(|&(lo, hi, _)| (-lo, -hi, 0)).collect();
        let spread = lax::pad(padded, &zero, &crop);
        let stride: Vec<usize> = self.config.iter().map(|c| c.2 + 1).collect();
        lax::slice(&spread, &vec![0; stride.len()], spread.shape(), &stride)
    }
}

impl Rules for Pad {
    fn name(&self) -> &'static str {
        "pad"
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        vec![("padding_config", tuple(self.config.iter().map(|c| format!("{c:?}"))))]
    }

    fn read(w: &Written) -> Result<Option<Self>> {
        w.named("pad", || {
            let config = w.table::<isize>("padding_config")?.into_iter().map(|c| match c[..] {
                [low, high, interior] if interior >= 0 => Ok((low, high, interior as usize)),
                _ => Err(Error::argument("jaxpr", "pad needs (low, high, interior) for each axis")),
            });
            Ok(Pad { config: config.collect::<Result<Vec<_>>>()? })
        })
    }

    fn abstract_eval(&self, ins: &[Aval]) -> Result<Vec<Aval>> {
        let [x, value] = ins else { return Err(Error::internal("pad needs two operands")) };
        let dtype = derive::same_dtype(self.name(), ins)?;
        let size = |(&n, &(lo, hi, interior)): (&usize, &(isize, isize, usize))| {
            usize::try_from((n + n.saturating_sub(1) * interior) as isize + lo + hi).ok()
        };
        let shape: Option<Shape> = x.shape.iter().zip(&self.config).map(size).collect();
        match shape {
            Some(shape) if self.config.len() == x.rank() && value.rank() == 0 => {
                Ok(vec![Aval::new(shape, dtype)])
            }
            _ => {
                let why = format!("padding {:?} with a scalar does not fit", self.config);
                Err(Error::shape(self.name(), &[&x.shape, &value.shape], why))
            }
        }
    }

    fn jvp(&self, primals: &[Tensor], tangents: &[Tangent]) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
        let ([x, v], [tx, tv]) = (primals, tangents) else {
            return Err(Error::internal("pad needs two operands"));
        };
        let zero = Tensor::literal(Scalar::from_f64(0.0, x.dtype()));
        let out = bind1(self.clone(), &[x, v]);
        let tangent = match (tx, tv) {
            (None, None) => None,
            (Some(tx), tv) => Some(bind1(self.clone(), &[tx, tv.as_ref().unwrap_or(&zero)])),
            (None, Some(tv)) => Some(bind1(self.clone(), &[&lax::zeros_like(x.aval()), tv])),
        };
        Ok((vec![out], vec![tangent]))
    }

    fn transpose(&self, cts: &[Tangent], ins: &[Operand]) -> Result<Vec<Tangent>> {
        let ([Some(ct)], [x, v]) = (cts, ins) else { return Err(not_linear(self)) };
        let to_x = self.undo(ct);
        let to_v = v.is_linear().then(|| {
            let all = |t: &Tensor| lax::reduce_sum(t, &(0..t.rank()).collect::<Vec<_>>());
            lax::sub(&all(ct), &all(&to_x))
        });
        Ok(vec![x.is_linear().then_some(to_x), to_v])
    }

    fn batch(&self, args: &[Batched], size: usize) -> Result<Vec<Batched>> {
        let [x, v] = args else { return Err(Error::internal("pad needs two operands")) };
        let dim = x.dim.unwrap_or(0);
        let mut config = self.config.clone();
        config.insert(dim, (0, 0, 0));
        let Some(_) = v.dim else {
            return Ok(vec![Batched::new(lax::pad(&x.value, &v.value, &config), dim)]);
        };
        // One scalar per example: pad with zeros, and put the scalars where a padded mask is unset.
        let x = derive::align(x, dim, size);
        let zero = Tensor::literal(Scalar::from_f64(0.0, x.dtype()));
        let (no, yes) = (Tensor::scalar(false), lax::full(x.shape(), Scalar::Bool(true)));
        let inside = lax::pad(&yes, &no, &config);
        let fill = lax::broadcast_in_dim(&v.value, inside.shape(), &[dim]);
        let out = lax::select(&inside, &lax::pad(&x, &zero, &config), &fill);
        Ok(vec![Batched::new(out, dim)])
    }

    fn lower(
        &self,
        hlo: &mut hlo::Module,
        ins: &[hlo::Value],
        outs: &[Aval],
    ) -> Result<Vec<hlo::Value>> {
        let ([x, v], out) = (ins, derive::first(outs)?) else {
            return Err(Error::internal("pad needs two operands"));
        };
        if self.config.is_empty() {
            return Ok(vec![x.clone()]);
        }
        let axis = |&(lo, hi, interior): &(isize, isize, usize)| format!("{lo}_{hi}_{interior}");
        let axes: Vec<String> = self.config.iter().map(axis).collect();
        let attrs = format!(", padding={}", axes.join("x"));
        Ok(vec![hlo.op("pad", &[x, v], out.dtype, &out.shape, &attrs)])
    }
}
