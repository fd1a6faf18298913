//! Functions as traced: captured tensors, constants, and calls of compiled functions.

use super::{X, layer, poly, show};
use cotangent::{Function, Tensor, grad, jit, jvp, make_jaxpr, vmap};
use expect_test::expect;

#[test]
fn functions() {
    show(
        make_jaxpr(poly, X),
        expect![[r#"
        { lambda ; a:f64[2]. let
            b:f64[2] = integer_pow[y=2] a
            c:f64[2] = integer_pow[y=3] a
            d:f64[2] = sub b c
            e:f64[2] = sub d a
            f:f64[] = reduce_sum[axes=(0,)] e
          in (f,) }"#]],
    );
    show(
        make_jaxpr(layer, ([[0.0f32; 3]; 2], [0.0f32; 2], [0.0f32; 3])),
        expect![[r#"
        { lambda ; a:f32[2,3] b:f32[2] c:f32[3]. let
            d:f32[2] = dot_general[dimension_numbers=(([1], [0]), ([], []))] a c
            e:f32[2] = add d b
            f:f32[2] = tanh e
          in (f,) }"#]],
    );
    // Trees in and out, and everything else that can be a result.
    let f =
        |(x, n): (Tensor, Vec<Tensor>)| (x.clone(), vec![Tensor::scalar(2.0), n[1].clone()], x * 2);
    show(
        make_jaxpr(f, (X, vec![1u8, 2])),
        expect![[r#"
        { lambda ; a:f64[2] b:u8[] c:u8[]. let
            d:f64[2] = mul a 2.0:f64[]
          in (a, 2.0:f64[], c, d) }"#]],
    );
    // Parameters of every kind.
    let f = |x: Tensor| {
        let y = x.reshape([1, 2]).pad(&[(0, 1), (1, 0)], 0.0).index((.., 1..)).t();
        y.take(Tensor::from_array([0, 1]), 0).cumsum(1).max_axis(0).gt(0.0)
    };
    show(
        make_jaxpr(f, X),
        expect![[r#"
        { lambda a:i32[2]; b:f64[2]. let
            c:f64[1,2] = reshape[new_sizes=(1, 2)] b
            d:f64[2,3] = pad[padding_config=((0, 1, 0), (1, 0, 0))] c 0.0:f64[]
            e:f64[2,2] = slice[limit_indices=(2, 3) start_indices=(0, 1)] d
            f:f64[2,2] = transpose[permutation=(1, 0)] e
            g:bool[2] = lt a 0:i32[]
            h:i32[2] = add a 2:i32[]
            i:i32[2] = select g a h
            j:i32[2,1] = broadcast_in_dim[broadcast_dimensions=(0,) shape=(2, 1)] i
            k:f64[2,2] = gather[dimension_numbers=GatherDimensionNumbers(offset_dims=(1,), collapsed_slice_dims=(0,), start_index_map=(0,), operand_batching_dims=(), start_indices_batching_dims=()) slice_sizes=(1, 2)] f j
            l:f64[2,2] = cumsum[axis=1 reverse=False] k
            m:f64[2] = reduce_max[axes=(0,)] l
            n:bool[2] = gt m 0.0:f64[]
          in (n,) }"#]],
    );
}

#[test]
fn captured_tensors_and_constants() {
    // A tensor of the outer trace is an operand of the call, before its arguments.
    let f = |x: Tensor| jit(|y: Tensor| &x * y).apply((x.sin(),));
    show(
        make_jaxpr(f, X),
        expect![[r#"
        { lambda ; a:f64[2]. let
            b:f64[2] = sin a
            c:f64[2] = jit[
              name=captured_tensors_and_constants
              jaxpr={ lambda ; a:f64[2] b:f64[2]. let
                  c:f64[2] = mul a b
                in (c,) }
            ] a b
          in (c,) }"#]],
    );
    let table = vec![1.0, 2.0];
    let f = |x: Tensor| {
        let c = Tensor::from_array(&table);
        grad(|x: Tensor| (x * &c).sum()).call(x)
    };
    show(
        make_jaxpr(f, X),
        expect![[r#"
        { lambda a:f64[2]; b:f64[2]. let
            c:f64[2] = mul b a
            d:f64[] = reduce_sum[axes=(0,)] c
            e:f64[2] = broadcast_in_dim[broadcast_dimensions=() shape=(2,)] 1.0:f64[]
            f:f64[2] = mul e a
          in (f,) }"#]],
    );
    // Work on outer values alone is done outside.
    let f = |x: Tensor| vmap(|y: Tensor| x.sin() * y).call(x.clone());
    show(
        make_jaxpr(f, X),
        expect![[r#"
        { lambda ; a:f64[2]. let
            b:f64[2] = sin a
            c:f64[2,2] = broadcast_in_dim[broadcast_dimensions=(0,) shape=(2, 2)] a
            d:f64[2,2] = broadcast_in_dim[broadcast_dimensions=(1,) shape=(2, 2)] b
            e:f64[2,2] = mul d c
          in (e,) }"#]],
    );
}

#[test]
fn nested_compiled_functions() {
    let inner = jit(|x: Tensor| x.sin());
    let f = |x: Tensor| inner.apply((x,)).sum();
    show(
        make_jaxpr(f, X),
        expect![[r#"
        { lambda ; a:f64[2]. let
            b:f64[2] = jit[
              name=nested_compiled_functions
              jaxpr={ lambda ; a:f64[2]. let
                  b:f64[2] = sin a
                in (b,) }
            ] a
            c:f64[] = reduce_sum[axes=(0,)] b
          in (c,) }"#]],
    );
    show(
        make_jaxpr(|x: Tensor, v: Tensor| jvp(f, x, v).1, (X, X)),
        expect![[r#"
        { lambda ; a:f64[2] b:f64[2]. let
            c:f64[2] d:f64[2] = jit[
              name=jvp(nested_compiled_functions)
              jaxpr={ lambda ; a:f64[2] b:f64[2]. let
                  c:f64[2] = sin a
                  d:f64[2] = cos a
                  e:f64[2] = mul b d
                in (c, e) }
            ] a b
            e:f64[] = reduce_sum[axes=(0,)] c
            f:f64[] = reduce_sum[axes=(0,)] d
          in (f,) }"#]],
    );
    show(
        make_jaxpr(vmap(|x: Tensor| inner.apply((x,))), [X, X]),
        expect![[r#"
        { lambda ; a:f64[2,2]. let
            b:f64[2,2] = jit[
              name=vmap(nested_compiled_functions)
              jaxpr={ lambda ; a:f64[2,2]. let
                  b:f64[2,2] = sin a
                in (b,) }
            ] a
          in (b,) }"#]],
    );
}
