//! Layer 0: data types, shapes, errors, source locations and host arrays.
//!
//! Nothing here knows what a jaxpr is.

pub(crate) mod array;
pub(crate) mod dtype;
pub(crate) mod error;
pub(crate) mod shape;
pub(crate) mod source;

pub use array::HostArray;
pub(crate) use dtype::with_dtypes;
pub use dtype::{DType, Element, Scalar};
pub(crate) use error::public_call;
pub use error::{Error, ErrorKind, Result};
pub use shape::Shape;
pub(crate) use shape::strides;
pub use source::Source;
