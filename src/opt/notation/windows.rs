//! Windows of terms, and zeros around them, at places that are known or computed.

use super::places::{Start, plus};
use super::term::{Axis, Step, Stuck, Term, go};
use crate::base::Result;
use crate::ir::params::Slice;
use crate::opt::builder::Builder;

impl Term {
    /// `y_i = x_(i+s)`, a window of the value; `None` if it is zero there.
    pub(super) fn slice(&self, b: &mut Builder, p: &Slice) -> Step<Option<Term>> {
        let mut term = self.clone();
        for i in 0..term.axes.len() {
            let (start, limit) = (p.start[i], p.limit[i]);
            if (start, limit, p.stride[i]) == (0, term.size(&term.axes[i]), 1) {
                continue;
            }
            if p.stride[i] != 1 || term.axes[i].shift.is_some() {
                return Ok(Err(Stuck));
            }
            let low = term.axes[i].pad.0;
            let high = low + term.inner_size(&term.axes[i]);
            let (from, to) = (start.max(low), limit.min(high));
            if from >= to {
                return Ok(Ok(None));
            }
            go!(term.restrict(b, i, Start::At(from - low), to - from)?);
            term.axes[i].pad = (from - start, limit - to);
        }
        Ok(Ok(Some(term)))
    }

    /// `y_(i+s) = x_i`, the value with zeros around it.
    pub(super) fn pad(
        &self,
        b: &mut Builder,
        widths: impl Iterator<Item = (usize, usize)>,
    ) -> Result<Term> {
        let mut term = self.clone();
        for (axis, (low, high)) in term.axes.iter_mut().zip(widths) {
            match axis.shift {
                None => axis.pad = (axis.pad.0 + low, axis.pad.1 + high),
                Some(shift) => {
                    axis.shift = Some(plus(b, shift, low as i64)?);
                    axis.pad.1 += low + high;
                }
            }
        }
        Ok(term)
    }

    /// A window of axes without zeros that starts at computed places, in range.
    pub(super) fn window(&self, b: &mut Builder, starts: &[Start], sizes: &[usize]) -> Step<Term> {
        let mut term = self.clone();
        for (i, (&start, &size)) in starts.iter().zip(sizes).enumerate() {
            if size == term.size(&term.axes[i]) {
                continue;
            }
            if !term.axes[i].is_whole() {
                return Ok(Err(Stuck));
            }
            go!(term.restrict(b, i, start, size)?);
            term.axes[i] = Axis::of(std::mem::take(&mut term.axes[i].labels));
        }
        Ok(Ok(term))
    }

    /// The value as a window that starts at computed places, in range, with zeros around it.
    pub(super) fn placed(&self, b: &mut Builder, starts: &[Start], shape: &[usize]) -> Step<Term> {
        let mut term = self.clone();
        for (i, (&start, &n)) in starts.iter().zip(shape).enumerate() {
            let gone = n - term.size(&term.axes[i]);
            if gone > 0 {
                term.axes[i].shrink(b, start, gone)?;
            }
        }
        Ok(Ok(term))
    }
}
