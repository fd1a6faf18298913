//! What the rules of primitives share that stand for one program: calls, and functions with
//! checkpoints or derivatives of their own.

use super::carries::{marked, mask, present, spread};
use super::derive;
use crate::base::{Error, Result};
use crate::ir::{Aval, Batched, Jaxpr, Operand, Tangent, Tensor, trace};
use crate::transform;
use std::sync::Arc;

/// The types of the results of a program on operands of these types.
pub(super) fn types(op: &str, jaxpr: &Jaxpr, ins: &[Aval]) -> Result<Vec<Aval>> {
    let wants = jaxpr.in_avals();
    if wants.len() != ins.len() || wants.iter().zip(ins).any(|(a, b)| !a.same_type(b)) {
        return Err(Error::internal(format!("{op} of {ins:?} by a program of {wants:?}")));
    }
    Ok(jaxpr.out_avals().into_iter().map(|a| Aval { weak: false, ..a }).collect())
}

/// The results and tangents of `jaxpr`, by one equation that `bind` makes of the program of both.
pub(super) fn jvp(
    jaxpr: &Jaxpr,
    primals: &[Tensor],
    tangents: &[Tangent],
    bind: impl FnOnce(Jaxpr, &[Tensor]) -> Vec<Tensor>,
) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
    let (jaxpr, nonzero) = transform::jvp_jaxpr(jaxpr, &mask(tangents))?;
    let mut outs = bind(jaxpr, &[primals, &present(tangents)].concat()).into_iter();
    let primals_out = outs.by_ref().take(nonzero.len()).collect();
    Ok((primals_out, spread(&nonzero, &mut outs)))
}

/// The results of `jaxpr` for `size` examples, by one equation that `bind` makes of the program.
pub(super) fn batch(
    jaxpr: &Jaxpr,
    args: &[Batched],
    size: usize,
    bind: impl FnOnce(Jaxpr, &[Tensor]) -> Vec<Tensor>,
) -> Result<Vec<Batched>> {
    let dims: Vec<Option<usize>> = args.iter().map(|a| a.dim).collect();
    let (jaxpr, out_dims) = transform::batch_jaxpr(jaxpr, &dims, size)?;
    let ins: Vec<Tensor> = args.iter().map(|a| a.value.clone()).collect();
    Ok(bind(jaxpr, &ins).into_iter().zip(out_dims).map(|(t, d)| Batched::new(t, d)).collect())
}

/// Where [`batched`] puts the batch axis of a result: in front.
pub(super) fn in_front(_: usize, out: &Batched, size: usize) -> Tensor {
    derive::place(out, 0, size)
}

/// The batched program, each result with its batch axis where `place` puts it.
pub(super) fn batched(
    jaxpr: &Jaxpr,
    dims: &[Option<usize>],
    size: usize,
    place: impl Fn(usize, &Batched, usize) -> Tensor,
) -> Result<Arc<Jaxpr>> {
    let widen = |(a, d): (Aval, &Option<usize>)| match d {
        Some(d) => a.with_shape(a.shape.with_axis(*d, size)),
        None => a,
    };
    let avals: Vec<Aval> = jaxpr.in_avals().into_iter().zip(dims).map(widen).collect();
    let (traced, ()) = trace::trace(&avals, |ins| {
        let args: Vec<Batched> =
            ins.iter().zip(dims).map(|(t, &d)| Batched::new(t.clone(), d)).collect();
        let outs = transform::batch(jaxpr, &args, size)?;
        Ok((outs.iter().enumerate().map(|(k, out)| place(k, out, size)).collect(), ()))
    })?;
    Ok(Arc::new(traced.jaxpr))
}

/// The transpose of a program as a program.
pub(super) struct Transposed {
    /// From the known inputs, then the cotangents of the results that have one, to the cotangents of
    /// the linear inputs that have one.
    pub(super) jaxpr: Jaxpr,
    /// Which inputs have a cotangent.
    pub(super) nonzero: Vec<bool>,
}

/// The transpose of `jaxpr`, which is linear in the marked inputs, for cotangents of the marked results.
pub(super) fn transpose(jaxpr: &Jaxpr, linear: &[bool], with_ct: &[bool]) -> Result<Transposed> {
    let (ins, outs) = (jaxpr.in_avals(), jaxpr.out_avals());
    let known: Vec<bool> = linear.iter().map(|l| !l).collect();
    let avals: Vec<Aval> = [marked(&ins, &known), marked(&outs, with_ct)].concat();
    let (traced, nonzero) = trace::trace(&avals, |given| {
        let mut given = given.iter().cloned();
        let values = spread(&known, &mut given);
        let operands: Vec<Operand> = values
            .into_iter()
            .zip(&ins)
            .map(|(v, a)| v.map_or_else(|| Operand::Linear(a.clone()), Operand::Known))
            .collect();
        let cts = spread(with_ct, &mut given);
        let grads = transform::transpose(jaxpr, &operands, &cts)?;
        Ok((present(&grads), mask(&grads)))
    })?;
    Ok(Transposed { jaxpr: traced.jaxpr, nonzero })
}
