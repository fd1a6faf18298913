//! Arrays of many blocks, put together by one call.
//!
//! XLA makes a kernel for each block that is written into an array. Where several are, one after the
//! other at places that are known, a function of `cotangent_kernels` writes them all, out of the arrays
//! that the blocks are made of: sums, transposes, reshapes, repetitions and diagonals on the way are
//! distances between elements, and cost neither a kernel nor an array.

use super::views::{Program, View};
use crate::base::{Shape, strides};
use crate::hlo::{Module, Value};
use crate::ir::params::BinaryOp;
use crate::ir::{Atom, Eqn, Prim};
use cotangent_kernels::{ASSEMBLE, Part, assemble_numbers};
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

/// So many blocks are worth a call, and no more go into one.
const BLOCKS: usize = 3;
const MANY: usize = 1000;
/// A sum of more terms is computed before it is put into place.
const TERMS: usize = 8;
/// And bands in an array of so many elements, of which they are no more than this share.
const BANDED: usize = 1 << 17;
const SHARE: usize = 8;

/// The equations of a program that put blocks into arrays.
#[derive(Default)]
pub(super) struct Blocks {
    /// By the last equation of each array.
    pub(super) calls: HashMap<usize, Call>,
    /// Equations before the last, whose results nothing else reads.
    pub(super) inside: HashSet<usize>,
}

/// An array of blocks.
pub(super) struct Call {
    /// What to begin with: an array, or the number that all of it is.
    base: Atom,
    shape: Shape,
    operands: Vec<Atom>,
    parts: Vec<Part>,
    /// Whether blocks that do not add to what is there cover the array.
    covered: bool,
}

impl Blocks {
    pub(super) fn of(program: &Program<'_>) -> Blocks {
        let mut blocks = Blocks::default();
        for last in (0..program.jaxpr.eqns.len()).rev() {
            if blocks.inside.contains(&last) {
                continue;
            }
            let call = program.chain(last).or_else(|| program.bands(last));
            if let Some((call, before)) = call {
                blocks.calls.insert(last, call);
                blocks.inside.extend(before);
            }
        }
        blocks
    }
}

impl Call {
    pub(super) fn lower(
        &self,
        hlo: &mut Module,
        value: &mut dyn FnMut(&mut Module, Atom) -> Value,
    ) -> Value {
        let base = value(hlo, self.base);
        let fill = hlo.fill_of(&base);
        let begin = fill.is_none() || !self.covered;
        let mut ins = vec![fill.unwrap_or(base)];
        ins.extend(self.operands.iter().map(|&x| value(hlo, x)));
        let ins: Vec<&Value> = ins.iter().collect();
        hlo.kernel_by_numbers(
            ASSEMBLE,
            &ins,
            &self.shape,
            &assemble_numbers(begin, &self.parts),
            true,
        )
    }
}

/// A block: its place, and whether it is added to what is there.
struct Block {
    start: Vec<usize>,
    size: Shape,
    keep: bool,
    terms: Vec<Term>,
}

/// An array that is part of a block.
struct Term {
    array: Atom,
    part: Part,
    /// Whether it writes to the whole block.
    full: bool,
}

impl Program<'_> {
    /// The array whose last block this equation writes, if it has enough of them, and the equations of
    /// the others.
    fn chain(&self, last: usize) -> Option<(Call, Vec<usize>)> {
        let (mut at, mut block) = (last, self.block(last)?);
        let (mut blocks, mut before) = (vec![], vec![]);
        let base = loop {
            let x = self.jaxpr.eqns[at].ins[0];
            // Who reads the array: the equation, and the sum with what is there.
            let readers = 1 + usize::from(block.keep);
            blocks.push(block);
            let more = self.uses(x) == readers && blocks.len() < MANY;
            let next = self.place(x).filter(|_| more);
            match next.and_then(|k| Some((k, self.block(k)?))) {
                Some(next) => (at, block) = next,
                None => break x,
            }
            before.push(at);
        };
        if blocks.len() < BLOCKS {
            return None;
        }
        blocks.reverse();
        let shape = self.jaxpr.atom_aval(base).shape;
        let (mut operands, mut parts): (Vec<Atom>, Vec<Part>) = (vec![], vec![]);
        for block in &blocks {
            for Term { array, part, .. } in &block.terms {
                let operand = operands.iter().position(|x| x == array).unwrap_or_else(|| {
                    operands.push(*array);
                    operands.len() - 1
                });
                parts.push(Part { operand, ..part.clone() });
            }
        }
        Some((
            Call { covered: covered(&blocks, shape.size()), base, shape, operands, parts },
            before,
        ))
    }

    /// What an equation writes into an array.
    fn block(&self, k: usize) -> Option<Block> {
        let eqn = &self.jaxpr.eqns[k];
        let (Prim::DynamicUpdateSlice(_), [x, update, starts @ ..]) =
            (&eqn.prim, eqn.ins.as_slice())
        else {
            return None;
        };
        let (shape, size) = (self.jaxpr.atom_aval(*x).shape, self.jaxpr.atom_aval(*update).shape);
        let axes = starts.iter().zip(shape.iter().zip(size.iter()));
        let start = axes.map(|(start, (&n, &size))| match start {
            Atom::Lit(s) => Some((s.to_f64().max(0.0) as usize).min(n - size)),
            Atom::Var(_) => None,
        });
        let start: Vec<usize> = start.collect::<Option<_>>()?;
        if !self.hlo.has_kernels(self.jaxpr.atom_aval(*x).dtype) || size.size() == 0 {
            return None;
        }
        let to = strides(&shape);
        let at = start.iter().zip(&to).map(|(s, t)| s * t).sum();
        let view = View::of(&size, to);
        let mut terms = self
            .parts(*update, &view, BinaryOp::Add, TERMS, false)
            .unwrap_or_else(|| vec![(*update, view.clone())]);
        let there = |(y, way): &(Atom, View)| *way == view && self.is_window(*y, *x, &start, &size);
        let keep = terms.iter().position(there).map(|k| terms.remove(k)).is_some();
        let found: Option<Vec<Term>> =
            terms.iter().map(|(x, view)| self.term(*x, view, at)).collect();
        let (mut terms, keep) = match found {
            Some(terms) if keep || terms.iter().any(|t| t.full) => (terms, keep),
            _ => (vec![self.term(*update, &view, at)?], false),
        };
        // What does not add comes first.
        if !keep && let Some(first) = terms.iter().position(|t| t.full) {
            terms.swap(0, first);
            terms[0].part.add = false;
        }
        Some(Block { start, size, keep, terms })
    }

    /// Whether a value is what an array has at a place, and is read once.
    fn is_window(&self, value: Atom, x: Atom, start: &[usize], size: &[usize]) -> bool {
        let Some(Eqn { prim: Prim::Slice(p), ins, .. }) = self.maker(value) else { return false };
        let end = start.iter().zip(size).map(|(s, n)| s + n);
        ins[0] == x
            && self.uses(value) == 1
            && p.start == start
            && p.limit.iter().copied().eq(end)
            && p.stride.iter().all(|&s| s == 1)
    }

    /// None if the way of the elements is not one that the function can go.
    fn term(&self, array: Atom, view: &View, at: usize) -> Option<Term> {
        let from = view.steps(&self.jaxpr.atom_aval(array).shape);
        let axes = view.loops.iter().zip(from).map(|(&(size, to), from)| [size, from, to]);
        let part = Part { operand: 0, add: true, from: 0, at, axes: ordered(axes.collect())? };
        Some(Term { array, part, full: view.full })
    }

    /// A result that is zero off some diagonals, as a choice by the distance from the first: what lies on
    /// them is written into zeros. Where others read it, XLA makes the choice within their loops.
    fn bands(&self, last: usize) -> Option<(Call, Vec<usize>)> {
        let out = self.jaxpr.aval(*self.jaxpr.eqns[last].outs.first()?);
        let mut base = Atom::Var(self.jaxpr.eqns[last].outs[0]);
        let is_result = self.jaxpr.outs.contains(&base);
        if !is_result || out.size() < BANDED || !self.hlo.has_kernels(out.dtype) {
            return None;
        }
        let (mut operands, mut parts, mut before) = (vec![], vec![], vec![]);
        while let Some(Eqn { prim: Prim::Select(_), ins, .. }) = self.maker(base) {
            if let Some(k) = self.place(base).filter(|k| *k != last) {
                if self.uses(base) > 1 {
                    return None;
                }
                before.push(k);
            }
            let (array, part) = self.band(ins[0], ins[2], &out.shape)?;
            parts.push(Part { operand: operands.len(), ..part });
            operands.push(array);
            base = ins[1];
        }
        let written = |part: &Part| part.axes.iter().map(|axis| axis[0]).product::<usize>();
        let few = SHARE * parts.iter().map(written).sum::<usize>() <= out.size();
        let call = Call { base, shape: out.shape.clone(), operands, parts, covered: false };
        (self.is_zero(base) && few && !call.parts.is_empty()).then_some((call, before))
    }

    /// What is chosen on a diagonal out of an array that is repeated along it.
    fn band(&self, mask: Atom, value: Atom, shape: &Shape) -> Option<(Atom, Part)> {
        let Eqn { prim: Prim::BroadcastInDim(p), ins, .. } = self.maker(value)? else {
            return None;
        };
        let (i, j, distance) = self.diagonal(mask)?;
        let inner = self.jaxpr.atom_aval(ins[0]).shape;
        let (to, mut steps) = (strides(shape), vec![0; shape.rank()]);
        for ((&d, &n), step) in p.dims.iter().zip(inner.iter()).zip(strides(&inner)) {
            steps[d] = if n == 1 { 0 } else { step };
        }
        let (row, column) = ((-distance).max(0) as usize, distance.max(0) as usize);
        let size = shape[i].checked_sub(row)?.min(shape[j].checked_sub(column)?);
        let mut axes: Vec<[usize; 3]> =
            (0..shape.rank()).map(|d| [shape[d], steps[d], to[d]]).collect();
        axes[i] = [size, steps[i] + steps[j], to[i] + to[j]];
        axes.remove(j);
        if size == 0 {
            return None;
        }
        let from = row * steps[i] + column * steps[j];
        let at = row * to[i] + column * to[j];
        Some((ins[0], Part { operand: 0, add: false, from, at, axes: ordered(axes)? }))
    }
}

/// The axes of a part as the function wants them, those that go together as one.
fn ordered(mut axes: Vec<[usize; 3]>) -> Option<Vec<[usize; 3]>> {
    axes.retain(|[size, ..]| *size > 1);
    axes.sort_by_key(|axis| Reverse(axis[2]));
    let mut merged: Vec<[usize; 3]> = Vec::new();
    for [size, from, to] in axes {
        match merged.last_mut() {
            Some(last) if last[1..] == [from * size, to * size] => {
                *last = [last[0] * size, from, to];
            }
            _ => merged.push([size, from, to]),
        }
    }
    let mut reach = 0;
    for [size, _, to] in merged.iter().rev() {
        if *to <= reach {
            return None;
        }
        reach += (size - 1) * to;
    }
    Some(merged)
}

/// Whether blocks that do not add to what is there cover so many elements, each of them once.
fn covered(blocks: &[Block], size: usize) -> bool {
    let written: Vec<&Block> = blocks.iter().filter(|b| !b.keep).collect();
    let apart = |x: &Block, y: &Block| {
        (0..x.start.len())
            .any(|d| x.start[d] + x.size[d] <= y.start[d] || y.start[d] + y.size[d] <= x.start[d])
    };
    written.iter().map(|b| b.size.size()).sum::<usize>() == size
        && written.iter().enumerate().all(|(k, x)| written[..k].iter().all(|y| apart(x, y)))
}
