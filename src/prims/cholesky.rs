//! The Cholesky factor `L` of the Hermitian part `S = (X + Xᴴ)/2`: lower triangular, `L Lᴴ = S`.
//!
//! - jvp: `Ṡ = L̇Lᴴ + LL̇ᴴ` gives `L̇ = L Φ(L⁻¹ Ṡ L⁻ᴴ)`, where `Φ` takes the lower triangle and half of
//!   the diagonal;
//! - transpose: not linear;
//! - batching: a batch axis in front;
//! - HLO: a function of `cotangent_kernels` on the CPU. Elsewhere, and for many small matrices, panels
//!   of [`PANEL`] columns are done here, and most of the work is the matrix product by which a panel
//!   is freed of the columns before it. The root of a pivot that is not positive is NaN, which reaches
//!   every later pivot; the last one tells whether there was one.

use super::{derive, linalg};
use crate::base::{DType, Result};
use crate::hlo;
use crate::ir::params::{Cholesky, TriangularSolve};
use crate::ir::parse::Written;
use crate::ir::{Aval, Batched, Operand, Rules, Tangent, Tensor, bind1, rules::not_linear};
use crate::lax;

/// Columns that are done one by one, before a matrix product.
const PANEL: usize = 32;

impl Rules for Cholesky {
    fn name(&self) -> &'static str {
        "cholesky"
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        vec![]
    }

    fn read(w: &Written) -> Result<Option<Self>> {
        w.named("cholesky", || Ok(Cholesky))
    }

    fn abstract_eval(&self, ins: &[Aval]) -> Result<Vec<Aval>> {
        let x = derive::arity(self.name(), ins, 1)?;
        linalg::square(self.name(), x)?;
        Ok(vec![x.with_shape(&x.shape)])
    }

    fn jvp(&self, primals: &[Tensor], tangents: &[Tangent]) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
        let [x] = primals else { return Err(not_linear(self)) };
        let l = bind1(Cholesky, &[x]);
        let tangent = tangents.iter().flatten().next().map(|t| {
            let left = TriangularSolve { left_side: true, lower: true, ..Default::default() };
            let right = TriangularSolve { left_side: false, transpose_a: true, ..left };
            let inner = lax::triangular_solve(&l, t, left);
            let inner = lax::triangular_solve(&lax::conjugate(&l), &inner, right);
            let sum = &inner + lax::adjoint(&inner);
            // Half of the sum, and on the diagonal half of that.
            let r = sum.rank();
            let diagonal = lax::delta(DType::Bool, sum.shape(), r - 2, r - 1);
            let phi = lax::select(&diagonal, &(&sum * 0.25), &(&sum * 0.5));
            lax::matmul(&l, &lax::triangle(&phi, true, 0))
        });
        Ok((vec![l], vec![tangent]))
    }

    fn transpose(&self, _: &[Tangent], _: &[Operand]) -> Result<Vec<Tangent>> {
        Err(not_linear(self))
    }

    fn batch(&self, args: &[Batched], size: usize) -> Result<Vec<Batched>> {
        Ok(linalg::batch_in_front(Cholesky, args, size))
    }

    fn lower(
        &self,
        hlo: &mut hlo::Module,
        ins: &[hlo::Value],
        outs: &[Aval],
    ) -> Result<Vec<hlo::Value>> {
        if derive::first(outs)?.size() == 0 {
            return Ok(ins.to_vec());
        }
        let s = derive::write(hlo, ins, |ins| Ok(vec![linalg::hermitian_part(&ins[0])]))?;
        if linalg::has_kernel(hlo, &s[0]) {
            return Ok(linalg::kernel(hlo, cotangent_kernels::CHOLESKY, &[&s[0]], outs, &""));
        }
        derive::write(hlo, &s, |s| Ok(vec![factor(&s[0])?]))
    }
}

/// The factor of a Hermitian matrix.
fn factor(s: &Tensor) -> Result<Tensor> {
    let r = s.rank();
    let n = s.shape()[r - 1];
    let l = if n <= PANEL { column_by_column(s)? } else { panels(s)? };
    let pivot = linalg::block(&l, &[(r - 2, n - 1, 1), (r - 1, n - 1, 1)]);
    let failed = lax::ne(&pivot, &pivot);
    let failed = linalg::over_matrices(&lax::squeeze(&failed, &[r - 2, r - 1]), l.aval());
    Ok(lax::triangle(&lax::select(&failed, &lax::number(s, f64::NAN), &l), true, 0))
}

/// The factor in panels. With `P = S[:, p] − L Lᴴ[:, p]`, the columns freed of those before them, the
/// block of `P` on the diagonal is factored column by column, and the rows below solve with it:
/// `L[:, p] = P L[p, p]⁻ᴴ`. Columns that are not done are 0.
fn panels(s: &Tensor) -> Result<Tensor> {
    let r = s.rank();
    let n = s.shape()[r - 1];
    let count = n.div_ceil(PANEL);
    let padded = linalg::pad_identity(s, count * PANEL, count * PANEL);
    let zeros = lax::zeros_like(padded.aval());
    let ks = lax::iota(DType::I32, [count], 0);
    let (outs, ()) = lax::scan_with((count, false), &[zeros], &[ks], |carries, k| {
        let (l, start) = (&carries[0], &k[0] * PANEL as i32);
        let rows = linalg::rows(l, &start, PANEL);
        let done = lax::matmul(l, &lax::adjoint(&rows));
        let p = linalg::columns(&padded, &start, PANEL) - done;
        let corner = column_by_column(&linalg::rows(&p, &start, PANEL))?;
        let right = TriangularSolve { lower: true, transpose_a: true, ..Default::default() };
        let p = lax::triangular_solve(&lax::conjugate(&corner), &p, right);
        let row = lax::iota(DType::I32, p.shape(), r - 2);
        let below = lax::ge(&row, &linalg::spread(&start, p.shape()));
        let p = lax::select(&below, &p, &lax::number(&p, 0.0));
        Ok((vec![linalg::update(l, &p, &[(r - 1, &start)])], ()))
    })?;
    Ok(linalg::block(&outs[0], &[(r - 2, 0, n), (r - 1, 0, n)]))
}

/// The factor in the lower triangle, one column after the other: each is divided by the root of its
/// pivot, and its products with the rest of the row of the pivot are taken from later columns.
fn column_by_column(s: &Tensor) -> Result<Tensor> {
    let r = s.rank();
    let n = s.shape()[r - 1];
    let js = lax::iota(DType::I32, [n], 0);
    let (outs, ()) = lax::scan_with((n, false), std::slice::from_ref(s), &[js], |carries, j| {
        let (l, j) = (&carries[0], &j[0]);
        let column = linalg::columns(l, j, 1);
        let pivot = lax::real_part(&linalg::rows(&column, j, 1));
        // The root of zero would not be NaN.
        let (zero, minus) = (lax::number(&pivot, 0.0), lax::number(&pivot, -1.0));
        let root = lax::sqrt(&lax::select(&lax::eq(&pivot, &zero), &minus, &pivot));
        let column = column / lax::convert_element_type(&root, l.dtype());
        let place = lax::iota(DType::I32, l.shape(), r - 1);
        let j = linalg::spread(j, l.shape());
        let (here, later) = (lax::eq(&place, &j), lax::gt(&place, &j));
        let row = linalg::fit(&lax::adjoint(&column), l.shape());
        let column = linalg::fit(&column, l.shape());
        let rest = lax::select(&later, &(l - &column * row), l);
        Ok((vec![lax::select(&here, &column, &rest)], ()))
    })?;
    Ok(outs[0].clone())
}
