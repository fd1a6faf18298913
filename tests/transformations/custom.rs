//! Functions with derivatives that the user gives.

use crate::support::claims::{Claims, prove};
use crate::support::values::array;
use cotangent::{
    Array, Function, HessianMode, Tensor, custom_jvp, custom_vjp, grad, hessian, jacfwd, jacobian,
    jacrev, jit, jvp, linearize, scan, vjp, vmap,
};

/// x² sin y, with its derivative twice as large, so that one sees whose rule was used.
fn doubled() -> impl Function<(Tensor, Tensor), Out = Tensor> + Clone + 'static {
    let f = |x: Tensor, y: Tensor| x.powi(2) * y.sin();
    let rule = move |(x, y): (Tensor, Tensor), (dx, dy): (Tensor, Tensor)| {
        let slope = &x * y.sin() * 2.0 * dx + x.powi(2) * y.cos() * dy;
        (f(x, y), slope * 2.0)
    };
    custom_jvp(f, rule)
}

/// The same with a rule of reverse mode.
fn doubled_backward() -> impl Function<(Tensor, Tensor), Out = Tensor> + Clone + 'static {
    let forward = |x: Tensor, y: Tensor| (x.powi(2) * y.sin(), (x, y));
    let backward = |(x, y): (Tensor, Tensor), ct: Tensor| {
        (&x * y.sin() * 4.0 * &ct, x.powi(2) * y.cos() * 2.0 * ct)
    };
    custom_vjp(forward, backward)
}

/// All first and second derivatives of a function with such a rule, against those of x² sin y.
#[track_caller]
fn check(f: impl Function<(Tensor, Tensor), Out = Tensor> + Clone + 'static) {
    let array = |k: f64| Array::from_vec([3], vec![0.3 + k, -1.2, 2.0 * k]).unwrap();
    prove([array(0.4), array(1.1)], |c: &Claims, [x, y]| {
        let plain = |x: Tensor, y: Tensor| x.powi(2) * y.sin();
        let f = f.clone();
        let f = {
            let f = f.clone();
            move |x: Tensor, y: Tensor| f.apply((x, y))
        };
        let both = || (x.clone(), y.clone());
        let v = || (x.cos(), y.cos());
        c.agree(f(x.clone(), y.clone()), plain(x.clone(), y.clone()));
        let (_, dot) = jvp(plain, both(), v());
        c.agree(jvp(f.clone(), both(), v()).1, &dot * 2.0);
        c.agree(linearize(f.clone(), both()).1.call(v()), dot * 2.0);
        let (x_bar, y_bar) = vjp(plain, both()).1.call(x.sin());
        c.agree(vjp(f.clone(), both()).1.call(x.sin()), (x_bar * 2.0, y_bar * 2.0));
        let j = |j: [Tensor; 2]| j.map(|j| j * 2.0);
        c.agree(
            jacfwd(f.clone()).argnums([0, 1]).call(both()),
            j(jacfwd(plain).argnums([0, 1]).call(both())),
        );
        c.agree(
            jacrev(f.clone()).argnums([0, 1]).call(both()),
            j(jacrev(plain).argnums([0, 1]).call(both())),
        );
        // The rule is differentiated as it stands, and its value is that of the plain function:
        // (e^f · 2 f')' = 2 e^f (f' f' + f'').
        let g = f.clone();
        let scalar = move |x: Tensor, y: Tensor| g(x, y).exp().sum();
        let e = plain(x.clone(), y.clone()).exp();
        let first =
            grad(move |x: Tensor, y: Tensor| plain(x, y).sum()).argnums([0, 1]).call(both());
        let second = |i: usize, j: usize| {
            let h = hessian(move |x: Tensor, y: Tensor| plain(x, y).sum()).argnums([0, 1]);
            let h = h.call(both());
            h[i][j].diagonal(0)
        };
        for mode in HessianMode::ALL {
            let h = hessian(scalar.clone()).argnums([0, 1]).mode(mode).call(both());
            for i in 0..2 {
                for j in 0..2 {
                    let wanted = &e * (&first[i] * &first[j] + second(i, j)) * 2.0;
                    let note = format!("{mode:?} {i} {j}");
                    c.agree_within(1e-11, &note, h[i][j].clone(), wanted.diag());
                }
            }
        }
        // In batches, of both arguments and of one, and derivatives of these.
        let wide = |x: &Tensor, axis| Tensor::stack([x.clone(), x * 0.5], axis);
        let (xs, ys) = (wide(&x, 0), wide(&y, 1));
        let batch = |f| vmap(f).in_axes([Some(0), Some(1)]);
        let args = || (xs.clone(), ys.clone());
        c.agree(
            batch(f.clone()).call(args()),
            vmap(plain).in_axes([Some(0), Some(1)]).call(args()),
        );
        let one = |x: Tensor, y: Tensor| {
            let f = f.clone();
            grad(move |x: Tensor, y: Tensor| {
                vmap(f.clone()).in_axes([None, Some(1)]).call((x, y)).sum()
            })
            .argnums([0, 1])
            .call((x, y))
        };
        let plainly = |x: Tensor, y: Tensor| {
            grad(move |x: Tensor, y: Tensor| {
                vmap(plain).in_axes([None, Some(1)]).call((x, y)).sum()
            })
            .argnums([0, 1])
            .call((x, y))
        };
        c.agree(one(x.clone(), ys.clone()), plainly(x.clone(), ys.clone()).map(|g| g * 2.0));
        // In a loop.
        let looped = {
            let f = f.clone();
            move |x: Tensor| {
                let f = f.clone();
                let step = move |c: Tensor, x: Tensor| (f(c, x), ());
                scan(step).call((Tensor::scalar(1.1), x)).0
            }
        };
        let value = |x: Tensor| {
            let step = move |c: Tensor, x: Tensor| (plain(c, x), ());
            scan(step).call((Tensor::scalar(1.1), x)).0
        };
        c.agree(looped(x.clone()), value(x.clone()));
        c.agree(jacfwd(looped.clone()).call(x.clone()), jacrev(looped).call(x.clone()));
    });
}

#[test]
fn rules_of_forward_mode_serve_all_derivatives() {
    check(doubled());
}

#[test]
fn rules_of_reverse_mode_serve_all_derivatives() {
    check(doubled_backward());
}

/// A rule that does not call the function itself has the second derivative of its own formula; one
/// that does, the rule's again.
#[test]
fn second_derivatives_are_those_of_the_rule() {
    let sin = |x: Tensor| x.sin();
    let plain = custom_jvp(sin, |(x,): (Tensor,), (dx,): (Tensor,)| (x.sin(), x.cos() * dx * 3.0));
    let h = jit(hessian(plain.clone())).call(1.0).unwrap().item::<f64>().unwrap();
    assert!((h + 3.0 * 1f64.sin()).abs() < 1e-14);
    // eˣ as its own derivative, each time with a factor of 3.
    let exp = custom_jvp(
        |x: Tensor| x.exp(),
        |(x,): (Tensor,), (dx,): (Tensor,)| {
            let inner = custom_jvp(
                |x: Tensor| x.exp(),
                |(x,): (Tensor,), (dx,): (Tensor,)| (x.exp(), x.exp() * dx * 3.0),
            );
            let y = inner.call(x);
            (y.clone(), y * dx * 3.0)
        },
    );
    for mode in HessianMode::ALL {
        let h = jit(hessian(exp.clone()).mode(mode)).call(1.0).unwrap();
        assert!((h.item::<f64>().unwrap() - 9.0 * 1f64.exp()).abs() < 1e-13, "{mode:?}");
    }
}

#[test]
fn arguments_that_are_trees_or_integers() {
    // Σ a[k] b, with a rule that leaves out `b`.
    let forward = |(a, b): (Tensor, Tensor), k: Tensor| {
        let y = a.index(0) * &b + k.as_type::<f64>();
        ((y, k.clone()), (b, k))
    };
    let backward = |(b, k): (Tensor, Tensor), (ct, _): (Tensor, Tensor)| {
        let a = Tensor::stack([ct * &b, b.zeros_like()], 0);
        ((a, b.zeros_like()), k.zeros_like())
    };
    let f = custom_vjp(forward, backward);
    let value = jit(f.clone()).call(((vec![2.0, 3.0], 5.0), 7)).unwrap();
    assert_eq!((value.0.item::<f64>().unwrap(), value.1.item::<i32>().unwrap()), (17.0, 7));
    let g = f.clone();
    let loss = move |x: (Tensor, Tensor), k: Tensor| g.call((x, k)).0;
    let (a, b) = jit(grad(loss)).call(((vec![2.0, 3.0], 5.0), 7)).unwrap();
    assert_eq!(a.to_vec::<f64>().unwrap(), [5.0, 0.0]);
    assert_eq!(b.item::<f64>().unwrap(), 0.0);
}

/// The cotangent clipped to −1 and 1 on its way back: not linear, as in JAX's example of gradient
/// clipping.
#[test]
fn rules_that_are_not_linear_serve_reverse_mode() {
    let clip = custom_vjp(|x: Tensor| (x, ()), |(): (), ct: Tensor| (ct.clip(-1.0, 1.0),));
    let f = move |x: Tensor| (clip.call(x.powi(3)) * 0.25).sum();
    prove([array(&[4], 0.2)], |c: &Claims, [x]| {
        // The cotangent 0.25 is not clipped.
        let slope = x.powi(2) * 0.75;
        c.agree(grad(f.clone()).call(x.clone()), slope.clone());
        c.agree(jacobian(f.clone()).call(x.clone()), slope.clone());
        c.agree(vmap(grad(f.clone())).call(x.expand_dims(1)), slope.expand_dims(1));
        // One of 3 is.
        let g = f.clone();
        let three = move |x: Tensor| g(x) * 12.0;
        c.agree(grad(three.clone()).call(x.clone()), x.powi(2) * 3.0);
        let second = Tensor::diag(&(&x * 6.0));
        c.agree(hessian(three.clone()).call(x.clone()), second.clone());
        for mode in [HessianMode::FwdRev, HessianMode::RevRev] {
            c.agree(hessian(three.clone()).mode(mode).call(x.clone()), second.clone());
        }
    });
    let errors = [
        jit(jacfwd(f.clone())).call(vec![0.5; 3]).unwrap_err(),
        jit(hessian(f.clone()).mode(HessianMode::FwdFwd)).call(vec![0.5; 3]).unwrap_err(),
        jit(hessian(f.clone()).mode(HessianMode::RevFwd)).call(vec![0.5; 3]).unwrap_err(),
    ];
    for e in errors {
        let e = e.to_string();
        assert!(e.starts_with("custom_vjp") && e.contains("reverse mode alone"), "{e}");
    }
    assert_eq!(hessian(f).explain(vec![0.5; 3]).unwrap().candidates.len(), 2);
}

/// The function of jax issue 16049, whose rule keeps values for the way back.
#[test]
fn hessians_of_a_rule_of_reverse_mode() {
    let forward = |x: Tensor, y: Tensor| (x.sin() * &y, (x.cos(), x.sin(), y));
    let backward = |(cos, sin, y): (Tensor, Tensor, Tensor), ct: Tensor| (cos * &ct * y, sin * ct);
    let f = custom_vjp(forward, backward);
    let (x, y) = (1.0f64, 2.0);
    for mode in HessianMode::ALL {
        let h = jit(hessian(f.clone()).mode(mode).argnums([0, 1])).call((x, y)).unwrap();
        let h = h.map(|row| row.map(|block| block.item::<f64>().unwrap()));
        let wanted = [[-x.sin() * y, x.cos()], [x.cos(), 0.0]];
        let near = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-15;
        assert!(h.as_flattened().iter().zip(wanted.as_flattened()).all(near), "{mode:?}: {h:?}");
    }
}

/// A likelihood of the end of an integration with an adjoint of its own, as in jax issue 7401.
#[test]
fn hessians_through_an_integration_with_its_own_adjoint() {
    let solve = |rates: Tensor| {
        let step = move |y: Tensor, h: Tensor| {
            let slope = |y: Tensor| -(y.square() * &rates);
            let middle = &y + slope(y.clone()) * &h * 0.5;
            (&y + slope(middle) * h, ())
        };
        scan(step).call((Tensor::ones::<f64>([2]), Tensor::full(20, 0.05))).0
    };
    let own = custom_vjp(
        move |rates: Tensor| (solve(rates.clone()), rates),
        move |rates: Tensor, ct: Tensor| vjp(solve, rates).1.call(ct),
    );
    let loss = |y: Tensor| (y - Tensor::from_array([0.4, 0.7])).square().sum();
    prove([array(&[2], 0.5)], |c: &Claims, [rates]| {
        let wanted = hessian(move |rates: Tensor| loss(solve(rates))).call(rates.clone());
        for mode in HessianMode::ALL {
            let own = own.clone();
            let f = move |rates: Tensor| loss(own.apply((rates,)));
            c.agree(hessian(f).mode(mode).call(rates.clone()), wanted.clone());
        }
    });
}

/// The function of jax issue 28805, which is 1 with the slope x: its square has the second derivative
/// 2x² + 2 if the rule calls the function, and 2 if it writes the value anew.
#[test]
fn second_derivatives_ask_the_rule_for_the_value() {
    type Rule = fn((Tensor,), (Tensor,)) -> (Tensor, Tensor);
    let one = |x: Tensor| x.ones_like();
    let anew: Rule = |(x,), (dx,)| (x.ones_like(), x * dx);
    let again: Rule = |(x,), (dx,)| {
        let inner: Rule = |(x,), (dx,)| (x.ones_like(), x * dx);
        (custom_jvp(|x: Tensor| x.ones_like(), inner).call(x.clone()), x * dx)
    };
    for (rule, wanted) in [(anew, 2.0), (again, 2.5)] {
        let f = custom_jvp(one, rule);
        for mode in HessianMode::ALL {
            let f = f.clone();
            let square = move |x: Tensor| f.apply((x,)).square();
            let h = jit(hessian(square).mode(mode)).call(0.5).unwrap();
            assert_eq!(h.item::<f64>().unwrap(), wanted, "{mode:?}");
        }
    }
}
