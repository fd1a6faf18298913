//! `select(which, on_false, on_true)`: element by element `on_true` where `which` holds.
//! `which` has the shape of the others or is a scalar; the others may be literals.
//!
//! - jvp: `select(which, ḟalse, ṫrue)`: the tangent of the branch not taken stays out, NaN or not;
//! - transpose: `c̄` where taken and 0 elsewhere, for each linear branch;
//! - batching: the same choice on aligned operands (a batched scalar `which` is broadcast);
//! - HLO: `select`.

use super::derive;
use crate::base::{DType, Error, Result};
use crate::hlo;
use crate::ir::params::Select;
use crate::ir::parse::Written;
use crate::ir::{Aval, Batched, Operand, Rules, Tangent, Tensor, bind1, rules::not_linear};
use crate::lax;

impl Rules for Select {
    fn name(&self) -> &'static str {
        "select"
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        vec![]
    }

    fn read(w: &Written) -> Result<Option<Self>> {
        w.named("select", || Ok(Select))
    }

    fn abstract_eval(&self, ins: &[Aval]) -> Result<Vec<Aval>> {
        let [which, branches @ ..] = ins else { return Err(Error::internal("select of nothing")) };
        if which.dtype != DType::Bool {
            return Err(Error::dtype("select", &[which.dtype], "the predicate must be bool"));
        }
        let dtype = derive::same_dtype("select", branches)?;
        let scalar = Aval { weak: which.rank() == 0, ..which.clone() };
        let mut operands = branches.to_vec();
        operands.push(scalar);
        Ok(vec![Aval::new(derive::elementwise_shape("select", &operands)?, dtype)])
    }

    fn jvp(&self, primals: &[Tensor], tangents: &[Tangent]) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
        let ([which, x, y], [_, tx, ty]) = (primals, tangents) else {
            return Err(Error::internal("select needs three operands"));
        };
        let out = bind1(*self, &[which, x, y]);
        if tx.is_none() && ty.is_none() {
            return Ok((vec![out], vec![None]));
        }
        let zero = Tensor::literal(crate::base::Scalar::from_f64(0.0, out.dtype()));
        let tangent =
            bind1(*self, &[which, tx.as_ref().unwrap_or(&zero), ty.as_ref().unwrap_or(&zero)]);
        Ok((vec![out], vec![Some(tangent)]))
    }

    fn transpose(&self, cts: &[Tangent], ins: &[Operand]) -> Result<Vec<Tangent>> {
        let ([Some(ct)], [Operand::Known(which), x, y]) = (cts, ins) else {
            return Err(not_linear(self));
        };
        let zero = Tensor::literal(crate::base::Scalar::from_f64(0.0, ct.dtype()));
        Ok(vec![
            None,
            x.is_linear().then(|| bind1(*self, &[which, ct, &zero])),
            y.is_linear().then(|| bind1(*self, &[which, &zero, ct])),
        ])
    }

    fn batch(&self, args: &[Batched], size: usize) -> Result<Vec<Batched>> {
        let [which, x, y] = args else {
            return Err(Error::internal("select needs three operands"));
        };
        let dim = [x.dim, y.dim, which.dim].into_iter().flatten().next().unwrap_or(0);
        let branches = [derive::align(x, dim, size), derive::align(y, dim, size)];
        let scalar = which.example_aval().rank() == 0;
        let which = match which.dim {
            // A predicate that is the same for all examples and elements stays a scalar.
            None if scalar => which.value.clone(),
            Some(_) if scalar => {
                let full = branches.iter().find(|b| !b.aval().weak);
                match full {
                    Some(b) => lax::broadcast_in_dim(&which.value, b.shape(), &[dim]),
                    None => which.value.clone(),
                }
            }
            _ => derive::align(which, dim, size),
        };
        let out = bind1(*self, &[&which, &branches[0], &branches[1]]);
        Ok(vec![Batched::new(out, dim)])
    }

    fn lower(
        &self,
        hlo: &mut hlo::Module,
        ins: &[hlo::Value],
        outs: &[Aval],
    ) -> Result<Vec<hlo::Value>> {
        let ([which, x, y], out) = (ins, derive::first(outs)?) else {
            return Err(Error::internal("select needs three operands"));
        };
        let [which, x, y] = [which, x, y].map(|v| hlo.broadcast(v, &out.shape, &[]));
        Ok(vec![hlo.op("select", &[&which, &y, &x], out.dtype, &out.shape, "")])
    }
}
