//! What the rooms of linear algebra share: they judge matrices alike, keep batch axes in front, and
//! write their algorithms as traced programs, or as loops that end by themselves.

use super::derive;
use crate::base::{DType, Error, Result, Scalar, Shape};
use crate::hlo::{Module, Value};
use crate::ir::{Aval, Batched, Prim, Tensor, bind};
use crate::{lax, lower};
use std::fmt::Display;

/// The sizes of the last two axes of a stack of real or complex matrices.
pub(super) fn matrix(op: &str, x: &Aval) -> Result<(usize, usize)> {
    if !x.dtype.is_inexact() || x.dtype.is_half() {
        let why = "it takes matrices of f32, f64, c64 or c128; convert with `as_type::<f64>()`";
        return Err(Error::dtype(op, &[x.dtype], why));
    }
    match x.shape[..] {
        [.., m, n] => Ok((m, n)),
        _ => Err(Error::shape(op, &[&x.shape], "it takes matrices: two axes or more")),
    }
}

/// The size of the last two axes of a stack of square matrices.
pub(super) fn square(op: &str, x: &Aval) -> Result<usize> {
    match matrix(op, x)? {
        (m, n) if m == n => Ok(n),
        _ => Err(Error::shape(op, &[&x.shape], "it takes square matrices")),
    }
}

/// The same shape with other sizes of the last axes, as many as are given.
pub(super) fn with_last(shape: &Shape, axes: usize, sizes: &[usize]) -> Shape {
    let batch = shape.rank().saturating_sub(axes);
    shape[..batch].iter().chain(sizes).copied().collect()
}

/// The results of a primitive on stacks of matrices, with the batch axis in front of all.
pub(super) fn batch_in_front(prim: impl Into<Prim>, args: &[Batched], size: usize) -> Vec<Batched> {
    let ins: Vec<Tensor> = args.iter().map(|arg| derive::place(arg, 0, size)).collect();
    let outs = bind(prim, &ins.iter().collect::<Vec<_>>());
    outs.into_iter().map(|out| Batched::new(out, 0)).collect()
}

/// `(x + xᴴ)/2`.
pub(super) fn hermitian_part(x: &Tensor) -> Tensor {
    (x + lax::adjoint(x)) * 0.5
}

/// The error of a derivative of all columns of orthogonal factors, of which some are arbitrary.
pub(super) fn all_columns(op: &str, factor: &str) -> Error {
    let why = format!(
        "all columns of {factor} have no derivative; take the reduced decomposition \
         (full_matrices: false)"
    );
    Error::unsupported(op, why)
}

/// Whether a function of `cotangent_kernels` is the faster way: loops over many small matrices at a
/// time are as fast, for real numbers.
pub(super) fn has_kernel(hlo: &Module, x: &Value) -> bool {
    let (batch, size) = x.shape.split_at(x.shape.rank() - 2);
    let small = size[0].min(size[1]) < 8 && !x.dtype.is_complex();
    hlo.kernels && !(small && batch.iter().product::<usize>() > 16)
}

/// Calls a function of `cotangent_kernels` on stacks of matrices, with a text that says the rest; gives
/// the results.
pub(super) fn kernel(
    hlo: &mut Module,
    target: &str,
    ins: &[&Value],
    outs: &[Aval],
    text: &dyn Display,
) -> Vec<Value> {
    let outs: Vec<_> = outs.iter().map(|out| (out.dtype, out.shape.clone())).collect();
    hlo.kernel(target, ins, &outs, text)
}

/// The error of a decomposition for which there are no loops.
pub(super) fn without_kernel(op: &str) -> Error {
    let why = "such matrices are decomposed on the CPU only, and not with `kernels(false)`";
    Error::unsupported(op, why)
}

/// The part of `x` that has, on each of these axes, so many elements from there on.
pub(super) fn block(x: &Tensor, ranges: &[(usize, usize, usize)]) -> Tensor {
    let (mut start, mut limit) = (vec![0; x.rank()], x.shape().to_vec());
    for &(axis, from, size) in ranges {
        (start[axis], limit[axis]) = (from, from + size);
    }
    lax::slice(x, &start, &limit, &vec![1; x.rank()])
}

/// The starts of a dynamic slice: 0 but on these axes.
fn starts(rank: usize, places: &[(usize, &Tensor)]) -> Vec<Tensor> {
    let mut starts = vec![Tensor::literal(Scalar::I32(0)); rank];
    for &(axis, at) in places {
        starts[axis] = at.clone();
    }
    starts
}

/// `x` with a part written over, which begins at 0 but on these axes.
pub(super) fn update(x: &Tensor, part: &Tensor, places: &[(usize, &Tensor)]) -> Tensor {
    let starts = starts(x.rank(), places);
    lax::dynamic_update_slice(x, part, &starts.iter().collect::<Vec<_>>())
}

/// `size` elements of an axis, from a computed place on.
pub(super) fn window(x: &Tensor, axis: usize, at: &Tensor, size: usize) -> Tensor {
    let mut sizes = x.shape().to_vec();
    sizes[axis] = size;
    let starts = starts(x.rank(), &[(axis, at)]);
    lax::dynamic_slice(x, &starts.iter().collect::<Vec<_>>(), &sizes)
}

/// Rows from a computed place on.
pub(super) fn rows(x: &Tensor, at: &Tensor, size: usize) -> Tensor {
    window(x, x.rank() - 2, at, size)
}

/// Columns from a computed place on.
pub(super) fn columns(x: &Tensor, at: &Tensor, size: usize) -> Tensor {
    window(x, x.rank() - 1, at, size)
}

/// `x` repeated along axes of size one.
pub(super) fn fit(x: &Tensor, shape: &Shape) -> Tensor {
    lax::broadcast_in_dim(x, shape, &(0..x.rank()).collect::<Vec<_>>())
}

/// A scalar repeated.
pub(super) fn spread(x: &Tensor, shape: &Shape) -> Tensor {
    lax::broadcast_in_dim(x, shape, &[])
}

/// The diagonals of square matrices.
pub(super) fn diagonal(x: &Tensor) -> Tensor {
    let r = x.rank();
    let here = lax::delta(DType::Bool, x.shape(), r - 2, r - 1);
    lax::reduce_sum(&lax::select(&here, x, &lax::number(x, 0.0)), &[r - 1])
}

/// Matrices with so many rows and columns, the new ones of zeros.
pub(super) fn pad_zeros(x: &Tensor, rows: usize, columns: usize) -> Tensor {
    let r = x.rank();
    let mut config = vec![(0, 0, 0); r];
    config[r - 2].1 = rows as isize - x.shape()[r - 2] as isize;
    config[r - 1].1 = columns as isize - x.shape()[r - 1] as isize;
    lax::pad(x, &lax::number(x, 0.0), &config)
}

/// Matrices with so many rows and columns, the new ones of zeros with ones where the old ones have
/// no diagonal.
pub(super) fn pad_identity(x: &Tensor, rows: usize, columns: usize) -> Tensor {
    let r = x.rank();
    let old = x.shape()[r - 2].min(x.shape()[r - 1]);
    let padded = pad_zeros(x, rows, columns);
    let place = lax::iota(DType::I32, padded.shape(), r - 1);
    let new = lax::ge(&place, &lax::number(&place, old as f64));
    let new = lax::and(&new, &lax::delta(DType::Bool, padded.shape(), r - 2, r - 1));
    lax::select(&new, &lax::number(x, 1.0), &padded)
}

/// Solves a system that is the same for all examples of `b`: they are more columns of one system,
/// or more rows where the system stands on the right.
pub(super) fn as_one_system(
    b: &Batched,
    size: usize,
    left_side: bool,
    solve: impl Fn(&Tensor) -> Tensor,
) -> Batched {
    let r = b.value.rank();
    let at = if left_side { r - 2 } else { r - 3 };
    let b = derive::place(b, at, size);
    let mut merged = b.shape().to_vec();
    let examples = merged.remove(at);
    merged[at] *= examples;
    let x = solve(&lax::reshape(&b, merged));
    Batched::new(lax::reshape(&x, b.shape()), at)
}

/// Repeats a traced program, from one state to the next, while a traced condition on the state
/// holds; gives the last state.
pub(super) fn repeat_while(
    hlo: &mut Module,
    init: &[Value],
    condition: impl FnOnce(&[Tensor]) -> Result<Tensor>,
    body: impl FnOnce(&[Tensor]) -> Result<Vec<Tensor>>,
) -> Result<Vec<Value>> {
    let types: Vec<(DType, Shape)> = init.iter().map(|v| (v.dtype, v.shape.clone())).collect();
    let more = derive::traced(init, |state| Ok(vec![condition(state)?]))?;
    hlo.begin("more");
    let state = hlo.tuple_parameter(&types);
    let outs = lower::inline(hlo, &more, &state)?;
    let more = hlo.finish_value(outs.first().ok_or_else(other_results)?);
    let next = derive::traced(init, body)?;
    hlo.begin("next");
    let state = hlo.tuple_parameter(&types);
    let outs = lower::inline(hlo, &next, &state)?;
    let next = hlo.finish(&outs, false);
    Ok(hlo.repeat(&more, &next, init))
}

/// The error of a program that has other results than it should.
pub(super) fn other_results() -> Error {
    Error::internal("a program of linear algebra with other results")
}

/// A vector for each matrix, along the columns of an array of this type: `x_j` at `(i, j)`.
pub(super) fn as_rows(x: &Tensor, like: &Aval) -> Tensor {
    let r = like.rank();
    let dims: Vec<usize> = (0..r - 2).chain([r - 1]).collect();
    lax::broadcast_in_dim(x, &like.shape, &dims)
}

/// A vector for each matrix, along the rows of an array of this type: `x_i` at `(i, j)`.
pub(super) fn as_columns(x: &Tensor, like: &Aval) -> Tensor {
    lax::broadcast_in_dim(x, &like.shape, &(0..like.rank() - 1).collect::<Vec<_>>())
}

/// A number for each matrix, repeated over the matrices of an array of this type.
pub(super) fn over_matrices(x: &Tensor, like: &Aval) -> Tensor {
    lax::broadcast_in_dim(x, &like.shape, &(0..like.rank() - 2).collect::<Vec<_>>())
}

/// The largest absolute value of each matrix, or 1 where all are 0, repeated over the matrix.
pub(super) fn largest(x: &Tensor) -> Tensor {
    let r = x.rank();
    let size = lax::reduce_max(&lax::abs(x), &[r - 2, r - 1]);
    let is_zero = lax::eq(&size, &lax::number(x, 0.0));
    over_matrices(&lax::select(&is_zero, &lax::number(x, 1.0), &size), x.aval())
}

/// The places of numbers in increasing order, along the last axis; equal ones stay in order.
pub(super) fn increasing(x: &Tensor) -> Tensor {
    let r = x.rank();
    let n = x.shape()[r - 1];
    let like = Aval::new(x.shape().with_axis(r, n), x.dtype());
    let (here, there) = (as_columns(x, &like), as_rows(x, &like));
    let (i, j) = (lax::iota(DType::I32, &like.shape, r - 1), lax::iota(DType::I32, &like.shape, r));
    let before = lax::and(&lax::eq(&there, &here), &lax::lt(&j, &i));
    let before = lax::or(&lax::lt(&there, &here), &before);
    let rank = lax::reduce_sum(&lax::convert_element_type(&before, DType::I32), &[r]);
    // Whoever has rank j.
    let hit = lax::eq(&as_columns(&rank, &like), &j);
    lax::reduce_sum(&lax::select(&hit, &i, &lax::number(&i, 0.0)), &[r - 1])
}

/// `1/(w_j − w_i)`, or `1/(w_j² − w_i²)` of the squares; 0 where the two are equal up to rounding,
/// which all are on the diagonal.
pub(super) fn inverse_gaps(w: &Tensor, of_squares: bool) -> Tensor {
    let r = w.rank();
    let n = w.shape()[r - 1];
    let like = Aval::new(w.shape().with_axis(r, n), w.dtype());
    let (here, there) = (as_columns(w, &like), as_rows(w, &like));
    let gap = &there - &here;
    let size = lax::reduce_max(&lax::abs(w), &[r - 1]);
    let rounding = over_matrices(&(size * (n as f64 * w.dtype().epsilon())), &like);
    let equal = lax::le(&lax::abs(&gap), &rounding);
    let gap = if of_squares { gap * (there + here) } else { gap };
    let inverse = 1.0 / lax::select(&equal, &lax::number(w, 1.0), &gap);
    lax::select(&equal, &lax::number(w, 0.0), &inverse)
}
