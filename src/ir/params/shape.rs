//! Parameters of primitives that move elements without computing on them.

use crate::base::{DType, Shape};

/// An array whose element is its index along one axis.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Iota {
    /// The shape of the result.
    pub shape: Shape,
    /// The dtype of the result.
    pub dtype: DType,
    /// The axis that is counted.
    pub dim: usize,
}

/// Operand axis `i` becomes axis `dims[i]` of the result; an axis of size one is repeated.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BroadcastInDim {
    /// The shape of the result.
    pub shape: Shape,
    /// Where each operand axis goes, strictly increasing.
    pub dims: Vec<usize>,
}

/// The same elements in row-major order in another shape.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reshape {
    /// The shape of the result.
    pub shape: Shape,
}

/// Axis `i` of the result is axis `perm[i]` of the operand.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Transpose {
    /// The permutation.
    pub perm: Vec<usize>,
}

/// Removal of axes of size one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Squeeze {
    /// The axes to remove, increasing.
    pub dims: Vec<usize>,
}

/// Reversal of the order along axes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Rev {
    /// The axes to reverse, increasing.
    pub dims: Vec<usize>,
}

/// Elements `start, start + stride, ...` below `limit` of every axis.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Slice {
    /// First index of each axis.
    pub start: Vec<usize>,
    /// Bound of each axis, not included.
    pub limit: Vec<usize>,
    /// Step of each axis, at least one.
    pub stride: Vec<usize>,
}

/// Padding of each axis with a scalar: `(low, high, interior)`. Negative `low` and `high` crop.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pad {
    /// Low, high and interior padding of each axis.
    pub config: Vec<(isize, isize, usize)>,
}

/// Concatenation along an axis.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Concatenate {
    /// The axis.
    pub dim: usize,
}
