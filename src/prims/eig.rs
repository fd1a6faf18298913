//! Eigenvalues `w` and eigenvectors, the columns of `V`, of a matrix `A` that need not be symmetric:
//! `A V = V diag(w)`, all complex, in no order. The results are `V` and `w`.
//!
//! - jvp: with `M = V⁻¹ Ȧ V`: `ẇ = diag(M)` and `V̇ = V (F ∘ M)`, `F_ij = 1/(w_j − w_i)`. What is equal
//!   up to rounding counts as in `eigh`. The lengths and phases of the vectors are arbitrary, and do
//!   not change here; `lax::eig` settles them afterwards. A matrix without `n` independent vectors
//!   has infinite derivatives or NaN;
//! - transpose: not linear;
//! - batching: a batch axis in front;
//! - HLO: a function of `cotangent_kernels`, on the CPU only.

use super::{derive, linalg};
use crate::base::{DType, Result};
use crate::hlo;
use crate::ir::params::{Eig, LinearSolve};
use crate::ir::parse::Written;
use crate::ir::{Aval, Batched, Operand, Rules, Tangent, Tensor, bind, bind1, rules::not_linear};
use crate::lax;

impl Rules for Eig {
    fn name(&self) -> &'static str {
        "eig"
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        vec![]
    }

    fn read(w: &Written) -> Result<Option<Self>> {
        w.named("eig", || Ok(Eig))
    }

    fn n_outs(&self) -> usize {
        2
    }

    fn abstract_eval(&self, ins: &[Aval]) -> Result<Vec<Aval>> {
        let x = derive::arity(self.name(), ins, 1)?;
        linalg::square(self.name(), x)?;
        let dtype = x.dtype.complex().unwrap_or(DType::C128);
        let w = linalg::with_last(&x.shape, 1, &[]);
        Ok(vec![Aval::new(&x.shape, dtype), Aval::new(w, dtype)])
    }

    fn jvp(&self, primals: &[Tensor], tangents: &[Tangent]) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
        let ([x], [t]) = (primals, tangents) else { return Err(not_linear(self)) };
        let outs = bind(Eig, &[x]);
        let tangents = match t {
            None => vec![None, None],
            Some(t) => {
                let (v, w) = (&outs[0], &outs[1]);
                let right = lax::matmul(&lax::convert_element_type(t, v.dtype()), v);
                let [lu, _, p] = lax::lu(&lax::stop_gradient(v));
                let m = bind1(LinearSolve { transpose_a: false }, &[v, &lu, &p, &right]);
                let turns = linalg::inverse_gaps(w, false) * &m;
                vec![Some(lax::matmul(v, &turns)), Some(linalg::diagonal(&m))]
            }
        };
        Ok((outs, tangents))
    }

    fn transpose(&self, _: &[Tangent], _: &[Operand]) -> Result<Vec<Tangent>> {
        Err(not_linear(self))
    }

    fn batch(&self, args: &[Batched], size: usize) -> Result<Vec<Batched>> {
        Ok(linalg::batch_in_front(Eig, args, size))
    }

    fn lower(
        &self,
        hlo: &mut hlo::Module,
        ins: &[hlo::Value],
        outs: &[Aval],
    ) -> Result<Vec<hlo::Value>> {
        let ([x], [v, w]) = (ins, outs) else { return Err(not_linear(self)) };
        if v.size() == 0 {
            return derive::write(hlo, ins, |_| Ok(vec![lax::zeros_like(v), lax::zeros_like(w)]));
        }
        if !hlo.kernels {
            return Err(linalg::without_kernel(self.name()));
        }
        Ok(linalg::kernel(hlo, cotangent_kernels::EIG, &[x], outs, &""))
    }
}
