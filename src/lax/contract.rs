//! Contractions and calls.

use crate::ir::params::*;
use crate::ir::{Jaxpr, Tensor, bind, bind1};
use std::sync::Arc;

/// General contraction: `contract` and `batch` pair axes of `x` with axes of `y`. The result has
/// the batch axes, the free axes of `x`, the free axes of `y`.
#[track_caller]
pub fn dot_general(
    x: &Tensor,
    y: &Tensor,
    contract: (&[usize], &[usize]),
    batch: (&[usize], &[usize]),
) -> Tensor {
    let contract = (contract.0.to_vec(), contract.1.to_vec());
    let batch = (batch.0.to_vec(), batch.1.to_vec());
    bind1(DotGeneral { contract, batch }, &[x, y])
}

/// Call of a program.
#[track_caller]
pub fn call(name: &str, jaxpr: &Arc<Jaxpr>, ins: &[Tensor]) -> Vec<Tensor> {
    let ins: Vec<&Tensor> = ins.iter().collect();
    bind(Call { name: name.into(), jaxpr: jaxpr.clone() }, &ins)
}
