//! A function whose derivative keeps its arguments, and what its policy says, and computes all other
//! values anew (Griewank & Walther, "Evaluating Derivatives", ch. 12; what JAX calls `remat`).
//!
//! - jvp, batching: the same of the program of both, of the batched program;
//! - linearization: the results and the kept values `s` by a checkpoint, and the tangents, `ẏ = J(x, s) ẋ`,
//!   by another, whose known operands are all that is kept;
//! - transpose: a checkpoint of the transposed program, which first computes what it needs from the
//!   known operands. These are taken *apart*: otherwise the values would be found to be those computed
//!   before, and kept;
//! - HLO: that of the function.

use super::carries::{mask, present, spread};
use super::program;
use crate::base::Result;
use crate::hlo;
use crate::ir::params::{Checkpoint, Policy};
use crate::ir::parse::Written;
use crate::ir::{Aval, Batched, Eqn, Jaxpr, Operand, Prim, Rules, Tangent, Tensor, bind, trace};
use crate::{lower, transform};
use std::sync::Arc;

impl Policy {
    /// True if the values of the equation are kept.
    fn keeps(&self, eqn: &Eqn) -> bool {
        match (self, &eqn.prim) {
            (Policy::Dots, Prim::DotGeneral(_)) => true,
            (Policy::Names(names), Prim::Name(p)) => names.contains(&p.name),
            _ => false,
        }
    }
}

impl Checkpoint {
    /// Applies a program made of this one's.
    fn bind(&self, jaxpr: Jaxpr, n_apart: usize, ins: &[Tensor]) -> Vec<Tensor> {
        let made = Checkpoint { jaxpr: Arc::new(jaxpr), policy: self.policy.clone(), n_apart };
        bind(made, &ins.iter().collect::<Vec<_>>())
    }
}

impl Rules for Checkpoint {
    fn name(&self) -> &'static str {
        "checkpoint"
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        vec![("num_apart", self.n_apart.to_string()), ("policy", format!("{:?}", self.policy))]
    }

    fn read(w: &Written) -> Result<Option<Self>> {
        w.named("checkpoint", || {
            let [jaxpr] = w.programs()?;
            let policy = match w.text("policy").ok().as_deref() {
                Some("Nothing") => Policy::Nothing,
                Some("Dots") => Policy::Dots,
                _ => Policy::Names(w.texts("policy")?),
            };
            let n_apart = w.count("num_apart", jaxpr.n_ins)?;
            Ok(Checkpoint { jaxpr, policy, n_apart })
        })
    }

    fn inner(&self) -> Vec<&Jaxpr> {
        vec![&self.jaxpr]
    }

    fn abstract_eval(&self, ins: &[Aval]) -> Result<Vec<Aval>> {
        program::types(self.name(), &self.jaxpr, ins)
    }

    fn jvp(&self, primals: &[Tensor], tangents: &[Tangent]) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
        let bind = |jaxpr, ins: &[Tensor]| self.bind(jaxpr, self.n_apart, ins);
        program::jvp(&self.jaxpr, primals, tangents, bind)
    }

    fn linearize(
        &self,
        primals: &[Tensor],
        tangents: &[Tangent],
    ) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
        let program = &self.jaxpr;
        let (values, ()) = trace::trace(&program.in_avals(), |ins| {
            let mut kept = Vec::new();
            let mut outs = transform::eval_with(program, ins, |eqn, outs| {
                if self.policy.keeps(eqn) {
                    kept.extend_from_slice(outs);
                }
            })?;
            outs.append(&mut kept);
            Ok((outs, ()))
        })?;
        let mut outs = self.bind(values.jaxpr, self.n_apart, primals);
        let kept = outs.split_off(program.outs.len());

        let known = [primals, &kept].concat();
        let (moved, active) = (present(tangents), mask(tangents));
        let avals: Vec<Aval> = known.iter().chain(&moved).map(|t| t.aval().clone()).collect();
        let (linear, nonzero) = trace::trace(&avals, |ins| {
            let (primals, rest) = ins.split_at(primals.len());
            let (kept, moved) = rest.split_at(kept.len());
            let mut kept = kept.iter().cloned();
            // What depends on the primals alone stays apart from the tangents: this has a transpose.
            let (_, linear) =
                transform::linearize_keeping(program, primals, &active, |eqn, outs| {
                    if self.policy.keeps(eqn) {
                        kept.by_ref().take(outs.len()).collect()
                    } else {
                        outs
                    }
                })?;
            let tangents = linear.apply(moved)?;
            Ok((present(&tangents), mask(&tangents)))
        })?;
        let tangents = self.bind(linear.jaxpr, 0, &[known, moved].concat());
        Ok((outs, spread(&nonzero, &mut tangents.into_iter())))
    }

    fn transpose(&self, cts: &[Tangent], ins: &[Operand]) -> Result<Vec<Tangent>> {
        let linear: Vec<bool> = ins.iter().map(Operand::is_linear).collect();
        let transposed = program::transpose(&self.jaxpr, &linear, &mask(cts))?;
        let known: Vec<Tensor> = ins.iter().filter_map(|i| i.known().cloned()).collect();
        let n_apart = known.len();
        let grads = self.bind(transposed.jaxpr, n_apart, &[known, present(cts)].concat());
        Ok(spread(&transposed.nonzero, &mut grads.into_iter()))
    }

    fn batch(&self, args: &[Batched], size: usize) -> Result<Vec<Batched>> {
        let bind = |jaxpr, ins: &[Tensor]| self.bind(jaxpr, self.n_apart, ins);
        program::batch(&self.jaxpr, args, size, bind)
    }

    fn lower(
        &self,
        hlo: &mut hlo::Module,
        ins: &[hlo::Value],
        _: &[Aval],
    ) -> Result<Vec<hlo::Value>> {
        let mut ins = ins.to_vec();
        ins.iter_mut().take(self.n_apart).for_each(|x| *x = hlo.apart(x));
        lower::inline(hlo, &self.jaxpr, &ins)
    }
}
