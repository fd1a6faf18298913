//! Finding out where a NaN comes from.

use super::TreeDef;
use super::jit::Program;
use crate::base::{Error, ErrorKind, Result, Scalar};
use crate::ir::{Eqn, Jaxpr, Tensor, trace};
use crate::runtime::{Array, Device};
use crate::{lax, opt, transform};

/// Refuses results that hold a NaN, with the first equation of the traced program that gives one
/// from operands without.
///
/// # Errors
/// When a result holds a NaN.
pub(super) fn check(
    outs: &[Array],
    traced: impl FnOnce() -> Result<Jaxpr>,
    (def, leaves): (&TreeDef, &[Array]),
    device: Device,
) -> Result<()> {
    if !any_nan(outs)? {
        return Ok(());
    }
    for (leaf, name) in leaves.iter().zip(def.argument_names()) {
        if any_nan(std::slice::from_ref(leaf))? {
            return Err(error("jit", format!("{name} holds a NaN")));
        }
    }
    let jaxpr = opt::inline(&traced()?)?;
    let mut watched: Vec<&Eqn> = Vec::new();
    let (watch, ()) = trace::trace(&jaxpr.in_avals(), |ins| {
        let mut flags = vec![lax::full([1], Scalar::Bool(false))];
        transform::eval_with(&jaxpr, ins, |eqn, outs| {
            let floats: Vec<&Tensor> = outs.iter().filter(|t| t.dtype().is_inexact()).collect();
            for x in floats {
                let axes: Vec<usize> = (0..x.rank()).collect();
                flags.push(lax::expand_dims(&lax::reduce_or(&lax::ne(x, x), &axes), &[0]));
                watched.push(eqn);
            }
        })?;
        Ok((vec![lax::concatenate(&flags.iter().collect::<Vec<_>>(), 0)], ()))
    })?;
    let program = Program::compile(&watch.jaxpr, TreeDef::Leaf, device)?;
    let flags = program.execute(leaves)?.swap_remove(0).to_vec::<bool>()?;
    let first = flags[1..].iter().position(|&nan| nan).and_then(|k| watched.get(k));
    Err(match first {
        Some(eqn) => {
            let why = "gives the first NaN, from operands that have none";
            error(eqn.prim.name(), why.into()).or_at(eqn.at)
        }
        None => {
            let why = "the result holds a NaN that the program as it is traced does not have; see \
                       `Jit::optimize`";
            error("jit", why.into())
        }
    })
}

fn error(op: &str, why: String) -> Error {
    Error::new(ErrorKind::Nan { op: op.into(), why })
}

fn any_nan(arrays: &[Array]) -> Result<bool> {
    for x in arrays.iter().filter(|x| x.dtype().is_inexact()) {
        let values = x.to_host()?;
        let found = values.scalars().map(Scalar::to_complex).any(|z| z.is_nan());
        if found {
            return Ok(true);
        }
    }
    Ok(false)
}
