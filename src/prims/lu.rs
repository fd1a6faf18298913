//! The LU decomposition with partial pivoting: `A[p] = L U`, where `p` is a permutation of the rows,
//! `L` has ones on its diagonal and elements of absolute value at most 1 below it, and `U` is upper
//! triangular; both stand in one matrix. The results are that matrix, the pivots (row `i` was
//! exchanged with row `pivots[i]`, one after the other) and `p`.
//!
//! - jvp: with `M = L⁻¹ Ȧ[p] U⁻¹`, `L̇ = L tril(M, −1)` and `U̇ = triu(M) U`; the pivots are constant. A
//!   factor that is not square is made so by ones on its diagonal;
//! - transpose: not linear;
//! - batching: a batch axis in front;
//! - HLO: a function of `cotangent_kernels` on the CPU. Elsewhere, and for many small matrices, panels
//!   of [`PANEL`] columns are done here, column by column, and the matrices to the right of a panel by
//!   products. A column without a pivot stays as it is.

use super::{derive, linalg};
use crate::base::{DType, Result};
use crate::hlo;
use crate::ir::params::{Lu, TriangularSolve};
use crate::ir::parse::Written;
use crate::ir::{Aval, Batched, Operand, Rules, Tangent, Tensor, bind, rules::not_linear};
use crate::lax;

/// Columns that are done one by one, before a matrix product.
const PANEL: usize = 32;

/// The system of `L`.
const UNIT_LOWER: TriangularSolve =
    TriangularSolve { left_side: true, lower: true, transpose_a: false, unit_diagonal: true };

impl Rules for Lu {
    fn name(&self) -> &'static str {
        "lu"
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        vec![]
    }

    fn read(w: &Written) -> Result<Option<Self>> {
        w.named("lu", || Ok(Lu))
    }

    fn n_outs(&self) -> usize {
        3
    }

    fn abstract_eval(&self, ins: &[Aval]) -> Result<Vec<Aval>> {
        let x = derive::arity(self.name(), ins, 1)?;
        let (m, n) = linalg::matrix(self.name(), x)?;
        let index = |size| Aval::new(linalg::with_last(&x.shape, 2, &[size]), DType::I32);
        Ok(vec![x.with_shape(&x.shape), index(m.min(n)), index(m)])
    }

    fn jvp(&self, primals: &[Tensor], tangents: &[Tangent]) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
        let ([x], [t]) = (primals, tangents) else { return Err(not_linear(self)) };
        let outs = bind(Lu, &[x]);
        let tangent = t.as_ref().map(|t| {
            let (l, u) = square_factors(&outs[0]);
            let t = lax::take_rows(t, &outs[2]);
            let upper = TriangularSolve::default();
            let m = lax::triangular_solve(&l, &t, UNIT_LOWER);
            let m = lax::triangular_solve(&u, &m, upper);
            let l_dot = lax::matmul(&l, &lax::triangle(&m, true, -1));
            l_dot + lax::matmul(&lax::triangle(&m, false, 0), &u)
        });
        Ok((outs, vec![tangent, None, None]))
    }

    fn transpose(&self, _: &[Tangent], _: &[Operand]) -> Result<Vec<Tangent>> {
        Err(not_linear(self))
    }

    fn batch(&self, args: &[Batched], size: usize) -> Result<Vec<Batched>> {
        Ok(linalg::batch_in_front(Lu, args, size))
    }

    fn lower(
        &self,
        hlo: &mut hlo::Module,
        ins: &[hlo::Value],
        outs: &[Aval],
    ) -> Result<Vec<hlo::Value>> {
        if derive::first(outs)?.size() == 0 {
            return derive::write(hlo, ins, |_| {
                let [lu, pivots, p] = outs else { return Err(not_linear(self)) };
                let last = p.rank() - 1;
                let p = lax::iota(DType::I32, &p.shape, last);
                Ok(vec![lax::zeros_like(lu), lax::zeros_like(pivots), p])
            });
        }
        if linalg::has_kernel(hlo, &ins[0]) {
            return Ok(linalg::kernel(hlo, cotangent_kernels::LU, &[&ins[0]], outs, &""));
        }
        derive::write(hlo, ins, |ins| factor(&ins[0]))
    }
}

/// `L` and `U` as square matrices, with ones where the decomposition has no diagonal.
fn square_factors(lu: &Tensor) -> (Tensor, Tensor) {
    let r = lu.rank();
    let (m, n) = (lu.shape()[r - 2], lu.shape()[r - 1]);
    let k = m.min(n);
    let l = linalg::pad_identity(&linalg::block(lu, &[(r - 1, 0, k)]), m, m);
    let u = linalg::pad_identity(&linalg::block(lu, &[(r - 2, 0, k)]), n, n);
    let diagonal = lax::delta(DType::Bool, l.shape(), r - 2, r - 1);
    let l = lax::select(&diagonal, &lax::number(&l, 1.0), &lax::triangle(&l, true, -1));
    (l, lax::triangle(&u, false, 0))
}

/// The matrix of both factors, the pivots and the permutation.
fn factor(x: &Tensor) -> Result<Vec<Tensor>> {
    let r = x.rank();
    let (m, n) = (x.shape()[r - 2], x.shape()[r - 1]);
    let k = m.min(n);
    let b = PANEL.min(k);
    let count = k.div_ceil(b);
    // Zeros are never chosen as pivots before others.
    let (rows, columns) = (m.max(count * b), n.max(count * b));
    let a = linalg::pad_zeros(x, rows, columns);
    let p = lax::iota(DType::I32, linalg::with_last(x.shape(), 2, &[rows]), r - 2);
    let ks = lax::iota(DType::I32, [count], 0);
    let (outs, ()) = lax::scan_with((count, false), &[a, p], &[ks], |carries, k| {
        let (a, p, start) = (&carries[0], &carries[1], &k[0] * b as i32);
        let (panel, moved, pivots) = panel(&linalg::columns(a, &start, b), &start)?;
        let p = lax::take_rows(&lax::expand_dims(p, &[r - 1]), &moved);
        let a = lax::take_rows(a, &moved);
        let a = linalg::update(&a, &panel, &[(r - 1, &start)]);
        let a = if columns > b { eliminate(&a, &panel, &start) } else { a };
        Ok((vec![a, lax::squeeze(&p, &[r - 1]), pivots], ()))
    })?;
    let [a, p, pivots] = &outs[..] else { return Err(linalg::other_results()) };
    // `[panels, columns, ...]` to `[..., k]`.
    let flat = [&[count * b], &pivots.shape()[2..]].concat();
    let pivots = lax::move_axis(&lax::reshape(pivots, flat), 0, r - 2);
    Ok(vec![
        linalg::block(a, &[(r - 2, 0, m), (r - 1, 0, n)]),
        linalg::block(&pivots, &[(r - 2, 0, k)]),
        linalg::block(p, &[(r - 2, 0, m)]),
    ])
}

/// To the right of a panel, the rows of `U`, and below them the matrix that is left.
fn eliminate(a: &Tensor, panel: &Tensor, start: &Tensor) -> Tensor {
    let r = a.rank();
    let b = panel.shape()[r - 1];
    let end = start + b as i32;
    let right = linalg::rows(a, start, b);
    let u = lax::triangular_solve(&linalg::rows(panel, start, b), &right, UNIT_LOWER);
    let column = lax::iota(DType::I32, u.shape(), r - 1);
    let later = lax::ge(&column, &linalg::spread(&end, u.shape()));
    let row = lax::iota(DType::I32, panel.shape(), r - 2);
    let below = lax::ge(&row, &linalg::spread(&end, panel.shape()));
    let zero = lax::number(a, 0.0);
    let product = lax::matmul(&lax::select(&below, panel, &zero), &lax::select(&later, &u, &zero));
    linalg::update(a, &lax::select(&later, &u, &right), &[(r - 2, start)]) - product
}

/// The absolute value, or that of the parts added, as LAPACK compares complex numbers.
fn size(x: &Tensor) -> Tensor {
    if x.dtype().is_complex() {
        lax::abs(&lax::real(x)) + lax::abs(&lax::imag(x))
    } else {
        lax::abs(x)
    }
}

/// Columns of the decomposition, one after the other, whose pivots begin in row `start`; also the
/// permutation of the rows, and the pivots with the columns in front.
fn panel(p: &Tensor, start: &Tensor) -> Result<(Tensor, Tensor, Tensor)> {
    let r = p.rank();
    let b = p.shape()[r - 1];
    let zero = lax::number(p, 0.0);
    let order = lax::iota(DType::I32, linalg::with_last(p.shape(), 1, &[]), r - 2);
    let js = lax::iota(DType::I32, [b], 0);
    let (outs, ()) = lax::scan_with((b, false), &[p.clone(), order], &[js], |carries, j| {
        let (p, order, j) = (&carries[0], &carries[1], &j[0]);
        let i = start + j;
        let column = linalg::columns(p, j, 1);
        let row = lax::iota(DType::I32, column.shape(), r - 2);
        let below = lax::ge(&row, &linalg::spread(&i, column.shape()));
        let sizes = size(&column);
        let sizes = lax::select(&below, &sizes, &lax::number(&sizes, -1.0));
        let pivot = lax::argmax(&lax::squeeze(&sizes, &[r - 1]), r - 2, DType::I32);

        let (p, pivot_row) = exchange(p, &i, &pivot, r - 2);
        let (order, _) = exchange(order, &i, &pivot, r - 2);
        // A column of zeros is not divided.
        let value = linalg::columns(&pivot_row, j, 1);
        let value = lax::select(&lax::eq(&value, &zero), &lax::number(&p, 1.0), &value);
        let below = lax::gt(&row, &linalg::spread(&i, column.shape()));
        let factors = linalg::columns(&p, j, 1) / value;
        let factors = linalg::fit(&lax::select(&below, &factors, &zero), p.shape());
        let (row, column) =
            (lax::iota(DType::I32, p.shape(), r - 2), lax::iota(DType::I32, p.shape(), r - 1));
        let (i, j) = (linalg::spread(&i, p.shape()), linalg::spread(j, p.shape()));
        let below = lax::gt(&row, &i);
        let less = &p - &factors * linalg::fit(&pivot_row, p.shape());
        let rest = lax::select(&lax::and(&below, &lax::gt(&column, &j)), &less, &p);
        let p = lax::select(&lax::and(&below, &lax::eq(&column, &j)), &factors, &rest);
        Ok((vec![p, order, pivot], ()))
    })?;
    match <[Tensor; 3]>::try_from(outs) {
        Ok([p, order, pivots]) => Ok((p, order, pivots)),
        Err(_) => Err(linalg::other_results()),
    }
}

/// Exchanges elements `i` and `pivot` along an axis; also the element that comes to `i`, as an axis
/// of size one. The pivot is another one for each of the matrices.
fn exchange(x: &Tensor, i: &Tensor, pivot: &Tensor, axis: usize) -> (Tensor, Tensor) {
    let batch: Vec<usize> = (0..pivot.rank()).collect();
    let place = lax::iota(DType::I32, x.shape(), axis);
    let is_pivot = lax::eq(&place, &lax::broadcast_in_dim(pivot, x.shape(), &batch));
    let is_here = lax::eq(&place, &linalg::spread(i, x.shape()));
    let chosen = lax::reduce_sum(&lax::select(&is_pivot, x, &lax::number(x, 0.0)), &[axis]);
    let chosen = lax::expand_dims(&chosen, &[axis]);
    let here = linalg::fit(&linalg::window(x, axis, i, 1), x.shape());
    let moved = lax::select(&is_pivot, &here, x);
    (lax::select(&is_here, &linalg::fit(&chosen, x.shape()), &moved), chosen)
}
