//! What is asked of second derivatives other than all of them: the diagonal, its sum, and blocks, each
//! of all results of a program.

use super::jacobian::{Piece, block, blocks_of, each_part};
use super::laplacian::laplacian;
use super::{Direction, batch, jacobian_jaxpr, jvp_jaxpr};
use crate::base::{Result, Shape};
use crate::ir::{Aval, Batched, Jaxpr, Tensor, trace};
use crate::lax;

/// The program of the Hessian blocks of all results by inputs `a` and `b`, of shape `result ++ a ++ b`,
/// composed of an inner and an outer Jacobian.
///
/// # Errors
/// When a primitive lacks a rule.
fn block_jaxpr(
    [inner, outer]: [Direction; 2],
    jaxpr: &Jaxpr,
    (a, b): (usize, usize),
    chunk: Option<usize>,
) -> Result<Jaxpr> {
    let slopes = jacobian_jaxpr(inner, jaxpr, &[a], None)?;
    jacobian_jaxpr(outer, &slopes, &[b], chunk)
}

/// The program of the Hessian blocks for pairs of inputs: pair by pair, and within each result by result.
///
/// # Errors
/// When a primitive lacks a rule.
pub(crate) fn pairs_jaxpr(
    directions: [Direction; 2],
    jaxpr: &Jaxpr,
    pairs: &[(usize, usize)],
    chunk: Option<usize>,
) -> Result<Jaxpr> {
    on_all(jaxpr, |ins| {
        let mut blocks = Vec::new();
        for &pair in pairs {
            blocks.extend(super::eval(&block_jaxpr(directions, jaxpr, pair, chunk)?, ins)?);
        }
        Ok(blocks)
    })
}

/// The program of the diagonals of the Hessians, result by result and within each input by input of
/// `wrt`, of shape `result ++ input`: those of the composed Hessian.
///
/// # Errors
/// When a primitive lacks a rule.
pub(crate) fn diagonal_jaxpr(
    directions: [Direction; 2],
    jaxpr: &Jaxpr,
    wrt: &[usize],
    chunk: Option<usize>,
) -> Result<Jaxpr> {
    by_input(jaxpr, wrt, |ins, k| {
        let blocks = super::eval(&block_jaxpr(directions, jaxpr, (k, k), chunk)?, ins)?;
        let x = ins[k].aval();
        let shape = |y: &Aval| -> Shape { [&y.shape[..], &x.shape[..]].concat().into() };
        let outs = jaxpr.out_avals().into_iter().zip(blocks);
        Ok(outs.map(|(y, h)| lax::reshape(&diagonal(&h, &y, x.size(), &[2]), shape(&y))).collect())
    })
}

/// The same by second derivatives along each basis vector, without the Hessian.
///
/// # Errors
/// When a primitive lacks a rule.
pub(crate) fn directional_jaxpr(
    jaxpr: &Jaxpr,
    wrt: &[usize],
    chunk: Option<usize>,
) -> Result<Jaxpr> {
    let outs = jaxpr.out_avals();
    by_input(jaxpr, wrt, |ins, k| {
        let x = ins[k].aval();
        let only = |n: usize| (0..n).map(|i| i == k).collect::<Vec<_>>();
        let (first, sloped) = jvp_jaxpr(jaxpr, &only(jaxpr.n_ins))?;
        let (second, curved) = jvp_jaxpr(&first, &only(first.n_ins))?;
        each_part(x, chunk, &blocks_of(&outs, &[x]), |basis, part| {
            let along = Batched::new(basis, 0);
            let mut args: Vec<Batched> =
                ins.iter().map(|x| Batched::new(x.clone(), None)).collect();
            args.extend([along.clone(), along]);
            let values = batch(&second, &args, part.rows())?;
            let mut tangents = values.into_iter().skip(first.outs.len());
            let mut next = |present: bool| if present { tangents.next() } else { None };
            let mut curved = curved.iter().map(|&c| next(c));
            // Those of the values come first, then those of the slopes that there are.
            curved.by_ref().take(outs.len()).for_each(drop);
            let place = |(sloped, y): (&bool, &Aval)| -> Piece {
                let value = if *sloped { curved.next().flatten() } else { None };
                block(value, y, x, Direction::Forward, part)
            };
            Ok(sloped.iter().zip(&outs).map(place).collect())
        })
    })
}

/// The program of the traces of the Hessians of all results over all of `wrt`: those of the composed
/// Hessian, or by the forward Laplacian.
///
/// # Errors
/// When a primitive lacks a rule.
pub(crate) fn laplacian_jaxpr(
    directions: Option<[Direction; 2]>,
    jaxpr: &Jaxpr,
    wrt: &[usize],
    chunk: Option<usize>,
) -> Result<Jaxpr> {
    on_all(jaxpr, |ins| {
        let outs = jaxpr.out_avals();
        let mut sums: Vec<Tensor> = outs.iter().map(lax::zeros_like).collect();
        for (i, &k) in wrt.iter().enumerate() {
            let traces = match directions {
                None => laplacian(jaxpr, ins, k, chunk)?,
                Some(directions) => {
                    let blocks = super::eval(&block_jaxpr(directions, jaxpr, (k, k), chunk)?, ins)?;
                    let trace = |(y, h): (&Aval, Tensor)| {
                        lax::reshape(&diagonal(&h, y, ins[k].size(), &[1, 2]), y.shape.clone())
                    };
                    outs.iter().zip(blocks).map(trace).collect()
                }
            };
            let add = |(sum, t): (&Tensor, Tensor)| if i == 0 { t } else { lax::add(sum, &t) };
            sums = sums.iter().zip(traces).map(add).collect();
        }
        Ok(sums)
    })
}

/// The elements on the diagonal of a Hessian block of a result, summed over some of the three axes that
/// result, rows and columns are made.
fn diagonal(h: &Tensor, y: &Aval, n: usize, axes: &[usize]) -> Tensor {
    let shape = Shape::from([y.size(), n, n]);
    let on = lax::delta(crate::base::DType::Bool, &shape, 1, 2);
    let h = lax::reshape(h, shape);
    lax::reduce_sum(&lax::select(&on, &h, &lax::zeros_like(h.aval())), axes)
}

fn on_all(jaxpr: &Jaxpr, f: impl FnOnce(&[Tensor]) -> Result<Vec<Tensor>>) -> Result<Jaxpr> {
    Ok(trace::trace(&jaxpr.in_avals(), |ins| Ok((f(ins)?, ())))?.0.jaxpr)
}

/// A program that gives for each result what `f` gives for it and each of the inputs.
fn by_input(
    jaxpr: &Jaxpr,
    wrt: &[usize],
    f: impl Fn(&[Tensor], usize) -> Result<Vec<Tensor>>,
) -> Result<Jaxpr> {
    on_all(jaxpr, |ins| {
        let columns: Vec<Vec<Tensor>> = wrt.iter().map(|&k| f(ins, k)).collect::<Result<_>>()?;
        let row = |i: usize| columns.iter().map(move |column| column[i].clone());
        Ok((0..jaxpr.outs.len()).flat_map(row).collect())
    })
}
