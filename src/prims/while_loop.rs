//! Loop that ends by itself: `c ← f(k, c)` while `p(q, c)`.
//!
//! - type: carries keep theirs; the condition is one truth value;
//! - jvp: a loop over the derivative of `f`, which carries `(c, ċ)` and ends when the loop does;
//! - linearization: the loop, and the loop of the jvp for the tangents, which runs it once more;
//! - transpose: none, because the number of runs is not known beforehand and what each run leaves
//!   cannot be stored;
//! - batching: if the condition is the same for all examples, a loop over the batched `f`; otherwise
//!   a loop that runs while the condition holds for any, in which the others stand still;
//! - HLO: `while`.

use super::carries::{dense, fixed_point, mask, present, spread};
use super::derive;
use crate::base::{DType, Error, Result, Shape};
use crate::hlo;
use crate::ir::params::While;
use crate::ir::parse::Written;
use crate::ir::{Aval, Batched, Jaxpr, Operand, Rules, Tangent, Tensor, bind, trace};
use crate::{lax, lower, transform};
use std::sync::Arc;

impl Rules for While {
    fn name(&self) -> &'static str {
        "while"
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        vec![
            ("body_nconsts", self.n_body_consts.to_string()),
            ("cond_nconsts", self.n_cond_consts.to_string()),
        ]
    }

    fn read(w: &Written) -> Result<Option<Self>> {
        w.named("while", || {
            let [body, cond] = w.programs()?;
            let n_body_consts = w.count("body_nconsts", w.n_ins)?;
            Ok(While {
                cond,
                body,
                n_cond_consts: w.count("cond_nconsts", w.n_ins)?,
                n_body_consts,
            })
        })
    }

    fn inner(&self) -> Vec<&Jaxpr> {
        vec![&self.body, &self.cond]
    }

    fn abstract_eval(&self, ins: &[Aval]) -> Result<Vec<Aval>> {
        let [cond_consts, body_consts, carries] = self.operands(ins);
        let fits = |program: &Jaxpr, consts: &[Aval]| {
            let given = [consts, carries].concat();
            let wants = program.in_avals();
            wants.len() == given.len() && wants.iter().zip(&given).all(|(a, b)| a.same_type(b))
        };
        if !fits(&self.cond, cond_consts) || !fits(&self.body, body_consts) {
            return Err(Error::argument(self.name(), format!("operands {ins:?} do not fit")));
        }
        match self.cond.out_avals().as_slice() {
            [more] if more.dtype == DType::Bool && more.rank() == 0 => {}
            outs => {
                let why = format!("the condition must give one truth value, not {outs:?}");
                return Err(Error::argument("while_loop", why));
            }
        }
        let next = self.body.out_avals();
        if next.len() != carries.len() {
            let why = format!("{} carries become {}", carries.len(), next.len());
            return Err(Error::argument("while_loop", why));
        }
        for (i, (carry, next)) in carries.iter().zip(&next).enumerate() {
            if !carry.same_type(next) {
                let why = format!(
                    "the body takes leaf {i} of the carry as {carry} and gives it back as {next}; \
                     it must keep its shape and dtype"
                );
                return Err(Error::argument("while_loop", why));
            }
        }
        Ok(next.into_iter().map(|a| Aval { weak: false, ..a }).collect())
    }

    fn jvp(&self, primals: &[Tensor], tangents: &[Tangent]) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
        let active = mask(tangents);
        let [_, const_active, start] = self.operands(&active);
        let (carry_active, (body, nonzero)) = fixed_point(start.to_vec(), |carry| {
            let found = transform::jvp_jaxpr(&self.body, &[const_active, carry].concat())?;
            Ok((found.1.clone(), found))
        })?;
        let [cond_consts, body_consts, carries] = self.operands(primals);
        let [_, const_tangents, carry_tangents] = self.operands(tangents);
        let n_carry = carries.len();
        let init = [carries, &dense(carry_tangents, carries, &carry_active)].concat();
        let const_tangents = present(const_tangents);
        let n_consts = body_consts.len();
        let consts = [body_consts, &const_tangents].concat();
        let outs = rewritten(
            [cond_consts, &consts, &init],
            |consts, state| transform::eval(&self.cond, &[consts, &state[..n_carry]].concat()),
            |consts, state| {
                let ((consts, const_dots), (carries, dots)) =
                    (consts.split_at(n_consts), state.split_at(n_carry));
                let ins = [consts, carries, const_dots, dots].concat();
                let mut outs = transform::eval(&body, &ins)?;
                let dots = spread(&nonzero, &mut outs.split_off(n_carry).into_iter());
                let dots = dense(&dots, &outs, &carry_active);
                Ok([outs, dots].concat())
            },
        )?;
        let mut outs = outs.into_iter();
        let values = outs.by_ref().take(n_carry).collect();
        Ok((values, spread(&carry_active, &mut outs)))
    }

    fn linearize(
        &self,
        primals: &[Tensor],
        tangents: &[Tangent],
    ) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
        let outs = bind(self.clone(), &primals.iter().collect::<Vec<_>>());
        Ok((outs, self.jvp(primals, tangents)?.1))
    }

    fn transpose(&self, _: &[Tangent], _: &[Operand]) -> Result<Vec<Tangent>> {
        let why = "reverse mode needs to know how often the body runs; give the loop a `bound`, use \
                   `fori_loop` with numbers or `scan`, or forward mode (`jacfwd`, `jvp`)";
        Err(Error::unsupported("while_loop", why))
    }

    fn batch(&self, args: &[Batched], size: usize) -> Result<Vec<Batched>> {
        let batched: Vec<bool> = args.iter().map(|a| a.dim.is_some()).collect();
        let [cond_batched, const_batched, start] = self.operands(&batched);
        let front = |batched: &[bool]| -> Vec<Option<usize>> {
            batched.iter().map(|&b| b.then_some(0)).collect()
        };
        let (mut carry_batched, ()) = fixed_point(start.to_vec(), |carry| {
            let dims = front(&[const_batched, carry].concat());
            let (_, outs) = transform::batch_jaxpr(&self.body, &dims, size)?;
            Ok((outs.iter().map(Option::is_some).collect(), ()))
        })?;
        let dims = front(&[cond_batched, &carry_batched].concat());
        let each = transform::batch_jaxpr(&self.cond, &dims, size)?.1[0].is_some();
        if each {
            carry_batched.fill(true);
        }
        let placed = |(arg, &batched): (&Batched, &bool)| match batched {
            true => derive::place(arg, 0, size),
            false => arg.value.clone(),
        };
        let [cond_args, const_args, carry_args] = self.operands(args);
        let groups = [
            (cond_args, cond_batched.to_vec()),
            (const_args, const_batched.to_vec()),
            (carry_args, carry_batched.clone()),
        ]
        .map(|(args, batched)| args.iter().zip(&batched).map(placed).collect::<Vec<Tensor>>());
        let [cond_consts, body_consts, init] = groups;
        let run = |program: &Jaxpr, consts: &[Tensor], const_batched: &[bool], state: &[Tensor]| {
            let batched = [const_batched, &carry_batched].concat();
            let ins = consts.iter().chain(state).zip(batched);
            let ins: Vec<Batched> =
                ins.map(|(t, b)| Batched::new(t.clone(), b.then_some(0))).collect();
            transform::batch(program, &ins, size)
        };
        // The condition of each example, where they differ.
        let more = |consts: &[Tensor], state: &[Tensor]| {
            let outs = run(&self.cond, consts, cond_batched, state)?;
            Ok::<_, Error>(derive::place(&outs[0], 0, size))
        };
        let next = |consts: &[Tensor], state: &[Tensor]| {
            let outs = run(&self.body, consts, const_batched, state)?;
            Ok::<_, Error>(outs.iter().zip(&carry_batched).map(placed).collect::<Vec<_>>())
        };
        let outs = if each {
            // The body needs to know which examples go on.
            let n = cond_consts.len();
            let consts = [cond_consts.clone(), body_consts].concat();
            rewritten(
                [&cond_consts, &consts, &init],
                |consts, state| Ok(vec![lax::reduce_or(&more(consts, state)?, &[0])]),
                |consts, state| {
                    let on = more(&consts[..n], state)?;
                    let go_on = |(new, old): (Tensor, &Tensor)| {
                        lax::select(&lax::broadcast_in_dim(&on, new.shape(), &[0]), &new, old)
                    };
                    Ok(next(&consts[n..], state)?.into_iter().zip(state).map(go_on).collect())
                },
            )?
        } else {
            rewritten(
                [&cond_consts, &body_consts, &init],
                |consts, state| {
                    let outs = run(&self.cond, consts, cond_batched, state)?;
                    Ok(outs.into_iter().map(|b| b.value).collect())
                },
                next,
            )?
        };
        let place = |(t, &b): (Tensor, &bool)| Batched::new(t, b.then_some(0));
        Ok(outs.into_iter().zip(&carry_batched).map(place).collect())
    }

    fn lower(
        &self,
        hlo: &mut hlo::Module,
        ins: &[hlo::Value],
        outs: &[Aval],
    ) -> Result<Vec<hlo::Value>> {
        if outs.is_empty() {
            return Ok(vec![]);
        }
        // A computation of HLO sees its operand only, so all that is read is part of the state.
        let types: Vec<(DType, Shape)> = ins.iter().map(|v| (v.dtype, v.shape.clone())).collect();
        hlo.begin("more");
        let state = hlo.tuple_parameter(&types);
        let [cond_consts, _, carries] = self.operands(&state);
        let more = lower::inline(hlo, &self.cond, &[cond_consts, carries].concat())?;
        let more = more.first().ok_or_else(|| Error::internal("a loop without a condition"))?;
        let more = hlo.finish_value(more);
        hlo.begin("next");
        let state = hlo.tuple_parameter(&types);
        let [cond_consts, body_consts, carries] = self.operands(&state);
        let next = lower::inline(hlo, &self.body, &[body_consts, carries].concat())?;
        let next = hlo.finish(&[cond_consts, body_consts, &next].concat(), false);
        let end = hlo.repeat(&more, &next, ins);
        Ok(self.operands(&end)[2].to_vec())
    }
}

/// A loop whose condition and body are written anew, from constants of each and a first state.
fn rewritten(
    [cond_consts, body_consts, init]: [&[Tensor]; 3],
    cond: impl FnOnce(&[Tensor], &[Tensor]) -> Result<Vec<Tensor>>,
    body: impl FnOnce(&[Tensor], &[Tensor]) -> Result<Vec<Tensor>>,
) -> Result<Vec<Tensor>> {
    let avals = |consts: &[Tensor]| -> Vec<Aval> {
        consts.iter().chain(init).map(|t| t.aval().clone()).collect()
    };
    let (cond, ()) = trace::trace(&avals(cond_consts), |ins| {
        let (consts, state) = ins.split_at(cond_consts.len());
        Ok((cond(consts, state)?, ()))
    })?;
    let (body, ()) = trace::trace(&avals(body_consts), |ins| {
        let (consts, state) = ins.split_at(body_consts.len());
        Ok((body(consts, state)?, ()))
    })?;
    let (cond, body) = (Arc::new(cond.jaxpr), Arc::new(body.jaxpr));
    let (n_cond_consts, n_body_consts) = (cond_consts.len(), body_consts.len());
    let ins = [cond_consts, body_consts, init].concat();
    Ok(lax::while_loop(While { cond, body, n_cond_consts, n_body_consts }, &ins))
}
