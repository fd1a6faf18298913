//! Contractions.

use crate::ir::params::*;
use crate::ir::{Tensor, bind1};

/// General contraction: products of elements, summed over axes that `contract` pairs, one by one
/// along axes that `batch` pairs, and each with each along the others.
///
/// # Shapes
/// Paired axes have equal sizes. The result has the batch axes, the free axes of `x`, and the free
/// axes of `y`: with `contract = (&[2], &[1])` and `batch = (&[0], &[0])`
/// `[b, m, k] × [b, k, n] → [b, m, n]`.
///
/// # Dtypes
/// Numbers of one dtype, which the result has.
///
/// # Errors
/// An axis that is out of range or named twice, paired axes of different sizes, or other dtypes.
///
/// # Derivative
/// Linear in each operand.
///
/// # Source
/// The operation semantics of XLA, section DotGeneral.
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
