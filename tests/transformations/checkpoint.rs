//! Functions whose derivatives compute values anew.

use crate::support::claims::{Claims, prove};
use crate::support::values::array;
use cotangent::params::Policy;
use cotangent::{
    Function, HessianMode, Tensor, checkpoint, grad, hessian, jacfwd, jacrev, jit, jvp, linearize,
    scan, value_and_grad, vjp, vmap,
};

fn layer(x: Tensor, w: Tensor) -> Tensor {
    let h = w.matmul(&x).checkpoint_name("h");
    (h.sin() * h.exp()).tanh() + x.powi(3)
}

fn policies() -> [Policy; 4] {
    let names = |n: &str| Policy::Names(vec![n.to_string()]);
    [Policy::Nothing, Policy::Dots, names("h"), names("another")]
}

#[test]
fn derivatives_are_those_of_the_function() {
    for policy in policies() {
        prove([array(&[3], 0.2), array(&[3, 3], -0.9)], |c: &Claims, [x, w]| {
            let again = checkpoint(layer).policy(policy.clone());
            let again = move |x: Tensor, w: Tensor| again.call((x, w));
            let both = || (x.clone(), w.clone());
            let v = || (x.cos(), w.sin());
            c.agree(again(x.clone(), w.clone()), layer(x.clone(), w.clone()));
            c.agree(jvp(again.clone(), both(), v()), jvp(layer, both(), v()));
            c.agree(
                linearize(again.clone(), both()).1.call(v()),
                linearize(layer, both()).1.call(v()),
            );
            c.agree(vjp(again.clone(), both()).1.call(x.sin()), vjp(layer, both()).1.call(x.sin()));
            c.agree(
                jacfwd(again.clone()).argnums([0, 1]).call(both()),
                jacrev(layer).argnums([0, 1]).call(both()),
            );
            c.agree(
                jacrev(again.clone()).argnums([0, 1]).call(both()),
                jacrev(layer).argnums([0, 1]).call(both()),
            );
            let inner = again.clone();
            let scalar = move |x: Tensor, w: Tensor| inner(x, w).sin().sum();
            let plain = |x: Tensor, w: Tensor| layer(x, w).sin().sum();
            for mode in HessianMode::ALL {
                c.agree(
                    hessian(scalar.clone()).mode(mode).argnums([0, 1]).call(both()),
                    hessian(plain).mode(mode).argnums([0, 1]).call(both()),
                );
            }
            c.agree(jacrev(hessian(scalar)).call(both()), jacrev(hessian(plain)).call(both()));
            let rows = || (w.clone(), w.clone());
            let grads = |f: fn(Tensor, Tensor) -> Tensor| {
                let f = move |x: Tensor, w: Tensor| f(x, w).sum();
                vmap(grad(f)).in_axes([Some(0), None]).call(rows())
            };
            let again_grads = {
                let again = again.clone();
                let f = move |x: Tensor, w: Tensor| again(x, w).sum();
                vmap(grad(f)).in_axes([Some(0), None]).call(rows())
            };
            c.agree(again_grads, grads(layer));
        });
    }
}

/// How often an operation stands in the program of value and gradient.
fn count(policy: Policy, op: &str) -> usize {
    let f = move |x: Tensor, w: Tensor| {
        let chain = |x: Tensor, w: Tensor| w.matmul(x.sin()).checkpoint_name("h").cosh().sum();
        checkpoint(chain).policy(policy.clone()).call((x, w))
    };
    let program = jit(value_and_grad(f));
    let text = program.lower((array(&[3], 0.2), array(&[3, 3], 0.1))).unwrap().jaxpr().to_string();
    text.matches(&format!(" = {op}")).count()
}

#[test]
fn policies_say_what_is_kept() {
    let [nothing, dots, h, another] = policies();
    // The product of the value, that of the gradient with respect to x, and the one computed anew.
    assert_eq!(count(nothing, "dot_general"), 3);
    assert_eq!(count(dots, "dot_general"), 2);
    assert_eq!(count(h, "dot_general"), 2);
    assert_eq!(count(another, "dot_general"), 3);
}

#[test]
fn loops_keep_their_carries_only() {
    let step = |h: Tensor| (&h * h.sin() + 0.1).exp().sin().tanh() * h.cos();
    let peak = |again: bool| {
        let f = move |h: Tensor| {
            let run = move |h: Tensor, (): ()| {
                (if again { checkpoint(step).call(h) } else { step(h) }, ())
            };
            let (h, ()) = scan(run).length(100).call((h, ()));
            h.sum()
        };
        let program = jit(grad(f)).lower(array(&[1000], 0.3)).unwrap();
        (program.cost().peak, program.compile().unwrap().call(array(&[1000], 0.3)).unwrap())
    };
    let ((less, g), (more, wanted)) = (peak(true), peak(false));
    // One carry of 1000 numbers for each run.
    assert!(less < 1.2 * 800_000.0, "{less} bytes, and {more} without checkpoints");
    assert!(more > 2.0 * less, "{less} bytes, and {more} without checkpoints");
    for (g, wanted) in g.to_vec::<f64>().unwrap().iter().zip(wanted.to_vec::<f64>().unwrap()) {
        assert!((g - wanted).abs() <= 1e-12 * wanted.abs(), "{g} instead of {wanted}");
    }
}

#[test]
fn mistakes_and_captured_values() {
    let f = |x: Tensor| {
        let captured = x.sin();
        checkpoint(move |y: Tensor| &captured * y.exp()).call(x)
    };
    let g = jit(grad(f)).call(0.3).unwrap().item::<f64>().unwrap();
    assert!((g - 0.3f64.exp() * (0.3f64.sin() + 0.3f64.cos())).abs() < 1e-15);
    let wrong = checkpoint(|x: Tensor, y: Tensor| x.matmul(y));
    let error = jit(move |x: Tensor, y: Tensor| wrong.apply((x, y)))
        .call((vec![1.0, 2.0], vec![1.0]))
        .unwrap_err();
    assert_eq!(error.source_location().unwrap().file(), file!(), "{error}");
}
