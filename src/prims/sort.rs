//! Order along an axis: the operands, which have one shape, with their elements in the order of the
//! first `num_keys` of them, the smallest in front. Equal keys keep their order; NaN comes last, and
//! `−0` beside `0`.
//!
//! - jvp: the tangents in the order of the values, which a last operand with the places tells;
//! - transpose: not linear;
//! - batching: the same axis of the batched operands;
//! - HLO: `sort`.

use super::derive;
use crate::base::{DType, Error, Result, Scalar, Shape};
use crate::hlo;
use crate::ir::params::Sort;
use crate::ir::parse::Written;
use crate::ir::{Aval, Batched, Operand, Rules, Tangent, Tensor, bind, rules::not_linear};
use crate::lax;

impl Sort {
    fn bind(self, ins: &[Tensor]) -> Vec<Tensor> {
        bind(self, &ins.iter().collect::<Vec<_>>())
    }
}

impl Rules for Sort {
    fn name(&self) -> &'static str {
        "sort"
    }

    fn n_outs(&self) -> usize {
        self.num_operands
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        vec![("dimension", self.axis.to_string()), ("num_keys", self.num_keys.to_string())]
    }

    fn read(w: &Written) -> Result<Option<Self>> {
        w.named("sort", || {
            let (axis, num_keys) = (w.number("dimension")?, w.number("num_keys")?);
            Ok(Sort { axis, num_keys, num_operands: w.n_ins })
        })
    }

    fn abstract_eval(&self, ins: &[Aval]) -> Result<Vec<Aval>> {
        let x = derive::arity(self.name(), ins, self.num_operands)?;
        derive::check_axes(self.name(), [&self.axis], x.rank())?;
        if ins.iter().any(|a| a.shape != x.shape) {
            let shapes: Vec<&Shape> = ins.iter().map(|a| &a.shape).collect();
            return Err(Error::shape(self.name(), &shapes, "they must be equal"));
        }
        if !(1..=ins.len()).contains(&self.num_keys) {
            let why = format!("{} of {} operands cannot say the order", self.num_keys, ins.len());
            return Err(Error::argument(self.name(), why));
        }
        ins[..self.num_keys].iter().try_for_each(|a| derive::ordered(self.name(), a.dtype))?;
        Ok(ins.iter().map(|a| a.with_shape(&a.shape)).collect())
    }

    fn jvp(&self, primals: &[Tensor], tangents: &[Tangent]) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
        if primals[0].shape()[self.axis] <= 1 {
            return Ok((self.bind(primals), tangents.to_vec()));
        }
        let places = lax::iota(DType::I32, primals[0].shape().clone(), self.axis);
        let with_places = Sort { num_operands: self.num_operands + 1, ..*self };
        let mut outs = with_places.bind(&[primals, &[places]].concat());
        let places = outs.split_off(self.num_operands);
        let places = lax::expand_dims(&places[0], &[places[0].rank()]);
        let moved = |t: &Tensor| lax::gather_along(t, &places, self.axis);
        Ok((outs, tangents.iter().map(|t| t.as_ref().map(moved)).collect()))
    }

    fn transpose(&self, _: &[Tangent], _: &[Operand]) -> Result<Vec<Tangent>> {
        Err(not_linear(self))
    }

    fn batch(&self, args: &[Batched], size: usize) -> Result<Vec<Batched>> {
        let ins: Vec<Tensor> = args.iter().map(|a| derive::place(a, 0, size)).collect();
        let outs = Sort { axis: self.axis + 1, ..*self }.bind(&ins);
        Ok(outs.into_iter().map(|t| Batched::new(t, 0)).collect())
    }

    fn lower(
        &self,
        hlo: &mut hlo::Module,
        ins: &[hlo::Value],
        outs: &[Aval],
    ) -> Result<Vec<hlo::Value>> {
        if derive::first(outs)?.shape[self.axis] <= 1 {
            return Ok(ins.to_vec());
        }
        hlo.begin("less");
        let pairs: Vec<[hlo::Value; 2]> = ins
            .iter()
            .map(|x| [(); 2].map(|()| hlo.parameter(x.dtype, &Shape::scalar())))
            .collect();
        // (a₀ < b₀) or (a₀ = b₀ and ((a₁ < b₁) or …)).
        let mut less: Option<hlo::Value> = None;
        for pair in pairs[..self.num_keys].iter().rev() {
            let [a, b] = pair.clone().map(|x| canonical(hlo, &x));
            let order = if a.dtype.is_float() { ", type=TOTALORDER" } else { "" };
            let mut compare = |direction: &str| {
                let attrs = format!(", direction={direction}{order}");
                hlo.op("compare", &[&a, &b], DType::Bool, [], &attrs)
            };
            let first = compare("LT");
            less = Some(match less {
                None => first,
                Some(rest) => {
                    let equal = compare("EQ");
                    let rest = hlo.op("and", &[&equal, &rest], DType::Bool, [], "");
                    hlo.op("or", &[&first, &rest], DType::Bool, [], "")
                }
            });
        }
        let less = less.ok_or_else(|| Error::internal("an order by nothing"))?;
        let less = hlo.finish_value(&less);
        Ok(hlo.sort(ins, self.axis, &less))
    }
}

/// One zero and one NaN, which the order of all numbers tells apart by their signs.
fn canonical(hlo: &mut hlo::Module, x: &hlo::Value) -> hlo::Value {
    if !x.dtype.is_float() {
        return x.clone();
    }
    let zero = hlo.scalar(Scalar::from_f64(0.0, x.dtype));
    let nan = hlo.scalar(Scalar::from_f64(f64::NAN, x.dtype));
    let is_zero = hlo.op("compare", &[x, &zero], DType::Bool, [], ", direction=EQ");
    let is_nan = hlo.op("compare", &[x, x], DType::Bool, [], ", direction=NE");
    let x = hlo.op("select", &[&is_zero, &zero, x], x.dtype, [], "");
    hlo.op("select", &[&is_nan, &nan, &x], x.dtype, [], "")
}
