//! The one integration test binary: XLA is linked once.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(unreachable_pub, reason = "a binary has no public interface")]

mod compositions;
mod errors;
mod jaxprs;
mod jit;
mod linalg;
mod loops;
mod notation;
mod passes;
mod primitives;
mod support;
mod tidy;
mod transformations;
