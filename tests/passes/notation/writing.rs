//! How terms become arrays.

use super::{arrays, rule, rule_at};
use crate::passes::diagonals::rows_of_identity;
use cotangent::Tensor;
use expect_test::expect;

#[test]
fn an_identity_is_its_comparison_as_a_number() {
    rule(
        |n| arrays([&[n]]),
        |[x]| Tensor::eye::<f64>(x.size()).matmul(Tensor::eye::<f64>(x.size())),
        expect![[r#"
            b:i32[3,3] = iota[dimension=0 dtype=i32 shape=(3, 3)]
            c:i32[3,3] = iota[dimension=1 dtype=i32 shape=(3, 3)]
            d:bool[3,3] = eq b c
            e:f64[3,3] = convert_element_type[new_dtype=f64] d
            in (e,)"#]],
    );
}

#[test]
fn a_delta_is_one_choice_by_comparison() {
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
    // One label on three axes.
    rule(
        |n| arrays([&[n], &[n], &[n]]),
        |[x, y, z]| x.diag().expand_dims(2) * y.diag().matmul(z.diag()),
        expect![[r#"
            d:f64[3] = mul b c
            e:f64[3] = mul a d
            f:f64[3,3,3] = broadcast_in_dim[broadcast_dimensions=(0,) shape=(3, 3, 3)] e
            g:i32[3,3,3] = iota[dimension=0 dtype=i32 shape=(3, 3, 3)]
            h:i32[3,3,3] = iota[dimension=1 dtype=i32 shape=(3, 3, 3)]
            i:bool[3,3,3] = eq g h
            j:i32[3,3,3] = iota[dimension=2 dtype=i32 shape=(3, 3, 3)]
            k:bool[3,3,3] = eq g j
            l:bool[3,3,3] = and i k
            m:f64[3,3,3] = select l 0.0:f64[] f
            in (m,)"#]],
    );
    // Two labels, each on two axes.
    rule(
        |n| arrays([&[n], &[n], &[2]]),
        |[x, y, z]| x.diag().matmul(y.diag()).expand_dims([2, 3]) * z.diag(),
        expect![[r#"
            d:f64[3] = mul a b
            e:f64[3,2] = broadcast_in_dim[broadcast_dimensions=(0,) shape=(3, 2)] d
            f:f64[3,2] = broadcast_in_dim[broadcast_dimensions=(1,) shape=(3, 2)] c
            g:f64[3,2] = mul e f
            h:f64[3,3,2,2] = broadcast_in_dim[broadcast_dimensions=(0, 2) shape=(3, 3, 2, 2)] g
            i:i32[3,3,2,2] = iota[dimension=0 dtype=i32 shape=(3, 3, 2, 2)]
            j:i32[3,3,2,2] = iota[dimension=1 dtype=i32 shape=(3, 3, 2, 2)]
            k:bool[3,3,2,2] = eq i j
            l:i32[3,3,2,2] = iota[dimension=2 dtype=i32 shape=(3, 3, 2, 2)]
            m:i32[3,3,2,2] = iota[dimension=3 dtype=i32 shape=(3, 3, 2, 2)]
            n:bool[3,3,2,2] = eq l m
            o:bool[3,3,2,2] = and k n
            p:f64[3,3,2,2] = select o 0.0:f64[] h
            in (p,)"#]],
    );
}

#[test]
fn few_blocks_are_padded_and_added() {
    rule(
        |n| arrays([&[n], &[n]]),
        |[x, y]| {
            let n = x.size();
            let [x, y] = [x, y]
                .map(|x| x.expand_dims(0).broadcast_to([2, n]) * Tensor::eye_with::<f64>(2, n, 0));
            x.pad(&[(0, 2), (n, 0)], 0.0) + y.pad(&[(2, 0), (0, n)], 0.0)
        },
        expect![[r#"
            c:f64[2] = slice[limit_indices=(2,) start_indices=(0,)] a
            d:f64[2] = slice[limit_indices=(2,) start_indices=(0,)] b
            e:f64[2,2] = broadcast_in_dim[broadcast_dimensions=(0,) shape=(2, 2)] c
            f:i32[2,2] = iota[dimension=0 dtype=i32 shape=(2, 2)]
            g:i32[2,2] = iota[dimension=1 dtype=i32 shape=(2, 2)]
            h:bool[2,2] = eq f g
            i:f64[2,2] = select h 0.0:f64[] e
            j:f64[2,2] = broadcast_in_dim[broadcast_dimensions=(0,) shape=(2, 2)] d
            k:f64[2,2] = select h 0.0:f64[] j
            l:f64[4,6] = pad[padding_config=((0, 2, 0), (3, 1, 0))] i 0.0:f64[]
            m:f64[4,6] = pad[padding_config=((2, 0, 0), (0, 4, 0))] k 0.0:f64[]
            n:f64[4,6] = add l m
            in (n,)"#]],
    );
}

#[test]
fn many_blocks_are_written_in_place() {
    rule(
        |n| arrays([&[n], &[n], &[n]]),
        |x: [Tensor; 3]| {
            let n = x[0].size();
            let rows = [0, 1, 2].map(|k| {
                let block = x[k].expand_dims(0).broadcast_to([20, n]);
                block.pad(&[(20 * k, 60 - 20 * k), (k, 2 - k)], 0.0)
            });
            &rows[0] + &rows[1] + &rows[2]
        },
        expect![[r#"
            d:f64[20,3] = broadcast_in_dim[broadcast_dimensions=(1,) shape=(20, 3)] c
            e:f64[20,3] = broadcast_in_dim[broadcast_dimensions=(1,) shape=(20, 3)] a
            f:f64[20,3] = broadcast_in_dim[broadcast_dimensions=(1,) shape=(20, 3)] b
            g:f64[80,5] = broadcast_in_dim[broadcast_dimensions=() shape=(80, 5)] 0.0:f64[]
            h:f64[80,5] = dynamic_update_slice g d 40:i32[] 2:i32[]
            i:f64[80,5] = dynamic_update_slice h e 0:i32[] 0:i32[]
            j:f64[80,5] = dynamic_update_slice i f 20:i32[] 1:i32[]
            in (j,)"#]],
    );
}

#[test]
fn blocks_that_meet_are_added() {
    rule(
        |n| arrays([&[n], &[n], &[n]]),
        |x: [Tensor; 3]| {
            let n = x[0].size();
            let rows = [0, 1, 2].map(|k| {
                let block = x[k].expand_dims(0).broadcast_to([2, n]);
                block.pad(&[(k, 2 - k), (0, 0)], 0.0)
            });
            &rows[0] + &rows[1] + &rows[2]
        },
        expect![[r#"
            d:f64[2,3] = broadcast_in_dim[broadcast_dimensions=(1,) shape=(2, 3)] c
            e:f64[2,3] = broadcast_in_dim[broadcast_dimensions=(1,) shape=(2, 3)] a
            f:f64[2,3] = broadcast_in_dim[broadcast_dimensions=(1,) shape=(2, 3)] b
            g:f64[4,3] = broadcast_in_dim[broadcast_dimensions=() shape=(4, 3)] 0.0:f64[]
            h:f64[4,3] = dynamic_update_slice g d 2:i32[] 0:i32[]
            i:f64[4,3] = dynamic_update_slice h e 0:i32[] 0:i32[]
            j:f64[2,3] = slice[limit_indices=(3, 3) start_indices=(1, 0)] i
            k:f64[2,3] = add f j
            l:f64[4,3] = dynamic_update_slice i k 1:i32[] 0:i32[]
            in (l,)"#]],
    );
}

#[test]
fn blocks_at_computed_places_are_written_in_place() {
    rule_at(
        |n| arrays([&[n]]),
        |[s, x]| x.expand_dims(1) * rows_of_identity(&s, x.size(), x.size() + 2),
        expect![[r#"
            c:i32[] = max a 0:i32[]
            d:i32[] = min c 2:i32[]
            e:f64[3,3] = broadcast_in_dim[broadcast_dimensions=(0,) shape=(3, 3)] b
            f:i32[3,3] = iota[dimension=0 dtype=i32 shape=(3, 3)]
            g:i32[3,3] = iota[dimension=1 dtype=i32 shape=(3, 3)]
            h:bool[3,3] = eq f g
            i:f64[3,3] = select h 0.0:f64[] e
            j:f64[3,5] = broadcast_in_dim[broadcast_dimensions=() shape=(3, 5)] 0.0:f64[]
            k:f64[3,5] = dynamic_update_slice j i 0:i32[] d
            in (k,)"#]],
    );
    // Where they meet they are added.
    rule_at(
        |n| arrays([&[n], &[n]]),
        |[s, x, y]| {
            let n = x.size();
            let [a, b] = [&s, &(&s + 1)].map(|s| rows_of_identity(s, n, n + 2));
            x.expand_dims(1) * a + y.expand_dims(1) * b
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
            n:f64[3,3] = broadcast_in_dim[broadcast_dimensions=(0,) shape=(3, 3)] c
            o:f64[3,3] = select l 0.0:f64[] n
            p:f64[3,5] = broadcast_in_dim[broadcast_dimensions=() shape=(3, 5)] 0.0:f64[]
            q:f64[3,5] = dynamic_update_slice p m 0:i32[] f
            r:f64[3,3] = dynamic_slice[slice_sizes=(3, 3)] q 0:i32[] h
            s:f64[3,3] = add o r
            t:f64[3,5] = dynamic_update_slice q s 0:i32[] h
            in (t,)"#]],
    );
}

#[test]
fn bands_are_one_choice_by_the_difference_of_indices() {
    rule(
        |n| arrays([&[n + 1], &[n]]),
        |[x, y]| x.diag() + y.diag_offset(1),
        expect![[r#"
        c:i32[4,4] = iota[dimension=0 dtype=i32 shape=(4, 4)]
        d:i32[4,4] = iota[dimension=1 dtype=i32 shape=(4, 4)]
        e:f64[4] = pad[padding_config=((0, 0, 0),)] a 0.0:f64[]
        f:f64[4] = pad[padding_config=((0, 1, 0),)] b 0.0:f64[]
        g:i32[4,4] = sub d c
        h:bool[4,4] = eq g 0:i32[]
        i:f64[4,4] = broadcast_in_dim[broadcast_dimensions=(0,) shape=(4, 4)] e
        j:f64[4,4] = select h 0.0:f64[] i
        k:bool[4,4] = eq g 1:i32[]
        l:f64[4,4] = broadcast_in_dim[broadcast_dimensions=(0,) shape=(4, 4)] f
        m:f64[4,4] = select k j l
        in (m,)"#]],
    );
    // Bands at one distance add up.
    rule(
        |n| arrays([&[n + 1], &[n]]),
        |[x, y]| x.diag() + y.diag().pad(&[(1, 0), (1, 0)], 0.0),
        expect![[r#"
            c:i32[4,4] = iota[dimension=0 dtype=i32 shape=(4, 4)]
            d:i32[4,4] = iota[dimension=1 dtype=i32 shape=(4, 4)]
            e:f64[4] = pad[padding_config=((0, 0, 0),)] a 0.0:f64[]
            f:f64[4] = pad[padding_config=((1, 0, 0),)] b 0.0:f64[]
            g:f64[4] = add e f
            h:i32[4,4] = sub d c
            i:bool[4,4] = eq h 0:i32[]
            j:f64[4,4] = broadcast_in_dim[broadcast_dimensions=(0,) shape=(4, 4)] g
            k:f64[4,4] = select i 0.0:f64[] j
            in (k,)"#]],
    );
}

#[test]
fn a_large_band_is_stored_before_its_loop() {
    rule(
        |n| arrays([&[n + 200], &[n + 199]]),
        |[x, y]| x.diag() + y.diag_offset(1),
        expect![[r#"
            c:i32[203,203] = iota[dimension=0 dtype=i32 shape=(203, 203)]
            d:i32[203,203] = iota[dimension=1 dtype=i32 shape=(203, 203)]
            e:f64[203] = pad[padding_config=((0, 0, 0),)] a 0.0:f64[]
            f:f64[203] = optimization_barrier e
            g:f64[203] = pad[padding_config=((0, 1, 0),)] b 0.0:f64[]
            h:f64[203] = optimization_barrier g
            i:i32[203,203] = sub d c
            j:bool[203,203] = eq i 0:i32[]
            k:f64[203,203] = broadcast_in_dim[broadcast_dimensions=(0,) shape=(203, 203)] f
            l:f64[203,203] = select j 0.0:f64[] k
            m:bool[203,203] = eq i 1:i32[]
            n:f64[203,203] = broadcast_in_dim[broadcast_dimensions=(0,) shape=(203, 203)] h
            o:f64[203,203] = select m l n
            in (o,)"#]],
    );
}

#[test]
fn nothing_is_zeros() {
    rule(
        |n| arrays([&[n]]),
        |[x]| x.diag().pad(&[(0, 2), (0, 0)], 0.0).slice_axis(0, x.size()..),
        expect![[r#"
            b:f64[2,3] = broadcast_in_dim[broadcast_dimensions=() shape=(2, 3)] 0.0:f64[]
            in (b,)"#]],
    );
}
