//! Abstract values: what is known of an array before it is computed.

use crate::base::{DType, Shape};
use std::fmt;

/// Shape and dtype of a value.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Aval {
    /// The shape.
    pub shape: Shape,
    /// The element type.
    pub dtype: DType,
    /// True for a scalar literal, which element-wise operations broadcast to any shape.
    pub weak: bool,
}

impl Aval {
    /// An array of this shape and dtype.
    pub fn new(shape: impl Into<Shape>, dtype: DType) -> Aval {
        Aval { shape: shape.into(), dtype, weak: false }
    }

    /// Number of elements.
    pub fn size(&self) -> usize {
        self.shape.size()
    }

    /// Number of axes.
    pub fn rank(&self) -> usize {
        self.shape.rank()
    }

    /// The same dtype with another shape.
    pub(crate) fn with_shape(&self, shape: impl Into<Shape>) -> Aval {
        Aval::new(shape, self.dtype)
    }

    /// True when both describe the same arrays (a literal and a scalar variable do).
    pub(crate) fn same_type(&self, other: &Aval) -> bool {
        self.dtype == other.dtype && self.shape == other.shape
    }
}

impl fmt::Display for Aval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.dtype, self.shape)
    }
}
impl fmt::Debug for Aval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
