//! Large programs: the time of the passes grows with the number of equations, not with its square.

use cotangent::{Array, Function, HessianMode, Tensor, hessian, jit};
use std::time::{Duration, Instant};

/// A step with two uses of each value, again and again.
fn chain(steps: usize) -> impl Fn(Tensor) -> Tensor + Clone {
    move |x: Tensor| {
        let step = |y: Tensor, k| (&y * (1.0 + 1e-3 * f64::from(k))).sin() + &x;
        (0..steps as u32).fold(x.clone(), step).sum()
    }
}

/// Layers that share their weights, so that each adds a term to the derivative.
fn layers(depth: usize) -> impl Fn(Tensor) -> Tensor + Clone {
    move |w: Tensor| {
        let start = Tensor::full(w.shape()[0], 0.1);
        (0..depth).fold(start, |h, _| w.dot(h).tanh()).sum()
    }
}

/// Elements taken one by one, as loops over scalars do.
fn elements(terms: usize) -> impl Fn(Tensor) -> Tensor + Clone {
    move |x: Tensor| {
        let at = |k: usize| x.index(k % x.shape()[0]);
        (0..terms).fold(x.index(0), |sum, k| sum + (at(k) - at(k + 1).powi(2)) * at(k))
    }
}

#[track_caller]
fn check<F>(f: F, x: Array, least: usize)
where
    F: Function<(Tensor,), Out = Tensor> + Clone,
{
    let h = || hessian(f.clone()).mode(HessianMode::FwdRev);
    let traced = jit(h()).optimize(false).lower(&x).unwrap().jaxpr().eqns.len();
    let start = Instant::now();
    let optimized = jit(h()).lower(&x).unwrap().jaxpr().eqns.len();
    let time = start.elapsed();
    assert!(traced >= least, "{traced} equations are traced");
    assert!(optimized <= traced, "{traced} equations became {optimized}");
    // About 5 s on two cores; what is quadratic takes minutes.
    assert!(time < Duration::from_secs(60), "{traced} equations took {time:?}");
}

#[test]
fn a_hundred_thousand_equations_pass_in_seconds() {
    let vector = || Array::from(vec![0.1; 7]);
    check(chain(4000), vector(), 100_000);
    check(elements(1500), vector(), 100_000);
    check(layers(1200), Array::from([[0.1; 3]; 3]), 50_000);
}
