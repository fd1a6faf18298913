//! Triangular systems `A X = B`, or `X A = B`, or with `Aᵀ`; one triangle of `A` is read.
//!
//! - jvp: linear in `B`; in `A`, `Ẋ = −A⁻¹ Ȧ X` with the same triangle of `Ȧ` (from the right
//!   `Ẋ = −X Ȧ A⁻¹`), without its diagonal where that of `A` is taken to be 1;
//! - transpose: `B̄` solves the transposed system for `X̄`;
//! - batching: examples of `B` alone are more columns of one system; otherwise a batch axis in
//!   front of both;
//! - HLO: a function of `cotangent_kernels` on the CPU; elsewhere, and for many small matrices,
//!   `triangular-solve`.

use super::{derive, linalg};
use crate::base::{Error, Result};
use crate::hlo;
use crate::ir::params::TriangularSolve;
use crate::ir::parse::Written;
use crate::ir::{Aval, Batched, Operand, Rules, Tangent, Tensor, bind1, rules::not_linear};
use crate::lax;
use cotangent_kernels::Triangular;

impl Rules for TriangularSolve {
    fn name(&self) -> &'static str {
        "triangular_solve"
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        vec![
            ("left_side", derive::flag(self.left_side)),
            ("lower", derive::flag(self.lower)),
            ("transpose_a", derive::flag(self.transpose_a)),
            ("unit_diagonal", derive::flag(self.unit_diagonal)),
        ]
    }

    fn read(w: &Written) -> Result<Option<Self>> {
        w.named("triangular_solve", || {
            Ok(TriangularSolve {
                left_side: w.flag("left_side")?,
                lower: w.flag("lower")?,
                transpose_a: w.flag("transpose_a")?,
                unit_diagonal: w.flag("unit_diagonal")?,
            })
        })
    }

    fn abstract_eval(&self, ins: &[Aval]) -> Result<Vec<Aval>> {
        let [a, b] = ins else { return Err(Error::internal("triangular_solve of one operand")) };
        let op = self.name();
        derive::same_dtype(op, ins)?;
        let n = linalg::square(op, a)?;
        let (rows, columns) = linalg::matrix(op, b)?;
        let (matched, batch) = (if self.left_side { rows } else { columns }, a.rank() - 2);
        if a.rank() != b.rank() || matched != n || a.shape[..batch] != b.shape[..batch] {
            let side = if self.left_side { "rows" } else { "columns" };
            let why = format!(
                "the second needs as many {side} as the matrix of the system, and the same axes \
                 before the last two"
            );
            return Err(Error::shape(op, &[&a.shape, &b.shape], why));
        }
        Ok(vec![b.with_shape(&b.shape)])
    }

    fn jvp(&self, primals: &[Tensor], tangents: &[Tangent]) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
        let ([a, b], [ta, tb]) = (primals, tangents) else { return Err(not_linear(self)) };
        let x = bind1(*self, &[a, b]);
        let through_a = ta.as_ref().map(|t| {
            let inside = i32::from(self.unit_diagonal);
            let t = lax::triangle(t, self.lower, if self.lower { -inside } else { inside });
            let t = if self.transpose_a { lax::matrix_transpose(&t) } else { t };
            -if self.left_side { lax::matmul(&t, &x) } else { lax::matmul(&x, &t) }
        });
        let inner = derive::add_tangents(through_a, tb.clone());
        let tangent = inner.map(|t| bind1(*self, &[a, &t]));
        Ok((vec![x], vec![tangent]))
    }

    fn transpose(&self, cts: &[Tangent], ins: &[Operand]) -> Result<Vec<Tangent>> {
        let ([Some(ct)], [Operand::Known(a), Operand::Linear(_)]) = (cts, ins) else {
            return Err(not_linear(self));
        };
        let transposed = TriangularSolve { transpose_a: !self.transpose_a, ..*self };
        Ok(vec![None, Some(lax::triangular_solve(a, ct, transposed))])
    }

    fn batch(&self, args: &[Batched], size: usize) -> Result<Vec<Batched>> {
        let [a, b] = args else { return Err(Error::internal("triangular_solve of one operand")) };
        if a.dim.is_none() {
            let solve = |b: &Tensor| lax::triangular_solve(&a.value, b, *self);
            return Ok(vec![linalg::as_one_system(b, size, self.left_side, solve)]);
        }
        let (a, b) = (derive::place(a, 0, size), derive::place(b, 0, size));
        Ok(vec![Batched::new(lax::triangular_solve(&a, &b, *self), 0)])
    }

    fn lower(
        &self,
        hlo: &mut hlo::Module,
        ins: &[hlo::Value],
        outs: &[Aval],
    ) -> Result<Vec<hlo::Value>> {
        let ([a, b], out) = (ins, derive::first(outs)?) else {
            return Err(Error::internal("triangular_solve of one operand"));
        };
        if out.size() == 0 {
            return Ok(vec![b.clone()]);
        }
        if linalg::has_kernel(hlo, a) {
            let TriangularSolve {
                left_side: left,
                lower,
                transpose_a: transpose,
                unit_diagonal: unit,
            } = *self;
            let system = Triangular { left, lower, transpose, unit };
            let target = cotangent_kernels::TRIANGULAR_SOLVE;
            return Ok(linalg::kernel(hlo, target, &[a, b], outs, &system));
        }
        let transpose_a = if self.transpose_a { "TRANSPOSE" } else { "NO_TRANSPOSE" };
        let attrs = format!(
            ", left_side={}, lower={}, unit_diagonal={}, transpose_a={transpose_a}",
            self.left_side, self.lower, self.unit_diagonal
        );
        Ok(vec![hlo.op("triangular-solve", &[a, b], out.dtype, &out.shape, &attrs)])
    }
}
