//! When two programs are the same.

use super::X;
use cotangent::{Function, Tensor, jit, make_jaxpr};
use std::hash::{BuildHasher, RandomState};

#[test]
fn equality_is_that_of_structure() {
    let hasher = RandomState::new();
    let a = make_jaxpr(|x: Tensor| (x.sin() * 2.0).sum(), X).unwrap();
    let same = [
        make_jaxpr(|x: Tensor| (x.sin() * 2.0).sum(), X),
        make_jaxpr(
            |given: Tensor| {
                let sine = given.sin();
                let twice = &sine * 2.0;
                twice.sum()
            },
            [5.0, 7.0],
        ),
    ];
    for b in same {
        let b = b.unwrap();
        assert_eq!(a, b);
        assert_eq!(hasher.hash_one(&a), hasher.hash_one(&b));
        assert_eq!(a.to_string(), b.to_string());
    }
    let different = [
        make_jaxpr(|x: Tensor| (x.sin() * 3.0).sum(), X),
        make_jaxpr(|x: Tensor| (2.0 * x.sin()).sum(), X),
        make_jaxpr(|x: Tensor| (x.cos() * 2.0).sum(), X),
        make_jaxpr(|x: Tensor| (x.sin() * 2.0).sum_axis(0), [X]),
        make_jaxpr(|x: Tensor| (x.sin() * 2.0).sum(), [1.0f32, 0.0]),
        make_jaxpr(|x: Tensor| (x.sin() * 2.0).sum(), [1.0]),
        make_jaxpr(|x: Tensor| [(x.sin() * 2.0).sum()].map(|s| (s.clone(), s)), X),
        make_jaxpr(|x: Tensor, _: Tensor| (x.sin() * 2.0).sum(), (X, X)),
    ];
    for b in different {
        let b = b.unwrap();
        assert_ne!(a, b);
        assert_ne!(hasher.hash_one(&a), hasher.hash_one(&b));
    }
    // −0 and NaN are values like others: equality is bitwise.
    let k = |k: f64| make_jaxpr(|x: Tensor| x * k, X).unwrap();
    assert_ne!(k(0.0), k(-0.0));
    assert_eq!(k(f64::NAN), k(f64::NAN));
    // Parameters and constants count.
    let axis = |axis: usize| make_jaxpr(|x: Tensor| x.sum_axis(axis), [X, X]).unwrap();
    assert_ne!(axis(0), axis(1));
    let constant = |c: [f64; 2]| make_jaxpr(|x: Tensor| x + Tensor::from_array(c), X).unwrap();
    assert_eq!(constant(X), constant(X));
    assert_ne!(constant(X), constant([1.0, 1.0]));
    // Inner programs, too.
    let nested = |k: f64| make_jaxpr(|x: Tensor| jit(|x: Tensor| x * k).apply((x,)), X).unwrap();
    assert_eq!(nested(1.0), nested(1.0));
    assert_ne!(nested(1.0), nested(2.0));
}
