//! Gradients, Jacobians and Hessian-vector products of programs.
//!
//! A Jacobian is the derivative applied to all basis vectors at once. The basis is the comparison of
//! two iotas, an identity that later passes recognise; no constant matrix is made.

use super::{jvp, linearize};
use crate::base::{DType, Error, Result, Scalar, Shape};
use crate::ir::{Aval, Batched, Jaxpr, Tangent, Tensor, trace};
use crate::lax;

/// The side from which a Jacobian is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Direction {
    /// Columns, by pushing the basis of the inputs forward.
    Forward,
    /// Rows, by pulling the basis of the results back.
    Reverse,
}

/// A part of the standard basis of arrays of a shape: those vectors whose place lies in a window,
/// of one place along the first axes, of some along the next, and of all along the others.
///
/// Windows along whole axes keep the basis a product of identities, one for each axis.
pub(super) struct Part {
    shape: Shape,
    window: Vec<usize>,
}

impl Part {
    /// The largest part of at most `chunk` vectors, or all.
    fn new(shape: &Shape, chunk: Option<usize>) -> Part {
        let mut window = shape.to_vec();
        let mut left = chunk.map_or(usize::MAX, |n| n.max(1));
        for size in window.iter_mut().rev() {
            *size = left.min(*size);
            left /= (*size).max(1);
        }
        Part { shape: shape.clone(), window }
    }

    /// The number of vectors.
    pub(super) fn rows(&self) -> usize {
        self.window.iter().product()
    }

    /// The number of windows along each axis; the last ones overlap.
    fn counts(&self) -> impl DoubleEndedIterator<Item = usize> + '_ {
        self.shape.iter().zip(&self.window).map(|(n, w)| n.div_ceil((*w).max(1)))
    }

    /// The number of parts that cover the basis.
    fn turns(&self) -> usize {
        if self.rows() == 0 { 1 } else { self.counts().product() }
    }

    /// Where the window of a turn begins.
    fn starts(&self, turn: &Tensor) -> Vec<Tensor> {
        let number = |n: usize| Tensor::literal(Scalar::I32(n as i32));
        let mut after = self.turns();
        let axes = self.counts().zip(self.shape.iter().zip(&self.window));
        axes.map(|(count, (size, window))| {
            after /= count.max(1);
            let index = lax::rem(&lax::div(turn, &number(after)), &number(count));
            // The bounds say that the window lies inside, to whoever reads the program.
            lax::clamp(&number(0), &lax::mul(&index, &number(*window)), &number(size - window))
        })
        .collect()
    }

    /// The vectors along axis 0, for a window at the starts, or for all.
    fn basis(&self, aval: &Aval, starts: &[Tensor]) -> Tensor {
        let n = self.rows();
        if starts.is_empty() {
            return lax::reshape(&lax::delta(aval.dtype, [n, n], 0, 1), aval.shape.with_axis(0, n));
        }
        let rank = self.shape.rank();
        let sizes: Shape = self.window.iter().chain(self.shape.iter()).copied().collect();
        let identity = |d: usize| {
            let index = |dim: usize| lax::iota(DType::I32, sizes.clone(), dim);
            let start = lax::broadcast_in_dim(&starts[d], sizes.clone(), &[]);
            let same = lax::eq(&lax::add(&index(d), &start), &index(rank + d));
            lax::convert_element_type(&same, aval.dtype)
        };
        let basis = (0..rank).map(identity).reduce(|a, b| lax::mul(&a, &b));
        let basis = basis.unwrap_or_else(|| lax::full_like(aval, 1.0));
        lax::reshape(&basis, aval.shape.with_axis(0, n))
    }
}

fn active(n: usize, wrt: &[usize]) -> Vec<bool> {
    (0..n).map(|i| wrt.contains(&i)).collect()
}

/// A piece of a Jacobian block, and the axis at which the axes of its basis begin.
pub(super) struct Piece {
    pub(super) values: Tensor,
    pub(super) axis: usize,
}

/// The piece whose basis axis lies at `b.dim`, or zeros where there is no dependence: the shape of
/// the result followed by that of the input, in one of which the window of the part stands.
pub(super) fn block(
    b: Option<Batched>,
    out: &Aval,
    x: &Aval,
    direction: Direction,
    part: &Part,
) -> Piece {
    let (rank, axis, shapes) = match direction {
        Direction::Forward => (out.rank(), out.rank(), [&out.shape[..], &part.window]),
        Direction::Reverse => (x.rank(), 0, [&part.window[..], &x.shape]),
    };
    let shape: Shape = shapes.concat().into();
    let dtype = block_dtype(out, x);
    let values = match b {
        Some(Batched { value, dim: Some(dim) }) => lax::move_axis(&value, dim, axis),
        Some(Batched { value, dim: None }) => {
            let sizes = value.shape().with_axis(axis, part.rows());
            let dims: Vec<usize> = (0..=rank).filter(|&d| d != axis).collect();
            lax::broadcast_in_dim(&value, sizes, &dims)
        }
        None => return Piece { values: lax::zeros_like(&Aval::new(shape, dtype)), axis },
    };
    let values = lax::convert_element_type(&lax::reshape(&values, shape), dtype);
    Piece { values, axis }
}

/// The dtype of a block: that of the result, unless only the input is complex.
fn block_dtype(out: &Aval, x: &Aval) -> DType {
    if x.dtype.is_complex() { x.dtype } else { out.dtype }
}

/// The results of a program, and the Jacobian blocks of those from the first on that is to be
/// differentiated, result by result and within each input by input of `wrt`, of shape `result ++ input`.
///
/// With a chunk, at most so many basis vectors (at least one) go through the derivative at once, in
/// a loop that writes into the result; the program is linearized once, before the loops.
///
/// # Errors
/// When a primitive lacks a rule.
fn jacobian(
    direction: Direction,
    jaxpr: &Jaxpr,
    ins: &[Tensor],
    wrt: &[usize],
    first: usize,
    chunk: Option<usize>,
) -> Result<[Vec<Tensor>; 2]> {
    let mut outs = jaxpr.out_avals();
    let outs = outs.split_off(first);
    let mut values = Vec::new();
    let mut blocks: Vec<Vec<Tensor>> = vec![Vec::new(); outs.len()];
    match direction {
        Direction::Forward => {
            for &k in wrt {
                let (found, linear) = linearize(jaxpr, ins, &active(ins.len(), &[k]))?;
                values = found;
                let x = ins[k].aval();
                let columns = each_part(x, chunk, &blocks_of(&outs, &[x]), |basis, part| {
                    let columns = linear.apply_batch(&[basis], part.rows())?;
                    let placed = columns.into_iter().skip(first).zip(&outs);
                    Ok(placed.map(|(c, out)| block(c, out, x, direction, part)).collect())
                })?;
                blocks.iter_mut().zip(columns).for_each(|(row, column)| row.push(column));
            }
        }
        Direction::Reverse => {
            let (found, linear) = linearize(jaxpr, ins, &active(ins.len(), wrt))?;
            values = found;
            let xs: Vec<&Aval> = wrt.iter().map(|&k| ins[k].aval()).collect();
            for (i, (row, out)) in blocks.iter_mut().zip(&outs).enumerate() {
                let types = blocks_of(std::slice::from_ref(out), &xs);
                *row = each_part(out, chunk, &types, |basis, part| {
                    let mut cts: Vec<Tangent> = vec![None; first + outs.len()];
                    cts[first + i] = Some(basis);
                    let mut rows = linear.transpose_batch(&cts, part.rows())?;
                    let taken = wrt.iter().map(|&k| rows[k].take()).zip(&xs);
                    Ok(taken.map(|(r, x)| block(r, out, x, direction, part)).collect())
                })?;
            }
        }
    }
    Ok([values, blocks.into_iter().flatten().collect()])
}

/// The types of the blocks of some results and inputs.
pub(super) fn blocks_of(outs: &[Aval], xs: &[&Aval]) -> Vec<Aval> {
    let pair = |out: &Aval, x: &Aval| {
        let shape: Shape = out.shape.iter().chain(x.shape.iter()).copied().collect();
        Aval::new(shape, block_dtype(out, x))
    };
    outs.iter().flat_map(|out| xs.iter().map(move |x| pair(out, x))).collect()
}

/// The blocks of a derivative that is applied to the standard basis of `over`, all at once or part
/// by part: `derive` gives, for a part of the basis, for each block the piece and the axis at which
/// the axes of `over` begin.
pub(super) fn each_part(
    over: &Aval,
    chunk: Option<usize>,
    types: &[Aval],
    derive: impl Fn(Tensor, &Part) -> Result<Vec<Piece>>,
) -> Result<Vec<Tensor>> {
    let part = Part::new(&over.shape, chunk);
    if part.turns() == 1 {
        return Ok(derive(part.basis(over, &[]), &part)?.into_iter().map(|p| p.values).collect());
    }
    let init: Vec<Tensor> = types.iter().map(lax::zeros_like).collect();
    let turns = lax::iota(DType::I32, [part.turns()], 0);
    let body = |carries: &[Tensor], turn: &[Tensor]| {
        let starts = part.starts(&turn[0]);
        let pieces = derive(part.basis(over, &starts), &part)?;
        let write = |(carry, piece): (&Tensor, Piece)| {
            let zero = Tensor::literal(Scalar::I32(0));
            let mut at = vec![&zero; carry.rank()];
            starts.iter().enumerate().for_each(|(d, start)| at[piece.axis + d] = start);
            lax::dynamic_update_slice(carry, &piece.values, &at)
        };
        Ok((carries.iter().zip(pieces).map(write).collect(), ()))
    };
    Ok(lax::scan_with((part.turns(), false), &init, &[turns], body)?.0)
}

/// The program of the Jacobian: from the inputs of `jaxpr` to the blocks of [`jacobian`].
///
/// # Errors
/// When a primitive lacks a rule.
pub(crate) fn jacobian_jaxpr(
    direction: Direction,
    jaxpr: &Jaxpr,
    wrt: &[usize],
    chunk: Option<usize>,
) -> Result<Jaxpr> {
    let run = |ins: &[Tensor]| {
        let [_, blocks] = jacobian(direction, jaxpr, ins, wrt, 0, chunk)?;
        Ok((blocks, ()))
    };
    Ok(trace::trace(&jaxpr.in_avals(), run)?.0.jaxpr)
}

/// The program of all results, followed by the Jacobian blocks of those from `first` on. Nothing is
/// computed twice for the two.
///
/// # Errors
/// When a primitive lacks a rule.
pub(crate) fn values_and_jacobian_jaxpr(
    direction: Direction,
    jaxpr: &Jaxpr,
    wrt: &[usize],
    first: usize,
    chunk: Option<usize>,
) -> Result<Jaxpr> {
    let run = |ins: &[Tensor]| {
        let answers = jacobian(direction, jaxpr, ins, wrt, first, chunk)?;
        Ok((answers.concat(), ()))
    };
    Ok(trace::trace(&jaxpr.in_avals(), run)?.0.jaxpr)
}

/// The value of a program with one scalar result, and its gradient with respect to `wrt`.
///
/// # Errors
/// When a primitive lacks a rule.
pub(crate) fn gradient(
    jaxpr: &Jaxpr,
    ins: &[Tensor],
    wrt: &[usize],
) -> Result<(Tensor, Vec<Tensor>)> {
    let (mut outs, linear) = linearize(jaxpr, ins, &active(ins.len(), wrt))?;
    let Some(value) = outs.pop() else { return Err(Error::internal("a gradient of nothing")) };
    let mut grads = linear.transpose(&[Some(lax::full_like(value.aval(), 1.0))])?;
    let grads = wrt.iter().map(|&k| or_zero(grads[k].take(), ins[k].aval())).collect();
    Ok((value, grads))
}

fn or_zero(t: Tangent, aval: &Aval) -> Tensor {
    t.unwrap_or_else(|| lax::zeros_like(aval))
}

/// The product of the Hessian of a scalar program with `v` (one tensor for each input of `wrt`):
/// forward over reverse, or reverse over reverse.
///
/// # Errors
/// When a primitive lacks a rule.
pub(crate) fn hvp(
    outer: Direction,
    jaxpr: &Jaxpr,
    ins: &[Tensor],
    wrt: &[usize],
    v: &[Tensor],
) -> Result<Vec<Tensor>> {
    let grad = |ins: &[Tensor]| Ok((gradient(jaxpr, ins, wrt)?.1, ()));
    let grad = trace::trace(&jaxpr.in_avals(), grad)?.0.jaxpr;
    let mut products = match outer {
        Direction::Forward => {
            let mut tangents: Vec<Tangent> = vec![None; ins.len()];
            wrt.iter().zip(v).for_each(|(&k, v)| tangents[k] = Some(v.clone()));
            jvp(&grad, ins, &tangents)?.1
        }
        // The gradient of ⟨∇f(x), v⟩ is the transpose of ∂(∇f) applied to v.
        Direction::Reverse => {
            let (_, linear) = linearize(&grad, ins, &active(ins.len(), wrt))?;
            let cts: Vec<Tangent> = v.iter().cloned().map(Some).collect();
            let mut grads = linear.transpose(&cts)?;
            wrt.iter().map(|&k| grads[k].take()).collect()
        }
    };
    Ok(wrt.iter().zip(&mut products).map(|(&k, p)| or_zero(p.take(), ins[k].aval())).collect())
}
