//! The operations of linear algebra of the cases.

use crate::support::golden::{Case, Params};
use cotangent::Tensor;
use cotangent::lax::{self, TriangularSolve};

fn system(p: &Params) -> TriangularSolve {
    TriangularSolve {
        left_side: p.flag("left_side"),
        lower: p.flag("lower"),
        transpose_a: p.flag("transpose_a"),
        unit_diagonal: p.flag("unit_diagonal"),
    }
}

/// The results of the case's operation on other inputs.
pub(super) fn apply(case: &Case, xs: &[Tensor]) -> Vec<Tensor> {
    let (op, p) = (case.op.as_str(), &case.params);
    let x = &xs[0];
    match op {
        "cholesky" => vec![lax::cholesky(x)],
        "triangular_solve" => vec![lax::triangular_solve(x, &xs[1], system(p))],
        other => panic!("no operation {other}"),
    }
}
