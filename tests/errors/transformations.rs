//! Mistakes in the use of transformations.

use super::{array, check, given, given2};
use cotangent::{
    Array, HessianMode, Tensor, custom_jvp, custom_vjp, grad, hessian, hvp, jacfwd, jacrev, jvp,
    linearize, make_jaxpr, value_and_grad, vjp, vmap,
};
use expect_test::expect;

#[test]
fn gradients_of_what_has_none() {
    let results = [
        given(&[2], |x| grad(|x: Tensor| x.sin()).call(x)),
        given(&[2], |x| value_and_grad(|x: Tensor| x.sin()).call(x)),
        given(&[2], |x| grad(|x: Tensor| (x.sum(), x.prod())).call(x)),
        given(&[2], |x| grad(|_: Tensor| Vec::<Tensor>::new()).call(x)),
        given(&[2], |x| grad(|x: Tensor| x.sum().gt(0.0)).call(x)),
        given(&[2], |x| grad(|x: Tensor| x.argmax()).call(x)),
        given(&[2], |x| grad(|n: Tensor| n.sum().as_type::<f64>()).call(x.gt(0.0))),
        given(&[2], |x| jacfwd(|n: Tensor| n).call(x.argmax())),
        given(&[2], |x| jacrev(|n: Tensor| n.as_type::<f64>()).call(x.argmax())),
        given(&[2], |x| jacrev(|x: Tensor| x.argmax()).call(x)),
        given(&[2], |x| jacfwd(|x: Tensor| [x.sum(), x.gt(0.0)]).call(x)),
        given(&[2], |x| hessian(|n: Tensor| n.as_type::<f64>()).call(x.argmax())),
        given(&[2], |x| hessian(|x: Tensor| x.argmax()).call(x)),
        given(&[2], |x| hvp(|x: Tensor| x.sin()).call((x.clone(), x))),
        given(&[2], |x| hvp(|n: Tensor| n.as_type::<f64>()).call((x.argmax(), x.argmax()))),
    ];
    check(
        results,
        expect![[r#"
            grad: shapes [2]: it needs a function that returns a scalar; use jacrev or jacfwd, or sum
              at call(x)
            value_and_grad: shapes [2]: it needs a function that returns a scalar; use jacrev or jacfwd, or sum
              at call(x)
            grad: it needs a function that returns one scalar, not 2 tensors
              at call(x)
            grad: it needs a function that returns one scalar, not 0 tensors
              at call(x)
            grad: dtypes bool: the result must be floating-point to be differentiated; use `convert`
              at call(x)
            grad: dtypes i32: the result must be floating-point to be differentiated; use `convert`
              at call(x)
            grad: dtypes bool: the argument must be floating-point to be differentiated; use `convert`
              at call(x.gt(0.0))
            jacfwd: dtypes i32: the argument must be floating-point to be differentiated; use `convert`
              at call(x.argmax())
            jacrev: dtypes i32: the argument must be floating-point to be differentiated; use `convert`
              at call(x.argmax())
            jacrev: dtypes i32: the result must be floating-point to be differentiated; use `convert`
              at call(x)
            jacfwd: dtypes bool: `[1]` of the result must be floating-point to be differentiated; use `convert`
              at call(x)
            hessian: dtypes i32: the argument must be floating-point to be differentiated; use `convert`
              at call(x.argmax())
            hessian: dtypes i32: the result must be floating-point to be differentiated; use `convert`
              at call(x)
            hvp: shapes [2]: it needs a function that returns a scalar; use jacrev or jacfwd, or sum
              at call((x.clone(), x))
            hvp: dtypes i32: the argument must be floating-point to be differentiated; use `convert`
              at call((x.argmax(), x.argmax()))
        "#]],
    );
    // The function's own argument of a compiled gradient: an i32 where a float is needed.
    check(
        [make_jaxpr(grad(|x: Tensor| x.sum()), vec![1, 2, 3])],
        expect![[r#"
        grad: dtypes i32: the argument must be floating-point to be differentiated; use `convert`
          at make_jaxpr(grad(|x: Tensor| x.sum()), vec![1, 2, 3])
    "#]],
    );
}

#[test]
fn argnums() {
    let f = |x: Tensor, y: Tensor| (x * y).sum();
    let tree = |(a, b): (Tensor, Tensor), x: Tensor, _: Vec<Tensor>| (a * b * x).sum();
    let results = [
        given2([&[2], &[2]], |x, y| grad(f).argnums(2).call((x, y))),
        given2([&[2], &[2]], |x, y| grad(f).argnums([0, 2]).call((x, y))[0].clone()),
        given2([&[2], &[2]], |x, y| value_and_grad(f).argnums([0, 0]).call((x, y)).0),
        given2([&[2], &[2]], |x, y| jacfwd(f).argnums([0; 0]).call((x, y))),
        given2([&[2], &[2]], |x, y| jacrev(f).argnums(usize::MAX).call((x, y))),
        given2([&[2], &[2]], |x, y| hessian(f).argnums(7).call((x, y))),
        given2([&[2], &[2]], |x, y| hvp(f).argnums(2).call((x.clone(), y, x))),
        given(&[2], |x| grad(|x: Tensor| x.sum()).argnums(1).call(x)),
        given2([&[2], &[2]], |x, y| grad(tree).argnums(0).call(((x.clone(), y), x, vec![]))),
        given2([&[2], &[2]], |x, y| grad(tree).argnums(2).call(((x.clone(), y), x, vec![]))),
        given2([&[2], &[2]], |x, y| {
            grad(tree).argnums([1, 2]).call(((x.clone(), y), x, vec![]))[0].clone()
        }),
    ];
    check(
        results,
        expect![[r#"
        grad: argnums 2 is out of range for a function of 2 arguments
          at call((x, y))
        grad: argnums 2 is out of range for a function of 2 arguments
          at call((x, y))[0].clone()
        value_and_grad: argnums 0 is given twice
          at call((x, y)).0
        jacfwd: argnums chooses no argument
          at call((x, y))
        jacrev: argnums 18446744073709551615 is out of range for a function of 2 arguments
          at call((x, y))
        hessian: argnums 7 is out of range for a function of 2 arguments
          at call((x, y))
        hvp: argnums 2 is out of range for a function of 2 arguments
          at call((x.clone(), y, x))
        grad: argnums 1 is out of range for a function of 1 argument
          at call(x)
        grad: argnums chooses tensors, and an argument that it names is a tree; make that tree the first argument
          at call(((x.clone(), y), x, vec![]))
        grad: argnums chooses tensors, and an argument that it names is a tree; make that tree the first argument
          at call(((x.clone(), y), x, vec![]))
        grad: argnums chooses tensors, and an argument that it names is a tree; make that tree the first argument
          at call(((x.clone(), y), x, vec![]))[0].clone()
    "#]],
    );
}

#[test]
fn directions_that_do_not_match() {
    let f = |x: Tensor| x.sin();
    let list = |xs: Vec<Tensor>| xs[0].sin();
    let results = [
        given2([&[2], &[3]], |x, v| jvp(f, x, v).1),
        given(&[2], |x| jvp(f, x.clone(), x.as_type::<f32>()).1),
        given(&[2], |x| jvp(f, x, Tensor::scalar(1.0)).1),
        given(&[2], |x| jvp(list, vec![x.clone()], vec![x.clone(), x]).1),
        given(&[2], |x| jvp(list, vec![x], vec![]).1),
        given2([&[2], &[3]], |x, v| linearize(f, x).1.call(v)),
        given2([&[2], &[3]], |x, v| vjp(f, x).1.call(v)),
        given(&[2], |x| vjp(f, x.clone()).1.call(x.as_type::<f32>())),
        given2([&[2], &[3]], |x, v| hvp(|x: Tensor| f(x).sum()).call((x, v))),
        given(&[2], |x| hvp(|x: Tensor| f(x).sum()).call((x.clone(), x.as_type::<f32>()))),
        given(&[2], |x| hvp(|xs: Vec<Tensor>| list(xs).sum()).call((vec![x], vec![]))),
    ];
    check(
        results,
        expect![[r#"
            jvp: shapes [2] and [3]: a tangent must have the shape of the argument
              at jvp(f, x, v).1
            jvp: dtypes f64 and f32: a tangent must have the dtype of the argument; use `convert`
              at jvp(f, x.clone(), x.as_type::<f32>()).1
            jvp: shapes [2] and []: a tangent must have the shape of the argument
              at jvp(f, x, Tensor::scalar(1.0)).1
            jvp: a tangent has 2 tensors where 1 are needed
              at jvp(list, vec![x.clone()], vec![x.clone(), x]).1
            jvp: a tangent has 0 tensors where 1 are needed
              at jvp(list, vec![x], vec![]).1
            linearize: shapes [2] and [3]: a tangent must have the shape of the argument
              at call(v)
            vjp: shapes [2] and [3]: a cotangent must have the shape of the result
              at call(v)
            vjp: dtypes f64 and f32: a cotangent must have the dtype of the result; use `convert`
              at call(x.as_type::<f32>())
            hvp: shapes [2] and [3]: v must have the shape of the argument
              at call((x, v))
            hvp: dtypes f64 and f32: v must have the dtype of the argument; use `convert`
              at call((x.clone(), x.as_type::<f32>()))
            hvp: v has 0 tensors where 1 are needed
              at call((vec![x], vec![]))
        "#]],
    );
}

#[test]
fn axes_of_vmap() {
    let f = |x: Tensor, y: Tensor| x * y;
    let results = [
        given2([&[2], &[3]], |x, y| vmap(f).call((x, y))),
        given2([&[2, 3], &[3, 2]], |x, y| vmap(f).in_axes([0, 0]).call((x, y))),
        given2([&[2], &[]], |x, y| vmap(f).call((x, y))),
        given2([&[2], &[2]], |x, y| vmap(f).in_axes(1).call((x, y))),
        given2([&[2], &[2]], |x, y| vmap(f).in_axes(-2).call((x, y))),
        given2([&[2], &[2]], |x, y| vmap(f).in_axes([Some(0)]).call((x, y))),
        given2([&[2], &[2]], |x, y| vmap(f).in_axes([0, 0, 0]).call((x, y))),
        given2([&[2], &[2]], |x, y| vmap(f).in_axes([None, None]).call((x, y))),
        given2([&[2], &[2]], |x, y| vmap(f).out_axes(1).call((x, y))),
        given2([&[2], &[2]], |x, y| vmap(f).out_axes(-2).call((x, y))),
        given(&[2], |x| vmap(|x: Tensor| vmap(f).call((x.clone(), x))).call(x)),
    ];
    check(
        results,
        expect![[r#"
            vmap: shapes [2] and [3]: the batch axes have different sizes: 2 (argument 0), 3 (argument 1)
              at call((x, y))
            vmap: shapes [2,3] and [3,2]: the batch axes have different sizes: 2 (argument 0), 3 (argument 1)
              at call((x, y))
            vmap: axis 0 is out of range for an array of rank 0
              at call((x, y))
            vmap: axis 1 is out of range for an array of rank 1
              at call((x, y))
            vmap: axis -2 is out of range for an array of rank 1
              at call((x, y))
            vmap: in_axes has 1 entries for 2 arguments
              at call((x, y))
            vmap: in_axes has 3 entries for 2 arguments
              at call((x, y))
            vmap: no argument has a batch axis
              at call((x, y))
            vmap: out_axes: axis 1 is out of range for an array of rank 1
              at call((x, y))
            vmap: out_axes: axis -2 is out of range for an array of rank 1
              at call((x, y))
            vmap: axis 0 is out of range for an array of rank 0
              at call((x.clone(), x))
        "#]],
    );
    let none = |_: Vec<Tensor>| Tensor::scalar(1.0);
    check(
        [make_jaxpr(vmap(none), Vec::<Array>::new())],
        expect![[r#"
        vmap: no argument has a batch axis
          at make_jaxpr(vmap(none), Vec::<Array>::new())
    "#]],
    );
}

#[test]
fn mistakes_inside_of_transformed_functions() {
    let bad = |x: Tensor| x.reshape([7]).sum();
    let results = [
        make_jaxpr(grad(bad), array(&[2])),
        make_jaxpr(value_and_grad(bad), array(&[2])),
        make_jaxpr(jacfwd(bad), array(&[2])),
        make_jaxpr(jacrev(grad(bad)), array(&[2])),
        make_jaxpr(hessian(bad).mode(HessianMode::RevRev), array(&[2])),
        make_jaxpr(vmap(vmap(bad)), array(&[2, 3, 4])),
        given(&[2], |x| jvp(bad, x.clone(), x).1),
        given(&[2], |x| linearize(bad, x.clone()).1.call(x)),
        given(&[2], |x| vjp(bad, x).1.call(Tensor::scalar(1.0))),
        given2([&[2], &[2]], |x, v| hvp(bad).call((x, v))),
        given(&[2], |x| vmap(grad(|x: Tensor| jvp(bad, x.clone(), x).1)).call(x)),
    ];
    check(
        results,
        expect![[r#"
        reshape: shapes [2] and [7]: they hold 2 and 7 elements
          at reshape([7]).sum()
        reshape: shapes [2] and [7]: they hold 2 and 7 elements
          at reshape([7]).sum()
        reshape: shapes [2] and [7]: they hold 2 and 7 elements
          at reshape([7]).sum()
        reshape: shapes [2] and [7]: they hold 2 and 7 elements
          at reshape([7]).sum()
        reshape: shapes [2] and [7]: they hold 2 and 7 elements
          at reshape([7]).sum()
        reshape: shapes [4] and [7]: they hold 4 and 7 elements
          at reshape([7]).sum()
        reshape: shapes [2] and [7]: they hold 2 and 7 elements
          at reshape([7]).sum()
        reshape: shapes [2] and [7]: they hold 2 and 7 elements
          at reshape([7]).sum()
        reshape: shapes [2] and [7]: they hold 2 and 7 elements
          at reshape([7]).sum()
        reshape: shapes [2] and [7]: they hold 2 and 7 elements
          at reshape([7]).sum()
        reshape: shapes [] and [7]: they hold 1 and 7 elements
          at reshape([7]).sum()
    "#]],
    );
}

#[test]
fn rules_that_do_not_fit() {
    let sin = |x: Tensor| x.sin();
    let twice = |x: Tensor| (x.sin(), x);
    let results = [
        given(&[3], move |x| {
            let rule = |(x,): (Tensor,), (dx,): (Tensor,)| (x.sin(), dx.sum());
            grad(move |x| custom_jvp(sin, rule).call(x).sum()).call(x)
        }),
        given(&[3], move |x| {
            let rule = |(x,): (Tensor,), (dx,): (Tensor,)| (vec![x], vec![dx.clone(), dx]);
            custom_jvp(|x: Tensor| vec![x], rule).call(x).remove(0)
        }),
        given(&[3], move |x| {
            // The rule captures what the derivative is taken by.
            let f = |y: Tensor| {
                let z = y.clone();
                let rule = move |(x,): (Tensor,), (dx,): (Tensor,)| (x.sin(), &z * dx);
                custom_jvp(sin, rule).call(y).sum()
            };
            grad(f).call(x)
        }),
        given(&[3], move |x| custom_vjp(twice, |_: Tensor, ct: Tensor| (ct.sum(),)).call(x)),
        given(&[3], move |x| {
            let clip = |_: Tensor, ct: Tensor| (ct.clip(-1.0, 1.0),);
            jacfwd(move |x| custom_vjp(twice, clip).call(x).sum()).call(x)
        }),
        given(&[3], move |x| {
            let wrong = |x: Tensor, ct: Tensor| (x.matmul(ct.sum()),);
            custom_vjp(twice, wrong).call(x)
        }),
    ];
    check(
        results,
        expect![[r#"
        custom_jvp: the tangent of the rule is f64[] instead of f64[3]
          at call(x).sum()
        custom_jvp: the tangent of the rule has the structure (*, *) instead of (*)
          at call(x).remove(0)
        custom_jvp: the function or its rule captures a value that is being differentiated, of which the rule says nothing; make it an argument
          at call(x)
        custom_vjp: `[0]` of what the rule gives for the arguments is f64[] instead of f64[3]
          at call(x)
        custom_vjp: the rule is not linear in the cotangents (or made of operations that have no transpose), so it serves reverse mode alone
          at call(x)
        matmul: shapes [3] and []: it takes no scalars; multiply by `*`
          at matmul(ct.sum())
    "#]],
    );
}
