//! Scatter: `y = x`, but for every index vector `s[b, :]` the window `u[b, :]` of the updates is put
//! at `s(b)` (see gather): it replaces what is there, is added to it or multiplied with it, or the
//! smaller or larger of both stays. A window that does not lie wholly inside is dropped.
//!
//! - jvp of `add`: linear in `x` and `u` together; of `mul`: `scatter_mul(ẋ, u) + x·scatter_add(0, u̇)`,
//!   the latter only where windows do not overlap; of `min` and `max`: the tangents of all that equal
//!   the result, in equal shares; of `set`: linear in `x` and `u` where windows do not overlap, and
//!   otherwise that of the update that stays, which is found by scattering numbers;
//! - transpose of `add`: `x̄ = ȳ`, `ū` = the windows of `ȳ`, and zero for those that were dropped; of
//!   `set`: `x̄ = ȳ` with zeros in the windows; of `mul` in `x`: itself;
//! - batching: if the index vectors are the same for all, windows cover all of the batch axis;
//!   otherwise the examples are one more axis of index vectors, batched together with `x`;
//! - HLO: `scatter`; on the CPU `add` is a function of `cotangent_kernels`, since XLA makes a loop of it
//!   that runs several kernels for each window.

use super::derive;
use crate::base::{DType, Error, Result, Scalar, Shape, strides};
use crate::hlo;
use crate::ir::params::{GatherDims, Scatter, ScatterOp};
use crate::ir::parse::Written;
use crate::ir::{
    Aval, Batched, Operand, Rules, Tangent, Tensor, bind1, print::tuple, rules::not_linear,
};
use crate::lax;
use cotangent_kernels::ScatterAdd;

/// Names here and in HLO.
fn row(op: ScatterOp) -> (&'static str, &'static str) {
    match op {
        ScatterOp::Set => ("scatter", "second"),
        ScatterOp::Add => ("scatter_add", "add"),
        ScatterOp::Mul => ("scatter_mul", "multiply"),
        ScatterOp::Min => ("scatter_min", "minimum"),
        ScatterOp::Max => ("scatter_max", "maximum"),
    }
}

impl Scatter {
    /// The same places with another combination.
    fn with(&self, op: ScatterOp, x: &Tensor, indices: &Tensor, updates: &Tensor) -> Tensor {
        bind1(Scatter { op, ..self.clone() }, &[x, indices, updates])
    }

    /// Zeros like `x` with `updates` added at the places.
    fn placed(&self, x: &Aval, indices: &Tensor, updates: &Tensor) -> Tensor {
        self.with(ScatterOp::Add, &lax::zeros_like(x), indices, updates)
    }

    /// The sizes of a window, one per axis of `x`.
    fn sizes(&self, x: &Shape, updates: &Shape) -> Vec<usize> {
        let mut sizes = vec![1; x.rank()];
        self.dims.operand_batching.iter().for_each(|&d| sizes[d] = x[d].min(1));
        let window = self.dims.window_axes(x.rank());
        self.dims.offset_dims.iter().zip(window).for_each(|(&o, d)| sizes[d] = updates[o]);
        sizes
    }

    /// What stands at the places: the windows of `x`, and zeros for those that are dropped. `None` if
    /// all are.
    fn windows(&self, x: &Tensor, indices: &Tensor, updates: &Shape) -> Option<Tensor> {
        let sizes = self.sizes(x.shape(), updates);
        if sizes.iter().zip(x.shape().iter()).any(|(s, n)| s > n) {
            // No window lies inside.
            return None;
        }
        let windows = lax::gather(x, indices, self.dims.clone(), &sizes);
        let clamped = self.dims.clamp(indices, x.shape(), &sizes);
        let inside = lax::reduce_and(&lax::eq(indices, &clamped), &[indices.rank() - 1]);
        let vectors = self.dims.vector_axes(windows.rank());
        let inside = lax::broadcast_in_dim(&inside, windows.shape(), &vectors);
        let zero = Tensor::literal(Scalar::from_f64(0.0, x.dtype()));
        Some(lax::select(&inside, &windows, &zero))
    }

    /// `set` and its tangent where windows may overlap. The elements of the updates are numbered from 1,
    /// and the largest number at each place taken: an update stays where its own comes back. So both
    /// are those of the last update also where XLA takes any, and not the same one each time.
    fn set_jvp(&self, indices: &Tensor, x: [&Tensor; 2], u: [&Tensor; 2]) -> [Tensor; 2] {
        let updates = u[0].shape();
        let numbers = lax::iota(DType::I32, [updates.size()], 0) + 1;
        let numbers = lax::reshape(&numbers, updates);
        let blank = lax::full(x[0].shape(), Scalar::I32(0));
        let last = self.with(ScatterOp::Max, &blank, indices, &numbers);
        let untouched = lax::eq(&last, &lax::zeros_like(last.aval()));
        let Some(back) = self.windows(&last, indices, updates) else { return x.map(Tensor::clone) };
        let stays = lax::eq(&back, &numbers);
        // −0 + u is u for every u, also for −0.
        let zeros = |like: &Tensor| lax::full_like(like.aval(), -0.0);
        let set = |x: &Tensor, u: &Tensor| {
            let won = lax::select(&stays, u, &zeros(u));
            let there = self.with(ScatterOp::Add, &zeros(x), indices, &won);
            lax::select(&untouched, x, &there)
        };
        [set(x[0], u[0]), set(x[1], u[1])]
    }

    /// The tangent of an extreme `y`: that of all that equal it, in equal shares.
    fn extreme_tangent(
        &self,
        [x, indices, updates, y]: [&Tensor; 4],
        tx: &Tensor,
        tu: &Tensor,
    ) -> Tensor {
        let hit = |a: &Tensor, b: &Tensor| lax::convert_element_type(&lax::eq(a, b), a.dtype());
        let hits = hit(x, y);
        let Some(at) = self.windows(y, indices, updates.shape()) else { return tx.clone() };
        let hits_there = hit(updates, &at);
        let count = &hits + self.placed(x.aval(), indices, &hits_there);
        // NaN equals nothing: 0/0.
        (tx * hits + self.placed(x.aval(), indices, &(tu * hits_there))) / count
    }
}

impl Scatter {
    /// What is added where, for the function of `cotangent_kernels`.
    fn kernel(&self, x: &Shape, indices: &Shape, updates: &Shape) -> ScatterAdd {
        let [in_x, in_indices, in_updates] = [x, indices, updates].map(|s| strides(s));
        let vectors = self.dims.vector_axes(updates.rank()).into_iter().enumerate();
        let batched = |k: usize| {
            let at = self.dims.indices_batching.iter().position(|&b| b == k);
            at.map_or(0, |at| in_x[self.dims.operand_batching[at]])
        };
        let vectors = vectors.map(|(k, u)| [indices[k], in_indices[k], in_updates[u], batched(k)]);
        let window = self.dims.window(x.rank());
        let sizes = self.sizes(x, updates);
        let component = |&d: &usize| [x[d].saturating_sub(sizes[d]), in_x[d]];
        ScatterAdd {
            vectors: vectors.collect(),
            window: window.map(|(d, u)| [updates[u], in_updates[u], in_x[d]]).collect(),
            components: self.dims.start_index_map.iter().map(component).collect(),
        }
    }
}

impl Rules for Scatter {
    fn name(&self) -> &'static str {
        row(self.op).0
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
        let mut params = vec![("dimension_numbers", numbers)];
        if self.unique {
            params.push(("unique_indices", derive::flag(true)));
        }
        params
    }

    fn read(w: &Written) -> Result<Option<Self>> {
        let Some(op) = ScatterOp::ALL.into_iter().find(|&op| row(op).0 == w.name) else {
            return Ok(None);
        };
        let list = |field: &str| w.numbers_of("dimension_numbers", field);
        let dims = GatherDims {
            offset_dims: list("update_window_dims")?,
            collapsed: list("inserted_window_dims")?,
            operand_batching: list("operand_batching_dims")?,
            indices_batching: list("scatter_indices_batching_dims")?,
            start_index_map: list("scatter_dims_to_operand_dims")?,
        };
        let unique = w.has("unique_indices") && w.flag("unique_indices")?;
        Ok(Some(Scatter { op, dims, unique }))
    }

    fn abstract_eval(&self, ins: &[Aval]) -> Result<Vec<Aval>> {
        let [x, indices, updates] = ins else {
            return Err(Error::internal("scatter needs three operands"));
        };
        let numbers = matches!(self.op, ScatterOp::Add | ScatterOp::Mul);
        if x.dtype != updates.dtype || numbers && x.dtype == DType::Bool {
            let what = if numbers { "numbers" } else { "values" };
            let why = format!("it takes {what} of one dtype; use `convert`");
            return Err(Error::dtype(self.name(), &[x.dtype, updates.dtype], why));
        }
        if matches!(self.op, ScatterOp::Min | ScatterOp::Max) {
            derive::ordered(self.name(), x.dtype)?;
        }
        let rank = self.dims.check(self.name(), x, indices)?;
        let fits = updates.rank() == rank && {
            let vectors = self.dims.vector_axes(rank).into_iter().map(|v| updates.shape[v]);
            let mut window = self.dims.window(x.rank());
            vectors.eq(indices.shape.iter().copied().take(rank - self.dims.offset_dims.len()))
                && window.all(|(d, o)| updates.shape[o] <= x.shape[d])
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
            return Err(Error::internal("scatter needs three operands"));
        };
        let dense =
            |t: &Tangent, x: &Tensor| t.clone().unwrap_or_else(|| lax::zeros_like(x.aval()));
        if self.op == ScatterOp::Set && !self.unique {
            let (tx, tu) = (dense(tx, x), dense(tu, updates));
            let [y, tangent] = self.set_jvp(indices, [x, &tx], [updates, &tu]);
            return Ok((vec![y], vec![Some(tangent)]));
        }
        let y = bind1(self.clone(), &[x, indices, updates]);
        let tangent = match (self.op, tx, tu) {
            (_, None, None) => return Ok((vec![y], vec![None])),
            (ScatterOp::Add, Some(tx), None) => tx.clone(),
            (ScatterOp::Mul, Some(tx), None) => self.with(self.op, tx, indices, updates),
            (ScatterOp::Mul, _, Some(_)) if !self.unique => {
                let why = "a product has a derivative in the updates only if the indices are unique, \
                           which must be said";
                return Err(Error::unsupported(self.name(), why));
            }
            (ScatterOp::Mul, tx, Some(tu)) => {
                let through_u = x * self.placed(x.aval(), indices, tu);
                match tx {
                    Some(tx) => self.with(self.op, tx, indices, updates) + through_u,
                    None => through_u,
                }
            }
            (ScatterOp::Min | ScatterOp::Max, tx, tu) => {
                let (tx, tu) = (dense(tx, x), dense(tu, updates));
                self.extreme_tangent([x, indices, updates, &y], &tx, &tu)
            }
            (op, tx, tu) => self.with(op, &dense(tx, x), indices, &dense(tu, updates)),
        };
        Ok((vec![y], vec![Some(tangent)]))
    }

    fn transpose(&self, cts: &[Tangent], ins: &[Operand]) -> Result<Vec<Tangent>> {
        let ([Some(ct)], [x, Operand::Known(indices), updates]) = (cts, ins) else {
            return Err(not_linear(self));
        };
        let u = || updates.is_linear().then(|| self.windows(ct, indices, &updates.aval().shape));
        let (x_bar, u_bar) = match (self.op, x, updates) {
            (ScatterOp::Add, ..) => (ct.clone(), u().flatten()),
            (ScatterOp::Set, ..) if self.unique => {
                let blank = lax::zeros_like(&updates.aval());
                (self.with(ScatterOp::Set, ct, indices, &blank), u().flatten())
            }
            (ScatterOp::Mul, Operand::Linear(_), Operand::Known(u)) => {
                (self.with(ScatterOp::Mul, ct, indices, u), None)
            }
            _ => return Err(not_linear(self)),
        };
        Ok(vec![x.is_linear().then_some(x_bar), None, u_bar])
    }

    fn batch(&self, args: &[Batched], size: usize) -> Result<Vec<Batched>> {
        let [x, indices, updates] = args else {
            return Err(Error::internal("scatter needs three operands"));
        };
        let dim = x.dim.unwrap_or(0);
        let x = derive::place(x, dim, size);
        let out = if indices.dim.is_none() {
            let (dims, place) = self.dims.with_window_axis(dim);
            {
                let updates = derive::place(updates, place, size);
                bind1(Scatter { dims, ..self.clone() }, &[&x, &indices.value, &updates])
            }
        } else {
            let dims = self.dims.with_vector_axis(Some(dim));
            let (indices, updates) =
                (derive::place(indices, 0, size), derive::place(updates, 0, size));
            bind1(Scatter { dims, ..self.clone() }, &[&x, &indices, &updates])
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
            return Err(Error::internal("scatter needs three operands"));
        };
        let indices = derive::signed_index(hlo, indices);
        if self.op == ScatterOp::Add && hlo.has_kernels(out.dtype) {
            let scatter = self.kernel(&x.shape, &indices.shape, &updates.shape);
            let x = hlo.fill_of(x).unwrap_or_else(|| x.clone());
            let out = [(out.dtype, out.shape.clone())];
            let target = cotangent_kernels::SCATTER_ADD;
            return Ok(hlo.kernel(target, &[&x, &indices, updates], &out, &scatter));
        }
        let region = hlo.region(row(self.op).1, out.dtype);
        let attrs = format!(
            ", update_window_dims={}, inserted_window_dims={}, scatter_dims_to_operand_dims={}, \
             input_batching_dims={}, scatter_indices_batching_dims={}, index_vector_dim={}, \
             unique_indices={}, to_apply={region}",
            hlo::braces(&self.dims.offset_dims),
            hlo::braces(&self.dims.collapsed),
            hlo::braces(&self.dims.start_index_map),
            hlo::braces(&self.dims.operand_batching),
            hlo::braces(&self.dims.indices_batching),
            indices.shape.rank() - 1,
            self.unique
        );
        Ok(vec![hlo.op("scatter", &[x, &indices, updates], out.dtype, &out.shape, &attrs)])
    }
}
