//! A loop in two: one over primal values, and a linear one over tangents.
//!
//! The linear part of a run needs values of that run, its residuals. Where they come from decides
//! what they cost: constants of the loop, and what is computed of them alone, are constants of the
//! linear loop too; slices of the `xs` are read again; all others are stacked by the primal loop.

use super::carries::{dense, fixed_point, marked, mask, present, spread};
use crate::base::Result;
use crate::ir::params::Scan;
use crate::ir::{Aval, Tangent, Tensor, trace};
use crate::{lax, transform};
use std::sync::Arc;

/// Where the linear loop finds a residual: the index among its constants or among its xs.
enum Place {
    Const(usize),
    Slice(usize),
}

/// The results and their tangents, which live in the innermost trace of `tangents`.
///
/// # Errors
/// When a primitive of the body has no derivative.
pub(super) fn linearize(
    scan: &Scan,
    primals: &[Tensor],
    tangents: &[Tangent],
) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
    let active = mask(tangents);
    let [const_active, start, xs_active] = scan.operands(&active);
    let (carry_active, split) = fixed_point(start.to_vec(), |carry| {
        let active = [const_active, carry, xs_active].concat();
        let split = transform::linearize_jaxpr(&scan.jaxpr, &active)?;
        Ok((scan.results(&split.nonzero)[0].to_vec(), split))
    })?;
    let [_, init, xs] = scan.operands(primals);
    let n_outs = scan.jaxpr.outs.len();

    // The primal loop, and where the residuals are found.
    let mut body = split.primal;
    let known: Vec<Option<Tensor>> =
        primals.iter().enumerate().map(|(i, t)| (i < scan.n_consts).then(|| t.clone())).collect();
    let invariant = transform::eval_known(&body, &known, n_outs)?;
    let atoms = body.outs.split_off(n_outs);
    let first_x = body.consts.len() + scan.n_consts + scan.n_carry;
    let (mut res_consts, mut res_xs) = (Vec::new(), Vec::new());
    let mut places = Vec::with_capacity(atoms.len());
    // Stacked residuals come after the results: which of `res_xs` they are.
    let mut stacked = Vec::new();
    for (atom, invariant) in atoms.into_iter().zip(invariant) {
        if let Some(value) = invariant {
            places.push(Place::Const(res_consts.len()));
            res_consts.push(value);
            continue;
        }
        places.push(Place::Slice(res_xs.len()));
        let of_x = atom.var().and_then(|v| v.index().checked_sub(first_x)).and_then(|i| xs.get(i));
        if of_x.is_none() {
            stacked.push(res_xs.len());
            body.outs.push(atom);
        }
        res_xs.push(of_x.cloned());
    }
    let primal = Scan { jaxpr: Arc::new(body), ..scan.clone() };
    let mut outs = lax::scan(primal, primals);
    for (place, value) in stacked.into_iter().zip(outs.split_off(n_outs)) {
        res_xs[place] = Some(value);
    }
    let res_xs = present(&res_xs);

    // The linear loop.
    let body_avals = scan.jaxpr.in_avals();
    let [const_avals, carry_avals, xs_avals] = scan.operands(&body_avals);
    let tangent_avals = [
        marked(const_avals, const_active),
        marked(carry_avals, &carry_active),
        marked(xs_avals, xs_active),
    ];
    let slice = |x: &Tensor| x.aval().with_shape(x.shape().without(&[0]));
    let (n_consts, n_xs) = (res_consts.len(), res_xs.len());
    let avals: Vec<Aval> = res_consts
        .iter()
        .map(|r| r.aval().clone())
        .chain(tangent_avals[..2].concat())
        .chain(res_xs.iter().map(slice))
        .chain(tangent_avals[2].iter().cloned())
        .collect();
    let n_linear: usize = tangent_avals[..2].iter().map(Vec::len).sum();
    let (traced, ()) = trace::trace(&avals, |ins| {
        let (consts, rest) = ins.split_at(n_consts);
        let (t_front, rest) = rest.split_at(n_linear);
        let (slices, t_xs) = rest.split_at(n_xs);
        let residual = |p: &Place| match p {
            Place::Const(i) => consts[*i].clone(),
            Place::Slice(i) => slices[*i].clone(),
        };
        let ins: Vec<Tensor> =
            places.iter().map(residual).chain([t_front, t_xs].concat()).collect();
        let outs = transform::eval(&split.linear, &ins)?;
        let outs = spread(&split.nonzero, &mut outs.into_iter());
        let [carries, ys] = scan.results(&outs);
        let zeros: Vec<Tangent> = carry_avals.iter().map(|a| Some(lax::zeros_like(a))).collect();
        let filled: Vec<Tangent> =
            carries.iter().zip(zeros).map(|(c, zero)| c.clone().or(zero)).collect();
        let carries = present(&marked(&filled, &carry_active));
        Ok(([carries, present(ys)].concat(), ()))
    })?;
    let [const_tangents, carry_tangents, xs_tangents] = scan.operands(tangents);
    let consts = [res_consts, present(const_tangents)].concat();
    let carries = dense(carry_tangents, init, &carry_active);
    let linear = Scan {
        jaxpr: Arc::new(traced.jaxpr),
        n_consts: consts.len(),
        n_carry: carries.len(),
        ..scan.clone()
    };
    let ins = [consts, carries, res_xs, present(xs_tangents)].concat();
    let mut dots = lax::scan(linear, &ins).into_iter();
    let mut out_tangents = spread(&carry_active, &mut dots);
    out_tangents.extend(spread(scan.results(&split.nonzero)[1], &mut dots));
    Ok((outs, out_tangents))
}
