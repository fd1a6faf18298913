//! Each transformation of the loss of a network with 433 parameters, as a jaxpr: the time of
//! tracing the loss (see `trace`) is part of it. No passes, no lowering.

#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::functions::mlp;
use common::{MLP, array, mlp_args};
use cotangent::{
    Arguments, Function, HessianMode, HostArgs, HvpMode, Tensor, grad, hessian, hvp, jacfwd,
    jacrev, jvp, linearize, make_jaxpr, value_and_grad, vjp, vmap,
};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

fn transform<Args: Arguments>(
    c: &mut Criterion,
    name: &str,
    f: impl Function<Args> + Clone,
    args: impl HostArgs<Args> + Clone,
) {
    let equations = make_jaxpr(f.clone(), args.clone()).unwrap().eqns.len();
    let mut group = c.benchmark_group("transform");
    group.throughput(Throughput::Elements(equations as u64));
    group.bench_function(name, |b| b.iter(|| make_jaxpr(f.clone(), args.clone()).unwrap()));
}

fn benches(c: &mut Criterion) {
    let (f, args) = (mlp(&MLP), mlp_args());
    let (theta, x, y) = args.clone();
    let with_vector = (theta.clone(), x.clone(), y.clone(), theta);
    transform(c, "nothing", f.clone(), args.clone());

    let g = f.clone();
    let forward = move |theta: Tensor, x: Tensor, y: Tensor, v: Tensor| {
        jvp(|theta: Tensor| g(theta, x.clone(), y.clone()), theta, v)
    };
    transform(c, "jvp", forward, with_vector.clone());
    let g = f.clone();
    let linear = move |theta: Tensor, x: Tensor, y: Tensor, v: Tensor| {
        linearize(|theta: Tensor| g(theta, x.clone(), y.clone()), theta).1.call(v)
    };
    transform(c, "linearize", linear, with_vector.clone());
    let g = f.clone();
    let reverse = move |theta: Tensor, x: Tensor, y: Tensor| {
        let (loss, pull_back) = vjp(|theta: Tensor| g(theta, x.clone(), y.clone()), theta);
        pull_back.call(loss).0
    };
    transform(c, "vjp", reverse, args.clone());
    let batch = (array((10, 433), 0, -0.5, 0.5), args.1.clone(), args.2.clone());
    transform(c, "vmap", vmap(f.clone()).in_axes([Some(0), None, None]), batch);

    transform(c, "grad", grad(f.clone()), args.clone());
    transform(c, "value_and_grad", value_and_grad(f.clone()), args.clone());
    transform(c, "jacfwd", jacfwd(f.clone()), args.clone());
    transform(c, "jacrev", jacrev(f.clone()), args.clone());
    for mode in [HvpMode::FwdRev, HvpMode::RevRev] {
        let name = format!("hvp {mode:?}");
        transform(c, &name, hvp(f.clone()).mode(mode), with_vector.clone());
    }
    for mode in HessianMode::ALL {
        let name = format!("hessian {}", mode.name());
        transform(c, &name, hessian(f.clone()).mode(mode), args.clone());
    }
}

criterion_group!(name = all; config = common::criterion(); targets = benches);
criterion_main!(all);
