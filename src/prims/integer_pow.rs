//! `y = x^n` for a constant integer `n`; `0^0 = 1`.
//!
//! - jvp: `ẏ = n x^(n−1)·ẋ`, exact at `x = 0`;
//! - batching: the same power of the batched value;
//! - HLO: multiplications by repeated squaring; a negative `n` is the reciprocal of `x^−n`.

use super::derive;
use crate::base::{DType, Error, Result, Scalar};
use crate::hlo;
use crate::ir::params::IntegerPow;
use crate::ir::parse::Written;
use crate::ir::{Aval, Batched, Operand, Rules, Tangent, Tensor, bind1, rules::not_linear};
use crate::lax;

impl Rules for IntegerPow {
    fn name(&self) -> &'static str {
        "integer_pow"
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        vec![("y", self.n.to_string())]
    }

    fn read(w: &Written) -> Result<Option<Self>> {
        w.named("integer_pow", || Ok(IntegerPow { n: w.number("y")? }))
    }

    fn abstract_eval(&self, ins: &[Aval]) -> Result<Vec<Aval>> {
        let x = derive::arity(self.name(), ins, 1)?;
        if x.dtype == DType::Bool || self.n < 0 && x.dtype.is_int() {
            let why = "it takes numbers, and floats for a negative exponent; use `convert`";
            return Err(Error::dtype(self.name(), &[x.dtype], why));
        }
        Ok(vec![Aval::new(&x.shape, x.dtype)])
    }

    fn jvp(&self, primals: &[Tensor], tangents: &[Tangent]) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
        let ([x], [Some(t)]) = (primals, tangents) else {
            return derive::jvp_zero((*self).into(), primals);
        };
        let slope = match self.n {
            0 => None,
            1 => Some(t.clone()),
            2 => Some(t * (x * 2.0)),
            n => Some(t * (lax::integer_pow(x, n - 1) * f64::from(n))),
        };
        Ok((vec![bind1(*self, &[x])], vec![slope]))
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
        let ([x], out) = (ins, derive::first(outs)?) else {
            return Err(Error::internal("integer_pow of several operands"));
        };
        let mul = |hlo: &mut hlo::Module, a: &hlo::Value, b: &hlo::Value| {
            hlo.op("multiply", &[a, b], out.dtype, &out.shape, "")
        };
        let (mut n, mut square, mut power) = (self.n.unsigned_abs(), x.clone(), None);
        while n > 0 {
            if n % 2 == 1 {
                power = Some(match power {
                    Some(p) => mul(hlo, &p, &square),
                    None => square.clone(),
                });
            }
            n /= 2;
            if n > 0 {
                square = mul(hlo, &square, &square);
            }
        }
        let one = Scalar::from_f64(1.0, out.dtype);
        let power = match power {
            Some(p) if self.n < 0 => {
                let one = hlo.full(one, &out.shape);
                hlo.op("divide", &[&one, &p], out.dtype, &out.shape, "")
            }
            Some(p) => p,
            None => hlo.full(one, &out.shape),
        };
        Ok(vec![power])
    }
}
