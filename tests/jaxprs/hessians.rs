//! The four compositions of a Hessian.

use super::{X, show};
use cotangent::{HessianMode, Tensor, hessian, make_jaxpr};
use expect_test::expect;

#[test]
fn hessians() {
    let f = |x: Tensor| x.sin().sum();
    let [a, b, c, d] = HessianMode::ALL.map(|mode| make_jaxpr(hessian(f).mode(mode), X));
    show(
        a,
        expect![[r#"
        { lambda ; a:f64[2]. let
            b:f64[2] = sin a
            c:f64[2] = cos a
            d:f64[2] = cos a
            e:f64[2] = sin a
            f:f64[2] = neg e
            g:f64[] = reduce_sum[axes=(0,)] b
            h:i32[1,1] = iota[dimension=0 dtype=i32 shape=(1, 1)]
            i:i32[1,1] = iota[dimension=1 dtype=i32 shape=(1, 1)]
            j:bool[1,1] = eq h i
            k:f64[1,1] = convert_element_type[new_dtype=f64] j
            l:f64[1] = reshape[new_sizes=(1,)] k
            m:f64[1,2] = broadcast_in_dim[broadcast_dimensions=(0,) shape=(1, 2)] l
            n:f64[1,2] = broadcast_in_dim[broadcast_dimensions=(1,) shape=(1, 2)] d
            o:f64[1,2] = mul m n
            p:f64[2] = reshape[new_sizes=(2,)] o
            q:i32[2,2] = iota[dimension=0 dtype=i32 shape=(2, 2)]
            r:i32[2,2] = iota[dimension=1 dtype=i32 shape=(2, 2)]
            s:bool[2,2] = eq q r
            t:f64[2,2] = convert_element_type[new_dtype=f64] s
            u:f64[2,2] = broadcast_in_dim[broadcast_dimensions=(1,) shape=(2, 2)] c
            v:f64[2,2] = mul t u
            w:f64[2,2] = broadcast_in_dim[broadcast_dimensions=(1,) shape=(2, 2)] f
            x:f64[2,2] = mul t w
            y:f64[2] = reduce_sum[axes=(1,)] v
            z:f64[2,1,2] = broadcast_in_dim[broadcast_dimensions=(0, 2) shape=(2, 1, 2)] x
            ba:f64[2,1,2] = broadcast_in_dim[broadcast_dimensions=(1, 2) shape=(2, 1, 2)] m
            bb:f64[2,1,2] = mul ba z
            bc:f64[2,2] = reshape[new_sizes=(2, 2)] bb
            bd:f64[2,2] = transpose[permutation=(1, 0)] bc
          in (bd,) }"#]],
    );
    show(
        b,
        expect![[r#"
        { lambda ; a:f64[2]. let
            b:f64[2] = sin a
            c:f64[2] = cos a
            d:f64[2] = cos a
            e:f64[2] = sin a
            f:f64[2] = neg e
            g:f64[] = reduce_sum[axes=(0,)] b
            h:i32[1,1] = iota[dimension=0 dtype=i32 shape=(1, 1)]
            i:i32[1,1] = iota[dimension=1 dtype=i32 shape=(1, 1)]
            j:bool[1,1] = eq h i
            k:f64[1,1] = convert_element_type[new_dtype=f64] j
            l:f64[1] = reshape[new_sizes=(1,)] k
            m:f64[1,2] = broadcast_in_dim[broadcast_dimensions=(0,) shape=(1, 2)] l
            n:f64[1,2] = broadcast_in_dim[broadcast_dimensions=(1,) shape=(1, 2)] d
            o:f64[1,2] = mul m n
            p:f64[2] = reshape[new_sizes=(2,)] o
            q:i32[2,2] = iota[dimension=0 dtype=i32 shape=(2, 2)]
            r:i32[2,2] = iota[dimension=1 dtype=i32 shape=(2, 2)]
            s:bool[2,2] = eq q r
            t:f64[2,2] = convert_element_type[new_dtype=f64] s
            u:f64[2,1,2] = reshape[new_sizes=(2, 1, 2)] t
            v:f64[2,1,2] = broadcast_in_dim[broadcast_dimensions=(1, 2) shape=(2, 1, 2)] m
            w:f64[2,1,2] = mul v u
            x:f64[2,2] = reduce_sum[axes=(1,)] w
            y:f64[2,2] = broadcast_in_dim[broadcast_dimensions=(1,) shape=(2, 2)] f
            z:f64[2,2] = mul x y
          in (z,) }"#]],
    );
    show(
        c,
        expect![[r#"
        { lambda ; a:f64[2]. let
            b:f64[2] = sin a
            c:f64[2] = cos a
            d:f64[2] = cos a
            e:f64[2] = sin a
            f:f64[2] = neg e
            g:f64[] = reduce_sum[axes=(0,)] b
            h:i32[2,2] = iota[dimension=0 dtype=i32 shape=(2, 2)]
            i:i32[2,2] = iota[dimension=1 dtype=i32 shape=(2, 2)]
            j:bool[2,2] = eq h i
            k:f64[2,2] = convert_element_type[new_dtype=f64] j
            l:f64[2,2] = broadcast_in_dim[broadcast_dimensions=(1,) shape=(2, 2)] d
            m:f64[2,2] = mul k l
            n:f64[2] = reduce_sum[axes=(1,)] m
            o:i32[2,2] = iota[dimension=0 dtype=i32 shape=(2, 2)]
            p:i32[2,2] = iota[dimension=1 dtype=i32 shape=(2, 2)]
            q:bool[2,2] = eq o p
            r:f64[2,2] = convert_element_type[new_dtype=f64] q
            s:f64[2,2,2] = broadcast_in_dim[broadcast_dimensions=(0, 1) shape=(2, 2, 2)] r
            t:f64[2,2,2] = broadcast_in_dim[broadcast_dimensions=(1, 2) shape=(2, 2, 2)] k
            u:f64[2,2,2] = mul t s
            v:f64[2,2] = reduce_sum[axes=(1,)] u
            w:f64[2,2] = broadcast_in_dim[broadcast_dimensions=(1,) shape=(2, 2)] f
            x:f64[2,2] = mul v w
          in (x,) }"#]],
    );
    show(
        d,
        expect![[r#"
        { lambda ; a:f64[2]. let
            b:f64[2] = sin a
            c:f64[2] = cos a
            d:f64[2] = cos a
            e:f64[2] = sin a
            f:f64[2] = neg e
            g:f64[] = reduce_sum[axes=(0,)] b
            h:i32[2,2] = iota[dimension=0 dtype=i32 shape=(2, 2)]
            i:i32[2,2] = iota[dimension=1 dtype=i32 shape=(2, 2)]
            j:bool[2,2] = eq h i
            k:f64[2,2] = convert_element_type[new_dtype=f64] j
            l:f64[2,2] = broadcast_in_dim[broadcast_dimensions=(1,) shape=(2, 2)] d
            m:f64[2,2] = mul k l
            n:f64[2] = reduce_sum[axes=(1,)] m
            o:i32[2,2] = iota[dimension=0 dtype=i32 shape=(2, 2)]
            p:i32[2,2] = iota[dimension=1 dtype=i32 shape=(2, 2)]
            q:bool[2,2] = eq o p
            r:f64[2,2] = convert_element_type[new_dtype=f64] q
            s:f64[2,2] = broadcast_in_dim[broadcast_dimensions=(1,) shape=(2, 2)] c
            t:f64[2,2] = mul r s
            u:f64[2,2] = broadcast_in_dim[broadcast_dimensions=(1,) shape=(2, 2)] f
            v:f64[2,2] = mul r u
            w:f64[2] = reduce_sum[axes=(1,)] t
            x:f64[2,2,2] = broadcast_in_dim[broadcast_dimensions=(0, 2) shape=(2, 2, 2)] v
            y:f64[2,2,2] = broadcast_in_dim[broadcast_dimensions=(1, 2) shape=(2, 2, 2)] k
            z:f64[2,2,2] = mul y x
            ba:f64[2,2] = reduce_sum[axes=(2,)] z
            bb:f64[2,2] = transpose[permutation=(1, 0)] ba
          in (bb,) }"#]],
    );
}
