//! A choice in two: one among programs of primal values, and one among linear programs.
//!
//! The linear program of a branch needs values of that branch, its residuals. Operands of the choice
//! are read again; all others are results of the first choice, in places that the branches share:
//! there are as many of a type as the branch that has most of it needs, and zeros in the places that
//! a branch does not use.

use super::{mask, spread};
use crate::base::Result;
use crate::ir::params::Cond;
use crate::ir::{Aval, Tangent, Tensor, trace};
use crate::lax;
use crate::transform;
use crate::transform::Split;
use std::sync::Arc;

/// Where the linear program of a branch finds a residual: which operand, or which shared place.
#[derive(Clone, Copy)]
enum Place {
    Operand(usize),
    Shared(usize),
}

/// The results and their tangents, which live in the innermost trace of `tangents`.
///
/// # Errors
/// When a primitive of a branch has no derivative.
pub(super) fn linearize(
    cond: &Cond,
    primals: &[Tensor],
    tangents: &[Tangent],
) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
    let (index, operands) = (&primals[0], &primals[1..]);
    let active = mask(&tangents[1..]);
    let splits: Vec<Split> = cond
        .branches
        .iter()
        .map(|branch| transform::linearize_jaxpr(branch, &active))
        .collect::<Result<_>>()?;
    let n_outs = splits.first().map_or(0, |s| s.nonzero.len());

    // The places of the residuals.
    let mut shared: Vec<Aval> = Vec::new();
    let places: Vec<Vec<Place>> = splits
        .iter()
        .map(|split| {
            let mut free = vec![true; shared.len()];
            let first = split.primal.consts.len();
            let place = |&atom: &crate::ir::Atom| {
                let operand = atom.var().and_then(|v| v.index().checked_sub(first));
                if let Some(i) = operand.filter(|&i| i < operands.len()) {
                    return Place::Operand(i);
                }
                let aval = Aval { weak: false, ..split.primal.atom_aval(atom) };
                let fits = |i: &usize| free[*i] && shared[*i].same_type(&aval);
                let i = (0..shared.len()).find(fits).unwrap_or_else(|| {
                    shared.push(aval);
                    free.push(true);
                    shared.len() - 1
                });
                free[i] = false;
                Place::Shared(i)
            };
            split.primal.outs[n_outs..].iter().map(place).collect()
        })
        .collect();

    // The choice among programs.
    let operand_avals: Vec<Aval> = operands.iter().map(|t| t.aval().clone()).collect();
    let primal = splits.iter().zip(&places).map(|(split, places)| {
        let (traced, ()) = trace::trace(&operand_avals, |ins| {
            let mut outs = transform::eval(&split.primal, ins)?;
            let residuals = outs.split_off(n_outs);
            let mut values: Vec<Option<Tensor>> = vec![None; shared.len()];
            for (place, value) in places.iter().zip(residuals) {
                if let Place::Shared(i) = place {
                    values[*i] = Some(value);
                }
            }
            let dense = |(value, aval): (Option<Tensor>, &Aval)| {
                value.unwrap_or_else(|| lax::zeros_like(aval))
            };
            outs.extend(values.into_iter().zip(&shared).map(dense));
            Ok((outs, ()))
        })?;
        Ok(Arc::new(traced.jaxpr))
    });
    let mut outs = lax::cond(&primal.collect::<Result<Vec<_>>>()?, primals);
    let values = outs.split_off(n_outs);

    // The choice among linear programs, on the shared residuals, all operands and the tangents.
    let nonzero: Vec<bool> =
        (0..n_outs).map(|k| splits.iter().any(|split| split.nonzero[k])).collect();
    let known: Vec<Tensor> = values.into_iter().chain(operands.iter().cloned()).collect();
    let given: Vec<Tensor> = tangents.iter().flatten().cloned().collect();
    let avals: Vec<Aval> = known.iter().chain(&given).map(|t| t.aval().clone()).collect();
    let out_avals = cond.branches.first().map_or(vec![], |b| b.out_avals());
    let linear = splits.iter().zip(&places).map(|(split, places)| {
        let (traced, ()) = trace::trace(&avals, |ins| {
            let (known, tangents) = ins.split_at(known.len());
            let residual = |place: &Place| match place {
                Place::Shared(i) => known[*i].clone(),
                Place::Operand(i) => known[shared.len() + i].clone(),
            };
            let ins: Vec<Tensor> = places.iter().map(residual).chain(tangents.to_vec()).collect();
            let mut dots = transform::eval(&split.linear, &ins)?.into_iter();
            let dot = |k: usize| {
                let dot = if split.nonzero[k] { dots.next() } else { None };
                nonzero[k].then(|| dot.unwrap_or_else(|| lax::zeros_like(&out_avals[k])))
            };
            Ok(((0..n_outs).filter_map(dot).collect(), ()))
        })?;
        Ok(Arc::new(traced.jaxpr))
    });
    let ins: Vec<Tensor> = [index.clone()].into_iter().chain(known.clone()).chain(given).collect();
    let mut dots = lax::cond(&linear.collect::<Result<Vec<_>>>()?, &ins).into_iter();
    Ok((outs, spread(&nonzero, &mut dots)))
}
