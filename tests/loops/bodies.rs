//! Bodies of all kinds.

use super::{array, backward, check, forward, run};
use crate::support::claims::prove;
use cotangent::{Function, Tensor, grad, jit, lax, map, scan, vmap};

/// A carry through a matrix that is captured, and a result of each run.
#[test]
fn recurrent_network() {
    for steps in [forward(3), backward(2), forward(1)] {
        let points = [array(&[3, 3], 0.1), array(&[3], 0.2), array(&[steps.length, 3], 0.3)];
        check(points, move |how, [w, h, xs]| {
            run(how, steps, (h, xs), move |h: Tensor, x: Tensor| {
                let h = (w.matmul(&h) + x.sin()).tanh();
                (h.clone(), h.sum() * x)
            })
        });
    }
}

#[test]
fn no_carry() {
    check([array(&[3, 2], 0.4), array(&[2], 0.5)], |how, [xs, b]| {
        let f = move |(), x: Tensor| ((), (&x * &b).exp());
        run(how, forward(3), ((), xs), f).1
    });
}

#[test]
fn no_inputs() {
    check([array(&[2], 0.6), array(&[2, 2], 0.7)], |how, [v, a]| {
        let f = move |v: Tensor, ()| (a.matmul(&v).sin(), ());
        run(how, forward(3), (v, ()), f).0
    });
}

/// Neither carry nor inputs: the same result again and again.
#[test]
fn nothing_but_constants() {
    check([array(&[2], 0.8)], |how, [v]| {
        let f = move |(), ()| ((), v.powi(3));
        run(how, forward(3), ((), ()), f).1
    });
}

/// A carry hands its value to the next, so it takes several runs until all depend on the input.
#[test]
fn carries_that_become_active_later() {
    for steps in [forward(4), backward(2)] {
        let points = [array(&[steps.length, 2], 0.9), array(&[2], 1.0)];
        check(points, move |how, [xs, d]| {
            let zero = Tensor::zeros::<f64>([2]);
            let init = [zero.clone(), zero.clone(), zero, d];
            run(how, steps, (init, xs), |[a, b, c, d]: [Tensor; 4], x: Tensor| {
                let y = &a * &d + b.cos();
                ([b, c, x.sin(), d * 0.9], y)
            })
        });
    }
}

/// Carries and results that do not depend on the carry, or on nothing.
#[test]
fn carries_that_are_forgotten() {
    check([array(&[3], 1.1), array(&[], 1.2)], |how, [xs, c]| {
        run(how, forward(3), ([c.clone(), c], xs), |[a, b]: [Tensor; 2], x: Tensor| {
            let y = (a * b.sin(), Tensor::scalar(2.5), x.clone());
            ([x.cos(), Tensor::scalar(1.5)], y)
        })
    });
}

/// An integer that counts, and tells which element is read and written.
#[test]
fn counters_and_places() {
    check([array(&[4, 2], 1.3), array(&[2], 1.4)], |how, [table, v]| {
        let init = (Tensor::scalar(0), v, Tensor::zeros::<f64>([4, 2]));
        let step = move |(i, v, out): (Tensor, Tensor, Tensor), ()| {
            let zero = Tensor::scalar(0);
            let row = lax::dynamic_slice(&table, &[&i, &zero], &[1, 2]);
            let v = (v + row.reshape([2])).sin();
            let out = lax::dynamic_update_slice(&out, &(&row * v.sum()), &[&i, &zero]);
            ((i.clone() + 1, v, out), i)
        };
        let ((_, v, out), places) = run(how, forward(3), (init, ()), step);
        (v, out, places)
    });
}

/// What depends on captured tensors alone is no residual of each run.
#[test]
fn invariant_parts() {
    check([array(&[3, 2], 1.5), array(&[2], 1.6)], |how, [xs, w]| {
        run(how, backward(3), (w.sum(), xs), move |c: Tensor, x: Tensor| {
            let k = w.exp() * Tensor::arange(1.0..3.0).sqrt();
            let c = (c * (k * &x).sum()).tanh();
            (c.clone(), c.powi(2) * w.cos())
        })
    });
}

#[test]
fn loops_in_loops() {
    check([array(&[3, 2, 2], 1.7), array(&[2], 1.8)], |how, [xs, w]| {
        run(how, forward(3), (w.clone(), xs), move |c: Tensor, x: Tensor| {
            let (k, w) = (c.clone(), w.clone());
            let inner = move |s: Tensor, row: Tensor| {
                let s = (s * &w + row * &k).sin();
                (s.clone(), s.sum())
            };
            let (last, sums) = run(how, backward(2), (c, x), inner);
            (last, sums.prod())
        })
    });
}

/// Functions that are compiled on their own, with constant arrays in them.
#[test]
fn compiled_functions_and_constants_inside() {
    check([array(&[3, 2], 1.9)], |how, [xs]| {
        let table = |x: Tensor| x * Tensor::from_array([0.3, 0.7]);
        let long = |x: Tensor| x.sum() + Tensor::from_array(vec![0.01; 40]).sum();
        let init = Tensor::from_array([0.5, -0.5]);
        run(how, forward(3), (init, xs), move |c: Tensor, x: Tensor| {
            let sum = jit(long).apply((c.clone(),));
            let c = jit(table).apply((c + x,)).sin() + sum * 0.1;
            (c.clone(), c)
        })
    });
}

#[test]
fn maps_are_loops_without_a_carry() {
    prove([array(&[3, 2], 2.0)], |c, [xs]| {
        let f = |x: Tensor| (x.sin(), x.sum());
        c.agree(map(f).call(xs.clone()), vmap(f).call(xs.clone()));
        let g = grad(move |x: Tensor| map(f).call(x).0.sum());
        c.agree(g.call(xs.clone()), xs.cos());
        let double = scan(|c: Tensor, ()| (c * 2.0, ())).length(10);
        c.agree(double.call((Tensor::scalar(1.0), ())).0, Tensor::scalar(1024.0));
    });
}
