//! The crate's own functions on the CPU, beside XLA's.

#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::array;
use cotangent::{Array, Device, Tensor, jit, lax, linalg};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};

/// A matrix of f64.
fn matrix(rows: usize, columns: usize) -> Array {
    let flat = array(rows * columns, 0, -1.0, 1.0).to_vec::<f32>().unwrap();
    let flat: Vec<f64> = flat.into_iter().map(f64::from).collect();
    Array::from_vec([rows, columns], flat).unwrap().to_device(Device::Cpu).unwrap()
}

fn benches(c: &mut Criterion) {
    let mut group = c.benchmark_group("kernels");
    let mut both = |name: &str, f: fn(Tensor) -> Tensor, x: &Array| {
        for (way, kernels) in [("own", true), ("XLA", false)] {
            let f = jit(f).on(Device::Cpu).kernels(kernels);
            let run = || f.call(x).unwrap().block_until_ready().unwrap();
            group.bench_function(BenchmarkId::new(name, way), |b| b.iter(run));
        }
    };
    both("xᵀx, 150 × 100", |x| x.t().matmul(x), &matrix(150, 100));
    both("xᵀx, 1000 × 200", |x| x.t().matmul(x), &matrix(1000, 200));
    both("cumsum along rows, 1000 × 1000", |x| x.cumsum(1), &matrix(1000, 1000));
    both("cumsum along columns, 1000 × 1000", |x| x.cumsum(0), &matrix(1000, 1000));
    both("lu, 100 × 100", |x| lax::lu(&x)[0].clone(), &matrix(100, 100));
    both("qr, 100 × 100", |x| lax::qr(&x, false)[0].clone(), &matrix(100, 100));
    both("solve, 100 × 100", |x| linalg::solve(&x, &x), &matrix(100, 100));
    both("eigh, 100 × 100", |x| linalg::eigh(&x).0, &matrix(100, 100));
    both("svdvals, 100 × 100", |x| linalg::svdvals(&x), &matrix(100, 100));
}

criterion_group!(name = all; config = common::criterion(); targets = benches);
criterion_main!(all);
