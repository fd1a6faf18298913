//! An array put together from parts of others.

use crate::call::{Call, Start, Threads, with_number};
use std::ops::{AddAssign, Range};

/// The name of the function for XLA. Its operands are the array to begin with, or the one number that
/// all of it is, and the arrays that parts are taken from.
pub const ASSEMBLE: &str = "cotangent_assemble";

/// Elements of an operand that are written to places of the result, or added there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Which operand, of those after the first.
    pub operand: usize,
    /// Whether they are added to what is there.
    pub add: bool,
    /// Where the first one is in the operand.
    pub from: usize,
    /// Where it goes.
    pub at: usize,
    /// Of each axis how many elements, none of which is 0, and their distances in the operand and in
    /// the result: by falling distance in the result, each larger than all axes after it reach.
    pub axes: Vec<[usize; 3]>,
}

/// What the function gets beside its operands: whether to begin with the first one or else to leave it
/// to the parts to write everything; and the parts, one after the other.
pub fn assemble_numbers(begin: bool, parts: &[Part]) -> Vec<usize> {
    let mut numbers = vec![usize::from(begin)];
    for Part { operand, add, from, at, axes } in parts {
        numbers.extend([*operand, usize::from(*add), *from, *at, axes.len()]);
        numbers.extend(axes.as_flattened());
    }
    numbers
}

/// So many elements are worth another thread.
const SHARE: usize = 30_000;

/// Elements that one thread writes, by number.
type Strip = Range<usize>;

/// Writes what lies in the strip of a part that begins at these elements.
///
/// # Safety
/// Both arrays must have all the elements that the axes reach, and not overlap.
unsafe fn write<T: Copy + AddAssign, const ADD: bool>(
    axes: &[[usize; 3]],
    (from, to): (usize, usize),
    (x, y): (Start<T>, Start<T>),
    strip: &Strip,
) {
    let last = to + axes.iter().map(|[size, _, to]| (size - 1) * to).sum::<usize>();
    if to >= strip.end || last < strip.start {
        return;
    }
    // SAFETY: as the caller says.
    unsafe {
        match axes {
            [[size, step, step_to], inner @ ..] if to < strip.start || last >= strip.end => {
                for k in 0..*size {
                    let start = (from + k * step, to + k * step_to);
                    write::<T, ADD>(inner, start, (x, y), strip);
                }
            }
            _ => copy::<T, ADD>(axes, x.at(from), y.at(to)),
        }
    }
}

/// # Safety
/// Both arrays must have all the elements that the axes reach, and not overlap.
#[inline]
unsafe fn copy<T: Copy + AddAssign, const ADD: bool>(axes: &[[usize; 3]], x: *const T, y: *mut T) {
    // SAFETY: as the caller says.
    let put = |y: *mut T, x: *const T| unsafe { if ADD { *y += *x } else { *y = *x } };
    // SAFETY: as the caller says.
    unsafe {
        match *axes {
            [] => put(y, x),
            [[size, 1, 1]] => (0..size).for_each(|k| put(y.add(k), x.add(k))),
            [[size, from, to]] => (0..size).for_each(|k| put(y.add(k * to), x.add(k * from))),
            [[size, from, to], ref inner @ ..] => {
                (0..size).for_each(|k| copy::<T, ADD>(inner, x.add(k * from), y.add(k * to)));
            }
        }
    }
}

/// None if the numbers make no sense.
///
/// # Safety
/// The operands and the result must have the elements that the parts reach, and the result must not
/// overlap the operands that parts are taken from.
unsafe fn assemble<T: Copy + AddAssign + Sync>(call: &Call, threads: &Threads) -> Option<()> {
    // SAFETY: as the caller says.
    let (numbers, shape) = unsafe { (call.numbers(), call.result_shape(0)) };
    let (&begin, parts) = numbers.split_first()?;
    let size = |shape: &[i64]| shape.iter().product::<i64>() as usize;
    let (all, row) = (size(shape), size(shape.get(1..)?));
    // SAFETY: as the caller says; threads write different strips.
    let strip = |strip: Strip| unsafe {
        let (first, result): (Start<T>, Start<T>) = (call.operand(0), call.result(0));
        let y = std::slice::from_raw_parts_mut(result.at(strip.start), strip.len());
        if begin == 1 && call.operand_shape(0).is_empty() {
            y.fill(*first.0);
        // XLA may have put the result where the operand is.
        } else if begin == 1 && first.0 != result.0 {
            y.copy_from_slice(std::slice::from_raw_parts(first.at(strip.start), strip.len()));
        }
        let mut rest = parts;
        while let [operand, add, from, at, rank, more @ ..] = rest {
            let (axes, next) = more.split_at(3 * rank);
            let (axes, arrays) = (axes.as_chunks().0, (call.operand(1 + operand), result));
            match add {
                0 => write::<T, false>(axes, (*from, *at), arrays, &strip),
                _ => write::<T, true>(axes, (*from, *at), arrays, &strip),
            }
            rest = next;
        }
    };
    let strips = all.div_ceil(SHARE).min(threads.count).max(1);
    let step = all.div_ceil(strips).next_multiple_of(row.max(1));
    threads.share(strips, &|k| strip((k * step).min(all)..((k + 1) * step).min(all)));
    Some(())
}

/// What XLA calls.
///
/// # Safety
/// There are operands and a result, as the numbers describe them.
#[unsafe(no_mangle)]
unsafe extern "C" fn cotangent_assemble(call: Call, threads: Threads) -> bool {
    let mut done = None;
    // SAFETY: XLA hands the numbers that the program was written with, and the arrays are as the
    // program, which XLA has checked, has them.
    unsafe { with_number!(call, T => done = assemble::<T>(&call, &threads)) && done.is_some() }
}
