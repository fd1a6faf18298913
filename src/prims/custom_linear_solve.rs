//! The solution of a linear system whose product and whose solution are programs, `A(k) x = b`, where
//! `k` are values that the programs capture.
//!
//! - jvp: linear in `b`; in `k`, `ẋ = −A⁻¹ Ȧ x`, where `Ȧ x` is the derivative of the product at fixed
//!   `x`. So nothing differentiates the program that solves;
//! - transpose: `b̄` solves the transposed system for `x̄`;
//! - batching: of all programs, with the batch axes of `b` and `x` in front;
//! - HLO: that of the program that solves.
//!
//! Christianson, "Reverse accumulation and attractive fixed points" (1994), and what JAX calls
//! `custom_linear_solve`.

use super::carries::dense;
use super::{derive, program};
use crate::base::{Error, Result};
use crate::hlo;
use crate::ir::params::{CustomLinearSolve, System};
use crate::ir::parse::Written;
use crate::ir::{Aval, Batched, Jaxpr, Operand, Rules, Tangent, Tensor, bind, rules::not_linear};
use crate::{lax, lower, transform};

impl Rules for CustomLinearSolve {
    fn name(&self) -> &'static str {
        "custom_linear_solve"
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        vec![("num_captures", self.n_captures.to_string())]
    }

    fn read(w: &Written) -> Result<Option<Self>> {
        w.named("custom_linear_solve", || {
            let mut programs = w.all_programs()?.into_iter();
            let mut system = || Some(System { solve: programs.next()?, matvec: programs.next()? });
            let (first, transposed) = (system(), system());
            let system = first.ok_or_else(|| w.wrong("jaxpr", "two programs, or four"))?;
            let n_captures = w.count("num_captures", system.solve.n_ins)?;
            Ok(CustomLinearSolve { system, transposed, n_captures })
        })
    }

    fn inner(&self) -> Vec<&Jaxpr> {
        let systems = [Some(&self.system), self.transposed.as_ref()].into_iter().flatten();
        systems.flat_map(|s| [&*s.solve, &*s.matvec]).collect()
    }

    fn abstract_eval(&self, ins: &[Aval]) -> Result<Vec<Aval>> {
        for jaxpr in self.inner() {
            program::types(self.name(), jaxpr, ins)?;
        }
        program::types(self.name(), &self.system.solve, ins)
    }

    fn jvp(&self, primals: &[Tensor], tangents: &[Tangent]) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
        let solve = |b: &[Tensor]| {
            bind(self.clone(), &primals[..self.n_captures].iter().chain(b).collect::<Vec<_>>())
        };
        let (captures, b) = primals.split_at(self.n_captures);
        let (of_captures, of_b) = tangents.split_at(self.n_captures);
        let x = solve(b);
        let mut right = of_b.to_vec();
        if of_captures.iter().any(Option::is_some) {
            let at = [captures, &x].concat();
            let along = [of_captures, &vec![None; x.len()]].concat();
            let (_, through) = transform::jvp(&self.system.matvec, &at, &along)?;
            let minus =
                |(t, change): (Tangent, Tangent)| derive::add_tangents(t, change.map(|c| -c));
            right = right.into_iter().zip(through).map(minus).collect();
        }
        if right.iter().all(Option::is_none) {
            return Ok((x, right));
        }
        let tangents = solve(&dense(&right, b, &vec![true; b.len()]));
        Ok((x, tangents.into_iter().map(Some).collect()))
    }

    fn transpose(&self, cts: &[Tangent], ins: &[Operand]) -> Result<Vec<Tangent>> {
        let Some(transposed) = &self.transposed else {
            let why = "reverse mode needs a way to solve the transposed system: say `symmetric`, or \
                       give `transpose_solver`";
            return Err(Error::unsupported(self.name(), why));
        };
        let (captures, b) = ins.split_at(self.n_captures);
        let mut args = Vec::with_capacity(ins.len());
        for operand in captures {
            args.push(operand.known().ok_or_else(|| not_linear(self))?.clone());
        }
        for (ct, b) in cts.iter().zip(b) {
            args.push(ct.clone().unwrap_or_else(|| lax::zeros_like(&b.aval())));
        }
        let solve = CustomLinearSolve {
            system: transposed.clone(),
            transposed: Some(self.system.clone()),
            n_captures: self.n_captures,
        };
        let grads = bind(solve, &args.iter().collect::<Vec<_>>()).into_iter().map(Some);
        Ok(vec![None; self.n_captures].into_iter().chain(grads).collect())
    }

    fn batch(&self, args: &[Batched], size: usize) -> Result<Vec<Batched>> {
        let (captures, b) = args.split_at(self.n_captures);
        let dims = captures.iter().map(|k| k.dim).chain(vec![Some(0); b.len()]);
        let dims: Vec<Option<usize>> = dims.collect();
        let widen = |s: &System| -> Result<System> {
            let wide = |jaxpr| program::batched(jaxpr, &dims, size, program::in_front);
            Ok(System { solve: wide(&s.solve)?, matvec: wide(&s.matvec)? })
        };
        let solve = CustomLinearSolve {
            system: widen(&self.system)?,
            transposed: self.transposed.as_ref().map(widen).transpose()?,
            n_captures: self.n_captures,
        };
        let b: Vec<Tensor> = b.iter().map(|b| derive::place(b, 0, size)).collect();
        let ins: Vec<&Tensor> = captures.iter().map(|k| &k.value).chain(&b).collect();
        Ok(bind(solve, &ins).into_iter().map(|t| Batched::new(t, 0)).collect())
    }

    fn lower(
        &self,
        hlo: &mut hlo::Module,
        ins: &[hlo::Value],
        _: &[Aval],
    ) -> Result<Vec<hlo::Value>> {
        lower::inline(hlo, &self.system.solve, ins)
    }
}
