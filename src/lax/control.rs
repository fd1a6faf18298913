//! Calls and loops.

use crate::base::{Error, Result};
use crate::ir::params::{Call, Scan};
use crate::ir::{Aval, Jaxpr, Tensor, bind, trace};
use std::sync::Arc;

/// Call of a program: its results on `ins`, as one equation with this name.
///
/// # Shapes
/// The operands have the types of the program's inputs, and the results those of its results.
///
/// # Errors
/// Operands of other types.
#[track_caller]
pub fn call(name: &str, jaxpr: &Arc<Jaxpr>, ins: &[Tensor]) -> Vec<Tensor> {
    let ins: Vec<&Tensor> = ins.iter().collect();
    bind(Call { name: name.into(), jaxpr: jaxpr.clone() }, &ins)
}

/// A loop of known length: the results of `scan` on the constants, the first carries, and the `xs`.
///
/// # Shapes
/// Constants and carries have the types of the first inputs of the body; each of the `xs` has the
/// type of its input of the body with the axis `length` in front. The results are the last carries,
/// then the `ys`, each with the axis `length` in front.
///
/// # Errors
/// Operands of other types, or a body that changes the type of a carry.
///
/// # Derivative
/// A loop over the derivative of the body; its transpose runs the other way.
#[track_caller]
pub fn scan(scan: Scan, ins: &[Tensor]) -> Vec<Tensor> {
    bind(scan, &ins.iter().collect::<Vec<_>>())
}

/// A loop whose body is a closure from carries and slices of the `xs` to carries followed by slices
/// of the `ys`, and something else that is handed back. Tensors that the closure captures become
/// constants of the loop.
///
/// # Errors
/// The first mistake made in the body.
#[track_caller]
pub(crate) fn scan_with<R>(
    (length, reverse): (usize, bool),
    init: &[Tensor],
    xs: &[Tensor],
    body: impl FnOnce(&[Tensor], &[Tensor]) -> Result<(Vec<Tensor>, R)>,
) -> Result<(Vec<Tensor>, R)> {
    let mut avals: Vec<Aval> = init.iter().map(|c| c.aval().clone()).collect();
    for x in xs {
        if x.rank() == 0 {
            return Err(Error::internal("a loop over the slices of a scalar"));
        }
        avals.push(x.aval().with_shape(x.shape().without(&[0])));
    }
    let n_carry = init.len();
    let (traced, extra) = trace::trace(&avals, |ins| {
        let (carries, xs) = ins.split_at(n_carry);
        body(carries, xs)
    })?;
    // Arrays that are constants of the body are so of the loop.
    let mut jaxpr = traced.jaxpr;
    let mut ins: Vec<Tensor> = Vec::with_capacity(jaxpr.avals.len());
    for value in std::mem::take(&mut jaxpr.consts) {
        ins.push(trace::constant(value));
        jaxpr.n_ins += 1;
    }
    ins.extend(traced.captures);
    let n_consts = ins.len();
    ins.extend(init.iter().chain(xs).cloned());
    let jaxpr = Arc::new(jaxpr);
    Ok((scan(Scan { jaxpr, length, reverse, n_consts, n_carry }, &ins), extra))
}
