//! Finding a compiled program: a call through the cache, with one program in it and with a hundred,
//! against a call of the program itself.

#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::array;
use cotangent::{Device, Tensor, jit};
use criterion::{Criterion, criterion_group, criterion_main};

fn benches(c: &mut Criterion) {
    let f = jit(|x: Tensor| x.sin());
    let x = array(4, 0, -1.0, 1.0).to_device(Device::Cpu).unwrap();
    let program = f.lower(&x).unwrap().compile().unwrap();
    let mut group = c.benchmark_group("cache_hit");
    group.bench_function("the program itself", |b| b.iter(|| program.call(&x).unwrap()));
    f.call(&x).unwrap();
    group.bench_function("one program in the cache", |b| b.iter(|| f.call(&x).unwrap()));
    // Shapes without elements compile fast.
    for n in 1..100 {
        f.call(array((n, 0), 0, 0.0, 1.0)).unwrap();
    }
    let compiled = f.stats().compiles;
    group.bench_function("a hundred programs", |b| b.iter(|| f.call(&x).unwrap()));
    assert_eq!(f.stats().compiles, compiled, "every timed call was a hit");
}

criterion_group!(name = all; config = common::criterion(); targets = benches);
criterion_main!(all);
