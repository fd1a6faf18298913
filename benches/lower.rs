//! From a jaxpr to the text of the HLO module ("text", in bytes per second), and all the way from
//! a closure to that text ("closure to text": tracing, transformation, passes, lowering).

#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::functions::{forecast, mlp, poly};
use common::{MLP, forecast_args, mlp_args, poly_args};
use cotangent::{Arguments, Function, HessianMode, HostArgs, hessian, jit};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

fn lower<Args: Arguments>(
    c: &mut Criterion,
    name: &str,
    f: impl Function<Args>,
    args: impl HostArgs<Args> + Clone,
) {
    let f = jit(f);
    let lower = || f.lower(args.clone()).unwrap();
    let mut group = c.benchmark_group("lower");
    group.throughput(Throughput::Bytes(lower().hlo().len() as u64));
    group.bench_function(format!("{name}: text"), |b| {
        b.iter_custom(|n| (0..n).map(|_| lower().lower_time()).sum());
    });
    group.bench_function(format!("{name}: closure to text"), |b| b.iter(lower));
}

fn benches(c: &mut Criterion) {
    for mode in HessianMode::ALL {
        let name = |f: &str| format!("hessian {} of {f}", mode.name());
        lower(c, &name("poly"), hessian(poly).mode(mode), poly_args(200));
        lower(c, &name("forecast"), hessian(forecast).mode(mode), forecast_args(200, 16));
        lower(c, &name("mlp"), hessian(mlp(&MLP)).mode(mode), mlp_args());
    }
}

criterion_group!(name = all; config = common::criterion(); targets = benches);
criterion_main!(all);
