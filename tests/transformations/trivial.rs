//! Functions that ignore their argument, return it unchanged, or return a constant; and
//! derivatives that are switched off.

use super::num;
use crate::support::claims::prove;
use cotangent::{
    Function, HessianMode, Tensor, grad, hessian, hvp, jacfwd, jacrev, jit, jvp, linearize, vjp,
    vmap,
};

#[test]
fn a_function_that_returns_its_argument() {
    prove([[1.0, 2.0, 3.0]], |c, [x]| {
        let (id, eye) = (|x: Tensor| x, Tensor::eye::<f64>(3));
        c.agree(jit(id).apply((x.clone(),)), x.clone());
        c.agree(jvp(id, x.clone(), &x * 2.0), (x.clone(), &x * 2.0));
        c.agree(linearize(id, x.clone()).1.call(&x * 2.0), &x * 2.0);
        c.agree(vjp(id, x.clone()).1.call(&x * 2.0), (&x * 2.0,));
        c.agree(jacfwd(id).call(x.clone()), eye.clone());
        c.agree(jacrev(id).call(x.clone()), eye.clone());
        c.agree(vmap(id).call(x.clone()), x.clone());
        c.agree(vmap(grad(id)).call(x.clone()), x.ones_like());
        let twice = |x: Tensor| (x.clone(), x);
        c.agree(jacrev(twice).call(x.clone()), (eye.clone(), eye));
        c.agree(vjp(twice, x.clone()).1.call((x.clone(), x.clone())), (2.0 * &x,));
        for mode in HessianMode::ALL {
            let zeros = Tensor::zeros::<f64>([3, 3, 3]);
            c.agree(hessian(id).mode(mode).call(x.clone()), zeros);
        }
    });
}

#[test]
fn a_function_that_ignores_its_argument() {
    prove([[1.0, 2.0]], |c, [x]| {
        // From outside, as a literal, as an array made inside, and as an iota.
        let outside = x.sin();
        type Constant<'a> = &'a dyn Fn(Tensor) -> Tensor;
        let constants: [(Constant<'_>, Tensor); 5] = [
            (&|_| outside.clone(), outside.clone()),
            (&|_| num(3.0), num(3.0)),
            (&|_| Tensor::from_array([4.0, 5.0, 6.0]), Tensor::from_array([4.0, 5.0, 6.0])),
            (&|_| Tensor::zeros::<f64>([1, 2]), Tensor::zeros::<f64>([1, 2])),
            (&|x| &outside + x.ones_like(), &outside + 1.0),
        ];
        for (f, value) in &constants {
            let f = |x: Tensor| f(x);
            let with = |axes: &[usize]| Tensor::zeros::<f64>([&value.shape()[..], axes].concat());
            c.agree(jit(f).apply((x.clone(),)), value.clone());
            c.agree(jvp(f, x.clone(), x.clone()), (value.clone(), with(&[])));
            c.agree(linearize(f, x.clone()).1.call(x.clone()), with(&[]));
            c.agree(vjp(f, x.clone()).1.call(value.clone()), (x.zeros_like(),));
            c.agree(jacfwd(f).call(x.clone()), with(&[2]));
            c.agree(jacrev(f).call(x.clone()), with(&[2]));
            c.agree(grad(|x: Tensor| f(x).sum()).call(x.clone()), x.zeros_like());
            for mode in HessianMode::ALL {
                c.agree(hessian(f).mode(mode).call(x.clone()), with(&[2, 2]));
            }
            let sum = |x: Tensor| f(x).sum();
            c.agree(hvp(sum).call((x.clone(), x.clone())), x.zeros_like());
            let all = vmap(f).call(x.expand_dims(0).tile(&[3, 1]));
            let wanted = value.broadcast_to([&[3], &value.shape()[..]].concat());
            c.agree(all, wanted);
        }
    });
}

#[test]
fn a_function_of_an_empty_list() {
    prove([1.0], |c, [x]| {
        let f = |list: Vec<Tensor>, x: Tensor| -> (Vec<Tensor>, Tensor) { (list, x.sin()) };
        let none = Vec::<Tensor>::new;
        c.agree(jit(f).apply((none(), x.clone())), (none(), x.sin()));
        c.agree(jvp(f, (none(), x.clone()), (none(), num(1.0))).1, (none(), x.cos()));
        c.agree(grad(|l: Vec<Tensor>, x: Tensor| f(l, x).1).call((none(), x.clone())), none());
        c.agree(jacfwd(|l: Vec<Tensor>, x: Tensor| f(l, x).1).call((none(), x.clone())), none());
        let nothing = |_: Tensor| Vec::<Tensor>::new();
        c.agree(jacrev(nothing).call(x.clone()), none());
        c.agree(vjp(nothing, x.clone()).1.call(none()), (num(0.0),));
    });
}

#[test]
fn stop_gradient_hides_a_dependence_from_every_order_and_mode() {
    prove([[0.5, 2.0]], |c, [x]| {
        // x · stop(x²): the derivative is stop(x²), and the second one 0.
        let f = |x: Tensor| &x * x.powi(2).stop_gradient();
        c.agree(f(x.clone()), x.powi(3));
        c.agree(jvp(f, x.clone(), x.ones_like()).1, x.powi(2));
        c.agree(jacfwd(f).call(x.clone()), x.powi(2).diag());
        c.agree(jacrev(f).call(x.clone()), x.powi(2).diag());
        for mode in HessianMode::ALL {
            let h = hessian(|x: Tensor| f(x).sum()).mode(mode);
            c.agree(h.call(x.clone()), Tensor::zeros::<f64>([2, 2]));
        }
        // It stops the inner derivative, not the outer one of what is captured.
        let outer = |x: Tensor| grad(|y: Tensor| y.stop_gradient() * &y * &x).call(x.clone());
        c.agree(outer(num(3.0)), num(9.0));
        c.agree(grad(outer).call(num(3.0)), num(3.0));
        c.agree(vmap(grad(|x: Tensor| f(x))).call(x.clone()), x.powi(2));
    });
}
