//! The operations of linear algebra of the cases.

use crate::support::golden::{Case, Params};
use cotangent::lax::{self, TriangularSolve};
use cotangent::linalg::{self, MatrixNorm};
use cotangent::{Complex, Tensor};

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

/// Factors of absolute value 1 that make numbers real and positive; of real zeros they are 0.
fn turned(x: &Tensor) -> Tensor {
    if x.dtype().is_complex() { x.conj() / Tensor::complex(x.abs(), 0.0) } else { lax::sign(x) }
}

/// The first elements along an axis, with the axis.
fn first(x: &Tensor, axis: usize) -> Tensor {
    let mut limit = x.shape().to_vec();
    limit[axis] = limit[axis].min(1);
    lax::slice(x, &vec![0; x.rank()], &limit, &vec![1; x.rank()])
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
        "qr" => {
            let [q, r] = lax::qr(x, p.flag("full_matrices"));
            if !x.dtype().is_complex() {
                return vec![q, r];
            }
            let (rows, columns) = (r.shape()[r.rank() - 2], r.shape()[r.rank() - 1]);
            let diagonal = &r * Tensor::eye_with::<Complex<f64>>(rows, columns, 0);
            let turn = turned(&diagonal.sum_axis(-1));
            vec![q * turn.conj().expand_dims(-2), r * turn.expand_dims(-1)]
        }
        "eigh" => {
            let [v, w] = lax::eigh(x);
            vec![&v * turned(&first(&v, r - 2)), w]
        }
        "svd" => {
            let [u, s, vt] = lax::svd(x, false);
            let turn = turned(&first(&vt, r - 1));
            vec![u * turn.conj().swapaxes(-1, -2), s, vt * turn]
        }
        "eigvals" => {
            let w = linalg::eigvals(x);
            vec![w.abs().sort(-1), w.square().sum_axis(-1), w.exp().sum_axis(-1)]
        }
        "eig" => {
            let (w, v) = linalg::eig(x);
            let size = Tensor::complex(v.abs(), 0.0);
            vec![size.matmul(&(w.exp().expand_dims(-1) * size.swapaxes(-1, -2)))]
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
