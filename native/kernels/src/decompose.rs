//! Decompositions of stacks of matrices, which lie row by row. What is not finite or does not
//! converge gives NaN.

use crate::call::{Call, Start, Threads};
use faer::traits::RealField;
use faer::{MatRef, Side};
use std::fmt;
use std::str::FromStr;

/// The name of the function for XLA that decomposes `S`, symmetric, into `V` and `w`, increasing:
/// `S V = V diag(w)`.
pub const EIGH: &str = "cotangent_eigh";

/// The name of the function for XLA that decomposes `A` into `U`, `s`, decreasing, and `Vᵀ`:
/// `A = U diag(s) Vᵀ`. It gives `s` alone if that is its only result.
pub const SVD: &str = "cotangent_svd";

/// What matrices there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matrices {
    /// `f32` or `f64`.
    pub dtype: String,
    /// How many.
    pub count: usize,
    /// Rows and columns of each.
    pub size: (usize, usize),
    /// Whether orthogonal factors are square.
    pub full: bool,
}

impl fmt::Display for Matrices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Matrices { dtype, count, size: (m, n), full } = self;
        write!(f, "{dtype} {count} {m} {n} {full}")
    }
}

impl FromStr for Matrices {
    type Err = ();

    fn from_str(text: &str) -> Result<Matrices, ()> {
        let words: Vec<&str> = text.split(' ').collect();
        let [dtype, count, m, n, full] = words[..] else { return Err(()) };
        let number = |word: &str| word.parse::<usize>().map_err(|_| ());
        let size = (number(m)?, number(n)?);
        Ok(Matrices { dtype: dtype.into(), count: number(count)?, size, full: full == "true" })
    }
}

/// The results of one matrix.
type Parts<'a, T> = Vec<&'a mut [T]>;

/// Copies a matrix, row by row.
fn store<T: Copy>(out: &mut [T], x: MatRef<'_, T>) {
    let columns = x.ncols().max(1);
    for (row, out) in out.chunks_exact_mut(columns).enumerate() {
        out.iter_mut().enumerate().for_each(|(column, out)| *out = x[(row, column)]);
    }
}

fn eigh<T: RealField + Copy>(x: MatRef<'_, T>, _: bool, outs: &mut Parts<'_, T>) -> Option<()> {
    let found = x.self_adjoint_eigen(Side::Lower).ok()?;
    let [v, w] = &mut outs[..] else { return None };
    store(v, found.U());
    store(w, found.S().column_vector().transpose().as_mat());
    Some(())
}

fn svd<T: RealField + Copy>(x: MatRef<'_, T>, full: bool, outs: &mut Parts<'_, T>) -> Option<()> {
    if let [s] = &mut outs[..] {
        s.copy_from_slice(&x.singular_values().ok()?);
        return Some(());
    }
    let found = if full { x.svd() } else { x.thin_svd() }.ok()?;
    let [u, s, vt] = &mut outs[..] else { return None };
    store(u, found.U());
    store(s, found.S().column_vector().transpose().as_mat());
    store(vt, found.V().transpose());
    Some(())
}

impl Matrices {
    /// # Safety
    /// The stacks must be there, with so many elements for each matrix, and must not overlap.
    unsafe fn run<T: RealField + Copy + Send + Sync>(
        &self,
        call: &Call,
        sizes: &[usize],
        one: fn(MatRef<'_, T>, bool, &mut Parts<'_, T>) -> Option<()>,
        threads: &Threads,
    ) {
        let (m, n) = self.size;
        // SAFETY: as the caller says.
        let (x, outs): (Start<T>, Vec<Start<T>>) =
            unsafe { (call.operand(0), (0..sizes.len()).map(|i| call.result(i)).collect()) };
        let decompose = |number: usize| {
            // SAFETY: as the caller says.
            let (x, mut parts) = unsafe {
                let x = std::slice::from_raw_parts(x.at(number * m * n), m * n);
                let part = |(out, &size): (&Start<T>, &usize)| {
                    std::slice::from_raw_parts_mut(out.at(number * size), size)
                };
                (x, outs.iter().zip(sizes).map(part).collect::<Parts<'_, T>>())
            };
            let finite = x.iter().all(T::is_finite_impl);
            let x = MatRef::from_row_major_slice(x, m, n);
            if !finite || one(x, self.full, &mut parts).is_none() {
                parts.iter_mut().for_each(|part| part.fill(T::nan_impl()));
            }
        };
        // Some ten thousand operations are worth handing over.
        let step = (10_000 / (m * n * m.min(n)).max(1)).max(1);
        threads.share(self.count.div_ceil(step), &|part| {
            (part * step..((part + 1) * step).min(self.count)).for_each(&decompose);
        });
    }
}

macro_rules! function {
    ($name:ident, $one:ident, $sizes:expr) => {
        /// What XLA calls.
        ///
        /// # Safety
        /// There are a stack of matrices, as the text has them, and the stacks of results.
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $name(call: Call, threads: Threads) -> bool {
            // SAFETY: XLA hands the text that the program was written with.
            let Some(matrices) = (unsafe { call.text::<Matrices>() }) else { return false };
            let sizes: Vec<usize> = $sizes(&matrices, call.count);
            match matrices.dtype.as_str() {
                // SAFETY: as the caller says.
                "f32" => unsafe { matrices.run::<f32>(&call, &sizes, $one, &threads) },
                // SAFETY: as the caller says.
                "f64" => unsafe { matrices.run::<f64>(&call, &sizes, $one, &threads) },
                _ => return false,
            }
            true
        }
    };
}

function!(cotangent_eigh, eigh, |x: &Matrices, _| vec![x.size.0 * x.size.0, x.size.0]);
function!(cotangent_svd, svd, |x: &Matrices, outs: usize| {
    let ((m, n), k) = (x.size, x.size.0.min(x.size.1));
    let (rows, columns) = if x.full { (m, n) } else { (k, k) };
    if outs == 1 { vec![k] } else { vec![m * rows, k, columns * n] }
});
