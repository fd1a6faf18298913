//! What the transformations promise, against closed forms in f64.

mod agreement;
mod arguments;
mod checkpoint;
mod checks;
mod complex;
mod confusion;
mod custom;
mod implicit;
mod memory;
mod minimize;
mod nesting;
mod printing;
mod second;
mod solvers;
mod spectra;
mod trees;
mod trivial;
mod vmapping;

use cotangent::Tensor;

/// A constant.
fn num(value: f64) -> Tensor {
    Tensor::scalar(value)
}

/// A constant vector.
fn vector(values: &[f64]) -> Tensor {
    Tensor::from_array(values)
}
