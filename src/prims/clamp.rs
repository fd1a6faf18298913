//! `clamp(lo, x, hi) = min(max(x, lo), hi)`; the bounds have the shape of `x` or are scalars.
//!
//! - jvp: the tangent of `x` strictly between the bounds, that of the bound that holds elsewhere
//!   (at `x = lo` or `x = hi` the derivative in `x` is 0, as in JAX);
//! - batching: bounds that are scalars are broadcast when they, or `x`, are batched;
//! - HLO: `clamp` of repeated bounds; XLA allows scalar ones, but its pass that moves reshapes
//!   (`ReshapeMover`) reshapes them too, and aborts.

use super::derive;
use crate::base::{DType, Error, Result};
use crate::hlo;
use crate::ir::params::Clamp;
use crate::ir::parse::Written;
use crate::ir::{Aval, Batched, Operand, Rules, Tangent, Tensor, bind1, rules::not_linear};
use crate::lax;

/// A bound repeated to the shape of `x`.
fn fit(bound: &Tensor, x: &Tensor) -> Tensor {
    if bound.rank() == 0 { lax::broadcast(bound, x.shape()) } else { bound.clone() }
}

impl Rules for Clamp {
    fn name(&self) -> &'static str {
        "clamp"
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        vec![]
    }

    fn read(w: &Written) -> Result<Option<Self>> {
        w.named("clamp", || Ok(Clamp))
    }

    fn abstract_eval(&self, ins: &[Aval]) -> Result<Vec<Aval>> {
        let [lo, x, hi] = ins else { return Err(Error::internal("clamp needs three operands")) };
        let dtype = derive::same_dtype("clamp", ins)?;
        if dtype == DType::Bool {
            return Err(Error::dtype("clamp", &[dtype], "it takes numbers; use `convert`"));
        }
        derive::ordered("clamp", dtype)?;
        for bound in [lo, hi] {
            if bound.rank() != 0 && bound.shape != x.shape {
                let why = "the bounds must be scalars or have the operand's shape";
                return Err(Error::shape("clamp", &[&lo.shape, &x.shape, &hi.shape], why));
            }
        }
        Ok(vec![Aval::new(&x.shape, dtype)])
    }

    fn jvp(&self, primals: &[Tensor], tangents: &[Tangent]) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
        let ([lo, x, hi], [tlo, tx, thi]) = (primals, tangents) else {
            return Err(Error::internal("clamp needs three operands"));
        };
        let out = bind1(*self, &[lo, x, hi]);
        let (lo, hi) = (fit(lo, x), fit(hi, x));
        let zero = lax::zeros_like(out.aval());
        let pass =
            |mask: Tensor, t: &Tangent| t.as_ref().map(|t| lax::select(&mask, &fit(t, x), &zero));
        let inside = lax::and(&lax::gt(x, &lo), &lax::lt(x, &hi));
        let below = lax::and(&lax::gt(&lo, x), &lax::lt(&lo, &hi));
        let tangent = derive::add_tangents(pass(inside, tx), pass(below, tlo));
        let tangent = derive::add_tangents(tangent, pass(lax::lt(&hi, x), thi));
        Ok((vec![out], vec![tangent]))
    }

    fn transpose(&self, _: &[Tangent], _: &[Operand]) -> Result<Vec<Tangent>> {
        Err(not_linear(self))
    }

    fn batch(&self, args: &[Batched], size: usize) -> Result<Vec<Batched>> {
        let [lo, x, hi] = args else { return Err(Error::internal("clamp needs three operands")) };
        let dim = x.dim.or(lo.dim).or(hi.dim).unwrap_or(0);
        let dim = dim.min(x.example_aval().rank());
        let center = derive::align(&Batched::new(unweak(&x.value), x.dim), dim, size);
        let bound = |b: &Batched| match (b.dim, b.example_aval().rank()) {
            (None, 0) => b.value.clone(),
            (Some(_), 0) => lax::broadcast_in_dim(&b.value, center.shape(), &[dim]),
            _ => derive::align(b, dim, size),
        };
        let out = bind1(*self, &[&bound(lo), &center, &bound(hi)]);
        Ok(vec![Batched::new(out, dim)])
    }

    fn lower(
        &self,
        hlo: &mut hlo::Module,
        ins: &[hlo::Value],
        outs: &[Aval],
    ) -> Result<Vec<hlo::Value>> {
        Ok(vec![derive::lower_elementwise(hlo, "clamp", ins, derive::first(outs)?, "")])
    }
}

/// A literal as a scalar variable, which can be broadcast along a batch axis.
fn unweak(x: &Tensor) -> Tensor {
    if x.aval().weak { lax::reshape(&lax::broadcast_in_dim(x, [1], &[]), ()) } else { x.clone() }
}
