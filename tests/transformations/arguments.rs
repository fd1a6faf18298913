//! Arguments and results of every structure, and the choice of what to differentiate.

use super::num;
use crate::support::claims::prove;
use cotangent::{
    Array, Function, HessianMode, HvpMode, Tensor, grad, hessian, hvp, jacfwd, jacrev, jit, jvp,
    value_and_grad, vjp,
};

/// x y², with the derivatives y² and 2 x y.
fn product(x: Tensor, y: Tensor) -> Tensor {
    x * y.powi(2)
}

#[test]
fn argnums_of_first_derivatives() {
    prove([2.0, 3.0], |c, [x, y]| {
        let args = || (x.clone(), y.clone());
        let (dx, dy) = (y.powi(2), 2.0 * &x * &y);
        c.agree(grad(product).call(args()), dx.clone());
        c.agree(grad(product).argnums(1).call(args()), dy.clone());
        c.agree(grad(product).argnums([1]).call(args()), [dy.clone()]);
        c.agree(grad(product).argnums([1, 0]).call(args()), [dy.clone(), dx.clone()]);
        let value = product(x.clone(), y.clone());
        c.agree(value_and_grad(product).call(args()), (value.clone(), dx.clone()));
        let both = value_and_grad(product).argnums([0, 1]).call(args());
        c.agree(both, (value, [dx.clone(), dy.clone()]));
        for jacobian in [jacfwd(product), jacrev(product)] {
            c.agree(jacobian.call(args()), dx.clone());
            c.agree(jacobian.clone().argnums(1).call(args()), dy.clone());
            c.agree(jacobian.argnums([1, 0]).call(args()), [dy.clone(), dx.clone()]);
        }
    });
}

#[test]
fn argnums_of_second_derivatives() {
    prove([2.0, 3.0], |c, [x, y]| {
        let args = || (x.clone(), y.clone());
        let (xx, xy, yy) = (num(0.0), 2.0 * &y, 2.0 * &x);
        for mode in HessianMode::ALL {
            let h = hessian(product).mode(mode);
            c.agree(h.call(args()), xx.clone());
            c.agree(h.clone().argnums(1).call(args()), yy.clone());
            let blocks = h.argnums([1, 0]).call(args());
            c.agree(blocks, [[yy.clone(), xy.clone()], [xy.clone(), xx.clone()]]);
        }
        for mode in [HvpMode::FwdRev, HvpMode::RevRev] {
            let h = hvp(product).mode(mode);
            c.agree(h.call((x.clone(), y.clone(), num(5.0))), num(0.0));
            let along_y = h.clone().argnums(1).call((x.clone(), y.clone(), num(5.0)));
            c.agree(along_y, 5.0 * &yy);
            let along_both = h.argnums([0, 1]).call((x.clone(), y.clone(), [num(5.0), num(7.0)]));
            c.agree(along_both, [7.0 * &xy, 5.0 * &xy + 7.0 * &yy]);
        }
    });
}

type Layers = Vec<(Tensor, [Tensor; 2])>;

#[test]
fn a_tree_as_the_first_argument() {
    prove([[1.0, 2.0], [3.0, 4.0]], |c, [a, b]| {
        let tree: Layers =
            vec![(a.clone(), [b.clone(), num(2.0)]), (b.clone(), [a.clone(), num(3.0)])];
        // Σ over the pairs of k · a · b.
        let f = |layers: Layers, scale: Tensor| {
            let terms = layers.iter().map(|(a, [b, k])| (a * b).sum() * k);
            terms.fold(num(0.0), |sum, term| sum + term) * scale
        };
        let slope = |k: f64, a: &Tensor, b: &Tensor| (k * b, [k * a, (a * b).sum()]);
        let wanted: Layers = vec![slope(2.0, &a, &b), slope(3.0, &b, &a)];
        let value = 5.0 * (&a * &b).sum();
        let args = || (tree.clone(), num(1.0));
        c.agree(grad(f).call(args()), wanted.clone());
        c.agree(value_and_grad(f).call(args()), (value.clone(), wanted.clone()));
        c.agree(jacfwd(f).call(args()), wanted.clone());
        c.agree(jacrev(f).call(args()), wanted.clone());
        c.agree(jit(grad(f)).apply(args()), wanted.clone());
        c.agree(grad(f).argnums(1).call(args()), value.clone());
        c.agree(vjp(f, args()).1.call(num(1.0)), (wanted.clone(), value.clone()));
        // Along the tree itself a form of degree three grows three times as fast.
        c.agree(jvp(f, args(), (tree.clone(), num(0.0))).1, 3.0 * &value);
        let doubled: Layers =
            wanted.iter().map(|(a, [b, k])| (2.0 * a, [2.0 * b, 2.0 * k])).collect();
        c.agree(hvp(f).call((tree.clone(), num(1.0), tree.clone())), doubled);
        // Blocks for each pair of leaves; of the first pair, with itself.
        let h = hessian(f).call(args());
        let ((aa, [ab, ak]), _) = (&h[0].0[0], ());
        let zero = Tensor::zeros::<f64>([2, 2]);
        c.agree((aa.clone(), [ab.clone(), ak.clone()]), (zero, [2.0 * Tensor::eye::<f64>(2), b]));
    });
}

#[test]
fn trees_as_results() {
    prove([[0.5, 1.5]], |c, [x]| {
        let f = |x: Tensor| ((x.sin(), [x.sum(), x.prod()]), vec![x.exp()]);
        let slopes =
            |x: &Tensor| ((x.cos().diag(), [x.ones_like(), x.flip(0)]), vec![x.exp().diag()]);
        c.agree(jacfwd(f).call(x.clone()), slopes(&x));
        c.agree(jacrev(f).call(x.clone()), slopes(&x));
        c.agree(jit(f).apply((x.clone(),)), f(x.clone()));
        let (values, tangents) = jvp(f, x.clone(), x.ones_like());
        c.agree(values.clone(), f(x.clone()));
        let pushed = ((x.cos(), [num(2.0), x.sum()]), vec![x.exp()]);
        c.agree(tangents.clone(), pushed);
        let pulled = x.cos() + num(1.0) + x.flip(0) + x.exp();
        let ones = ((x.ones_like(), [num(1.0), num(1.0)]), vec![x.ones_like()]);
        c.agree(vjp(f, x.clone()).1.call(ones), (pulled,));
        // The structure of the result outside, that of the argument inside.
        let g = |(a, b): (Tensor, Tensor)| [&a * &b, a + b];
        let args = || (num(2.0), num(3.0));
        let wanted = [(num(3.0), num(2.0)), (num(1.0), num(1.0))];
        c.agree(jacrev(g).call(args()), wanted.clone());
        c.agree(jacfwd(g).call(args()), wanted);
        let [product, sum] = hessian(g).call(args());
        let zero = || num(0.0);
        c.agree(product, ((zero(), num(1.0)), (num(1.0), zero())));
        c.agree(sum, ((zero(), zero()), (zero(), zero())));
    });
}

/// A check that a function of the sum of `k · x_k` has the gradient `k`, for each argument.
macro_rules! positions {
    ($c:ident; $($x:ident $k:literal),*) => {{
        let f = |$($x: Tensor),*| num(0.0) $(+ $k * $x)*;
        let point = || ($(num($k),)*);
        let all = [$($k),*];
        let n = all.len();
        $c.agree(vjp(f, point()).1.call(num(1.0)), point());
        $c.agree(jvp(f, point(), point()).1, num(all.iter().map(|k| k * k).sum()));
        $c.agree(jit(f).apply(point()), num(all.iter().map(|k| k * k).sum()));
        for (i, k) in all.into_iter().enumerate() {
            $c.agree(grad(f).argnums(i).call(point()), num(k));
            $c.agree(jacfwd(f).argnums([n - 1 - i]).call(point()), [num(all[n - 1 - i])]);
        }
    }};
}

#[test]
fn two_to_eight_arguments() {
    prove([1.0], |c, [_]| {
        positions!(c; a 2.0, b 3.0);
        positions!(c; a 2.0, b 3.0, d 5.0);
        positions!(c; a 2.0, b 3.0, d 5.0, e 7.0);
        positions!(c; a 2.0, b 3.0, d 5.0, e 7.0, f 11.0);
        positions!(c; a 2.0, b 3.0, d 5.0, e 7.0, f 11.0, g 13.0);
        positions!(c; a 2.0, b 3.0, d 5.0, e 7.0, f 11.0, g 13.0, h 17.0);
        positions!(c; a 2.0, b 3.0, d 5.0, e 7.0, f 11.0, g 13.0, h 17.0, i 19.0);
    });
}

#[test]
fn eight_arguments_leave_room_for_the_vector_of_hvp() {
    let f =
        |a: Tensor, b: Tensor, _: Tensor, _: Tensor, _: Tensor, _: Tensor, _: Tensor, h: Tensor| {
            (a.powi(3) * b + h.powi(2)).sum()
        };
    prove([2.0, 3.0], |c, [a, b]| {
        let o = || num(0.0);
        let args = (a.clone(), b.clone(), o(), o(), o(), o(), o(), o());
        c.agree(hvp(f).call((args.clone(), num(1.0))), 6.0 * &a * &b);
        c.agree(hvp(f).argnums(7).call((args, num(5.0))), num(10.0));
    });
}

#[test]
fn second_results_stand_beside_derivatives() {
    // The loss, the count of positive residuals, and the residuals.
    let f = |x: Tensor, y: Tensor| {
        let residual = x.exp() - y;
        let positive = residual.gt(0.0).sum();
        (residual.powi(2).sum(), (positive, residual))
    };
    let (x, y) = (|| vec![0.0, 1.0], || vec![2.0, 1.0]);
    let near = |found: &Array, expected: &[f64]| {
        let found = found.to_vec::<f64>().unwrap();
        let error = |(a, b): (&f64, &f64)| (a - b).abs();
        let error = found.iter().zip(expected).map(error).fold(0.0, f64::max);
        assert!(found.len() == expected.len() && error < 1e-13, "{found:?} {expected:?}");
    };
    let program = jit(value_and_grad(f).has_aux());
    let ((value, gradient), (positive, residual)) = program.call((x(), y())).unwrap();
    let e = 1f64.exp() - 1.0;
    near(&value, &[1.0 + e * e]);
    near(&gradient, &[-2.0, 2.0 * e * (e + 1.0)]);
    assert_eq!(positive.item::<i32>().unwrap(), 1);
    near(&residual, &[-1.0, e]);
    // The function itself is computed once.
    let jaxpr = program.lower((x(), y())).unwrap().jaxpr().to_string();
    assert_eq!(jaxpr.matches("= exp ").count(), 1, "{jaxpr}");
    let (gradients, _) = jit(grad(f).argnums([1]).has_aux()).call((x(), y())).unwrap();
    near(&gradients[0], &[2.0, -2.0 * e]);
    let (h, (positive, _)) = jit(hessian(f).has_aux().argnums(1)).call((x(), y())).unwrap();
    near(&h, &[2.0, 0.0, 0.0, 2.0]);
    assert_eq!(positive.item::<i32>().unwrap(), 1);
    // One inside the other.
    let outer = |x: Tensor, y: Tensor| {
        let (g, (positive, _)) = grad(f).has_aux().call((x, y));
        (g, positive)
    };
    let (j, positive) = jit(jacfwd(outer).has_aux()).call((x(), y())).unwrap();
    near(&j, &[0.0, 0.0, 0.0, 2.0 * (e + 1.0) * (2.0 * e + 1.0)]);
    assert_eq!(positive.item::<i32>().unwrap(), 1);
    // A mistake in the function is told once, with its line.
    let wrong = |x: Tensor| ((&x + Tensor::ones::<f64>(3)).sum(), x);
    let error = jit(grad(wrong).has_aux()).call(vec![1.0, 2.0]).unwrap_err();
    assert!(error.to_string().contains("arguments.rs"), "{error}");
}
