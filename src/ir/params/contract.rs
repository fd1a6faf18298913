//! Parameters of contractions and calls.

use crate::ir::Jaxpr;
use std::sync::Arc;

/// General contraction. The result has the batch axes, then the free axes of the left operand,
/// then those of the right one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DotGeneral {
    /// Contracted axes of the left and the right operand, pairwise.
    pub contract: (Vec<usize>, Vec<usize>),
    /// Batch axes of the left and the right operand, pairwise.
    pub batch: (Vec<usize>, Vec<usize>),
}

/// Call of a program, from a nested `jit`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Call {
    /// The name shown in the jaxpr.
    pub name: String,
    /// The program.
    pub jaxpr: Arc<Jaxpr>,
}
