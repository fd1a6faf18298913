//! Measured times, the constants of the cost model: `cargo run --release --example calibrate`
//! prints them for the machine it runs on.
//!
//! These are of one core of a virtual machine with AVX-512. Times per element are in nanoseconds,
//! by the width of the dtype in bytes; others are in seconds.

use crate::ir::params::{BinaryOp, SpecialOp, UnaryOp};

/// A call of a compiled function.
pub(super) const CALL: f64 = 1.8e-6;
/// A kernel, besides what it computes.
pub(super) const KERNEL: f64 = 0.15e-6;
/// A turn of a loop, besides its body.
pub(super) const TURN: f64 = 0.6e-6;
/// A call of a function of our own from a program.
pub(super) const CALLED: f64 = 0.5e-6;
/// A column of a decomposition, besides its multiplications.
pub(super) const COLUMN: f64 = 0.1e-6;
/// A byte written by a kernel.
pub(super) const WRITE: f64 = 0.016e-9;
/// A byte written to memory that the system has to map first, as it does for large results.
pub(super) const FRESH: f64 = 0.28e-9;
/// Results from this many bytes on are mapped anew in every call.
pub(super) const LARGE: f64 = 32.0 * 1024.0 * 1024.0;
/// An element read or added at a computed place.
pub(super) const GATHER: f64 = 2.0;
/// An element of a running sum.
pub(super) const CUMULATIVE: f64 = 0.5;
/// A multiplication of a matrix product runs this many times faster than one of a fused loop.
pub(in crate::opt) const DOT: f64 = 8.0;
/// A function whose element takes longer is not computed twice.
pub(super) const EXPENSIVE: f64 = 0.2;

/// One of two times, for f32 or f64.
fn by(width: usize, single: f64, double: f64) -> f64 {
    if width > 4 { double } else { single }
}

/// Addition, multiplication, or a value moved.
pub(super) fn simple(width: usize) -> f64 {
    by(width, 0.03, 0.06)
}

/// A comparison or a choice.
pub(super) fn select(width: usize) -> f64 {
    by(width, 0.04, 0.09)
}

/// Nanoseconds of a special function, in round numbers: those with loops take as many runs as the
/// slowest element.
pub(super) fn special(op: SpecialOp) -> f64 {
    match op {
        SpecialOp::Lgamma | SpecialOp::ErfInv => 15.0,
        SpecialOp::Digamma | SpecialOp::BesselI0e | SpecialOp::BesselI1e => 30.0,
        SpecialOp::Zeta => 200.0,
        SpecialOp::Igamma(_) | SpecialOp::Igammac | SpecialOp::Betainc(..) => 1000.0,
    }
}

/// A function of one operand.
pub(super) fn unary(op: UnaryOp, width: usize) -> f64 {
    use UnaryOp::*;
    match op {
        Exp => by(width, 0.12, 1.1),
        Expm1 => by(width, 0.3, 2.2),
        Log => by(width, 0.2, 2.3),
        Log1p => by(width, 0.7, 3.0),
        Sin | Cos => by(width, 0.38, 7.0),
        Tan => by(width, 1.3, 8.4),
        Asin | Acos => by(width, 3.5, 3.6),
        Atan => by(width, 2.3, 9.5),
        Sinh | Cosh => by(width, 0.64, 2.2),
        Tanh => by(width, 0.12, 0.87),
        Asinh | Acosh | Atanh => by(width, 0.9, 3.0),
        Sqrt => by(width, 0.1, 0.44),
        Rsqrt => by(width, 0.09, 0.5),
        Cbrt => by(width, 1.3, 8.2),
        Logistic => by(width, 0.14, 0.46),
        Erf => by(width, 0.1, 2.3),
        Erfc => by(width, 1.0, 5.6),
        Neg | Abs | Sign | Floor | Ceil | Round | IsFinite | Square | Not | Real | Imag | Conj
        | PopulationCount | Clz => simple(width),
    }
}

/// A function of two operands.
pub(super) fn binary(op: BinaryOp, width: usize) -> f64 {
    use BinaryOp::*;
    match op {
        Div => by(width, 0.05, 0.23),
        Pow => by(width, 1.2, 8.1),
        Atan2 => by(width, 3.3, 9.4),
        Rem => by(width, 2.0, 4.0),
        Add | Sub | Mul | Max | Min | And | Or | Xor | Complex | ShiftLeft
        | ShiftRightArithmetic | ShiftRightLogical => simple(width),
    }
}

/// An element of a reduction. Those over inner axes wait for one sum after the other.
pub(super) fn sum(inner: bool, width: usize) -> f64 {
    if inner { 0.3 } else { by(width, 0.08, 0.12) }
}

/// An element of a transposed array of so many elements.
pub(super) fn transpose(size: f64, width: usize) -> f64 {
    // Strides through what does not fit into the cache.
    if size * width as f64 > 1e6 { by(width, 0.14, 0.45) } else { by(width, 0.1, 0.15) }
}

/// A multiplication of a decomposition.
pub(super) fn decomposition(width: usize) -> f64 {
    by(width, 0.05, 0.1)
}

/// A contraction: `batch` products of `rows × depth` and `depth × columns`. In seconds.
pub(super) fn dot(batch: usize, rows: usize, columns: usize, depth: usize, width: usize) -> f64 {
    let matrix = rows.min(columns) > 1;
    let work = batch * rows * columns * depth;
    let own = cotangent_kernels::is_faster([rows, depth, columns], work, width);
    let nanos = match (batch, matrix) {
        _ if own => by(width, 0.008, 0.015),
        (1, true) => by(width, 0.008, 0.025),
        (1, false) => by(width, 0.04, 0.08),
        _ => 1.0,
    };
    CALLED + 1e-9 * nanos * work as f64
}
