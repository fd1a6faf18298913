//! Linear algebra: second derivatives through decompositions, and programs that use them.

use crate::compositions::{Case, prove_hessians};
use crate::support::values::values;
use cotangent::lax::{self, TriangularSolve};
use cotangent::{Tensor, jit, make_jaxpr, vmap};

const LEFT: TriangularSolve =
    TriangularSolve { left_side: true, lower: true, transpose_a: false, unit_diagonal: false };

/// A positive definite matrix that depends on x in all elements.
fn posdef(x: &Tensor) -> Tensor {
    let d = x.expand_dims(1) - x.expand_dims(0);
    (-d.powi(2)).exp() + x.exp().diag()
}

/// The log density of a Gaussian process with this covariance, up to a constant.
fn density(x: &Tensor) -> Tensor {
    let l = lax::cholesky(&posdef(x));
    let z = lax::triangular_solve(&l, &x.sin().expand_dims(1), LEFT);
    -0.5 * z.powi(2).sum() - l.diagonal(0).log().sum()
}

const CASES: &[Case] = &[
    ("density", density, &[5, 1, 0]),
    ("cholesky", |x| lax::cholesky(&posdef(x)).sin().sum(), &[3]),
    ("not symmetric", |x| lax::cholesky(&(posdef(x) + x.outer(x).triu(1))).powi(3).sum(), &[3]),
    (
        "triangular_solve",
        |x| {
            let (a, b) = (x.outer(x) + x.diag(), x.outer(x.exp()).sin());
            lax::triangular_solve(&a, &b, TriangularSolve { left_side: false, ..LEFT })
                .powi(2)
                .sum()
        },
        &[3, 1],
    ),
];

#[test]
fn hessians() {
    prove_hessians(CASES);
}

/// A right-hand side for each example and one matrix for all is one system with more columns.
#[test]
fn batches_of_right_hand_sides_are_one_system() {
    let a = cotangent::Array::from_vec([3, 3], values(9)).unwrap();
    for (left_side, shape, system) in
        [(true, [5, 3, 2], "f64[3,10]"), (false, [5, 2, 3], "f64[10,3]")]
    {
        let b = cotangent::Array::from_vec(shape, values(30)).unwrap();
        let solve = move |a: Tensor, b: Tensor| {
            lax::triangular_solve(&a, &b, TriangularSolve { left_side, ..LEFT })
        };
        let jaxpr = make_jaxpr(vmap(solve).in_axes([None, Some(0)]), (&a, &b)).unwrap();
        let text = jaxpr.to_string();
        let line = text.lines().find(|line| line.contains("triangular_solve")).unwrap();
        assert!(line.contains(system), "{text}");
    }
}

/// The sizes around which the algorithms change: `L Lᵀ` is the matrix again.
#[test]
fn large_factors() {
    for n in [31, 32, 33, 65, 100] {
        let residual = jit(|x: Tensor| {
            let a = posdef(&x);
            let l = lax::cholesky(&a);
            let upper = l.triu(1).abs().max();
            ((l.matmul(l.t()) - a).abs().max(), upper)
        });
        let (residual, upper) = residual.call(values(n)).unwrap();
        assert!(residual.item::<f64>().unwrap() < 1e-13, "{n}: {residual:?}");
        assert_eq!(upper.item::<f64>().unwrap(), 0.0);
    }
}
