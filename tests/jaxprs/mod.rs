//! Jaxprs as traced and transformed, before any pass, and when two of them are the same.

mod derivatives;
mod equality;
mod functions;
mod hessians;
mod maps;
mod text;

use crate::support::document::reads_back;
use cotangent::{Error, Jaxpr, Tensor};
use expect_test::Expect;

/// Compares a program with a snapshot, after checking that it is well-formed.
#[track_caller]
fn show(jaxpr: Result<Jaxpr, Error>, text: Expect) {
    let jaxpr = jaxpr.unwrap();
    jaxpr.check().unwrap();
    reads_back(&jaxpr);
    text.assert_eq(&jaxpr.to_string());
}

/// tanh(W x + b).
fn layer(w: Tensor, b: Tensor, x: Tensor) -> Tensor {
    (w.matmul(x) + b).tanh()
}

fn poly(x: Tensor) -> Tensor {
    (x.powi(2) - x.powi(3) - x).sum()
}

const X: [f64; 2] = [1.0, 0.0];
