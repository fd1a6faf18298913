//! Updates of elements, at fixed and at computed places.

use crate::support::claims::{Claims, prove};
use crate::support::values::array;
use cotangent::{Ellipsis, IndexSpec, NewAxis, Step, Tensor, hessian, jacfwd, jacrev, jit, vmap};

/// What `index_set` and `index_add` promise of an index.
fn promise(c: &Claims, x: &Tensor, spec: impl IndexSpec + Clone) {
    let taken = x.index(spec.clone());
    let values = taken.square() + 0.5;
    let added = x.index_add(spec.clone(), &values);
    let set = x.index_set(spec.clone(), &values);
    c.agree(added.index(spec.clone()), &taken + &values);
    c.agree(set.index(spec.clone()), values.clone());
    // Elsewhere nothing changes: the two differ by what stood there.
    c.agree(set.index_add(spec.clone(), &taken), added);
    c.agree(x.index_set(spec.clone(), 2.0), x.index_set(spec.clone(), taken.ones_like() * 2.0));
    // They are linear in both, and their transposes take the same places.
    let put = |x: Tensor, v: Tensor| x.index_set(spec.clone(), v).sin();
    let both = || (x.clone(), values.clone());
    c.agree(jacfwd(put).argnums([0, 1]).call(both()), jacrev(put).argnums([0, 1]).call(both()));
    let energy = |x: Tensor| put(x.square(), x.index(spec.clone())).sum();
    c.agree(hessian(energy).call(x.clone()), jacfwd(jacfwd(energy)).call(x.clone()));
}

#[test]
fn fixed_places() {
    prove([array(&[5, 3], 0.3)], |c: &Claims, [x]| {
        promise(c, &x, 1);
        promise(c, &x, -1);
        promise(c, &x, (.., 1));
        promise(c, &x, (1..4, 0..2));
        promise(c, &x, (Step(.., 2), 1..));
        promise(c, &x, (Step(.., -2), NewAxis, Step(.., -1)));
        promise(c, &x, (Ellipsis, 2));
        promise(c, &x, (3..3, ..));
        promise(c, &x, ..);
        let row = |x: Tensor| x.index_set(Step(.., -1), x.index(..2).sum());
        c.agree(vmap(row).call(x.clone()), vmap(row).in_axes([1]).call(x.t()));
    });
}

#[test]
fn computed_places() {
    prove([array(&[5, 2], 0.3), array(&[3, 2], 0.9)], |c: &Claims, [x, u]| {
        let places = || Tensor::from_array([4, -5, 2]);
        let rows = || [4, 0, 2];
        let by_hand = |f: &dyn Fn(Tensor, Tensor) -> Tensor| {
            rows().into_iter().enumerate().fold(x.clone(), |y, (k, row)| {
                let new = f(y.row(row), u.row(k as isize));
                y.index_set(row, new)
            })
        };
        c.agree(x.at_set(places(), &u), by_hand(&|_, u| u));
        c.agree(x.at_add(places(), &u), by_hand(&|x, u| x + u));
        c.agree(x.at_mul(places(), &u), by_hand(&|x, u| x * u));
        c.agree(x.at_min(places(), &u), by_hand(&|x, u| x.minimum(u)));
        c.agree(x.at_max(places(), &u), by_hand(&|x, u| x.maximum(u)));
        // Of those that come twice the last stays, and it alone has a derivative.
        let twice = |u: Tensor| x.at_set(Tensor::from_array([1, 1, 3]), u).square();
        let last = |u: Tensor| x.index_set(1, u.row(1)).index_set(3, u.row(2)).square();
        c.agree(twice(u.clone()), last(u.clone()));
        c.agree(jacfwd(twice).call(u.clone()), jacrev(last).call(u.clone()));
        c.agree(jacrev(twice).call(u.clone()), jacfwd(last).call(u.clone()));
        c.agree(hessian(twice).call(u.clone()), hessian(last).call(u.clone()));
    });
    let product =
        jit(jacrev(|u: Tensor| Tensor::ones::<f64>(3).at_mul(Tensor::from_array([0]), u)));
    let error = product.call(vec![2.0]).unwrap_err().to_string();
    assert!(error.contains("scatter_mul") && error.contains("unique"), "{error}");
}
