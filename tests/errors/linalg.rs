//! Mistakes in linear algebra.

use super::{check, given, given2};
use cotangent::DType;
use cotangent::lax::{self, TriangularSolve};
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
        cholesky: dtypes i32: it takes floating-point matrices; convert with `as_type::<f64>()`
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
