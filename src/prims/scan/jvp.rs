//! The tangents of a loop: `(c, ċ)` is carried through the derivative of the body.

use super::carries::{dense, fixed_point, marked, mask, present, spread};
use crate::base::Result;
use crate::ir::params::Scan;
use crate::ir::{Aval, Tangent, Tensor, trace};
use crate::{lax, transform};
use std::sync::Arc;

/// The results and their tangents. Tangents that stay zero in every run are not carried.
///
/// # Errors
/// When a primitive of the body has no derivative.
pub(super) fn jvp(
    scan: &Scan,
    primals: &[Tensor],
    tangents: &[Tangent],
) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
    let active = mask(tangents);
    let [const_active, start, xs_active] = scan.operands(&active);
    let of_ins = |carry: &[bool]| [const_active, carry, xs_active].concat();
    let (carry_active, (body, nonzero)) = fixed_point(start.to_vec(), |carry| {
        let (body, nonzero) = transform::jvp_jaxpr(&scan.jaxpr, &of_ins(carry))?;
        Ok((scan.results(&nonzero)[0].to_vec(), (body, nonzero)))
    })?;
    let in_avals = scan.jaxpr.in_avals();
    let [const_avals, carry_avals, xs_avals] = scan.operands(&in_avals);
    // A body whose constants, carries and xs stand together with their tangents.
    let groups = [(const_avals, const_active), (carry_avals, &carry_active), (xs_avals, xs_active)];
    let with_tangents =
        |(avals, active): &(&[Aval], &[bool])| [avals.to_vec(), marked(avals, active)].concat();
    let avals: Vec<Aval> = groups.iter().flat_map(with_tangents).collect();
    let (traced, ()) = trace::trace(&avals, |ins| {
        let mut rest = ins.iter().cloned();
        let (mut primals, mut tangents) = (Vec::new(), Vec::new());
        for (avals, active) in groups {
            primals.extend(rest.by_ref().take(avals.len()));
            tangents.extend(rest.by_ref().take(active.iter().filter(|a| **a).count()));
        }
        primals.extend(tangents);
        let outs = transform::eval(&body, &primals)?;
        let (outs, tangents) = outs.split_at(scan.jaxpr.outs.len());
        let tangents = spread(&nonzero, &mut tangents.iter().cloned());
        let [carries, ys] = scan.results(outs);
        let [carry_tangents, y_tangents] = scan.results(&tangents);
        let carry_tangents = dense(carry_tangents, carries, &carry_active);
        Ok(([carries, &carry_tangents, ys, &present(y_tangents)].concat(), ()))
    })?;
    let [consts, carries, xs] = scan.operands(primals);
    let [const_tangents, carry_tangents, xs_tangents] = scan.operands(tangents);
    let consts = [consts, &present(const_tangents)].concat();
    let carries = [carries, &dense(carry_tangents, carries, &carry_active)].concat();
    let with_tangents = Scan {
        jaxpr: Arc::new(traced.jaxpr),
        n_consts: consts.len(),
        n_carry: carries.len(),
        ..scan.clone()
    };
    let outs =
        lax::scan(with_tangents, &[consts, carries, [xs, &present(xs_tangents)].concat()].concat());
    let mut outs = outs.into_iter();
    let n_ys = scan.jaxpr.outs.len() - scan.n_carry;
    let mut values: Vec<Tensor> = outs.by_ref().take(scan.n_carry).collect();
    let mut out_tangents = spread(&carry_active, &mut outs);
    values.extend(outs.by_ref().take(n_ys));
    out_tangents.extend(spread(scan.results(&nonzero)[1], &mut outs));
    Ok((values, out_tangents))
}
