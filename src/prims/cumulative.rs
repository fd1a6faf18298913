//! Running sum along an axis, `y_i = Σ_{j ≤ i} x_j`, or from the end, `y_i = Σ_{j ≥ i} x_j`.
//!
//! - jvp: linear;
//! - transpose: the running sum of `ȳ` from the other side;
//! - batching: the same axis of the batched value;
//! - HLO: a function of `cotangent_kernels` on the CPU, which sums f32 in f64; elsewhere
//!   `reduce-window` with windows that reach back to the front (or to the end).

use super::derive;
use crate::base::{DType, Error, Result, Scalar};
use crate::hlo;
use crate::ir::params::{Cumulative, CumulativeOp};
use crate::ir::parse::Written;
use crate::ir::{Aval, Batched, Operand, Rules, Tangent, Tensor};
use crate::lax;
use cotangent_kernels::{CUMULATIVE_SUM, CumulativeSum};

impl Rules for Cumulative {
    fn name(&self) -> &'static str {
        match self.op {
            CumulativeOp::Sum => "cumsum",
        }
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        vec![("axis", self.axis.to_string()), ("reverse", derive::flag(self.reverse))]
    }

    fn read(w: &Written) -> Result<Option<Self>> {
        w.named("cumsum", || {
            let (axis, reverse) = (w.number("axis")?, w.flag("reverse")?);
            Ok(Cumulative { op: CumulativeOp::Sum, axis, reverse })
        })
    }

    fn abstract_eval(&self, ins: &[Aval]) -> Result<Vec<Aval>> {
        let x = derive::arity(self.name(), ins, 1)?;
        derive::check_axes(self.name(), [&self.axis], x.rank())?;
        if x.dtype == DType::Bool {
            let why = "it takes numbers; use `convert`";
            return Err(Error::dtype(self.name(), &[x.dtype], why));
        }
        Ok(vec![x.with_shape(&x.shape)])
    }

    fn jvp(&self, primals: &[Tensor], tangents: &[Tangent]) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
        derive::jvp_linear((*self).into(), primals, tangents)
    }

    fn transpose(&self, cts: &[Tangent], ins: &[Operand]) -> Result<Vec<Tangent>> {
        let (ct, _) = derive::transpose_unary(self, cts, ins)?;
        Ok(vec![Some(lax::cumulative(self.op, ct, self.axis, !self.reverse))])
    }

    fn batch(&self, args: &[Batched], _: usize) -> Result<Vec<Batched>> {
        let (x, dim) = derive::single(args)?;
        let axis = if self.axis < dim { self.axis } else { self.axis + 1 };
        Ok(vec![Batched::new(lax::cumulative(self.op, x, axis, self.reverse), dim)])
    }

    fn lower(
        &self,
        hlo: &mut hlo::Module,
        ins: &[hlo::Value],
        outs: &[Aval],
    ) -> Result<Vec<hlo::Value>> {
        let ([x], out) = (ins, derive::first(outs)?) else {
            return Err(Error::internal("a running sum of several operands"));
        };
        let n = out.shape[self.axis];
        if n <= 1 {
            return Ok(vec![x.clone()]);
        }
        if self.op == CumulativeOp::Sum && hlo.has_kernels(out.dtype) {
            let sum = CumulativeSum { axis: self.axis, reverse: self.reverse };
            let out = [(out.dtype, out.shape.clone())];
            return Ok(hlo.kernel(CUMULATIVE_SUM, &[x], &out, &sum));
        }
        let on_axis = |here: String, else_: &str| {
            let item = |d| if d == self.axis { here.clone() } else { else_.to_string() };
            (0..out.rank()).map(item).collect::<Vec<_>>().join("x")
        };
        let size = on_axis(n.to_string(), "1");
        let pad = if self.reverse { format!("0_{}", n - 1) } else { format!("{}_0", n - 1) };
        let pad = on_axis(pad, "0_0");
        let init = hlo.scalar(Scalar::from_f64(0.0, out.dtype));
        let region = hlo.region("add", out.dtype);
        let attrs = format!(", window={{size={size} pad={pad}}}, to_apply={region}");
        Ok(vec![hlo.op("reduce-window", &[x, &init], out.dtype, &out.shape, &attrs)])
    }
}
