//! The determinant, or the logarithm of its absolute value (of complex matrices its own logarithm, up
//! to multiples of 2πi), given the LU decomposition:
//! `det(a, lu, pivots, p)`. As in `linear_solve`, `A` itself is there for its derivative.
//!
//! - value: the product of the diagonal of `U`, with a change of sign for each exchange of rows; or
//!   the sum of the logarithms of its elements' absolute values, or of their own;
//! - jvp: `tr(A⁻¹ Ȧ)` of the logarithm, and that times the determinant of the determinant: NaN for a
//!   singular matrix;
//! - transpose: not linear;
//! - batching: a batch axis in front;
//! - HLO: as the value.

use super::{derive, linalg};
use crate::base::{DType, Error, Result};
use crate::hlo;
use crate::ir::params::{Det, LinearSolve};
use crate::ir::parse::Written;
use crate::ir::{Aval, Batched, Operand, Rules, Tangent, Tensor, bind1, rules::not_linear};
use crate::lax;

impl Rules for Det {
    fn name(&self) -> &'static str {
        if self.log { "logabsdet" } else { "det" }
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        vec![]
    }

    fn read(w: &Written) -> Result<Option<Self>> {
        Ok([Det { log: false }, Det { log: true }].into_iter().find(|p| p.name() == w.name))
    }

    fn abstract_eval(&self, ins: &[Aval]) -> Result<Vec<Aval>> {
        let [a, lu, pivots, p] = ins else { return Err(Error::internal("det of others")) };
        linalg::square(self.name(), a)?;
        let row = linalg::with_last(&a.shape, 1, &[]);
        if !a.same_type(lu) || pivots.shape != row || p.shape != row {
            let why = "the first needs its own decomposition";
            return Err(Error::shape(self.name(), &[&a.shape, &lu.shape, &p.shape], why));
        }
        Ok(vec![a.with_shape(linalg::with_last(&a.shape, 2, &[]))])
    }

    fn jvp(&self, primals: &[Tensor], tangents: &[Tangent]) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
        let ([a, lu, _, p], [ta, ..]) = (primals, tangents) else { return Err(not_linear(self)) };
        let y = bind1(*self, &primals.iter().collect::<Vec<_>>());
        let tangent = ta.as_ref().map(|t| {
            let r = a.rank();
            let one = lax::delta(a.dtype(), a.shape(), r - 2, r - 1);
            let inverse = bind1(LinearSolve { transpose_a: false }, &[a, lu, p, &one]);
            let batch: Vec<usize> = (0..r - 2).collect();
            let pairs: (&[usize], &[usize]) = (&[r - 2, r - 1], &[r - 1, r - 2]);
            let relative = lax::dot_general(&inverse, t, pairs, (&batch, &batch));
            if self.log { relative } else { &y * relative }
        });
        Ok((vec![y], vec![tangent]))
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
        _: &[Aval],
    ) -> Result<Vec<hlo::Value>> {
        derive::write(hlo, ins, |ins| {
            let [_, lu, pivots, _] = ins else { return Err(not_linear(self)) };
            let diagonal = linalg::diagonal(lu);
            let last = diagonal.rank() - 1;
            if self.log && !diagonal.dtype().is_complex() {
                let logs = lax::log(&lax::abs(&diagonal));
                return Ok(vec![lax::reduce_sum(&logs, &[last])]);
            }
            let moved = lax::ne(pivots, &lax::iota(DType::I32, pivots.shape(), last));
            let signed = lax::select(&moved, &-&diagonal, &diagonal);
            Ok(vec![if self.log {
                lax::reduce_sum(&lax::log(&signed), &[last])
            } else {
                lax::reduce_prod(&signed, &[last])
            }])
        })
    }
}
