//! The passes over the jaxpr of a Hessian: tracing and transforming with the passes ("on") and
//! without them ("off"). Their own time is the difference. "growth" shows the time per equation of
//! growing programs: the reciprocal of "elem/s".

#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::functions::{mlp, poly};
use common::{MLP, mlp_args, poly_args};
use cotangent::{Arguments, Array, Function, HessianMode, HostArgs, Tensor, hessian, jit};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

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

/// The Hessian of steps written out one after the other.
fn growth(c: &mut Criterion) {
    let mut group = c.benchmark_group("growth");
    group.sample_size(10);
    for steps in [250, 1000, 4000] {
        let f = move |x: Tensor| {
            let step = |y: Tensor, k| (&y * (1.0 + 1e-3 * f64::from(k))).sin() + &x;
            (0..steps).fold(x.clone(), step).sum()
        };
        let h = || hessian(f).mode(HessianMode::FwdRev);
        let x = Array::from(vec![0.1; 7]);
        let traced = jit(h()).optimize(false).lower(&x).unwrap().jaxpr().eqns.len();
        group.throughput(Throughput::Elements(traced as u64));
        group.bench_function(format!("{traced} equations"), |b| {
            b.iter(|| jit(h()).lower(&x).unwrap());
        });
    }
}

fn benches(c: &mut Criterion) {
    growth(c);
    for mode in HessianMode::ALL {
        let name = |f: &str| format!("hessian {} of {f}", mode.name());
        passes(c, &name("poly"), hessian(poly).mode(mode), poly_args(200));
        passes(c, &name("mlp"), hessian(mlp(&MLP)).mode(mode), mlp_args());
    }
}

criterion_group!(name = all; config = common::criterion(); targets = benches);
criterion_main!(all);
