//! What loops hand out of every run.

use crate::support::claims::prove;
use crate::support::values::array;
use cotangent::{Atom, Jaxpr, Prim, Tensor, grad, jit, scan};

/// The numbers of results and of operands of each loop of a program.
fn loops(jaxpr: &Jaxpr) -> Vec<(usize, usize)> {
    let scans = jaxpr.eqns.iter().filter(|e| matches!(e.prim, Prim::Scan(_)));
    scans.map(|e| (e.outs.len(), e.ins.len())).collect()
}

#[test]
fn a_value_is_kept_once_and_functions_of_it_are_made_again() {
    // The loop the other way needs cos x of the rule of sin, and 3 x² and 2 x, which are functions of x.
    let f = |x: Tensor| {
        let step = |x: Tensor, (): ()| (x.sin() * 0.5 + x.powi(3) * 0.1 - x.powi(2) * 0.2, ());
        scan(step).length(5).call((x, ())).0.sum()
    };
    let program = jit(grad(f)).lower(array(&[3], 0.2)).unwrap();
    // No carry: x and cos x of each run; then the carry, with these two.
    assert_eq!(loops(program.jaxpr()), [(3, 1), (1, 3)], "{}", program.jaxpr());
    prove([array(&[3], 0.2)], |c, [x]| {
        let plain = |mut x: Tensor| {
            for _ in 0..5 {
                x = x.sin() * 0.5 + x.powi(3) * 0.1 - x.powi(2) * 0.2;
            }
            x.sum()
        };
        c.agree(grad(f).call(x.clone()), grad(plain).call(x));
    });
}

#[test]
fn results_that_are_the_same_or_known() {
    // Twice the same, a slice, a captured value, a literal, and a function of a result.
    let f = |x: Tensor, xs: Tensor, k: Tensor| {
        let step = move |x: Tensor, s: Tensor| {
            let y = x.sin() + &s;
            let ys = [y.clone(), y.clone() + 0.0, s, k.clone(), Tensor::scalar(2.0), -&y];
            (y, ys)
        };
        scan(step).call((x, xs))
    };
    let args = || (array(&[], 0.2), array(&[4], -0.3), array(&[2], 0.7));
    let program = jit(f).lower(args()).unwrap();
    // The carry, y, and −y, which is read outside.
    assert_eq!(loops(program.jaxpr()), [(3, 2)], "{}", program.jaxpr());
    let (last, ys) = program.compile().unwrap().call(args()).unwrap();
    let plain = jit(f).optimize(false).call(args()).unwrap();
    assert_eq!(last.item::<f64>().unwrap(), plain.0.item::<f64>().unwrap());
    for (y, wanted) in ys.iter().zip(&plain.1) {
        assert_eq!(y.to_vec::<f64>().unwrap(), wanted.to_vec::<f64>().unwrap());
    }
}

#[test]
fn functions_of_slices_that_only_loops_read_are_made_there() {
    let f = |xs: Tensor, zs: Tensor| {
        let mixed = (&xs * 2.0 - &zs) * &xs;
        let step = |sum: Tensor, m: Tensor| (sum.cos() + m, ());
        scan(step).call((Tensor::scalar(0.0), mixed)).0
    };
    let program = jit(f).lower((array(&[6], 0.1), array(&[6], 0.5))).unwrap();
    let names: Vec<&str> = program.jaxpr().eqns.iter().map(|e| e.prim.name()).collect();
    assert_eq!(names, ["scan"], "{}", program.jaxpr());
    let is_input = |a: &Atom| a.var().is_none_or(|v| v.index() < 2);
    assert!(program.jaxpr().eqns[0].ins.iter().all(is_input));
}
