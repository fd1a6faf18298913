//! From terms back to arrays: the writing out of deltas and windows.

use super::close::{add_up, align, close, literal};
use super::factor::factor;
use super::merge::merge;
use super::term::{Axis, Factor, Label, Term};
use crate::base::{DType, Result, Shape};
use crate::ir::params::{
    Binary, BinaryOp, BroadcastInDim, Compare, CompareOp, Convert, DynamicSlice,
    DynamicUpdateSlice, Iota, OptimizationBarrier, Pad, Reshape, Select, Transpose,
};
use crate::ir::{Atom, Aval};
use crate::opt::builder::Builder;

/// Terms whose axes have one pattern, added up: labels are numbered as the axes come to them.
struct Group {
    axes: Vec<Axis>,
    sizes: Vec<usize>,
    cores: Vec<Factor>,
}

/// The value of a sum of terms as an array.
///
/// # Errors
/// When an equation does not fit, which is a bug here.
pub(super) fn write_out(b: &mut Builder, terms: &[Term], aval: &Aval) -> Result<Atom> {
    let mut groups: Vec<Group> = Vec::new();
    let terms = merge(b, terms, 0, aval.dtype)?;
    for term in factor(b, terms, aval.dtype)? {
        let core = close(b, &term, aval.dtype)?;
        let pattern = term.pattern();
        match groups.iter_mut().find(|g| (g.axes.as_slice(), g.sizes.as_slice()) == pattern) {
            Some(group) => group.cores.push(core),
            None => {
                let (axes, sizes) = (pattern.0.to_vec(), pattern.1.to_vec());
                groups.push(Group { axes, sizes, cores: vec![core] });
            }
        }
    }
    let of_axes = |g: &Group, test: fn(&Axis) -> bool| g.axes.iter().all(test);
    let mut total: Option<Atom> = None;
    // Beside blocks that are no bands, a band is one more block.
    let windows = || groups.iter().filter(|g| !of_axes(g, Axis::is_whole));
    if windows().next().is_some() && windows().all(|g| is_wide(g, aval)) {
        let (bands, others) = groups.into_iter().partition(|g| is_wide(g, aval));
        (total, groups) = (banded(b, bands, aval)?, others);
    }
    let (whole, windows): (Vec<Group>, Vec<Group>) =
        groups.into_iter().partition(|g| of_axes(g, Axis::is_whole));
    for group in &whole {
        let part = spread(b, group, aval.dtype)?;
        total = Some(plus(b, total, part)?);
    }
    let mut blocks: Vec<Block> = Vec::new();
    for group in windows {
        let part = spread(b, &group, aval.dtype)?;
        let place: Place = group.axes.iter().map(|a| (a.pad, a.shift)).collect();
        match blocks.iter_mut().find(|(p, _)| *p == place) {
            Some((_, block)) => *block = plus(b, Some(*block), part)?,
            None => blocks.push((place, part)),
        }
    }
    let computed = |(place, _): &Block| place.iter().any(|(_, shift)| shift.is_some());
    if blocks.len() > PADDED || blocks.iter().any(computed) {
        return updated(b, total, &blocks, aval);
    }
    let zero = literal(0.0, aval.dtype);
    for (place, block) in blocks {
        let config = place.iter().map(|(p, _)| (p.0 as isize, p.1 as isize, 0)).collect();
        let part = b.emit1(Pad { config }, vec![block, zero])?;
        total = Some(plus(b, total, part)?);
    }
    match total {
        Some(total) => Ok(total),
        None => b.emit1(BroadcastInDim { shape: aval.shape.clone(), dims: vec![] }, vec![zero]),
    }
}

/// With more blocks than this, each is written into its place; fewer are padded and added in one
/// loop, which tests each element against each block.
const PADDED: usize = 2;

/// Of each axis the zeros around the window, or where it starts if that is computed.
type Place = Vec<((usize, usize), Option<Atom>)>;
type Block = (Place, Atom);

fn plus(b: &mut Builder, sum: Option<Atom>, part: Atom) -> Result<Atom> {
    match sum {
        Some(sum) => b.emit1(Binary { op: BinaryOp::Add }, vec![sum, part]),
        None => Ok(part),
    }
}

/// Blocks written into an array, in place; where something is already, they are added, by reading
/// what is there.
fn updated(b: &mut Builder, base: Option<Atom>, blocks: &[Block], aval: &Aval) -> Result<Atom> {
    let zero = literal(0.0, aval.dtype);
    let mut out = match base {
        Some(base) => base,
        None => b.emit1(BroadcastInDim { shape: aval.shape.clone(), dims: vec![] }, vec![zero])?,
    };
    for (i, (place, block)) in blocks.iter().enumerate() {
        // Where one starts at a computed place, the two may meet.
        let apart = |(other, _): &Block| {
            let axes = other.iter().zip(place).zip(aval.shape.iter());
            axes.clone().all(|((x, y), _)| x.1.is_none() && y.1.is_none())
                && axes.clone().any(|((x, y), n)| x.0.0 + y.0.1 >= *n || y.0.0 + x.0.1 >= *n)
        };
        let at = |&(pad, shift): &((usize, usize), Option<Atom>)| {
            shift.unwrap_or_else(|| literal(pad.0 as f64, DType::I32))
        };
        let starts: Vec<Atom> = place.iter().map(at).collect();
        let mut block = *block;
        if base.is_some() || !blocks[..i].iter().all(apart) {
            let sizes = b.shape(block).to_vec();
            let ins = [out].into_iter().chain(starts.iter().copied()).collect();
            let before = b.emit1(DynamicSlice { sizes }, ins)?;
            block = plus(b, Some(before), block)?;
        }
        let ins = [out, block].into_iter().chain(starts).collect();
        out = b.emit1(DynamicUpdateSlice, ins)?;
    }
    Ok(out)
}

/// The two axes between which a group is a band: each carries the one label that stands twice, and
/// no other axis has zeros around it.
fn band(group: &Group) -> Option<(usize, usize)> {
    let axes = &group.axes;
    let all: Vec<Label> = axes.iter().flat_map(|a| a.labels.iter().copied()).collect();
    let times = |l: &Label| all.iter().filter(|m| *m == l).count();
    let mut twice = (0..axes.len()).filter(|&k| axes[k].labels.iter().any(|l| times(l) > 1));
    let (Some(i), Some(j), None) = (twice.next(), twice.next(), twice.next()) else { return None };
    let lone = axes[i].labels.len() == 1 && axes[i].labels == axes[j].labels;
    let still =
        |k: usize| if k == i || k == j { axes[k].shift.is_none() } else { axes[k].is_whole() };
    (lone && (0..axes.len()).all(still)).then_some((i, j))
}

/// True for a band whose window is most of the array: one loop over all of the array is cheaper
/// than one over the window and another that puts it in its place.
fn is_wide(group: &Group, aval: &Aval) -> bool {
    let labels = group.axes.iter().flat_map(|a| &a.labels);
    let window: usize = labels.map(|&l| group.sizes[l]).product();
    band(group).is_some() && 2 * window >= aval.size()
}

/// A loop over so many elements must be one of vectors, which padding inside it would prevent.
const LARGE: usize = 1 << 14;

/// Bands as one array: a choice by the distance from the diagonal. Every band is an array without
/// the second of its axes, with zeros where its window does not reach, so that bands at one
/// distance add up.
fn banded(b: &mut Builder, groups: Vec<Group>, aval: &Aval) -> Result<Option<Atom>> {
    // In one order, whichever term came first.
    let mut keyed: Vec<((usize, usize, i64), Group)> = Vec::new();
    for group in groups {
        let Some((i, j)) = band(&group) else { continue };
        let start = |k: usize| group.axes[k].pad.0 as i64;
        keyed.push(((i, j, start(j) - start(i)), group));
    }
    keyed.sort_by_key(|(key, _)| *key);
    let mut bands: Vec<((usize, usize, i64), Atom)> = Vec::new();
    for (key, group) in keyed {
        let core = add_up(b, &group.sizes, &group.cores)?;
        let rest: Vec<usize> = (0..group.axes.len()).filter(|&k| k != key.1).collect();
        let labels: Vec<Label> =
            rest.iter().flat_map(|&k| group.axes[k].labels.iter().copied()).collect();
        let x = align(b, &group.sizes, &core, &labels)?;
        let pad = |k: usize| group.axes[k].pad;
        let size = |k: &usize| aval.shape[*k] - pad(*k).0 - pad(*k).1;
        let x = b.emit1(Reshape { shape: rest.iter().map(size).collect() }, vec![x])?;
        let config = rest.iter().map(|&k| (pad(k).0 as isize, pad(k).1 as isize, 0)).collect();
        let mut x = b.emit1(Pad { config }, vec![x, literal(0.0, aval.dtype)])?;
        if aval.size() >= LARGE {
            x = b.emit1(OptimizationBarrier, vec![x])?;
        }
        match bands.last_mut() {
            Some((last, sum)) if *last == key => *sum = plus(b, Some(*sum), x)?,
            _ => bands.push((key, x)),
        }
    }
    // Bands between the same axes lie apart: a choice among them. Others are added.
    let mut choices: Vec<((usize, usize), Atom)> = Vec::new();
    for ((i, j, distance), x) in bands {
        let (shape, dtype) = (&aval.shape, DType::I32);
        let mut index = |dim| b.emit1(Iota { shape: shape.clone(), dtype, dim }, vec![]);
        let (row, column) = (index(i)?, index(j)?);
        let apart = b.emit1(Binary { op: BinaryOp::Sub }, vec![column, row])?;
        let distance = literal(distance as f64, dtype);
        let here = b.emit1(Compare { op: CompareOp::Eq }, vec![apart, distance])?;
        let dims = (0..shape.rank()).filter(|&k| k != j).collect();
        let x = b.emit1(BroadcastInDim { shape: shape.clone(), dims }, vec![x])?;
        match choices.iter_mut().find(|(axes, _)| *axes == (i, j)) {
            Some((_, choice)) => *choice = b.emit1(Select, vec![here, *choice, x])?,
            None => {
                let choice = b.emit1(Select, vec![here, literal(0.0, aval.dtype), x])?;
                choices.push(((i, j), choice));
            }
        }
    }
    let mut total = None;
    for (_, choice) in choices {
        total = Some(plus(b, total, choice)?);
    }
    Ok(total)
}

/// A group as an array, without the zeros around its window: repeated along labels it lacks, zero
/// where labels that axes share differ, `x_i δ_ij = (i = j ? x_i : 0)`.
fn spread(b: &mut Builder, group: &Group, dtype: DType) -> Result<Atom> {
    let core = add_up(b, &group.sizes, &group.cores)?;
    // Every label as often as axes carry it.
    let all: Vec<Label> = group.axes.iter().flat_map(|a| a.labels.iter().copied()).collect();
    let shape: Shape = all.iter().map(|&l| group.sizes[l]).collect();
    let first = |l: &Label| all.iter().position(|m| m == l).unwrap_or(0);
    let mut x = {
        let dims: Vec<usize> = core.labels.iter().map(first).collect();
        let mut sorted: Vec<usize> = (0..dims.len()).collect();
        sorted.sort_by_key(|&i| dims[i]);
        let perm = sorted.clone();
        let dims = sorted.iter().map(|&i| dims[i]).collect();
        let moved = b.emit1(Transpose { perm }, vec![core.atom])?;
        b.emit1(BroadcastInDim { shape: shape.clone(), dims }, vec![moved])?
    };
    let mut mask: Option<Atom> = None;
    for (i, l) in all.iter().enumerate().filter(|(i, l)| first(l) != *i) {
        let mut index =
            |dim: usize| b.emit1(Iota { shape: shape.clone(), dtype: DType::I32, dim }, vec![]);
        let pair = vec![index(first(l))?, index(i)?];
        let equal = b.emit1(Compare { op: CompareOp::Eq }, pair)?;
        mask = Some(match mask {
            Some(mask) => b.emit1(Binary { op: BinaryOp::And }, vec![mask, equal])?,
            None => equal,
        });
    }
    if let Some(mask) = mask {
        // A delta alone is its mask as a number.
        x = match core.atom {
            Atom::Lit(one) if one.to_f64() == 1.0 => b.emit1(Convert { dtype }, vec![mask])?,
            _ => b.emit1(Select, vec![mask, literal(0.0, dtype), x])?,
        };
    }
    let inner: Shape = group
        .axes
        .iter()
        .map(|a| a.labels.iter().map(|&l| group.sizes[l]).product::<usize>())
        .collect();
    b.emit1(Reshape { shape: inner }, vec![x])
}
