//! The passes over jaxprs: a case for each rule, and laws on random programs.

mod contractions;
pub mod diagonals;
mod laws;
mod loops;
mod notation;
mod size;

use cotangent::{Array, HostArgs, Tensor, jit, lax};
use expect_test::{Expect, expect};

/// The equations and results of the optimised program of `f`.
pub fn program<Args, F>(f: F, args: impl HostArgs<Args>) -> String
where
    Args: cotangent::Arguments,
    F: cotangent::Function<Args>,
{
    let lowered = jit(f).lower(args).unwrap();
    lowered.jaxpr().check().unwrap();
    body(lowered.jaxpr())
}

/// The equations and results of a program.
fn body(jaxpr: &cotangent::Jaxpr) -> String {
    let text = jaxpr.to_string();
    let body = text.split_once(". let").unwrap().1.trim_end_matches(" }");
    body.lines().map(str::trim).filter(|l| !l.is_empty()).collect::<Vec<_>>().join("\n")
}

#[track_caller]
pub fn check<Args: cotangent::Arguments, F: cotangent::Function<Args>>(
    f: F,
    args: impl HostArgs<Args>,
    expected: Expect,
) {
    expected.assert_eq(&program(f, args));
}

fn vector() -> Array {
    Array::from([1.0, 2.0, 3.0])
}

fn matrix() -> Array {
    Array::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
}

#[test]
fn dead_code_and_common_subexpressions() {
    check(
        |x: Tensor| {
            let _dead = x.cos();
            (x.sin() * 2.0, x.sin() * 2.0)
        },
        vector(),
        expect![[r#"
            b:f64[3] = sin a
            c:f64[3] = mul b 2.0:f64[]
            in (c, c)"#]],
    );
    // Operands that may change places are ordered.
    check(
        |x: Tensor, y: Tensor| (&x * &y, y * x),
        (vector(), vector()),
        expect![[r#"
        c:f64[3] = mul a b
        in (c, c)"#]],
    );
}

#[test]
fn unused_constants_go() {
    let lowered = jit(|x: Tensor| {
        let _unused = Tensor::from_array(vec![1.0; 100]) + 1.0;
        x
    });
    assert!(lowered.lower(vector()).unwrap().jaxpr().consts.is_empty());
}

#[test]
fn constants_are_folded() {
    check(
        |x: Tensor| x * (Tensor::scalar(2.0) * 3.0 + 1.0).sqrt(),
        vector(),
        expect![[r#"
        b:f64[3] = mul a 2.6457513110645907:f64[]
        in (b,)"#]],
    );
    // Functions that the host may round otherwise are left to the device.
    check(
        |x: Tensor| x * Tensor::scalar(2.0).sin(),
        vector(),
        expect![[r#"
        b:f64[] = sin 2.0:f64[]
        c:f64[3] = broadcast_in_dim[broadcast_dimensions=() shape=(3,)] b
        d:f64[3] = mul a c
        in (d,)"#]],
    );
}

#[test]
fn calls_are_inlined() {
    let inner = jit(|x: Tensor| x.sin() * Tensor::from_array(vec![1.0, 2.0, 3.0]));
    let outer = jit(move |x: Tensor| cotangent::Function::apply(&inner, (x.cos(),)) + 1.0);
    check(
        move |x: Tensor| cotangent::Function::apply(&outer, (x,)),
        vector(),
        expect![[r#"
        c:f64[3] = cos b
        d:f64[3] = sin c
        e:f64[3] = mul a d
        f:f64[3] = add e 1.0:f64[]
        in (f,)"#]],
    );
}

#[test]
fn scalars_are_computed_once_and_literals_not_repeated() {
    check(
        |x: Tensor, s: Tensor| {
            let two = Tensor::full([3], 2.0);
            let s = s.broadcast_to([3]);
            (s.exp() * &s) + x * two
        },
        (vector(), 2.0),
        expect![[r#"
            c:f64[] = exp b
            d:f64[] = mul b c
            e:f64[3] = broadcast_in_dim[broadcast_dimensions=() shape=(3,)] d
            f:f64[3] = mul a 2.0:f64[]
            g:f64[3] = add e f
            in (g,)"#]],
    );
    check(
        |x: Tensor| x.gt(0.0).where_(Tensor::full([3], 1.0), Tensor::full([3], 0.0)),
        vector(),
        expect![[r#"
            b:bool[3] = gt a 0.0:f64[]
            c:f64[3] = select b 0.0:f64[] 1.0:f64[]
            in (c,)"#]],
    );
    check(
        |x: Tensor| lax::clamp(&Tensor::full([3], 0.0), &x, &Tensor::full([3], 1.0)),
        vector(),
        expect![[r#"
            b:f64[3] = clamp 0.0:f64[] a 1.0:f64[]
            in (b,)"#]],
    );
    check(
        |x: Tensor| lax::clamp(&x, &Tensor::full([3], 0.0), &Tensor::full([3], 1.0)),
        vector(),
        expect![[r#"
            b:f64[3] = broadcast_in_dim[broadcast_dimensions=() shape=(3,)] 0.0:f64[]
            c:f64[3] = clamp a b 1.0:f64[]
            in (c,)"#]],
    );
}

#[test]
fn neutral_elements() {
    check(
        |x: Tensor| ((&x + 0.0) * 1.0 / 1.0 - 0.0, (1.0 * &x).pow(1), 0.0 + &x),
        vector(),
        expect!["in (a, a, a)"],
    );
    check(
        |x: Tensor| x.powi(0),
        vector(),
        expect![[r#"
        b:f64[3] = broadcast_in_dim[broadcast_dimensions=() shape=(3,)] 1.0:f64[]
        in (b,)"#]],
    );
    // 0 − x and 1/x are not x, nor is 0·x zero: x may be NaN.
    check(
        |x: Tensor| (0.0 - &x, 1.0 / &x, &x * 0.0),
        vector(),
        expect![[r#"
        b:f64[3] = sub 0.0:f64[] a
        c:f64[3] = div 1.0:f64[] a
        d:f64[3] = mul a 0.0:f64[]
        in (b, c, d)"#]],
    );
}

#[test]
fn signs() {
    check(
        |x: Tensor| (-(-&x), (-&x).abs(), &x * -1.0),
        vector(),
        expect![[r#"
        b:f64[3] = neg a
        c:f64[3] = abs a
        in (a, c, b)"#]],
    );
    check(
        |x: Tensor| (-(&x * 2.0), -(&x / 2.0), (-&x) * 3.0, (-&x) / 3.0),
        vector(),
        expect![[r#"
        b:f64[3] = mul a -2.0:f64[]
        c:f64[3] = div a -2.0:f64[]
        d:f64[3] = mul a -3.0:f64[]
        e:f64[3] = div a -3.0:f64[]
        in (b, c, d, e)"#]],
    );
    check(
        |x: Tensor, y: Tensor| (&x + -&y, -&x + &y, &x - -&y, -&x - &y),
        (vector(), vector()),
        expect![[r#"
            c:f64[3] = sub a b
            d:f64[3] = neg a
            e:f64[3] = sub b a
            f:f64[3] = add a b
            g:f64[3] = sub d b
            in (c, e, f, g)"#]],
    );
    check(
        |x: Tensor, y: Tensor| {
            ((-&x) * -&y, &x - (-&x) * &y, (-&x) / -&y, &x + (-&x) / &y, 2.0 / -&y)
        },
        (vector(), vector()),
        expect![[r#"
            c:f64[3] = mul a b
            d:f64[3] = add a c
            e:f64[3] = div a b
            f:f64[3] = sub a e
            g:f64[3] = div -2.0:f64[] b
            in (c, d, e, f, g)"#]],
    );
}

#[test]
fn equal_operands() {
    check(|x: Tensor| (x.maximum(&x), x.minimum(&x)), vector(), expect!["in (a, a)"]);
    check(
        |x: Tensor| x.gt(0.0) & x.gt(0.0) | x.gt(0.0),
        vector(),
        expect![[r#"
        b:bool[3] = gt a 0.0:f64[]
        in (b,)"#]],
    );
}

#[test]
fn functions_of_views() {
    // What is there already is cut, and not computed again.
    check(
        |x: Tensor, y: Tensor| {
            let cut = |x: &Tensor| x.index((1..2, ..)).reshape([3]);
            (&x * &y, cut(&y) * cut(&x))
        },
        (matrix(), matrix()),
        expect![[r#"
            c:f64[2,3] = mul a b
            d:f64[1,3] = slice[limit_indices=(2, 3) start_indices=(1, 0)] c
            e:f64[3] = reshape[new_sizes=(3,)] d
            in (c, e)"#]],
    );
    // A window of a part that is not there is computed alone.
    check(
        |x: Tensor, y: Tensor| (&x * &y, y.index(1..) * x.index(..1)),
        (matrix(), matrix()),
        expect![[r#"
            c:f64[2,3] = mul a b
            d:f64[1,3] = slice[limit_indices=(2, 3) start_indices=(1, 0)] b
            e:f64[1,3] = slice[limit_indices=(1, 3) start_indices=(0, 0)] a
            f:f64[1,3] = mul d e
            in (c, f)"#]],
    );
}

#[test]
fn choices() {
    check(
        |x: Tensor| Tensor::scalar(true).where_(&x, &x * 2.0) + x.gt(0.0).where_(&x, &x),
        vector(),
        expect![[r#"
            b:f64[3] = add a a
            in (b,)"#]],
    );
    check(
        |x: Tensor| Tensor::scalar(false).where_(&x, 2.0),
        vector(),
        expect![[r#"
        b:f64[3] = broadcast_in_dim[broadcast_dimensions=() shape=(3,)] 2.0:f64[]
        in (b,)"#]],
    );
    check(
        |x: Tensor| x.gt(0.0).where_(2.0, 2.0),
        vector(),
        expect![[r#"
        b:f64[3] = broadcast_in_dim[broadcast_dimensions=() shape=(3,)] 2.0:f64[]
        in (b,)"#]],
    );
    check(
        |x: Tensor| {
            let p = x.gt(0.0);
            let inner = p.where_(&x * 2.0, &x * 3.0);
            ((!&p).where_(&x, 1.0), p.where_(&inner, 0.0), p.where_(1.0, inner))
        },
        vector(),
        expect![[r#"
            b:bool[3] = gt a 0.0:f64[]
            c:f64[3] = mul a 2.0:f64[]
            d:f64[3] = mul a 3.0:f64[]
            e:f64[3] = select b a 1.0:f64[]
            f:f64[3] = select b 0.0:f64[] c
            g:f64[3] = select b d 1.0:f64[]
            in (e, f, g)"#]],
    );
    check(
        |x: Tensor| !!x.gt(0.0),
        vector(),
        expect![[r#"
        b:bool[3] = gt a 0.0:f64[]
        in (b,)"#]],
    );
}

#[test]
fn conversions() {
    check(
        |x: Tensor| (x.as_type::<f64>(), x.gt(0.0).as_type::<i32>().as_type::<f32>()),
        vector(),
        expect![[r#"
            b:bool[3] = gt a 0.0:f64[]
            c:f32[3] = convert_element_type[new_dtype=f32] b
            in (a, c)"#]],
    );
    // Through a narrower type digits are lost.
    check(
        |x: Tensor| x.as_type::<f32>().as_type::<f64>(),
        vector(),
        expect![[r#"
        b:f32[3] = convert_element_type[new_dtype=f32] a
        c:f64[3] = convert_element_type[new_dtype=f64] b
        in (c,)"#]],
    );
    check(|x: Tensor| x.stop_gradient(), vector(), expect!["in (a,)"]);
}

#[test]
fn broadcasts() {
    check(
        |x: Tensor| x.expand_dims(0).broadcast_to([2, 3]).expand_dims(0).broadcast_to([4, 2, 3]),
        vector(),
        expect![[r#"
            b:f64[4,2,3] = broadcast_in_dim[broadcast_dimensions=(2,) shape=(4, 2, 3)] a
            in (b,)"#]],
    );
    check(|x: Tensor| lax::broadcast_in_dim(&x, [3], &[0]), vector(), expect!["in (a,)"]);
}

#[test]
fn reshapes() {
    check(|x: Tensor| x.reshape([3, 2]).reshape([6]).reshape([2, 3]), matrix(), expect!["in (a,)"]);
    check(|x: Tensor| x.expand_dims(1).squeeze_axis(1), matrix(), expect!["in (a,)"]);
    check(
        |x: Tensor| x.expand_dims(1).reshape([6]),
        matrix(),
        expect![[r#"
        b:f64[6] = reshape[new_sizes=(6,)] a
        in (b,)"#]],
    );
    check(
        |_: Tensor| Tensor::full([2, 3], 1.5).reshape([6]),
        matrix(),
        expect![[r#"
        b:f64[6] = broadcast_in_dim[broadcast_dimensions=() shape=(6,)] 1.5:f64[]
        in (b,)"#]],
    );
}

#[test]
fn transpositions() {
    check(|x: Tensor| x.t().t(), matrix(), expect!["in (a,)"]);
    check(
        |x: Tensor| x.expand_dims(2).permute([1, 0, 2]).permute([2, 1, 0]),
        matrix(),
        expect![[r#"
        b:f64[1,2,3] = broadcast_in_dim[broadcast_dimensions=(1, 2) shape=(1, 2, 3)] a
        in (b,)"#]],
    );
    check(
        |x: Tensor| x.expand_dims(1).permute([0, 2, 1]),
        matrix(),
        expect![[r#"
        b:f64[2,3,1] = reshape[new_sizes=(2, 3, 1)] a
        in (b,)"#]],
    );
    check(
        |x: Tensor| x.broadcast_to([5, 2, 3]).permute([2, 0, 1]),
        matrix(),
        expect![[r#"
        b:f64[3,2] = transpose[permutation=(1, 0)] a
        c:f64[3,5,2] = broadcast_in_dim[broadcast_dimensions=(0, 2) shape=(3, 5, 2)] b
        in (c,)"#]],
    );
}

#[test]
fn windows() {
    check(|x: Tensor| x.index(..), vector(), expect!["in (a,)"]);
    check(
        |x: Tensor| x.index(1..).index(1..),
        vector(),
        expect![[r#"
        b:f64[1] = slice[limit_indices=(3,) start_indices=(2,)] a
        in (b,)"#]],
    );
    check(|x: Tensor| x.flip(0).flip(0), vector(), expect!["in (a,)"]);
    check(
        |x: Tensor| x.broadcast_to([5, 2, 3]).index((1..3, .., 2)),
        matrix(),
        expect![[r#"
        b:f64[2,1] = slice[limit_indices=(2, 3) start_indices=(0, 2)] a
        c:f64[2,2,1] = broadcast_in_dim[broadcast_dimensions=(1, 2) shape=(2, 2, 1)] b
        d:f64[2,2] = reshape[new_sizes=(2, 2)] c
        in (d,)"#]],
    );
    check(
        |x: Tensor, y: Tensor| {
            let both = Tensor::concat([&x, &y], 0);
            (both.index(3..5), both.index(1..4))
        },
        (vector(), vector()),
        expect![[r#"
            c:f64[6] = concatenate[dimension=0] a b
            d:f64[2] = slice[limit_indices=(2,) start_indices=(0,)] b
            e:f64[3] = slice[limit_indices=(4,) start_indices=(1,)] c
            in (d, e)"#]],
    );
    check(
        |x: Tensor| {
            let (front, back) = (x.index(..2), x.index(2..));
            (Tensor::concat([&front, &back], 0), Tensor::concat([&back, &front], 0))
        },
        vector(),
        expect![[r#"
            b:f64[2] = slice[limit_indices=(2,) start_indices=(0,)] a
            c:f64[1] = slice[limit_indices=(3,) start_indices=(2,)] a
            d:f64[3] = concatenate[dimension=0] c b
            in (a, d)"#]],
    );
}

#[test]
fn padding_that_crops_and_indices_of_one() {
    let zero = || Tensor::scalar(0.0);
    check(
        |x: Tensor| lax::pad(&x, &zero(), &[(-1, 0, 0)]),
        vector(),
        expect![[r#"
        b:f64[2] = slice[limit_indices=(3,) start_indices=(1,)] a
        in (b,)"#]],
    );
    check(
        |x: Tensor| lax::pad(&x, &zero(), &[(-1, 2, 0)]),
        vector(),
        expect![[r#"
        b:f64[2] = slice[limit_indices=(3,) start_indices=(1,)] a
        c:f64[4] = pad[padding_config=((0, 2, 0),)] b 0.0:f64[]
        in (c,)"#]],
    );
    check(
        |_: Tensor| lax::iota(cotangent::DType::I32, [3, 1], 1),
        vector(),
        expect![[r#"
        b:i32[3,1] = broadcast_in_dim[broadcast_dimensions=() shape=(3, 1)] 0:i32[]
        in (b,)"#]],
    );
    check(|_: Tensor| Tensor::eye::<f64>(1).reshape(()), vector(), expect!["in (1.0:f64[],)"]);
}

#[test]
fn reductions() {
    check(
        |x: Tensor| x.sum_axis(0).sum(),
        matrix(),
        expect![[r#"
        b:f64[] = reduce_sum[axes=(0, 1)] a
        in (b,)"#]],
    );
    check(
        |x: Tensor| x.max_axis(0).min(),
        matrix(),
        expect![[r#"
        b:f64[3] = reduce_max[axes=(0,)] a
        c:f64[] = reduce_min[axes=(0,)] b
        in (c,)"#]],
    );
    check(
        |x: Tensor| x.expand_dims(1).sum_axis([1, 2]),
        matrix(),
        expect![[r#"
        b:f64[2] = reduce_sum[axes=(1,)] a
        in (b,)"#]],
    );
    check(|x: Tensor| lax::reduce_sum(&x.expand_dims(0), &[0]), vector(), expect!["in (a,)"]);
}

#[test]
fn a_small_array_that_many_loops_repeat_is_stored() {
    let stored = |loops: usize| {
        let f = move |x: Tensor, y: Tensor| {
            let small = x.sin();
            let row = |k: usize| (y.index(k) - small.expand_dims(1)).cumsum(0);
            (0..loops).map(row).collect::<Vec<Tensor>>()
        };
        let y = Array::from_vec([loops, 2, 3], vec![0.5; 6 * loops]).unwrap();
        program(f, (vec![1.0, 2.0], y)).matches("optimization_barrier").count()
    };
    assert_eq!([stored(7), stored(8), stored(20)], [0, 1, 1]);
}
