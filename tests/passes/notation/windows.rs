//! Windows: slices, zeros around, arrays beside each other, at places known or computed.

use super::{arrays, left_alone, rule, rule_at};
use crate::passes::diagonals::rows_of_identity;
use cotangent::{Tensor, lax};
use expect_test::expect;

#[test]
fn a_slice_restricts_a_label_wherever_it_stands() {
    rule(
        |n| arrays([&[n + 1]]),
        |[x]| x.diag().slice_axis(0, 1..x.size()).sum_axis(1),
        expect![[r#"
            b:f64[3] = slice[limit_indices=(4,) start_indices=(1,)] a
            in (b,)"#]],
    );
    // What is left of the window on the other axis has zeros before it.
    rule(
        |n| arrays([&[n + 1]]),
        |[x]| x.diag().slice_axis(0, 1..x.size()).sum_axis(0),
        expect![[r#"
            b:f64[3] = slice[limit_indices=(4,) start_indices=(1,)] a
            c:f64[4] = pad[padding_config=((1, 0, 0),)] b 0.0:f64[]
            in (c,)"#]],
    );
    // A row of a delta is one element.
    rule(
        |n| arrays([&[n + 1]]),
        |[x]| x.diag().index(0),
        expect![[r#"
        b:f64[1] = slice[limit_indices=(1,) start_indices=(0,)] a
        c:f64[4] = pad[padding_config=((0, 3, 0),)] b 0.0:f64[]
        in (c,)"#]],
    );
    // Nothing is left of a window that lies elsewhere.
    rule(
        |n| arrays([&[n], &[2]]),
        |[x, y]| x.diag().pad(&[(2, 0), (0, 0)], 0.0).slice_axis(0, ..2) + y.expand_dims(1),
        expect![[r#"
            c:f64[2,3] = broadcast_in_dim[broadcast_dimensions=(0,) shape=(2, 3)] b
            in (c,)"#]],
    );
}

#[test]
fn zeros_around_are_a_window() {
    rule(
        |n| arrays([&[n]]),
        |[x]| x.diag().pad(&[(1, 0), (0, 2)], 0.0).sum_axis(1),
        expect![[r#"
        b:f64[4] = pad[padding_config=((1, 0, 0),)] a 0.0:f64[]
        in (b,)"#]],
    );
    // Ones around are none.
    left_alone(|n| arrays([&[n, n]]), |[x]| x.pad(&[(1, 0), (0, 2)], 1.0));
    left_alone(|n| arrays([&[n]]), |[x]| lax::pad(&x, &Tensor::scalar(0.0), &[(0, 0, 1)]));
}

#[test]
fn windows_meet() {
    rule(
        |n| arrays([&[n + 1], &[n + 1]]),
        |[x, y]| x.diag().pad(&[(0, 1), (0, 0)], 0.0) * y.diag().pad(&[(1, 0), (0, 0)], 0.0),
        expect![[r#"
            c:f64[5,4] = broadcast_in_dim[broadcast_dimensions=() shape=(5, 4)] 0.0:f64[]
            in (c,)"#]],
    );
    rule(
        |n| arrays([&[n], &[n], &[2 * n]]),
        |[x, y, z]| (Tensor::concat([x.diag(), y.diag()], 0) * z.expand_dims(1)).sum_axis(1),
        expect![[r#"
            d:f64[3] = slice[limit_indices=(3,) start_indices=(0,)] c
            e:f64[3] = slice[limit_indices=(6,) start_indices=(3,)] c
            f:f64[3] = mul a d
            g:f64[3] = mul b e
            h:f64[6] = pad[padding_config=((0, 3, 0),)] f 0.0:f64[]
            i:f64[6] = pad[padding_config=((3, 0, 0),)] g 0.0:f64[]
            j:f64[6] = add h i
            in (j,)"#]],
    );
}

#[test]
fn a_concatenation_is_windows_beside_each_other() {
    rule(
        |n| arrays([&[n], &[n]]),
        |[x, y]| Tensor::concat([x.diag(), y.diag()], 0).sum_axis(0),
        expect![[r#"
            c:f64[3] = add a b
            in (c,)"#]],
    );
    // Arrays without structure are put together as they are.
    left_alone(
        |n| arrays([&[n], &[n]]),
        |[x, y]| Tensor::concat([x.broadcast_to([2, x.size()]), y.expand_dims(0)], 0),
    );
}

#[test]
fn a_window_at_a_computed_place() {
    // Rows of a diagonal matrix are a diagonal matrix in a window.
    rule_at(
        |n| arrays([&[n + 1]]),
        |[s, x]| {
            let n = x.size();
            let rows = lax::dynamic_slice(&x.diag(), &[&s, &Tensor::scalar(0)], &[1, n]);
            rows.sum_axis(1)
        },
        expect![[r#"
            c:i32[] = clamp 0:i32[] a 3:i32[]
            d:f64[1] = dynamic_slice[slice_sizes=(1,)] b c
            in (d,)"#]],
    );
    rule_at(
        |n| arrays([&[n + 2]]),
        |[s, x]| {
            let n = x.size();
            lax::dynamic_slice(&x.diag(), &[&s, &Tensor::scalar(0)], &[2, n]).sum_axis(0)
        },
        expect![[r#"
            c:i32[] = clamp 0:i32[] a 3:i32[]
            d:f64[2] = dynamic_slice[slice_sizes=(2,)] b c
            e:f64[5] = broadcast_in_dim[broadcast_dimensions=() shape=(5,)] 0.0:f64[]
            f:f64[5] = dynamic_update_slice e d c
            in (f,)"#]],
    );
}

#[test]
fn a_window_put_into_zeros_at_a_computed_place() {
    rule_at(
        |n| arrays([&[n]]),
        |[s, x]| {
            let n = x.size();
            let zeros = Tensor::zeros::<f64>([n + 2, n]);
            lax::dynamic_update_slice(&zeros, &x.diag(), &[&s, &Tensor::scalar(0)]).sum_axis(1)
        },
        expect![[r#"
            c:i32[] = clamp 0:i32[] a 2:i32[]
            d:f64[5] = broadcast_in_dim[broadcast_dimensions=() shape=(5,)] 0.0:f64[]
            e:f64[5] = dynamic_update_slice d b c
            in (e,)"#]],
    );
}

#[test]
fn windows_at_two_computed_places_are_written_out() {
    // Whether they meet is not known.
    rule_at(
        |n| arrays([&[n], &[n]]),
        |[s, x, y]| {
            let n = x.size();
            let [a, b] = [&s, &(&s + 1)].map(|s| rows_of_identity(s, n, n + 2));
            x.expand_dims(1) * a * (y.expand_dims(1) * b)
        },
        expect![[r#"
            d:i32[] = add a 1:i32[]
            e:i32[] = max a 0:i32[]
            f:i32[] = min e 2:i32[]
            g:i32[] = max d 0:i32[]
            h:i32[] = min g 2:i32[]
            i:f64[3,3] = broadcast_in_dim[broadcast_dimensions=(0,) shape=(3, 3)] b
            j:i32[3,3] = iota[dimension=0 dtype=i32 shape=(3, 3)]
            k:i32[3,3] = iota[dimension=1 dtype=i32 shape=(3, 3)]
            l:bool[3,3] = eq j k
            m:f64[3,3] = select l 0.0:f64[] i
            n:f64[3,5] = broadcast_in_dim[broadcast_dimensions=() shape=(3, 5)] 0.0:f64[]
            o:f64[3,5] = dynamic_update_slice n m 0:i32[] f
            p:f64[3,3] = broadcast_in_dim[broadcast_dimensions=(0,) shape=(3, 3)] c
            q:f64[3,3] = select l 0.0:f64[] p
            r:f64[3,5] = dynamic_update_slice n q 0:i32[] h
            s:f64[3,5] = mul o r
            in (s,)"#]],
    );
}
