//! General contraction `z[b, i, j] = Σ_k x[b, i, k] y[b, k, j]`, the axes in any order and number:
//! the result has the batch axes `b`, then the free axes `i` of `x`, then those `j` of `y`.
//!
//! - jvp: bilinear, `ż = ẋ·y + x·ẏ`;
//! - transpose: `x̄ = Σ_j z̄·y` and `ȳ = Σ_i x·z̄`;
//! - batching: a batch axis of one operand is one more free axis of it; one of both, a batch axis;
//! - HLO: `dot`; the vector of a product of a matrix with a vector is stored first. Products of
//!   matrices that are not small are a function of `cotangent_kernels` on the CPU.

use super::derive;
use crate::base::{DType, Error, Result, Shape, strides};
use crate::hlo;
use crate::ir::params::DotGeneral;
use crate::ir::parse::Written;
use crate::ir::{Aval, Batched, Operand, Rules, Tangent, Tensor, bind1, rules::not_linear};
use crate::lax;
use cotangent_kernels::{Dot, Loop, is_faster};
use std::ops::Range;

/// What becomes of the axes of one operand.
struct Side<'a> {
    batch: &'a [usize],
    contract: &'a [usize],
    free: Vec<usize>,
    /// The axes of the result that the free ones become.
    out: Range<usize>,
}

impl DotGeneral {
    /// The sides of operands of these ranks.
    fn sides(&self, x_rank: usize, y_rank: usize) -> [Side<'_>; 2] {
        let side = |batch, contract, rank, start| {
            let is_free =
                |d: &usize| !<[usize]>::contains(batch, d) && !<[usize]>::contains(contract, d);
            let free: Vec<usize> = (0..rank).filter(is_free).collect();
            let out = start..start + free.len();
            Side { batch, contract, free, out }
        };
        let left = side(&self.batch.0, &self.contract.0, x_rank, self.batch.0.len());
        let right = side(&self.batch.1, &self.contract.1, y_rank, left.out.end);
        [left, right]
    }
}

/// Axes that go together in all three arrays as one; the largest of what is left, and the rest.
fn largest(axes: impl IntoIterator<Item = Loop>) -> (Loop, Vec<Loop>) {
    let mut merged: Vec<Loop> = Vec::new();
    for axis in axes {
        match merged.last_mut() {
            Some(last) if (0..3).all(|i| last.strides[i] == axis.strides[i] * axis.size) => {
                *last = Loop { size: last.size * axis.size, ..axis };
            }
            _ => merged.push(axis),
        }
    }
    let largest = (0..merged.len()).max_by_key(|&i| merged[i].size);
    let one = Loop { size: 1, strides: [0; 3] };
    (largest.map_or(one, |i| merged.remove(i)), merged)
}

impl DotGeneral {
    /// The product as a function of `cotangent_kernels`, if that is worth it; of operands whose axes
    /// have these strides.
    fn kernel(
        [x, y]: [&hlo::Value; 2],
        [xs, ys]: [&[usize]; 2],
        [left, right]: &[Side<'_>; 2],
        out: &Shape,
    ) -> Option<Dot> {
        let dtype = x.dtype;
        if dtype.is_half() || !(dtype.is_float() || dtype.is_complex()) {
            return None;
        }
        let zs = strides(out);
        let batch = (left.batch.iter().zip(right.batch).zip(&zs))
            .map(|((&i, &j), &z)| Loop { size: x.shape[i], strides: [xs[i], ys[j], z] });
        let i = left.free.iter().zip(left.out.clone());
        let i = i.map(|(&i, z)| Loop { size: x.shape[i], strides: [xs[i], 0, zs[z]] });
        let j = right.free.iter().zip(right.out.clone());
        let j = j.map(|(&j, z)| Loop { size: y.shape[j], strides: [0, ys[j], zs[z]] });
        let k = left.contract.iter().zip(right.contract);
        let k = k.map(|(&i, &j)| Loop { size: x.shape[i], strides: [xs[i], ys[j], 0] });
        let (batch, (i, more_i), (j, more_j), (k, more_k)) =
            (batch.collect::<Vec<_>>(), largest(i), largest(j), largest(k));
        let outer = [batch, more_i, more_j, more_k].concat();
        let inner = [i, k, j];
        let sizes = inner.iter().chain(&outer).map(|axis| axis.size);
        let work = sizes.fold(1, usize::saturating_mul);
        if work == 0 || !is_faster(inner.map(|axis| axis.size), work, dtype.bytes()) {
            return None;
        }
        Some(Dot { inner, outer })
    }
}

/// The cotangent of the operand on the side `mine`: the product of `ct` and the other operand,
/// summed over the free axes of that one.
fn cotangent(ct: &Tensor, mine: &Side<'_>, theirs: &Side<'_>, other: &Tensor) -> Tensor {
    let batch: Vec<usize> = (0..mine.batch.len()).collect();
    let summed: Vec<usize> = theirs.out.clone().collect();
    // The contracted axes, in the order in which the other operand leaves them in the product.
    let mut pairs: Vec<_> = theirs.contract.iter().zip(mine.contract).collect();
    pairs.sort_unstable();
    let contracted: Vec<usize> = pairs.into_iter().map(|(_, &axis)| axis).collect();
    // Of the two orders of the factors, prefer the one that leaves all axes in place.
    let mut axes = [mine.batch, &contracted, &mine.free].concat();
    let product = if axes.is_sorted() {
        lax::dot_general(other, ct, (&theirs.free, &summed), (theirs.batch, &batch))
    } else {
        axes = [mine.batch, &mine.free, &contracted].concat();
        lax::dot_general(ct, other, (&summed, &theirs.free), (&batch, theirs.batch))
    };
    let mut perm = vec![0; axes.len()];
    axes.iter().enumerate().for_each(|(i, &axis)| perm[axis] = i);
    lax::transpose(&product, &perm)
}

impl Rules for DotGeneral {
    fn name(&self) -> &'static str {
        "dot_general"
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        let (contract, batch) = (&self.contract, &self.batch);
        let numbers =
            format!("(({:?}, {:?}), ({:?}, {:?}))", contract.0, contract.1, batch.0, batch.1);
        vec![("dimension_numbers", numbers)]
    }

    fn read(w: &Written) -> Result<Option<Self>> {
        w.named("dot_general", || {
            let [contract, batch] = w.pairs("dimension_numbers")?;
            Ok(DotGeneral { contract, batch })
        })
    }

    fn abstract_eval(&self, ins: &[Aval]) -> Result<Vec<Aval>> {
        let [x, y] = ins else { return Err(Error::internal("dot_general needs two operands")) };
        let dtype = derive::same_dtype(self.name(), ins)?;
        if dtype == DType::Bool {
            return Err(Error::dtype(self.name(), &[dtype], "it takes numbers; use `convert`"));
        }
        derive::check_axes(self.name(), self.batch.0.iter().chain(&self.contract.0), x.rank())?;
        derive::check_axes(self.name(), self.batch.1.iter().chain(&self.contract.1), y.rank())?;
        for (left, right) in [&self.batch, &self.contract] {
            let sizes =
                |x: &Aval, axes: &[usize]| axes.iter().map(|&d| x.shape[d]).collect::<Shape>();
            if sizes(x, left) != sizes(y, right) {
                let why = format!(
                    "axes {left:?} of the first must have the sizes of axes {right:?} of the second"
                );
                return Err(Error::shape(self.name(), &[&x.shape, &y.shape], why));
            }
        }
        let [left, right] = self.sides(x.rank(), y.rank());
        let x_axes = left.batch.iter().chain(&left.free).map(|&d| x.shape[d]);
        let y_axes = right.free.iter().map(|&d| y.shape[d]);
        Ok(vec![Aval::new(x_axes.chain(y_axes).collect::<Shape>(), dtype)])
    }

    fn jvp(&self, primals: &[Tensor], tangents: &[Tangent]) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
        let ([x, y], [tx, ty]) = (primals, tangents) else {
            return Err(Error::internal("dot_general needs two operands"));
        };
        let dot = |x: &Tensor, y: &Tensor| bind1(self.clone(), &[x, y]);
        let through_x = tx.as_ref().map(|t| dot(t, y));
        let through_y = ty.as_ref().map(|t| dot(x, t));
        Ok((vec![dot(x, y)], vec![derive::add_tangents(through_x, through_y)]))
    }

    fn transpose(&self, cts: &[Tangent], ins: &[Operand]) -> Result<Vec<Tangent>> {
        let ([Some(ct)], [x, y]) = (cts, ins) else { return Err(not_linear(self)) };
        let [left, right] = self.sides(x.aval().rank(), y.aval().rank());
        match (x, y) {
            (Operand::Linear(_), Operand::Known(y)) => {
                Ok(vec![Some(cotangent(ct, &left, &right, y)), None])
            }
            (Operand::Known(x), Operand::Linear(_)) => {
                Ok(vec![None, Some(cotangent(ct, &right, &left, x))])
            }
            _ => Err(not_linear(self)),
        }
    }

    fn batch(&self, args: &[Batched], _: usize) -> Result<Vec<Batched>> {
        let [x, y] = args else { return Err(Error::internal("dot_general needs two operands")) };
        let shift = |axes: &Vec<usize>, dim: Option<usize>| {
            dim.map_or_else(|| axes.clone(), |d| derive::shift(axes, d))
        };
        let mut dot = DotGeneral {
            contract: (shift(&self.contract.0, x.dim), shift(&self.contract.1, y.dim)),
            batch: (shift(&self.batch.0, x.dim), shift(&self.batch.1, y.dim)),
        };
        if let (Some(i), Some(j)) = (x.dim, y.dim) {
            dot.batch.0.insert(0, i);
            dot.batch.1.insert(0, j);
        }
        let [left, right] = dot.sides(x.value.rank(), y.value.rank());
        let place = |side: &Side<'_>, dim: Option<usize>| {
            side.free.iter().position(|&d| Some(d) == dim).map(|i| side.out.start + i)
        };
        // If it is free on neither side, it is the first batch axis.
        let dim = place(&left, x.dim).or(place(&right, y.dim)).unwrap_or(0);
        Ok(vec![Batched::new(bind1(dot, &[&x.value, &y.value]), dim)])
    }

    fn lower(
        &self,
        hlo: &mut hlo::Module,
        ins: &[hlo::Value],
        outs: &[Aval],
    ) -> Result<Vec<hlo::Value>> {
        let ([x, y], out) = (ins, derive::first(outs)?) else {
            return Err(Error::internal("dot_general needs two operands"));
        };
        let sides = self.sides(x.shape.rank(), y.shape.rank());
        let [(x_base, xs), (y_base, ys)] = [x, y].map(|x| {
            let (base, axes) = hlo.untransposed(x);
            let strides = strides(&base.shape);
            (base, axes.iter().map(|&d| strides[d]).collect::<Vec<_>>())
        });
        if hlo.kernels
            && let Some(dot) = DotGeneral::kernel([x, y], [&xs, &ys], &sides, &out.shape)
        {
            let out = [(out.dtype, out.shape.clone())];
            return Ok(hlo.kernel(cotangent_kernels::DOT, &[&x_base, &y_base], &out, &dot));
        }
        // XLA melts what makes a vector into its product with a matrix and computes it for every row
        // of the matrix anew, so it is stored first.
        let size = |value: &hlo::Value, side: &Side<'_>| -> usize {
            side.free.iter().map(|&d| value.shape[d]).product()
        };
        let [left, right] = sides;
        let (rows, columns) = (size(x, &left), size(y, &right));
        let x = if rows == 1 && columns > 1 { &hlo.apart(x) } else { x };
        let y = if columns == 1 && rows > 1 { &hlo.apart(y) } else { y };
        // Without a precision, GPUs round the factors of f32 to the ten bits of TF32.
        let attrs = format!(
            ", lhs_batch_dims={}, rhs_batch_dims={}, lhs_contracting_dims={}, \
             rhs_contracting_dims={}, operand_precision={{highest,highest}}",
            hlo::braces(&self.batch.0),
            hlo::braces(&self.batch.1),
            hlo::braces(&self.contract.0),
            hlo::braces(&self.contract.1)
        );
        Ok(vec![hlo.op("dot", &[x, y], out.dtype, &out.shape, &attrs)])
    }
}
