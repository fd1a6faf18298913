//! Tensors in the wrong place, and what becomes of a function that goes on after a mistake.

use super::{array, check, given};
use cotangent::{Function, Tensor, grad, jit, jvp, linearize, make_jaxpr, map, vjp, vmap};
use expect_test::expect;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A tensor that is left over from the trace of a function.
fn leftover() -> Tensor {
    let kept = RefCell::new(None);
    let keep = |x: Tensor| {
        kept.replace(Some(x.clone()));
        x
    };
    make_jaxpr(keep, array(&[2])).unwrap();
    kept.take().unwrap()
}

#[test]
fn tensors_of_another_trace() {
    let old = leftover();
    // Of an inner trace that is over: of a gradient, a map, a nested jit.
    type Traced<'a> = &'a dyn Fn(Tensor) -> Tensor;
    let inner = |run: &dyn Fn(Traced<'_>, Tensor)| {
        given(&[2], |x| {
            let kept = RefCell::new(None);
            let f = |y: Tensor| {
                kept.replace(Some(y.sin()));
                y.sum()
            };
            run(&f, x.clone());
            x + kept.take().unwrap()
        })
    };
    let results = [
        given(&[2], |x| x + &old),
        given(&[2], |_| old.sin()),
        given(&[2], |_| old.clone()),
        given(&[2], |x| (x, [old.clone()])),
        given(&[2], |x| x.matmul(&old)),
        given(&[2], |x| grad(|x: Tensor| (x * &old).sum()).call(x)),
        given(&[2], |x| vmap(|x: Tensor| x * &old).call(x)),
        given(&[2], |x| jvp(|x: Tensor| x, x, old.clone()).1),
        inner(&|f, x| drop(grad(|x: Tensor| f(x)).call(x))),
        inner(&|f, x| drop(vmap(|x: Tensor| f(x)).call(x))),
        inner(&|f, x| drop(jit(|x: Tensor| f(x)).apply((x,)))),
        inner(&|f, x| drop(map(|x: Tensor| f(x)).call(x))),
    ];
    check(
        results,
        expect![[r#"
        add: a tensor was used outside the function whose trace made it; return it from that function instead of storing it
          at x + &old
        sin: a tensor was used outside the function whose trace made it; return it from that function instead of storing it
          at sin()
        return: a tensor was used outside the function whose trace made it; return it from that function instead of storing it
          at given(&[2], |_| old.clone())
        return: a tensor was used outside the function whose trace made it; return it from that function instead of storing it
          at given(&[2], |x| (x, [old.clone()]))
        dot_general: a tensor was used outside the function whose trace made it; return it from that function instead of storing it
          at matmul(&old)
        mul: a tensor was used outside the function whose trace made it; return it from that function instead of storing it
          at (x * &old).sum()
        mul: a tensor was used outside the function whose trace made it; return it from that function instead of storing it
          at x * &old
        return: a tensor was used outside the function whose trace made it; return it from that function instead of storing it
          at given(&[2], |x| jvp(|x: Tensor| x, x, old.clone()).1)
        add: a tensor was used outside the function whose trace made it; return it from that function instead of storing it
          at x + kept.take().unwrap()
        broadcast_in_dim: a tensor was used outside the function whose trace made it; return it from that function instead of storing it
          at x + kept.take().unwrap()
        add: a tensor was used outside the function whose trace made it; return it from that function instead of storing it
          at x + kept.take().unwrap()
        broadcast_in_dim: a tensor was used outside the function whose trace made it; return it from that function instead of storing it
          at x + kept.take().unwrap()
    "#]],
    );
}

#[test]
fn linear_maps_of_another_trace() {
    let (push, pull) = (RefCell::new(None), RefCell::new(None));
    let keep = |x: Tensor| {
        push.replace(Some(linearize(|x: Tensor| x.sin(), x.clone()).1));
        pull.replace(Some(vjp(|x: Tensor| x.sin(), x.clone()).1));
        x
    };
    make_jaxpr(keep, array(&[2])).unwrap();
    let (push, pull) = (push.take().unwrap(), pull.take().unwrap());
    check(
        [given(&[2], |x| push.call(x)), given(&[2], |x| pull.call(x).0)],
        expect![[r#"
        mul: a tensor was used outside the function whose trace made it; return it from that function instead of storing it
          at sin()
        mul: a tensor was used outside the function whose trace made it; return it from that function instead of storing it
          at sin()
    "#]],
    );
}

#[test]
fn tensors_where_nothing_is_traced() {
    // There is nothing to return the error; it shows when the tensor is used or printed.
    let outside = [
        Tensor::zeros::<f64>([2]),
        Tensor::from_array([1.0, 2.0]),
        Tensor::scalar(1.0) + Tensor::scalar(2.0),
        Tensor::scalar(1.0).exp(),
        Tensor::arange(0..2),
        leftover() + 1.0,
        grad(|x: Tensor| x.sin()).call(Tensor::scalar(1.0)),
    ];
    check(
        outside.iter().map(|t| given(&[2], |_| t.clone())),
        expect![[r#"
        broadcast_in_dim: no function is being traced here; tensors exist only inside functions given to jit, grad, vmap, ...
          at Tensor::zeros::<f64>([2])
        constant: no function is being traced here; tensors exist only inside functions given to jit, grad, vmap, ...
          at Tensor::from_array([1.0, 2.0])
        add: no function is being traced here; tensors exist only inside functions given to jit, grad, vmap, ...
          at Tensor::scalar(1.0) + Tensor::scalar(2.0)
        exp: no function is being traced here; tensors exist only inside functions given to jit, grad, vmap, ...
          at exp()
        iota: no function is being traced here; tensors exist only inside functions given to jit, grad, vmap, ...
          at Tensor::arange(0..2)
        add: a tensor was used outside the function whose trace made it; return it from that function instead of storing it
          at leftover() + 1.0
        sin: no function is being traced here; tensors exist only inside functions given to jit, grad, vmap, ...
          at sin()
    "#]],
    );
    let text = format!("{:?}", outside[3]);
    assert!(text.starts_with("Tensor<f64[], failed: exp: no function is being traced"), "{text}");
    // A literal belongs to no trace.
    let two = Tensor::scalar(2.0);
    assert_eq!(jit(|x: Tensor| x * &two).call(3.0).unwrap().item::<f64>().unwrap(), 6.0);
}

#[test]
fn the_first_mistake_counts() {
    let results = [
        given(&[2, 3], |x| (x.reshape([5]) + x.sum_axis(9)).matmul(&x)),
        // What the guess at the shape of a failed result is used for does not matter.
        given(&[2, 3], |x| {
            let y = x.matmul(&x);
            y.reshape([y.shape()[5]])
        }),
        given(&[2, 3], |x| x.index((0, 0, 0)).split(7, 0)[6].clone()),
        given(&[2, 3], |x| Tensor::einsum("ij,k", [&x]).index(1..4).row(2)),
        given(&[], |x| grad(|x: Tensor| x.sum_axis(3)).call(x.clone()).reshape([9]) + x),
        given(&[4], |x| {
            let parts = x.split(3, 0);
            assert_eq!(parts.len(), 3, "a function may count on what it asked for");
            parts[0].clone()
        }),
        given(&[2], |x| {
            let y: usize = x.reshape([5]).shape().iter().sum();
            [0, 1, 2][y + 7].to_string();
            x
        }),
    ];
    check(
        results,
        expect![[r#"
        reshape: shapes [2,3] and [5]: they hold 6 and 5 elements
          at reshape([5]) + x.sum_axis(9)
        matmul: shapes [2,3] and [2,3]: axes that go together have sizes 3 and 2
          at matmul(&x)
        index: it names 3 axes of an array of shape [2,3]
          at index((0, 0, 0)).split(7, 0)[6].clone()
        einsum: "ij,k": it names 2 operands, given 1
          at Tensor::einsum("ij,k", [&x]).index(1..4).row(2)
        sum_axis: axis 3 is out of range for an array of rank 0
          at sum_axis(3)
        split: an axis of size 4 has no 3 equal parts
          at split(3, 0)
        reshape: shapes [2] and [5]: they hold 2 and 5 elements
          at reshape([5]).shape().iter().sum()
    "#]],
    );
}

#[test]
fn a_panic_of_the_function_itself_goes_through() {
    let run = |f: &dyn Fn(Tensor) -> Tensor| {
        let traced =
            catch_unwind(AssertUnwindSafe(|| given(&[2], |x| grad(|x: Tensor| f(x)).call(x))));
        *traced.err().unwrap().downcast::<&'static str>().unwrap()
    };
    assert_eq!(run(&|_| panic!("mine")), "mine");
    // Nothing of the broken-off traces is left: this thread can trace and run.
    let f = jit(|x: Tensor| {
        let caught = catch_unwind(AssertUnwindSafe(|| {
            vmap(|_: Tensor| -> Tensor { panic!("inner") }).call(x.clone())
        }));
        assert!(caught.is_err());
        grad(|x: Tensor| x.powi(2).sum()).call(x)
    });
    assert_eq!(f.call(vec![1.0, 2.0]).unwrap().to_vec::<f64>().unwrap(), [2.0, 4.0]);
    assert_eq!(f.call(vec![3.0, 2.0]).unwrap().to_vec::<f64>().unwrap(), [6.0, 4.0]);
}

#[test]
fn a_caught_mistake_is_a_mistake_all_the_same() {
    // A failed result that nothing uses still fails the function.
    check(
        [given(&[2], |x| (x.reshape([3]), x).1)],
        expect![[r#"
        reshape: shapes [2] and [3]: they hold 2 and 3 elements
          at reshape([3])
    "#]],
    );
    check(
        [given(&[2], |x| (grad(|x: Tensor| x).call(x.clone()), x).1)],
        expect![[r#"
        grad: shapes [2]: it needs a function that returns a scalar; use jacrev or jacfwd, or sum
          at call(x.clone())
    "#]],
    );
}

/// Two implementations for what can be sent to another thread, one for all else.
trait Sendable<Which> {
    fn told_apart() {}
}
impl<T> Sendable<()> for T {}
impl<T: Send> Sendable<u8> for T {}

#[test]
fn tensors_stay_in_their_thread() {
    // This compiles only as long as there is one implementation for tensors.
    <Tensor as Sendable<_>>::told_apart();
}
