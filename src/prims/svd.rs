//! The singular value decomposition `A = U diag(s) Vᴴ`: orthonormal columns of `U` and of `V`, and `s`
//! decreasing and not negative. The results are `U`, `s` and `Vᴴ`, or `s` alone.
//!
//! - jvp: with `M = Uᴴ Ȧ V`: `ṡ = diag(M)`, `U̇ = U (F ∘ (M diag(s) + diag(s) Mᴴ)) + (1 − U Uᴴ) Ȧ V
//!   diag(1/s)`, where the last term is there for a tall `A`, and `V̇` likewise with `Ȧᴴ`; the phases
//!   of complex pairs turn with `U`, by the imaginary part of `diag(M)/s`;
//!   `F_ij = 1/((s_j − s_i)(s_j + s_i))`. Singular values that are equal up to rounding count as equal,
//!   and their `F_ij` as 0, as do the `1/s` of zeros: the basis of a space that belongs to one value
//!   is arbitrary, and does not turn within it. Of all `m` columns of `U` for `n < m` there is no
//!   derivative, since the last ones are arbitrary;
//! - transpose: not linear;
//! - batching: a batch axis in front;
//! - HLO: a function of `cotangent_kernels` on the CPU. Elsewhere, and for many small matrices, a
//!   tall matrix is replaced by its triangular factor. The rows, made orthogonal, are `diag(s) Vᵀ`;
//!   `V` and `U` are the orthogonal factors of `V diag(s)` and of `A V`, so they are orthonormal also
//!   where `s` is 0.

use super::{derive, jacobi, linalg};
use crate::base::{DType, Result};
use crate::hlo;
use crate::ir::params::{Qr, Svd};
use crate::ir::parse::Written;
use crate::ir::{Aval, Batched, Operand, Rules, Tangent, Tensor, bind, rules::not_linear};
use crate::lax;

impl Rules for Svd {
    fn name(&self) -> &'static str {
        "svd"
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        vec![
            ("compute_uv", derive::flag(self.compute_uv)),
            ("full_matrices", derive::flag(self.full_matrices)),
        ]
    }

    fn read(w: &Written) -> Result<Option<Self>> {
        w.named("svd", || {
            let full_matrices = w.flag("full_matrices")?;
            Ok(Svd { full_matrices, compute_uv: w.flag("compute_uv")? })
        })
    }

    fn n_outs(&self) -> usize {
        if self.compute_uv { 3 } else { 1 }
    }

    fn abstract_eval(&self, ins: &[Aval]) -> Result<Vec<Aval>> {
        let x = derive::arity(self.name(), ins, 1)?;
        let (m, n) = linalg::matrix(self.name(), x)?;
        let k = m.min(n);
        let s = Aval::new(linalg::with_last(&x.shape, 2, &[k]), x.dtype.real());
        if !self.compute_uv {
            return Ok(vec![s]);
        }
        let (rows, columns) = if self.full_matrices { (m, n) } else { (k, k) };
        let part = |m, n| x.with_shape(linalg::with_last(&x.shape, 2, &[m, n]));
        Ok(vec![part(m, rows), s, part(columns, n)])
    }

    fn jvp(&self, primals: &[Tensor], tangents: &[Tangent]) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
        let ([x], [t]) = (primals, tangents) else { return Err(not_linear(self)) };
        let r = x.rank();
        let (m, n) = (x.shape()[r - 2], x.shape()[r - 1]);
        if self.full_matrices && self.compute_uv && m != n {
            return Err(linalg::all_columns(self.name(), "the orthogonal factors"));
        }
        let all = bind(Svd { full_matrices: false, compute_uv: true }, &[x]);
        let [u, s, vt] = &all[..] else { return Err(not_linear(self)) };
        let primals = if self.compute_uv { all.clone() } else { vec![s.clone()] };
        let Some(t) = t else { return Ok((primals.clone(), vec![None; primals.len()])) };
        let (ut, v) = (lax::adjoint(u), lax::adjoint(vt));
        let along = lax::matmul(t, &v);
        let inner = lax::matmul(&ut, &along);
        let s_dot = lax::real_part(&linalg::diagonal(&inner));
        if !self.compute_uv {
            return Ok((primals, vec![Some(s_dot)]));
        }
        // `F` is antisymmetric, and so are `F ∘ symmetric`.
        let typed = |x: &Tensor| lax::convert_element_type(x, t.dtype());
        let f = typed(&linalg::inverse_gaps(s, true));
        let (rows, columns) =
            (typed(&linalg::as_rows(s, inner.aval())), typed(&linalg::as_columns(s, inner.aval())));
        let symmetric = |x: Tensor| &x + lax::adjoint(&x);
        let mut u_dot = lax::matmul(u, &(&f * symmetric(&inner * &rows)));
        let mut v_dot = lax::matmul(&v, &(&f * symmetric(columns * &inner)));
        let zero = lax::number(s, 0.0);
        let is_zero = lax::eq(s, &zero);
        let inverse =
            lax::select(&is_zero, &zero, &(1.0 / lax::select(&is_zero, &lax::number(s, 1.0), s)));
        if t.dtype().is_complex() {
            let phase = (&inner - lax::adjoint(&inner)) * 0.5;
            let own = lax::delta(DType::Bool, phase.shape(), r - 2, r - 1);
            let phase = lax::select(&own, &phase, &lax::number(&phase, 0.0));
            u_dot += lax::matmul(u, &(phase * typed(&linalg::as_rows(&inverse, inner.aval()))));
        }
        if m > n {
            let rest = &along - lax::matmul(u, &inner);
            u_dot += &rest * typed(&linalg::as_rows(&inverse, rest.aval()));
        }
        if n > m {
            let back = lax::matmul(&lax::adjoint(t), u);
            let rest = &back - lax::matmul(&v, &lax::matmul(vt, &back));
            v_dot += &rest * typed(&linalg::as_rows(&inverse, rest.aval()));
        }
        let tangents = vec![Some(u_dot), Some(s_dot), Some(lax::adjoint(&v_dot))];
        Ok((primals, tangents))
    }

    fn transpose(&self, _: &[Tangent], _: &[Operand]) -> Result<Vec<Tangent>> {
        Err(not_linear(self))
    }

    fn batch(&self, args: &[Batched], size: usize) -> Result<Vec<Batched>> {
        Ok(linalg::batch_in_front(*self, args, size))
    }

    fn lower(
        &self,
        hlo: &mut hlo::Module,
        ins: &[hlo::Value],
        outs: &[Aval],
    ) -> Result<Vec<hlo::Value>> {
        let [x] = ins else { return Err(not_linear(self)) };
        let r = x.shape.rank();
        let (m, n) = (x.shape[r - 2], x.shape[r - 1]);
        if x.shape.size() == 0 {
            return derive::write(hlo, ins, |_| Ok(outs.iter().map(unit).collect()));
        }
        if linalg::has_kernel(hlo, x) {
            return Ok(linalg::kernel(hlo, cotangent_kernels::SVD, &[x], outs, &""));
        }
        if x.dtype.is_complex() {
            return Err(linalg::without_kernel(self.name()));
        }
        let tall = m >= n;
        let upright = move |x: &Tensor| if tall { x.clone() } else { lax::matrix_transpose(x) };
        let start = derive::write(hlo, ins, |ins| {
            let x = upright(&ins[0]);
            let size = linalg::largest(&x);
            let scaled = &x / &size;
            let rows = if m == n {
                scaled.clone()
            } else {
                bind(Qr { full_matrices: false }, &[&scaled]).swap_remove(1)
            };
            Ok(vec![scaled, size, rows])
        })?;
        let rows = jacobi::orthogonal_rows(hlo, &start[2])?;
        let [scaled, size, _] = &start[..] else { return Err(not_linear(self)) };
        derive::write(hlo, &[scaled.clone(), size.clone(), rows], |ins| {
            let [x, size, rows] = ins else { return Err(not_linear(self)) };
            let s = lax::sqrt(&lax::reduce_sum(&lax::square(rows), &[r - 1]));
            let order = linalg::increasing(&-&s);
            let sorted = lax::take_rows(&lax::expand_dims(&s, &[r - 1]), &order);
            let back = linalg::block(size, &[(r - 2, 0, 1), (r - 1, 0, 1)]);
            let s = lax::squeeze(&(&sorted * linalg::fit(&back, sorted.shape())), &[r - 1]);
            if !self.compute_uv {
                return Ok(vec![s]);
            }
            let rows = lax::take_rows(rows, &order);
            let v = orthonormal(&lax::matrix_transpose(&rows), false);
            let u = orthonormal(&lax::matmul(x, &v), self.full_matrices);
            let (u, v) = if tall { (u, v) } else { (v, u) };
            Ok(vec![u, s, lax::matrix_transpose(&v)])
        })
    }
}

/// Ones on the diagonal: the orthogonal factors of matrices without elements.
fn unit(like: &Aval) -> Tensor {
    match like.rank() {
        r @ 2.. => lax::delta(like.dtype, &like.shape, r - 2, r - 1),
        _ => lax::zeros_like(like),
    }
}

/// Orthonormal columns in the directions of columns that are orthogonal already, up to small and
/// vanishing ones; all that there are, if wanted.
fn orthonormal(x: &Tensor, full_matrices: bool) -> Tensor {
    let outs = bind(Qr { full_matrices }, &[x]);
    let (q, r) = (&outs[0], &outs[1]);
    let axis = q.rank() - 1;
    let k = x.shape()[axis];
    let corner = linalg::block(r, &[(axis - 1, 0, k)]);
    let signs = linalg::diagonal(&corner);
    let negative = lax::lt(&signs, &lax::number(&signs, 0.0));
    let more = q.shape()[axis] - k;
    let negative = if more == 0 {
        negative
    } else {
        let shape = linalg::with_last(negative.shape(), 1, &[more]);
        let none = lax::broadcast_in_dim(&Tensor::scalar(false), shape, &[]);
        lax::concatenate(&[&negative, &none], axis - 1)
    };
    lax::select(&linalg::as_rows(&negative, q.aval()), &-q, q)
}
