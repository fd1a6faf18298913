//! Measures the constants of the cost model, `src/opt/cost/table.rs`, on this machine.
//!
//! Each line is the time of one more operation in a fused loop, or of one multiplication of a
//! contraction, in nanoseconds, f32 beside f64.

mod common;

use anyhow::Result;
use common::measure::array;
use common::timing::repeat;
use cotangent::{DType, Device, Function, Tensor, jit};
use ndarray::{Array1, Array2, ArrayD};

/// The elements of a loop: too few for XLA to share it among threads, enough to hide its start.
const N: usize = 16_384;

type Op = fn(&Tensor) -> Tensor;

const OPS: &[(&str, Op)] = &[
    ("add", |x| x + 0.5),
    ("div", |x| 0.5 / x),
    ("select", |x| x.gt(0.5).where_(x, 0.25)),
    ("exp", Tensor::exp),
    ("expm1", Tensor::expm1),
    ("log", Tensor::log),
    ("log1p", Tensor::log1p),
    ("sin", Tensor::sin),
    ("cos", Tensor::cos),
    ("tan", Tensor::tan),
    ("asin", Tensor::asin),
    ("atan", Tensor::atan),
    ("sinh", Tensor::sinh),
    ("tanh", Tensor::tanh),
    ("asinh", Tensor::asinh),
    ("atanh", Tensor::atanh),
    ("sqrt", Tensor::sqrt),
    ("rsqrt", Tensor::rsqrt),
    ("cbrt", Tensor::cbrt),
    ("logistic", Tensor::sigmoid),
    ("erf", Tensor::erf),
    ("erfc", Tensor::erfc),
    ("pow", |x| x.pow(1.5)),
    ("powi7", |x| x.powi(7)),
    ("atan2", |x| x.atan2(0.5)),
];

fn main() -> Result<()> {
    let vector =
        |n: usize| Array1::from_shape_fn(n, |i| 0.1 + 0.5 * i as f64 / n as f64).into_dyn();
    let matrix = |n: usize, m: usize| {
        Array2::from_shape_fn((n, m), |(i, j)| (i + 2 * j) as f64 / (n + m) as f64).into_dyn()
    };

    println!("nanoseconds per element or multiplication: f32, f64");
    for &(name, op) in OPS {
        let some = move |times: usize| {
            move |x: Tensor| {
                (0..times).fold(x.clone(), |sum, k| sum + op(&(&x + 0.01 * (k + 1) as f64)))
            }
        };
        let x = vector(N);
        line(name, |d| Ok((time(some(5), &x, d)? - time(some(1), &x, d)?) / (4 * N) as f64))?;
    }
    let kernels = |times: usize| {
        move |x: Tensor| (0..times).map(|k| (&x + k as f64).sum()).reduce(|a, b| a * b).unwrap_or(x)
    };
    line("call", |d| time(|x: Tensor| x + 1.0, &vector(1), d))?;
    line("kernel", |d| {
        let x = vector(4);
        Ok((time(kernels(20), &x, d)? - time(kernels(2), &x, d)?) / 18.0)
    })?;
    line("sum", |d| Ok(time(|x: Tensor| x.sum(), &vector(N), d)? / N as f64))?;
    line("sum of rows", |d| {
        let x = matrix(256, 64);
        Ok(time(|x: Tensor| x.sum_axis(1), &x, d)? / N as f64)
    })?;
    line("sum of columns", |d| {
        let x = matrix(256, 64);
        Ok(time(|x: Tensor| x.sum_axis(0), &x, d)? / N as f64)
    })?;
    for n in [16usize, 64, 256, 1000] {
        line(&format!("write {n}x{n}"), |d| {
            Ok(time(move |x: Tensor| x.reshape([n, 1]).broadcast_to([n, n]), &vector(n), d)?
                / (n * n) as f64)
        })?;
    }
    line("write 4000x4000", |d| {
        Ok(time(|x: Tensor| x.reshape([4000, 1]).broadcast_to([4000, 4000]), &vector(4000), d)?
            / 16e6)
    })?;
    line("transpose 1000", |d| Ok(time(|x: Tensor| x.t() + 1.0, &matrix(1000, 1000), d)? / 1e6))?;
    for n in [8usize, 32, 128, 512] {
        line(&format!("matmul {n}"), |d| {
            Ok(time(|a: Tensor| a.matmul(&a), &matrix(n, n), d)? / (n * n * n) as f64)
        })?;
    }
    line("matmul 1000x50x1000", |d| {
        Ok(time(|a: Tensor| a.matmul(a.t()), &matrix(1000, 50), d)? / 5e7)
    })?;
    line("matvec 64", |d| {
        Ok(time(|a: Tensor| a.matmul(a.sum_axis(0)), &matrix(64, 64), d)? / 4096.0)
    })?;
    line("matvec 512", |d| {
        Ok(time(|a: Tensor| a.matmul(a.sum_axis(0)), &matrix(512, 512), d)? / 262144.0)
    })?;
    Ok(())
}

fn line(name: &str, time: impl Fn(DType) -> Result<f64>) -> Result<()> {
    println!("{name:>20}: {:9.4} {:9.4}", time(DType::F32)?, time(DType::F64)?);
    Ok(())
}

/// The fastest call with arguments and results on the device, in nanoseconds.
fn time(f: impl Function<(Tensor,), Out = Tensor>, x: &ArrayD<f64>, dtype: DType) -> Result<f64> {
    let f = jit(f);
    let x = array(x, dtype).to_device(Device::Cpu)?;
    Ok(1e3 * repeat(200, || Ok(f.call(x.clone())?))?.min_us)
}
