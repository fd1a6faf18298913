//! Jacobians and Hessians of Rust closures, compiled by XLA.

#![forbid(unsafe_code)]

mod api;
mod base;
mod hlo;
mod ir;
pub mod lax;
mod library;
mod lower;
mod opt;
mod prims;
mod runtime;
mod transform;

pub use api::*;
pub use base::{DType, Element, Error, ErrorKind, HostArray, Result, Scalar, Shape, Source};
pub use ir::{Atom, Aval, Eqn, Jaxpr, Prim, Tensor, Var, params};
pub use library::*;
pub use runtime::{Array, Device, default_device, set_default_device};
