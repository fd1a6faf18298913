//! Perturbation confusion: derivatives inside derivatives, with respect to different variables, must
//! not take each other's perturbations for their own.

use super::num;
use crate::support::claims::prove;
use cotangent::{Function, Tensor, grad, jacfwd, jacrev, jit, jvp, linearize, vjp, vmap};

/// The ways to the derivative of a scalar function of a scalar.
#[derive(Clone, Copy, Debug)]
enum Way {
    Grad,
    Jacfwd,
    Jacrev,
    Jvp,
    Vjp,
    Linearize,
    /// `jit` around `grad`.
    Compiled,
    /// `grad` of `jit`.
    OfCompiled,
    /// `grad` for one example of a batch.
    Mapped,
}

const WAYS: [Way; 9] = [
    Way::Grad,
    Way::Jacfwd,
    Way::Jacrev,
    Way::Jvp,
    Way::Vjp,
    Way::Linearize,
    Way::Compiled,
    Way::OfCompiled,
    Way::Mapped,
];

fn derivative(way: Way, f: &dyn Fn(Tensor) -> Tensor, x: &Tensor) -> Tensor {
    let (f, x) = (|x: Tensor| f(x), x.clone());
    match way {
        Way::Grad => grad(f).call(x),
        Way::Jacfwd => jacfwd(f).call(x),
        Way::Jacrev => jacrev(f).call(x),
        Way::Jvp => jvp(f, x, num(1.0)).1,
        Way::Vjp => vjp(f, x).1.call(num(1.0)).0,
        Way::Linearize => linearize(f, x).1.call(num(1.0)),
        Way::Compiled => jit(grad(f)).apply((x,)),
        Way::OfCompiled => grad(jit(f)).call(x),
        Way::Mapped => vmap(grad(f)).call(x.expand_dims(0)).squeeze(),
    }
}

#[test]
fn of_a_sum() {
    // d/dx (x · d/dy (x + y)) = d/dx x = 1.
    prove([2.0], |c, [x]| {
        for outer in WAYS {
            for inner in WAYS {
                let f = |x: Tensor| &x * derivative(inner, &|y| &x + y, &num(1.0));
                c.agree_within(
                    0.0,
                    &format!("{outer:?} {inner:?}"),
                    derivative(outer, &f, &x),
                    num(1.0),
                );
            }
        }
    });
}

#[test]
fn at_a_point_that_depends_on_the_outer_variable() {
    // d/dx (x · d/dy (x y²) at y = x) = d/dx 2x³ = 6x².
    prove([1.5], |c, [x]| {
        for outer in WAYS {
            for inner in WAYS {
                let f = |x: Tensor| &x * derivative(inner, &|y| &x * y.powi(2), &x);
                let note = format!("{outer:?} {inner:?}");
                c.agree_within(1e-14, &note, derivative(outer, &f, &x), 6.0 * x.powi(2));
            }
        }
    });
}

#[test]
fn three_deep() {
    // The innermost derivative is x y, the middle one d/dy (x y²) = 2 x y at y = x, and the outer
    // one d/dx (x · 2x²) = 6x².
    prove([1.5], |c, [x]| {
        for (i, outer) in WAYS.into_iter().enumerate() {
            for middle in WAYS {
                let inner = WAYS[(i + middle as usize) % WAYS.len()];
                let f = |x: Tensor| {
                    let g = |y: Tensor| &y * derivative(inner, &|z| &x * &y * z, &x);
                    &x * derivative(middle, &g, &x)
                };
                let note = format!("{outer:?} {middle:?} {inner:?}");
                c.agree_within(1e-14, &note, derivative(outer, &f, &x), 6.0 * x.powi(2));
            }
        }
    });
}

#[test]
fn of_captured_results() {
    // What is computed outside, also from another derivative, is a constant inside.
    prove([0.7], |c, [x]| {
        for outer in WAYS {
            for inner in WAYS {
                // x · d/dy (sin(x) y³ + cos x) at y = 2, that is 12 x sin x.
                let f = |x: Tensor| {
                    let (s, k) = (x.sin(), derivative(outer, &|z| z.sin(), &x));
                    x * derivative(inner, &|y| &s * y.powi(3) + &k, &num(2.0))
                };
                let wanted = 12.0 * (x.sin() + &x * x.cos());
                let note = format!("{outer:?} {inner:?}");
                c.agree_within(1e-14, &note, derivative(outer, &f, &x), wanted);
            }
        }
    });
}
