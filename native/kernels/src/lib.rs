//! What compiled programs call on the CPU where XLA's own code is slow: products of matrices and
//! decompositions, by `faer`.
//!
//! XLA finds the functions by name, see `calls.cc`. This is all the unsafe Rust of the project.

mod call;
mod decompose;
mod dot;

pub use call::available;
pub use decompose::{EIGH, Matrices, SVD};
pub use dot::{DOT, Dot, Loop, PART};
