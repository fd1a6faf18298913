//! The work of decompositions and of triangular systems: the multiplications of the textbook, and some
//! time for each column.

use super::{Cost, table};
use crate::ir::{Aval, Eqn, Jaxpr, Prim};

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
        Prim::Eigh(_) => 1.5 * k * k * k,
        Prim::Svd(_) | Prim::Pinv(_) => 3.0 * k * k * (m.max(n) - k / 3.0),
        Prim::Eig(_) => 10.0 * k * k * k,
        _ => 0.0,
    };
    let columns = match &eqn.prim {
        Prim::Eig(_) | Prim::Eigh(_) | Prim::Svd(_) | Prim::Pinv(_) => 20.0 * k,
        _ => k,
    };
    let nanos = table::decomposition(x.dtype.bytes());
    Cost {
        flops: 2.0 * count * products,
        seconds: table::CALLED + count * (columns * table::COLUMN + 1e-9 * nanos * products),
        ..Cost::default()
    }
}
