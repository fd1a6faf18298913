//! LU decomposition with partial pivoting, by halves of the columns, so that most of the work is a
//! product of matrices (S. Toledo, "Locality of reference in LU decomposition with partial
//! pivoting", 1997). That of `faer` divides by pivots that are 0.

use crate::call::Number;
use faer::linalg::matmul::matmul;
use faer::linalg::triangular_solve::solve_unit_lower_triangular_in_place;
use faer::prelude::{Reborrow, ReborrowMut};
use faer::traits::math_utils::{abs1, one, zero};
use faer::{Accum, MatMut, Par};

/// So many columns are done one by one.
const FEW: usize = 8;

/// Puts `L` and `U` in place of the matrix; row `i` was exchanged with row `pivots[i]`.
pub(crate) fn factor<T: Number>(mut a: MatMut<'_, T>, pivots: &mut [i32]) {
    let k = pivots.len();
    if k <= FEW {
        return one_by_one(a, pivots);
    }
    let half = k / 2;
    let (first, second) = pivots.split_at_mut(half);
    let (mut left, mut right) = a.rb_mut().split_at_col_mut(half);
    factor(left.rb_mut(), first);
    exchange(right.rb_mut(), first);
    let (l, mut below) = left.split_at_row_mut(half);
    let (mut top, mut rest) = right.split_at_row_mut(half);
    solve_unit_lower_triangular_in_place(l.rb(), top.rb_mut(), Par::Seq);
    matmul(rest.rb_mut(), Accum::Add, below.rb(), top.rb(), -one::<T>(), Par::Seq);
    factor(rest, second);
    exchange(below.rb_mut(), second);
    second.iter_mut().for_each(|pivot| *pivot += half as i32);
}

/// Exchanges rows, one pair after the other.
fn exchange<T: Number>(mut a: MatMut<'_, T>, pivots: &[i32]) {
    for (i, &pivot) in pivots.iter().enumerate().filter(|(i, pivot)| *i != **pivot as usize) {
        let (mut above, mut below) = a.rb_mut().split_at_row_mut(pivot as usize);
        let (mut x, mut y) = (above.rb_mut().row_mut(i), below.rb_mut().row_mut(0));
        (0..x.ncols()).for_each(|j| std::mem::swap(&mut x[j], &mut y[j]));
    }
}

fn one_by_one<T: Number>(mut a: MatMut<'_, T>, pivots: &mut [i32]) {
    for j in 0..pivots.len() {
        let (mut largest, mut pivot) = (-one::<T::Real>(), j);
        for i in j..a.nrows() {
            let size = abs1(&a[(i, j)]);
            if size > largest {
                (largest, pivot) = (size, i);
            }
        }
        pivots[j] = pivot as i32;
        let (mut above, mut below) = a.rb_mut().split_at_row_mut(j + 1);
        let mut top = above.rb_mut().row_mut(j);
        if pivot > j {
            let mut row = below.rb_mut().row_mut(pivot - j - 1);
            (0..top.ncols()).for_each(|j| std::mem::swap(&mut top[j], &mut row[j]));
        }
        // A column of zeros is not divided.
        if largest == zero() {
            continue;
        }
        let top = top.rb();
        for mut row in below.rb_mut().row_iter_mut() {
            let factor = row[j] / top[j];
            row[j] = factor;
            (j + 1..top.ncols()).for_each(|k| row[k] -= factor * top[k]);
        }
    }
}
