//! Minima, and their derivatives by the data.

use crate::support::claims::{Claims, prove};
use crate::support::values::array;
use cotangent::{
    Array, HessianMode, Tensor, grad, hessian, jacfwd, jacrev, jit, linalg, minimize, vmap,
};
use std::ops::ControlFlow;

/// The chained function of Rosenbrock, whose least point is a vector of ones.
fn rosenbrock(x: Tensor, (): ()) -> Tensor {
    let (a, b) = (x.slice_axis(0, ..-1), x.slice_axis(0, 1..));
    (100.0 * (b - &a * &a).powi(2) + (1.0 - a).powi(2)).sum()
}

fn largest(x: &Array) -> f64 {
    x.to_vec::<f64>().unwrap().iter().fold(0.0, |m, v| m.max(v.abs()))
}

#[test]
fn hard_functions_from_far_away() {
    for dense in [false, true] {
        for n in [2, 3, 7, 30] {
            let search = minimize(rosenbrock);
            let search = if dense { search.dense() } else { search };
            let fit = jit(move |x: Tensor| {
                let (x, how) = search.call((x, ()));
                (x - 1.0, how)
            });
            // The other local minimum of n ≥ 4 is near x₀ = −1.
            let (error, how) = fit.call(vec![0.3; n]).unwrap();
            assert!(how.converged.item::<bool>().unwrap(), "{n} {dense}");
            assert!(largest(&error) < 1e-8, "{n} {dense}: {error}");
            assert!(how.steps.item::<i32>().unwrap() < 10 * n as i32);
        }
    }
    // Beale's, Powell's singular one (whose Hessian is singular there), and one of negative curvature.
    let beale = |x: Tensor, (): ()| {
        let (x, y) = (x.row(0), x.row(1));
        let part = |c: f64, k: i32| (c - &x + &x * y.powi(k)).powi(2);
        part(1.5, 1) + part(2.25, 2) + part(2.625, 3)
    };
    let powell = |x: Tensor, (): ()| {
        let [a, b, c, d] = [0, 1, 2, 3].map(|i| x.row(i));
        (&a + 10.0 * &b).powi(2)
            + 5.0 * (&c - &d).powi(2)
            + (b - 2.0 * c).powi(4)
            + 10.0 * (a - d).powi(4)
    };
    let saddle = |x: Tensor, (): ()| {
        let (x, y) = (x.row(0), x.row(1));
        x.powi(4) - x.powi(2) + y.powi(2) + 0.1 * x
    };
    let fit = jit(move |a: Tensor, b: Tensor, c: Tensor| {
        let beale = minimize(beale).call((a, ()));
        let powell = minimize(powell).call((b, ()));
        let saddle = minimize(saddle).call((c, ()));
        (beale.0 - Tensor::from_array([3.0, 0.5]), powell.0, saddle)
    });
    let point = (vec![1.0, 1.0], vec![3.0, -1.0, 0.0, 1.0], vec![0.0, 1.0]);
    let (beale, powell, (x, how)) = fit.call(point).unwrap();
    assert!(largest(&beale) < 1e-8, "{beale}");
    assert!(largest(&powell) < 1e-2, "{powell}");
    assert!((x.to_vec::<f64>().unwrap()[0] + 0.731).abs() < 1e-2, "{x}");
    assert!(how.value.item::<f64>().unwrap() < -0.3);
}

#[test]
fn trees_batches_and_single_precision() {
    let loss =
        |(w, b): (Tensor, Tensor), (x, y): (Tensor, Tensor)| (x.matmul(w) + b - y).powi(2).sum();
    let x = [[1.0f32, 0.0], [0.0, 1.0], [1.0, 1.0], [2.0, 1.0]];
    let y = vec![3.5f32, 0.5, 2.5, 5.5];
    let fit = jit(move |data: (Tensor, Tensor)| {
        let start = (data.0.row(0) * 0.0, data.1.row(0) * 0.0);
        minimize(loss).call((start, data))
    });
    let ((w, b), how) = fit.call((x, y)).unwrap();
    let found = [w.to_vec::<f32>().unwrap(), vec![b.item::<f32>().unwrap()]].concat();
    let wanted = [3.0, -0.3, 0.2];
    let residual = [found[0] + found[2] - 3.5, found[1] + found[2] - 0.5];
    assert!(residual.iter().all(|r| r.abs() < 1.0), "{found:?} {wanted:?}");
    assert!(how.converged.item::<bool>().unwrap() && how.slope.item::<f32>().unwrap() < 1e-3);

    let rows = jit(vmap(|center: Tensor| {
        let f = |x: Tensor, c: Tensor| ((&x - c).powi(4) + (x * 0.5).powi(2)).sum();
        let (x, how) = minimize(f).call((center.zeros_like(), center.clone()));
        (4.0 * (&x - center).powi(3) + 0.5 * x, how.steps)
    }));
    let (slopes, steps) = rows.call([[0.0, 0.0], [1.0, -2.0], [100.0, 0.1]]).unwrap();
    assert!(largest(&slopes) < 1e-5, "{slopes}");
    // A start that is a minimum is left alone.
    assert_eq!(steps.to_vec::<i32>().unwrap()[0], 0);
}

#[test]
fn bounds_and_masks() {
    // Two that want out, one inside, one fixed outside of its bounds.
    let f = |x: Tensor, (target, _): (Tensor, Tensor)| {
        (x - &target).powi(2).sum() + (target * 0.0).sum()
    };
    let limits = |(target, _): &(Tensor, Tensor)| (target * 0.0, target * 0.0 + 1.0);
    let fit = jit(move |x: Tensor, target: Tensor, mask: Tensor| {
        let search = minimize(f).bounds(limits).free(|(_, mask): &(Tensor, Tensor)| mask.clone());
        let (x, how) = search.call((x, (target, mask)));
        (x, how.slope, how.converged)
    });
    let target = vec![-3.0, 0.25, 7.0, 0.5];
    let (x, slope, converged) =
        fit.call((vec![0.5, 0.5, 0.5, 2.5], target.clone(), vec![1.0, 1.0, 1.0, 0.0])).unwrap();
    let x = x.to_vec::<f64>().unwrap();
    assert!(x[0] == 0.0 && (x[1] - 0.25).abs() < 1e-9 && x[2] == 1.0 && x[3] == 2.5, "{x:?}");
    assert!(slope.item::<f64>().unwrap() < 1e-8 && converged.item::<bool>().unwrap());
    let all = fit.call((vec![0.5; 4], target, vec![0.0; 4])).unwrap().0;
    assert_eq!(all.to_vec::<f64>().unwrap(), [0.5; 4]);
    assert_eq!(fit.stats().compiles, 1);
    let none = jit(|x: Tensor| minimize(|x: Tensor, (): ()| x.powi(2).sum()).call((x, ())));
    let (x, how) = none.call(Vec::<f64>::new()).unwrap();
    assert!(x.shape()[..] == [0] && how.converged.item::<bool>().unwrap());
}

#[test]
fn minima_have_derivatives_by_the_data() {
    // Ridge regression, whose solution is a linear system, and one that is not linear.
    prove([array(&[5, 3], -0.8), array(&[5], 0.4)], |c: &Claims, [a, y]| {
        let ridge = |w: Tensor, (a, y): (Tensor, Tensor)| {
            (a.matmul(&w) - y).powi(2).sum() + w.powi(2).sum()
        };
        let fit = move |a: Tensor, y: Tensor| {
            let start = Tensor::from_array([0.1, 0.0, 0.0]);
            minimize(ridge).tolerance(1e-14).call((start, (a, y))).0
        };
        let closed = |a: Tensor, y: Tensor| {
            let gram = a.t().matmul(&a) + Tensor::eye::<f64>(3);
            linalg::solve(&gram, &a.t().matmul(y))
        };
        let both = || (a.clone(), y.clone());
        let close = |found: [Tensor; 2], wanted: [Tensor; 2]| {
            c.agree_within(1e-8, "", found, wanted);
        };
        c.agree_within(1e-9, "", fit(a.clone(), y.clone()), closed(a.clone(), y.clone()));
        close(
            jacfwd(fit).argnums([0, 1]).call(both()),
            jacfwd(closed).argnums([0, 1]).call(both()),
        );
        close(
            jacrev(fit).argnums([0, 1]).call(both()),
            jacfwd(closed).argnums([0, 1]).call(both()),
        );
        let sum = move |a: Tensor, y: Tensor| fit(a, y).powi(3).sum();
        let wanted = hessian(move |a: Tensor, y: Tensor| closed(a, y).powi(3).sum());
        for mode in [HessianMode::FwdRev, HessianMode::RevRev] {
            let found = hessian(sum).mode(mode).argnums(1).call(both());
            c.agree_within(1e-7, mode.name(), found, wanted.clone().argnums(1).call(both()));
        }
        // The value at the minimum has the partial derivative (the envelope theorem).
        let least = |y: Tensor| {
            let start = Tensor::from_array([0.1, 0.0, 0.0]);
            minimize(ridge).call((start, (a.clone(), y))).1.value
        };
        let w = closed(a.clone(), y.clone());
        c.agree_within(1e-8, "", grad(least).call(y.clone()), 2.0 * (&y - a.matmul(w)));
    });
    // What is at a bound stays there.
    let f = |x: Tensor, t: Tensor| (x - t).powi(2).sum();
    let fit = move |t: Tensor| {
        let inside = |t: &Tensor| (t * 0.0, t * 0.0 + 1.0);
        minimize(f).bounds(inside).call((t.zeros_like() + 0.5, t)).0
    };
    let j = jit(jacrev(fit)).call(vec![0.3, 2.0]).unwrap().to_vec::<f64>().unwrap();
    assert!((j[0] - 1.0).abs() < 1e-9 && j[1..] == [0.0, 0.0, 0.0], "{j:?}");
}

#[test]
fn searches_step_by_step() {
    let fit = minimize(rosenbrock).stepper();
    let mut values = Vec::new();
    let (x, how) = fit
        .run((vec![-1.2, 1.0], ()), |step| {
            values.push(step.value.item::<f64>().unwrap());
            ControlFlow::Continue(())
        })
        .unwrap();
    assert!(values.len() > 5 && values.is_sorted_by(|a, b| a >= b), "{values:?}");
    assert_eq!(values.len(), how.steps.item::<i32>().unwrap() as usize);
    assert!(x.to_vec::<f64>().unwrap().iter().all(|x| (x - 1.0).abs() < 1e-8), "{x}");
    let mut count = 0;
    let (_, how) = fit
        .run((vec![-1.2, 1.0], ()), |_| {
            count += 1;
            if count == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .unwrap();
    assert_eq!(how.steps.item::<i32>().unwrap(), 3);
    assert!(!how.converged.item::<bool>().unwrap());
    let few = minimize(rosenbrock).max_steps(2).stepper();
    let (_, how) = few.run((vec![-1.2, 1.0], ()), |_| ControlFlow::Continue(())).unwrap();
    assert_eq!(how.steps.item::<i32>().unwrap(), 2);
}

#[test]
fn searches_that_cannot_begin() {
    let message = |error: cotangent::Error| {
        assert_eq!(error.source_location().unwrap().file(), file!(), "{error}");
        error.kind().to_string()
    };
    let integers = jit(|x: Tensor| minimize(|x: Tensor, (): ()| x.sum()).call((x, ())).0);
    let vectors = jit(|x: Tensor| minimize(|x: Tensor, (): ()| x).call((x, ())).0);
    let messages = [
        message(integers.call(vec![1, 2]).unwrap_err()),
        message(vectors.call(vec![1.0, 2.0]).unwrap_err()),
    ];
    expect_test::expect![[r#"
        minimize: dtypes i32: the parameters must be floating-point; use `convert`
        value_and_grad: shapes [2]: it needs a function that returns a scalar; use jacrev or jacfwd, or sum"#]]
    .assert_eq(&messages.join("\n"));
    // A function that is not a number anywhere ends where it began.
    let nowhere = jit(|x: Tensor| minimize(|x: Tensor, (): ()| x.log().sum()).call((x, ())).1);
    let how = nowhere.call(vec![-1.0]).unwrap();
    assert!(how.steps.item::<i32>().unwrap() < 1000);
}
