//! The transpose of a linear loop: the loop the other way, over the transpose of the body.
//!
//! Run `t` of `c' = A c + B k + C x_t`, `y_t = D c + E k + F x_t` gives, from `c̄'` and `ȳ_t`,
//! `c̄ = Aᵀ c̄' + Dᵀ ȳ_t`, `x̄_t = Cᵀ c̄' + Fᵀ ȳ_t`, and adds `Bᵀ c̄' + Eᵀ ȳ_t` to `k̄`.

use super::carries::{dense, fixed_point, marked, mask, present, spread};
use crate::base::Result;
use crate::ir::params::Scan;
use crate::ir::{Aval, Operand, Tangent, Tensor, trace};
use crate::prims::program::{self, Transposed};
use crate::{lax, transform};
use std::sync::Arc;

/// The cotangents of the linear operands; `None` if the loop is not linear in them.
///
/// # Errors
/// When a primitive of the body has no transpose.
pub(super) fn transpose(
    scan: &Scan,
    cts: &[Tangent],
    ins: &[Operand],
) -> Result<Option<Vec<Tangent>>> {
    let in_avals = scan.jaxpr.in_avals();
    let mut linear: Vec<bool> = ins.iter().map(Operand::is_linear).collect();
    // The first value of a linear carry may be known: then it is zero.
    linear[scan.n_consts..scan.n_consts + scan.n_carry].fill(true);
    let floats = linear.iter().zip(&in_avals).all(|(l, a)| !l || a.dtype.is_inexact());
    if !floats {
        return Ok(None);
    }
    let [carry_cts, y_cts] = scan.results(cts);
    let y_mask = mask(y_cts);
    let (carried, Transposed { jaxpr, nonzero }) = fixed_point(mask(carry_cts), |carry| {
        let step = program::transpose(&scan.jaxpr, &linear, &[carry, &y_mask].concat())?;
        Ok((scan.operands(&step.nonzero)[1].to_vec(), step))
    })?;
    let [const_grads, carry_grads, xs_grads] = scan.operands(&nonzero);

    // Operands of the loop the other way.
    let known: Vec<Option<Tensor>> = ins.iter().map(|o| o.known().cloned()).collect();
    let [known_consts, _, known_xs] = scan.operands(&known);
    let (known_consts, known_xs) = (present(known_consts), present(known_xs));
    let [const_avals, carry_avals, _] = scan.operands(&in_avals);
    let sum_avals = marked(const_avals, const_grads);
    let slice = |x: &Tensor| x.aval().with_shape(x.shape().without(&[0]));
    let (n_consts, n_sums) = (known_consts.len(), sum_avals.len());
    let n_carried = carried.iter().filter(|c| **c).count();
    let avals: Vec<Aval> = known_consts
        .iter()
        .map(|c| c.aval().clone())
        .chain(sum_avals.iter().cloned())
        .chain(marked(carry_avals, &carried))
        .chain(known_xs.iter().map(slice))
        .chain(marked(scan.results(&scan.jaxpr.out_avals())[1], &y_mask))
        .collect();
    let (traced, ()) = trace::trace(&avals, |given| {
        let (consts, rest) = given.split_at(n_consts);
        let (sums, rest) = rest.split_at(n_sums);
        let (carries, rest) = rest.split_at(n_carried);
        let (xs, ys) = rest.split_at(known_xs.len());
        let grads = transform::eval(&jaxpr, &[consts, xs, carries, ys].concat())?;
        let mut grads = grads.into_iter();
        let sums = sums.iter().zip(grads.by_ref()).map(|(sum, g)| lax::add(sum, &g));
        let mut next: Vec<Tensor> = sums.collect();
        let carry_grads = spread(carry_grads, &mut grads);
        for ((grad, aval), _) in
            carry_grads.into_iter().zip(carry_avals).zip(&carried).filter(|(_, c)| **c)
        {
            next.push(grad.unwrap_or_else(|| lax::zeros_like(aval)));
        }
        next.extend(grads);
        Ok((next, ()))
    })?;
    let zeros = |a: &Aval| lax::zeros_like(a);
    let carry_zeros: Vec<Tensor> = carry_avals.iter().map(zeros).collect();
    let init: Vec<Tensor> =
        sum_avals.iter().map(zeros).chain(dense(carry_cts, &carry_zeros, &carried)).collect();
    let back = Scan {
        jaxpr: Arc::new(traced.jaxpr),
        length: scan.length,
        reverse: !scan.reverse,
        n_consts,
        n_carry: init.len(),
    };
    let mut outs =
        lax::scan(back, &[known_consts, init, known_xs, present(y_cts)].concat()).into_iter();
    let mut grads = spread(const_grads, &mut outs);
    grads.extend(spread(&carried, &mut outs));
    grads.extend(spread(xs_grads, &mut outs));
    Ok(Some(grads))
}
