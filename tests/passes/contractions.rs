//! Contractions of one array are one contraction, and how contractions are written.

use super::program;
use cotangent::{Arguments, Array, Function, HostArgs, Tensor, hessian, jit};

/// Numbers that differ, of the given shape.
fn array(shape: &[usize], seed: usize) -> Array {
    let n: usize = shape.iter().product();
    let number = |i: usize| ((i * 37 + seed * 11) % 101) as f64 / 101.0 - 0.4;
    let flat: Vec<f64> = (0..n).map(number).collect();
    Array::from(ndarray::ArrayD::from_shape_vec(shape, flat).unwrap())
}

/// The number of matrix products, and a check of the values against the program without passes.
fn products<Args, F>(f: F, args: impl HostArgs<Args> + Clone) -> usize
where
    Args: Arguments,
    F: Function<Args, Out = Tensor> + Clone,
{
    let values = |passes| -> Vec<f64> {
        jit(f.clone()).optimize(passes).call(args.clone()).unwrap().to_vec().unwrap()
    };
    for (on, off) in values(true).into_iter().zip(values(false)) {
        assert!((on - off).abs() < 1e-11 * (1.0 + off.abs()), "{on} {off}");
    }
    program(f, args).matches("dot_general").count()
}

#[test]
fn products_with_one_array_go_together() {
    let (a, x, y) = (array(&[31, 17], 0), array(&[31, 17], 1), array(&[31, 17], 2));
    let f = |a: Tensor, x: Tensor, y: Tensor| a.matmul(x.t()) - a.matmul((y * 2.0).t());
    assert_eq!(products(f, (a.clone(), x.clone(), y.clone())), 1);
    // From the other side, too.
    let f = |a: Tensor, x: Tensor, y: Tensor| x.matmul(a.t()) + y.matmul(a.t());
    assert_eq!(products(f, (a.clone(), x.clone(), y.clone())), 1);
    // Where a stands at different axes, it is in two products.
    let f = |a: Tensor, x: Tensor, y: Tensor| a.matmul(x.t()) + y.matmul(a.t());
    assert_eq!(products(f, (a, x, y)), 2);
}

#[test]
fn an_array_inside_a_sum_goes_with_itself() {
    let (a, h) = (array(&[97, 3, 7], 0), array(&[3, 7], 1));
    let (x, y) = (array(&[97, 7], 2), array(&[7, 3, 97], 3));
    let f = |a: Tensor, h: Tensor, x: Tensor, y: Tensor| {
        let g = (&a * h).sum_axis(1);
        g.matmul(x.t()) + Tensor::einsum("krt,lrt->kl", [&a, &y.t()])
    };
    assert_eq!(products(f, (a, h, x, y)), 1);
}

#[test]
fn products_stay_apart_where_that_is_less_work() {
    let (a, u, v) = (array(&[31, 31], 0), array(&[31], 1), array(&[31], 2));
    // Two products with vectors, and not one with a matrix.
    let f = |a: Tensor, u: Tensor, v: Tensor| {
        Tensor::einsum("ks,s,l->kl", [&a, &u, &v]) + Tensor::einsum("ks,s,l->kl", [&a, &v, &u])
    };
    let text = program(f, (a.clone(), u.clone(), v.clone()));
    assert!(!text.contains("f64[31,31] = dot_general"), "{text}");
    assert_eq!(products(f, (a, u, v)), 2);
}

#[test]
fn the_hessian_of_a_likelihood_sums_over_bins_once() {
    // Σ_b ν − n ln ν with ν_b = Σ_p exp(Σ_k θ_k A_kpb).
    let f = |theta: Tensor, a: Tensor, n: Tensor| {
        let nu = theta.tensordot(a, 1).exp().sum_axis(0);
        (&nu - n * nu.log()).sum()
    };
    let (theta, a, n) = (array(&[97], 0), array(&[97, 3, 7], 1), array(&[7], 2));
    let text = program(hessian(f), (theta.clone(), a.clone(), n.clone()));
    assert_eq!(text.matches("f64[97,97] = dot_general").count(), 1, "{text}");
    // Sums over the middle axis leave the layout of the input as it is.
    assert!(!text.contains("transpose"), "{text}");
    products(hessian(f), (theta, a, n));
}

#[test]
fn the_vector_of_a_product_with_a_matrix_is_stored_first() {
    let hlo = |right: fn(Tensor) -> Tensor, shape: &[usize]| {
        let f = move |a: Tensor, v: Tensor| a.matmul(right(v));
        jit(f).lower((array(&[5, 3], 0), array(shape, 1))).unwrap().hlo().to_owned()
    };
    assert!(hlo(|v| v.exp(), &[3]).contains("add-dependency"));
    assert!(!hlo(|v| v.exp(), &[3, 2]).contains("add-dependency"));
    // A single row needs each element once.
    let f = |a: Tensor, v: Tensor| a.dot(v.exp());
    let text = jit(f).lower((array(&[3], 0), array(&[3], 1))).unwrap().hlo().to_owned();
    assert!(!text.contains("add-dependency"), "{text}");
}
