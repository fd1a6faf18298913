//! Jacobians of tanh(W x + b): row by row, all rows at once, by forward and by reverse mode.

mod common;

use anyhow::Result;
use common::check;
use common::functions::{forecast, poly};
use common::measure::{array, measure, to_f64};
use common::reference::{self, Problem};
use common::report::{Row, Table, cell, max_error};
use common::timing::repeat;
use cotangent::{Array, DType, Tensor, jacfwd, jacrev, jit, vjp};
use ndarray::{Array1, ArrayD, Axis, stack};
use std::slice::from_ref;

const D: usize = 16;
const RUNS: usize = 500;

fn main() -> Result<()> {
    row_by_row()?;
    by_weights()?;
    tall_and_wide()?;
    gradient()
}

fn arguments(problem: &Problem) -> [Array; 3] {
    [0, 1, 2].map(|k| array(&problem.inputs[k].1, DType::F32))
}

fn agree(claim: &str, found: &ArrayD<f64>, expected: &ArrayD<f64>) -> Result<()> {
    let (error, scale) = max_error(from_ref(found), from_ref(expected));
    check(error <= 1e-5 * scale, &format!("{claim}, to {error:.1e}"))
}

/// A loop of vector-Jacobian products, one per row, against `jacrev`.
fn row_by_row() -> Result<()> {
    let problem = reference::forecast_jacobian(D, D);
    let [x, w, b] = arguments(&problem);
    let row = jit(|x: Tensor, w: Tensor, b: Tensor, unit: Tensor| {
        let (_, pull_back) = vjp(move |x: Tensor| forecast(x, w.clone(), b.clone()), x);
        let (row,) = pull_back.call(unit);
        row
    });
    let unit = |k: usize| Array1::from_shape_fn(D, |i| if i == k { 1.0f32 } else { 0.0 });
    let units: Vec<Array> = (0..D).map(|k| Array::from(unit(k))).collect();
    let all_rows = || -> Result<Vec<Array>> {
        units.iter().map(|unit| Ok(row.call((&x, &w, &b, unit))?)).collect()
    };
    let rows = all_rows()?.iter().map(to_f64).collect::<Result<Vec<_>>>()?;
    let views: Vec<_> = rows.iter().map(|row| row.view()).collect();
    let stacked = stack(Axis(0), &views)?;
    agree("the rows stacked are the closed form", &stacked, &problem.outputs[0].to_array())?;

    let (rev, fwd) = (jit(jacrev(forecast)), jit(jacfwd(forecast)));
    let args = (&x, &w, &b);
    let (by_rev, by_fwd) = (to_f64(&rev.call(args)?)?, to_f64(&fwd.call(args)?)?);
    agree("jacrev gives the closed form", &by_rev, &problem.outputs[0].to_array())?;
    agree("jacfwd agrees with jacrev", &by_fwd, &by_rev)?;

    let slow = repeat(RUNS, all_rows)?.median_us;
    let fast = repeat(RUNS, || Ok(rev.call(args)?))?.median_us;
    let gain = 100.0 * (slow - fast) / slow;
    println!("row by row {} µs, jacrev {} µs", cell(Some(slow)), cell(Some(fast)));
    println!("jacrev takes {gain:.1} percent less time (median of {RUNS} runs)\n");
    Ok(())
}

/// The Jacobians with respect to W and b, at once.
fn by_weights() -> Result<()> {
    let problem = reference::forecast_weight_jacobians(D, D);
    let [w, b, x] = arguments(&problem);
    for (name, [by_w, by_b]) in [
        ("jacrev", jit(jacrev(forecast).argnums([1, 2])).call((&x, &w, &b))?),
        ("jacfwd", jit(jacfwd(forecast).argnums([1, 2])).call((&x, &w, &b))?),
    ] {
        check(by_w.shape()[..] == [D, D, D], &format!("{name}: ∂y/∂W has shape {}", by_w.shape()))?;
        check(by_b.shape()[..] == [D, D], &format!("{name}: ∂y/∂b has shape {}", by_b.shape()))?;
        agree(&format!("{name}: ∂y/∂W is right"), &to_f64(&by_w)?, &problem.outputs[0].to_array())?;
        agree(&format!("{name}: ∂y/∂b is right"), &to_f64(&by_b)?, &problem.outputs[1].to_array())?;
    }
    println!();
    Ok(())
}

/// Forward mode costs a pass per input, reverse mode a pass per output.
fn tall_and_wide() -> Result<()> {
    let mut table = Table::new(["", "jacfwd µs", "jacrev µs", "winner"]);
    for (name, inputs, outputs) in [("tall", 32, 2048), ("wide", 2048, 32)] {
        let problem = reference::forecast_jacobian(inputs, outputs);
        let [x, w, b] = arguments(&problem);
        let args = (&x, &w, &b);
        let mut rows = ["fwd", "rev"].map(|mode| Row::new(name, &[inputs, outputs], "f32", mode));
        let [fwd, rev] = &mut rows;
        let by_fwd = measure(jacfwd(forecast), args, &problem.outputs, None, fwd)?;
        let by_rev = measure(jacrev(forecast), args, &problem.outputs, None, rev)?;
        agree(
            &format!("{name}: jacfwd agrees with jacrev"),
            &to_f64(&by_fwd[0])?,
            &to_f64(&by_rev[0])?,
        )?;
        agree(
            &format!("{name}: jacrev gives the closed form"),
            &to_f64(&by_rev[0])?,
            &problem.outputs[0].to_array(),
        )?;
        let winner = if fwd.exec_us < rev.exec_us { "jacfwd" } else { "jacrev" };
        let heading = format!("{name}: {inputs} inputs, {outputs} outputs");
        table.line([heading, cell(fwd.exec_us), cell(rev.exec_us), winner.into()]);
    }
    println!("{table}");
    Ok(())
}

/// A scalar function: its Jacobian is its gradient, one pass of reverse mode.
fn gradient() -> Result<()> {
    let problem = reference::poly_gradient(1000);
    let x = array(&problem.inputs[0].1, DType::F32);
    let mut rows = ["fwd", "rev"].map(|mode| Row::new("poly", &[1000], "f32", mode));
    let [fwd, rev] = &mut rows;
    let by_fwd = measure(jacfwd(poly), &x, &problem.outputs, None, fwd)?;
    let by_rev = measure(jacrev(poly), &x, &problem.outputs, None, rev)?;
    agree(
        "poly, n = 1000: jacfwd gives 2x − 3x² − 1",
        &to_f64(&by_fwd[0])?,
        &problem.outputs[0].to_array(),
    )?;
    agree(
        "poly, n = 1000: jacrev gives 2x − 3x² − 1",
        &to_f64(&by_rev[0])?,
        &problem.outputs[0].to_array(),
    )?;
    println!("jacfwd {} µs, jacrev {} µs", cell(fwd.exec_us), cell(rev.exec_us));
    Ok(())
}
