//! Eigenvalues `w`, increasing, and orthonormal eigenvectors, the columns of `V`, of the Hermitian
//! part `S = (X + Xᴴ)/2`: `S V = V diag(w)`. The results are `V` and `w`.
//!
//! - jvp: with `M = Vᴴ Ṡ V`: `ẇ = diag(M)` and `V̇ = V (F ∘ M)`, `F_ij = 1/(w_j − w_i)`. Eigenvalues that
//!   are equal up to rounding count as equal, and their `F_ij` as 0: the basis of their eigenspace,
//!   which is arbitrary, does not turn within it. Symmetric functions of the eigenvalues have right
//!   first derivatives all the same;
//! - transpose: not linear;
//! - batching: a batch axis in front;
//! - HLO: a function of `cotangent_kernels` on the CPU. Elsewhere, and for many small matrices:
//!   `S + c 1` is positive definite for a `c` beyond its eigenvalues, so its rows, made orthogonal,
//!   are multiples of its eigenvectors; the eigenvalues are their Rayleigh quotients.

use super::{derive, jacobi, linalg};
use crate::base::Result;
use crate::hlo;
use crate::ir::params::Eigh;
use crate::ir::parse::Written;
use crate::ir::{Aval, Batched, Operand, Rules, Tangent, Tensor, bind, rules::not_linear};
use crate::lax;

impl Rules for Eigh {
    fn name(&self) -> &'static str {
        "eigh"
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        vec![]
    }

    fn read(w: &Written) -> Result<Option<Self>> {
        w.named("eigh", || Ok(Eigh))
    }

    fn n_outs(&self) -> usize {
        2
    }

    fn abstract_eval(&self, ins: &[Aval]) -> Result<Vec<Aval>> {
        let x = derive::arity(self.name(), ins, 1)?;
        linalg::square(self.name(), x)?;
        let w = Aval::new(linalg::with_last(&x.shape, 1, &[]), x.dtype.real());
        Ok(vec![x.with_shape(&x.shape), w])
    }

    fn jvp(&self, primals: &[Tensor], tangents: &[Tangent]) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
        let ([x], [t]) = (primals, tangents) else { return Err(not_linear(self)) };
        let outs = bind(Eigh, &[x]);
        let tangents = match t {
            None => vec![None, None],
            Some(t) => {
                let (v, w) = (&outs[0], &outs[1]);
                let t = linalg::hermitian_part(t);
                let m = lax::matmul(&lax::adjoint(v), &lax::matmul(&t, v));
                let f = lax::convert_element_type(&linalg::inverse_gaps(w, false), m.dtype());
                let w_dot = lax::real_part(&linalg::diagonal(&m));
                vec![Some(lax::matmul(v, &(f * &m))), Some(w_dot)]
            }
        };
        Ok((outs, tangents))
    }

    fn transpose(&self, _: &[Tangent], _: &[Operand]) -> Result<Vec<Tangent>> {
        Err(not_linear(self))
    }

    fn batch(&self, args: &[Batched], size: usize) -> Result<Vec<Batched>> {
        Ok(linalg::batch_in_front(Eigh, args, size))
    }

    fn lower(
        &self,
        hlo: &mut hlo::Module,
        ins: &[hlo::Value],
        outs: &[Aval],
    ) -> Result<Vec<hlo::Value>> {
        let [v, w] = outs else { return Err(not_linear(self)) };
        if v.size() == 0 {
            return derive::write(hlo, ins, |_| Ok(vec![lax::zeros_like(v), lax::zeros_like(w)]));
        }
        let r = v.rank();
        let s = derive::write(hlo, ins, |ins| Ok(vec![linalg::hermitian_part(&ins[0])]))?;
        if linalg::has_kernel(hlo, &s[0]) {
            return Ok(linalg::kernel(hlo, cotangent_kernels::EIGH, &[&s[0]], outs, &""));
        }
        if v.dtype.is_complex() {
            return Err(linalg::without_kernel(self.name()));
        }
        let shifted = derive::write(hlo, &s, |s| {
            let s = &s[0] / linalg::largest(&s[0]);
            // The root of the norm of the square, twice, is close to the largest eigenvalue.
            let fourth = lax::matmul(&s, &s);
            let fourth = lax::matmul(&fourth, &fourth);
            let norm = lax::sqrt(&lax::reduce_sum(&lax::square(&fourth), &[r - 2, r - 1]));
            let c = lax::sqrt(&lax::sqrt(&norm)) * 2.0;
            let c = lax::select(&lax::gt(&c, &lax::number(&c, 0.0)), &c, &(&c + 1.0));
            let diagonal = lax::delta(s.dtype(), s.shape(), r - 2, r - 1);
            Ok(vec![s + diagonal * linalg::over_matrices(&c, v)])
        })?;
        let rows = jacobi::orthogonal_rows(hlo, &shifted[0])?;
        derive::write(hlo, &[s[0].clone(), rows], |ins| {
            let (s, rows) = (&ins[0], &ins[1]);
            let norms = lax::sqrt(&lax::reduce_sum(&lax::square(rows), &[r - 1]));
            let rows = rows / linalg::as_columns(&norms, rows.aval());
            let w = lax::reduce_sum(&(&rows * lax::matmul(&rows, s)), &[r - 1]);
            let order = linalg::increasing(&w);
            let w = lax::take_rows(&lax::expand_dims(&w, &[r - 1]), &order);
            let v = lax::matrix_transpose(&lax::take_rows(&rows, &order));
            Ok(vec![v, lax::squeeze(&w, &[r - 1])])
        })
    }
}
