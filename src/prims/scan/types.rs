//! The type rule of a loop.

use crate::base::{Error, Result};
use crate::ir::Aval;
use crate::ir::params::Scan;

/// The types of the last carries and of the `ys`.
///
/// # Errors
/// When the body changes the type of a carry, or the operands do not fit it.
pub(super) fn abstract_eval(scan: &Scan, ins: &[Aval]) -> Result<Vec<Aval>> {
    let (body_ins, body_outs) = (scan.jaxpr.in_avals(), scan.jaxpr.out_avals());
    let counts = ins.len() == body_ins.len()
        && scan.n_consts + scan.n_carry <= ins.len()
        && scan.n_carry <= body_outs.len();
    if !counts {
        let why = format!("{} operands for a body of {} inputs", ins.len(), body_ins.len());
        return Err(Error::argument("scan", why));
    }
    let [consts, carries, xs] = scan.operands(ins);
    let [body_consts, body_carries, body_xs] = scan.operands(&body_ins);
    let [next, ys] = scan.results(&body_outs);
    for (i, (carry, next)) in body_carries.iter().zip(next).enumerate() {
        if !carry.same_type(next) {
            let why = format!(
                "the body takes leaf {i} of the carry as {carry} and gives it back as {next}; it \
                 must keep its shape and dtype"
            );
            return Err(Error::argument("scan", why));
        }
    }
    let given = consts.iter().chain(carries).zip(body_consts.iter().chain(body_carries));
    for (i, (given, wanted)) in given.enumerate() {
        if !given.same_type(wanted) {
            let why = format!("operand {i} is {given} where the body takes {wanted}");
            return Err(Error::argument("scan", why));
        }
    }
    for (i, (x, slice)) in xs.iter().zip(body_xs).enumerate() {
        let wanted = slice.with_shape(slice.shape.with_axis(0, scan.length));
        if !x.same_type(&wanted) {
            let why = format!("leaf {i} of xs is {x} where {} runs take {wanted}", scan.length);
            return Err(Error::argument("scan", why));
        }
    }
    let stacked = |y: &Aval| y.with_shape(y.shape.with_axis(0, scan.length));
    let carries = next.iter().map(|c| Aval { weak: false, ..c.clone() });
    Ok(carries.chain(ys.iter().map(stacked)).collect())
}
