//! Element-wise functions.

use super::{arrays, left_alone, rule};
use cotangent::{DType, Tensor, jit, lax};
use expect_test::expect;

#[test]
fn signs_and_numbers_go_before_the_term() {
    rule(
        |n| arrays([&[n]]),
        |[x]| (-x.diag()).sum_axis(0),
        expect![[r#"
        b:f64[3] = neg a
        in (b,)"#]],
    );
    rule(
        |n| arrays([&[n]]),
        |[x]| (x.diag() * 3.0 / 2.0).sum_axis(0),
        expect![[r#"
        b:f64[3] = mul a 1.5:f64[]
        in (b,)"#]],
    );
    // 0·x is NaN where x is none or infinite.
    left_alone(|n| arrays([&[n]]), |[x]| (x.diag() * 0.0).sum_axis(0));
}

#[test]
fn a_quotient_by_an_array_is_a_product_with_its_reciprocal() {
    rule(
        |n| arrays([&[n], &[n]]),
        |[x, y]| x.diag() / y.expand_dims(1),
        expect![[r#"
        c:i32[3,3] = iota[dimension=0 dtype=i32 shape=(3, 3)]
        d:i32[3,3] = iota[dimension=1 dtype=i32 shape=(3, 3)]
        e:bool[3,3] = eq c d
        f:f64[3] = div 1.0:f64[] b
        g:f64[3] = mul a f
        h:f64[3,3] = broadcast_in_dim[broadcast_dimensions=(0,) shape=(3, 3)] g
        i:f64[3,3] = select e 0.0:f64[] h
        in (i,)"#]],
    );
    // One of two arrays stays a quotient.
    rule(
        |n| arrays([&[n], &[n]]),
        |[x, y]| (x.broadcast_to([2, x.size()]) / y).sum_axis(0),
        expect![[r#"
            c:f64[3] = div a b
            d:f64[3] = mul c 2.0:f64[]
            in (d,)"#]],
    );
}

#[test]
fn a_choice_by_a_delta_takes_the_diagonal() {
    rule(
        |n| arrays([&[n, n]]),
        |[x]| Tensor::eye::<bool>(x.shape()[0]).where_(&x, 0.0).sum_axis(1),
        expect![[r#"
            b:f64[9] = reshape[new_sizes=(9,)] a
            c:f64[3] = slice[limit_indices=(9,) start_indices=(0,) strides=(4,)] b
            in (c,)"#]],
    );
    // The other way round it takes what is off the diagonal.
    left_alone(
        |n| arrays([&[n]]),
        |[x]| Tensor::eye::<bool>(x.size()).where_(0.0, x.expand_dims(1)),
    );
}

#[test]
fn a_choice_between_a_term_and_zero_acts_on_its_factor() {
    rule(
        |n| arrays([&[n], &[n]]),
        |[p, x]| p.gt(0.0).expand_dims(1).where_(x.diag(), 0.0),
        expect![[r#"
            c:bool[3] = gt a 0.0:f64[]
            d:i32[3,3] = iota[dimension=0 dtype=i32 shape=(3, 3)]
            e:i32[3,3] = iota[dimension=1 dtype=i32 shape=(3, 3)]
            f:bool[3,3] = eq d e
            g:f64[3] = select c 0.0:f64[] b
            h:f64[3,3] = broadcast_in_dim[broadcast_dimensions=(0,) shape=(3, 3)] g
            i:f64[3,3] = select f 0.0:f64[] h
            in (i,)"#]],
    );
    // Between two terms it acts on both.
    rule(
        |n| arrays([&[n], &[n], &[n]]),
        |[p, x, y]| p.gt(0.0).expand_dims(1).where_(x.diag(), y.diag()),
        expect![[r#"
            d:bool[3] = gt a 0.0:f64[]
            e:i32[3,3] = iota[dimension=0 dtype=i32 shape=(3, 3)]
            f:i32[3,3] = iota[dimension=1 dtype=i32 shape=(3, 3)]
            g:bool[3,3] = eq e f
            h:f64[3] = select d c 0.0:f64[]
            i:f64[3] = select d 0.0:f64[] b
            j:f64[3] = add h i
            k:f64[3,3] = broadcast_in_dim[broadcast_dimensions=(0,) shape=(3, 3)] j
            l:f64[3,3] = select g 0.0:f64[] k
            in (l,)"#]],
    );
    // What is not chosen stays out.
    let f = jit(|p: Tensor, x: Tensor| p.gt(0.0).expand_dims(1).where_(x.log().diag(), 0.0));
    let y = f.call((vec![1.0, -1.0], vec![1.0, -1.0])).unwrap();
    assert_eq!(y.to_vec::<f64>().unwrap(), [0.0; 4]);
}

#[test]
fn a_choice_leaves_finite_factors_with_other_labels_alone() {
    let three = |n: usize| arrays([&[99 * n, n], &[99 * n, n], &[n, n]]);
    // Σ_s (p_si ? h_sj g_ij : 0): the predicate is a factor of its own, as a number.
    rule(
        three,
        |[p, h, g]| {
            let product = h.sin().expand_dims(1) * g.tanh();
            p.gt(0.0).expand_dims(2).where_(product, 0.0).sum_axis(0)
        },
        expect![[r#"
            d:f64[297,3] = sin b
            e:f64[3,3] = tanh c
            f:bool[297,3] = gt a 0.0:f64[]
            g:f64[297,3] = select f 0.0:f64[] 1.0:f64[]
            h:f64[3,3] = dot_general[dimension_numbers=(([0], [0]), ([], []))] g d
            i:f64[3,3] = mul e h
            in (i,)"#]],
    );
    // Σ_s (p_si ? m_si h_sj : 0): it acts on the factor that has all of its labels. A logarithm of
    // what is positive is finite.
    rule(
        |n| arrays([&[99 * n, n], &[99 * n, n], &[99 * n, n]]),
        |[p, m, h]| {
            let product = m.tanh().expand_dims(2) * (h.exp() + 1.0).log().expand_dims(1);
            p.gt(0.0).expand_dims(2).where_(product, 0.0).sum_axis(0)
        },
        expect![[r#"
            d:f64[297,3] = tanh b
            e:f64[297,3] = exp c
            f:f64[297,3] = add e 1.0:f64[]
            g:f64[297,3] = log f
            h:bool[297,3] = gt a 0.0:f64[]
            i:f64[297,3] = select h 0.0:f64[] d
            j:f64[3,3] = dot_general[dimension_numbers=(([0], [0]), ([], []))] i g
            in (j,)"#]],
    );
    // So is the largest of what is finite.
    rule(
        |n| arrays([&[99 * n, n], &[99 * n, n], &[99 * n, n]]),
        |[p, m, h]| {
            let h = h.exp();
            let h = &h - h.max_keep(1);
            let product = m.tanh().expand_dims(2) * h.expand_dims(1);
            p.gt(0.0).expand_dims(2).where_(product, 0.0).sum_axis(0)
        },
        expect![[r#"
            d:f64[297,3] = exp c
            e:f64[297] = reduce_max[axes=(1,)] d
            f:f64[297,3] = tanh b
            g:f64[297] = neg e
            h:f64[297,3] = broadcast_in_dim[broadcast_dimensions=(0,) shape=(297, 3)] g
            i:f64[297,3] = add d h
            j:bool[297,3] = gt a 0.0:f64[]
            k:f64[297,3] = select j 0.0:f64[] f
            l:f64[3,3] = dot_general[dimension_numbers=(([0], [0]), ([], []))] k i
            in (l,)"#]],
    );
}

#[test]
fn a_choice_keeps_out_what_is_not_chosen_and_may_be_infinite() {
    // The factor beside the predicate's is NaN or infinite where nothing is chosen.
    let check = |factor: fn(Tensor) -> Tensor, h: [[f64; 2]; 2], expected: [f64; 4]| {
        let f = jit(move |p: Tensor, h: Tensor| {
            let product = p.tanh().expand_dims(2) * factor(h).expand_dims(1);
            p.gt(0.0).expand_dims(2).where_(product, 0.0).sum_axis(0)
        });
        let y = f.call(([[1.0, -1.0], [-1.0, -1.0]], h)).unwrap();
        assert_eq!(y.to_vec::<f64>().unwrap(), expected);
    };
    let tanh = 1f64.tanh();
    check(|h| h.log(), [[1.0, 2.0], [-1.0, -2.0]], [0.0, tanh * 2f64.ln(), 0.0, 0.0]);
    // A positive number may become 0 as a whole one.
    let log_whole = |h: Tensor| (h.exp() + 0.1).convert(DType::I32).convert(DType::F64).log();
    check(log_whole, [[0.0, 0.8], [-5.0, -5.0]], [0.0, tanh * 2f64.ln(), 0.0, 0.0]);
    // The sum of nothing is 0, and its maximum −∞.
    let infinite = [f64::NEG_INFINITY, f64::NEG_INFINITY, 0.0, 0.0];
    check(|h| h.exp().slice_axis(0, 0..0).sum_keep(0).log() + h.sin(), [[1.0; 2]; 2], infinite);
    check(|h| h.exp().slice_axis(0, 0..0).max_keep(0) + h.sin(), [[1.0; 2]; 2], infinite);
}

#[test]
fn functions_of_broadcasts_are_broadcasts_of_functions() {
    rule(
        |n| arrays([&[n]]),
        |[x]| x.broadcast_to([2, x.size()]).sin(),
        expect![[r#"
        b:f64[3] = sin a
        c:f64[2,3] = broadcast_in_dim[broadcast_dimensions=(1,) shape=(2, 3)] b
        in (c,)"#]],
    );
    rule(
        |n| arrays([&[n]]),
        |[x]| x.broadcast_to([2, x.size()]).powi(3),
        expect![[r#"
        b:f64[3] = integer_pow[y=3] a
        c:f64[2,3] = broadcast_in_dim[broadcast_dimensions=(1,) shape=(2, 3)] b
        in (c,)"#]],
    );
    rule(
        |n| arrays([&[n], &[n]]),
        |[x, y]| x.broadcast_to([2, x.size()]).maximum(y.broadcast_to([2, y.size()])),
        expect![[r#"
            c:f64[3] = max a b
            d:f64[2,3] = broadcast_in_dim[broadcast_dimensions=(1,) shape=(2, 3)] c
            in (d,)"#]],
    );
    rule(
        |n| arrays([&[n]]),
        |[x]| {
            lax::clamp(&Tensor::scalar(-0.5), &x.broadcast_to([2, x.size()]), &Tensor::scalar(0.5))
        },
        expect![[r#"
            b:f64[3] = clamp -0.5:f64[] a 0.5:f64[]
            c:f64[2,3] = broadcast_in_dim[broadcast_dimensions=(1,) shape=(2, 3)] b
            in (c,)"#]],
    );
    rule(
        |n| arrays([&[n], &[n]]),
        |[x, y]| {
            let [x, y] = [x, y].map(|x| x.broadcast_to([2, x.size()]));
            x.gt(0.0).where_(&x, &y)
        },
        expect![[r#"
            c:bool[3] = gt a 0.0:f64[]
            d:f64[3] = select c b a
            e:f64[2,3] = broadcast_in_dim[broadcast_dimensions=(1,) shape=(2, 3)] d
            in (e,)"#]],
    );
    // exp 0 is not 0: off the diagonal, too, a function must be taken.
    left_alone(|n| arrays([&[n]]), |[x]| x.diag().exp() + x.diag());
}

#[test]
fn integers_are_left_alone() {
    left_alone(
        |n| arrays([&[n]]),
        |[x]| {
            let eye = Tensor::eye::<i32>(x.size());
            ((x * 4.0).as_type::<i32>() * eye).sum_axis(0).as_type::<f64>()
        },
    );
}
