//! Solutions of equations, and transposes of linear functions.

use crate::support::claims::{Claims, prove};
use crate::support::values::array;
use cotangent::{
    Array, HessianMode, Tensor, grad, hessian, jacfwd, jacrev, jit, linalg, linear_transpose, root,
    vjp, vmap,
};

/// The x with x + a sinh(x) = b, which grows with x for positive a.
fn equation(x: Tensor, (a, b): (Tensor, Tensor)) -> Tensor {
    &x + a * x.sinh() - b
}

#[test]
fn solutions_have_the_derivatives_of_the_inverse_function() {
    // With b = x + a sinh(x): the solution is x again, so all derivatives by x are those of x.
    prove([array(&[3], -0.8), array(&[3], 0.7)], |c: &Claims, [x, a]| {
        let start = || Tensor::scalar(0.0).broadcast_to([3]);
        let again = move |x: Tensor, a: Tensor| {
            let b = &x + &a * x.sinh();
            root(equation).call((start(), (a, b)))
        };
        let both = || (x.clone(), a.clone());
        c.agree(again(x.clone(), a.clone()), x.clone());
        c.agree(
            jacfwd(again).argnums([0, 1]).call(both()),
            jacfwd(|x: Tensor, _: Tensor| x).argnums([0, 1]).call(both()),
        );
        c.agree(
            jacrev(again).argnums([0, 1]).call(both()),
            jacfwd(|x: Tensor, _: Tensor| x).argnums([0, 1]).call(both()),
        );
        let scalar = move |x: Tensor, a: Tensor| (again(x, a.clone()).powi(3) * a).sum();
        let plain = |x: Tensor, a: Tensor| (x.powi(3) * a).sum();
        // Zeros come out as rounding errors of numbers around 1.
        let one = |h: [[Tensor; 2]; 2]| h.map(|row| row.map(|block| block + 1.0));
        for mode in HessianMode::ALL {
            c.agree(
                one(hessian(scalar).mode(mode).argnums([0, 1]).call(both())),
                one(hessian(plain).mode(mode).argnums([0, 1]).call(both())),
            );
        }
        c.agree(jacrev(hessian(scalar)).call(both()), jacrev(hessian(plain)).call(both()));
    });
}

#[test]
fn systems_and_batches() {
    // x = tanh(A x + b), a contraction for small A; each row of b has its own solution.
    let solve = |a: Tensor, b: Tensor| {
        let system = |x: Tensor, (a, b): (Tensor, Tensor)| &x - (a.matmul(&x) + b).tanh();
        root(system).call((b.clone() * 0.0, (a, b)))
    };
    let a = array(&[3, 3], -0.9);
    let b = array(&[4, 3], -0.5);
    let rows = jit(vmap(move |b: Tensor, a: Tensor| solve(a * 0.2, b)).in_axes([Some(0), None]));
    let x = rows.call((&b, &a)).unwrap();
    let check = jit(|x: Tensor, b: Tensor, a: Tensor| {
        (&x - (x.matmul((a * 0.2).t()) + b).tanh()).abs().max()
    });
    assert!(check.call((&x, &b, &a)).unwrap().item::<f64>().unwrap() < 1e-14);
    prove([array(&[3], -0.5), a], |c: &Claims, [b, a]| {
        let f = move |b: Tensor, a: Tensor| solve(a * 0.2, b);
        let both = || (b.clone(), a.clone());
        // (I - D A) ∂x/∂b = D, where D is the slope of tanh.
        let x = f(b.clone(), a.clone());
        let slope = (1.0 - x.powi(2)).expand_dims(1);
        let left = Tensor::eye::<f64>(3) - &slope * &a * 0.2;
        let by_b = linalg::solve(&left, &(Tensor::eye::<f64>(3) * slope));
        c.agree(jacfwd(f).call(both()), by_b.clone());
        c.agree(jacrev(f).call(both()), by_b);
    });
}

#[test]
fn solvers_of_the_users_own() {
    let closed = |_: Tensor, a: Tensor| a.sqrt();
    let sqrt = move |a: Tensor| {
        let equation = |x: Tensor, a: Tensor| x.powi(2) - a;
        root(equation).solver(closed).call((Tensor::scalar(0.0), a))
    };
    let third = jit(grad(grad(grad(sqrt)))).call(4.0).unwrap().item::<f64>().unwrap();
    assert!((third - 3.0 / 8.0 * 4f64.powf(-2.5)).abs() < 1e-15);
}

#[test]
fn equations_that_do_not_fit() {
    let error = |f: fn(Tensor) -> Tensor, x: Array| {
        let error = jit(f).call(x).unwrap_err();
        assert_eq!(error.source_location().unwrap().file(), file!(), "{error}");
        error.to_string()
    };
    let text = error(
        |x| root(|x: Tensor, a: Tensor| x.sum() - a).call((x, Tensor::scalar(1.0))),
        Array::from([1.0, 2.0]),
    );
    assert!(text.starts_with("root: the equation gives f64[], and the start is f64[2]"), "{text}");
    let text = error(|x| root(|x: Tensor, a: Tensor| x - a).call((x.clone(), x)), Array::from(1));
    assert!(text.starts_with("root: dtypes i32: the start must be floating-point"), "{text}");
}

#[test]
fn transposes_of_linear_functions() {
    prove([array(&[4], 0.3), array(&[3, 4], -0.4)], |c: &Claims, [x, a]| {
        let f = {
            let a = a.clone();
            move |x: Tensor, y: Tensor| (a.matmul(&x) + y.cumsum(0) * 2.0, x.sum())
        };
        let ct = || (a.sum_axis(1), x.max());
        let args = || (x.clone(), a.sum_axis(1));
        let linear = linear_transpose(f.clone(), args()).call(ct());
        c.agree(linear, vjp(f, args()).1.call(ct()));
    });
    let square = |x: Tensor| linear_transpose(|x: Tensor| x.powi(2), x.clone()).call(x).0;
    let error = jit(square).call(vec![1.0, 2.0]).unwrap_err();
    assert!(
        error.to_string().starts_with("linear_transpose: the function must be linear"),
        "{error}"
    );
    assert_eq!(error.source_location().unwrap().file(), file!(), "{error}");
    let integers = |x: Tensor| linear_transpose(|x: Tensor| x * 2, x.clone()).call(x).0;
    let error = jit(integers).call(vec![1, 2]).unwrap_err().to_string();
    assert!(
        error.starts_with("linear_transpose: dtypes i32: the argument must be floating-point"),
        "{error}"
    );
}
