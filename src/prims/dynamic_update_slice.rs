//! `y = x` with a window at computed starts, clamped so that it lies inside, replaced by `u`.
//!
//! - jvp: linear in `x` and `u`, `ẏ = ẋ` with the window replaced by `u̇`;
//! - transpose: `x̄ = ȳ` with zeros in the window, `ū` = the window of `ȳ`;
//! - batching: all of the batch axis; with starts that differ between examples, the windows are
//!   scattered into an empty array, from which the result takes them;
//! - HLO: `dynamic-update-slice`.

use super::derive;
use crate::base::{Error, Result};
use crate::hlo;
use crate::ir::params::{DynamicUpdateSlice, GatherDims, Scatter, ScatterOp};
use crate::ir::parse::Written;
use crate::ir::{Aval, Batched, Operand, Rules, Tangent, Tensor, bind1, rules::not_linear};
use crate::lax;

/// The update of each example at its own start.
fn batch_starts(
    x: &Batched,
    update: &Batched,
    starts: &[Batched],
    size: usize,
) -> Result<Vec<Batched>> {
    let (shape, window) = (x.example_aval().shape, update.example_aval());
    let dims = GatherDims::one_window(shape.rank());
    let vectors = derive::start_vectors(starts, size).value;
    // A scatter would drop what an update clamps.
    let vectors = Batched::new(dims.clamp(&vectors, &shape, &window.shape), 0);
    // One window in each example: none overlap.
    let scatter = Scatter { op: ScatterOp::Set, dims, unique: true };
    scatter.batch(&[x.clone(), vectors, update.clone()], size)
}

impl Rules for DynamicUpdateSlice {
    fn name(&self) -> &'static str {
        "dynamic_update_slice"
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        vec![]
    }

    fn read(w: &Written) -> Result<Option<Self>> {
        w.named("dynamic_update_slice", || Ok(DynamicUpdateSlice))
    }

    fn abstract_eval(&self, ins: &[Aval]) -> Result<Vec<Aval>> {
        let [x, update, starts @ ..] = ins else {
            return Err(Error::internal("dynamic_update_slice needs two operands"));
        };
        derive::same_dtype(self.name(), &ins[..2])?;
        derive::check_starts(self.name(), x, starts)?;
        let fits = |(&s, &n): (&usize, &usize)| s <= n;
        if update.rank() != x.rank() || !update.shape.iter().zip(x.shape.iter()).all(fits) {
            let why = "the second, the window, does not fit in the first";
            return Err(Error::shape(self.name(), &[&x.shape, &update.shape], why));
        }
        Ok(vec![x.with_shape(&x.shape)])
    }

    fn jvp(&self, primals: &[Tensor], tangents: &[Tangent]) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
        let ([x, update, starts @ ..], [tx, tu, ..]) = (primals, tangents) else {
            return Err(Error::internal("dynamic_update_slice needs two operands"));
        };
        let starts: Vec<&Tensor> = starts.iter().collect();
        let out = lax::dynamic_update_slice(x, update, &starts);
        if tx.is_none() && tu.is_none() {
            return Ok((vec![out], vec![None]));
        }
        let dense =
            |t: &Tangent, like: &Tensor| t.clone().unwrap_or_else(|| lax::zeros_like(like.aval()));
        let tangent = lax::dynamic_update_slice(&dense(tx, x), &dense(tu, update), &starts);
        Ok((vec![out], vec![Some(tangent)]))
    }

    fn transpose(&self, cts: &[Tangent], ins: &[Operand]) -> Result<Vec<Tangent>> {
        let ([Some(ct)], [x, update, starts @ ..]) = (cts, ins) else {
            return Err(not_linear(self));
        };
        let starts: Vec<&Tensor> = starts.iter().filter_map(Operand::known).collect();
        let window = update.aval();
        let mut out = vec![None; ins.len()];
        if x.is_linear() {
            out[0] = Some(lax::dynamic_update_slice(ct, &lax::zeros_like(&window), &starts));
        }
        if update.is_linear() {
            out[1] = Some(lax::dynamic_slice(ct, &starts, &window.shape));
        }
        Ok(out)
    }

    fn batch(&self, args: &[Batched], size: usize) -> Result<Vec<Batched>> {
        let [x, update, starts @ ..] = args else {
            return Err(Error::internal("dynamic_update_slice needs two operands"));
        };
        if starts.iter().any(|s| s.dim.is_some()) {
            return batch_starts(x, update, starts, size);
        }
        let dim = x.dim.or(update.dim).unwrap_or(0);
        let (x, update) = (derive::place(x, dim, size), derive::place(update, dim, size));
        let starts = derive::start_at_zero(starts, dim);
        let ins: Vec<&Tensor> = [&x, &update].into_iter().chain(&starts).collect();
        Ok(vec![Batched::new(bind1(*self, &ins), dim)])
    }

    fn lower(
        &self,
        hlo: &mut hlo::Module,
        ins: &[hlo::Value],
        outs: &[Aval],
    ) -> Result<Vec<hlo::Value>> {
        let ([x, update, starts @ ..], out) = (ins, derive::first(outs)?) else {
            return Err(Error::internal("dynamic_update_slice needs two operands"));
        };
        let starts: Vec<_> = starts.iter().map(|s| derive::signed_index(hlo, s)).collect();
        let ins: Vec<&hlo::Value> = [x, update].into_iter().chain(&starts).collect();
        Ok(vec![hlo.op("dynamic-update-slice", &ins, out.dtype, &out.shape, "")])
    }
}
