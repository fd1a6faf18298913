//! First derivatives, and products with the second.

use super::{X, layer, poly, show};
use cotangent::{Tensor, grad, hvp, jacfwd, jacrev, jvp, linearize, make_jaxpr, vjp};
use expect_test::expect;

#[test]
fn directional_derivatives() {
    show(
        make_jaxpr(|x: Tensor, v: Tensor| jvp(poly, x, v), (X, X)),
        expect![[r#"
        { lambda ; a:f64[2] b:f64[2]. let
            c:f64[2] = mul a 2.0:f64[]
            d:f64[2] = mul b c
            e:f64[2] = integer_pow[y=2] a
            f:f64[2] = integer_pow[y=2] a
            g:f64[2] = mul f 3.0:f64[]
            h:f64[2] = mul b g
            i:f64[2] = integer_pow[y=3] a
            j:f64[2] = sub e i
            k:f64[2] = neg h
            l:f64[2] = add d k
            m:f64[2] = sub j a
            n:f64[2] = neg b
            o:f64[2] = add l n
            p:f64[] = reduce_sum[axes=(0,)] m
            q:f64[] = reduce_sum[axes=(0,)] o
          in (p, q) }"#]],
    );
    show(
        make_jaxpr(|x: Tensor, v: Tensor| linearize(poly, x).1.call(v), (X, X)),
        expect![[r#"
        { lambda ; a:f64[2] b:f64[2]. let
            c:f64[2] = mul a 2.0:f64[]
            d:f64[2] = integer_pow[y=2] a
            e:f64[2] = integer_pow[y=2] a
            f:f64[2] = mul e 3.0:f64[]
            g:f64[2] = integer_pow[y=3] a
            h:f64[2] = sub d g
            i:f64[2] = sub h a
            j:f64[] = reduce_sum[axes=(0,)] i
            k:f64[2] = mul b c
            l:f64[2] = mul b f
            m:f64[2] = neg l
            n:f64[2] = add k m
            o:f64[2] = neg b
            p:f64[2] = add n o
            q:f64[] = reduce_sum[axes=(0,)] p
          in (q,) }"#]],
    );
    show(
        make_jaxpr(|x: Tensor, ct: Tensor| vjp(poly, x).1.call(ct), (X, 1.0)),
        expect![[r#"
        { lambda ; a:f64[2] b:f64[]. let
            c:f64[2] = mul a 2.0:f64[]
            d:f64[2] = integer_pow[y=2] a
            e:f64[2] = integer_pow[y=2] a
            f:f64[2] = mul e 3.0:f64[]
            g:f64[2] = integer_pow[y=3] a
            h:f64[2] = sub d g
            i:f64[2] = sub h a
            j:f64[] = reduce_sum[axes=(0,)] i
            k:f64[2] = broadcast_in_dim[broadcast_dimensions=() shape=(2,)] b
            l:f64[2] = neg k
            m:f64[2] = neg k
            n:f64[2] = mul m f
            o:f64[2] = add l n
            p:f64[2] = mul k c
            q:f64[2] = add o p
          in (q,) }"#]],
    );
    show(
        make_jaxpr(hvp(poly), (X, X)),
        expect![[r#"
        { lambda ; a:f64[2] b:f64[2]. let
            c:f64[2] = mul a 2.0:f64[]
            d:f64[2] = mul b 2.0:f64[]
            e:f64[2] = mul a 2.0:f64[]
            f:f64[2] = mul b e
            g:f64[2] = integer_pow[y=2] a
            h:f64[2] = mul a 2.0:f64[]
            i:f64[2] = mul b h
            j:f64[2] = integer_pow[y=2] a
            k:f64[2] = mul j 3.0:f64[]
            l:f64[2] = mul i 3.0:f64[]
            m:f64[2] = integer_pow[y=2] a
            n:f64[2] = mul m 3.0:f64[]
            o:f64[2] = mul b n
            p:f64[2] = integer_pow[y=3] a
            q:f64[2] = sub g p
            r:f64[2] = neg o
            s:f64[2] = add f r
            t:f64[2] = sub q a
            u:f64[2] = neg b
            v:f64[2] = add s u
            w:f64[] = reduce_sum[axes=(0,)] t
            x:f64[] = reduce_sum[axes=(0,)] v
            y:f64[2] = broadcast_in_dim[broadcast_dimensions=() shape=(2,)] 1.0:f64[]
            z:f64[2] = neg y
            ba:f64[2] = neg y
            bb:f64[2] = mul ba k
            bc:f64[2] = mul ba l
            bd:f64[2] = add z bb
            be:f64[2] = mul y c
            bf:f64[2] = mul y d
            bg:f64[2] = add bd be
            bh:f64[2] = add bc bf
          in (bh,) }"#]],
    );
}

#[test]
fn gradients_and_jacobians() {
    show(
        make_jaxpr(grad(poly), X),
        expect![[r#"
        { lambda ; a:f64[2]. let
            b:f64[2] = mul a 2.0:f64[]
            c:f64[2] = integer_pow[y=2] a
            d:f64[2] = integer_pow[y=2] a
            e:f64[2] = mul d 3.0:f64[]
            f:f64[2] = integer_pow[y=3] a
            g:f64[2] = sub c f
            h:f64[2] = sub g a
            i:f64[] = reduce_sum[axes=(0,)] h
            j:f64[2] = broadcast_in_dim[broadcast_dimensions=() shape=(2,)] 1.0:f64[]
            k:f64[2] = neg j
            l:f64[2] = neg j
            m:f64[2] = mul l e
            n:f64[2] = add k m
            o:f64[2] = mul j b
            p:f64[2] = add n o
          in (p,) }"#]],
    );
    let sum = |w: Tensor, b: Tensor, x: Tensor| layer(w, b, x).sum();
    let args = || ([[0.0f32; 3]; 2], [0.0f32; 2], [0.0f32; 3]);
    show(
        make_jaxpr(grad(sum).argnums([0, 1]), args()),
        expect![[r#"
        { lambda ; a:f32[2,3] b:f32[2] c:f32[3]. let
            d:f32[2] = dot_general[dimension_numbers=(([1], [0]), ([], []))] a c
            e:f32[2] = add d b
            f:f32[2] = tanh e
            g:f32[2] = sub 1.0:f32[] f
            h:f32[2] = add f 1.0:f32[]
            i:f32[2] = mul g h
            j:f32[] = reduce_sum[axes=(0,)] f
            k:f32[2] = broadcast_in_dim[broadcast_dimensions=() shape=(2,)] 1.0:f32[]
            l:f32[2] = mul k i
            m:f32[2,3] = dot_general[dimension_numbers=(([], []), ([], []))] l c
          in (m, l) }"#]],
    );
    show(
        make_jaxpr(jacfwd(|x: Tensor| x.sin()), X),
        expect![[r#"
        { lambda ; a:f64[2]. let
            b:f64[2] = sin a
            c:f64[2] = cos a
            d:i32[2,2] = iota[dimension=0 dtype=i32 shape=(2, 2)]
            e:i32[2,2] = iota[dimension=1 dtype=i32 shape=(2, 2)]
            f:bool[2,2] = eq d e
            g:f64[2,2] = convert_element_type[new_dtype=f64] f
            h:f64[2,2] = broadcast_in_dim[broadcast_dimensions=(1,) shape=(2, 2)] c
            i:f64[2,2] = mul g h
            j:f64[2,2] = transpose[permutation=(1, 0)] i
          in (j,) }"#]],
    );
    show(
        make_jaxpr(jacrev(|x: Tensor| x.sin()), X),
        expect![[r#"
        { lambda ; a:f64[2]. let
            b:f64[2] = sin a
            c:f64[2] = cos a
            d:i32[2,2] = iota[dimension=0 dtype=i32 shape=(2, 2)]
            e:i32[2,2] = iota[dimension=1 dtype=i32 shape=(2, 2)]
            f:bool[2,2] = eq d e
            g:f64[2,2] = convert_element_type[new_dtype=f64] f
            h:f64[2,2] = broadcast_in_dim[broadcast_dimensions=(1,) shape=(2, 2)] c
            i:f64[2,2] = mul g h
          in (i,) }"#]],
    );
}
