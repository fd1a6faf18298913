//! What the benches share: the functions of the examples, and arguments for them.

#![allow(dead_code, unreachable_pub, reason = "every bench uses a part of it")]

#[path = "../../examples/common/functions.rs"]
pub mod functions;
#[path = "../../examples/common/inputs.rs"]
mod inputs;

use cotangent::Array;
use criterion::Criterion;
use ndarray::IntoDimension;
use std::time::Duration;

/// Layers of the network with 433 parameters.
pub const MLP: [usize; 4] = [8, 16, 16, 1];

/// Short runs: the differences that matter here are factors, not percents.
pub fn criterion() -> Criterion {
    Criterion::default()
        .sample_size(30)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
}

/// An array of stream `s`, with elements in [lo, hi).
pub fn array(shape: impl IntoDimension, s: usize, lo: f64, hi: f64) -> Array {
    Array::from(inputs::arr(shape, s, lo, hi).mapv(|v| v as f32))
}

/// The argument of `poly`.
pub fn poly_args(n: usize) -> Array {
    array(n, 0, -1.0, 1.0)
}

/// The arguments of `forecast`: x, W and b.
pub fn forecast_args(n: usize, outputs: usize) -> (Array, Array, Array) {
    let (w, b) = (array((outputs, n), 0, -0.4, 0.4), array(outputs, 1, -0.5, 0.5));
    (array(n, 2, -1.0, 1.0), w, b)
}

/// The arguments of the network `MLP`: parameters, inputs and targets of 128 samples.
pub fn mlp_args() -> (Array, Array, Array) {
    let parameters = MLP.windows(2).map(|io| io[1] * (io[0] + 1)).sum::<usize>();
    let x = array((128, MLP[0]), 100, -1.0, 1.0);
    (array(parameters, 0, -0.5, 0.5), x, array(128, 101, -1.0, 1.0))
}
