//! The derivatives are one derivative: pushed forward, pulled back, linearized, or written out.

use super::{num, vector};
use crate::support::claims::prove;
use cotangent::{
    DType, HvpMode, Tensor, grad, hessian, hvp, jacfwd, jacrev, jvp, linearize, value_and_grad, vjp,
};

type Case = (&'static str, fn(Tensor) -> Tensor);

/// Vector functions of a vector of five positive numbers.
const VECTORS: &[Case] = &[
    ("elementwise", |x| x.sin() * x.sqrt() / (1.0 + &x)),
    ("matrix product", |x| x.outer(&x).matmul(x.exp())),
    ("reduction", |x| x.softmax(0) * x.logsumexp()),
    ("rearrangement", |x| Tensor::concat([x.index(1..3) * x.row(0), x.flip(0).cumsum(0)], 0)),
    ("choice", |x| x.gt(1.0).where_(x.log(), x.powi(3))),
    ("gather", |x| x.take(Tensor::from_array([4, 0, 0, -2]), 0).powi(2)),
    ("scatter", |x| x.at_add(Tensor::from_array([3, 3]), x.index(..2) * 2.0).prod() * &x),
    ("constant", |x| x.zeros_like()),
];

const POINT: [f64; 5] = [0.3, 1.7, 0.9, 2.2, 0.6];

#[test]
fn of_first_order() {
    let direction = [1.0, -0.5, 2.0, 0.25, -1.5];
    prove([POINT, direction], |c, [x, v]| {
        for (name, f) in VECTORS {
            let f = |x: Tensor| f(x);
            let agree = |found: Tensor, wanted: Tensor| c.agree_within(1e-13, name, found, wanted);
            let jacobian = jacrev(f).call(x.clone());
            agree(jacfwd(f).call(x.clone()), jacobian.clone());
            let (y, pushed) = jvp(f, x.clone(), v.clone());
            agree(y.clone(), f(x.clone()));
            agree(pushed.clone(), jacobian.matmul(&v));
            let (y, linear) = linearize(f, x.clone());
            agree(y.clone(), f(x.clone()));
            agree(linear.call(v.clone()), pushed.clone());
            agree(linear.call(&v * 2.0), pushed * 2.0);
            let w = y.cos() + 0.1;
            let (y, pull) = vjp(f, x.clone());
            agree(y, f(x.clone()));
            agree(pull.call(w.clone()).0, w.matmul(&jacobian));
        }
    });
}

#[test]
fn of_second_order() {
    let direction = [1.0, -0.5, 2.0, 0.25, -1.5];
    prove([POINT, direction], |c, [x, v]| {
        for (name, f) in VECTORS {
            let f = |x: Tensor| f(x).sin().sum();
            let agree = |found: Tensor, wanted: Tensor| c.agree_within(1e-12, name, found, wanted);
            let product = hessian(f).call(x.clone()).matmul(&v);
            for mode in [HvpMode::FwdRev, HvpMode::RevRev] {
                agree(hvp(f).mode(mode).call((x.clone(), v.clone())), product.clone());
            }
            agree(jvp(grad(f), x.clone(), v.clone()).1, product.clone());
            agree(grad(|x: Tensor| grad(f).call(x).dot(&v)).call(x.clone()), product.clone());
            agree(grad(|x: Tensor| jvp(f, x, v.clone()).1).call(x.clone()), product);
            let (value, gradient) = value_and_grad(f).call(x.clone());
            agree(value, f(x.clone()));
            agree(gradient, grad(f).call(x.clone()));
        }
    });
}

#[test]
fn with_integers_beside_floats() {
    prove([vec![0.5, 1.5, 2.5]], |c, [x]| {
        let (n, mask) = (Tensor::arange(0..3), x.gt(1.0));
        let f = |n: Tensor, x: Tensor, mask: Tensor| {
            (mask.where_(x.powi(2), &x) * n.convert(DType::F64), n + 1)
        };
        let factor = vector(&[0.0, 3.0, 10.0]);
        let args = (n.clone(), x.clone(), mask.clone());
        // The tangents of integers and truth values are not looked at; those of integer results
        // are zero.
        let tangents = (n.clone(), num(2.0).broadcast_to([3]), mask.clone());
        let (_, (pushed, none)) = jvp(f, args.clone(), tangents.clone());
        c.agree((pushed, none), (2.0 * &factor, n.zeros_like()));
        let (_, linear) = linearize(f, args.clone());
        c.agree(linear.call(tangents), (2.0 * &factor, n.zeros_like()));
        let (_, pull) = vjp(f, args.clone());
        let (dn, dx, dmask) = pull.call((x.ones_like(), n.clone()));
        c.agree((dn, dx, dmask), (n.zeros_like(), factor.clone(), mask.zeros_like()));
        let first = |n: Tensor, x: Tensor, mask: Tensor| f(n, x, mask).0;
        c.agree(jacfwd(first).argnums(1).call(args.clone()), factor.diag());
        c.agree(jacrev(first).argnums([1]).call(args.clone()), [factor.diag()]);
        let sum = |n: Tensor, x: Tensor, mask: Tensor| first(n, x, mask).sum();
        c.agree(grad(sum).argnums(1).call(args.clone()), factor);
        let curvature = vector(&[0.0, 2.0, 4.0]).diag();
        c.agree(hessian(sum).argnums(1).call(args), curvature);
    });
}
