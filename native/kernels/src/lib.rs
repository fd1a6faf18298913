//! What compiled programs call on the CPU where XLA's own code is slow: products of matrices,
//! decompositions and triangular systems, by `faer`, and sums at places; and what it cannot do, to
//! print values.
//!
//! XLA finds the functions by name, see `calls.cc`. This is all the unsafe Rust of the project.

mod call;
mod dot;
mod lu;
mod matrices;
mod print;
mod scatter;

pub use call::available;
pub use dot::{DOT, Dot, Loop, is_faster};
pub use matrices::{CHOLESKY, EIG, EIGH, LU, QR, SVD, TRIANGULAR_SOLVE, Triangular};
pub use print::{PRINT, Print, Printer, print_with};
pub use scatter::{SCATTER_ADD, ScatterAdd};
