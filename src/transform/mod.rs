//! Layer 4: transformations of jaxprs.
//!
//! Each walks the equations of a program once and writes the transformed program into the current
//! trace through the rules of the primitives; none knows a primitive by name. They come in two
//! forms: on tensors, written in place, and as a jaxpr of its own.

mod batch;
mod jacobian;
mod jvp;
mod laplacian;
mod linearize;
mod second;
mod transpose;
mod walk;

pub(crate) use batch::{batch, batch_jaxpr};
pub(crate) use jacobian::{Direction, gradient, hvp, jacobian_jaxpr, values_and_jacobian_jaxpr};
pub(crate) use jvp::{jvp, jvp_jaxpr};
pub(crate) use linearize::{
    Linear, Split, linearize, linearize_jaxpr, linearize_keeping, push_tangents,
};
pub(crate) use second::{diagonal_jaxpr, directional_jaxpr, laplacian_jaxpr, pairs_jaxpr};
pub(crate) use transpose::transpose;
pub(crate) use walk::{eval, eval_known, eval_with};
