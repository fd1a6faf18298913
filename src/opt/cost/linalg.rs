//! The work of decompositions and of triangular systems: the multiplications of the textbook, and a
//! turn of a loop for each column.

use super::{Cost, table};
use crate::ir::{Aval, Eqn, Jaxpr, Prim};

/// The work of an equation of linear algebra.
pub(super) fn work(jaxpr: &Jaxpr, eqn: &Eqn) -> Cost {
    let ins: Vec<Aval> = eqn.ins.iter().map(|&a| jaxpr.atom_aval(a)).collect();
    let Some(x) = ins.first() else { return Cost::default() };
    let [batch @ .., rows, columns] = &x.shape[..] else { return Cost::default() };
    let (count, m, n) = (batch.iter().product::<usize>() as f64, *rows as f64, *columns as f64);
    // Of one matrix.
    let products = match &eqn.prim {
        Prim::Cholesky(_) => n * n * n / 6.0,
        // As many as half of the matrix has, for each element of the other side.
        Prim::TriangularSolve(_) => {
            n / 2.0 * ins.get(1).map_or(0, Aval::size) as f64 / count.max(1.0)
        }
        _ => 0.0,
    };
    let nanos = table::decomposition(count > 1.0, x.dtype.bytes());
    let turns = m.min(n);
    Cost {
        flops: 2.0 * count * products,
        seconds: turns * table::TURN + 1e-9 * nanos * count * products,
        ..Cost::default()
    }
}
