//! Decompositions of stacks of matrices, and triangular systems. All lie row by row; the sizes are
//! those of the arrays. What is not finite or does not converge gives NaN.

use crate::call::{Call, Number, Threads, with_number, with_subnormals};
use crate::lu;
use faer::linalg::triangular_solve::{
    solve_lower_triangular_in_place, solve_unit_lower_triangular_in_place,
    solve_unit_upper_triangular_in_place, solve_upper_triangular_in_place,
};
use faer::traits::math_utils::{abs, conj, from_real, nan, real, zero};
use faer::{MatMut, MatRef, Par, Side};
use num_complex::Complex;
use std::fmt;
use std::str::FromStr;

/// The name of the function for XLA that factors `S`, Hermitian: `S = L Lᴴ`. It is NaN where `S` is
/// not positive definite.
pub const CHOLESKY: &str = "cotangent_cholesky";

/// The name of the function for XLA that decomposes `A` into `V` and `w`, complex, with
/// `A V = V diag(w)` in no order.
pub const EIG: &str = "cotangent_eig";

/// The name of the function for XLA that decomposes `S`, Hermitian, into `V` and `w`, increasing:
/// `S V = V diag(w)`.
pub const EIGH: &str = "cotangent_eigh";

/// The name of the function for XLA that decomposes `A` into `L` and `U` in one matrix, the pivots
/// and the permutation: `A[p] = L U`. A column without a pivot is left as it is.
pub const LU: &str = "cotangent_lu";

/// The name of the function for XLA that decomposes `A` into `Q` and `R`, whose diagonal is real; of
/// `Q` there are as many columns as its array has.
pub const QR: &str = "cotangent_qr";

/// The name of the function for XLA that decomposes `A` into `U`, `s`, decreasing, and `Vᴴ`:
/// `A = U diag(s) Vᴴ`. It gives `s` alone if that is its only result.
pub const SVD: &str = "cotangent_svd";

/// The name of the function for XLA that solves `A X = B`; its text is that of [`Triangular`].
pub const TRIANGULAR_SOLVE: &str = "cotangent_triangular_solve";

/// What system it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Triangular {
    /// `A X = B`, not `X A = B`.
    pub left: bool,
    /// The lower triangle of the array is `A`, not the upper one.
    pub lower: bool,
    /// `A` is transposed.
    pub transpose: bool,
    /// The diagonal is not read, but taken to be 1.
    pub unit: bool,
}

impl fmt::Display for Triangular {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Triangular { left, lower, transpose, unit } = self;
        write!(f, "{left} {lower} {transpose} {unit}")
    }
}

impl FromStr for Triangular {
    type Err = ();

    fn from_str(text: &str) -> Result<Triangular, ()> {
        let flags = text.split(' ').map(|word| word.parse().map_err(|_| ()));
        let [left, lower, transpose, unit] = flags.collect::<Result<Vec<bool>, ()>>()?[..] else {
            return Err(());
        };
        Ok(Triangular { left, lower, transpose, unit })
    }
}

/// The place in all stacks of one matrix of each.
struct At<'a> {
    call: &'a Call,
    number: usize,
    count: usize,
}

impl At<'_> {
    /// A matrix of an operand.
    ///
    /// # Safety
    /// There must be so many operands, with matrices of elements of this type.
    unsafe fn operand<T>(&self, i: usize) -> MatRef<'_, T> {
        // SAFETY: as the caller says.
        unsafe {
            let (m, n) = size(self.call.operand_shape(i));
            let start = self.call.operand::<T>(i).at(self.number * m * n);
            MatRef::from_row_major_slice(std::slice::from_raw_parts(start, m * n), m, n)
        }
    }

    /// Part of a result.
    ///
    /// # Safety
    /// There must be so many results, with elements of this type, and nobody else may use this part.
    #[allow(clippy::mut_from_ref)]
    unsafe fn result<T>(&self, i: usize) -> &mut [T] {
        // SAFETY: as the caller says.
        unsafe {
            let size = elements(self.call.result_shape(i)) / self.count;
            let start = self.call.result::<T>(i).at(self.number * size);
            std::slice::from_raw_parts_mut(start, size)
        }
    }
}

fn elements(shape: &[i64]) -> usize {
    shape.iter().product::<i64>() as usize
}

/// Rows and columns.
fn size(shape: &[i64]) -> (usize, usize) {
    match shape {
        [.., m, n] => (*m as usize, *n as usize),
        _ => (0, 0),
    }
}

/// Copies a matrix row by row, if there is one, and zeros for rows that it does not have.
fn store<T: Number>(out: &mut [T], x: Option<MatRef<'_, T>>) {
    let Some(x) = x else { return out.fill(nan()) };
    for (row, out) in out.chunks_exact_mut(x.ncols().max(1)).enumerate() {
        if row < x.nrows() {
            out.iter_mut().enumerate().for_each(|(column, out)| *out = x[(row, column)]);
        } else {
            out.fill(zero());
        }
    }
}

/// Copies numbers, if there are any.
fn store_all<T: Number>(out: &mut [T], values: Option<impl Iterator<Item = T>>) {
    let Some(values) = values else { return out.fill(nan()) };
    out.iter_mut().zip(values).for_each(|(out, value)| *out = value);
}

/// The matrix, if all of it is finite.
fn finite<T: Number>(x: MatRef<'_, T>) -> Option<MatRef<'_, T>> {
    x.is_all_finite().then_some(x)
}

/// # Safety
/// As what [`CHOLESKY`] says, as all below.
unsafe fn cholesky<T: Number>(at: &At<'_>) {
    // SAFETY: as the caller says.
    let (s, l) = unsafe { (at.operand::<T>(0), at.result(0)) };
    match finite(s).and_then(|s| s.llt(Side::Lower).ok()) {
        Some(found) => store(l, Some(found.L())),
        None => {
            store(l, Some(MatRef::from_repeated_ref(&zero(), s.nrows(), s.ncols())));
            (0..s.nrows()).for_each(|i| l[i * s.ncols()..][..=i].fill(nan()));
        }
    }
}

unsafe fn eig<T: Number>(at: &At<'_>)
where
    Complex<T::Real>: Number,
{
    // SAFETY: as the caller says.
    let (x, v, w) = unsafe { (at.operand::<T>(0), at.result(0), at.result(1)) };
    let found = finite(x).and_then(|x| x.eigen().ok());
    store::<Complex<T::Real>>(v, found.as_ref().map(|found| found.U()));
    store_all(w, found.as_ref().map(|found| found.S().column_vector().iter().copied()));
}

unsafe fn eigh<T: Number>(at: &At<'_>)
where
    T::Real: Number,
{
    // SAFETY: as the caller says.
    let (s, v, w) = unsafe { (at.operand::<T>(0), at.result(0), at.result(1)) };
    let found = finite(s).and_then(|s| s.self_adjoint_eigen(Side::Lower).ok());
    store(v, found.as_ref().map(|found| found.U()));
    store_all(w, found.as_ref().map(|found| found.S().column_vector().iter().map(real)));
}

unsafe fn lu<T: Number>(at: &At<'_>) {
    // SAFETY: as the caller says.
    let (x, lu) = unsafe { (at.operand::<T>(0), at.result(0)) };
    // SAFETY: as the caller says.
    let (pivots, p) = unsafe { (at.result(1), at.result(2)) };
    store(lu, Some(x));
    lu::factor(MatMut::from_row_major_slice_mut(lu, x.nrows(), x.ncols()), pivots);
    (0..).zip(p.iter_mut()).for_each(|(i, p)| *p = i);
    pivots.iter().enumerate().for_each(|(i, &pivot)| p.swap(i, pivot as usize));
}

unsafe fn qr<T: Number>(at: &At<'_>) {
    // SAFETY: as the caller says.
    let (x, q, r) = unsafe { (at.operand::<T>(0), at.result(0), at.result(1)) };
    let Some(x) = finite(x) else {
        store::<T>(q, None);
        store::<T>(r, None);
        return;
    };
    let (m, n) = x.shape();
    let found = x.qr();
    let columns = q.len() / m;
    let all = columns > m.min(n);
    store(q, Some(if all { found.compute_Q() } else { found.compute_thin_Q() }.as_ref()));
    store(r, Some(found.thin_R()));
    if T::IS_REAL {
        return;
    }
    // A diagonal of real numbers, with the signs of the real parts.
    for k in 0..m.min(n) {
        let pivot = r[k * n + k];
        let size = if real(&pivot) < zero() { -abs(&pivot) } else { abs(&pivot) };
        if size == zero() {
            continue;
        }
        let turn = pivot / from_real::<T>(&size);
        q.iter_mut().skip(k).step_by(columns).for_each(|q| *q *= turn);
        r[k * n..][..n].iter_mut().for_each(|r| *r *= conj(&turn));
        r[k * n + k] = from_real(&size);
    }
}

unsafe fn svd<T: Number>(at: &At<'_>)
where
    T::Real: Number,
{
    // SAFETY: as the caller says.
    let x = unsafe { at.operand::<T>(0) };
    if at.call.count == 1 {
        let found = finite(x).and_then(|x| x.singular_values().ok());
        // SAFETY: as the caller says.
        store_all(unsafe { at.result(0) }, found.map(Vec::into_iter));
        return;
    }
    // SAFETY: as the caller says.
    let (u, s, vt) = unsafe { (at.result(0), at.result(1), at.result::<T>(2)) };
    let (m, n) = x.shape();
    let all = u.len() > m * m.min(n) || vt.len() > m.min(n) * n;
    let found = finite(x).and_then(|x| if all { x.svd() } else { x.thin_svd() }.ok());
    store(u, found.as_ref().map(|found| found.U()));
    store_all(s, found.as_ref().map(|found| found.S().column_vector().iter().map(real)));
    store(vt, found.as_ref().map(|found| found.V().transpose()));
    if !T::IS_REAL {
        vt.iter_mut().for_each(|v| *v = conj(v));
    }
}

unsafe fn triangular_solve<T: Number>(at: &At<'_>, system: Triangular) {
    // SAFETY: as the caller says.
    let (a, b, x) = unsafe { (at.operand::<T>(0), at.operand::<T>(1), at.result(0)) };
    store(x, Some(b));
    let x = MatMut::from_row_major_slice_mut(x, b.nrows(), b.ncols());
    // `X A = B` is `Aᵀ Xᵀ = Bᵀ`.
    let x = if system.left { x } else { x.transpose_mut() };
    let transpose = system.transpose == system.left;
    let a = if transpose { a.transpose() } else { a };
    let solve = match (system.lower != transpose, system.unit) {
        (true, false) => solve_lower_triangular_in_place,
        (true, true) => solve_unit_lower_triangular_in_place,
        (false, false) => solve_upper_triangular_in_place,
        (false, true) => solve_unit_upper_triangular_in_place,
    };
    solve(a, x, Par::Seq);
}

/// Calls the function for all matrices.
///
/// # Safety
/// There must be an operand.
unsafe fn each(call: &Call, threads: &Threads, one: &(dyn Fn(&At<'_>) + Sync)) {
    // SAFETY: as the caller says.
    let shape = unsafe { call.operand_shape(0) };
    let (m, n) = size(shape);
    let count = elements(&shape[..shape.len().saturating_sub(2)]);
    // Some ten thousand operations are worth handing over.
    let step = (10_000 / (m * n * m.min(n)).max(1)).max(1);
    let part = |part: usize| {
        (part * step..((part + 1) * step).min(count))
            .for_each(|number| one(&At { call, number, count }));
    };
    threads.share(count.div_ceil(step), &|number| with_subnormals(&|| part(number)));
}

macro_rules! functions {
    ($($name:ident = $one:ident;)*) => {$(
        /// What XLA calls.
        ///
        /// # Safety
        /// The arrays must be those that the name of the function for XLA promises.
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $name(call: Call, threads: Threads) -> bool {
            // SAFETY: as the caller says; each matrix comes once.
            unsafe {
                with_number!(call, T => each(&call, &threads, &|at| $one::<T>(at)))
            }
        }
    )*};
}

functions! {
    cotangent_cholesky = cholesky;
    cotangent_eig = eig;
    cotangent_eigh = eigh;
    cotangent_lu = lu;
    cotangent_qr = qr;
    cotangent_svd = svd;
}

/// What XLA calls.
///
/// # Safety
/// There are the matrices of the systems and the right-hand sides, and the text of [`Triangular`].
#[unsafe(no_mangle)]
unsafe extern "C" fn cotangent_triangular_solve(call: Call, threads: Threads) -> bool {
    // SAFETY: XLA hands the text that the program was written with.
    let Some(system) = (unsafe { call.text::<Triangular>() }) else { return false };
    // SAFETY: as the caller says; each matrix comes once.
    unsafe {
        with_number!(call, T => each(&call, &threads, &|at| triangular_solve::<T>(at, system)))
    }
}
