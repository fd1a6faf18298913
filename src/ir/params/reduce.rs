//! Parameters of reductions.

use crate::base::{DType, Scalar};

/// What a reduction combines with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // the names are the documentation
pub enum ReduceOp {
    Sum,
    Prod,
    Max,
    Min,
    And,
    Or,
}

impl ReduceOp {
    /// Every reduction.
    pub const ALL: [ReduceOp; 6] = {
        use ReduceOp::*;
        [Sum, Prod, Max, Min, And, Or]
    };

    /// The value of a reduction over nothing, which leaves others alone.
    pub(crate) fn neutral(self, dtype: DType) -> Scalar {
        let value = match self {
            ReduceOp::Sum | ReduceOp::Or => 0.0,
            ReduceOp::Prod => 1.0,
            ReduceOp::Max if dtype == DType::Bool => 0.0,
            ReduceOp::Max => f64::NEG_INFINITY,
            ReduceOp::Min => f64::INFINITY,
            // All bits set.
            ReduceOp::And if dtype.is_unsigned() => f64::INFINITY,
            ReduceOp::And => -1.0,
        };
        // Conversion to integers saturates: an infinity becomes the extreme of the type.
        Scalar::from_f64(value, dtype)
    }
}

/// Reduction over axes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reduce {
    /// What it combines with.
    pub op: ReduceOp,
    /// The axes, increasing.
    pub axes: Vec<usize>,
}

/// Which extreme an index reduction looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // the names are the documentation
pub enum ArgOp {
    Max,
    Min,
}

/// Index of the extreme along an axis; the first of equals, and a NaN before all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ArgReduce {
    /// Which extreme.
    pub op: ArgOp,
    /// The axis.
    pub axis: usize,
    /// The dtype of the index.
    pub dtype: DType,
}

/// What a cumulative reduction combines with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // the names are the documentation
pub enum CumulativeOp {
    Sum,
}

/// Cumulative reduction along an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cumulative {
    /// What it combines with.
    pub op: CumulativeOp,
    /// The axis.
    pub axis: usize,
    /// From the end to the front.
    pub reverse: bool,
}

/// Order of the elements along an axis: several operands by the first ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sort {
    /// The axis.
    pub axis: usize,
    /// The number of operands that say the order, the first before the second and so on.
    pub num_keys: usize,
    /// The number of operands.
    pub num_operands: usize,
}
