//! The derivative of a function whose rule of reverse mode, `x̄ = b(k, ȳ)`, is not linear in `ȳ`: one
//! that clips it, say. The equation stands for `ẏ = J ẋ`, of which nobody knows anything but that its
//! transpose is taken to be `b`.
//!
//! - transpose: `x̄ = b(k, ȳ)`;
//! - jvp, batching, HLO: none. Transposition leaves nothing of it, so whoever meets one asked for forward
//!   mode.

use crate::base::{Error, Result};
use crate::hlo;
use crate::ir::params::Pullback;
use crate::ir::parse::Written;
use crate::ir::{Aval, Batched, Jaxpr, Operand, Rules, Tangent, Tensor, rules::not_linear};
use crate::lax;
use crate::transform;

impl Pullback {
    fn reverse_only(&self) -> Error {
        let why = "the rule is not linear in the cotangents (or made of operations that have no \
                   transpose), so it serves reverse mode alone";
        Error::unsupported("custom_vjp", why)
    }
}

impl Rules for Pullback {
    fn name(&self) -> &'static str {
        "pullback"
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        vec![("num_known", self.n_known.to_string())]
    }

    fn read(w: &Written) -> Result<Option<Self>> {
        w.named("pullback", || {
            let [bwd] = w.programs()?;
            let n_known = w.count("num_known", bwd.n_ins)?;
            Ok(Pullback { bwd, n_known })
        })
    }

    fn inner(&self) -> Vec<&Jaxpr> {
        vec![&self.bwd]
    }

    fn n_outs(&self) -> usize {
        self.bwd.n_ins.saturating_sub(self.n_known)
    }

    fn abstract_eval(&self, ins: &[Aval]) -> Result<Vec<Aval>> {
        let (wanted, results) = (self.bwd.in_avals(), self.bwd.out_avals());
        let known = self.n_known.min(wanted.len());
        let all = [&wanted[..known], &results[..]].concat();
        if all.len() != ins.len() || all.iter().zip(ins).any(|(a, b)| !a.same_type(b)) {
            return Err(Error::internal(format!("pullback of {ins:?} instead of {all:?}")));
        }
        Ok(wanted[known..].to_vec())
    }

    fn jvp(&self, _: &[Tensor], _: &[Tangent]) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
        Err(self.reverse_only())
    }

    fn transpose(&self, cts: &[Tangent], ins: &[Operand]) -> Result<Vec<Tangent>> {
        let (known, _) = ins.split_at(self.n_known);
        let mut args = Vec::with_capacity(self.bwd.n_ins);
        for operand in known {
            args.push(operand.known().ok_or_else(|| not_linear(self))?.clone());
        }
        let wanted = self.bwd.in_avals();
        for (ct, aval) in cts.iter().zip(&wanted[self.n_known..]) {
            args.push(ct.clone().unwrap_or_else(|| lax::zeros_like(aval)));
        }
        let grads = transform::eval(&self.bwd, &args)?;
        let grads = grads.into_iter().map(|g| g.dtype().is_inexact().then_some(g));
        Ok(vec![None; self.n_known].into_iter().chain(grads).collect())
    }

    fn batch(&self, _: &[Batched], _: usize) -> Result<Vec<Batched>> {
        Err(self.reverse_only())
    }

    fn lower(&self, _: &mut hlo::Module, _: &[hlo::Value], _: &[Aval]) -> Result<Vec<hlo::Value>> {
        Err(self.reverse_only())
    }
}
