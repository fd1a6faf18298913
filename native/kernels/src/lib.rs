//! What compiled programs call on the CPU where XLA's own code is slow: products of matrices,
//! decompositions and triangular systems, by `faer`, running sums, sums at places, arrays of many
//! blocks and outer products, which compile slowly there; and what it cannot do, to print values.
//!
//! XLA finds the functions by name, see `calls.cc`. This is all the unsafe Rust of the project.

mod assemble;
mod call;
mod cumulative;
mod dot;
mod lu;
mod matrices;
mod print;
mod product;
mod scatter;

pub use assemble::{ASSEMBLE, Part, assemble_numbers};
pub use call::available;
pub use cumulative::{CUMULATIVE_SUM, CumulativeSum};
pub use dot::{DOT, Dot, Loop, is_faster};
pub use matrices::{CHOLESKY, EIG, EIGH, LU, QR, SVD, TRIANGULAR_SOLVE, Triangular};
pub use print::{PRINT, Print, Printer, print_with};
pub use product::{PRODUCT, product_numbers};
pub use scatter::{SCATTER_ADD, ScatterAdd};
