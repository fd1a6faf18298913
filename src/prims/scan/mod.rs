//! Loop of known length: `(c_{t+1}, y_t) = f(k, c_t, x_t)` for `t = 0, 1, ...`, or backward.
//!
//! - type: carries keep theirs; `xs` and `ys` have the axis of the loop in front ([`types`]);
//! - jvp: a loop over the derivative of `f`, which carries `(c, ċ)` ([`jvp`]);
//! - linearization: a loop over `f` that also gives what the linear part needs of each run, and a
//!   linear loop over these ([`linearize`]);
//! - transpose of a linear loop: the loop the other way over the transpose of `f`, which carries
//!   `c̄` and the sums `k̄` ([`transpose`]);
//! - batching: a loop over the batched `f` ([`batch`]);
//! - HLO: `while`, whose state holds the `ys`, written in place ([`lower`]).
//!
//! Which carries have a tangent, a cotangent or a batch axis depends on the body: a carry has one
//! if a carry that it is computed from has one. So these sets are fixed points ([`carries`]).

mod batch;
mod jvp;
mod linearize;
mod lower;
mod transpose;
mod types;

use super::{carries, derive};
use crate::base::Result;
use crate::hlo;
use crate::ir::params::Scan;
use crate::ir::parse::Written;
use crate::ir::{Aval, Batched, Jaxpr, Operand, Rules, Tangent, Tensor, rules::not_linear};

impl Rules for Scan {
    fn name(&self) -> &'static str {
        "scan"
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        vec![
            ("length", self.length.to_string()),
            ("num_carry", self.n_carry.to_string()),
            ("num_consts", self.n_consts.to_string()),
            ("reverse", derive::flag(self.reverse)),
        ]
    }

    fn read(w: &Written) -> Result<Option<Self>> {
        w.named("scan", || {
            let [jaxpr] = w.programs()?;
            Ok(Scan {
                jaxpr,
                length: w.number("length")?,
                reverse: w.flag("reverse")?,
                n_consts: w.count("num_consts", w.n_ins)?,
                n_carry: w.count("num_carry", w.n_ins)?,
            })
        })
    }

    fn inner(&self) -> Vec<&Jaxpr> {
        vec![&self.jaxpr]
    }

    fn abstract_eval(&self, ins: &[Aval]) -> Result<Vec<Aval>> {
        types::abstract_eval(self, ins)
    }

    fn jvp(&self, primals: &[Tensor], tangents: &[Tangent]) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
        jvp::jvp(self, primals, tangents)
    }

    fn linearize(
        &self,
        primals: &[Tensor],
        tangents: &[Tangent],
    ) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
        linearize::linearize(self, primals, tangents)
    }

    fn transpose(&self, cts: &[Tangent], ins: &[Operand]) -> Result<Vec<Tangent>> {
        transpose::transpose(self, cts, ins)?.ok_or_else(|| not_linear(self))
    }

    fn batch(&self, args: &[Batched], size: usize) -> Result<Vec<Batched>> {
        batch::batch(self, args, size)
    }

    fn lower(
        &self,
        hlo: &mut hlo::Module,
        ins: &[hlo::Value],
        outs: &[Aval],
    ) -> Result<Vec<hlo::Value>> {
        lower::lower(self, hlo, ins, outs)
    }
}
