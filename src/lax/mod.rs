//! Layer 3: one thin function per primitive, with JAX's `lax` names and strict operands.
//!
//! These are the building blocks of every derivative rule. They do not broadcast (but for scalar
//! literals, which go with any shape) and never convert dtypes; the methods and operators of
//! [`Tensor`](crate::Tensor) do the former.
//!
//! Their meaning is that of [XLA's operations](https://openxla.org/xla/operation_semantics) of
//! these names. *Numbers* are integers and floats. What stands under "Errors" does not panic: it
//! makes the transformation around the call return an [`Error`](crate::Error), and the tensor that
//! comes back here stands in for the result until then.
//!
//! ```
//! use cotangent::{DType, Tensor, jit, lax};
//! # fn main() -> cotangent::Result<()> {
//! // A sum of squares of the even places.
//! let f = jit(|x: Tensor| {
//!     let even = lax::slice(&x, &[0], &[4], &[2]);
//!     let place = lax::iota(DType::F64, [2], 0);
//!     (lax::reduce_sum(&lax::square(&even), &[0]), place)
//! });
//! let (sum, place) = f.call(vec![1.0, 2.0, 3.0, 4.0])?;
//! assert_eq!(sum.item::<f64>()?, 10.0);
//! assert_eq!(place.to_vec::<f64>()?, [0.0, 1.0]);
//! # Ok(())
//! # }
//! ```

mod contract;
mod control;
mod elementwise;
mod fft;
mod index;
mod linalg;
mod operators;
mod reduce;
mod shape;
mod special;

pub use crate::ir::params::{FftKind, GatherDims, TriangularSolve};
pub use contract::dot_general;
pub(crate) use control::{
    VectorMap, checkpoint_with, cond_with, custom_jvp_with, custom_linear_solve_with,
    custom_vjp_with, implicit_with, scan_with, while_with,
};
pub use control::{call, cond, debug_print, name, scan, while_loop};
pub use elementwise::*;
pub use fft::fft;
pub(crate) use index::gather_along;
pub use index::{dynamic_slice, dynamic_update_slice, gather, scatter, scatter_add};
pub use index::{scatter_max, scatter_min, scatter_mul};
pub(crate) use linalg::{
    adjoint, conjugate, matmul, matrix_transpose, real_part, take_rows, triangle,
};
pub use linalg::{
    cholesky, det, eig, eigh, linear_solve, logabsdet, lu, pinv, qr, svd, svdvals, triangular_solve,
};
pub use operators::ToTensor;
pub(crate) use operators::{binary, compare};
pub use reduce::{
    argmax, argmin, associative_scan, cumsum, reduce_and, reduce_max, reduce_min, reduce_or,
    reduce_prod, reduce_sum, sort,
};
pub(crate) use reduce::{cumulative, reduce};
pub use shape::{
    bitcast_convert_type, broadcast, broadcast_in_dim, concatenate, convert_element_type,
    expand_dims, full, iota, pad, reshape, rev, slice, squeeze, transpose,
};
pub(crate) use shape::{delta, full_like, move_axis, number, zeros_like};
pub(crate) use shape::{slice_along, slice_at};
pub(crate) use special::trigamma;
pub use special::{
    bessel_i0e, bessel_i1e, digamma, erf_inv, igamma, igammac, lgamma, regularized_incomplete_beta,
    zeta,
};
