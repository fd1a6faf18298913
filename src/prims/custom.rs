//! A function with a derivative of its own: `y = f(k, x)`, where `k` are values that the function and
//! its rule capture, and `x` its arguments.
//!
//! - jvp: by the user's rule, `(y, ẏ) = r(k, x, ẋ)`, or `ẏ = r(k, x, y, ẋ)`, where `y` has the rule in
//!   turn; or, if the rule is one of reverse mode, from
//!   `(y, r) = g(k, x)` and `x̄ = b(k, r, ȳ)`, which is linear in `ȳ`, by the transpose of that: then
//!   `x̄ = Jᵀ ȳ` and `ẏ = J ẋ`; where it is not linear, an equation stands for `ẏ` that has nothing but
//!   the transpose `b` (`pullback.rs`). What it gives is differentiated in turn as it stands;
//! - linearization: the same, written in place;
//! - transpose: not linear;
//! - batching: of the function and of its rule, with the batch axis of every result in front;
//! - HLO: that of the function.

use super::carries::dense;
use super::{derive, program};
use crate::base::{Error, ErrorKind, Result};
use crate::hlo;
use crate::ir::params::{Custom, CustomRule, Pullback};
use crate::ir::parse::Written;
use crate::ir::{Aval, Batched, Jaxpr, Operand, Rules, Tangent, Tensor, bind, rules::not_linear};
use crate::{lax, lower, transform};

impl Rules for Custom {
    fn name(&self) -> &'static str {
        match self.rule {
            CustomRule::Jvp(_) => "custom_jvp",
            CustomRule::Implicit(_) => "custom_implicit",
            CustomRule::Vjp { .. } => "custom_vjp",
        }
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        vec![("num_captures", self.n_captures.to_string())]
    }

    fn read(w: &Written) -> Result<Option<Self>> {
        let (jaxpr, rule) = match w.name.as_str() {
            "custom_jvp" => {
                let [jaxpr, rule] = w.programs()?;
                (jaxpr, CustomRule::Jvp(rule))
            }
            "custom_implicit" => {
                let [jaxpr, rule] = w.programs()?;
                (jaxpr, CustomRule::Implicit(rule))
            }
            "custom_vjp" => {
                let [jaxpr, fwd, bwd] = w.programs()?;
                (jaxpr, CustomRule::Vjp { fwd, bwd })
            }
            _ => return Ok(None),
        };
        let n_captures = w.count("num_captures", jaxpr.n_ins)?;
        Ok(Some(Custom { jaxpr, rule, n_captures }))
    }

    fn inner(&self) -> Vec<&Jaxpr> {
        match &self.rule {
            CustomRule::Jvp(rule) | CustomRule::Implicit(rule) => vec![&self.jaxpr, rule],
            CustomRule::Vjp { fwd, bwd } => vec![&self.jaxpr, fwd, bwd],
        }
    }

    fn abstract_eval(&self, ins: &[Aval]) -> Result<Vec<Aval>> {
        program::types(self.name(), &self.jaxpr, ins)
    }

    fn jvp(&self, primals: &[Tensor], tangents: &[Tangent]) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
        if tangents[..self.n_captures].iter().any(Option::is_some) {
            let why = "the function or its rule captures a value that is being differentiated, of \
                       which the rule says nothing; make it an argument";
            return Err(Error::argument(self.name(), why));
        }
        let n_outs = self.jaxpr.outs.len();
        let (captures, args) = primals.split_at(self.n_captures);
        let all = vec![true; args.len()];
        match &self.rule {
            CustomRule::Jvp(rule) => {
                let tangents = dense(&tangents[self.n_captures..], args, &all);
                let mut outs = transform::eval(rule, &[primals, &tangents].concat())?;
                let tangents = outs.split_off(n_outs);
                Ok((outs, tangents.into_iter().map(floating).collect()))
            }
            CustomRule::Implicit(rule) => {
                let tangents = dense(&tangents[self.n_captures..], args, &all);
                let outs = bind(self.clone(), &primals.iter().collect::<Vec<_>>());
                let tangents = transform::eval(rule, &[primals, &outs, &tangents].concat())?;
                Ok((outs, tangents.into_iter().map(floating).collect()))
            }
            CustomRule::Vjp { fwd, bwd } => {
                let mut outs = transform::eval(fwd, primals)?;
                let residuals = outs.split_off(n_outs);
                let known = captures.iter().chain(&residuals).cloned().map(Operand::Known);
                let cts = outs.iter().map(|y| Operand::Linear(y.aval().clone()));
                let operands: Vec<Operand> = known.chain(cts).collect();
                let n_known = captures.len() + residuals.len();
                let tangents =
                    match transform::transpose(bwd, &operands, &tangents[self.n_captures..]) {
                        Ok(mut tangents) => tangents.split_off(n_known),
                        Err(e) if matches!(e.kind(), ErrorKind::Internal { .. }) => {
                            let tangents = dense(&tangents[self.n_captures..], args, &all);
                            let ins = captures.iter().chain(&residuals).chain(&tangents);
                            let pullback = Pullback { bwd: bwd.clone(), n_known };
                            bind(pullback, &ins.collect::<Vec<_>>())
                                .into_iter()
                                .map(floating)
                                .collect()
                        }
                        Err(e) => return Err(e),
                    };
                Ok((outs, tangents))
            }
        }
    }

    fn transpose(&self, _: &[Tangent], _: &[Operand]) -> Result<Vec<Tangent>> {
        Err(not_linear(self))
    }

    fn batch(&self, args: &[Batched], size: usize) -> Result<Vec<Batched>> {
        let dims: Vec<Option<usize>> = args.iter().map(|a| a.dim).collect();
        let (capture_dims, arg_dims) = dims.split_at(self.n_captures);
        let front = |n: usize| vec![Some(0); n];
        let n_outs = self.jaxpr.outs.len();
        let rule = match &self.rule {
            CustomRule::Jvp(rule) => CustomRule::Jvp(program::batched(
                rule,
                &[&dims, arg_dims].concat(),
                size,
                program::in_front,
            )?),
            CustomRule::Implicit(rule) => {
                let dims = [&dims, &front(n_outs)[..], arg_dims].concat();
                CustomRule::Implicit(program::batched(rule, &dims, size, program::in_front)?)
            }
            CustomRule::Vjp { fwd, bwd } => {
                let n_residuals = fwd.outs.len() - n_outs;
                let bwd_dims = [capture_dims, &front(n_residuals + n_outs)].concat();
                CustomRule::Vjp {
                    fwd: program::batched(fwd, &dims, size, program::in_front)?,
                    // An argument that all examples share has the sum of their cotangents.
                    bwd: program::batched(bwd, &bwd_dims, size, |k, out, size| {
                        match arg_dims[k] {
                            Some(dim) => derive::place(out, dim, size),
                            None => lax::reduce_sum(&derive::place(out, 0, size), &[0]),
                        }
                    })?,
                }
            }
        };
        let jaxpr = program::batched(&self.jaxpr, &dims, size, program::in_front)?;
        let custom = Custom { jaxpr, rule, n_captures: self.n_captures };
        let ins: Vec<&Tensor> = args.iter().map(|a| &a.value).collect();
        Ok(bind(custom, &ins).into_iter().map(|t| Batched::new(t, 0)).collect())
    }

    fn lower(
        &self,
        hlo: &mut hlo::Module,
        ins: &[hlo::Value],
        _: &[Aval],
    ) -> Result<Vec<hlo::Value>> {
        lower::inline(hlo, &self.jaxpr, ins)
    }
}

/// The tangent of a result, if it can have one.
fn floating(tangent: Tensor) -> Tangent {
    tangent.dtype().is_inexact().then_some(tangent)
}
