//! Scatter with addition: `y = x` plus, for every index vector `s[b, :]`, the window `u[b, :]` of the
//! updates at `s(b)` (see gather). A window that does not lie wholly inside is dropped.
//!
//! - jvp: linear in `x` and `u` together;
//! - transpose: `x̄ = ȳ`, `ū` = the windows of `ȳ`, and zero for those that were dropped;
//! - batching: if the index vectors are the same for all, windows cover all of the batch axis;
//!   otherwise the examples are one more axis of index vectors, batched together with `x`;
//! - HLO: `scatter` with an addition.

use super::derive;
use crate::base::{DType, Error, Result, Scalar, Shape};
use crate::hlo;
use crate::ir::params::ScatterAdd;
use crate::ir::{Aval, Batched, Operand, Rules, Tangent, Tensor, print::tuple, rules::not_linear};
use crate::lax;

impl ScatterAdd {
    /// The sizes of a window, one per axis of `x`.
    fn sizes(&self, x: &Shape, updates: &Shape) -> Vec<usize> {
        let mut sizes = vec![1; x.rank()];
        self.dims.operand_batching.iter().for_each(|&d| sizes[d] = x[d].min(1));
        let window = self.dims.window_axes(x.rank());
        self.dims.offset_dims.iter().zip(window).for_each(|(&o, d)| sizes[d] = updates[o]);
        sizes
    }

    /// The cotangent of the updates.
    fn windows(&self, ct: &Tensor, indices: &Tensor, updates: &Aval) -> Tangent {
        let sizes = self.sizes(ct.shape(), &updates.shape);
        if sizes.iter().zip(ct.shape().iter()).any(|(s, n)| s > n) {
            // No window lies inside.
            return None;
        }
        let windows = lax::gather(ct, indices, self.dims.clone(), &sizes);
        let clamped = self.dims.clamp(indices, ct.shape(), &sizes);
        let inside = lax::reduce_and(&lax::eq(indices, &clamped), &[indices.rank() - 1]);
        let vectors = self.dims.vector_axes(windows.rank());
        let inside = lax::broadcast_in_dim(&inside, windows.shape(), &vectors);
        let zero = Tensor::literal(Scalar::from_f64(0.0, ct.dtype()));
        Some(lax::select(&inside, &windows, &zero))
    }
}

impl Rules for ScatterAdd {
    fn name(&self) -> &'static str {
        "scatter_add"
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        let numbers = format!(
            "ScatterDimensionNumbers(update_window_dims={}, inserted_window_dims={}, \
             scatter_dims_to_operand_dims={}, operand_batching_dims={}, \
             scatter_indices_batching_dims={})",
            tuple(&self.dims.offset_dims),
            tuple(&self.dims.collapsed),
            tuple(&self.dims.start_index_map),
            tuple(&self.dims.operand_batching),
            tuple(&self.dims.indices_batching)
        );
        vec![("dimension_numbers", numbers)]
    }

    fn abstract_eval(&self, ins: &[Aval]) -> Result<Vec<Aval>> {
        let [x, indices, updates] = ins else {
            return Err(Error::internal("scatter_add needs three operands"));
        };
        if x.dtype != updates.dtype || x.dtype == DType::Bool {
            let why = "it adds numbers of one dtype; use `convert`";
            return Err(Error::dtype(self.name(), &[x.dtype, updates.dtype], why));
        }
        let rank = self.dims.check(self.name(), x, indices)?;
        let fits = updates.rank() == rank && {
            let vectors = self.dims.vector_axes(rank).into_iter().map(|v| updates.shape[v]);
            let window = self.dims.window_axes(x.rank()).into_iter().zip(&self.dims.offset_dims);
            vectors.eq(indices.shape.iter().copied().take(rank - self.dims.offset_dims.len()))
                && window.into_iter().all(|(d, &o)| updates.shape[o] <= x.shape[d])
        };
        if !fits {
            let why = "the third, the updates, must be one window of the first per index vector of \
                       the second";
            return Err(Error::shape(
                self.name(),
                &[&x.shape, &indices.shape, &updates.shape],
                why,
            ));
        }
        Ok(vec![x.with_shape(&x.shape)])
    }

    fn jvp(&self, primals: &[Tensor], tangents: &[Tangent]) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
        let ([x, indices, updates], [tx, _, tu]) = (primals, tangents) else {
            return Err(Error::internal("scatter_add needs three operands"));
        };
        let add = |x: &Tensor, u: &Tensor| lax::scatter_add(x, indices, u, self.dims.clone());
        let tangent = match (tx, tu) {
            (Some(tx), Some(tu)) => Some(add(tx, tu)),
            (None, Some(tu)) => Some(add(&lax::zeros_like(x.aval()), tu)),
            (tx, None) => tx.clone(),
        };
        Ok((vec![add(x, updates)], vec![tangent]))
    }

    fn transpose(&self, cts: &[Tangent], ins: &[Operand]) -> Result<Vec<Tangent>> {
        let ([Some(ct)], [x, Operand::Known(indices), updates]) = (cts, ins) else {
            return Err(not_linear(self));
        };
        let u = if updates.is_linear() { self.windows(ct, indices, &updates.aval()) } else { None };
        Ok(vec![x.is_linear().then(|| ct.clone()), None, u])
    }

    fn batch(&self, args: &[Batched], size: usize) -> Result<Vec<Batched>> {
        let [x, indices, updates] = args else {
            return Err(Error::internal("scatter_add needs three operands"));
        };
        let dim = x.dim.unwrap_or(0);
        let x = derive::place(x, dim, size);
        let out = if indices.dim.is_none() {
            let (dims, place) = self.dims.with_window_axis(dim);
            lax::scatter_add(&x, &indices.value, &derive::place(updates, place, size), dims)
        } else {
            let dims = self.dims.with_vector_axis(Some(dim));
            let (indices, updates) =
                (derive::place(indices, 0, size), derive::place(updates, 0, size));
            lax::scatter_add(&x, &indices, &updates, dims)
        };
        Ok(vec![Batched::new(out, dim)])
    }

    fn lower(
        &self,
        hlo: &mut hlo::Module,
        ins: &[hlo::Value],
        outs: &[Aval],
    ) -> Result<Vec<hlo::Value>> {
        let ([x, indices, updates], out) = (ins, derive::first(outs)?) else {
            return Err(Error::internal("scatter_add needs three operands"));
        };
        let indices = derive::signed_index(hlo, indices);
        let region = hlo.region("add", out.dtype);
        let attrs = format!(
            ", update_window_dims={}, inserted_window_dims={}, scatter_dims_to_operand_dims={}, \
             input_batching_dims={}, scatter_indices_batching_dims={}, index_vector_dim={}, \
             to_apply={region}",
            hlo::braces(&self.dims.offset_dims),
            hlo::braces(&self.dims.collapsed),
            hlo::braces(&self.dims.start_index_map),
            hlo::braces(&self.dims.operand_batching),
            hlo::braces(&self.dims.indices_batching),
            indices.shape.rank() - 1
        );
        Ok(vec![hlo.op("scatter", &[x, &indices, updates], out.dtype, &out.shape, &attrs)])
    }
}
