//! Reductions `y = ⊕_{i ∈ axes} x_i` with ⊕ one of `+ · max min and or`; over nothing, the neutral
//! element of ⊕.
//!
//! - jvp of the sum: linear;
//! - jvp of the product: `ẏ = Σ_i ẋ_i Π_{j≠i} x_j` through a tree of pairwise products, hence exact
//!   with zeros among the `x_i` and differentiable to any order;
//! - jvp of the extremes: `ẏ = Σ_i w_i ẋ_i`, where `w_i = [x_i = y] / #{j : x_j = y}` gives ties
//!   equal shares, and NaN where `y` is NaN;
//! - transpose of the sum: `x̄_i = ȳ`, a broadcast;
//! - batching: the same reduction of the batched value;
//! - HLO: `reduce`.

use super::derive;
use crate::base::{DType, Error, Result, Scalar};
use crate::hlo;
use crate::ir::params::{Reduce, ReduceOp};
use crate::ir::parse::Written;
use crate::ir::{
    Aval, Batched, Operand, Rules, Tangent, Tensor, bind1, print::tuple, rules::not_linear,
};
use crate::lax;

/// Names here and in HLO.
fn row(op: ReduceOp) -> (&'static str, &'static str) {
    match op {
        ReduceOp::Sum => ("reduce_sum", "add"),
        ReduceOp::Prod => ("reduce_prod", "multiply"),
        ReduceOp::Max => ("reduce_max", "maximum"),
        ReduceOp::Min => ("reduce_min", "minimum"),
        ReduceOp::And => ("reduce_and", "and"),
        ReduceOp::Or => ("reduce_or", "or"),
    }
}

impl Reduce {
    /// The axes that stay.
    fn kept(&self, rank: usize) -> Vec<usize> {
        (0..rank).filter(|d| !self.axes.contains(d)).collect()
    }

    /// The derivative of the extreme `y` in each element of `x`.
    fn shares(&self, x: &Tensor, y: &Tensor) -> Tensor {
        let kept = self.kept(x.rank());
        let spread = |v: &Tensor| lax::broadcast_in_dim(v, x.shape(), &kept);
        let hits = lax::convert_element_type(&lax::eq(x, &spread(y)), x.dtype());
        let count = lax::reduce_sum(&hits, &self.axes);
        lax::div(&hits, &spread(&count))
    }

    /// The reduced axes as one last axis.
    fn merged(&self, x: &Tensor) -> Tensor {
        let kept = self.kept(x.rank());
        let mut shape: Vec<usize> = kept.iter().map(|&d| x.shape()[d]).collect();
        shape.push(self.axes.iter().map(|&d| x.shape()[d]).product());
        lax::reshape(&lax::transpose(x, &[kept, self.axes.clone()].concat()), shape)
    }

    /// The tangent of the product: factors are multiplied in pairs, `(pq)˙ = ṗq + pq̇`, until one
    /// is left.
    fn product_tangent(&self, x: &Tensor, t: &Tensor) -> Tangent {
        let (mut p, mut t) = (self.merged(x), self.merged(t));
        let axis = p.rank() - 1;
        if p.shape()[axis] == 0 {
            return None;
        }
        while p.shape()[axis] > 1 {
            // The partner of an odd factor is 1, whose tangent is 0.
            let ((p1, p2), (t1, t2)) = (halves(&p, 1.0), halves(&t, 0.0));
            t = t1 * &p2 + &p1 * t2;
            p = p1 * p2;
        }
        Some(lax::squeeze(&t, &[axis]))
    }
}

/// The two halves of the last axis, the second filled up with `fill` to the length of the first.
fn halves(x: &Tensor, fill: f64) -> (Tensor, Tensor) {
    let (axis, ones) = (x.rank() - 1, vec![1; x.rank()]);
    let n = x.shape()[axis];
    let (mut start, mut limit) = (vec![0; x.rank()], x.shape().to_vec());
    limit[axis] = n.div_ceil(2);
    let first = lax::slice(x, &start, &limit, &ones);
    (start[axis], limit[axis]) = (n.div_ceil(2), n);
    let second = lax::slice(x, &start, &limit, &ones);
    let mut config = vec![(0, 0, 0); x.rank()];
    config[axis].1 = (n % 2) as isize;
    let fill = Tensor::literal(Scalar::from_f64(fill, x.dtype()));
    (first, lax::pad(&second, &fill, &config))
}

impl Rules for Reduce {
    fn name(&self) -> &'static str {
        row(self.op).0
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        vec![("axes", tuple(&self.axes))]
    }

    fn read(w: &Written) -> Result<Option<Self>> {
        match ReduceOp::ALL.into_iter().find(|&op| row(op).0 == w.name) {
            Some(op) => Ok(Some(Reduce { op, axes: w.numbers("axes")? })),
            None => Ok(None),
        }
    }

    fn abstract_eval(&self, ins: &[Aval]) -> Result<Vec<Aval>> {
        let x = derive::arity(self.name(), ins, 1)?;
        derive::check_axes(self.name(), &self.axes, x.rank())?;
        let (fits, wants) = match self.op {
            ReduceOp::Sum | ReduceOp::Prod => (x.dtype != DType::Bool, "it takes numbers"),
            ReduceOp::Max | ReduceOp::Min => {
                derive::ordered(self.name(), x.dtype)?;
                (true, "")
            }
            ReduceOp::And | ReduceOp::Or => {
                (!x.dtype.is_inexact(), "it takes bool or integer operands")
            }
        };
        if !fits {
            return Err(Error::dtype(self.name(), &[x.dtype], format!("{wants}; use `convert`")));
        }
        Ok(vec![x.with_shape(x.shape.without(&self.axes))])
    }

    fn jvp(&self, primals: &[Tensor], tangents: &[Tangent]) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
        let ([x], [Some(t)]) = (primals, tangents) else {
            return derive::jvp_zero(self.clone().into(), primals);
        };
        let y = bind1(self.clone(), &[x]);
        let tangent = match self.op {
            ReduceOp::Sum => Some(bind1(self.clone(), &[t])),
            ReduceOp::Prod => self.product_tangent(x, t),
            ReduceOp::Max | ReduceOp::Min => {
                Some(lax::reduce_sum(&(t * self.shares(x, &y)), &self.axes))
            }
            ReduceOp::And | ReduceOp::Or => None,
        };
        Ok((vec![y], vec![tangent]))
    }

    fn transpose(&self, cts: &[Tangent], ins: &[Operand]) -> Result<Vec<Tangent>> {
        match (self.op, derive::transpose_unary(self, cts, ins)?) {
            (ReduceOp::Sum, (ct, x)) => {
                Ok(vec![Some(lax::broadcast_in_dim(ct, &x.shape, &self.kept(x.rank())))])
            }
            _ => Err(not_linear(self)),
        }
    }

    fn batch(&self, args: &[Batched], _: usize) -> Result<Vec<Batched>> {
        let (x, dim) = derive::single(args)?;
        let axes = derive::shift(&self.axes, dim);
        let before = axes.iter().filter(|&&d| d < dim).count();
        Ok(vec![Batched::new(lax::reduce(self.op, x, &axes), dim - before)])
    }

    fn lower(
        &self,
        hlo: &mut hlo::Module,
        ins: &[hlo::Value],
        outs: &[Aval],
    ) -> Result<Vec<hlo::Value>> {
        let ([x], out) = (ins, derive::first(outs)?) else {
            return Err(Error::internal("a reduction of several operands"));
        };
        let init = hlo.scalar(self.op.neutral(out.dtype));
        let region = hlo.region(row(self.op).1, out.dtype);
        let attrs = format!(", dimensions={}, to_apply={region}", hlo::braces(&self.axes));
        Ok(vec![hlo.op("reduce", &[x, &init], out.dtype, &out.shape, &attrs)])
    }
}
