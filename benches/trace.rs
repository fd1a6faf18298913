//! Tracing a closure into a jaxpr, without any transformation. Per equation: the reciprocal of
//! "elem/s".

#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::functions::{forecast, mlp, poly};
use common::{MLP, forecast_args, mlp_args, poly_args};
use cotangent::{Arguments, Function, HostArgs, make_jaxpr};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

fn trace<Args: Arguments>(
    c: &mut Criterion,
    name: &str,
    f: impl Function<Args> + Clone,
    args: impl HostArgs<Args> + Clone,
) {
    let equations = make_jaxpr(f.clone(), args.clone()).unwrap().eqns.len();
    let mut group = c.benchmark_group("trace");
    group.throughput(Throughput::Elements(equations as u64));
    group.bench_function(name, |b| b.iter(|| make_jaxpr(f.clone(), args.clone()).unwrap()));
}

fn benches(c: &mut Criterion) {
    trace(c, "poly", poly, poly_args(200));
    trace(c, "forecast", forecast, forecast_args(200, 16));
    trace(c, "mlp", mlp(&MLP), mlp_args());
}

criterion_group!(name = all; config = common::criterion(); targets = benches);
criterion_main!(all);
