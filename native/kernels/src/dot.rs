//! Products of matrices, of any strides and as many as there are.

use crate::call::{Call, Number, Start, Threads, with_number};
use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use std::fmt;
use std::ops::Range;
use std::str::FromStr;

/// The name of the function for XLA. Its operands are `x` and `y`.
pub const DOT: &str = "cotangent_dot";

/// An axis: its size, and its strides in `x`, `y` and the result, 0 where it is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loop {
    /// How many elements.
    pub size: usize,
    /// Their distances in `x`, `y` and the result.
    pub strides: [usize; 3],
}

/// Products `z = Σ_k x_ik y_kj`, one for each place of the outer axes; those that are not in the
/// result are summed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dot {
    /// The axes `i`, `k` and `j`.
    pub inner: [Loop; 3],
    /// The outer axes.
    pub outer: Vec<Loop>,
}

impl fmt::Display for Dot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Loop { size, strides: [x, y, z] } in self.inner.iter().chain(&self.outer) {
            write!(f, "{size} {x} {y} {z} ")?;
        }
        Ok(())
    }
}

impl FromStr for Dot {
    type Err = ();

    fn from_str(text: &str) -> Result<Dot, ()> {
        let number = |word: &str| word.parse().map_err(|_| ());
        let numbers: Vec<usize> = text.split_whitespace().map(number).collect::<Result<_, ()>>()?;
        let mut axes = numbers
            .chunks_exact(4)
            .map(|axis| Loop { size: axis[0], strides: [axis[1], axis[2], axis[3]] });
        let mut inner = || axes.next().ok_or(());
        let inner = [inner()?, inner()?, inner()?];
        Ok(Dot { inner, outer: axes.collect() })
    }
}

/// The operands and the result.
type Arrays<T> = [Start<T>; 3];

/// Multiplications that make a part of the work large enough for another thread.
const PART: usize = 500_000;

/// Whether products of so many rows, terms and columns, of so many multiplications in all, are faster
/// here than in XLA: not small ones, nor those of f32 (or narrower) that XLA shares between threads.
pub fn is_faster(sizes: [usize; 3], work: usize, bytes: usize) -> bool {
    const LEAST: usize = 8;
    sizes.iter().all(|&size| size >= LEAST) && (bytes > 4 || work <= PART)
}

impl Dot {
    /// # Safety
    /// The arrays must have all the elements that the strides reach, and the result must not
    /// overlap the operands.
    unsafe fn run<T: Number>(&self, arrays: &Arrays<T>, threads: &Threads) {
        let (summed, kept): (Vec<Loop>, Vec<Loop>) =
            self.outer.iter().partition(|axis| axis.strides[2] == 0);
        let count = |axes: &[Loop]| axes.iter().map(|axis| axis.size).product::<usize>();
        let (products, terms) = (count(&kept), count(&summed));
        // Parts are rows of the result, or columns if there are more of these.
        let [i, k, j] = self.inner;
        let long = if i.size < j.size { 2 } else { 0 };
        let size = self.inner[long].size;
        let work = (i.size * k.size * j.size).saturating_mul(products * terms);
        // Each part reads all of one operand anew, so there are no more parts than threads.
        let parts = work.div_ceil(PART).min(threads.count);
        let parts = parts.div_ceil(products.max(1)).clamp(1, size.div_ceil(16).max(1));
        let step = size.div_ceil(parts);
        let one = |number: usize| {
            let at = offsets(&kept, number / parts);
            let from = (number % parts * step).min(size);
            let to = (from + step).min(size);
            for k in 0..terms {
                let more = offsets(&summed, k);
                let at = [at[0] + more[0], at[1] + more[1], at[2]];
                let (rows, columns) =
                    if long == 0 { (from..to, 0..j.size) } else { (0..i.size, from..to) };
                // SAFETY: as the caller says; parts write different elements.
                unsafe { self.product(arrays, at, (rows, columns), k > 0) };
            }
        };
        threads.share(products * parts, &one);
    }

    /// These rows and columns of a product, added to what is there if `add`.
    ///
    /// # Safety
    /// As for `run`.
    unsafe fn product<T: Number>(
        &self,
        arrays: &Arrays<T>,
        at: [usize; 3],
        (rows, columns): (Range<usize>, Range<usize>),
        add: bool,
    ) {
        let [i, k, j] = self.inner;
        let (m, n) = (rows.len(), columns.len());
        let stride = |axis: Loop, of: usize| axis.strides[of] as isize;
        let [x, y, z] = arrays;
        // SAFETY: as the caller says.
        let (x, y, z) = unsafe {
            let x = x.at(at[0] + rows.start * i.strides[0]);
            let y = y.at(at[1] + columns.start * j.strides[1]);
            let z = z.at(at[2] + rows.start * i.strides[2] + columns.start * j.strides[2]);
            (
                MatRef::from_raw_parts(x, m, k.size, stride(i, 0), stride(k, 0)),
                MatRef::from_raw_parts(y, k.size, n, stride(k, 1), stride(j, 1)),
                MatMut::from_raw_parts_mut(z, m, n, stride(i, 2), stride(j, 2)),
            )
        };
        let add = if add { Accum::Add } else { Accum::Replace };
        matmul(z, add, x, y, T::one_impl(), Par::Seq);
    }
}

/// Where the element of this number of the axes is, the last axis fastest.
fn offsets(axes: &[Loop], mut number: usize) -> [usize; 3] {
    let mut at = [0; 3];
    for axis in axes.iter().rev() {
        let here = number % axis.size;
        number /= axis.size;
        at.iter_mut().zip(axis.strides).for_each(|(at, stride)| *at += here * stride);
    }
    at
}

/// What XLA calls.
///
/// # Safety
/// There are two operands and a result, as the text describes them.
#[unsafe(no_mangle)]
unsafe extern "C" fn cotangent_dot(call: Call, threads: Threads) -> bool {
    // SAFETY: XLA hands the text that the program was written with.
    let Some(dot) = (unsafe { call.text::<Dot>() }) else { return false };
    // SAFETY: the arrays are as the program, which XLA has checked, has them.
    unsafe {
        with_number!(call, T => {
            dot.run::<T>(&[call.operand(0), call.operand(1), call.result(0)], &threads)
        })
    }
}
