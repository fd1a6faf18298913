//! Vectorized functions.

use super::{X, layer, poly, show};
use cotangent::{Tensor, grad, make_jaxpr, vmap};
use expect_test::expect;

#[test]
fn maps() {
    let f = vmap(layer).in_axes([Some(0), None, None]);
    let batch = ndarray::Array3::<f32>::zeros((5, 2, 3));
    show(
        make_jaxpr(f, (&batch, [0.0f32; 2], [0.0f32; 3])),
        expect![[r#"
        { lambda ; a:f32[5,2,3] b:f32[2] c:f32[3]. let
            d:f32[5,2] = dot_general[dimension_numbers=(([2], [0]), ([], []))] a c
            e:f32[5,2] = broadcast_in_dim[broadcast_dimensions=(1,) shape=(5, 2)] b
            f:f32[5,2] = add d e
            g:f32[5,2] = tanh f
          in (g,) }"#]],
    );
    show(
        make_jaxpr(vmap(vmap(|x: Tensor| x.sin())).out_axes(1), [X, X, X]),
        expect![[r#"
        { lambda ; a:f64[3,2]. let
            b:f64[3,2] = sin a
            c:f64[2,3] = transpose[permutation=(1, 0)] b
          in (c,) }"#]],
    );
    show(
        make_jaxpr(vmap(|x: Tensor| (Tensor::scalar(1.0), x.sum())), [X, X, X]),
        expect![[r#"
        { lambda ; a:f64[3,2]. let
            b:f64[3] = reduce_sum[axes=(1,)] a
            c:f64[3] = broadcast_in_dim[broadcast_dimensions=() shape=(3,)] 1.0:f64[]
          in (c, b) }"#]],
    );
    show(
        make_jaxpr(vmap(grad(poly)), [X, X, X]),
        expect![[r#"
        { lambda ; a:f64[3,2]. let
            b:f64[3,2] = mul a 2.0:f64[]
            c:f64[3,2] = integer_pow[y=2] a
            d:f64[3,2] = integer_pow[y=2] a
            e:f64[3,2] = mul d 3.0:f64[]
            f:f64[3,2] = integer_pow[y=3] a
            g:f64[3,2] = sub c f
            h:f64[3,2] = sub g a
            i:f64[3] = reduce_sum[axes=(1,)] h
            j:f64[2] = broadcast_in_dim[broadcast_dimensions=() shape=(2,)] 1.0:f64[]
            k:f64[2] = neg j
            l:f64[2] = neg j
            m:f64[3,2] = broadcast_in_dim[broadcast_dimensions=(1,) shape=(3, 2)] l
            n:f64[3,2] = mul m e
            o:f64[3,2] = broadcast_in_dim[broadcast_dimensions=(1,) shape=(3, 2)] k
            p:f64[3,2] = add o n
            q:f64[3,2] = broadcast_in_dim[broadcast_dimensions=(1,) shape=(3, 2)] j
            r:f64[3,2] = mul q b
            s:f64[3,2] = add p r
          in (s,) }"#]],
    );
}
