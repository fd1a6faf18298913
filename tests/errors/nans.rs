//! Where a NaN comes from.

use super::check;
use cotangent::{Array, Tensor, grad, jit, scan};
use expect_test::expect;

#[test]
fn the_first_nan_is_named() {
    let one = || Array::from([1.0, 4.0]);
    let results = [
        // In the function, behind what is harmless; others follow from it.
        jit(|x: Tensor| ((&x - 2.0).sqrt() * 2.0, x.exp()))
            .check_nans(true)
            .call(one())
            .map(|_| ()),
        // In a derivative: 0·∞ at the kink.
        jit(grad(|x: Tensor| (&x - 1.0).sqrt().powi(2).sum()))
            .check_nans(true)
            .call(one())
            .map(|_| ()),
        // In a nested call.
        jit(|x: Tensor| {
            let f = jit(|x: Tensor| x.log() / 2.0);
            cotangent::Function::apply(&f, (-x,)) + 1.0
        })
        .check_nans(true)
        .call(one())
        .map(|_| ()),
        // In a loop.
        jit(|x: Tensor| {
            let step = |c: Tensor, x: Tensor| ((c - x).log(), ());
            scan(step).call((Tensor::scalar(1.5), x)).0
        })
        .check_nans(true)
        .call(one())
        .map(|_| ()),
        // In an argument.
        jit(|x: Tensor, y: (Tensor, Tensor)| x + y.1)
            .check_nans(true)
            .call((1.0, (2.0, f64::NAN)))
            .map(|_| ()),
        // In single precision.
        jit(|x: Tensor| x.asin()).check_nans(true).call(vec![0.5f32, 2.0]).map(|_| ()),
    ];
    check(
        results,
        expect![[r#"
        sqrt: gives the first NaN, from operands that have none
          at sqrt() * 2.0
        mul: gives the first NaN, from operands that have none
          at sqrt().powi(2).sum()
        log: gives the first NaN, from operands that have none
          at log() / 2.0
        scan: gives the first NaN, from operands that have none
          at call((Tensor::scalar(1.5), x)).0
        jit: `[1]` of argument 1 holds a NaN
          at call((1.0, (2.0, f64::NAN)))
        asin: gives the first NaN, from operands that have none
          at asin()
    "#]],
    );
    // Infinities and integers are none, and nobody looks unless asked.
    let f = jit(|x: Tensor| (x.log(), x.argmax())).check_nans(true);
    assert!(f.call(vec![0.0, 1.0]).is_ok());
    assert!(jit(|x: Tensor| x.log()).call(-1.0).unwrap().item::<f64>().unwrap().is_nan());
}
