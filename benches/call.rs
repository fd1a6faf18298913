//! The cost of a call beside the computation: arguments and results on the host, and on the device.

#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::array;
use cotangent::{Device, Tensor, grad, jit};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};

fn benches(c: &mut Criterion) {
    let mut group = c.benchmark_group("call");
    for n in [4, 40_000] {
        let f = jit(grad(|x: Tensor| (&x * &x).sum()));
        let host = array(n, 0, -1.0, 1.0).to_vec::<f32>().unwrap();
        let on_host = || f.call(host.as_slice()).unwrap().to_vec::<f32>().unwrap();
        group.bench_function(BenchmarkId::new("host in, host out", n), |b| b.iter(on_host));
        let x = array(n, 0, -1.0, 1.0).to_device(Device::Cpu).unwrap();
        let on_device = || f.call(&x).unwrap();
        group.bench_function(BenchmarkId::new("device in, device out", n), |b| b.iter(on_device));
    }
}

criterion_group!(name = all; config = common::criterion(); targets = benches);
criterion_main!(all);
