//! Sums at places: updates added into an array where index vectors say, as XLA's `scatter` does.

use crate::call::{Call, I64, Start, Threads, with_number};
use std::fmt;
use std::ops::AddAssign;
use std::str::FromStr;

/// The name of the function for XLA. Its operands are the array that is added to, or the one number
/// that all of it is, the index vectors, whose last axis lies together, and the updates.
pub const SCATTER_ADD: &str = "cotangent_scatter_add";

/// Where each update goes; strides are distances of elements.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScatterAdd {
    /// Axes of the index vectors: the size, and the strides in the indices, the updates and the result.
    pub vectors: Vec<[usize; 4]>,
    /// Axes of a window: the size, and the strides in the updates and the result.
    pub window: Vec<[usize; 3]>,
    /// Of each component of a vector the last start that there may be, and the stride in the result. A
    /// window that does not lie wholly inside is dropped.
    pub components: Vec<[usize; 2]>,
}

impl fmt::Display for ScatterAdd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.vectors.len(), self.window.len())?;
        let numbers = self.vectors.iter().flatten().chain(self.window.iter().flatten());
        numbers.chain(self.components.iter().flatten()).try_for_each(|n| write!(f, " {n}"))
    }
}

impl FromStr for ScatterAdd {
    type Err = ();

    fn from_str(text: &str) -> Result<ScatterAdd, ()> {
        let number = |word: &str| word.parse().map_err(|_| ());
        let numbers: Vec<usize> = text.split_whitespace().map(number).collect::<Result<_, ()>>()?;
        let (&[vectors, window], rest) = numbers.split_first_chunk::<2>().ok_or(())?;
        let (first, rest) = rest.split_at_checked(4 * vectors).ok_or(())?;
        let (second, third) = rest.split_at_checked(3 * window).ok_or(())?;
        Ok(ScatterAdd {
            vectors: first.chunks_exact(4).map(|a| [a[0], a[1], a[2], a[3]]).collect(),
            window: second.chunks_exact(3).map(|a| [a[0], a[1], a[2]]).collect(),
            components: third.chunks_exact(2).map(|a| [a[0], a[1]]).collect(),
        })
    }
}

/// So many additions are worth another thread.
const PART: usize = 500_000;

impl ScatterAdd {
    /// # Safety
    /// The arrays must have all the elements that the sizes and strides reach, and the result must not
    /// overlap the others.
    unsafe fn run<T, I>(&self, arrays: (Start<I>, Start<T>, Start<T>), threads: &Threads)
    where
        T: Copy + AddAssign + Sync,
        I: Copy + Into<i64> + Sync,
    {
        // Threads add different parts of every window.
        let long = self.window.iter().enumerate().max_by_key(|(_, axis)| axis[0]);
        let (axis, size) = long.map_or((0, 1), |(axis, [size, ..])| (axis, *size));
        let sizes = self.vectors.iter().map(|a| a[0]).chain(self.window.iter().map(|a| a[0]));
        let work: usize = sizes.product();
        let parts = work.div_ceil(PART).min(threads.count).clamp(1, size.max(1));
        let step = size.div_ceil(parts);
        threads.share(parts, &|part| {
            let (from, to) = ((part * step).min(size), ((part + 1) * step).min(size));
            let mut window = self.window.clone();
            let mut first = [0, 0];
            if let Some([size, update, out]) = window.get_mut(axis) {
                *size = to - from;
                first = [from * *update, from * *out];
            }
            if from < to {
                // SAFETY: as the caller says.
                unsafe { self.add(&self.vectors, &window, [0, first[0], first[1]], arrays) };
            }
        });
    }

    /// Adds the windows of the vectors along these axes; `at` is where they begin in the indices, the
    /// updates and the result.
    ///
    /// # Safety
    /// As for `run`.
    unsafe fn add<T: Copy + AddAssign, I: Copy + Into<i64>>(
        &self,
        vectors: &[[usize; 4]],
        window: &[[usize; 3]],
        at: [usize; 3],
        arrays: (Start<I>, Start<T>, Start<T>),
    ) {
        let (indices, updates, result) = arrays;
        let (axis, inner) = match *vectors {
            [] => ([1, 0, 0, 0], [].as_slice()),
            [axis, ref inner @ ..] => (axis, inner),
        };
        let [size, index, update, out] = axis;
        'vectors: for k in 0..size {
            let at = [at[0] + k * index, at[1] + k * update, at[2] + k * out];
            if !inner.is_empty() {
                // SAFETY: as the caller says.
                unsafe { self.add(inner, window, at, arrays) };
                continue;
            }
            let mut place = at[2];
            for (k, &[last, stride]) in self.components.iter().enumerate() {
                // SAFETY: as the caller says.
                let start: i64 = unsafe { *indices.at(at[0] + k) }.into();
                match usize::try_from(start) {
                    Ok(start) if start <= last => place += start * stride,
                    _ => continue 'vectors,
                }
            }
            // SAFETY: as the caller says; the window lies inside.
            unsafe { add_window(window, updates.at(at[1]), result.at(place)) };
        }
    }
}

/// # Safety
/// Both must have the elements that the window reaches.
#[inline]
unsafe fn add_window<T: Copy + AddAssign>(window: &[[usize; 3]], from: *const T, to: *mut T) {
    // SAFETY: as the caller says.
    unsafe {
        match *window {
            [] => *to += *from,
            [[size, 1, 1]] => (0..size).for_each(|k| *to.add(k) += *from.add(k)),
            [[size, update, out], ref inner @ ..] => {
                for k in 0..size {
                    add_window(inner, from.add(k * update), to.add(k * out));
                }
            }
        }
    }
}

/// What XLA calls.
///
/// # Safety
/// There are three operands and a result, as the text describes them.
#[unsafe(no_mangle)]
unsafe extern "C" fn cotangent_scatter_add(call: Call, threads: Threads) -> bool {
    // SAFETY: XLA hands the text that the program was written with, and the arrays are as the
    // program, which XLA has checked, has them.
    unsafe {
        let Some(scatter) = call.text::<ScatterAdd>() else { return false };
        let size = call.result_shape(0).iter().product::<i64>() as usize;
        if size == 0 {
            return true;
        }
        let wide = call.operand_dtype(1) == I64;
        with_number!(call, T => {
            let (x, y): (Start<T>, Start<T>) = (call.operand(0), call.result(0));
            if call.operand_shape(0).is_empty() {
                std::slice::from_raw_parts_mut(y.0, size).fill(*x.0);
            } else {
                std::ptr::copy_nonoverlapping(x.0, y.0, size);
            }
            let updates = call.operand(2);
            if wide {
                scatter.run::<T, i64>((call.operand(1), updates, y), &threads);
            } else {
                scatter.run::<T, i32>((call.operand(1), updates, y), &threads);
            }
        })
    }
}
