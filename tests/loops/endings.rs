//! Loops that end by a value, and loops over numbers.

use super::{How::Rolled, array, check, loss};
use crate::support::claims::prove;
use cotangent::{
    HessianMode, Tensor, fori_loop, grad, hessian, jacfwd, jit, jvp, linearize, vmap, while_loop,
};

/// Doubles and bends the carry until it is large, at most four times; with what it captures.
fn grow(bound: Option<usize>, [x, y]: [Tensor; 2]) -> (Tensor, Tensor) {
    let limit = y.sum();
    let more = move |(c, _): (Tensor, Tensor)| c.powi(2).sum().lt(limit.powi(2) * 9.0 + 2.0);
    let next = move |(c, n): (Tensor, Tensor)| (&c * 1.7 + (&c * &y).sin(), n + c.sum() * 0.1);
    let init = (x.clone(), x.sum() * 0.0);
    match bound {
        Some(n) => while_loop(more, next).bound(n).call(init),
        None => while_loop(more, next).call(init),
    }
}

/// The same, run by run.
fn grow_unrolled(runs: usize, [x, y]: [Tensor; 2]) -> (Tensor, Tensor) {
    let (mut c, mut n) = (x.clone(), x.sum() * 0.0);
    for _ in 0..runs {
        let on = c.powi(2).sum().lt(y.sum().powi(2) * 9.0 + 2.0);
        let next = (&c * 1.7 + (&c * &y).sin(), &n + c.sum() * 0.1);
        (c, n) = (on.where_(next.0, c), on.where_(next.1, n));
    }
    (c, n)
}

#[test]
fn a_bounded_loop_has_all_derivatives() {
    // Of 5 runs, and of blocks of 6.
    for (seed, bound) in [(0.3, 5), (2.0, 5), (0.3, 40)] {
        check([array(&[2], seed), array(&[2], 0.7)], move |how, x| match how {
            Rolled => grow(Some(bound), x),
            _ => grow_unrolled(5, x),
        });
    }
    // It stops at the bound.
    let double = |n| while_loop(|x: Tensor| x.lt(100.0), |x: Tensor| x * 2.0).bound(n);
    let run = |n| jit(move |x: Tensor| double(n).call(x)).call(1.0).unwrap();
    assert_eq!([0, 1, 3, 20].map(|n| run(n).item::<f64>().unwrap()), [1.0, 2.0, 8.0, 128.0]);
    let slow = |n| while_loop(|x: Tensor| x.lt(100.0), |x: Tensor| x + 1.0).bound(n);
    let run = |n| jit(move |x: Tensor| slow(n).call(x)).call(0.0).unwrap();
    assert_eq!([33, 47, 101].map(|n| run(n).item::<f64>().unwrap()), [33.0, 47.0, 100.0]);
}

#[test]
fn long_bounded_loops_keep_few_carries() {
    let peak = |n: usize| {
        let f = move |x: Tensor| {
            let more = |(i, _): (Tensor, Tensor)| i.lt(25);
            let next = |(i, x): (Tensor, Tensor)| (i + 1, (&x * x.sin() + 0.1).tanh().exp());
            while_loop(more, next).bound(n).call((Tensor::scalar(0), x)).1.sum()
        };
        let x = array(&[1000], 0.3);
        let program = jit(grad(f)).lower(&x).unwrap();
        let peak = program.cost().peak;
        (peak / 8000.0, program.compile().unwrap().call(&x).unwrap().to_vec::<f64>().unwrap())
    };
    let (few, wanted) = peak(32);
    for n in [33, 400, 1003] {
        let (kept, found) = peak(n);
        assert!(kept < few + 12.0 * (n as f64).sqrt(), "{n}: {kept} carries, {few} for 32 runs");
        for (found, wanted) in found.iter().zip(&wanted) {
            assert!((found - wanted).abs() <= 1e-12 * wanted.abs(), "{n}: {found}, {wanted}");
        }
    }
}

#[test]
fn forward_derivatives_and_batches_of_loops_without_a_bound() {
    for seed in [0.3, 2.0] {
        prove([array(&[2], seed), array(&[2], 0.7)], |c, x| {
            let (f, g) = (|x: [Tensor; 2]| grow(None, x), |x: [Tensor; 2]| grow_unrolled(9, x));
            c.agree(f(x.clone()), g(x.clone()));
            let v = x.clone().map(|x| (x * 3.0).cos());
            c.agree(jvp(f, x.clone(), v.clone()), jvp(g, x.clone(), v.clone()));
            c.agree(linearize(f, x.clone()).1.call(v.clone()), linearize(g, x.clone()).1.call(v));
            c.agree(jacfwd(f).call(x.clone()), jacfwd(g).call(x.clone()));
            let scalar = hessian(move |x| loss(&f(x))).mode(HessianMode::FwdFwd);
            let wanted = hessian(move |x| loss(&g(x))).mode(HessianMode::FwdFwd);
            c.agree_within(1e-11, "", scalar.call(x.clone()), wanted.call(x.clone()));
            // Examples that end at different runs, all arguments and one alone.
            let examples =
                |x: &Tensor, axis| Tensor::stack([x.clone(), x * 5.0, x * 0.1, x.sin()], axis);
            for axis in [0, -1] {
                let all = x.clone().map(|x| examples(&x, axis));
                let (f, g) = (vmap(f).in_axes(axis), vmap(g).in_axes(axis));
                c.agree(f.call(all.clone()), g.call(all.clone()));
                c.agree(jacfwd(f).call(all.clone()), jacfwd(g).call(all.clone()));
                for (k, xk) in all.iter().enumerate() {
                    let (y, z) = (x.clone(), x.clone());
                    let f = move |xk: Tensor| grow(None, replaced(&y, k, xk));
                    let g = move |xk: Tensor| grow_unrolled(9, replaced(&z, k, xk));
                    let (f, g) = (vmap(f).in_axes(axis), vmap(g).in_axes(axis));
                    c.agree(f.call(xk.clone()), g.call(xk.clone()));
                }
            }
        });
    }
}

fn replaced(x: &[Tensor; 2], k: usize, xk: Tensor) -> [Tensor; 2] {
    let mut x = x.clone();
    x[k] = xk;
    x
}

/// The number of runs is the same for all examples, so the condition stays one truth value.
#[test]
fn a_condition_that_all_examples_share() {
    let f = |n: Tensor, x: Tensor| {
        let more = move |(i, _): (Tensor, Tensor)| i.lt(&n);
        let next = |(i, x): (Tensor, Tensor)| (i + 1, x.sin());
        while_loop(more, next).call((Tensor::scalar(0), x)).1
    };
    let program = jit(vmap(f).in_axes([None, Some(0)]));
    let text = program.lower((3, vec![0.5, 1.0])).unwrap().jaxpr().to_string();
    assert!(text.contains("bool[] = lt") && !text.contains("reduce_or"), "{text}");
    let y = program.call((3, vec![0.5, 1.0])).unwrap().to_vec::<f64>().unwrap();
    for (y, x) in y.into_iter().zip([0.5f64, 1.0]) {
        assert!((y - x.sin().sin().sin()).abs() <= 1e-15, "{y} at {x}");
    }
}

#[test]
fn loops_over_numbers() {
    for (start, end) in [(0, 3), (-1, 2), (2, 2), (3, 1)] {
        check([array(&[2], 0.4), array(&[2, 2], 0.8)], move |how, [x, a]| {
            let step = move |i: Tensor, x: Tensor| a.matmul(&x).sin() * i.as_type::<f64>() + &x;
            match how {
                Rolled => fori_loop(start..end, step).call(x),
                _ => (start..end).fold(x, |x, i| step(Tensor::scalar(i), x)),
            }
        });
    }
    // Ends that depend on data.
    let power = |x: Tensor, n: Tensor| {
        let start = Tensor::scalar(0i64);
        let step = move |_: Tensor, y: Tensor| y * &x;
        fori_loop(start..n, step).call(Tensor::scalar(1.0))
    };
    let value = jit(power);
    let slope = jit(jacfwd(power));
    for n in [-2i64, 0, 1, 5] {
        let k = n.max(0) as i32;
        assert_eq!(value.call((1.5, n)).unwrap().item::<f64>().unwrap(), 1.5f64.powi(k));
        let wanted = f64::from(k) * 1.5f64.powi(k - 1);
        assert_eq!(slope.call((1.5, n)).unwrap().item::<f64>().unwrap(), wanted);
    }
    assert_eq!((value.stats().compiles, slope.stats().compiles), (1, 1));
    // Examples with different numbers of runs.
    let all = jit(vmap(power)).call((vec![2.0, 3.0, 5.0], vec![3i64, 0, 1])).unwrap();
    assert_eq!(all.to_vec::<f64>().unwrap(), [8.0, 1.0, 5.0]);
}

/// A loop in a loop in a choice, with a carry of several types.
#[test]
fn loops_in_loops() {
    // Collatz: the number of steps to 1, for all numbers up to n, and the longest.
    let longest = |n: Tensor| {
        let steps = |k: Tensor| {
            let more = |(k, _): (Tensor, Tensor)| k.gt(1);
            let next = |(k, n): (Tensor, Tensor)| {
                let odd = (&k - (&k / 2) * 2).eq(1);
                (cotangent::cond(&odd, |k: Tensor| k * 3 + 1, |k: Tensor| k / 2, k), n + 1)
            };
            while_loop(more, next).call((k, Tensor::scalar(0))).1
        };
        let step = move |i: Tensor, best: Tensor| best.maximum(steps(i));
        fori_loop(Tensor::scalar(1)..n + 1, step).call(Tensor::scalar(0))
    };
    assert_eq!(jit(longest).call(30).unwrap().item::<i32>().unwrap(), 111);
    let batch = jit(vmap(longest)).call(vec![1, 7, 30]).unwrap();
    assert_eq!(batch.to_vec::<i32>().unwrap(), [0, 16, 111]);
}

/// Newton's method: its derivative is the implicit one.
#[test]
fn derivatives_of_a_solution() {
    let root = |bound: Option<usize>| {
        move |a: Tensor| {
            let b = a.clone();
            let far = move |x: Tensor| (x.powi(3) + &x - &b).abs().gt(1e-13);
            let step = move |x: Tensor| &x - (x.powi(3) + &x - &a) / (x.powi(2) * 3.0 + 1.0);
            let newton = while_loop(far, step);
            let newton = bound.map_or(newton.clone(), |n| newton.bound(n));
            newton.call(Tensor::scalar(1.0))
        }
    };
    let x = jit(root(None)).call(3.0).unwrap().item::<f64>().unwrap();
    let slope = 1.0 / (3.0 * x * x + 1.0);
    let curvature = -6.0 * x * slope.powi(3);
    let near = |found: cotangent::Array, wanted: f64| {
        let found = found.item::<f64>().unwrap();
        assert!((found - wanted).abs() < 1e-9, "{found} {wanted}");
    };
    near(jit(jacfwd(root(None))).call(3.0).unwrap(), slope);
    near(jit(grad(root(Some(20)))).call(3.0).unwrap(), slope);
    near(jit(hessian(root(None)).mode(HessianMode::FwdFwd)).call(3.0).unwrap(), curvature);
    for mode in HessianMode::ALL {
        near(jit(hessian(root(Some(20))).mode(mode)).call(3.0).unwrap(), curvature);
    }
}
