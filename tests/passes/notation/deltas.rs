//! Comparisons of indices as deltas.

use super::{arrays, left_alone, rule, rule_at};
use crate::passes::diagonals::rows_of_identity;
use cotangent::{DType, Tensor, jit, lax};
use expect_test::expect;

/// Indices along an axis of a matrix.
fn index(dtype: DType, shape: [usize; 2], axis: usize) -> Tensor {
    lax::iota(dtype, shape, axis)
}

#[test]
fn equal_indices_are_a_delta() {
    rule(
        |n| arrays([&[n, n]]),
        |[x]| {
            let shape = [x.shape()[0]; 2];
            let [i, j] = [0, 1].map(|axis| index(DType::I32, shape, axis));
            lax::eq(&i, &j).as_type::<f64>() * x
        },
        expect![[r#"
            b:i32[3,3] = iota[dimension=0 dtype=i32 shape=(3, 3)]
            c:i32[3,3] = iota[dimension=1 dtype=i32 shape=(3, 3)]
            d:bool[3,3] = eq b c
            e:f64[9] = reshape[new_sizes=(9,)] a
            f:f64[3] = slice[limit_indices=(9,) start_indices=(0,) strides=(4,)] e
            g:f64[3,3] = broadcast_in_dim[broadcast_dimensions=(0,) shape=(3, 3)] f
            h:f64[3,3] = select d 0.0:f64[] g
            in (h,)"#]],
    );
    // Another comparison, and an index that is not one of every row, are none.
    left_alone(
        |n| arrays([&[n, n]]),
        |[x]| {
            let shape = [x.shape()[0]; 2];
            let [i, j] = [0, 1].map(|axis| index(DType::I32, shape, axis));
            (lax::eq(&(&i * 2), &j) | lax::lt(&i, &j)).as_type::<f64>() * x
        },
    );
    // A sum of bytes wraps around.
    left_alone(
        |n| arrays([&[n, n]]),
        |[x]| {
            let shape = [x.shape()[0]; 2];
            let [i, j] = [0, 1].map(|axis| index(DType::U8, shape, axis));
            lax::eq(&(i + 255_u8), &j).as_type::<f64>() * x
        },
    );
}

#[test]
fn indices_that_differ_by_a_number_are_a_shifted_delta() {
    rule(
        |n| arrays([&[n + 1, 2]]),
        |[x]| {
            let shape = [x.shape()[0] - 1, x.shape()[0]];
            let [i, j] = [0, 1].map(|axis| index(DType::I32, shape, axis));
            lax::eq(&i, &(j - 1)).as_type::<f64>().matmul(x)
        },
        expect![[r#"
            b:f64[3,2] = slice[limit_indices=(4, 2) start_indices=(1, 0)] a
            in (b,)"#]],
    );
}

#[test]
fn an_index_that_is_a_number_is_a_unit_vector() {
    rule(
        |n| arrays([&[n + 2]]),
        |[x]| Tensor::scalar(1).one_hot::<f64>(x.size()).dot(x),
        expect![[r#"
            b:f64[1] = slice[limit_indices=(2,) start_indices=(1,)] a
            c:f64[] = reshape[new_sizes=()] b
            in (c,)"#]],
    );
}

#[test]
fn an_index_that_is_computed_is_a_window() {
    rule_at(
        |n| arrays([&[n + 2]]),
        |[s, x]| rows_of_identity(&s, 2, x.size()).matmul(x),
        expect![[r#"
            c:i32[] = max a 0:i32[]
            d:i32[] = min c 3:i32[]
            e:f64[2] = dynamic_slice[slice_sizes=(2,)] b d
            in (e,)"#]],
    );
}

#[test]
fn computed_indices_of_every_type() {
    // i + 1 = s, where s is unsigned: the window starts at s − 1.
    rule_at(
        |n| arrays([&[n + 3]]),
        |[s, x]| {
            let s = s.maximum(1).as_type::<u32>().minimum(3_u32).broadcast_to([x.size()]);
            let i = lax::iota(DType::U32, [x.size()], 0);
            lax::eq(&(i + 1_u32), &s).as_type::<f64>().dot(x)
        },
        expect![[r#"
            c:i32[] = max a 1:i32[]
            d:u32[] = convert_element_type[new_dtype=u32] c
            e:u32[] = min d 3:u32[]
            f:u32[] = sub e 1:u32[]
            g:i32[] = convert_element_type[new_dtype=i32] f
            h:f64[1] = dynamic_slice[slice_sizes=(1,)] b g
            i:f64[] = reshape[new_sizes=()] h
            in (i,)"#]],
    );
    // The largest number plus one is the least, which no index is.
    let f = jit(|x: Tensor, s: Tensor| {
        let s = (s.maximum(0_i64) + 1_i64).minimum(2_i64);
        s.one_hot::<f64>(x.size()).dot(x)
    });
    let at = |s: i64| f.call((vec![1.0, 2.0, 3.0], s)).unwrap().item::<f64>().unwrap();
    assert_eq!([i64::MAX, i64::MIN, 0, 1].map(at), [0.0, 2.0, 2.0, 3.0]);
    // One of which nothing is known, and one that wraps around once.
    let f = jit(|x: Tensor, s: Tensor| {
        let far = (&s + i64::MIN).one_hot::<f64>(x.size()).dot(&x);
        s.one_hot::<f64>(x.size()).dot(x) + far
    });
    let at = |s: i64| f.call((vec![1.0, 2.0, 3.0], s)).unwrap().item::<f64>().unwrap();
    assert_eq!([i64::MAX, i64::MIN, 0, 1].map(at), [0.0, 1.0, 1.0, 2.0]);
}

#[test]
fn both_of_two_deltas_are_one_pattern() {
    // δ_ij δ_jk x_k.
    rule(
        |n| arrays([&[n]]),
        |[x]| {
            let n = x.size();
            let [i, j, k] = [0, 1, 2].map(|axis| lax::iota(DType::I32, [n, n, n], axis));
            let both = lax::eq(&i, &j) & lax::eq(&j, &k);
            (both.as_type::<f64>() * x).sum_axis([0, 1])
        },
        expect!["in (a,)"],
    );
    // Either of two is none.
    left_alone(
        |n| arrays([&[n]]),
        |[x]| {
            let n = x.size();
            let [i, j, k] = [0, 1, 2].map(|axis| lax::iota(DType::I32, [n, n, n], axis));
            let either = lax::eq(&i, &j) | lax::eq(&j, &k);
            (either.as_type::<f64>() * x).exp()
        },
    );
}

#[test]
fn transposed_and_repeated_comparisons_are_deltas() {
    rule(
        |n| arrays([&[n + 1, 2]]),
        |[x]| {
            let n = x.shape()[0];
            let [i, j] = [0, 1].map(|axis| index(DType::I32, [n - 1, n], axis));
            lax::eq(&(i + 1), &j).t().as_type::<f64>().t().matmul(x)
        },
        expect![[r#"
            b:f64[3,2] = slice[limit_indices=(4, 2) start_indices=(1, 0)] a
            in (b,)"#]],
    );
    rule(
        |n| arrays([&[n, n]]),
        |[x]| {
            let n = x.shape()[0];
            let [i, j] = [0, 1].map(|axis| index(DType::I32, [n, n], axis));
            (lax::eq(&i, &j).broadcast_to([2, n, n]).as_type::<f64>() * x).sum_axis(2)
        },
        expect![[r#"
            b:f64[9] = reshape[new_sizes=(9,)] a
            c:f64[3] = slice[limit_indices=(9,) start_indices=(0,) strides=(4,)] b
            d:f64[2,3] = broadcast_in_dim[broadcast_dimensions=(1,) shape=(2, 3)] c
            in (d,)"#]],
    );
}
