//! Batching: the program for many examples at once. Values that are the same for all examples stay
//! single.

use super::walk::{apply, environment, read};
use crate::base::Result;
use crate::ir::{Batched, Jaxpr, Tensor, trace, with_source};

/// The results of a program for `size` examples.
///
/// # Errors
/// When a primitive cannot be batched.
pub(crate) fn batch(jaxpr: &Jaxpr, args: &[Batched], size: usize) -> Result<Vec<Batched>> {
    let single = |t: Tensor| Batched::new(t, None);
    let mut env: Vec<Batched> = environment(jaxpr, args.iter().cloned(), single)?;
    for eqn in &jaxpr.eqns {
        let ins: Vec<Batched> = eqn.ins.iter().map(|&a| read(&env, a, single)).collect();
        if ins.iter().all(|b| b.dim.is_none()) {
            let ins: Vec<Tensor> = ins.into_iter().map(|b| b.value).collect();
            env.extend(apply(eqn, &ins).into_iter().map(single));
        } else {
            env.extend(with_source(eqn.at, || eqn.prim.rules().batch(&ins, size))?);
        }
    }
    Ok(jaxpr.outs.iter().map(|&a| read(&env, a, single)).collect())
}

/// The batched program, given the batch axis of each input; also the batch axis of each result.
///
/// # Errors
/// When a primitive cannot be batched.
pub(crate) fn batch_jaxpr(
    jaxpr: &Jaxpr,
    dims: &[Option<usize>],
    size: usize,
) -> Result<(Jaxpr, Vec<Option<usize>>)> {
    let widen = |(a, d): (crate::ir::Aval, &Option<usize>)| match d {
        Some(d) => a.with_shape(a.shape.with_axis(*d, size)),
        None => a,
    };
    let avals: Vec<_> = jaxpr.in_avals().into_iter().zip(dims).map(widen).collect();
    let (traced, dims) = trace::trace(&avals, |ins| {
        let args: Vec<Batched> =
            ins.iter().zip(dims).map(|(t, &d)| Batched::new(t.clone(), d)).collect();
        let outs = batch(jaxpr, &args, size)?;
        Ok(outs.into_iter().map(|b| (b.value, b.dim)).unzip())
    })?;
    Ok((traced.jaxpr, dims))
}
