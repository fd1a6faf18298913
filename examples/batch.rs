//! Jacobians and Hessians of every example of a batch, by `vmap`.

mod common;

use anyhow::Result;
use common::check;
use common::functions::forecast;
use common::measure::{array, to_f64};
use common::reference::{self, Problem};
use common::report::max_error;
use cotangent::{Array, DType, HessianMode, hessian, jacfwd, jacrev, jit, vmap};
use ndarray::ArrayD;
use std::slice::from_ref;
use std::time::Instant;

/// 64 examples of 31 inputs, 33 outputs.
const SIZES: (usize, usize, usize) = (64, 31, 33);

fn main() -> Result<()> {
    let (batch, inputs, outputs) = SIZES;
    let jacobian = reference::forecast_batch_jacobian(batch, inputs, outputs);
    let args = arguments(&jacobian);
    let shape = [batch, outputs, inputs];
    // The weights are the same for all examples.
    let axes = [Some(0), None, None];
    let rev =
        timed("jacrev", || Ok(jit(vmap(jacrev(forecast)).in_axes(axes)).call(args.clone())?))?;
    let fwd =
        timed("jacfwd", || Ok(jit(vmap(jacfwd(forecast)).in_axes(axes)).call(args.clone())?))?;
    agree(
        "Jacobian",
        &shape,
        &jacobian.outputs[0].to_array(),
        &[("jacrev", rev), ("jacfwd", fwd)],
    )?;

    let expected = reference::forecast_batch_hessian(batch, inputs, outputs);
    let expected = expected.outputs[0].to_array();
    let mut hessians = Vec::new();
    for mode in HessianMode::ALL {
        let f = jit(vmap(hessian(forecast).mode(mode)).in_axes(axes));
        hessians.push((mode.name(), timed(mode.name(), || Ok(f.call(args.clone())?))?));
    }
    agree("Hessian", &[batch, outputs, inputs, inputs], &expected, &hessians)
}

fn arguments(problem: &Problem) -> (Array, Array, Array) {
    let [x, w, b] = [0, 1, 2].map(|k| array(&problem.inputs[k].1, DType::F32));
    (x, w, b)
}

fn timed(name: &str, call: impl Fn() -> Result<Array>) -> Result<ArrayD<f64>> {
    let start = Instant::now();
    let result = call()?;
    let first = start.elapsed();
    println!("{name}: {first:.1?} with compilation, result {}{}", result.dtype(), result.shape());
    to_f64(&result)
}

/// Checks shapes, each result against the closed form, and each against each.
fn agree(
    what: &str,
    shape: &[usize],
    expected: &ArrayD<f64>,
    results: &[(&str, ArrayD<f64>)],
) -> Result<()> {
    for (name, result) in results {
        check(result.shape() == shape, &format!("{what} by {name} has shape {shape:?}"))?;
        let (error, scale) = max_error(from_ref(result), from_ref(expected));
        let claim = format!("{what} by {name} is the closed form, to {error:.1e}");
        check(error <= 1e-5 * scale, &claim)?;
    }
    for (k, (name, result)) in results.iter().enumerate() {
        for (other_name, other) in &results[..k] {
            let (error, scale) = max_error(from_ref(result), from_ref(other));
            check(error <= 1e-5 * scale, &format!("{what}: {name} agrees with {other_name}"))?;
        }
    }
    Ok(())
}
