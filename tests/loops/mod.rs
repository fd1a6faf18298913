//! Loops against the same programs written out run by run: values, derivatives of both modes and
//! two orders, and batches.

mod bodies;
mod choices;
mod edges;
mod endings;
mod programs;

use crate::support::claims::{Claims, prove};
use cotangent::{Array, HessianMode, Tensor, Tree, grad, hessian, hvp, jvp, linearize, scan, vmap};

/// A loop, or its runs one by one.
#[derive(Clone, Copy)]
enum How {
    Rolled,
    Unrolled,
}
use How::{Rolled, Unrolled};

/// The direction and the number of runs.
#[derive(Clone, Copy)]
struct Steps {
    length: usize,
    reverse: bool,
}

const fn forward(length: usize) -> Steps {
    Steps { length, reverse: false }
}

const fn backward(length: usize) -> Steps {
    Steps { length, reverse: true }
}

fn leaves(tree: &impl Tree) -> Vec<Tensor> {
    let mut leaves = Vec::new();
    tree.flatten(&mut leaves);
    leaves
}

/// The loop over `f` one way or the other.
fn run<C: Tree, X: Tree, Y: Tree>(
    how: How,
    steps: Steps,
    (init, xs): (C, X),
    f: impl Fn(C, X) -> (C, Y) + 'static,
) -> (C, Y) {
    let Steps { length, reverse } = steps;
    if let Rolled = how {
        let f = scan(f).length(length);
        return if reverse { f.reverse() } else { f }.call((init, xs));
    }
    let mut order: Vec<usize> = (0..length).collect();
    if reverse {
        order.reverse();
    }
    let (mut carry, mut ys) = (init, vec![None; length]);
    for t in order {
        let slices = leaves(&xs).into_iter().map(|x| x.row(t as isize));
        let (next, y) = f(carry, X::build(&xs.def(), &mut slices.into_iter()).unwrap());
        (carry, ys[t]) = (next, Some(y));
    }
    let ys: Vec<Y> = ys.into_iter().flatten().collect();
    let all: Vec<Vec<Tensor>> = ys.iter().map(leaves).collect();
    let stack = |i: usize| Tensor::stack(all.iter().map(|y| &y[i]), 0);
    let stacked = (0..all[0].len()).map(stack);
    (carry, Y::build(&ys[0].def(), &mut stacked.into_iter()).unwrap())
}

/// A scalar that depends on every floating-point leaf, each in its own way.
fn loss(tree: &impl Tree) -> Tensor {
    let floats = leaves(tree).into_iter().filter(|t| t.dtype().is_float());
    let terms = floats.enumerate().map(|(i, t)| (t * (i as f64 + 0.5)).sin().sum());
    terms.fold(Tensor::scalar(0.0), |sum, t| sum + t)
}

/// Everything about a function that has a loop in it.
#[track_caller]
fn check<const N: usize, Out: Tree>(
    points: [Array; N],
    f: impl Fn(How, [Tensor; N]) -> Out + Copy + 'static,
) {
    prove(points, |c, x| {
        values(c, &x, f);
        second_order(c, &x, f);
        batches(c, &x, f);
    });
}

/// The function of all arguments, with the loop one way or the other.
fn as_function<const N: usize, Out: Tree>(
    f: impl Fn(How, [Tensor; N]) -> Out + Copy + 'static,
    how: How,
) -> impl Fn([Tensor; N]) -> Out + Copy + 'static {
    move |x: [Tensor; N]| f(how, x)
}

fn values<const N: usize, Out: Tree>(
    c: &Claims,
    x: &[Tensor; N],
    f: impl Fn(How, [Tensor; N]) -> Out + Copy + 'static,
) {
    c.agree(f(Rolled, x.clone()), f(Unrolled, x.clone()));
    let v = x.clone().map(|x| (x * 3.0).cos());
    let jvp = |how| jvp(as_function(f, how), x.clone(), v.clone());
    c.agree(jvp(Rolled), jvp(Unrolled));
    let linear = |how| linearize(as_function(f, how), x.clone()).1.call(v.clone());
    c.agree(linear(Rolled), linear(Unrolled));
    let gradient = |how| grad(move |x| loss(&f(how, x))).call(x.clone());
    c.agree(gradient(Rolled), gradient(Unrolled));
}

fn second_order<const N: usize, Out: Tree>(
    c: &Claims,
    x: &[Tensor; N],
    f: impl Fn(How, [Tensor; N]) -> Out + Copy + 'static,
) {
    let scalar = |how| move |x: [Tensor; N]| loss(&f(how, x));
    let wanted = hessian(scalar(Unrolled)).call(x.clone());
    for mode in HessianMode::ALL {
        c.agree_within(
            1e-11,
            &format!("{mode:?}"),
            hessian(scalar(Rolled)).mode(mode).call(x.clone()),
            wanted.clone(),
        );
    }
    let v = x.clone().map(|x| (x * 3.0).cos());
    let product = |how| hvp(scalar(how)).call((x.clone(), v.clone()));
    c.agree(product(Rolled), product(Unrolled));
}

fn batches<const N: usize, Out: Tree>(
    c: &Claims,
    x: &[Tensor; N],
    f: impl Fn(How, [Tensor; N]) -> Out + Copy + 'static,
) {
    // All arguments, and one at a time, along their first and their last axis.
    let examples = |x: &Tensor, axis| Tensor::stack([x.clone(), x * 0.5, x.sin()], axis);
    for axis in [0, -1] {
        let all = x.clone().map(|x| examples(&x, axis));
        let map = |how| vmap(as_function(f, how)).in_axes(axis).call(all.clone());
        c.agree(map(Rolled), map(Unrolled));
        let gradients = |how| {
            let g = grad(move |x| loss(&f(how, x)));
            vmap(g).in_axes(axis).call(all.clone())
        };
        c.agree(gradients(Rolled), gradients(Unrolled));
        for k in 0..N {
            let map = |how| {
                let x = x.clone();
                let only = move |xk: Tensor| {
                    let mut x = x.clone();
                    x[k] = xk;
                    f(how, x)
                };
                vmap(only).in_axes(axis).call(all[k].clone())
            };
            c.agree(map(Rolled), map(Unrolled));
        }
    }
    // The derivative of a map.
    let all = x.clone().map(|x| examples(&x, 0));
    let gradient = |how| {
        grad(move |x: [Tensor; N]| loss(&vmap(as_function(f, how)).call(x))).call(all.clone())
    };
    c.agree(gradient(Rolled), gradient(Unrolled));
}

fn array(shape: &[usize], seed: f64) -> Array {
    let n: usize = shape.iter().product();
    let value = |i: usize| ((i as f64 + seed) * 12.9898).sin() * 0.8;
    Array::from_vec(shape, (0..n).map(value).collect()).unwrap()
}
