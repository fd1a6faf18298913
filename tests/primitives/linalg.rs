//! The operations of linear algebra of the cases.

use crate::support::golden::{Case, Params};
use cotangent::Tensor;
use cotangent::lax::{self, TriangularSolve};
use cotangent::linalg::{self, MatrixNorm};

fn system(p: &Params) -> TriangularSolve {
    TriangularSolve {
        left_side: p.flag("left_side"),
        lower: p.flag("lower"),
        transpose_a: p.flag("transpose_a"),
        unit_diagonal: p.flag("unit_diagonal"),
    }
}

fn matrix_norm(order: &str) -> MatrixNorm {
    match order {
        "fro" => MatrixNorm::Frobenius,
        "nuc" => MatrixNorm::Nuclear,
        "1" => MatrixNorm::Columns,
        "2" => MatrixNorm::Spectral,
        _ => MatrixNorm::Rows,
    }
}

/// The signs of the first elements along an axis, with the axis.
fn signs(x: &Tensor, axis: usize) -> Tensor {
    if x.size() == 0 {
        return x.clone();
    }
    let mut limit = x.shape().to_vec();
    limit[axis] = 1;
    lax::sign(&lax::slice(x, &vec![0; x.rank()], &limit, &vec![1; x.rank()]))
}

/// The results of the case's operation on other inputs.
pub(super) fn apply(case: &Case, xs: &[Tensor]) -> Vec<Tensor> {
    let (op, p) = (case.op.as_str(), &case.params);
    let x = &xs[0];
    let r = x.rank();
    match op {
        "cholesky" => vec![lax::cholesky(x)],
        "triangular_solve" => vec![lax::triangular_solve(x, &xs[1], system(p))],
        "lu" => lax::lu(x).to_vec(),
        "linear_solve" => {
            let [lu, _, permutation] = lax::lu(&lax::stop_gradient(x));
            vec![lax::linear_solve(x, &lu, &permutation, &xs[1])]
        }
        "det" | "logabsdet" => {
            let [lu, pivots, permutation] = lax::lu(&lax::stop_gradient(x));
            let f = if op == "det" { lax::det } else { lax::logabsdet };
            vec![f(x, &lu, &pivots, &permutation)]
        }
        "qr" => lax::qr(x, p.flag("full_matrices")).to_vec(),
        "eigh" => {
            let [v, w] = lax::eigh(x);
            vec![&v * signs(&v, r - 2), w]
        }
        "svd" => {
            let [u, s, vt] = lax::svd(x, false);
            let signs = signs(&vt, r - 1);
            vec![u * signs.swapaxes(-1, -2), s, vt * signs]
        }
        "svdvals" => vec![lax::svdvals(x)],
        "pinv" => vec![lax::pinv(x)],
        "linalg.solve" => vec![linalg::solve(x, &xs[1])],
        "linalg.solve_triangular" => vec![linalg::solve_triangular(x, &xs[1], system(p))],
        "linalg.cho_solve" => vec![linalg::cho_solve(x, &xs[1])],
        "linalg.lstsq" => vec![linalg::lstsq(x, &xs[1])],
        "linalg.inv" => vec![linalg::inv(x)],
        "linalg.det" => vec![linalg::det(x)],
        "linalg.slogdet" => {
            let (sign, log) = linalg::slogdet(x);
            vec![sign, log]
        }
        "linalg.lu" => {
            let (permutation, l, u) = linalg::lu(x);
            vec![permutation, l, u]
        }
        "linalg.eigvalsh" => vec![linalg::eigvalsh(x)],
        "linalg.matrix_power" => vec![linalg::matrix_power(x, p.int("n") as i32)],
        "linalg.expm" => vec![linalg::expm(x)],
        "linalg.cond" => vec![linalg::cond(x)],
        "linalg.matrix_norm" => vec![linalg::matrix_norm(x, matrix_norm(p.text("ord")))],
        "linalg.vector_norm" => {
            vec![linalg::vector_norm(x, p.text("ord").parse().unwrap(), p.int("axis"))]
        }
        other => panic!("no operation {other}"),
    }
}
