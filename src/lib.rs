//! Jacobians and Hessians of Rust closures, compiled by XLA.
//!
//! A function is a closure over [`Tensor`]s, written with operators and numpy-like methods. It is
//! traced into a typed program (a [`Jaxpr`]), transformed, and compiled:
//!
//! ```
//! use cotangent::{Tensor, hessian, jit};
//! # fn main() -> cotangent::Result<()> {
//! let f = |x: Tensor| (x.powi(2) - x.powi(3) - x).sum();
//! let h = jit(hessian(f)).call(vec![1.0, 0.0])?;
//! assert_eq!(h.to_vec::<f64>()?, [-4.0, 0.0, 0.0, 2.0]);
//! # Ok(())
//! # }
//! ```
//!
//! # What is where
//!
//! - **Derivatives**: [`grad`], [`value_and_grad`], [`jacfwd`], [`jacrev`], [`hessian`], [`hvp`], and,
//!   at one point and direction, [`jvp`], [`linearize`], [`vjp`]. Which argument they are taken of
//!   is said by [`Differentiated::argnums`].
//! - **Parts of Hessians**: [`value_grad_hessian`], [`hessian_diag`], [`laplacian`], [`hessian_blocks`],
//!   and as linear maps [`hessian_operator`], [`gauss_newton`], [`fisher`].
//! - **What is done with them**: [`sparse`] matrices, [`minimize`], [`solvers`] of linear systems, and
//!   [`spectra`] for eigenvalues, traces and diagonals.
//! - **Batches**: [`vmap`].
//! - **Loops and choices**: [`scan`], and [`map`] where nothing is carried from run to run;
//!   [`while_loop`], [`fori_loop`], [`cond`], [`switch`].
//! - **Rules of your own**: [`custom_jvp`], [`custom_vjp`], solutions of equations by [`root`] and of
//!   linear systems by [`custom_linear_solve`] and [`solvers`], and [`checkpoint`], which trades time for
//!   memory.
//! - **Functions** beside the methods of [`Tensor`]: [`linalg`], [`mod@fft`], [`special`], [`stats`],
//!   [`random`].
//! - **Running**: [`jit`] compiles for each combination of shapes and dtypes and keeps the result;
//!   [`Jit::lower`] and [`make_jaxpr`] show programs.
//! - **Values**: a [`Tensor`] stands for a value inside a traced function, an [`Array`] holds numbers
//!   outside of it, on a [`Device`].
//! - **Building blocks**: [`lax`] has one strict function for each primitive, for those who want to
//!   say exactly what is computed.
//!
//! All of them nest, because each takes a [`Function`] and is one:
//!
//! ```
//! use cotangent::{Tensor, grad, jacfwd, jit, vmap};
//! # fn main() -> cotangent::Result<()> {
//! // The Hessian of each row, and the gradient of its trace.
//! let f = |x: Tensor| x.powi(3).sum();
//! let curvature = move |x: Tensor| jacfwd(grad(f)).call(x).trace();
//! let g = jit(vmap(grad(curvature)));
//! assert_eq!(g.call([[1.0, 2.0], [3.0, 4.0]])?.to_vec::<f64>()?, [6.0; 4]);
//! # Ok(())
//! # }
//! ```
//!
//! # Errors
//!
//! A mistake inside a traced function does not panic: the call that traced it returns an [`Error`]
//! with the operation, the shapes or dtypes, and the line in the user's program. Methods of
//! [`Tensor`], which cannot return a `Result`, say under "Errors" what makes that call fail.
//!
//! # Types
//!
//! The dtype of a value is that of the Rust numbers it comes from; there is no global switch. A
//! Rust number beside a tensor takes the tensor's dtype (`x + 1.0` is of `f32` if `x` is). Two
//! tensors of different dtypes do not mix; [`Tensor::convert`] changes one. Beside `bool`, integers,
//! `f32` and `f64` there are [`struct@f16`], [`struct@bf16`] and [`Complex`] numbers of both precisions.

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
pub use half::{bf16, f16};
pub use ir::{Atom, Aval, Eqn, Jaxpr, Prim, Tensor, Var, params};
pub use library::*;
pub use num_complex::Complex;
pub use opt::Cost;
pub use runtime::{Array, Device, default_device, set_default_device};

/// The code of the README, compiled and run with the tests of the documentation.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
