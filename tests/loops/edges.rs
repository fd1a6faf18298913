//! Loops of no runs and of one.

use super::{array, leaves, loss};
use crate::support::claims::prove;
use cotangent::{Array, Function, Tensor, grad, hessian, jit, jvp, map, scan, vmap};

fn step(c: Tensor, x: Tensor) -> (Tensor, Tensor) {
    ((c.clone() * x.sum()).sin(), c * x)
}

#[test]
fn no_runs() {
    let points = [array(&[], 0.3), array(&[0, 3], 0.0)];
    prove(points, |c, [init, xs]| {
        let wanted = (init.clone(), Tensor::zeros::<f64>([0, 3]));
        c.agree(scan(step).call((init.clone(), xs.clone())), wanted.clone());
        let tangents = (Tensor::scalar(2.0) + 0.0 * &init, xs.clone());
        let found = jvp(scan(step), (init.clone(), xs.clone()), tangents.clone());
        c.agree(found, (wanted.clone(), tangents.clone()));
        let f = |init: Tensor, xs: Tensor| loss(&scan(step).call((init, xs)));
        let g = grad(f).argnums([0, 1]).call((init.clone(), xs.clone()));
        c.agree(leaves(&g), vec![0.5 * (0.5 * &init).cos(), xs.clone()]);
        let h = hessian(f).call((init.clone(), xs.clone()));
        c.agree(h, -0.25 * (0.5 * &init).sin());
        let many = Tensor::stack([&init, &init], 0);
        let (last, ys) = vmap(scan(step)).in_axes([Some(0), None]).call((many.clone(), xs));
        c.agree((last, ys), (many, Tensor::zeros::<f64>([2, 0, 3])));
    });
}

#[test]
fn empty_slices() {
    let points = [array(&[2], 0.3), array(&[3, 0], 0.0)];
    prove(points, |c, [init, xs]| {
        let f = |c: Tensor, x: Tensor| ((c + x.sum()).sin(), x);
        let wanted = init.sin().sin().sin();
        c.agree(scan(f).call((init.clone(), xs.clone())), (wanted, xs.clone()));
        let g = grad(move |xs: Tensor| scan(f).call((init.clone(), xs)).0.sum());
        c.agree(g.call(xs.clone()), xs);
    });
}

#[test]
fn other_types_travel_too() {
    let f = jit(|flags: Tensor, x: Tensor| {
        let step = |(any, n): (Tensor, Tensor), (flag, x): (Tensor, Tensor)| {
            let next = (any.clone() | &flag, n + flag.as_type::<i64>());
            (next, (any, x * 2.0))
        };
        let init = (Tensor::scalar(false), Tensor::scalar(0i64));
        let ((any, n), (before, twice)) = scan(step).call((init, (flags, x)));
        (any, n, before, twice)
    });
    let flags = Array::from_vec([3], vec![false, true, true]).unwrap();
    let (any, n, before, twice) = f.call((flags, vec![1.0f32, 2.0, 3.0])).unwrap();
    assert!(any.item::<bool>().unwrap());
    assert_eq!(n.item::<i64>().unwrap(), 2);
    assert_eq!(before.to_vec::<bool>().unwrap(), [false, false, true]);
    assert_eq!(twice.to_vec::<f32>().unwrap(), [2.0, 4.0, 6.0]);
}

/// Programs that are not optimized mean the same.
#[test]
fn without_passes() {
    let f = |x: Tensor| {
        let table = Tensor::from_array(vec![0.25; 50]);
        let k = jit(move |x: Tensor| x * table.sum());
        let body = move |c: Tensor, x: Tensor| ((c * k.apply((x,))).sin(), ());
        scan(body).call((Tensor::scalar(0.7), x)).0
    };
    let x = vec![0.3, 0.5, 0.7];
    for order in [0, 1] {
        let g = move |x: Tensor| if order == 0 { f(x) } else { grad(f).call(x) };
        let with = jit(g).call(x.clone()).unwrap().to_vec::<f64>().unwrap();
        let without = jit(g).optimize(false).call(x.clone()).unwrap().to_vec::<f64>().unwrap();
        assert_eq!(with.len(), without.len());
        with.iter().zip(&without).for_each(|(a, b)| assert!((a - b).abs() < 1e-13, "{a} {b}"));
        assert!(with[0].is_finite() && with[0] != 0.0);
    }
}

/// A hundred thousand runs: the program does not grow with the length.
#[test]
fn long_loops() {
    let n = 100_000;
    let sum = jit(|x: Tensor| {
        scan(|s: Tensor, x: Tensor| (s.clone() + x, s)).call((Tensor::scalar(0.0), x))
    });
    let (last, before) = sum.call(vec![1.0; n]).unwrap();
    assert_eq!(last.item::<f64>().unwrap(), n as f64);
    assert_eq!(before.to_vec::<f64>().unwrap()[n - 1], n as f64 - 1.0);
    let jaxpr = cotangent::make_jaxpr(map(|x: Tensor| x.sin()), vec![0.0; n]).unwrap();
    assert_eq!(jaxpr.eqns.len(), 1);
}
