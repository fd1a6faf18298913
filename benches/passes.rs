//! The passes over the jaxpr of a Hessian: tracing and transforming with the passes ("on") and
//! without them ("off"). Their own time is the difference.

#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::functions::{mlp, poly};
use common::{MLP, mlp_args, poly_args};
use cotangent::{Arguments, Function, HessianMode, HostArgs, hessian, jit};
use criterion::{Criterion, criterion_group, criterion_main};

fn passes<Args: Arguments>(
    c: &mut Criterion,
    name: &str,
    f: impl Function<Args> + Clone,
    args: impl HostArgs<Args> + Clone,
) {
    let mut group = c.benchmark_group("passes");
    for (state, on) in [("off", false), ("on", true)] {
        let f = jit(f.clone()).optimize(on);
        let time = || f.lower(args.clone()).unwrap().trace_time();
        group.bench_function(format!("{name} {state}"), |b| {
            b.iter_custom(|n| (0..n).map(|_| time()).sum());
        });
    }
}

fn benches(c: &mut Criterion) {
    for mode in HessianMode::ALL {
        let name = |f: &str| format!("hessian {} of {f}", mode.name());
        passes(c, &name("poly"), hessian(poly).mode(mode), poly_args(200));
        passes(c, &name("mlp"), hessian(mlp(&MLP)).mode(mode), mlp_args());
    }
}

criterion_group!(name = all; config = common::criterion(); targets = benches);
criterion_main!(all);
