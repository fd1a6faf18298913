//! The one integration test binary: XLA is linked once.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(unreachable_pub, reason = "a binary has no public interface")]

mod compositions;
mod errors;
mod jaxprs;
mod jit;
mod kernels;
mod likelihood;
mod linalg;
mod loops;
mod notation;
mod passes;
mod primitives;
mod sparse;
mod support;
mod tidy;
mod transformations;
