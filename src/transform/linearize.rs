//! Linearization: the results at a point, and the derivative there as a linear program.
//!
//! The tangent rules run with the primal values in the surrounding trace and the tangents in an
//! inner one. An equation belongs to the innermost trace of its operands, so all that depends on
//! primal values alone is done outside, once, and the values that the linear program takes from
//! there (the *residuals*) are simply its captured inputs. (The split is that of Radul et al., "You
//! Only Linearize Once", POPL 2023.)

use super::jvp::{Rule, forward};
use crate::base::{Error, Result};
use crate::ir::{Aval, Batched, Eqn, Jaxpr, Operand, Tangent, Tensor, trace};

/// The derivative of a program at a point.
#[derive(Clone)]
pub(crate) struct Linear {
    /// Inputs: the residuals, then the tangents of the active inputs. Results: the tangents of the
    /// results that have one.
    jaxpr: Jaxpr,
    residuals: Vec<Tensor>,
    /// Which inputs of the original program have tangents.
    active: Vec<bool>,
    /// Which of its results depend on them.
    nonzero: Vec<bool>,
}

/// A program and its derivative as two programs.
pub(crate) struct Split {
    /// From the inputs to the results, then the residuals.
    pub(crate) primal: Jaxpr,
    /// From the residuals and the tangents of the active inputs to those of the results that have
    /// one.
    pub(crate) linear: Jaxpr,
    /// Which results have a tangent.
    pub(crate) nonzero: Vec<bool>,
}

/// The results of a program at `primals`, and its derivative with respect to the `active` inputs.
///
/// # Errors
/// When a primitive that meets a tangent has no derivative.
pub(crate) fn linearize(
    jaxpr: &Jaxpr,
    primals: &[Tensor],
    active: &[bool],
) -> Result<(Vec<Tensor>, Linear)> {
    linearize_keeping(jaxpr, primals, active, |_, outs| outs)
}

/// The same, where `keep` may put other tensors in the place of the values of an equation.
///
/// # Errors
/// When a primitive that meets a tangent has no derivative.
pub(crate) fn linearize_keeping(
    jaxpr: &Jaxpr,
    primals: &[Tensor],
    active: &[bool],
    keep: impl FnMut(&Eqn, Vec<Tensor>) -> Vec<Tensor>,
) -> Result<(Vec<Tensor>, Linear)> {
    let avals: Vec<Aval> =
        primals.iter().zip(active).filter(|(_, a)| **a).map(|(p, _)| p.aval().clone()).collect();
    let (traced, (outs, nonzero)) = trace::trace_linear(&avals, |tangents| {
        let mut tangents = tangents.iter().cloned();
        let tangents: Vec<Tangent> =
            active.iter().map(|&a| if a { tangents.next() } else { None }).collect();
        let (outs, tangents) = forward(jaxpr, primals, &tangents, RULE, keep)?;
        let nonzero: Vec<bool> = tangents.iter().map(Option::is_some).collect();
        Ok((tangents.into_iter().flatten().collect(), (outs, nonzero)))
    })?;
    let (jaxpr, residuals) = (traced.jaxpr, traced.captures);
    Ok((outs, Linear { jaxpr, residuals, active: active.to_vec(), nonzero }))
}

const RULE: Rule = |rules, primals, tangents| rules.linearize(primals, tangents);

/// The linearization of a program at whatever its inputs are.
///
/// # Errors
/// When a primitive that meets a tangent has no derivative.
pub(crate) fn linearize_jaxpr(jaxpr: &Jaxpr, active: &[bool]) -> Result<Split> {
    let (traced, linear) = trace::trace(&jaxpr.in_avals(), |ins| {
        let (mut outs, linear) = linearize(jaxpr, ins, active)?;
        outs.extend(linear.residuals.iter().cloned());
        Ok((outs, linear))
    })?;
    Ok(Split { primal: traced.jaxpr, linear: linear.jaxpr, nonzero: linear.nonzero })
}

/// The forward walk of linearization, also used by primitives that carry a program.
///
/// # Errors
/// When a primitive that meets a tangent has no derivative.
pub(crate) fn push_tangents(
    jaxpr: &Jaxpr,
    primals: &[Tensor],
    tangents: &[Tangent],
) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
    forward(jaxpr, primals, tangents, RULE, |_, outs| outs)
}

impl Linear {
    /// A program that is linear in all inputs but the first, which are `residuals`.
    pub(crate) fn of(jaxpr: Jaxpr, residuals: &[Tensor]) -> Linear {
        let known = vec![false; residuals.len()];
        let active = [known, vec![true; jaxpr.n_ins - residuals.len()]].concat();
        let nonzero = vec![true; jaxpr.outs.len()];
        Linear { jaxpr, residuals: residuals.to_vec(), active, nonzero }
    }

    /// Splits values of the active inputs, or of the results, out of a list with gaps.
    fn dense(mask: &[bool], values: &[Tangent]) -> Result<Vec<Tangent>> {
        if mask.len() != values.len() {
            return Err(Error::internal("a linear program applied to the wrong number of values"));
        }
        Ok(mask.iter().zip(values).filter(|(m, _)| **m).map(|(_, v)| v.clone()).collect())
    }

    fn sparse(mask: &[bool], values: Vec<Tangent>) -> Vec<Tangent> {
        let mut values = values.into_iter();
        mask.iter().map(|&m| if m { values.next().flatten() } else { None }).collect()
    }

    /// The tangents of the results, given one for every active input.
    ///
    /// # Errors
    /// When a tangent is missing.
    pub(crate) fn apply(&self, tangents: &[Tensor]) -> Result<Vec<Tangent>> {
        let ins: Vec<Tensor> = self.residuals.iter().chain(tangents).cloned().collect();
        let outs = super::eval(&self.jaxpr, &ins)?;
        Ok(Linear::sparse(&self.nonzero, outs.into_iter().map(Some).collect()))
    }

    /// The tangents of the results for `size` examples at once, which lie along axis 0.
    ///
    /// # Errors
    /// When a primitive cannot be batched.
    pub(crate) fn apply_batch(
        &self,
        tangents: &[Tensor],
        size: usize,
    ) -> Result<Vec<Option<Batched>>> {
        let residuals = self.residuals.iter().map(|r| Batched::new(r.clone(), None));
        let tangents = tangents.iter().map(|t| Batched::new(t.clone(), 0));
        let args: Vec<Batched> = residuals.chain(tangents).collect();
        let mut outs = super::batch(&self.jaxpr, &args, size)?.into_iter();
        Ok(self.nonzero.iter().map(|&nz| if nz { outs.next() } else { None }).collect())
    }

    /// The cotangents of all inputs of the original program, given those of its results.
    ///
    /// # Errors
    /// When a primitive of the linear program has no transpose.
    pub(crate) fn transpose(&self, cts: &[Tangent]) -> Result<Vec<Tangent>> {
        let n = self.residuals.len();
        let residuals = self.residuals.iter().map(|r| Operand::Known(r.clone()));
        let tangents = self.jaxpr.in_avals().into_iter().skip(n).map(Operand::Linear);
        let ins: Vec<Operand> = residuals.chain(tangents).collect();
        let cts = Linear::dense(&self.nonzero, cts)?;
        let mut grads = super::transpose(&self.jaxpr, &ins, &cts)?;
        Ok(Linear::sparse(&self.active, grads.split_off(n)))
    }

    /// The cotangents of all inputs for `size` cotangents at once, which lie along axis 0 of those of
    /// the results that have some.
    ///
    /// # Errors
    /// When a primitive has no transpose or cannot be batched.
    pub(crate) fn transpose_batch(
        &self,
        cts: &[Tangent],
        size: usize,
    ) -> Result<Vec<Option<Batched>>> {
        let given: Vec<bool> =
            cts.iter().zip(&self.nonzero).map(|(ct, nz)| *nz && ct.is_some()).collect();
        if !given.contains(&true) {
            return Ok(self.active.iter().map(|_| None).collect());
        }
        let here: Vec<Tensor> =
            cts.iter().zip(&given).filter(|(_, g)| **g).filter_map(|(ct, _)| ct.clone()).collect();
        let mut avals: Vec<Aval> = self.residuals.iter().map(|r| r.aval().clone()).collect();
        avals.extend(here.iter().map(|ct| ct.aval().with_shape(ct.shape().without(&[0]))));
        let (traced, present) = trace::trace(&avals, |ins| {
            let (residuals, cts) = ins.split_at(self.residuals.len());
            let inner = Linear { residuals: residuals.to_vec(), ..self.clone() };
            let mut cts = cts.iter().cloned();
            let cts: Vec<Tangent> =
                given.iter().map(|&g| if g { cts.next() } else { None }).collect();
            let grads = inner.transpose(&cts)?;
            let present: Vec<bool> = grads.iter().map(Option::is_some).collect();
            Ok((grads.into_iter().flatten().collect(), present))
        })?;
        let residuals = self.residuals.iter().map(|r| Batched::new(r.clone(), None));
        let here = here.into_iter().map(|ct| Batched::new(ct, 0));
        let args: Vec<Batched> = residuals.chain(here).collect();
        let mut grads = super::batch(&traced.jaxpr, &args, size)?.into_iter();
        Ok(present.iter().map(|&p| if p { grads.next() } else { None }).collect())
    }
}
