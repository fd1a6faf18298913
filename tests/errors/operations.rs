//! Mistakes in calls of operations.

use super::{check, given, given2};
use cotangent::{DType, Tensor, lax, make_jaxpr};
use expect_test::expect;

#[test]
fn shapes_that_do_not_go_together() {
    let results = [
        given2([&[2], &[3]], |x, y| x + y),
        given2([&[2], &[3]], |x, y| &x - &y),
        given2([&[2, 3], &[2]], |x, y| x.maximum(&y)),
        given2([&[2, 3], &[4]], |x, y| x.gt(y)),
        given2([&[2], &[3]], |x, mut y| {
            y += x;
            y
        }),
        given2([&[2], &[3]], |x, y| x.hypot(y)),
        given2([&[2], &[3]], |x, y| x.gt(0.0).where_(&x, y)),
        given2([&[2, 3], &[2, 3]], |x, y| x.matmul(y)),
        given2([&[], &[3]], |x, y| x.matmul(y)),
        given2([&[2], &[3]], |x, y| x.dot(y)),
        given2([&[2, 3], &[3, 2]], |x, y| x.vdot(y.row(0))),
        given2([&[2, 3], &[3, 2]], |x, y| x.tensordot(y, 2)),
        given2([&[2, 3], &[3, 2]], |x, y| x.tensordot_axes(y, 0, 0)),
        given2([&[2, 3], &[3, 3]], |x, y| Tensor::concat([&x, &y], 1)),
        given2([&[2], &[3]], |x, y| Tensor::stack([x, y], 0)),
        given2([&[2, 3], &[4]], |x, y| x.at_add(Tensor::from_array([0]), y)),
        given2([&[2], &[3]], |x, y| lax::add(&x, &y)),
    ];
    check(
        results,
        expect![[r#"
        add: shapes [2] and [3]: they do not broadcast to a common shape
          at x + y
        sub: shapes [2] and [3]: they do not broadcast to a common shape
          at &x - &y
        max: shapes [2,3] and [2]: they do not broadcast to a common shape
          at maximum(&y)
        gt: shapes [2,3] and [4]: they do not broadcast to a common shape
          at gt(y)
        add: shapes [3] and [2]: they do not broadcast to a common shape
          at y += x
        hypot: shapes [2] and [3]: they do not broadcast to a common shape
          at hypot(y)
        where: shapes [2], [2] and [3]: they do not broadcast to a common shape
          at where_(&x, y)
        matmul: shapes [2,3] and [2,3]: axes that go together have sizes 3 and 2
          at matmul(y)
        matmul: shapes [] and [3]: it takes no scalars; multiply by `*`
          at matmul(y)
        dot: shapes [2] and [3]: axes that go together have sizes 2 and 3
          at dot(y)
        vdot: shapes [6] and [2]: axes that go together have sizes 6 and 2
          at vdot(y.row(0))
        tensordot: shapes [2,3] and [3,2]: axes that go together have sizes 2 and 3
          at tensordot(y, 2)
        tensordot: shapes [2,3] and [3,2]: axes that go together have sizes 2 and 3
          at tensordot_axes(y, 0, 0)
        concatenate: shapes [2,3] and [3,3]: they must agree but along axis 1
          at Tensor::concat([&x, &y], 1)
        stack: shapes [2] and [3]: they must be equal
          at Tensor::stack([x, y], 0)
        at_add: shapes [4] and [1,3]: the first does not broadcast to the second
          at at_add(Tensor::from_array([0]), y)
        add: shapes [2] and [3]: they must be equal
          at lax::add(&x, &y)
    "#]],
    );
}

#[test]
fn shapes_that_cannot_be_taken_on() {
    let results = [
        given(&[2, 3], |x| x.reshape([4])),
        given(&[2, 3], |x| x.reshape([])),
        given(&[2, 3], |x| x.reshape_infer(&[4, -1])),
        given(&[2, 3], |x| x.reshape_infer(&[-1, -1])),
        given(&[2, 3], |x| x.broadcast_to([2, 2])),
        given(&[2, 3], |x| x.broadcast_to([3])),
        given(&[2, 3], |x| x.squeeze_axis(0)),
        given(&[5], |x| x.split(2, 0)),
        given(&[5], |x| x.split(0, 0)),
        given(&[5], |x| x.split_at(&[3, 2], 0)),
        given(&[5], |x| x.split_at(&[6], 0)),
        given(&[5], |x| x.pad(&[(1, 1), (0, 0)], 0.0)),
        given(&[2, 3], |x| x.take_along_axis(Tensor::from_array([0]), 0)),
        given(&[], |x| x.t().cumsum(0)),
        given(&[], |x| x.diag()),
        given(&[2], |x| x.trace()),
        given(&[2], |x| x.tril(0)),
    ];
    check(
        results,
        expect![[r#"
        reshape: shapes [2,3] and [4]: they hold 6 and 4 elements
          at reshape([4])
        reshape: shapes [2,3] and []: they hold 6 and 1 elements
          at reshape([])
        reshape: no size in place of −1 makes [4, -1] out of [2,3]
          at reshape_infer(&[4, -1])
        reshape: [-1, -1] leaves more than one size open
          at reshape_infer(&[-1, -1])
        broadcast_to: shapes [2,3] and [2,2]: the first does not broadcast to the second
          at broadcast_to([2, 2])
        broadcast_to: shapes [2,3] and [3]: the first does not broadcast to the second
          at broadcast_to([3])
        squeeze: shapes [2,3]: axes [0] are not all of size one
          at squeeze_axis(0)
        split: an axis of size 5 has no 2 equal parts
          at split(2, 0)
        split: an axis of size 5 has no 0 equal parts
          at split(0, 0)
        split: the places [3, 2] do not increase within an axis of size 5
          at split_at(&[3, 2], 0)
        split: the places [6] do not increase within an axis of size 5
          at split_at(&[6], 0)
        pad: shapes [5] and []: padding [(1, 1, 0), (0, 0, 0)] with a scalar does not fit
          at pad(&[(1, 1), (0, 0)], 0.0)
        take_along_axis: shapes [2,3] and [1]: they must have one rank and broadcast but along the axis
          at take_along_axis(Tensor::from_array([0]), 0)
        cumsum: axis 0 is out of range for an array of rank 0
          at cumsum(0)
        diag: shapes []: it takes a vector or a matrix
          at diag()
        trace: shapes [2]: it takes a matrix; see `einsum`
          at trace()
        tril: shapes [2]: it takes matrices: two axes or more
          at tril(0)
    "#]],
    );
    check(
        [given(&[2, 3], |_| Tensor::concat(Vec::<Tensor>::new(), 0))],
        expect![[r#"
        concatenate: it needs at least one array
          at Tensor::concat(Vec::<Tensor>::new(), 0)
    "#]],
    );
    check(
        [given(&[2, 3], |_| Tensor::stack(Vec::<Tensor>::new(), 0))],
        expect![[r#"
        concatenate: it needs at least one array
          at Tensor::stack(Vec::<Tensor>::new(), 0)
    "#]],
    );
    check(
        [given(&[0], |x| x.argmax()), given(&[0, 2], |x| x.argmin_axis(0))],
        expect![[r#"
        argmax: shapes [0]: axis 0 is empty and has no extreme
          at argmax()
        argmin: shapes [0,2]: axis 0 is empty and has no extreme
          at argmin_axis(0)
    "#]],
    );
}

#[test]
fn dtypes_that_do_not_go_together() {
    let results = [
        given(&[2], |x| x + Tensor::from_array([1.0f32, 2.0])),
        given(&[2], |x| x * Tensor::from_array([1, 2])),
        given(&[2], |x| Tensor::from_array([1, 2]) + 0.5 + x),
        given(&[2], |x| x.gt(0.0) + 1),
        given(&[2], |x| x & true),
        given(&[2], |x| !x),
        given(&[2], |x| x.gt(0.0).exp()),
        given(&[2], |x| -x.gt(0.0)),
        given(&[2], |x| x.where_(1.0, 2.0)),
        given(&[2], |x| x.gt(0.0).where_(1.0, &x.as_type::<f32>() + x)),
        given(&[2], |x| x.take(&x, 0)),
        given(&[2], |x| x.at_add(&x, 1.0)),
        given(&[2], |x| Tensor::concat([x.clone(), x.as_type::<f32>()], 0)),
        given(&[2], |x| x.dot(x.as_type::<f32>())),
        given(&[2], |x| Tensor::einsum("i,i->", [x.clone(), x.convert(DType::I32)])),
        given(&[2], |x| x.clip(false, true)),
        given(&[2], |x| x.pad(&[(1, 1)], true)),
        given(&[2], |x| Tensor::arange(0..3).mean() + x),
        given(&[2], |x| Tensor::arange(0..3).sqrt() + x),
        given(&[2], |x| Tensor::arange(0..3).softmax(0) + x),
        given(&[2], |x| Tensor::arange(0..3).powi(-1) + x),
        given(&[2], |x| Tensor::arange(0..3).pow(0.5) + x),
        given(&[2], |x| x.gt(0.0).prod()),
        given(&[2], |x| x.one_hot::<f64>(3)),
    ];
    check(
        results,
        expect![[r#"
            add: dtypes f64 and f32: they must be the same; convert one with `convert`
              at x + Tensor::from_array([1.0f32, 2.0])
            mul: dtypes f64 and i32: they must be the same; convert one with `convert`
              at x * Tensor::from_array([1, 2])
            literal: dtypes f64 and i32: the number 0.5 does not go with a tensor of i32; convert one of them
              at Tensor::from_array([1, 2]) + 0.5 + x
            literal: dtypes i32 and bool: the number 1 does not go with a tensor of bool; convert one of them
              at x.gt(0.0) + 1
            literal: dtypes bool and f64: the number true does not go with a tensor of f64; convert one of them
              at x & true
            not: dtypes f64: it takes bool or integer operands; use `convert`
              at !x
            exp: dtypes bool: it takes floating-point or complex operands; use `convert`
              at exp()
            neg: dtypes bool: it takes numbers; use `convert`
              at -x.gt(0.0)
            where: dtypes f64: the condition must be bool
              at where_(1.0, 2.0)
            add: dtypes f32 and f64: they must be the same; convert one with `convert`
              at &x.as_type::<f32>() + x
            take: dtypes f64: indices must be integers; convert with `as_type::<i32>()`
              at take(&x, 0)
            at_add: dtypes f64: indices must be integers; convert with `as_type::<i32>()`
              at at_add(&x, 1.0)
            concat: dtypes f64 and f32: they must be the same; convert one with `convert`
              at Tensor::concat([x.clone(), x.as_type::<f32>()], 0)
            dot: dtypes f64 and f32: they must be the same; convert one with `convert`
              at dot(x.as_type::<f32>())
            einsum: dtypes f64 and i32: they must be the same; convert one with `convert`
              at Tensor::einsum("i,i->", [x.clone(), x.convert(DType::I32)])
            literal: dtypes bool and f64: the number false does not go with a tensor of f64; convert one of them
              at clip(false, true)
            literal: dtypes bool and f64: the number true does not go with a tensor of f64; convert one of them
              at pad(&[(1, 1)], true)
            mean: dtypes i32: it takes floating-point operands; convert with `as_type::<f64>()`
              at mean() + x
            sqrt: dtypes i32: it takes floating-point or complex operands; use `convert`
              at sqrt() + x
            softmax: dtypes i32: it takes floating-point operands; convert with `as_type::<f64>()`
              at softmax(0) + x
            integer_pow: dtypes i32: it takes numbers, and floats for a negative exponent; use `convert`
              at powi(-1) + x
            literal: dtypes f64 and i32: the number 0.5 does not go with a tensor of i32; convert one of them
              at pow(0.5) + x
            reduce_prod: dtypes bool: it takes numbers; use `convert`
              at prod()
            one_hot: dtypes f64: indices must be integers; convert with `as_type::<i32>()`
              at one_hot::<f64>(3)
        "#]],
    );
}

#[test]
fn values_that_make_no_array() {
    let results = [
        make_jaxpr(|x: Tensor| Tensor::arange_step(0..5, 0) + x, 1),
        make_jaxpr(|x: Tensor| Tensor::arange_step(0.0..f64::NAN, 1.0) + x, 1.0),
        make_jaxpr(|x: Tensor| Tensor::linspace(0, 5, 4) + x, 1),
        make_jaxpr(|x: Tensor| Tensor::arange(0.0..1e30) + x, 1.0),
        make_jaxpr(|x: Tensor| Tensor::arange(false..true) + x, 1.0),
        make_jaxpr(|x: Tensor| x.full_like(true), 1.0),
        make_jaxpr(|x: Tensor| x.reshape_infer(&[isize::MAX, isize::MAX, -1]), 1.0),
        make_jaxpr(|x: Tensor| x.reshape([usize::MAX, 2]), 1.0),
        make_jaxpr(|x: Tensor| x.broadcast_to([usize::MAX, 2]), 1.0),
    ];
    check(
        results,
        expect![[r#"
            arange: no numbers of i32 from 0 to 5 by 0
              at Tensor::arange_step(0..5, 0) + x
            arange: no numbers of f64 from 0 to NaN by 1
              at Tensor::arange_step(0.0..f64::NAN, 1.0) + x
            linspace: dtypes i32: it takes floats
              at Tensor::linspace(0, 5, 4) + x
            iota: shapes [18446744073709551615]: no memory can hold the result
              at Tensor::arange(0.0..1e30) + x
            arange: no numbers of bool from 0 to 1 by 1
              at Tensor::arange(false..true) + x
            literal: dtypes bool and f64: the number true does not go with a tensor of f64; convert one of them
              at full_like(true)
            reshape: no size in place of −1 makes [9223372036854775807, 9223372036854775807, -1] out of []
              at reshape_infer(&[isize::MAX, isize::MAX, -1])
            reshape: shapes [] and [18446744073709551615,2]: they hold 1 and 18446744073709551615 elements
              at reshape([usize::MAX, 2])
            broadcast_in_dim: shapes [18446744073709551615,2]: no memory can hold the result
              at broadcast_to([usize::MAX, 2])
        "#]],
    );
}
