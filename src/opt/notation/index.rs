//! Arrays of integers that are an index plus a number, and the deltas that comparing two makes.
//!
//! `i + k = j` over axes `i` and `j` is a delta whose two axes stand in windows; where `k` is only
//! known while the program runs, one axis is whole and the window of the other starts at `k`.

use super::places::{Start, as_start, bounds, parts, plus};
use super::term::{Axis, Term};
use super::{Pass, Value};
use crate::base::{DType, Result};
use crate::ir::params::{Binary, BinaryOp};
use crate::ir::{Atom, Aval, Eqn, Prim};
use crate::opt::builder::Builder;

/// Its index along an axis (0 if none) plus a number plus a scalar (0 if none).
#[derive(Clone, Copy)]
pub(super) struct Index {
    dim: Option<usize>,
    offset: i64,
    shift: Option<Atom>,
}

/// Types and numbers in which sums of an index and an offset wrap around at most once.
const WIDE: [DType; 3] = [DType::I32, DType::U32, DType::I64];
const LARGEST: u64 = 1 << 29;

impl Pass<'_> {
    pub(super) fn index(&self, atom: Atom) -> Option<Index> {
        match atom {
            Atom::Var(v) => self.indices[v.index()],
            Atom::Lit(s) if WIDE.contains(&s.dtype()) => {
                Index { dim: None, offset: s.to_f64() as i64, shift: None }.checked()
            }
            Atom::Lit(_) => None,
        }
    }

    /// What a scalar is as an index: itself.
    pub(super) fn scalar_index(&self, atom: Atom, aval: &Aval) -> Option<Index> {
        if aval.rank() != 0 || !WIDE.contains(&aval.dtype) {
            return None;
        }
        let (shift, offset) = parts(&self.b, atom);
        Index { dim: None, offset, shift }.checked()
    }

    /// What the result of an equation is as an index.
    pub(super) fn index_of(&self, eqn: &Eqn, value: &Value) -> Option<Index> {
        let &[out] = eqn.outs.as_slice() else { return None };
        let out = self.jaxpr.aval(out);
        if !WIDE.contains(&out.dtype) {
            return None;
        }
        if let (0, Value::Plain(atom)) = (out.rank(), value) {
            return self.scalar_index(*atom, out);
        }
        let ins = eqn.ins.as_slice();
        match (&eqn.prim, ins) {
            (Prim::Iota(p), _) => {
                let dim = (p.shape[p.dim] != 1).then_some(p.dim);
                Some(Index { dim, offset: 0, shift: None })
            }
            (Prim::BroadcastInDim(p), &[x]) => self.index(x)?.moved(|d| {
                let same = self.aval(x).shape[d] == out.shape[p.dims[d]];
                same.then_some(p.dims[d])
            }),
            (Prim::Transpose(p), &[x]) => {
                self.index(x)?.moved(|d| p.perm.iter().position(|&k| k == d))
            }
            (Prim::Reshape(_) | Prim::Squeeze(_), &[x]) => self.index(x)?.moved(|d| {
                // Only axes of size one come and go before it.
                let shape = self.aval(x).shape;
                let before = |shape: &[usize], d: usize| shape[..d].iter().product::<usize>();
                (0..out.rank()).find(|&k| {
                    out.shape[k] == shape[d] && before(&out.shape, k) == before(&shape, d)
                })
            }),
            (Prim::Binary(Binary { op: BinaryOp::Add }), &[x, y]) => {
                let (x, y) = (self.index(x)?, self.index(y)?);
                if x.dim.and(y.dim).is_some() || x.shift.and(y.shift).is_some() {
                    return None;
                }
                let (dim, shift) = (x.dim.or(y.dim), x.shift.or(y.shift));
                Index { dim, offset: x.offset + y.offset, shift }.checked()
            }
            (Prim::Binary(Binary { op: BinaryOp::Sub }), &[x, y]) => {
                match (self.index(x)?, self.index(y)?) {
                    (x, Index { dim: None, offset, shift: None }) => {
                        Index { offset: x.offset - offset, ..x }.checked()
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// The delta that `x = y` is, true where both agree.
    pub(super) fn delta(&mut self, x: Atom, y: Atom, shape: &[usize]) -> Result<Option<Term>> {
        match (self.index(x), self.index(y)) {
            (Some(x), Some(y)) => delta(&mut self.b, shape, x, y),
            _ => Ok(None),
        }
    }
}

impl Index {
    /// The index, unless its offset is large.
    fn checked(self) -> Option<Index> {
        (self.offset.unsigned_abs() <= LARGEST).then_some(self)
    }

    /// With the axis where a map puts it; none if that loses it.
    fn moved(self, map: impl Fn(usize) -> Option<usize>) -> Option<Index> {
        match self.dim {
            Some(d) => map(d).map(|d| Index { dim: Some(d), ..self }),
            None => Some(self),
        }
    }
}

/// The delta that `x = y` is over axes of a shape, if it is one.
fn delta(b: &mut Builder, shape: &[usize], x: Index, y: Index) -> Result<Option<Term>> {
    // The computed scalar, if there is one, on the left.
    let (x, y) = if x.shift.is_none() { (y, x) } else { (x, y) };
    if x.dim == y.dim {
        return Ok(None);
    }
    // Where x = y, the index of y is that of x (0 without an axis) plus the offset or the start.
    let mut offset = x.offset - y.offset;
    let mut start = None;
    if x.shift != y.shift {
        let (Some(shift), None) = (x.shift, y.shift) else { return Ok(None) };
        let place = plus(b, shift, offset)?;
        let (lo, hi) = bounds(b, place);
        (offset, start) = (lo, (lo != hi).then_some((place, hi)));
    }
    let size = |dim: Option<usize>| dim.map_or(1, |d| shape[d] as i64);
    let (n, m) = (size(x.dim), size(y.dim));
    let (from, to) = (offset.saturating_neg().max(0), n.min(m.saturating_sub(offset)));
    if from >= to {
        return Ok(None);
    }
    let mut term = Term::constant(1.0, shape);
    let inner = term.new_axis((to - from) as usize);
    let window = |start: i64, n: i64| {
        let pad = (start as usize, (n - start - (to - from)) as usize);
        Axis { pad, ..inner.clone() }
    };
    let (axis, mut other) = (window(from, n), window(from + offset, m));
    if let Some((place, hi)) = start {
        // The whole axis in a window that is always in range.
        if offset < 0 || hi > m - n {
            return Ok(None);
        }
        let Start::Computed(shift) = as_start(b, place)? else { return Ok(None) };
        other = Axis { pad: (0, (m - n) as usize), shift: Some(shift), ..inner };
    }
    for (dim, axis) in [(x.dim, axis), (y.dim, other)] {
        if let Some(d) = dim {
            term.axes[d] = axis;
        }
    }
    Ok(Some(term))
}
