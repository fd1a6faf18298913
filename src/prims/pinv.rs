//! The pseudo-inverse `P` of Moore and Penrose: that of the singular value decomposition, where
//! singular values below `max(m, n) ε s₀` count as zero.
//!
//! - jvp: for a rank that does not change, `Ṗ = −P Ȧ P + P Pᴴ Ȧᴴ (1 − A P) + (1 − P A) Ȧᴴ Pᴴ P` (Golub
//!   and Pereyra 1973), in which equal singular values do no harm;
//! - transpose: not linear;
//! - batching: a batch axis in front;
//! - HLO: by `svd`.

use super::{derive, linalg};
use crate::base::Result;
use crate::hlo;
use crate::ir::params::{Pinv, Svd};
use crate::ir::parse::Written;
use crate::ir::{Aval, Batched, Operand, Rules, Tangent, Tensor, bind, bind1, rules::not_linear};
use crate::lax;

impl Rules for Pinv {
    fn name(&self) -> &'static str {
        "pinv"
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        vec![]
    }

    fn read(w: &Written) -> Result<Option<Self>> {
        w.named("pinv", || Ok(Pinv))
    }

    fn abstract_eval(&self, ins: &[Aval]) -> Result<Vec<Aval>> {
        let x = derive::arity(self.name(), ins, 1)?;
        let (m, n) = linalg::matrix(self.name(), x)?;
        Ok(vec![x.with_shape(linalg::with_last(&x.shape, 2, &[n, m]))])
    }

    fn jvp(&self, primals: &[Tensor], tangents: &[Tangent]) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
        let ([x], [t]) = (primals, tangents) else { return Err(not_linear(self)) };
        let p = bind1(Pinv, &[x]);
        let tangent = t.as_ref().map(|t| {
            let (pt, tt) = (lax::adjoint(&p), lax::adjoint(t));
            let within = lax::matmul(&p, &lax::matmul(t, &p));
            let left = &tt - lax::matmul(&lax::matmul(&tt, x), &p);
            let right = &tt - lax::matmul(&p, &lax::matmul(x, &tt));
            let left = lax::matmul(&p, &lax::matmul(&pt, &left));
            left + lax::matmul(&lax::matmul(&right, &pt), &p) - within
        });
        Ok((vec![p], vec![tangent]))
    }

    fn transpose(&self, _: &[Tangent], _: &[Operand]) -> Result<Vec<Tangent>> {
        Err(not_linear(self))
    }

    fn batch(&self, args: &[Batched], size: usize) -> Result<Vec<Batched>> {
        Ok(linalg::batch_in_front(Pinv, args, size))
    }

    fn lower(
        &self,
        hlo: &mut hlo::Module,
        ins: &[hlo::Value],
        outs: &[Aval],
    ) -> Result<Vec<hlo::Value>> {
        let out = derive::first(outs)?;
        derive::write(hlo, ins, |ins| {
            let x = &ins[0];
            let r = x.rank();
            let (m, n) = (x.shape()[r - 2], x.shape()[r - 1]);
            if out.size() == 0 {
                return Ok(vec![lax::zeros_like(out)]);
            }
            let parts = bind(Svd { full_matrices: false, compute_uv: true }, &[x]);
            let [u, s, vt] = &parts[..] else { return Err(not_linear(self)) };
            let largest = linalg::block(s, &[(r - 2, 0, 1)]);
            let least = largest * (m.max(n) as f64 * x.dtype().epsilon());
            let zero = lax::number(s, 0.0);
            // NaN is not small.
            let small = lax::le(s, &linalg::fit(&least, s.shape()));
            let inverse = lax::select(&small, &zero, &(1.0 / s));
            let v = lax::adjoint(vt);
            let inverse = lax::convert_element_type(&inverse, v.dtype());
            let scaled = &v * linalg::as_rows(&inverse, v.aval());
            Ok(vec![lax::matmul(&scaled, &lax::adjoint(u))])
        })
    }
}
