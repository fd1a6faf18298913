//! Parameters of contractions.

/// General contraction. The result has the batch axes, then the free axes of the left operand,
/// then those of the right one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DotGeneral {
    /// Contracted axes of the left and the right operand, pairwise.
    pub contract: (Vec<usize>, Vec<usize>),
    /// Batch axes of the left and the right operand, pairwise.
    pub batch: (Vec<usize>, Vec<usize>),
}
