//! Running the four compositions of a Hessian, arrays on the device. One that takes longer than a
//! second is left out, and says so.

#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::functions::{forecast, mlp, poly};
use common::{MLP, forecast_args, mlp_args, poly_args};
use cotangent::{Arguments, Function, HessianMode, HostArgs, Tensor, hessian, jit};
use criterion::{Criterion, criterion_group, criterion_main};
use std::time::{Duration, Instant};

fn run<Args: Arguments<First = Tensor>>(
    c: &mut Criterion,
    name: &str,
    f: impl Function<Args, Out = Tensor> + Clone,
    args: impl HostArgs<Args> + Clone,
) {
    let mut group = c.benchmark_group(format!("hessian of {name}"));
    group.sample_size(10); // Some compositions take long.
    for mode in HessianMode::ALL {
        let h = jit(hessian(f.clone()).mode(mode));
        h.call(args.clone()).unwrap();
        let start = Instant::now();
        h.call(args.clone()).unwrap();
        if start.elapsed() > Duration::from_secs(1) {
            println!(
                "hessian of {name}/{}: left out, a call takes {:.1?}",
                mode.name(),
                start.elapsed()
            );
            continue;
        }
        group.bench_function(mode.name(), |b| b.iter(|| h.call(args.clone()).unwrap()));
    }
}

fn benches(c: &mut Criterion) {
    run(c, "poly", poly, poly_args(200));
    run(c, "forecast", forecast, forecast_args(200, 16));
    run(c, "mlp", mlp(&MLP), mlp_args());
}

criterion_group!(name = all; config = common::criterion(); targets = benches);
criterion_main!(all);
