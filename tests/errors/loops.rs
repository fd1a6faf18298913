//! Mistakes in loops.

use super::{check, given, given2};
use cotangent::{Tensor, cond, fori_loop, grad, map, scan, switch, vmap, while_loop};
use expect_test::expect;

#[test]
fn bodies_that_do_not_fit() {
    let results = [
        given(&[3, 2], |x| scan(|c: Tensor, x: Tensor| (c + x, ())).call((Tensor::scalar(0.0), x))),
        given(&[3], |x| {
            scan(|(a, b): (Tensor, Tensor), x: Tensor| ((a, b.as_type::<f32>()), x))
                .call(((Tensor::scalar(1.0), Tensor::scalar(0.0)), x))
        }),
        given(&[3], |x| {
            scan(|c: Vec<Tensor>, x: Tensor| ([c, vec![x]].concat(), ())).call((vec![], x))
        }),
        given(&[3], |x| {
            scan(|c: Tensor, x: Tensor| (c.matmul(x), ())).call((Tensor::scalar(0.0), x))
        }),
        given(&[3], |x| map(|x: Tensor| x.index(2)).call(x)),
        given(&[3, 2], |x| {
            // A mistake that shows only in the batched body.
            vmap(|x: Tensor| {
                scan(|c: Tensor, x: Tensor| (c.as_type::<f32>() + x, ())).call((x.sum(), x))
            })
            .call(x)
        }),
    ];
    check(
        results.map(|r| r.map(|_| ())),
        expect![[r#"
            scan: the body takes the carry as f64[] and gives it back as f64[2]; it must keep its shape and dtype
              at call((Tensor::scalar(0.0), x))
            scan: the body takes `[1]` of the carry as f64[] and gives it back as f32[]; it must keep its shape and dtype
              at call(((Tensor::scalar(1.0), Tensor::scalar(0.0)), x))
            scan: the body takes a carry of structure () and gives back (*)
              at call((vec![], x))
            matmul: shapes [] and []: it takes no scalars; multiply by `*`
              at matmul(x)
            index: it names 1 axes of an array of shape []
              at index(2)
            add: dtypes f32 and f64: they must be the same; convert one with `convert`
              at c.as_type::<f32>() + x
        "#]],
    );
}

#[test]
fn operands_that_do_not_fit() {
    let add = |c: Tensor, (x, y): (Tensor, Tensor)| (c + x * y, ());
    let results = [
        given2([&[3], &[4]], move |x, y| scan(add).call((Tensor::scalar(0.0), (x, y))).0),
        given2([&[3], &[]], move |x, y| scan(add).call((Tensor::scalar(0.0), (x, y))).0),
        given(&[3], |x| {
            scan(|c: Tensor, x: Tensor| (c + x, ())).length(4).call((Tensor::scalar(0.0), x)).0
        }),
        given(&[3], |x| scan(|c: Tensor, ()| (c.sin(), ())).call((x, ())).0),
        given(&[3], |x| scan(|c: Tensor, ()| (c.sin(), ())).length(1 << 40).call((x, ())).0),
        given(&[], |x| map(|x: Tensor| x).call(x)),
        given(&[3], |x| grad(|x: Tensor| map(|x: Tensor| x.sin()).call(x)).call(x)),
    ];
    check(
        results,
        expect![[r#"
        scan: shapes [3] and [4]: all need 3 slices along axis 0
          at call((Tensor::scalar(0.0), (x, y))).0
        scan: shapes []: a scalar has no axis to loop over; capture it instead
          at call((Tensor::scalar(0.0), (x, y))).0
        scan: shapes [3]: all need 4 slices along axis 0
          at call((Tensor::scalar(0.0), x)).0
        scan: nothing tells the length; give it with `length`
          at call((x, ())).0
        scan: 1099511627776 runs are too many
          at call((x, ())).0
        map: shapes []: a scalar has no axis to loop over; capture it instead
          at call(x)
        grad: shapes [3]: it needs a function that returns a scalar; use jacrev or jacfwd, or sum
          at call(x)
    "#]],
    );
}

#[test]
fn choices_that_do_not_fit() {
    let sin = |x: Tensor| x.sin();
    let results = [
        given(&[3], move |x| cond(&x.clone(), sin, sin, x)),
        given(&[3], move |x| cond(&x.gt(0.0), sin, sin, x)),
        given(&[3], move |x| cond(&x.sum().gt(0.0), sin, |x: Tensor| x.sum(), x)),
        given(&[3], move |x| cond(&x.sum().gt(0.0), sin, |x: Tensor| x.as_type::<f32>(), x)),
        given(&[3], |x| {
            let one = |x: Tensor| vec![x];
            cond(&x.sum().gt(0.0), one, |x: Tensor| vec![x.clone(), x], x).remove(0)
        }),
        given(&[3], move |x| switch(&x.sum(), [sin], x)),
        given(&[3], move |x| switch(&x.argmax().expand_dims(0), [sin], x)),
        given(&[3], |x| switch(&x.argmax(), Vec::<fn(Tensor) -> Tensor>::new(), x)),
        given(&[3], move |x| cond(&x.sum().gt(0.0), sin, |x: Tensor| x.matmul(x.sum()), x)),
    ];
    check(
        results,
        expect![[r#"
        cond: dtypes f64: the predicate must be a truth value; compare with something
          at cond(&x.clone(), sin, sin, x)
        cond: shapes [3]: one function is chosen for all elements, by a scalar; `where_` or `vmap` choose for each
          at cond(&x.gt(0.0), sin, sin, x)
        cond: branch 0 gives [f64[]] and branch 1 gives [f64[3]]; all must give the same shapes and dtypes
          at cond(&x.sum().gt(0.0), sin, |x: Tensor| x.sum(), x)
        cond: branch 0 gives [f32[3]] and branch 1 gives [f64[3]]; all must give the same shapes and dtypes
          at cond(&x.sum().gt(0.0), sin, |x: Tensor| x.as_type::<f32>(), x)
        cond: branch 0 gives [f64[3], f64[3]] and branch 1 gives [f64[3]]; all must give the same shapes and dtypes
          at cond(&x.sum().gt(0.0), one, |x: Tensor| vec![x.clone(), x], x).remove(0)
        switch: dtypes f64: the index must be an integer; use `convert`
          at switch(&x.sum(), [sin], x)
        switch: shapes [1]: one function is chosen for all elements, by a scalar; `where_` or `vmap` choose for each
          at switch(&x.argmax().expand_dims(0), [sin], x)
        switch: there is no function to choose
          at switch(&x.argmax(), Vec::<fn(Tensor) -> Tensor>::new(), x)
        matmul: shapes [3] and []: it takes no scalars; multiply by `*`
          at matmul(x.sum())
    "#]],
    );
}

#[test]
fn loops_that_end_wrongly() {
    let small = |x: Tensor| x.sum().lt(9.0);
    let double = |x: Tensor| x * 2.0;
    let results = [
        given(&[3], move |x| grad(move |x| while_loop(small, double).call(x).sum()).call(x)),
        given(&[3], move |x| while_loop(|x: Tensor| x.lt(9.0), double).call(x)),
        given(&[3], move |x| while_loop(|x: Tensor| x.lt(9.0), double).bound(3).call(x)),
        given(&[3], move |x| while_loop(|x: Tensor| x.sum(), double).call(x)),
        given(&[3], move |x| while_loop(small, |x: Tensor| x.sum()).call(x)),
        given(&[3], move |x| while_loop(small, |x: Tensor| x.sum()).bound(2).call(x)),
        given(&[3], move |x| {
            let more = |x: Vec<Tensor>| x[0].sum().lt(9.0);
            let next = |x: Vec<Tensor>| [x.clone(), x].concat();
            while_loop(more, next).call(vec![x]).remove(0)
        }),
        given(&[3], move |x| while_loop(small, double).bound(1 << 40).call(x)),
        given(&[3], |x| fori_loop(x.sum()..x.sum(), |_: Tensor, x: Tensor| x).call(x)),
        given(&[3], |x| {
            fori_loop(x.argmax()..x.argmax().expand_dims(0), |_: Tensor, x: Tensor| x).call(x)
        }),
        given(&[3], |x| fori_loop(0..1usize << 40, |_: Tensor, x: Tensor| x).call(x)),
        given(&[3], |x| fori_loop(i32::MIN..i32::MAX, |_: Tensor, x: Tensor| x).call(x)),
        given(&[3], |x| {
            fori_loop(0..3, |i: Tensor, x: Tensor| x.sum() + i.as_type::<f64>()).call(x)
        }),
    ];
    check(
        results,
        expect![[r#"
            while_loop: reverse mode needs to know how often the body runs; give the loop a `bound`, use `fori_loop` with numbers or `scan`, or forward mode (`jacfwd`, `jvp`)
              at call(x)
            while_loop: the condition must give one truth value, not [bool[3]]
              at call(x)
            while_loop: the condition must give one truth value, not bool[3]
              at call(x)
            while_loop: the condition must give one truth value, not [f64[]]
              at call(x)
            while_loop: the body takes the carry as f64[3] and gives it back as f64[]; it must keep its shape and dtype
              at call(x)
            while_loop: the body takes the carry as f64[3] and gives it back as f64[]; it must keep its shape and dtype
              at call(x)
            while_loop: the body takes a carry of structure (*) and gives back (*, *)
              at call(vec![x]).remove(0)
            while_loop: 1099511627776 runs are too many
              at call(x)
            fori_loop: dtypes f64: the ends of the range must be integers; use `convert`
              at call(x)
            fori_loop: shapes [1]: the ends of the range must be scalars
              at call(x)
            fori_loop: 0..1099511627776 is out of the range of i32
              at call(x)
            fori_loop: 4294967295 runs are too many
              at call(x)
            fori_loop: the body takes the carry as f64[3] and gives it back as f64[]; it must keep its shape and dtype
              at call(x)
        "#]],
    );
}
