//! Mistakes in linear algebra.

use super::{check, given, given2};
use cotangent::lax::{self, TriangularSolve};
use cotangent::linalg::{self, MatrixNorm};
use cotangent::{DType, Tensor, jacfwd};
use expect_test::expect;

const LEFT: TriangularSolve =
    TriangularSolve { left_side: true, lower: true, transpose_a: false, unit_diagonal: false };
const RIGHT: TriangularSolve = TriangularSolve { left_side: false, ..LEFT };

#[test]
fn matrices_that_do_not_fit() {
    let results = [
        given(&[3], |x| lax::cholesky(&x)),
        given(&[2, 3], |x| lax::cholesky(&x)),
        given(&[2, 2], |x| lax::cholesky(&x.convert(DType::I32))),
        given2([&[2, 3], &[3, 1]], |x, y| lax::triangular_solve(&x, &y, LEFT)),
        given2([&[3, 3], &[2, 1]], |x, y| lax::triangular_solve(&x, &y, LEFT)),
        given2([&[3, 3], &[3, 1]], |x, y| lax::triangular_solve(&x, &y, RIGHT)),
        given2([&[3, 3], &[3]], |x, y| lax::triangular_solve(&x, &y, LEFT)),
        given2([&[2, 3, 3], &[3, 3]], |x, y| lax::triangular_solve(&x, &y, LEFT)),
        given2([&[2, 2], &[2, 2]], |x, y| lax::triangular_solve(&x, &y.as_type::<f32>(), LEFT)),
    ];
    check(
        results,
        expect![[r#"
            cholesky: shapes [3]: it takes matrices: two axes or more
              at lax::cholesky(&x)
            cholesky: shapes [2,3]: it takes square matrices
              at lax::cholesky(&x)
            cholesky: dtypes i32: it takes matrices of f32, f64, c64 or c128; convert with `as_type::<f64>()`
              at lax::cholesky(&x.convert(DType::I32))
            triangular_solve: shapes [2,3]: it takes square matrices
              at lax::triangular_solve(&x, &y, LEFT)
            triangular_solve: shapes [3,3] and [2,1]: the second needs as many rows as the matrix of the system, and the same axes before the last two
              at lax::triangular_solve(&x, &y, LEFT)
            triangular_solve: shapes [3,3] and [3,1]: the second needs as many columns as the matrix of the system, and the same axes before the last two
              at lax::triangular_solve(&x, &y, RIGHT)
            triangular_solve: shapes [3]: it takes matrices: two axes or more
              at lax::triangular_solve(&x, &y, LEFT)
            triangular_solve: shapes [2,3,3] and [3,3]: the second needs as many rows as the matrix of the system, and the same axes before the last two
              at lax::triangular_solve(&x, &y, LEFT)
            triangular_solve: dtypes f64 and f32: they must be the same; convert one with `convert`
              at lax::triangular_solve(&x, &y.as_type::<f32>(), LEFT)
        "#]],
    );
}

#[test]
fn functions_of_numpy() {
    let results = [
        given(&[2, 3], |x| linalg::cholesky(&x)),
        given(&[2, 3], |x| linalg::inv(&x)),
        given(&[2, 3], |x| linalg::det(&x)),
        given(&[3], |x| linalg::slogdet(&x)),
        given(&[3], |x| linalg::lu(&x)),
        given(&[3], |x| linalg::qr(&x)),
        given(&[2, 3], |x| linalg::eigh(&x)),
        given(&[2, 3], |x| linalg::eigvalsh(&x)),
        given(&[3], |x| linalg::svd(&x)),
        given(&[], |x| linalg::svdvals(&x)),
        given(&[3], |x| linalg::pinv(&x)),
        given(&[2, 3], |x| linalg::expm(&x)),
        given(&[2, 3], |x| linalg::matrix_power(&x, 2)),
        given(&[3], |x| linalg::matrix_norm(&x, MatrixNorm::Nuclear)),
        given(&[3], |x| linalg::vector_norm(&x, 1.0, 1)),
        given(&[3], |x| linalg::cond(&x)),
        given2([&[3, 3], &[2]], |x, y| linalg::solve(&x, &y)),
        given2([&[3, 3], &[]], |x, y| linalg::solve(&x, &y)),
        given2([&[2, 3, 3], &[5, 3, 1]], |x, y| linalg::solve(&x, &y)),
        given2([&[3, 3], &[3]], |x, y| linalg::solve(&x, &y.as_type::<f32>())),
        given2([&[3, 3], &[3]], |x, y| linalg::solve(&x.as_type::<i32>(), &y)),
        given2([&[3, 2], &[3]], |x, y| linalg::cho_solve(&x, &y)),
        given2([&[3, 3], &[2, 2]], |x, y| linalg::solve_triangular(&x, &y, RIGHT)),
        given2([&[3, 2], &[2]], |x, y| linalg::lstsq(&x, &y)),
    ];
    check(
        results,
        expect![[r#"
        cholesky: shapes [2,3]: it takes square matrices
          at linalg::cholesky(&x)
        inv: shapes [2,3]: it takes square matrices
          at linalg::inv(&x)
        det: shapes [2,3]: it takes square matrices
          at linalg::det(&x)
        slogdet: shapes [3]: it takes matrices: two axes or more
          at linalg::slogdet(&x)
        lu: shapes [3]: it takes matrices: two axes or more
          at linalg::lu(&x)
        qr: shapes [3]: it takes matrices: two axes or more
          at linalg::qr(&x)
        eigh: shapes [2,3]: it takes square matrices
          at linalg::eigh(&x)
        eigvalsh: shapes [2,3]: it takes square matrices
          at linalg::eigvalsh(&x)
        svd: shapes [3]: it takes matrices: two axes or more
          at linalg::svd(&x)
        svdvals: shapes []: it takes matrices: two axes or more
          at linalg::svdvals(&x)
        pinv: shapes [3]: it takes matrices: two axes or more
          at linalg::pinv(&x)
        expm: shapes [2,3]: it takes square matrices
          at linalg::expm(&x)
        matrix_power: shapes [2,3]: it takes square matrices
          at linalg::matrix_power(&x, 2)
        matrix_norm: shapes [3]: it takes matrices: two axes or more
          at linalg::matrix_norm(&x, MatrixNorm::Nuclear)
        vector_norm: axis 1 is out of range for an array of rank 1
          at linalg::vector_norm(&x, 1.0, 1)
        cond: shapes [3]: it takes matrices: two axes or more
          at linalg::cond(&x)
        solve: shapes [3,3] and [2]: the right-hand side needs 3 rows
          at linalg::solve(&x, &y)
        solve: shapes [3,3] and []: the right-hand side needs 3 rows
          at linalg::solve(&x, &y)
        solve: shapes [2,3,3] and [5,3,1]: the axes before the matrices do not broadcast to a common shape
          at linalg::solve(&x, &y)
        solve: dtypes f64 and f32: they must be the same; convert one with `convert`
          at linalg::solve(&x, &y.as_type::<f32>())
        solve: dtypes i32: it takes floating-point operands; convert with `as_type::<f64>()`
          at linalg::solve(&x.as_type::<i32>(), &y)
        cho_solve: shapes [3,2]: it takes square matrices
          at linalg::cho_solve(&x, &y)
        solve_triangular: shapes [3,3] and [2,2]: the right-hand side needs 3 columns
          at linalg::solve_triangular(&x, &y, RIGHT)
        lstsq: shapes [3,2] and [2]: the right-hand side needs 3 rows
          at linalg::lstsq(&x, &y)
    "#]],
    );
}

#[test]
fn derivatives_that_there_are_not() {
    let results = [
        given(&[3, 2], |x| jacfwd(|x: Tensor| lax::qr(&x, true).to_vec()).call(x)),
        given(&[2, 3], |x| jacfwd(|x: Tensor| lax::svd(&x, true).to_vec()).call(x)),
    ];
    check(
        results,
        expect![[r#"
        qr: all columns of the orthogonal factor have no derivative; take the reduced decomposition (full_matrices: false)
          at call(x)
        svd: all columns of the orthogonal factors have no derivative; take the reduced decomposition (full_matrices: false)
          at call(x)
    "#]],
    );
}
