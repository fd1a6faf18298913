//! The solution `X` of `A X = B`, or of `Aᵀ X = B`, given the LU decomposition of `A`:
//! `linear_solve(a, lu, p, b)`. The value comes of the decomposition alone; `A` itself is there for
//! its derivative, so that `A` is decomposed once however often a program is differentiated.
//!
//! - jvp: linear in `B`; in `A`, `Ẋ = −A⁻¹ Ȧ X`. The decomposition counts as constant;
//! - transpose: `B̄` solves the transposed system for `X̄`;
//! - batching: examples of `B` alone are more columns of one system; otherwise a batch axis in
//!   front;
//! - HLO: two triangular systems, with the permutation before them or, for `Aᵀ`, its inverse after.

use super::{derive, linalg};
use crate::base::{DType, Error, Result};
use crate::hlo;
use crate::ir::params::{LinearSolve, TriangularSolve};
use crate::ir::parse::Written;
use crate::ir::{Aval, Batched, Operand, Rules, Tangent, Tensor, bind1, rules::not_linear};
use crate::lax;

impl Rules for LinearSolve {
    fn name(&self) -> &'static str {
        "linear_solve"
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        vec![("transpose_a", derive::flag(self.transpose_a))]
    }

    fn read(w: &Written) -> Result<Option<Self>> {
        w.named("linear_solve", || Ok(LinearSolve { transpose_a: w.flag("transpose_a")? }))
    }

    fn abstract_eval(&self, ins: &[Aval]) -> Result<Vec<Aval>> {
        let [a, lu, p, b] = ins else { return Err(Error::internal("linear_solve of others")) };
        let op = self.name();
        let n = linalg::square(op, a)?;
        let (rows, _) = linalg::matrix(op, b)?;
        let batch = a.rank() - 2;
        if a.rank() != b.rank() || rows != n || a.shape[..batch] != b.shape[..batch] {
            let why = "the second needs as many rows as the matrix of the system, and the same \
                       axes before the last two";
            return Err(Error::shape(op, &[&a.shape, &b.shape], why));
        }
        if !a.same_type(lu) || p.shape != linalg::with_last(&a.shape, 1, &[]) {
            let why = "the first needs its own decomposition";
            return Err(Error::shape(op, &[&a.shape, &lu.shape, &p.shape], why));
        }
        derive::same_dtype(op, &[a.clone(), b.clone()])?;
        Ok(vec![b.with_shape(&b.shape)])
    }

    fn jvp(&self, primals: &[Tensor], tangents: &[Tangent]) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
        let ([a, lu, p, b], [ta, .., tb]) = (primals, tangents) else {
            return Err(not_linear(self));
        };
        let x = bind1(*self, &[a, lu, p, b]);
        let through_a = ta.as_ref().map(|t| {
            let t = if self.transpose_a { lax::matrix_transpose(t) } else { t.clone() };
            -lax::matmul(&t, &x)
        });
        let right = derive::add_tangents(through_a, tb.clone());
        let tangent = right.map(|t| bind1(*self, &[a, lu, p, &t]));
        Ok((vec![x], vec![tangent]))
    }

    fn transpose(&self, cts: &[Tangent], ins: &[Operand]) -> Result<Vec<Tangent>> {
        let ([Some(ct)], [a, lu, p, Operand::Linear(_)]) = (cts, ins) else {
            return Err(not_linear(self));
        };
        let (Some(a), Some(lu), Some(p)) = (a.known(), lu.known(), p.known()) else {
            return Err(not_linear(self));
        };
        let transposed = LinearSolve { transpose_a: !self.transpose_a };
        Ok(vec![None, None, None, Some(bind1(transposed, &[a, lu, p, ct]))])
    }

    fn batch(&self, args: &[Batched], size: usize) -> Result<Vec<Batched>> {
        if let [a, lu, p, b] = args
            && a.dim.or(lu.dim).or(p.dim).is_none()
        {
            let solve = |b: &Tensor| bind1(*self, &[&a.value, &lu.value, &p.value, b]);
            return Ok(vec![linalg::as_one_system(b, size, true, solve)]);
        }
        Ok(linalg::batch_in_front(*self, args, size))
    }

    fn lower(
        &self,
        hlo: &mut hlo::Module,
        ins: &[hlo::Value],
        _: &[Aval],
    ) -> Result<Vec<hlo::Value>> {
        derive::write(hlo, ins, |ins| {
            let [_, lu, p, b] = ins else { return Err(not_linear(self)) };
            let u = TriangularSolve { left_side: true, ..Default::default() };
            let l = TriangularSolve { lower: true, unit_diagonal: true, ..u };
            if !self.transpose_a {
                let y = lax::triangular_solve(lu, &lax::take_rows(b, p), l);
                return Ok(vec![lax::triangular_solve(lu, &y, u)]);
            }
            let y = lax::triangular_solve(lu, b, TriangularSolve { transpose_a: true, ..u });
            let z = lax::triangular_solve(lu, &y, TriangularSolve { transpose_a: true, ..l });
            Ok(vec![lax::take_rows(&z, &inverse(p))])
        })
    }
}

/// The inverse of permutations along the last axis.
fn inverse(p: &Tensor) -> Tensor {
    let r = p.rank();
    let shape = p.shape().with_axis(r, p.shape()[r - 1]);
    let here = lax::broadcast_in_dim(p, &shape, &(0..r).collect::<Vec<_>>());
    let hit = lax::eq(&here, &lax::iota(DType::I32, &shape, r));
    let place = lax::iota(DType::I32, &shape, r - 1);
    lax::reduce_sum(&lax::select(&hit, &place, &lax::number(&place, 0.0)), &[r - 1])
}
