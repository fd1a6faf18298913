//! Layer 2: the intermediate representation.
//!
//! A [`Jaxpr`] is a typed, first-order program in single assignment form.
//! [`Prim`] is the closed set of its operations and [`Rules`] what each operation must know.
//! A [`Tensor`] is a handle to a value of a program that is being written by a [`Trace`].

pub(crate) mod aval;
pub(crate) mod check;
pub(crate) mod jaxpr;
pub mod params;
pub(crate) mod parse;
pub(crate) mod prim;
pub(crate) mod print;
pub(crate) mod rules;
pub(crate) mod tensor;
mod tokens;
pub(crate) mod trace;

pub use aval::Aval;
pub use jaxpr::{Atom, Eqn, Jaxpr, Var};
pub use prim::Prim;
pub(crate) use rules::{Batched, Operand, Rules, Tangent};
pub use tensor::Tensor;
pub(crate) use trace::{Trace, bind, bind1, poison, with_source};
