//! Identities of primitives that move elements, and of reductions.

use super::elementwise::repeat;
use super::{Builder, number};
use crate::base::{Result, Scalar, Shape};
use crate::ir::params::{
    BroadcastInDim, Concatenate, DynamicSlice, Pad, Reduce, Reshape, Rev, Slice, Transpose,
};
use crate::ir::{Atom, Prim};

/// A repetition to the same shape.
pub(super) fn broadcast_same(b: &mut Builder, prim: &Prim, ins: &[Atom]) -> Result<Option<Atom>> {
    match (prim, ins) {
        // Equal shapes leave only the identity as the map of axes.
        (Prim::BroadcastInDim(p), &[x]) if b.shape(x) == p.shape => Ok(Some(x)),
        _ => Ok(None),
    }
}

/// A repetition of a repetition.
pub(super) fn broadcast_broadcast(
    b: &mut Builder,
    prim: &Prim,
    ins: &[Atom],
) -> Result<Option<Atom>> {
    let (Prim::BroadcastInDim(outer), &[x]) = (prim, ins) else { return Ok(None) };
    let Some((Prim::BroadcastInDim(inner), &[y])) = b.definition(x) else { return Ok(None) };
    let dims = inner.dims.iter().map(|&d| outer.dims[d]).collect();
    b.emit1(BroadcastInDim { shape: outer.shape.clone(), dims }, vec![y]).map(Some)
}

/// A reshape to the same shape.
pub(super) fn reshape_same(b: &mut Builder, prim: &Prim, ins: &[Atom]) -> Result<Option<Atom>> {
    match (prim, ins) {
        (Prim::Reshape(p), &[x]) if b.shape(x) == p.shape => Ok(Some(x)),
        _ => Ok(None),
    }
}

/// A reshape of what is itself a reshape: of another one, or of new axes of size one.
pub(super) fn reshape_reshape(b: &mut Builder, prim: &Prim, ins: &[Atom]) -> Result<Option<Atom>> {
    let (Prim::Reshape(p), &[x]) = (prim, ins) else { return Ok(None) };
    match b.definition(x) {
        Some((Prim::Reshape(_), &[y])) => b.emit1(p.clone(), vec![y]).map(Some),
        Some((Prim::BroadcastInDim(_), &[y])) if b.aval(y).size() == b.aval(x).size() => {
            b.emit1(p.clone(), vec![y]).map(Some)
        }
        _ => Ok(None),
    }
}

/// A reshape of a literal or of a repeated scalar.
pub(super) fn reshape_of_scalar(
    b: &mut Builder,
    prim: &Prim,
    ins: &[Atom],
) -> Result<Option<Atom>> {
    let (Prim::Reshape(p), &[x]) = (prim, ins) else { return Ok(None) };
    match b.definition(x) {
        None if matches!(x, Atom::Lit(_)) => repeat(b, x, p.shape.clone()).map(Some),
        Some((Prim::BroadcastInDim(_), &[y])) if b.aval(y).rank() == 0 => {
            repeat(b, y, p.shape.clone()).map(Some)
        }
        _ => Ok(None),
    }
}

/// Removal of axes of size one as a reshape: one form of the two.
pub(super) fn squeeze_is_reshape(
    b: &mut Builder,
    prim: &Prim,
    ins: &[Atom],
) -> Result<Option<Atom>> {
    let (Prim::Squeeze(p), &[x]) = (prim, ins) else { return Ok(None) };
    let shape = b.shape(x).without(&p.dims);
    b.emit1(Reshape { shape }, vec![x]).map(Some)
}

/// The permutation that leaves all axes in place.
pub(super) fn transpose_same(_: &mut Builder, prim: &Prim, ins: &[Atom]) -> Result<Option<Atom>> {
    match (prim, ins) {
        (Prim::Transpose(p), &[x]) if p.perm.is_sorted() => Ok(Some(x)),
        _ => Ok(None),
    }
}

/// A permutation of a permutation.
pub(super) fn transpose_transpose(
    b: &mut Builder,
    prim: &Prim,
    ins: &[Atom],
) -> Result<Option<Atom>> {
    let (Prim::Transpose(outer), &[x]) = (prim, ins) else { return Ok(None) };
    let Some((Prim::Transpose(inner), &[y])) = b.definition(x) else { return Ok(None) };
    let perm = outer.perm.iter().map(|&d| inner.perm[d]).collect();
    b.emit1(Transpose { perm }, vec![y]).map(Some)
}

/// A permutation that moves axes of size one only.
pub(super) fn transpose_of_units(
    b: &mut Builder,
    prim: &Prim,
    ins: &[Atom],
) -> Result<Option<Atom>> {
    let (Prim::Transpose(p), &[x]) = (prim, ins) else { return Ok(None) };
    let shape = b.shape(x);
    if !p.perm.iter().filter(|&&d| shape[d] != 1).is_sorted() {
        return Ok(None);
    }
    let shape = p.perm.iter().map(|&d| shape[d]).collect();
    b.emit1(Reshape { shape }, vec![x]).map(Some)
}

/// A permutation of a repetition: the smaller operand is permuted.
pub(super) fn transpose_broadcast(
    b: &mut Builder,
    prim: &Prim,
    ins: &[Atom],
) -> Result<Option<Atom>> {
    let (Prim::Transpose(p), &[x]) = (prim, ins) else { return Ok(None) };
    let Some((Prim::BroadcastInDim(inner), &[y])) = b.definition(x) else { return Ok(None) };
    // For each axis of the result that is one of y, which.
    let axis = |d: &usize| inner.dims.iter().position(|k| k == d);
    let perm: Vec<usize> = p.perm.iter().filter_map(axis).collect();
    let dims = (0..p.perm.len()).filter(|&i| axis(&p.perm[i]).is_some()).collect();
    let shape: Shape = p.perm.iter().map(|&d| inner.shape[d]).collect();
    let y = b.emit1(Transpose { perm }, vec![y])?;
    b.emit1(BroadcastInDim { shape, dims }, vec![y]).map(Some)
}

/// Two reversals of the same axes.
pub(super) fn rev_rev(b: &mut Builder, prim: &Prim, ins: &[Atom]) -> Result<Option<Atom>> {
    let (Prim::Rev(Rev { dims }), &[x]) = (prim, ins) else { return Ok(None) };
    match b.definition(x) {
        Some((Prim::Rev(inner), &[y])) if inner.dims == *dims => Ok(Some(y)),
        _ => Ok(None),
    }
}

/// A window over all of the operand.
pub(super) fn slice_all(b: &mut Builder, prim: &Prim, ins: &[Atom]) -> Result<Option<Atom>> {
    let (Prim::Slice(p), &[x]) = (prim, ins) else { return Ok(None) };
    let shape = b.shape(x);
    let all =
        p.start.iter().all(|&s| s == 0) && p.stride.iter().all(|&s| s == 1) && p.limit == shape[..];
    Ok(all.then_some(x))
}

/// Padding that crops: the window first, what is left of the padding around it.
pub(super) fn pad_crops(b: &mut Builder, prim: &Prim, ins: &[Atom]) -> Result<Option<Atom>> {
    let (Prim::Pad(p), &[x, value]) = (prim, ins) else { return Ok(None) };
    let crops = p.config.iter().any(|&(low, high, _)| low < 0 || high < 0);
    if !crops || p.config.iter().any(|c| c.2 > 0) {
        return Ok(None);
    }
    let shape = b.shape(x);
    let mut cut = Slice { start: vec![], limit: vec![], stride: vec![1; shape.rank()] };
    for (&(low, high, _), &n) in p.config.iter().zip(shape.iter()) {
        let start = low.min(0).unsigned_abs();
        let limit = n.saturating_sub(high.min(0).unsigned_abs());
        if start > limit {
            return Ok(None); // Nothing is left, and padding is cropped too.
        }
        cut.start.push(start);
        cut.limit.push(limit);
    }
    let x = b.emit1(cut, vec![x])?;
    let config: Vec<_> =
        p.config.iter().map(|&(low, high, _)| (low.max(0), high.max(0), 0)).collect();
    if config.iter().all(|c| *c == (0, 0, 0)) {
        return Ok(Some(x));
    }
    b.emit1(Pad { config }, vec![x, value]).map(Some)
}

/// The index along an axis of size one is 0.
pub(super) fn iota_unit(b: &mut Builder, prim: &Prim, _: &[Atom]) -> Result<Option<Atom>> {
    let Prim::Iota(p) = prim else { return Ok(None) };
    if p.shape[p.dim] != 1 {
        return Ok(None);
    }
    repeat(b, Atom::Lit(Scalar::from_f64(0.0, p.dtype)), p.shape.clone()).map(Some)
}

/// A window of a window.
pub(super) fn slice_slice(b: &mut Builder, prim: &Prim, ins: &[Atom]) -> Result<Option<Atom>> {
    let (Prim::Slice(outer), &[x]) = (prim, ins) else { return Ok(None) };
    let Some((Prim::Slice(inner), &[y])) = b.definition(x) else { return Ok(None) };
    let mut p = outer.clone();
    for d in 0..p.start.len() {
        let (stride, first) = (inner.stride[d], inner.start[d]);
        p.stride[d] *= stride;
        // One past the last element taken, which lies inside the inner window.
        let count = (outer.limit[d] - outer.start[d]).div_ceil(outer.stride[d]);
        p.start[d] = (first + outer.start[d] * stride).min(inner.limit[d]);
        p.limit[d] =
            if count == 0 { p.start[d] } else { p.start[d] + (count - 1) * p.stride[d] + 1 };
    }
    b.emit1(p, vec![y]).map(Some)
}

/// A window of a repetition: the window of the smaller operand, repeated less often.
pub(super) fn slice_broadcast(b: &mut Builder, prim: &Prim, ins: &[Atom]) -> Result<Option<Atom>> {
    let (Prim::Slice(p), &[x]) = (prim, ins) else { return Ok(None) };
    let Some((Prim::BroadcastInDim(inner), &[y])) = b.definition(x) else { return Ok(None) };
    let (dims, operand) = (inner.dims.clone(), b.shape(y));
    let shape: Shape =
        (0..p.start.len()).map(|d| (p.limit[d] - p.start[d]).div_ceil(p.stride[d])).collect();
    let mut cut = Slice { start: vec![], limit: vec![], stride: vec![] };
    for (&d, &n) in dims.iter().zip(operand.iter()) {
        // An axis of size one that is repeated stays as it is, unless nothing is left of it.
        let repeated = n == 1 && inner.shape[d] != 1;
        let bounds = if repeated { (0, 1, 1) } else { (p.start[d], p.limit[d], p.stride[d]) };
        cut.start.push(bounds.0);
        cut.limit.push(bounds.1);
        cut.stride.push(bounds.2);
    }
    let y = b.emit1(cut, vec![y])?;
    b.emit1(BroadcastInDim { shape, dims }, vec![y]).map(Some)
}

/// A window that lies inside one of the arrays that are put together.
pub(super) fn slice_concatenate(
    b: &mut Builder,
    prim: &Prim,
    ins: &[Atom],
) -> Result<Option<Atom>> {
    let (Prim::Slice(p), &[x]) = (prim, ins) else { return Ok(None) };
    let Some((Prim::Concatenate(Concatenate { dim }), parts)) = b.definition(x) else {
        return Ok(None);
    };
    let (dim, mut at, mut found) = (*dim, 0, None);
    for &part in parts {
        let end = at + b.shape(part)[dim];
        if at <= p.start[dim] && p.limit[dim] <= end {
            found = Some((part, at));
            break;
        }
        at = end;
    }
    let Some((part, at)) = found else { return Ok(None) };
    let mut p = p.clone();
    p.start[dim] -= at;
    p.limit[dim] -= at;
    b.emit1(p, vec![part]).map(Some)
}

/// A window that starts at literals, which are clamped so that it lies inside.
pub(super) fn dynamic_slice_known(
    b: &mut Builder,
    prim: &Prim,
    ins: &[Atom],
) -> Result<Option<Atom>> {
    let (Prim::DynamicSlice(DynamicSlice { sizes }), &[x, ref starts @ ..]) = (prim, ins) else {
        return Ok(None);
    };
    let shape = b.shape(x);
    let mut p = Slice { start: vec![], limit: vec![], stride: vec![1; sizes.len()] };
    for ((&start, &size), &n) in starts.iter().zip(sizes).zip(shape.iter()) {
        // A window of all of an axis starts at 0 wherever it is asked to.
        let start = match number(start) {
            Some(start) => start.clamp(0.0, (n - size) as f64) as usize,
            None if size == n => 0,
            None => return Ok(None),
        };
        p.start.push(start);
        p.limit.push(start + size);
    }
    b.emit1(p, vec![x]).map(Some)
}

/// One array put together with nothing.
pub(super) fn concatenate_one(_: &mut Builder, prim: &Prim, ins: &[Atom]) -> Result<Option<Atom>> {
    match (prim, ins) {
        (Prim::Concatenate(_), &[x]) => Ok(Some(x)),
        _ => Ok(None),
    }
}

/// Neighbouring windows of one array, put together: one window.
pub(super) fn concatenate_slices(
    b: &mut Builder,
    prim: &Prim,
    ins: &[Atom],
) -> Result<Option<Atom>> {
    let Prim::Concatenate(Concatenate { dim }) = prim else { return Ok(None) };
    let mut whole: Option<(Slice, Atom)> = None;
    for &part in ins {
        let Some((Prim::Slice(p), &[x])) = b.definition(part) else { return Ok(None) };
        if p.stride[*dim] != 1 {
            return Ok(None);
        }
        let Some((w, of)) = &mut whole else {
            whole = Some((p.clone(), x));
            continue;
        };
        let mut moved = p.clone();
        (moved.start[*dim], moved.limit[*dim]) = (w.start[*dim], w.limit[*dim]);
        if *of != x || moved != *w || p.start[*dim] != w.limit[*dim] {
            return Ok(None);
        }
        w.limit[*dim] = p.limit[*dim];
    }
    match whole {
        Some((p, x)) => b.emit1(p, vec![x]).map(Some),
        None => Ok(None),
    }
}

/// A reduction over no axes.
pub(super) fn reduce_nothing(_: &mut Builder, prim: &Prim, ins: &[Atom]) -> Result<Option<Atom>> {
    match (prim, ins) {
        (Prim::Reduce(p), &[x]) if p.axes.is_empty() => Ok(Some(x)),
        _ => Ok(None),
    }
}

/// A reduction over axes of size one: a reshape. A sum keeps −0, as in XLA's own simplification.
pub(super) fn reduce_units(b: &mut Builder, prim: &Prim, ins: &[Atom]) -> Result<Option<Atom>> {
    let (Prim::Reduce(Reduce { op, axes }), &[x]) = (prim, ins) else { return Ok(None) };
    let shape = b.shape(x);
    let (units, rest): (Vec<usize>, Vec<usize>) = axes.iter().partition(|&&d| shape[d] == 1);
    if units.is_empty() {
        return Ok(None);
    }
    let x = b.emit1(Reshape { shape: shape.without(&units) }, vec![x])?;
    let moved = |d: usize| d - units.iter().filter(|&&u| u < d).count();
    let axes = rest.into_iter().map(moved).collect();
    b.emit1(Reduce { op: *op, axes }, vec![x]).map(Some)
}

/// Two reductions of one kind as one. Sums and products may be taken in another order.
pub(super) fn reduce_reduce(b: &mut Builder, prim: &Prim, ins: &[Atom]) -> Result<Option<Atom>> {
    let (Prim::Reduce(outer), &[x]) = (prim, ins) else { return Ok(None) };
    let Some((Prim::Reduce(inner), &[y])) = b.definition(x) else { return Ok(None) };
    if inner.op != outer.op {
        return Ok(None);
    }
    let kept: Vec<usize> = (0..b.aval(y).rank()).filter(|d| !inner.axes.contains(d)).collect();
    let mut axes: Vec<usize> =
        outer.axes.iter().map(|&d| kept[d]).chain(inner.axes.iter().copied()).collect();
    axes.sort_unstable();
    b.emit1(Reduce { op: outer.op, axes }, vec![y]).map(Some)
}
