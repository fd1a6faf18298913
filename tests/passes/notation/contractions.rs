//! Contractions: products of matrices and of deltas, their order, and the memo of them.

use super::{arrays, left_alone, rule};
use cotangent::Tensor;
use expect_test::expect;

#[test]
fn a_product_with_an_identity_is_none() {
    rule(
        |n| arrays([&[n, 2]]),
        |[x]| Tensor::eye::<f64>(x.shape()[0]).matmul(x),
        expect!["in (a,)"],
    );
}

#[test]
fn a_product_with_a_diagonal_matrix_scales() {
    rule(
        |n| arrays([&[n, n], &[n]]),
        |[w, v]| w.matmul(v.diag()),
        expect![[r#"
        c:f64[3,3] = broadcast_in_dim[broadcast_dimensions=(1,) shape=(3, 3)] b
        d:f64[3,3] = mul a c
        in (d,)"#]],
    );
    rule(
        |n| arrays([&[n], &[n]]),
        |[x, y]| x.diag().matmul(y.diag()),
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
fn a_contraction_over_a_shifted_delta_is_a_window() {
    rule(
        |n| arrays([&[n + 1, 2]]),
        |[x]| Tensor::eye_with::<f64>(x.shape()[0] - 1, x.shape()[0], 1).matmul(x),
        expect![[r#"
            b:f64[3,2] = slice[limit_indices=(4, 2) start_indices=(1, 0)] a
            in (b,)"#]],
    );
}

#[test]
fn a_batch_axis_over_a_delta_takes_the_diagonal() {
    // Σ_k δ_bi w_bk: the batch index is that of the first axis.
    rule(
        |n| arrays([&[n], &[n, 2]]),
        |[x, w]| Tensor::einsum("bi,bk->bik", [x.diag(), w]).sum_axis(0),
        expect![[r#"
            c:f64[3,2] = broadcast_in_dim[broadcast_dimensions=(0,) shape=(3, 2)] a
            d:f64[3,2] = mul b c
            in (d,)"#]],
    );
}

#[test]
fn a_contraction_of_a_label_with_itself_is_a_trace() {
    rule(
        |n| arrays([&[n], &[n]]),
        |[x, y]| x.diag().matmul(y.diag()).trace(),
        expect![[r#"
        c:f64[3] = mul a b
        d:f64[] = reduce_sum[axes=(0,)] c
        in (d,)"#]],
    );
}

#[test]
fn contractions_are_taken_in_the_cheapest_order() {
    // (A B) x is A (B x).
    rule(
        |n| arrays([&[50, n], &[n, 60], &[60]]),
        |[a, b, x]| {
            let product = (a.expand_dims(2) * b.expand_dims(0)).sum_axis(1);
            (product * x).sum_axis(1)
        },
        expect![[r#"
            d:f64[3] = dot_general[dimension_numbers=(([1], [0]), ([], []))] b c
            e:f64[50] = dot_general[dimension_numbers=(([1], [0]), ([], []))] a d
            in (e,)"#]],
    );
    // Matrix products are left as they were written.
    left_alone(|n| arrays([&[5, n], &[n, 6], &[6]]), |[a, b, x]| a.matmul(b).matmul(x));
}

#[test]
fn a_number_goes_into_the_smallest_factor() {
    rule(
        |n| arrays([&[n, n], &[n]]),
        |[w, x]| (w.expand_dims(0) * 2.0).matmul(x).squeeze_axis(0),
        expect![[r#"
            c:f64[3] = mul b 2.0:f64[]
            d:f64[3] = dot_general[dimension_numbers=(([1], [0]), ([], []))] a c
            in (d,)"#]],
    );
}

#[test]
fn products_are_known_up_to_order() {
    rule(
        |n| arrays([&[n, n], &[n, n]]),
        |[x, y]| x.t().matmul(&y) - y.t().matmul(&x).t().exp(),
        expect![[r#"
            c:f64[3,3] = dot_general[dimension_numbers=(([0], [0]), ([], []))] a b
            d:f64[3,3] = exp c
            e:f64[3,3] = sub c d
            in (e,)"#]],
    );
}

#[test]
fn sums_are_known_up_to_order() {
    rule(
        |n| arrays([&[n, n], &[n, n]]),
        |[x, y]| (x.t() + &y).exp() * (y.t() + &x).sin(),
        expect![[r#"
            c:f64[3,3] = transpose[permutation=(1, 0)] a
            d:f64[3,3] = add b c
            e:f64[3,3] = exp d
            f:f64[3,3] = transpose[permutation=(1, 0)] d
            g:f64[3,3] = sin f
            h:f64[3,3] = mul e g
            in (h,)"#]],
    );
}

#[test]
fn a_contraction_that_several_need_is_done_once() {
    // s_j = Σ_i x_i y_ij.
    rule(
        |n| arrays([&[n], &[n, n]]),
        |[x, y]| {
            let s = (x.expand_dims(1) * y).sum_axis(0);
            &s * s.broadcast_to([4, x.size()]).sum_axis(0)
        },
        expect![[r#"
            c:f64[3] = dot_general[dimension_numbers=(([0], [0]), ([], []))] b a
            d:f64[3] = mul c c
            e:f64[3] = mul d 4.0:f64[]
            in (e,)"#]],
    );
}

#[test]
fn a_contraction_on_a_diagonal_that_several_need_is_done_once() {
    // d_jk = δ_jk Σ_i x_i y_ij.
    rule(
        |n| arrays([&[n], &[n, n], &[n, n]]),
        |[x, y, z]| {
            let d = (x.expand_dims(1) * y).sum_axis(0).diag();
            d.dot(&z) * z.dot(d)
        },
        expect![[r#"
            d:f64[3,3] = mul c c
            e:f64[3] = dot_general[dimension_numbers=(([0], [0]), ([], []))] b a
            f:f64[3,3] = broadcast_in_dim[broadcast_dimensions=(0,) shape=(3, 3)] e
            g:f64[3,3] = mul d f
            h:f64[3,3] = broadcast_in_dim[broadcast_dimensions=(1,) shape=(3, 3)] e
            i:f64[3,3] = mul g h
            in (i,)"#]],
    );
}
