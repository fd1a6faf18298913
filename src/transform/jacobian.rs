//! Gradients, Jacobians and Hessian-vector products of programs.
//!
//! A Jacobian is the derivative applied to all basis vectors at once. The basis is the comparison of
//! two iotas, an identity that later passes recognise; no constant matrix is made.

use super::{jvp, linearize};
use crate::base::{Error, Result, Shape};
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

/// The standard basis of arrays of a type, along axis 0.
fn basis(aval: &Aval) -> Tensor {
    let n = aval.size();
    let eye = lax::delta(aval.dtype, [n, n], 0, 1);
    lax::reshape(&eye, aval.shape.with_axis(0, n))
}

fn active(n: usize, wrt: &[usize]) -> Vec<bool> {
    (0..n).map(|i| wrt.contains(&i)).collect()
}

/// A Jacobian whose basis axis lies at `b.dim`, or zeros where there is no dependence: the shape of
/// the result followed by that of the input, whichever of them the basis runs over.
fn block(b: Option<Batched>, out: &Aval, x: &Aval, direction: Direction) -> Tensor {
    let shape: Shape = out.shape.iter().chain(x.shape.iter()).copied().collect();
    let (basis, rank, front) = match direction {
        Direction::Forward => (x.size(), out.rank(), false),
        Direction::Reverse => (out.size(), x.rank(), true),
    };
    let to = if front { 0 } else { rank };
    let values = match b {
        Some(Batched { value, dim: Some(dim) }) => lax::move_axis(&value, dim, to),
        Some(Batched { value, dim: None }) => {
            let sizes = value.shape().with_axis(to, basis);
            let dims: Vec<usize> = (0..=rank).filter(|&d| d != to).collect();
            lax::broadcast_in_dim(&value, sizes, &dims)
        }
        None => return lax::zeros_like(&out.with_shape(shape)),
    };
    lax::convert_element_type(&lax::reshape(&values, shape), out.dtype)
}

/// The Jacobian blocks of a program, result by result and within each input by input of `wrt`, of
/// shape `result ++ input`.
///
/// # Errors
/// When a primitive lacks a rule.
pub(crate) fn jacobian(
    direction: Direction,
    jaxpr: &Jaxpr,
    ins: &[Tensor],
    wrt: &[usize],
) -> Result<Vec<Tensor>> {
    let outs = jaxpr.out_avals();
    let mut blocks: Vec<Vec<Tensor>> = vec![Vec::new(); outs.len()];
    match direction {
        Direction::Forward => {
            for &k in wrt {
                let (_, linear) = linearize(jaxpr, ins, &active(ins.len(), &[k]))?;
                let x = ins[k].aval();
                let columns = linear.apply_batch(&[basis(x)], x.size())?;
                for ((row, column), out) in blocks.iter_mut().zip(columns).zip(&outs) {
                    row.push(block(column, out, x, direction));
                }
            }
        }
        Direction::Reverse => {
            let (_, linear) = linearize(jaxpr, ins, &active(ins.len(), wrt))?;
            for (i, (row, out)) in blocks.iter_mut().zip(&outs).enumerate() {
                let mut rows = linear.transpose_batch(i, &basis(out), out.size())?;
                for &k in wrt {
                    row.push(block(rows[k].take(), out, ins[k].aval(), direction));
                }
            }
        }
    }
    Ok(blocks.into_iter().flatten().collect())
}

/// The program of the Jacobian: from the inputs of `jaxpr` to the blocks of [`jacobian`].
///
/// # Errors
/// When a primitive lacks a rule.
pub(crate) fn jacobian_jaxpr(direction: Direction, jaxpr: &Jaxpr, wrt: &[usize]) -> Result<Jaxpr> {
    let run = |ins: &[Tensor]| Ok((jacobian(direction, jaxpr, ins, wrt)?, ()));
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
