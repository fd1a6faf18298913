//! Gather: one window of `x` per index vector `s[b, :]`, `y[b, o] = x[s(b) + o]`, where `s(b)` puts
//! component `k` of the vector on axis `start_index_map[k]` and the axes of `b` on those that are
//! batched together. The starts are clamped so that every window lies inside.
//!
//! - jvp: linear in `x`;
//! - transpose: `ȳ` added at the same windows into zeros; the starts are clamped first, since
//!   `scatter_add` drops what does not fit;
//! - batching: if only `x` is batched, windows cover all of its batch axis; otherwise the examples
//!   are one more axis of index vectors, batched together with that of `x` if it has one;
//! - HLO: `gather`.

use super::derive;
use crate::base::{Error, Result, Scalar, Shape};
use crate::hlo;
use crate::ir::params::{Gather, GatherDims};
use crate::ir::parse::Written;
use crate::ir::{Aval, Batched, Operand, Rules, Tangent, Tensor, print::tuple, rules::not_linear};
use crate::lax;

/// What gather and scatter share.
impl GatherDims {
    /// One index vector of full length and a window of full rank.
    pub(super) fn one_window(rank: usize) -> GatherDims {
        let all: Vec<usize> = (0..rank).collect();
        GatherDims {
            offset_dims: all.clone(),
            collapsed: vec![],
            operand_batching: vec![],
            indices_batching: vec![],
            start_index_map: all,
        }
    }

    /// The operand axes of the window, in the order of `offset_dims`.
    pub(super) fn window_axes(&self, rank: usize) -> Vec<usize> {
        (0..rank).filter(|&d| self.in_window(d)).collect()
    }

    /// Axes of the result (gather) or the updates (scatter), of this rank, that run over index
    /// vectors.
    pub(crate) fn vector_axes(&self, rank: usize) -> Vec<usize> {
        (0..rank).filter(|d| !self.offset_dims.contains(d)).collect()
    }

    /// Checks the dimension numbers; gives the rank of the result (gather) or updates (scatter).
    pub(super) fn check(&self, op: &str, x: &Aval, indices: &Aval) -> Result<usize> {
        if !indices.dtype.is_int() {
            return Err(Error::dtype(op, &[indices.dtype], "indices must be integers"));
        }
        let Some((&length, vectors)) = indices.shape.split_last() else {
            let why = "the second, the indices, needs a last axis: the index vector";
            return Err(Error::shape(op, &[&x.shape, &indices.shape], why));
        };
        let rank = vectors.len() + self.offset_dims.len();
        let (batching, with) = (&self.operand_batching, &self.indices_batching);
        derive::check_axes(op, self.collapsed.iter().chain(batching), x.rank())?;
        derive::check_axes(op, self.start_index_map.iter().chain(batching), x.rank())?;
        derive::check_axes(op, with, vectors.len())?;
        derive::check_axes(op, &self.offset_dims, rank)?;
        let sorted = [&self.offset_dims, &self.collapsed, batching].iter().all(|d| d.is_sorted());
        let paired = batching.len() == with.len()
            && batching.iter().zip(with).all(|(&i, &j)| x.shape[i] == vectors[j]);
        let complete = self.offset_dims.len() == self.window_axes(x.rank()).len()
            && self.start_index_map.len() == length;
        if sorted && paired && complete {
            return Ok(rank);
        }
        let why = format!("they do not go with the dimension numbers {self:?}");
        Err(Error::shape(op, &[&x.shape, &indices.shape], why))
    }

    /// The index vectors moved to the nearest place where a window of these sizes lies inside.
    pub(super) fn clamp(&self, indices: &Tensor, x: &Shape, sizes: &[usize]) -> Tensor {
        let axis = indices.rank() - 1;
        let mut column = indices.shape().to_vec();
        column[axis] = 1;
        let last = |&d: &usize| {
            let last = x[d] as f64 - sizes[d] as f64;
            lax::full(&column, Scalar::from_f64(last, indices.dtype()))
        };
        let lasts: Vec<Tensor> = self.start_index_map.iter().map(last).collect();
        if lasts.is_empty() {
            return indices.clone();
        }
        let lasts = lax::concatenate(&lasts.iter().collect::<Vec<_>>(), axis);
        let zero = Tensor::literal(Scalar::from_f64(0.0, indices.dtype()));
        lax::clamp(&zero, indices, &lasts)
    }

    /// The numbers for a new operand axis at `dim` that windows cover, and the place of the axis
    /// in the result.
    pub(super) fn with_window_axis(&self, dim: usize) -> (GatherDims, usize) {
        let before = (0..dim).filter(|&d| self.in_window(d)).count();
        let place = if before == 0 { 0 } else { self.offset_dims[before - 1] + 1 };
        let mut offset_dims = derive::shift(&self.offset_dims, place);
        offset_dims.insert(before, place);
        let dims = GatherDims {
            offset_dims,
            collapsed: derive::shift(&self.collapsed, dim),
            operand_batching: derive::shift(&self.operand_batching, dim),
            indices_batching: self.indices_batching.clone(),
            start_index_map: derive::shift(&self.start_index_map, dim),
        };
        (dims, place)
    }

    /// The numbers for a new leading axis of the indices, which is also that of the result, batched
    /// together with a new operand axis if there is one.
    pub(super) fn with_vector_axis(&self, operand_axis: Option<usize>) -> GatherDims {
        let mut dims = self.clone();
        dims.offset_dims = derive::shift(&self.offset_dims, 0);
        dims.indices_batching = derive::shift(&self.indices_batching, 0);
        if let Some(axis) = operand_axis {
            dims.collapsed = derive::shift(&self.collapsed, axis);
            dims.start_index_map = derive::shift(&self.start_index_map, axis);
            dims.operand_batching = derive::shift(&self.operand_batching, axis);
            let place = dims.operand_batching.partition_point(|&d| d < axis);
            dims.operand_batching.insert(place, axis);
            dims.indices_batching.insert(place, 0);
        }
        dims
    }
}

impl Gather {
    /// The sizes with one more, of an operand axis at `dim`.
    fn sizes_with(&self, dim: usize, size: usize) -> Vec<usize> {
        let mut sizes = self.sizes.clone();
        sizes.insert(dim, size);
        sizes
    }
}

impl Rules for Gather {
    fn name(&self) -> &'static str {
        "gather"
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        let numbers = format!(
            "GatherDimensionNumbers(offset_dims={}, collapsed_slice_dims={}, start_index_map={}, \
             operand_batching_dims={}, start_indices_batching_dims={})",
            tuple(&self.dims.offset_dims),
            tuple(&self.dims.collapsed),
            tuple(&self.dims.start_index_map),
            tuple(&self.dims.operand_batching),
            tuple(&self.dims.indices_batching)
        );
        vec![("dimension_numbers", numbers), ("slice_sizes", tuple(&self.sizes))]
    }

    fn read(w: &Written) -> Result<Option<Self>> {
        w.named("gather", || {
            let list = |field: &str| w.numbers_of("dimension_numbers", field);
            let dims = GatherDims {
                offset_dims: list("offset_dims")?,
                collapsed: list("collapsed_slice_dims")?,
                operand_batching: list("operand_batching_dims")?,
                indices_batching: list("start_indices_batching_dims")?,
                start_index_map: list("start_index_map")?,
            };
            Ok(Gather { dims, sizes: w.numbers("slice_sizes")? })
        })
    }

    fn abstract_eval(&self, ins: &[Aval]) -> Result<Vec<Aval>> {
        let [x, indices] = ins else { return Err(Error::internal("gather needs two operands")) };
        let rank = self.dims.check(self.name(), x, indices)?;
        let fits = |d: usize| {
            let (size, n) = (self.sizes[d], x.shape[d]);
            let one = if self.dims.operand_batching.contains(&d) { n.min(1) } else { 1 };
            size <= n && (size == one || self.dims.in_window(d))
        };
        if self.sizes.len() != x.rank() || !(0..x.rank()).all(fits) {
            let why = format!("a window of sizes {:?} does not fit in it", self.sizes);
            return Err(Error::shape(self.name(), &[&x.shape], why));
        }
        let mut shape = vec![0; rank];
        let window = self.dims.window_axes(x.rank());
        self.dims.offset_dims.iter().zip(window).for_each(|(&o, d)| shape[o] = self.sizes[d]);
        let vectors = self.dims.vector_axes(rank);
        vectors.into_iter().zip(indices.shape.iter()).for_each(|(v, &n)| shape[v] = n);
        Ok(vec![x.with_shape(shape)])
    }

    fn jvp(&self, primals: &[Tensor], tangents: &[Tangent]) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
        let ([x, indices], [t, _]) = (primals, tangents) else {
            return Err(Error::internal("gather needs two operands"));
        };
        let gather = |x: &Tensor| lax::gather(x, indices, self.dims.clone(), &self.sizes);
        Ok((vec![gather(x)], vec![t.as_ref().map(gather)]))
    }

    fn transpose(&self, cts: &[Tangent], ins: &[Operand]) -> Result<Vec<Tangent>> {
        let ([Some(ct)], [Operand::Linear(x), Operand::Known(indices)]) = (cts, ins) else {
            return Err(not_linear(self));
        };
        let indices = self.dims.clamp(indices, &x.shape, &self.sizes);
        let out = lax::scatter_add(&lax::zeros_like(x), &indices, ct, self.dims.clone());
        Ok(vec![Some(out), None])
    }

    fn batch(&self, args: &[Batched], size: usize) -> Result<Vec<Batched>> {
        let [x, indices] = args else { return Err(Error::internal("gather needs two operands")) };
        if let (Some(dim), None) = (x.dim, indices.dim) {
            let (dims, place) = self.dims.with_window_axis(dim);
            let sizes = self.sizes_with(dim, size);
            return Ok(vec![Batched::new(
                lax::gather(&x.value, &indices.value, dims, &sizes),
                place,
            )]);
        }
        let dims = self.dims.with_vector_axis(x.dim);
        let sizes = x.dim.map_or(self.sizes.clone(), |dim| self.sizes_with(dim, size.min(1)));
        let out = lax::gather(&x.value, &derive::place(indices, 0, size), dims, &sizes);
        Ok(vec![Batched::new(out, 0)])
    }

    fn lower(
        &self,
        hlo: &mut hlo::Module,
        ins: &[hlo::Value],
        outs: &[Aval],
    ) -> Result<Vec<hlo::Value>> {
        let ([x, indices], out) = (ins, derive::first(outs)?) else {
            return Err(Error::internal("gather needs two operands"));
        };
        let indices = derive::signed_index(hlo, indices);
        let attrs = format!(
            ", offset_dims={}, collapsed_slice_dims={}, start_index_map={}, operand_batching_dims={}, \
             start_indices_batching_dims={}, index_vector_dim={}, slice_sizes={}",
            hlo::braces(&self.dims.offset_dims),
            hlo::braces(&self.dims.collapsed),
            hlo::braces(&self.dims.start_index_map),
            hlo::braces(&self.dims.operand_batching),
            hlo::braces(&self.dims.indices_batching),
            indices.shape.rank() - 1,
            hlo::braces(&self.sizes)
        );
        Ok(vec![hlo.op("gather", &[x, &indices], out.dtype, &out.shape, &attrs)])
    }
}
