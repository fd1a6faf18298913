//! The one-sided Jacobi method: vectors are rotated in pairs until all are orthogonal. What is left
//! of a matrix with these rows is `Σ Vᵀ`, the right half of its singular value decomposition.
//!
//! A round rotates `n/2` pairs at once, in which each vector stands once; after `n − 1` rounds, a
//! *sweep*, each has met each, and all are back at their places (the order is that of a round-robin
//! tournament, Brent and Luk 1985). The number of sweeps depends on the data, for a batch on its
//! slowest matrix; five to ten are usual. The method is accurate relative to each singular value, not
//! only to the largest (Demmel and Veselić 1992).

use super::{derive, linalg};
use crate::base::{Result, Scalar};
use crate::hlo::{Module, Value};
use crate::ir::Tensor;
use crate::lax;

/// A bound that data without NaN never reach.
const SWEEPS: i32 = 40;

/// The rows of matrices, made orthogonal by rotations among them.
///
/// # Errors
/// When the program cannot be written, which is a bug here.
pub(super) fn orthogonal_rows(hlo: &mut Module, x: &Value) -> Result<Value> {
    let r = x.shape.rank();
    let (n, m) = (x.shape[r - 2], x.shape[r - 1]);
    if n <= 1 {
        return Ok(x.clone());
    }
    let half = n.div_ceil(2);
    let enough = x.dtype.epsilon() * (m as f64).sqrt();
    // A row of zeros needs no rotation, so it may fill the last pair.
    let start = derive::write(hlo, std::slice::from_ref(x), |ins| {
        let padded = linalg::pad_zeros(&ins[0], 2 * half, m);
        let one = lax::full([], Scalar::from_f64(1.0, x.dtype));
        Ok(vec![
            lax::full([], Scalar::I32(0)),
            one,
            linalg::block(&padded, &[(r - 2, 0, half)]),
            linalg::block(&padded, &[(r - 2, half, half)]),
        ])
    })?;
    let end = linalg::repeat_while(
        hlo,
        &start,
        |state| {
            let soon = lax::lt(&state[0], &Tensor::literal(Scalar::I32(SWEEPS)));
            Ok(lax::and(&soon, &lax::gt(&state[1], &lax::number(&state[1], enough))))
        },
        |state| {
            let [left, right, off] = sweep(&state[2], &state[3])?;
            Ok(vec![&state[0] + 1, off, left, right])
        },
    )?;
    let done = derive::write(hlo, &end[2..], |halves| {
        let all = lax::concatenate(&[&halves[0], &halves[1]], r - 2);
        Ok(vec![linalg::block(&all, &[(r - 2, 0, n)])])
    })?;
    done.into_iter().next().ok_or_else(linalg::other_results)
}

/// Each vector with each once. Also the largest cosine of an angle that was met.
fn sweep(left: &Tensor, right: &Tensor) -> Result<[Tensor; 3]> {
    let r = left.rank();
    let half = left.shape()[r - 2];
    let squares = |x: &Tensor| lax::reduce_sum(&lax::square(x), &[r - 1]);
    let norms = [squares(left), squares(right)];
    let off = lax::zeros_like(norms[0].aval());
    let [a, b] = norms;
    let init = [left.clone(), right.clone(), a, b, off];
    let (outs, ()) = lax::scan_with((2 * half - 1, false), &init, &[], |carries, _| {
        let [x, y, a, b, off] = carries else { return Err(linalg::other_results()) };
        let (zero, one) = (lax::number(x, 0.0), lax::number(x, 1.0));
        let product = lax::reduce_sum(&(x * y), &[r - 1]);
        let size = lax::sqrt(&(a * b));
        let turn = lax::gt(&lax::abs(&product), &(&size * x.dtype().epsilon()));
        let cosine = lax::abs(&product) / lax::select(&turn, &size, &one);
        let off = lax::max(off, &lax::select(&turn, &cosine, &zero));
        // The tangent of the smaller of the two angles that make the pair orthogonal.
        let zeta = (b - a) / lax::select(&turn, &(&product * 2.0), &one);
        let steep = lax::abs(&zeta) + lax::sqrt(&(lax::square(&zeta) + 1.0));
        let t = lax::select(&lax::lt(&zeta, &zero), &(-1.0 / &steep), &(1.0 / &steep));
        let t = lax::select(&turn, &t, &zero);
        let c = lax::rsqrt(&(lax::square(&t) + 1.0));
        let moved = &t * &product;
        let (a, b) = (lax::max(&(a - &moved), &zero), b + moved);
        let wide = |v: &Tensor| linalg::as_columns(v, x.aval());
        let (c, s) = (wide(&c), wide(&(&c * t)));
        // Stored before they move on: rows are copied faster than they are computed on the way.
        let stored = lax::optimization_barrier;
        let (x, y) = (stored(&(&c * x - &s * y)), stored(&(s * x + c * y)));
        let [x, y] = next_pairs(&x, &y, r - 2);
        let [a, b] = next_pairs(&a, &b, r - 2);
        Ok((vec![x, y, a, b, off], ()))
    })?;
    let [x, y, _, _, off] = &outs[..] else { return Err(linalg::other_results()) };
    let all: Vec<usize> = (0..off.rank()).collect();
    Ok([x.clone(), y.clone(), lax::reduce_max(off, &all)])
}

/// The first on the left stays; the others move on by one place, along the left and back along the
/// right.
fn next_pairs(left: &Tensor, right: &Tensor, axis: usize) -> [Tensor; 2] {
    let half = left.shape()[axis];
    if half == 1 {
        return [left.clone(), right.clone()];
    }
    let part = |x: &Tensor, from, size| linalg::block(x, &[(axis, from, size)]);
    let (first, rest, last) = (part(left, 0, 1), part(left, 1, half - 2), part(left, half - 1, 1));
    [
        lax::concatenate(&[&first, &part(right, 0, 1), &rest], axis),
        lax::concatenate(&[&part(right, 1, half - 1), &last], axis),
    ]
}
