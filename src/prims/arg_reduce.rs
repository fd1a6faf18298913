//! Index of the extreme along an axis: `y = min {i : x_i = m}` with `m = max_i x_i` (or the least),
//! and the first NaN if there is one. The axis is not empty.
//!
//! - jvp: piecewise constant, no tangent; no transpose;
//! - batching: the same axis of the batched value;
//! - HLO: two plain reductions, to `m` and to the least index where it stands.

use super::derive;
use crate::base::{DType, Error, Result, Scalar};
use crate::hlo;
use crate::ir::params::{ArgOp, ArgReduce, Reduce, ReduceOp};
use crate::ir::parse::Written;
use crate::ir::{
    Aval, Batched, Operand, Rules, Tangent, Tensor, bind1, print::tuple, rules::not_linear,
};

impl Rules for ArgReduce {
    fn name(&self) -> &'static str {
        match self.op {
            ArgOp::Max => "argmax",
            ArgOp::Min => "argmin",
        }
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        vec![("axes", tuple([self.axis])), ("index_dtype", self.dtype.to_string())]
    }

    fn read(w: &Written) -> Result<Option<Self>> {
        let op = match w.name.as_str() {
            "argmax" => ArgOp::Max,
            "argmin" => ArgOp::Min,
            _ => return Ok(None),
        };
        match w.numbers("axes")?[..] {
            [axis] => Ok(Some(ArgReduce { op, axis, dtype: w.dtype("index_dtype")? })),
            _ => Err(Error::argument("jaxpr", format!("{} needs one axis", w.name))),
        }
    }

    fn abstract_eval(&self, ins: &[Aval]) -> Result<Vec<Aval>> {
        let x = derive::arity(self.name(), ins, 1)?;
        derive::check_axes(self.name(), [&self.axis], x.rank())?;
        derive::ordered(self.name(), x.dtype)?;
        let n = x.shape[self.axis];
        if n == 0 {
            let why = format!("axis {} is empty and has no extreme", self.axis);
            return Err(Error::shape(self.name(), &[&x.shape], why));
        }
        let last = (n - 1) as f64;
        if !self.dtype.is_int() || Scalar::from_f64(last, self.dtype).to_f64() != last {
            let why = format!("the result must be an integer that can hold {last}");
            return Err(Error::dtype(self.name(), &[self.dtype], why));
        }
        Ok(vec![Aval::new(x.shape.without(&[self.axis]), self.dtype)])
    }

    fn jvp(&self, primals: &[Tensor], _: &[Tangent]) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
        derive::jvp_zero((*self).into(), primals)
    }

    fn transpose(&self, _: &[Tangent], _: &[Operand]) -> Result<Vec<Tangent>> {
        Err(not_linear(self))
    }

    fn batch(&self, args: &[Batched], _: usize) -> Result<Vec<Batched>> {
        let (x, dim) = derive::single(args)?;
        let axis = if self.axis < dim { self.axis } else { self.axis + 1 };
        let out = bind1(ArgReduce { axis, ..*self }, &[x]);
        Ok(vec![Batched::new(out, if axis < dim { dim - 1 } else { dim })])
    }

    fn lower(
        &self,
        hlo: &mut hlo::Module,
        ins: &[hlo::Value],
        outs: &[Aval],
    ) -> Result<Vec<hlo::Value>> {
        let ([x], out) = (ins, derive::first(outs)?) else {
            return Err(Error::internal("an index reduction of several operands"));
        };
        let op = match self.op {
            ArgOp::Max => ReduceOp::Max,
            ArgOp::Min => ReduceOp::Min,
        };
        let extreme = Aval::new(&out.shape, x.dtype);
        let kept: Vec<usize> = (0..x.shape.rank()).filter(|&d| d != self.axis).collect();
        let m = Reduce { op, axes: vec![self.axis] }.lower(hlo, ins, &[extreme])?;
        let [m] = m.as_slice() else { return Err(Error::internal("a reduction has one result")) };
        let m = hlo.broadcast(m, &x.shape, &kept);
        // A NaN makes m a NaN, which equals nothing; then the places of the NaNs are the hits.
        let equal = hlo.op("compare", &[x, &m], DType::Bool, &x.shape, ", direction=EQ");
        let nan = hlo.op("compare", &[x, x], DType::Bool, &x.shape, ", direction=NE");
        let hit = hlo.op("or", &[&equal, &nan], DType::Bool, &x.shape, "");
        let place = format!(", iota_dimension={}", self.axis);
        let place = hlo.op("iota", &[], self.dtype, &x.shape, &place);
        let beyond = hlo.full(Scalar::from_f64(f64::INFINITY, self.dtype), &x.shape);
        let place = hlo.op("select", &[&hit, &place, &beyond], self.dtype, &x.shape, "");
        Reduce { op: ReduceOp::Min, axes: vec![self.axis] }.lower(hlo, &[place], outs)
    }
}
