//! Products, sums, and what only moves labels.

use super::{arrays, left_alone, rule};
use cotangent::Tensor;
use expect_test::expect;

#[test]
fn a_product_unifies_labels() {
    // x_i y_i, over ij.
    rule(
        |n| arrays([&[n], &[n]]),
        |[x, y]| {
            let over = |x: Tensor| x.expand_dims(1).broadcast_to([y.size(), 2]);
            over(x) * over(y.clone())
        },
        expect![[r#"
            c:f64[3] = mul a b
            d:f64[3,2] = broadcast_in_dim[broadcast_dimensions=(0,) shape=(3, 2)] c
            in (d,)"#]],
    );
}

#[test]
fn a_product_of_deltas_is_one() {
    rule(
        |n| arrays([&[n], &[n]]),
        |[x, y]| x.diag() * y.diag(),
        expect![[r#"
        c:i32[3,3] = iota[dimension=0 dtype=i32 shape=(3, 3)]
        d:i32[3,3] = iota[dimension=1 dtype=i32 shape=(3, 3)]
        e:bool[3,3] = eq c d
        f:f64[3] = mul a b
        g:f64[3,3] = broadcast_in_dim[broadcast_dimensions=(0,) shape=(3, 3)] f
        h:f64[3,3] = select e 0.0:f64[] g
        in (h,)"#]],
    );
}

#[test]
fn a_product_with_a_delta_takes_the_diagonal() {
    rule(
        |n| arrays([&[n], &[n, n]]),
        |[x, y]| (x.diag() * y).sum_axis(1),
        expect![[r#"
            c:f64[9] = reshape[new_sizes=(9,)] b
            d:f64[3] = slice[limit_indices=(9,) start_indices=(0,) strides=(4,)] c
            e:f64[3] = mul a d
            in (e,)"#]],
    );
}

#[test]
fn a_product_splits_the_coarser_label() {
    // x_i z_k with k = 2i + j.
    rule(
        |n| arrays([&[n], &[2 * n]]),
        |[x, z]| (x.repeat(2, 0) * &z).reshape([x.size(), 2]).sum_axis(1),
        expect![[r#"
            c:f64[3,2] = reshape[new_sizes=(3, 2)] b
            d:f64[3] = reduce_sum[axes=(1,)] c
            e:f64[3] = mul a d
            in (e,)"#]],
    );
    // Parts of two and of three have no common one.
    left_alone(|n| arrays([&[2 * n], &[3 * n]]), |[x, y]| (x.repeat(3, 0) * y.repeat(2, 0)).exp());
}

#[test]
fn a_product_of_deltas_at_two_offsets_is_zero() {
    rule(
        |n| arrays([&[n], &[n]]),
        |[x, y]| x.diag_offset(1) * y.diag_offset(-1),
        expect![[r#"
        c:f64[4,4] = broadcast_in_dim[broadcast_dimensions=() shape=(4, 4)] 0.0:f64[]
        in (c,)"#]],
    );
}

#[test]
fn factors_with_the_same_labels_become_one() {
    // Σ_k x_ij y_ji.
    rule(
        |n| arrays([&[n, n], &[n, n]]),
        |[x, y]| {
            let shape = [4, y.shape()[0], y.shape()[0]];
            (x.broadcast_to(shape) * y.t().broadcast_to(shape)).sum_axis(0)
        },
        expect![[r#"
            c:f64[3,3] = transpose[permutation=(1, 0)] b
            d:f64[3,3] = mul a c
            e:f64[3,3] = mul d 4.0:f64[]
            in (e,)"#]],
    );
}

#[test]
fn a_sum_collects_terms_of_one_pattern() {
    rule(
        |n| arrays([&[n], &[n]]),
        |[x, y]| x.diag() + y.diag(),
        expect![[r#"
        c:i32[3,3] = iota[dimension=0 dtype=i32 shape=(3, 3)]
        d:i32[3,3] = iota[dimension=1 dtype=i32 shape=(3, 3)]
        e:bool[3,3] = eq c d
        f:f64[3] = add a b
        g:f64[3,3] = broadcast_in_dim[broadcast_dimensions=(0,) shape=(3, 3)] f
        h:f64[3,3] = select e 0.0:f64[] g
        in (h,)"#]],
    );
    rule(
        |n| arrays([&[n], &[n]]),
        |[x, y]| x.diag() - y.diag(),
        expect![[r#"
        c:i32[3,3] = iota[dimension=0 dtype=i32 shape=(3, 3)]
        d:i32[3,3] = iota[dimension=1 dtype=i32 shape=(3, 3)]
        e:bool[3,3] = eq c d
        f:f64[3] = sub a b
        g:f64[3,3] = broadcast_in_dim[broadcast_dimensions=(0,) shape=(3, 3)] f
        h:f64[3,3] = select e 0.0:f64[] g
        in (h,)"#]],
    );
}

#[test]
fn equal_terms_add_their_numbers() {
    rule(
        |n| arrays([&[n]]),
        |[x]| x.diag() * 2.0 + x.diag() * 3.0,
        expect![[r#"
        b:i32[3,3] = iota[dimension=0 dtype=i32 shape=(3, 3)]
        c:i32[3,3] = iota[dimension=1 dtype=i32 shape=(3, 3)]
        d:bool[3,3] = eq b c
        e:f64[3] = mul a 5.0:f64[]
        f:f64[3,3] = broadcast_in_dim[broadcast_dimensions=(0,) shape=(3, 3)] e
        g:f64[3,3] = select d 0.0:f64[] f
        in (g,)"#]],
    );
    // 2x − 2x may be ∞ − ∞.
    rule(
        |n| arrays([&[n]]),
        |[x]| x.diag() * 2.0 - x.diag() * 2.0,
        expect![[r#"
        b:i32[3,3] = iota[dimension=0 dtype=i32 shape=(3, 3)]
        c:i32[3,3] = iota[dimension=1 dtype=i32 shape=(3, 3)]
        d:bool[3,3] = eq b c
        e:f64[3] = mul a 2.0:f64[]
        f:f64[3] = mul a -2.0:f64[]
        g:f64[3] = add e f
        h:f64[3,3] = broadcast_in_dim[broadcast_dimensions=(0,) shape=(3, 3)] g
        i:f64[3,3] = select d 0.0:f64[] h
        in (i,)"#]],
    );
}

#[test]
fn terms_with_a_common_factor_merge() {
    rule(
        |n| arrays([&[n], &[n], &[n, n]]),
        |[x, y, w]| x.expand_dims(1) * &w + y.expand_dims(1) * &w,
        expect![[r#"
            d:f64[3] = add a b
            e:f64[3,3] = broadcast_in_dim[broadcast_dimensions=(0,) shape=(3, 3)] d
            f:f64[3,3] = mul c e
            in (f,)"#]],
    );
    // Over two different axes the sum is as large as the whole.
    left_alone(
        |n| arrays([&[n], &[n], &[n, n]]),
        |[x, y, w]| x.expand_dims(1) * &w + y.expand_dims(0) * &w,
    );
}

#[test]
fn a_sum_over_a_label_stays_open() {
    // Σ_i x_i y_i z_ij: the short factors first.
    rule(
        |n| arrays([&[n], &[n], &[n, 1000]]),
        |[x, y, z]| (x.expand_dims(1) * (y.expand_dims(1) * z)).sum_axis(0),
        expect![[r#"
            d:f64[3] = mul a b
            e:f64[1000] = dot_general[dimension_numbers=(([0], [0]), ([], []))] c d
            in (e,)"#]],
    );
}

#[test]
fn a_sum_over_a_delta_is_no_work() {
    rule(|n| arrays([&[n]]), |[x]| x.diag().sum_axis(0), expect!["in (a,)"]);
    rule(
        |n| arrays([&[n]]),
        |[x]| x.diag_offset(1).sum_axis(1),
        expect![[r#"
        b:f64[4] = pad[padding_config=((0, 1, 0),)] a 0.0:f64[]
        in (b,)"#]],
    );
}

#[test]
fn a_sum_over_a_broadcast_is_a_product_with_the_size() {
    rule(
        |n| arrays([&[n]]),
        |[x]| x.broadcast_to([4, x.size()]).sum_axis(0),
        expect![[r#"
        b:f64[3] = mul a 4.0:f64[]
        in (b,)"#]],
    );
    // δ_ij summed over both axes is a sum over one of them.
    rule(
        |n| arrays([&[n]]),
        |[x]| x.sum() * Tensor::eye::<f64>(x.size()).sum(),
        expect![[r#"
        b:f64[] = reduce_sum[axes=(0,)] a
        c:f64[] = mul b 3.0:f64[]
        in (c,)"#]],
    );
}

#[test]
fn transposing_moves_labels() {
    rule(
        |n| arrays([&[n], &[n, n]]),
        |[x, y]| x.diag().t() + y,
        expect![[r#"
        c:i32[3,3] = iota[dimension=0 dtype=i32 shape=(3, 3)]
        d:i32[3,3] = iota[dimension=1 dtype=i32 shape=(3, 3)]
        e:bool[3,3] = eq c d
        f:f64[3,3] = broadcast_in_dim[broadcast_dimensions=(0,) shape=(3, 3)] a
        g:f64[3,3] = select e 0.0:f64[] f
        h:f64[3,3] = add b g
        in (h,)"#]],
    );
    rule(
        |n| arrays([&[n]]),
        |[x]| x.diag_offset(1).t(),
        expect![[r#"
        b:f64[4] = pad[padding_config=((1, 0, 0),)] a 0.0:f64[]
        c:i32[4,4] = iota[dimension=0 dtype=i32 shape=(4, 4)]
        d:i32[4,4] = iota[dimension=1 dtype=i32 shape=(4, 4)]
        e:i32[4,4] = sub d c
        f:bool[4,4] = eq e -1:i32[]
        g:f64[4,4] = broadcast_in_dim[broadcast_dimensions=(0,) shape=(4, 4)] b
        h:f64[4,4] = select f 0.0:f64[] g
        in (h,)"#]],
    );
}

#[test]
fn broadcasting_adds_labels() {
    rule(
        |n| arrays([&[n]]),
        |[x]| x.diag().broadcast_to([2, x.size(), x.size()]).sum_axis(2),
        expect![[r#"
            b:f64[2,3] = broadcast_in_dim[broadcast_dimensions=(1,) shape=(2, 3)] a
            in (b,)"#]],
    );
}

#[test]
fn a_reshape_joins_labels_and_splits_them() {
    // Two axes as one: Σ_k x_ij with k = ni + j.
    rule(
        |n| arrays([&[n]]),
        |[x]| x.broadcast_to([2, x.size()]).reshape([2 * x.size()]).sum(),
        expect![[r#"
            b:f64[] = reduce_sum[axes=(0,)] a
            c:f64[] = mul b 2.0:f64[]
            in (c,)"#]],
    );
    // One axis as two: k = ni + j of x_k, over lk.
    rule(
        |n| arrays([&[2 * n]]),
        |[x]| x.broadcast_to([3, x.size()]).reshape([3, 2, x.size() / 2]).sum_axis(0),
        expect![[r#"
            b:f64[2,3] = reshape[new_sizes=(2, 3)] a
            c:f64[2,3] = mul b 3.0:f64[]
            in (c,)"#]],
    );
    // Joined, and split elsewhere.
    left_alone(
        |n| arrays([&[2, n]]),
        |[x]| x.expand_dims(0).broadcast_to([3, 2, x.size() / 2]).reshape([2, 3 * (x.size() / 2)]),
    );
}

#[test]
fn squeezing_drops_axes_without_labels() {
    rule(
        |n| arrays([&[n]]),
        |[x]| x.diag().expand_dims(0).sum_axis(1).squeeze_axis(0),
        expect!["in (a,)"],
    );
}

#[test]
fn products_larger_than_their_sum_become_that_sum() {
    // Σ_j (x_i y_j + y_i x_j) z_jk, where the sum has 9 elements and its factors 12.
    rule(
        |n| arrays([&[n], &[n], &[n, n]]),
        |[x, y, z]| (x.expand_dims(1) * &y + y.expand_dims(1) * &x).dot(z),
        expect![[r#"
            d:f64[3,3] = broadcast_in_dim[broadcast_dimensions=(0,) shape=(3, 3)] a
            e:f64[3,3] = broadcast_in_dim[broadcast_dimensions=(1,) shape=(3, 3)] b
            f:f64[3,3] = mul d e
            g:f64[3,3] = transpose[permutation=(1, 0)] f
            h:f64[3,3] = add f g
            i:f64[3,3] = dot_general[dimension_numbers=(([1], [0]), ([], []))] h c
            in (i,)"#]],
    );
}

#[test]
fn sums_that_are_multiplied_keep_what_repeats_them() {
    // Σ_ijk (x_i + y_j) (x_j + y_i) over a third axis of size 4.
    rule(
        |n| arrays([&[n], &[n]]),
        |[x, y]| {
            let n = x.size();
            let (a, b) = (x.expand_dims(1) + &y, x + y.expand_dims(1));
            (a.broadcast_to([4, n, n]) * b.broadcast_to([4, n, n])).sum_axis(0)
        },
        expect![[r#"
            c:f64[3,3] = broadcast_in_dim[broadcast_dimensions=(0,) shape=(3, 3)] a
            d:f64[3,3] = broadcast_in_dim[broadcast_dimensions=(1,) shape=(3, 3)] b
            e:f64[3,3] = add c d
            f:f64[3,3] = transpose[permutation=(1, 0)] e
            g:f64[3,3] = mul e f
            h:f64[3,3] = mul g 4.0:f64[]
            in (h,)"#]],
    );
}
