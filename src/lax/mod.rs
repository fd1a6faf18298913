//! Layer 3: one thin function per primitive, with JAX's `lax` names and strict operands.
//!
//! These are the building blocks of every derivative rule. They do not broadcast (but for scalar
//! literals, which go with any shape) and never convert dtypes; the methods and operators of
//! [`Tensor`](crate::Tensor) do the former.

mod contract;
mod elementwise;
mod index;
mod operators;
mod reduce;
mod shape;

pub use crate::ir::params::GatherDims;
pub use contract::{call, dot_general};
pub use elementwise::*;
pub use index::{dynamic_slice, dynamic_update_slice, gather, scatter_add};
pub use operators::ToTensor;
pub(crate) use operators::{binary, compare};
pub use reduce::{
    argmax, argmin, cumsum, reduce_and, reduce_max, reduce_min, reduce_or, reduce_prod, reduce_sum,
};
pub(crate) use reduce::{cumulative, reduce};
pub use shape::{
    broadcast, broadcast_in_dim, concatenate, convert_element_type, expand_dims, full, iota, pad,
    reshape, rev, slice, squeeze, transpose,
};
pub(crate) use shape::{delta, full_like, move_axis, zeros_like};
