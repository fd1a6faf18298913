//! Running sums along an axis.

use crate::call::{Call, Start, Threads, with_number};
use num_complex::Complex;
use std::fmt;
use std::ops::AddAssign;
use std::str::FromStr;

/// The name of the function for XLA. Its operand is the array, its result the sums.
pub const CUMULATIVE_SUM: &str = "cotangent_cumulative_sum";

/// Which sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CumulativeSum {
    /// Along which axis.
    pub axis: usize,
    /// From the end.
    pub reverse: bool,
}

impl fmt::Display for CumulativeSum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.axis, self.reverse)
    }
}

impl FromStr for CumulativeSum {
    type Err = ();

    fn from_str(text: &str) -> Result<CumulativeSum, ()> {
        let (axis, reverse) = text.split_once(' ').ok_or(())?;
        let axis = axis.parse().map_err(|_| ())?;
        Ok(CumulativeSum { axis, reverse: reverse.parse().map_err(|_| ())? })
    }
}

/// Elements that are summed in a wider type, so that long sums lose no digits.
trait Summand: Copy + Sync {
    type Wide: Copy + AddAssign + Default;
    fn widen(self) -> Self::Wide;
    fn narrow(wide: Self::Wide) -> Self;
}

impl Summand for f32 {
    type Wide = f64;
    fn widen(self) -> f64 {
        self.into()
    }
    fn narrow(wide: f64) -> f32 {
        wide as f32
    }
}

impl Summand for f64 {
    type Wide = f64;
    fn widen(self) -> f64 {
        self
    }
    fn narrow(wide: f64) -> f64 {
        wide
    }
}

impl<T: Summand> Summand for Complex<T>
where
    Complex<T::Wide>: AddAssign + Default,
{
    type Wide = Complex<T::Wide>;
    fn widen(self) -> Self::Wide {
        Complex::new(self.re.widen(), self.im.widen())
    }
    fn narrow(wide: Self::Wide) -> Self {
        Complex::new(T::narrow(wide.re), T::narrow(wide.im))
    }
}

/// So many additions are worth another thread.
const PART: usize = 250_000;
/// So many sums that lie side by side go together, in vectors.
const BESIDE: usize = 32;
/// So many that lie apart go together, because one waits for its last addition most of the time.
const APART: usize = 8;

/// Sums of `n` elements, each `along` away from the last.
#[derive(Clone, Copy)]
struct Sequence {
    n: usize,
    along: isize,
}

impl Sequence {
    /// `W` sums, the first of which begins at these elements and each `across` away from the last.
    ///
    /// # Safety
    /// Both arrays must have all these elements, and not overlap.
    #[inline(always)]
    unsafe fn add<T: Summand, const W: usize>(self, mut x: *const T, mut y: *mut T, across: usize) {
        let mut sums = [T::Wide::default(); W];
        for _ in 0..self.n {
            for (k, sum) in sums.iter_mut().enumerate() {
                // SAFETY: as the caller says.
                unsafe {
                    *sum += (*x.add(k * across)).widen();
                    *y.add(k * across) = T::narrow(*sum);
                }
            }
            (x, y) = (x.wrapping_offset(self.along), y.wrapping_offset(self.along));
        }
    }
}

impl CumulativeSum {
    /// # Safety
    /// Both arrays must have this shape, and not overlap.
    unsafe fn run<T: Summand>(
        self,
        shape: &[i64],
        (x, y): (Start<T>, Start<T>),
        threads: &Threads,
    ) {
        let size = |axes: &[i64]| axes.iter().product::<i64>() as usize;
        let (outer, n) = (size(&shape[..self.axis]), shape[self.axis] as usize);
        let inner = size(&shape[self.axis + 1..]);
        let stride = inner as isize;
        let sequence = Sequence { n, along: if self.reverse { -stride } else { stride } };
        let first = if self.reverse { (n - 1) * inner } else { 0 };
        // Blocks of sums that go together: along the inner axes, or the outer ones if there are none.
        let beside = inner > 1;
        let (sums, width) = if beside { (inner, BESIDE) } else { (outer, APART) };
        let row = sums.div_ceil(width);
        let blocks = if beside { outer * row } else { row };
        let block = |k: usize| {
            let (from, to) = (k % row * width, (k % row * width + width).min(sums));
            let (at, across) = if beside { (k / row * n * inner, 1) } else { (0, n) };
            let start = |s: usize| at + first + s * across;
            // SAFETY: as the caller says; these are elements of the shape.
            unsafe {
                let begin = |s: usize| (x.at(start(s)).cast_const(), y.at(start(s)));
                let (from_x, from_y) = begin(from);
                match (beside, to - from) {
                    (true, BESIDE) => sequence.add::<T, BESIDE>(from_x, from_y, 1),
                    (false, APART) => sequence.add::<T, APART>(from_x, from_y, n),
                    _ => (from..to).map(begin).for_each(|(x, y)| sequence.add::<T, 1>(x, y, 1)),
                }
            }
        };
        let parts = (outer * n * inner).div_ceil(PART).min(threads.count).clamp(1, blocks);
        let step = blocks.div_ceil(parts);
        threads.share(parts, &|part| {
            (part * step..((part + 1) * step).min(blocks)).for_each(block);
        });
    }
}

/// What XLA calls.
///
/// # Safety
/// There are an operand and a result of one shape, which has the axis that the text names.
#[unsafe(no_mangle)]
unsafe extern "C" fn cotangent_cumulative_sum(call: Call, threads: Threads) -> bool {
    // SAFETY: XLA hands the text that the program was written with, and the arrays are as the
    // program, which XLA has checked, has them.
    unsafe {
        let Some(sum) = call.text::<CumulativeSum>() else { return false };
        let shape = call.operand_shape(0);
        if shape.contains(&0) {
            return true;
        }
        with_number!(call, T => sum.run::<T>(shape, (call.operand(0), call.result(0)), &threads))
    }
}
