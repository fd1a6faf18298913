//! The check of derivatives: right ones pass, wrong ones are told.

use cotangent::{Error, Tensor, check_grads, cond, custom_jvp, custom_vjp, linalg, scan};

#[test]
fn right_derivatives_pass() {
    check_grads(|x: Tensor| x.sin() * x.exp(), vec![0.3, -1.2, 2.0], 4).unwrap();
    check_grads(|x: Tensor| (x.sin(), x.gt(0.0)), vec![0.3f32, -1.2], 2).unwrap();
    let solve = |a: Tensor, (b, k): (Tensor, Tensor)| {
        let k = k.as_type::<f64>();
        [linalg::solve(&a, &b), b * k]
    };
    check_grads(solve, ([[3.0, 1.0], [0.5, 2.0]], (vec![1.0, -1.0], 3)), 2).unwrap();
    let looped = |x: Tensor| {
        let step = |c: Tensor, x: Tensor| {
            let large = |c: Tensor| c.sin();
            (cond(&c.gt(0.5), large, |c: Tensor| c.exp(), c) * &x, x)
        };
        scan(step).call((Tensor::scalar(0.2), x))
    };
    check_grads(looped, vec![0.9, 1.3, 0.4], 2).unwrap();
    // Nothing to differentiate, and no elements.
    check_grads(|x: Tensor| x.gt(1), 2, 2).unwrap();
    check_grads(|x: Tensor| x.sin(), Vec::<f64>::new(), 2).unwrap();
}

#[test]
fn wrong_derivatives_are_told() {
    let told = |r: Result<(), Error>, what: &str| {
        let message = r.unwrap_err().to_string();
        let start = format!("check_grads: {what}: ");
        assert!(message.starts_with(&start) && message.contains("checks.rs"), "{message}");
    };
    // In one of two results.
    let half = custom_jvp(
        |x: Tensor| (x.cos(), x.sin()),
        |(x,): (Tensor,), (dx,): (Tensor,)| {
            ((x.cos(), x.sin()), (-x.sin() * &dx, x.cos() * dx * 0.999))
        },
    );
    told(check_grads(half, vec![0.3, 1.0], 1), "order 1, forward mode of `[1]` of the result");
    // In the second order only: the rule's own derivative is stopped.
    let stopped = custom_jvp(
        |x: Tensor| x.sin(),
        |(x,): (Tensor,), (dx,): (Tensor,)| (x.sin(), x.cos().stop_gradient() * dx),
    );
    check_grads(stopped.clone(), 0.3, 1).unwrap();
    told(check_grads(stopped, 0.3, 2), "order 2, forward mode of the argument");
    // In single precision.
    let wrong =
        custom_vjp(|x: Tensor| (x.sin(), x), |x: Tensor, ct: Tensor| (x.cos() * ct * 1.01,));
    told(check_grads(wrong, vec![0.3f32], 1), "order 1, forward mode of the result");
    // A NaN is no derivative.
    told(check_grads(|x: Tensor| x.sqrt(), 0.0, 1), "order 1, forward mode of the result");
    // Mistakes of the function come back as they are.
    let error = check_grads(|x: Tensor| x.matmul(&x), 1.0, 1).unwrap_err().to_string();
    assert!(error.starts_with("matmul: "), "{error}");
}
