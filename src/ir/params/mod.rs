//! The parameters of the primitives: data only. Their rules stand in `prims`.

mod contract;
mod control;
mod elementwise;
mod fft;
mod index;
mod linalg;
mod reduce;
mod shape;
mod special;

pub use contract::DotGeneral;
pub use control::{
    Call, Checkpoint, Cond, Custom, CustomLinearSolve, CustomRule, DebugPrint, Name, Policy,
    Pullback, Scan, System, While,
};
pub use elementwise::{
    Binary, BinaryOp, BitcastConvert, Clamp, Compare, CompareOp, Convert, IntegerPow,
    OptimizationBarrier, Select, StopGradient, Unary, UnaryOp,
};
pub use fft::{Fft, FftKind};
pub use index::{DynamicSlice, DynamicUpdateSlice, Gather, GatherDims, Scatter, ScatterOp};
pub use linalg::{Cholesky, Det, Eig, Eigh, LinearSolve, Lu, Pinv, Qr, Svd, TriangularSolve};
pub use reduce::{ArgOp, ArgReduce, Cumulative, CumulativeOp, Reduce, ReduceOp, Sort};
pub use shape::{BroadcastInDim, Concatenate, Iota, Pad, Reshape, Rev, Slice, Squeeze, Transpose};
pub use special::{Special, SpecialOp};
