//! Special functions, element by element. HLO has no instruction for them.
//!
//! - jvp: the sum of the partial derivatives times the tangents; those in the parameters of the
//!   incomplete functions are functions of this family, of one order more;
//! - transpose: not linear;
//! - batching: the same function of the batched operands;
//! - HLO: the formulas of these files, as programs of other primitives.

mod bessel;
mod beta;
mod error;
mod gamma;

use super::derive;
use crate::base::{DType, Error, Result, Scalar};
use crate::hlo;
use crate::ir::params::{Special, SpecialOp};
use crate::ir::parse::Written;
use crate::ir::{Aval, Batched, Operand, Rules, Tangent, Tensor, bind1, rules::not_linear, trace};
use crate::{lax, transform};

fn apply(op: SpecialOp, ins: &[&Tensor]) -> Tensor {
    bind1(Special { op }, ins)
}

/// An array like `x` of this number.
fn number(x: &Tensor, value: f64) -> Tensor {
    lax::full(x.shape().clone(), Scalar::from_f64(value, x.dtype()))
}

fn less(x: &Tensor, value: f64) -> Tensor {
    lax::lt(x, &lax::number(x, value))
}

fn greater(x: &Tensor, value: f64) -> Tensor {
    lax::gt(x, &lax::number(x, value))
}

fn equal(x: &Tensor, value: f64) -> Tensor {
    lax::eq(x, &lax::number(x, value))
}

/// The sum of `c₀ + c₁ x + c₂ x² + …`.
fn polynomial(x: &Tensor, coefficients: &[f64]) -> Tensor {
    let zero = number(x, 0.0);
    coefficients.iter().rev().fold(zero, |sum, &c| sum * x + c)
}

/// A function of tensors of one type.
type Formula = fn(&[Tensor]) -> Result<Tensor>;

/// The derivative of a formula, of such an order in each operand, by forward mode.
fn derivative(f: Formula, ins: &[Tensor], orders: &[u8]) -> Result<Tensor> {
    let Some(k) = orders.iter().position(|&n| n > 0) else { return f(ins) };
    let mut lower = orders.to_vec();
    lower[k] -= 1;
    let avals: Vec<Aval> = ins.iter().map(|t| t.aval().clone()).collect();
    let (traced, ()) = trace::trace(&avals, |ins| Ok((vec![derivative(f, ins, &lower)?], ())))?;
    let mut tangents: Vec<Tangent> = vec![None; ins.len()];
    tangents[k] = Some(number(&ins[k], 1.0));
    let (_, tangents) = transform::jvp(&traced.jaxpr, ins, &tangents)?;
    Ok(tangents.into_iter().flatten().next().unwrap_or_else(|| number(&ins[0], 0.0)))
}

/// Repeats a step on a state until no element of what it calls its `change` is much above the rounding
/// error of `x`, and a quarter as often again, for the derivatives and because rounding keeps some
/// changes above any smaller bound; at most 5000 times. The change is the last of the state, and
/// infinite at first.
fn until_small(
    x: &Tensor,
    state: &[Tensor],
    step: impl FnOnce(&[Tensor]) -> Vec<Tensor>,
) -> Result<Vec<Tensor>> {
    let [count, end] = [0, 1].map(|n| lax::full([], Scalar::I32(n)));
    let endless = number(x, f64::INFINITY);
    let init = [vec![count, end], state.to_vec(), vec![endless]].concat();
    let small = 64.0 * x.dtype().epsilon();
    lax::while_with(
        &init,
        |state| Ok(lax::lt(&state[0], &state[1]) & less(&state[0], 5000.0)),
        |state| {
            let next = step(&state[2..]);
            let change = &next[next.len() - 1];
            let axes: Vec<usize> = (0..change.rank()).collect();
            let far = lax::reduce_or(&lax::gt(change, &number(change, small)), &axes);
            let count = &state[0] + 1;
            let later = &count + (&count + 20) / 4;
            let end = lax::select(&far, &later, &state[1]);
            Ok([vec![count, end], next].concat())
        },
    )
    .map(|mut state| state.split_off(2))
}

impl Special {
    /// The number of operands.
    fn arity(self) -> usize {
        match self.op {
            SpecialOp::Zeta | SpecialOp::Igamma(_) | SpecialOp::Igammac => 2,
            SpecialOp::Betainc(..) => 3,
            _ => 1,
        }
    }

    fn value(self, ins: &[Tensor]) -> Result<Tensor> {
        match self.op {
            SpecialOp::Lgamma => Ok(gamma::lgamma(&ins[0])),
            SpecialOp::Digamma => Ok(gamma::digamma(&ins[0])),
            SpecialOp::Zeta => Ok(gamma::zeta(&ins[0], &ins[1])),
            SpecialOp::Igamma(n) => derivative(gamma::lower, ins, &[n, 0]),
            SpecialOp::Igammac => gamma::upper(ins),
            SpecialOp::Betainc(m, n) => derivative(beta::regularized, ins, &[m, n, 0]),
            SpecialOp::ErfInv => Ok(error::inverse(&ins[0])),
            SpecialOp::BesselI0e => Ok(bessel::i0e(&ins[0])),
            SpecialOp::BesselI1e => Ok(bessel::i1e(&ins[0])),
        }
    }

    /// The derivative in operand `k`, with the result at hand.
    fn partial(self, k: usize, ins: &[Tensor], y: &Tensor) -> Result<Tensor> {
        let all: Vec<&Tensor> = ins.iter().collect();
        Ok(match (self.op, k) {
            (SpecialOp::Lgamma, _) => apply(SpecialOp::Digamma, &all),
            (SpecialOp::Digamma, _) => lax::trigamma(&ins[0]),
            (SpecialOp::Zeta, 0) => {
                let why = "the derivative in the exponent s is not there";
                return Err(Error::unsupported(self.name(), why));
            }
            (SpecialOp::Zeta, _) => -&ins[0] * apply(SpecialOp::Zeta, &[&(&ins[0] + 1.0), &ins[1]]),
            (SpecialOp::Igamma(n), 0) => apply(SpecialOp::Igamma(n + 1), &all),
            (SpecialOp::Igamma(n), _) => derivative(gamma::density, ins, &[n, 0])?,
            (SpecialOp::Igammac, 0) => -apply(SpecialOp::Igamma(1), &all),
            (SpecialOp::Igammac, _) => -gamma::density(ins)?,
            (SpecialOp::Betainc(m, n), 0) => apply(SpecialOp::Betainc(m + 1, n), &all),
            (SpecialOp::Betainc(m, n), 1) => apply(SpecialOp::Betainc(m, n + 1), &all),
            (SpecialOp::Betainc(m, n), _) => derivative(beta::density, ins, &[m, n, 0])?,
            (SpecialOp::ErfInv, _) => {
                lax::exp(&lax::square(y)) * (std::f64::consts::PI.sqrt() / 2.0)
            }
            (SpecialOp::BesselI0e, _) => apply(SpecialOp::BesselI1e, &all) - lax::sign(&ins[0]) * y,
            (SpecialOp::BesselI1e, _) => bessel::i1e_slope(&ins[0], y),
        })
    }
}

impl Rules for Special {
    fn name(&self) -> &'static str {
        match self.op {
            SpecialOp::Lgamma => "lgamma",
            SpecialOp::Digamma => "digamma",
            SpecialOp::Zeta => "zeta",
            SpecialOp::Igamma(_) => "igamma",
            SpecialOp::Igammac => "igammac",
            SpecialOp::Betainc(..) => "regularized_incomplete_beta",
            SpecialOp::ErfInv => "erf_inv",
            SpecialOp::BesselI0e => "bessel_i0e",
            SpecialOp::BesselI1e => "bessel_i1e",
        }
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        match self.op {
            SpecialOp::Igamma(n) if n > 0 => vec![("order", n.to_string())],
            SpecialOp::Betainc(m, n) if m + n > 0 => vec![("order", format!("({m}, {n})"))],
            _ => vec![],
        }
    }

    fn read(w: &Written) -> Result<Option<Self>> {
        let plain = |op: &SpecialOp| Special { op: *op }.name() == w.name;
        Ok(match SpecialOp::ALL.into_iter().find(plain) {
            Some(SpecialOp::Igamma(_)) if w.has("order") => {
                Some(Special { op: SpecialOp::Igamma(w.number("order")?) })
            }
            Some(SpecialOp::Betainc(..)) if w.has("order") => match w.numbers("order")?[..] {
                [m, n] => Some(Special { op: SpecialOp::Betainc(m, n) }),
                _ => return Err(Error::argument("jaxpr", "it needs two orders")),
            },
            op => op.map(|op| Special { op }),
        })
    }

    fn abstract_eval(&self, ins: &[Aval]) -> Result<Vec<Aval>> {
        let op = self.name();
        derive::arity(op, ins, self.arity())?;
        let dtype = derive::same_dtype(op, ins)?;
        if !dtype.is_float() {
            return Err(Error::dtype(op, &[dtype], "it takes floats; use `convert`"));
        }
        Ok(vec![Aval::new(&derive::elementwise_shape(op, ins)?, dtype)])
    }

    fn jvp(&self, primals: &[Tensor], tangents: &[Tangent]) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
        let y = bind1(*self, &primals.iter().collect::<Vec<_>>());
        // The formulas are for arrays of one shape.
        let fit = |x: &Tensor| match x.aval().weak {
            true => lax::broadcast(x, y.shape()),
            false => x.clone(),
        };
        let ins: Vec<Tensor> = primals.iter().map(fit).collect();
        let mut sum = None;
        for (k, t) in tangents.iter().enumerate() {
            if let Some(t) = t {
                let term = t * self.partial(k, &ins, &y)?;
                sum = derive::add_tangents(sum, Some(term));
            }
        }
        Ok((vec![y], vec![sum]))
    }

    fn transpose(&self, _: &[Tangent], _: &[Operand]) -> Result<Vec<Tangent>> {
        Err(not_linear(self))
    }

    fn batch(&self, args: &[Batched], size: usize) -> Result<Vec<Batched>> {
        derive::batch_elementwise((*self).into(), args, size)
    }

    fn lower(
        &self,
        hlo: &mut hlo::Module,
        ins: &[hlo::Value],
        outs: &[Aval],
    ) -> Result<Vec<hlo::Value>> {
        let shape = &derive::first(outs)?.shape;
        let ins: Vec<hlo::Value> =
            ins.iter().map(|x| hlo.broadcast(x, shape.clone(), &[])).collect();
        let dtype = derive::first(outs)?.dtype;
        derive::write(hlo, &ins, |ins| match dtype.is_half() {
            true => {
                let wide = |x: &Tensor| lax::convert_element_type(x, DType::F32);
                let value = self.value(&ins.iter().map(wide).collect::<Vec<_>>())?;
                Ok(vec![lax::convert_element_type(&value, dtype)])
            }
            false => Ok(vec![self.value(ins)?]),
        })
    }
}
