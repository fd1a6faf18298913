//! The QR decomposition `A = Q R`: orthonormal columns of `Q`, and an upper triangular `R`, by
//! Householder reflections, with the signs of LAPACK for real numbers; the diagonal of `R` is real.
//!
//! - jvp: with `M = Ȧ R⁻¹`, `W = Qᴴ M` and `Ω = −Ωᴴ` that has the lower triangle of `W` and the
//!   imaginary part of its diagonal: `Q̇ = Q (Ω − W) + M` and `Ṙ = (W − Ω) R`. Of a wide matrix the
//!   columns on the right follow: `Ṙ = Q̇ᴴ A + Qᴴ Ȧ`. The derivative is infinite or NaN where `R` is
//!   singular. Of all `m` columns of `Q` for `n < m` there is none, since the last ones are arbitrary;
//! - transpose: not linear;
//! - batching: a batch axis in front;
//! - HLO: a function of `cotangent_kernels` on the CPU. Elsewhere, and for many small matrices, the
//!   calls `Qr` and `ProductOfElementaryHouseholderReflectors`, which XLA expands itself.

use super::{derive, linalg};
use crate::base::{DType, Result};
use crate::hlo;
use crate::ir::params::{Qr, TriangularSolve};
use crate::ir::parse::Written;
use crate::ir::{Aval, Batched, Operand, Rules, Tangent, Tensor, bind, rules::not_linear};
use crate::lax;

impl Rules for Qr {
    fn name(&self) -> &'static str {
        "qr"
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        vec![("full_matrices", derive::flag(self.full_matrices))]
    }

    fn read(w: &Written) -> Result<Option<Self>> {
        w.named("qr", || Ok(Qr { full_matrices: w.flag("full_matrices")? }))
    }

    fn n_outs(&self) -> usize {
        2
    }

    fn abstract_eval(&self, ins: &[Aval]) -> Result<Vec<Aval>> {
        let x = derive::arity(self.name(), ins, 1)?;
        let (m, n) = linalg::matrix(self.name(), x)?;
        let k = if self.full_matrices { m } else { m.min(n) };
        let part = |m, n| x.with_shape(linalg::with_last(&x.shape, 2, &[m, n]));
        Ok(vec![part(m, k), part(k, n)])
    }

    fn jvp(&self, primals: &[Tensor], tangents: &[Tangent]) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
        let ([x], [t]) = (primals, tangents) else { return Err(not_linear(self)) };
        let axis = x.rank() - 1;
        let (m, n) = (x.shape()[axis - 1], x.shape()[axis]);
        if self.full_matrices && m > n {
            return Err(linalg::all_columns(self.name(), "the orthogonal factor"));
        }
        let outs = bind(*self, &[x]);
        let Some(t) = t else { return Ok((outs, vec![None, None])) };
        let (q, r, k) = (&outs[0], &outs[1], m.min(n));
        let qt = lax::adjoint(q);
        let part = |x: &Tensor, from, size| linalg::block(x, &[(axis, from, size)]);
        let r = part(r, 0, k);
        let m_dot = lax::triangular_solve(&r, &part(t, 0, k), TriangularSolve::default());
        let w = lax::matmul(&qt, &m_dot);
        let low = lax::triangle(&w, true, -1);
        let mut turn = &low - lax::adjoint(&low) - &w;
        if w.dtype().is_complex() {
            let own = lax::delta(DType::Bool, w.shape(), axis - 1, axis);
            let phase = &w - lax::convert_element_type(&lax::real(&w), w.dtype());
            turn += lax::select(&own, &phase, &lax::number(&w, 0.0));
        }
        let q_dot = lax::matmul(q, &turn) + m_dot;
        let mut r_dot = -lax::matmul(&turn, &r);
        if n > k {
            let (x, t) = (part(x, k, n - k), part(t, k, n - k));
            let right = lax::matmul(&lax::adjoint(&q_dot), &x) + lax::matmul(&qt, &t);
            r_dot = lax::concatenate(&[&r_dot, &right], axis);
        }
        Ok((outs, vec![Some(q_dot), Some(r_dot)]))
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
        let ([x], [q, r]) = (ins, outs) else { return Err(not_linear(self)) };
        let axis = q.rank() - 1;
        let (m, n) = (x.shape[axis - 1], x.shape[axis]);
        if x.shape.size() == 0 {
            return derive::write(hlo, ins, |_| {
                let q = lax::delta(q.dtype, &q.shape, axis - 1, axis);
                Ok(vec![q, lax::zeros_like(r)])
            });
        }
        if linalg::has_kernel(hlo, x) {
            return Ok(linalg::kernel(hlo, cotangent_kernels::QR, &[x], outs, &""));
        }
        let taus = linalg::with_last(&x.shape, 2, &[m.min(n)]);
        let types = [(x.dtype, x.shape.clone()), (x.dtype, taus)];
        let packed = hlo.custom_call("Qr", &[x], &types);
        // The reflections, in as many columns as Q has.
        let k = q.shape[axis];
        let parts = derive::write(hlo, &packed[..1], |ins| {
            let packed = &ins[0];
            let columns = linalg::block(packed, &[(axis, 0, k.min(n))]);
            let rows = linalg::block(packed, &[(axis - 1, 0, k)]);
            Ok(vec![linalg::pad_zeros(&columns, m, k), lax::triangle(&rows, false, 0)])
        })?;
        let target = ", custom_call_target=\"ProductOfElementaryHouseholderReflectors\"";
        let product = hlo.op("custom-call", &[&parts[0], &packed[1]], q.dtype, &q.shape, target);
        Ok(vec![product, parts[1].clone()])
    }
}
