//! What loops look like.

use crate::passes::check;
use cotangent::{Function, HessianMode, Tensor, grad, hessian, jit, lax, make_jaxpr, scan};
use expect_test::expect;
use std::sync::Arc;

fn step(c: Tensor, x: Tensor) -> (Tensor, Tensor) {
    let c = (c * x).sin();
    (c.clone(), c)
}

#[test]
fn a_loop_and_its_gradient() {
    let f = |x: Tensor| scan(step).call((Tensor::scalar(1.0), x)).0;
    let jaxpr = make_jaxpr(grad(f), vec![0.5; 3]).unwrap();
    jaxpr.check().unwrap();
    expect![[r#"
        { lambda ; a:f64[3]. let
            b:f64[] c:f64[3] d:f64[3] e:f64[3] = scan[
              length=3
              num_carry=1
              num_consts=0
              reverse=False
              jaxpr={ lambda ; a:f64[] b:f64[]. let
                  c:f64[] = mul a b
                  d:f64[] = sin c
                  e:f64[] = cos c
                in (d, d, a, e) }
            ] 1.0:f64[] a
            f:f64[] g:f64[3] = scan[
              length=3
              num_carry=1
              num_consts=0
              reverse=True
              jaxpr={ lambda ; a:f64[] b:f64[] c:f64[] d:f64[]. let
                  e:f64[] = mul a d
                  f:f64[] = mul c e
                  g:f64[] = mul e b
                in (g, f) }
            ] 1.0:f64[] a d e
          in (g,) }"#]]
    .assert_eq(&jaxpr.to_string());
}

/// Carries, results and operands that nothing needs are dropped, those of inner loops too.
#[test]
fn dead_parts() {
    let f = |x: Tensor, w: Tensor| {
        let body = move |(a, b, c): (Tensor, Tensor, Tensor), x: Tensor| {
            let unused = w.exp();
            let inner = scan(|s: Tensor, x: Tensor| (s + &x, x.cos()));
            let (sum, cosines) = inner.call((Tensor::scalar(0.0), x.expand_dims(0)));
            // `b` needs `a`, and nothing needs `c`.
            ((a.sin(), b + a + sum, c * unused.sum()), (cosines, x))
        };
        let init = Tensor::scalar(0.5);
        scan(body).call(((init.clone(), init.clone(), init), x)).0.1
    };
    check(
        f,
        (vec![0.1; 3], vec![0.2; 3]),
        expect![[r#"
            c:f64[] d:f64[] = scan[
            length=3
            num_carry=2
            num_consts=0
            reverse=False
            jaxpr={ lambda ; a:f64[] b:f64[] c:f64[]. let
            d:f64[] = sin a
            e:f64[] = add a b
            f:f64[] = add c e
            in (d, f) }
            ] 0.5:f64[] 0.5:f64[] a
            in (d,)"#]],
    );
}

/// Identities, literals and repeated slices are made in the body, where they vanish.
#[test]
fn what_goes_into_a_body() {
    let f = |x: Tensor, w: Tensor| {
        let (eye, two) = (Tensor::eye::<f64>(2), Tensor::scalar(2.0));
        let twos = two.broadcast_to([3, 2]);
        let body = move |c: Tensor, (x, twos): (Tensor, Tensor)| {
            let c = (&c + &eye.matmul(&x) * twos).sin() * &two;
            (c.clone(), c + w.expand_dims(0).broadcast_to([2, 2]).sum_axis(0))
        };
        scan(body).call((Tensor::zeros::<f64>([2]), (x, twos)))
    };
    check(
        f,
        ([[0.1, 0.2]; 3], [1.0, 2.0]),
        expect![[r#"
            c:f64[2] = mul b 2.0:f64[]
            d:f64[2] = broadcast_in_dim[broadcast_dimensions=() shape=(2,)] 0.0:f64[]
            e:f64[2] f:f64[3,2] = scan[
            length=3
            num_carry=1
            num_consts=1
            reverse=False
            jaxpr={ lambda ; a:f64[2] b:f64[2] c:f64[2]. let
            d:f64[2] = mul c 2.0:f64[]
            e:f64[2] = add b d
            f:f64[2] = sin e
            g:f64[2] = mul f 2.0:f64[]
            h:f64[2] = add a g
            in (g, h) }
            ] c d a
            in (e, f)"#]],
    );
}

/// What is the same in every run is done once, but for what costs nothing, and for what is read
/// slice by slice. (A closure does not even write into the body what it makes of tensors from
/// outside; a compiled function does.)
#[test]
fn what_leaves_a_body() {
    let inner = jit(|s: Tensor, w: Tensor, x: Tensor| s * w.exp().sum() + w.sum() * x);
    let row = jit(|w: Tensor, i: Tensor| {
        let all = w.expand_dims(1).sin() * w.expand_dims(0);
        lax::dynamic_slice(&all, &[&i, &Tensor::scalar(0)], &[1, 2])
    });
    let (inner, row) = (Arc::new(inner), Arc::new(row));
    let f = move |x: Tensor, w: Tensor| {
        let (inner, row) = (inner.clone(), row.clone());
        let body = move |i: Tensor, x: Tensor| {
            let (inner, v) = (inner.clone(), w.clone());
            let step = move |s: Tensor, x: Tensor| (inner.apply((s, v.clone(), x)), ());
            let sum = scan(step).call((x.sum(), x)).0;
            (i.clone() + 1, row.apply((w.clone(), i)).sum() * sum)
        };
        scan(body).call((Tensor::scalar(0), x)).1
    };
    check(
        f,
        ([[0.1, 0.2]; 2], [1.0, 2.0]),
        expect![[r#"
            c:f64[2] = exp b
            d:f64[] = reduce_sum[axes=(0,)] c
            e:f64[] = reduce_sum[axes=(0,)] b
            f:i32[] g:f64[2] = scan[
            length=2
            num_carry=1
            num_consts=3
            reverse=False
            jaxpr={ lambda ; a:f64[2] b:f64[] c:f64[] d:i32[] e:f64[2]. let
            f:f64[] = reduce_sum[axes=(0,)] e
            g:f64[] = scan[
            length=2
            num_carry=1
            num_consts=2
            reverse=False
            jaxpr={ lambda ; a:f64[] b:f64[] c:f64[] d:f64[]. let
            e:f64[] = mul a c
            f:f64[] = mul b d
            g:f64[] = add e f
            in (g,) }
            ] b c f e
            h:i32[] = add d 1:i32[]
            i:f64[2] = sin a
            j:i32[] = clamp 0:i32[] d 1:i32[]
            k:f64[1] = dynamic_slice[slice_sizes=(1,)] i j
            l:f64[] = reshape[new_sizes=()] k
            m:f64[] = mul g l
            n:f64[] = mul c m
            in (h, n) }
            ] b d e 0:i32[] a
            in (g,)"#]],
    );
}

/// A loop of one run is that run.
#[test]
fn one_run() {
    let f = |x: Tensor| scan(step).call((Tensor::scalar(1.0), x));
    check(
        f,
        vec![0.5],
        expect![[r#"
        b:f64[] = reshape[new_sizes=()] a
        c:f64[] = sin b
        d:f64[1] = reshape[new_sizes=(1,)] c
        in (c, d)"#]],
    );
}

/// The Hessian through a hundred steps is a few loops of a hundred runs: its text does not grow with the
/// number of steps.
#[test]
fn hessians_through_many_steps_stay_loops() {
    let orbit = |steps: usize| {
        move |x: Tensor| {
            let pull = x.square();
            let step = move |x: Tensor, _: Tensor| (&x + (x.sin() - &pull) * 0.1, ());
            scan(step).call((x, Tensor::zeros::<f64>(steps))).0.sum()
        }
    };
    for mode in HessianMode::ALL {
        let lowered =
            |steps| jit(hessian(orbit(steps)).mode(mode)).lower(vec![0.1, 0.2, 0.3]).unwrap();
        let (many, more) = (lowered(100), lowered(200));
        assert!(many.jaxpr().to_string().contains("length=100"), "{mode:?}");
        let lines = |text: &str| text.lines().count();
        assert_eq!(lines(many.hlo()), lines(more.hlo()), "{mode:?}");
        assert!(lines(many.hlo()) < 400, "{mode:?}: {}", lines(many.hlo()));
    }
}
