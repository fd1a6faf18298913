//! The work of decompositions and of triangular systems: the multiplications of the textbook, and a
//! turn of a loop for each column.

use super::{Cost, table};
use crate::ir::{Aval, Eqn, Jaxpr, Prim};

/// The turns of the Jacobi method over all pairs of columns.
const SWEEPS: f64 = 8.0;

/// The work of an equation of linear algebra.
pub(super) fn work(jaxpr: &Jaxpr, eqn: &Eqn) -> Cost {
    let ins: Vec<Aval> = eqn.ins.iter().map(|&a| jaxpr.atom_aval(a)).collect();
    let Some(x) = ins.first() else { return Cost::default() };
    let [batch @ .., rows, columns] = &x.shape[..] else { return Cost::default() };
    let (count, m, n) = (batch.iter().product::<usize>() as f64, *rows as f64, *columns as f64);
    // Of one matrix.
    let k = m.min(n);
    // As many as half of the matrix has, for each element of the other side.
    let solve = |i: usize| n / 2.0 * ins.get(i).map_or(0, Aval::size) as f64 / count.max(1.0);
    let products = match &eqn.prim {
        Prim::Cholesky(_) => n * n * n / 6.0,
        Prim::TriangularSolve(_) => solve(1),
        Prim::Lu(_) => k * k * (m.max(n) / 2.0 - k / 6.0),
        Prim::LinearSolve(_) => 2.0 * solve(3),
        Prim::Qr(_) => 2.0 * k * k * (m.max(n) - k / 3.0),
        // A sweep has a turn for each column, and six multiplications for each element in it.
        Prim::Eigh(_) | Prim::Svd(_) | Prim::Pinv(_) => SWEEPS * 3.0 * k * k * k,
        _ => 0.0,
    };
    let turns = match &eqn.prim {
        Prim::Eigh(_) | Prim::Svd(_) | Prim::Pinv(_) => SWEEPS * k,
        _ => k,
    };
    let nanos = table::decomposition(count > 1.0, x.dtype.bytes());
    Cost {
        flops: 2.0 * count * products,
        seconds: turns * table::TURN + 1e-9 * nanos * count * products,
        ..Cost::default()
    }
}
