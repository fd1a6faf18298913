//! Transformations three deep and more.

use super::{num, vector};
use crate::support::claims::prove;
use cotangent::{
    Function, HessianMode, Tensor, grad, hessian, hvp, jacfwd, jacrev, jit, jvp, linearize, vjp,
    vmap,
};

#[test]
fn higher_derivatives_of_one_variable() {
    prove([0.3], |c, [x]| {
        let sin = |x: Tensor| x.sin();
        c.agree(grad(grad(grad(sin))).call(x.clone()), -x.cos());
        c.agree(grad(grad(grad(grad(sin)))).call(x.clone()), x.sin());
        c.agree(jacfwd(jacfwd(jacfwd(sin))).call(x.clone()), -x.cos());
        c.agree(jacrev(jacfwd(grad(jacrev(sin)))).call(x.clone()), x.sin());
        let fifth = |x: Tensor| x.powi(5);
        c.agree(grad(grad(grad(grad(fifth)))).call(x.clone()), 120.0 * &x);
        c.agree(grad(grad(grad(grad(grad(grad(fifth)))))).call(x.clone()), num(0.0));
        // tanh''' = (6 tanh² − 2) tanh'
        let t = x.tanh();
        let third = (6.0 * t.powi(2) - 2.0) * (1.0 - t.powi(2));
        c.agree(grad(grad(grad(|x: Tensor| x.tanh()))).call(x.clone()), third);
    });
}

#[test]
fn forward_and_reverse_inside_each_other() {
    prove([0.4], |c, [x]| {
        let f = |x: Tensor| (2.0 * x).exp();
        let forward = |x: Tensor| jvp(f, x, num(1.0)).1;
        let reverse = |x: Tensor| vjp(forward, x).1.call(num(1.0)).0;
        let third = 8.0 * f(x.clone());
        c.agree(jvp(reverse, x.clone(), num(1.0)), (4.0 * f(x.clone()), third.clone()));
        let linear = |x: Tensor| linearize(reverse, x).1.call(num(1.0));
        c.agree(linear(x.clone()), third.clone());
        c.agree(vjp(linear, x.clone()).1.call(num(3.0)).0, 6.0 * third);
    });
}

#[test]
fn maps_of_hessians() {
    let points = ndarray::array![[1.0, -2.0, 0.5], [0.0, 3.0, -1.0]];
    prove([points], |c, [x]| {
        // The Hessian of Σ x³ + Π x: 6x on the diagonal, the third factor beside it.
        let f = |x: Tensor| x.powi(3).sum() + x.prod();
        let closed = |x: Tensor| {
            let [a, b, d] = [0, 1, 2].map(|i| x.row(i));
            let products =
                Tensor::stack([&num(0.0), &d, &b, &d, &num(0.0), &a, &b, &a, &num(0.0)], 0);
            (6.0 * x).diag() + products.reshape([3, 3])
        };
        let wanted = vmap(closed).call(x.clone());
        for mode in HessianMode::ALL {
            let h = hessian(f).mode(mode);
            c.agree(vmap(h.clone()).call(x.clone()), wanted.clone());
            // The same through a compiled function, and with batches of batches.
            c.agree(jit(vmap(jit(h.clone()))).apply((x.clone(),)), wanted.clone());
            let twice = x.reshape([1, 2, 3]);
            c.agree(vmap(vmap(h)).call(twice), wanted.expand_dims(0));
        }
        // Third derivatives of each example: 6 on the diagonal, 1 off it.
        let third = vmap(jacfwd(jacrev(grad(f)))).call(x.clone());
        let [i, j, k] = [0, 1, 2].map(|axis| Tensor::eye::<f64>(3).expand_dims(axis));
        let (equal, distinct) = (&i * &j * &k, (1.0 - i) * (1.0 - j) * (1.0 - k));
        c.agree(third, (6.0 * equal + distinct).broadcast_to([2, 3, 3, 3]));
    });
}

#[test]
fn gradients_through_maps_of_gradients() {
    prove([vec![0.1, 0.2, 0.3, 0.4, 0.5]], |c, [x]| {
        // Σ (d/dx sin x)² has the gradient −2 cos x sin x = −sin 2x.
        let f = |x: Tensor| vmap(grad(|x: Tensor| x.sin())).call(x).powi(2).sum();
        c.agree(grad(f).call(x.clone()), -(2.0 * &x).sin());
        c.agree(grad(|x: Tensor| grad(f).call(x).sum()).call(x.clone()), -2.0 * (2.0 * &x).cos());
        // jit inside grad inside vmap inside jit.
        let inner = jit(|x: Tensor| x.exp() * &x);
        let all = jit(vmap(grad(|x: Tensor| inner.apply((x,)))));
        c.agree(all.apply((x.clone(),)), x.exp() * (1.0 + &x));
        // The outer derivative passes through all four.
        let all = |x: Tensor| all.apply((x,)).sum();
        c.agree(grad(jit(all)).call(x.clone()), x.exp() * (2.0 + &x));
    });
}

#[test]
fn second_order_operators_inside_derivatives() {
    prove([vec![0.5, -1.5, 2.0]], |c, [x]| {
        let f = |x: Tensor| x.powi(4).sum() + x.prod();
        let laplacian = |x: Tensor| hessian(f).call(x).trace();
        c.agree(laplacian(x.clone()), 12.0 * x.powi(2).sum());
        c.agree(grad(laplacian).call(x.clone()), 24.0 * &x);
        c.agree(hessian(laplacian).call(x.clone()), 24.0 * Tensor::eye::<f64>(3));
        // vᵀ H v as a function of x, for v fixed and for v = x.
        let v = vector(&[1.0, 2.0, -1.0]);
        let g = |x: Tensor| x.powi(4).sum();
        let form = |x: Tensor| hvp(g).call((x, v.clone())).dot(&v);
        c.agree(grad(form).call(x.clone()), 24.0 * &x * v.powi(2));
        let form = |x: Tensor| hvp(g).call((x.clone(), x.clone())).dot(&x);
        c.agree(grad(form).call(x.clone()), 48.0 * x.powi(3));
        // A Newton step for Σ e^x − x in each variable, differentiated: x − 1 + e^{−x}.
        let h = |x: Tensor| (x.exp() - &x).sum();
        let step =
            |x: Tensor| &x - grad(h).call(x.clone()) / hessian(h).call(x.clone()).diagonal(0);
        c.agree(step(x.clone()), &x - 1.0 + (-&x).exp());
        c.agree(jacfwd(step).call(x.clone()), (1.0 - (-&x).exp()).diag());
        c.agree(jacrev(jit(step)).call(x.clone()), (1.0 - (-&x).exp()).diag());
    });
}

#[test]
fn linear_maps_outlive_their_function_call() {
    prove([vec![0.5, -1.5]], |c, [x]| {
        let (y, push) = linearize(|x: Tensor| (x.sin(), x.prod()), x.clone());
        c.agree(y, (x.sin(), x.prod()));
        // All columns at once, and the transpose of the map by the reverse mode.
        let columns = vmap(|t: Tensor| push.call(t)).out_axes(-1).call(Tensor::eye::<f64>(2));
        c.agree(columns, (x.cos().diag(), x.flip(0)));
        let (_, pull) = vjp(|t: Tensor| push.call(t), num(0.0) * &x);
        let cotangent = (vector(&[1.0, 2.0]), num(3.0));
        let wanted = x.cos() * &cotangent.0 + 3.0 * x.flip(0);
        c.agree(pull.call(cotangent), (wanted,));
        // A pull-back for many cotangents, and its derivative.
        let rows = vmap(|ct: Tensor| vjp(|x: Tensor| x.sin(), x.clone()).1.call(ct).0);
        c.agree(rows.call(Tensor::eye::<f64>(2)), x.cos().diag());
        let pulled = |ct: Tensor| vjp(|x: Tensor| x.powi(2), x.clone()).1.call(ct).0;
        c.agree(jacfwd(pulled).call(x.clone()), (2.0 * &x).diag());
    });
}
