//! Choices of a branch while the program runs, against both branches and a choice among elements.

use super::{How, How::Rolled, array, check, forward, leaves, run};
use cotangent::{
    DType, HessianMode, Tensor, Tree, cond, grad, hessian, jit, make_jaxpr, scan, switch, vmap,
};

/// One branch or both.
fn either<A: Tree, Out: Tree>(
    how: How,
    p: &Tensor,
    args: A,
    on_true: impl Fn(A) -> Out + 'static,
    on_false: impl Fn(A) -> Out + 'static,
) -> Out {
    if let Rolled = how {
        return cond(p, on_true, on_false, args);
    }
    let (yes, no) = (on_true(args.clone()), on_false(args));
    let pairs = leaves(&yes).into_iter().zip(leaves(&no));
    let mut chosen = pairs.map(|(yes, no)| p.where_(yes, no));
    Out::build(&yes.def(), &mut chosen).unwrap()
}

/// Points at which the first sum is positive, and at which it is not.
const BOTH: [f64; 2] = [0.3, 2.3];

#[test]
fn branches_that_need_different_values_of_the_primal_program() {
    for seed in BOTH {
        let points = [array(&[3], seed), array(&[3], 0.7)];
        check(points, |how, [x, y]| {
            let p = x.sum().gt(0.0);
            let first = |(x, y): (Tensor, Tensor)| (x.sin() * y.exp()).powi(2);
            let second = |(x, y): (Tensor, Tensor)| y.cos() * &x * x.exp().sum();
            either(how, &p, (x, y), first, second)
        });
    }
}

#[test]
fn captures_and_several_results() {
    for seed in BOTH {
        let points = [array(&[2, 2], seed), array(&[2], 0.7), array(&[], 0.9)];
        check(points, |how, [a, x, s]| {
            let p = a.sum().gt(0.0);
            let (b, t) = (a.clone(), s.clone());
            // The first does not depend on `x`, and gives back an operand and a constant.
            let first = move |_: Tensor| (b.clone(), Tensor::full([2], 2.0), t.exp());
            let second = move |x: Tensor| (a.matmul(&a), a.matmul(&x), s.sin() * x.sum());
            either(how, &p, x, first, second)
        });
    }
}

#[test]
fn choices_in_choices_and_in_loops() {
    for seed in BOTH {
        check([array(&[3], seed), array(&[3], 0.4)], |how, [x, y]| {
            let step = move |c: Tensor, x: Tensor| {
                let (p, q) = (x.gt(0.0), c.gt(0.5));
                let deep = move |c: Tensor| {
                    either(how, &q, c, |c| c.sin() + 1.0, |c: Tensor| c.powi(2) * 2.0)
                };
                let c = either(how, &p, c, deep, move |c: Tensor| c * x.exp());
                (c.clone(), c.cos())
            };
            let (c, ys) = run(how, forward(3), (y.sum(), x.clone()), step);
            let p = c.gt(0.8);
            let looped = move |x: Tensor| {
                run(how, forward(2), (x, ()), |c: Tensor, ()| (c.sin() * &c, ())).0
            };
            either(how, &p, x, looped, move |x: Tensor| x * ys.sum())
        });
    }
}

/// The number of the branch may be out of range on either side.
#[test]
fn one_of_several() {
    for seed in [0.3, 1.1, 2.3, 3.1, 4.0] {
        check([array(&[2], seed), array(&[2], 0.2)], |how, [x, y]| {
            let k = (x.sum() * 3.0).convert(DType::I64);
            let f: [fn(Tensor) -> Tensor; 3] =
                [|x| x.sin() * 2.0, |x| x.powi(3), |x: Tensor| x.exp() * x.sum()];
            let f = f.map(|f| {
                let y = y.clone();
                move |x: Tensor| f(x) * &y
            });
            if let Rolled = how {
                return switch(&k, f, x);
            }
            let [a, b, c] = f.map(|f| f(x.clone()));
            k.le(0).where_(a, k.ge(2).where_(c, b))
        });
    }
}

#[test]
fn a_choice_stays_one_unless_its_examples_choose_differently() {
    let f = |p: Tensor, x: Tensor| {
        cond(&p.gt(0.0), |x: Tensor| x.sin(), |x: Tensor| x.powi(2).sum() * x, x)
    };
    let count = |jaxpr: cotangent::Jaxpr| {
        let text = jaxpr.to_string();
        assert_eq!(text.matches("1:jaxpr=").count(), text.matches("= cond[").count());
        text.matches("= cond[").count()
    };
    let x = || [[1.0, 2.0], [3.0, 4.0]];
    assert_eq!(count(make_jaxpr(vmap(f).in_axes([None, Some(0)]), (1.0, x())).unwrap()), 1);
    assert_eq!(count(make_jaxpr(vmap(f), (vec![1.0, -1.0], x())).unwrap()), 0);
    // Of a known predicate nothing is left of the other branch, and nothing of what nobody uses.
    let known = |x: Tensor| {
        let (y, _) = cond(
            &Tensor::scalar(true),
            |x: Tensor| (x.sin(), x.cos()),
            |x: Tensor| (x.exp(), x.tan()),
            x,
        );
        y
    };
    let lowered = jit(known).lower(1.0).unwrap();
    assert_eq!(lowered.jaxpr().eqns.len(), 1);
    let unused = |p: Tensor, x: Tensor, y: Tensor| {
        let both = (x, y);
        let f = |(x, y): (Tensor, Tensor)| (x.sin(), y.cos());
        let g = |(x, y): (Tensor, Tensor)| (x.exp(), y.tan());
        cond(&p.gt(0.0), f, g, both).0
    };
    let text = jit(unused).lower((1.0, 2.0, 3.0)).unwrap().jaxpr().to_string();
    assert!(text.contains("sin") && !text.contains("cos") && !text.contains("tan"), "{text}");
}

/// Only the branch that is chosen runs: an endless product of infinities stays out.
#[test]
fn what_is_not_chosen_stays_out_of_derivatives() {
    let root = |x: Tensor| cond(&x.gt(0.0), |x: Tensor| x.sqrt(), |x: Tensor| x * 0.0, x);
    assert_eq!(jit(grad(root)).call(0.0).unwrap().item::<f64>().unwrap(), 0.0);
    for mode in HessianMode::ALL {
        let h = jit(hessian(root).mode(mode)).call(0.0).unwrap();
        assert_eq!(h.item::<f64>().unwrap(), 0.0, "{mode:?}");
    }
    // A loop keeps its choice: runs of the cheap branch do not pay for the dear one.
    let f = |x: Tensor, ks: Tensor| {
        let step = |c: Tensor, k: Tensor| {
            let dear = |c: Tensor| c.matmul(&c).sin();
            (cond(&k.gt(0.0), dear, |c: Tensor| c * 0.5, c), ())
        };
        scan(step).call((x, ks)).0
    };
    let text = jit(f).lower(([[0.1; 3]; 3], vec![0.0; 5])).unwrap().hlo().to_string();
    assert_eq!(text.matches(" conditional(").count(), 1);
}

#[test]
fn no_elements_and_no_results() {
    check([array(&[0, 2], 0.0), array(&[1], 0.3)], |how, [x, y]| {
        let p = y.sum().gt(0.0);
        either(how, &p, (x, y), |(x, y)| (x.sin(), y), |(x, y)| (x, y.cos()))
    });
    let nothing = jit(|x: Tensor| {
        cond(&x.gt(0.0), |()| (), |()| (), ());
        x
    });
    assert_eq!(nothing.call(1.0).unwrap().item::<f64>().unwrap(), 1.0);
    assert!(nothing.lower(1.0).unwrap().jaxpr().eqns.is_empty());
}
