//! Linear algebra: second derivatives through decompositions, and programs that use them.

use crate::compositions::{Case, prove_hessians};
use crate::support::values::values;
use cotangent::lax::{self, TriangularSolve};
use cotangent::linalg::{self, MatrixNorm};
use cotangent::{Array, Tensor, grad, jacfwd, jit, make_jaxpr, vmap};

const LEFT: TriangularSolve =
    TriangularSolve { left_side: true, lower: true, transpose_a: false, unit_diagonal: false };

/// A positive definite matrix that depends on x in all elements.
fn posdef(x: &Tensor) -> Tensor {
    let d = x.expand_dims(1) - x.expand_dims(0);
    (-d.powi(2)).exp() + x.exp().diag()
}

/// A matrix that is far from singular, and depends on x in all elements.
fn regular(x: &Tensor) -> Tensor {
    (x.expand_dims(1) * x.exp().expand_dims(0)).sin() + (x + 2.0).diag()
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
    ("solve", |x| linalg::solve(&regular(x), &x.sin()).powi(3).sum(), &[3, 1, 0]),
    ("inv", |x| linalg::inv(&regular(x)).sin().sum(), &[3]),
    ("det", |x| linalg::det(&regular(x)) * 0.1, &[3, 5, 1]),
    ("slogdet", |x| linalg::slogdet(&regular(x)).1, &[5, 1, 0]),
    ("lu", |x| lax::lu(&regular(x))[0].powi(3).sum(), &[3]),
    (
        "qr",
        |x| {
            let (q, r) = linalg::qr(&regular(x).index((.., ..2)));
            q.powi(3).sum() + r.sin().sum()
        },
        &[3],
    ),
    (
        "eigh",
        |x| {
            let (w, v) = linalg::eigh(&posdef(x));
            w.powi(3).sum() * 0.1 + v.powi(4).sum()
        },
        &[3, 1],
    ),
    (
        "svd",
        |x| {
            let (u, s, vt) = linalg::svd(&regular(x).index((.., ..2)));
            u.powi(4).sum() + s.sin().sum() + vt.powi(4).sum()
        },
        &[3],
    ),
    ("lstsq", |x| linalg::lstsq(&regular(x).index((.., ..2)), &x.exp()).powi(3).sum(), &[3]),
    ("pinv", |x| linalg::pinv(&x.outer(x.sin())).sin().sum(), &[3]),
    ("expm", |x| linalg::expm(&(regular(x) * 0.5)).sin().sum(), &[3, 1]),
    ("matrix_power", |x| linalg::matrix_power(&(regular(x) * 0.3), 5).sum(), &[3]),
    (
        "norms",
        |x| {
            let a = regular(x);
            let norm = |norm| linalg::matrix_norm(&a, norm);
            norm(MatrixNorm::Spectral) * norm(MatrixNorm::Nuclear)
                + linalg::vector_norm(&a, 3.0, -1).prod()
        },
        &[3],
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

/// A matrix of fixed numbers between −0.7 and 0.7.
fn matrix(m: usize, n: usize) -> Array {
    let values = values(m * n).into_iter().map(|v| v - 1.0).collect();
    Array::from_vec([m, n], values).unwrap()
}

fn small(values: &Array) {
    let values = values.to_vec::<f64>().unwrap();
    assert!(values.iter().all(|v| *v < 1e-12), "{values:?}");
}

/// How far `q` is from having orthonormal columns.
fn skew(q: &Tensor) -> Tensor {
    let n = q.dim(-1);
    (q.t().matmul(q) - Tensor::eye::<f64>(n)).abs().max()
}

/// The sizes around which the algorithms change, and matrices that are not square.
#[test]
fn factors_make_the_matrix() {
    for (m, n) in [(1, 1), (2, 2), (8, 3), (3, 8), (33, 31)] {
        let residuals = jit(|a: Tensor| -> Vec<Tensor> {
            let off = |b: Tensor| (b - &a).abs().max();
            let (p, l, u) = linalg::lu(&a);
            let (q, r) = linalg::qr(&a);
            let [full_q, full_r] = lax::qr(&a, true);
            let (x, s, yt) = linalg::svd(&a);
            let [full_x, full_s, full_yt] = lax::svd(&a, true);
            let k = s.dim(0);
            let middle = lax::pad(
                &full_s.diag(),
                &Tensor::scalar(0.0),
                &[(0, (m - k) as isize, 0), (0, (n - k) as isize, 0)],
            );
            // The pseudo-inverse is as good as the condition of the matrix allows.
            let pinv = linalg::pinv(&a);
            let condition = linalg::cond(&a);
            vec![
                off(p.matmul(l).matmul(u)),
                off(q.matmul(r)),
                skew(&q),
                off(full_q.matmul(full_r)),
                skew(&full_q),
                off((&x * &s).matmul(&yt)),
                skew(&x),
                skew(&yt.t()),
                off(full_x.matmul(middle).matmul(&full_yt)),
                skew(&full_x),
                skew(&full_yt.t()),
                (linalg::svdvals(&a) - s).abs().max(),
                off(a.matmul(&pinv).matmul(&a)) / condition,
            ]
        });
        for residual in residuals.call(matrix(m, n)).unwrap() {
            small(&residual);
        }
    }
}

#[test]
fn eigenvectors_are_eigenvectors() {
    for n in [1, 2, 5, 33] {
        let residuals = jit(|a: Tensor| {
            let s = (&a + a.t()) * 0.5;
            let (w, v) = linalg::eigh(&a);
            let sorted = (w.index(..-1) - w.index(1..)).relu().sum();
            [(s.matmul(&v) - &v * w).abs().max(), skew(&v), sorted]
        });
        residuals.call(matrix(n, n)).unwrap().iter().for_each(small);
    }
}

/// Matrices of low rank: the vectors that belong to zeros are orthonormal too.
#[test]
fn low_rank() {
    let residuals = jit(|a: Tensor| {
        let a = a.matmul(a.t());
        let (u, s, vt) = linalg::svd(&a);
        let zero = linalg::svd(&(&a * 0.0));
        let (w, v) = linalg::eigh(&(&a * 0.0));
        [
            skew(&u),
            skew(&vt.t()),
            ((&u * &s).matmul(vt) - a).abs().max(),
            s.index(2..).max(),
            skew(&zero.0) + skew(&zero.2) + zero.1.sum(),
            skew(&v) + w.abs().sum(),
        ]
    });
    residuals.call(matrix(7, 2)).unwrap().iter().for_each(small);
}

/// Where eigenvalues or singular values are equal, symmetric functions of them have their derivative,
/// and all derivatives are finite.
#[test]
fn equal_eigenvalues() {
    let a = [[2.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, -1.0]];
    let f = jit(|a: Tensor| {
        let exponential = grad(|a: Tensor| linalg::eigvalsh(&a).exp().sum()).call(a.clone());
        let nuclear = grad(|a: Tensor| linalg::svdvals(&a).sum()).call(a.clone());
        let sign = Tensor::from_array([1.0, 1.0, -1.0]).diag();
        let vectors = jacfwd(|a: Tensor| linalg::eigh(&a).1).call(a.clone());
        let pairs = jacfwd(|a: Tensor| linalg::svd(&a).0).call(a.clone());
        let finite = |x: &Tensor| lax::reduce_and(&lax::is_finite(&x.ravel()), &[0]);
        let within = vectors.index((..2, ..2, ..2, ..2)).abs();
        (
            [(exponential - linalg::expm(&a)).abs().max(), (nuclear - sign).abs().max()],
            [finite(&vectors), finite(&pairs)],
            within,
        )
    });
    let (residuals, finite, within) = f.call(a).unwrap();
    residuals.iter().for_each(small);
    assert!(finite.iter().all(|f| f.item::<bool>().unwrap()));
    assert!(!within.to_vec::<f64>().unwrap().is_empty());
}

/// NaN comes out where NaN went in, and loops end.
#[test]
fn nan_in_nan_out() {
    let f = jit(|a: Tensor| {
        let (w, v) = linalg::eigh(&a);
        let (u, s, vt) = linalg::svd(&a);
        [w, v, u, s, vt, linalg::pinv(&a), linalg::cholesky(&a), linalg::inv(&a)]
    });
    for out in f.call([[f64::NAN, 1.0, 0.0], [1.0, 2.0, 0.5], [0.0, 0.5, 1.0]]).unwrap() {
        let values = out.to_vec::<f64>().unwrap();
        assert!(values.iter().any(|v| v.is_nan()), "{values:?}");
    }
}
