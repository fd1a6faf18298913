//! Measuring one function: tracing, lowering, compiling, running, and how right it is.

use super::answer::{Answer, compare};
use super::report::Row;
use super::timing::{Outputs, bench, median, repeat};
use anyhow::Result;
use cotangent::sparse::{Coloring, Plan, sparse_hessian};
use cotangent::{Arguments, Array, DType, Function, HostArgs, Jit, Tree, jit};
use ndarray::ArrayD;
use std::time::Instant;

/// Values as an argument in the dtype of a computation.
pub fn array(values: &ArrayD<f64>, dtype: DType) -> Array {
    match dtype {
        DType::F32 => Array::from(values.mapv(|v| v as f32)),
        _ => Array::from(values),
    }
}

/// Any array in f64.
pub fn to_f64(array: &Array) -> Result<ArrayD<f64>> {
    Ok(match array.dtype() {
        DType::F32 => array.to_ndarray::<f32>()?.mapv(f64::from),
        _ => array.to_ndarray()?,
    })
}

/// Fills the row for `f` at `args`: the times of a fresh trace, lowering and compilation, the peak
/// of memory up to the first result, the error against the reference, and the time of a call (that
/// of `repeats` calls, or of as many as give a good time). Returns the results.
pub fn measure<F, Args>(
    f: F,
    args: impl HostArgs<Args> + Clone,
    reference: &[Answer],
    repeats: Option<usize>,
    row: &mut Row,
) -> Result<Vec<Array>>
where
    F: Function<Args>,
    Args: Arguments,
    <F::Out as Tree>::Host: Outputs,
{
    let f = jit(f);
    forget_peak();
    build(&f, args.clone(), row)?;
    let outputs = f.call(args.clone())?.arrays();
    row.peak_mb = peak_mb();
    row.out_bytes = Some(outputs.iter().map(|a| a.shape().size() * a.dtype().bytes()).sum());
    compare(row, &outputs, reference)?;
    let call = || Ok(f.call(args.clone())?);
    row.time(match repeats {
        Some(n) => repeat(n, call)?,
        None => bench(call)?,
    });
    Ok(outputs)
}

/// The same for a sparse Hessian: the search for pattern and colours counts as tracing.
pub fn measure_sparse<F, Args>(
    f: F,
    args: impl HostArgs<Args> + Clone,
    reference: &[Answer],
    row: &mut Row,
) -> Result<()>
where
    F: Function<Args> + Clone,
    Args: Arguments,
{
    forget_peak();
    let start = Instant::now();
    let sparse = sparse_hessian(f);
    let plan = Plan::new(sparse.pattern(args.clone())?, Coloring::Star)?;
    row.trace_ms = Some(1e3 * start.elapsed().as_secs_f64());
    let start = Instant::now();
    let prepared = sparse.plan(plan).prepare(args.clone())?;
    row.compile_ms = Some(1e3 * start.elapsed().as_secs_f64());
    let values = || Ok(prepared.call(args.clone())?.values().clone());
    let outputs = vec![values()?];
    row.peak_mb = peak_mb();
    compare(row, &outputs, reference)?;
    row.time(bench(values)?);
    Ok(())
}

/// Lets the count of the most memory that this process had begin anew, where the system can.
fn forget_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// The most memory that this process had, where the system tells it.
fn peak_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.split_whitespace().next()?.parse::<f64>().ok()? * 1.024e-3)
}

/// Enters the times of tracing, lowering and compiling: the median of three after a warm-up, or
/// the only one when compiling is slow.
fn build<F, Args>(f: &Jit<F, Args>, args: impl HostArgs<Args> + Clone, row: &mut Row) -> Result<()>
where
    F: Function<Args>,
    Args: Arguments,
{
    let mut times: Vec<[f64; 3]> = Vec::new();
    while times.is_empty() || times.len() < 4 && times[0][2] < 1500.0 {
        let lowered = f.lower(args.clone())?;
        row.estimate_us = Some(1e6 * lowered.cost().seconds);
        let (trace, lower) = (lowered.trace_time(), lowered.lower_time());
        let compile = lowered.compile()?.compile_time();
        times.push([trace, lower, compile].map(|t| 1e3 * t.as_secs_f64()));
    }
    let warm = if times.len() > 1 { &times[1..] } else { &times[..] };
    let [trace, lower, compile] =
        [0, 1, 2].map(|k| Some(median(warm.iter().map(|t| t[k]).collect())));
    (row.trace_ms, row.lower_ms, row.compile_ms) = (trace, lower, compile);
    Ok(())
}
