//! What the rooms of linear algebra share: they judge matrices alike, keep batch axes in front, and
//! write their algorithms as traced programs, or as loops that end by themselves.

use super::derive;
use crate::base::{DType, Error, Result, Scalar, Shape};
use crate::hlo::{Module, Value};
use crate::ir::{Aval, Batched, Jaxpr, Tensor, trace};
use crate::{lax, lower};

/// The sizes of the last two axes of a stack of floating-point matrices.
pub(super) fn matrix(op: &str, x: &Aval) -> Result<(usize, usize)> {
    if !x.dtype.is_float() {
        let why = "it takes floating-point matrices; convert with `as_type::<f64>()`";
        return Err(Error::dtype(op, &[x.dtype], why));
    }
    match x.shape[..] {
        [.., m, n] => Ok((m, n)),
        _ => Err(Error::shape(op, &[&x.shape], "it takes matrices: two axes or more")),
    }
}

/// The size of the last two axes of a stack of floating-point square matrices.
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

/// The one batched operand, with its batch axis in front.
pub(super) fn batch_in_front(args: &[Batched]) -> Result<Tensor> {
    let (x, dim) = derive::single(args)?;
    Ok(lax::move_axis(x, dim, 0))
}

/// A program on values of the module, traced.
fn traced(ins: &[Value], f: impl FnOnce(&[Tensor]) -> Result<Vec<Tensor>>) -> Result<Jaxpr> {
    let avals: Vec<Aval> = ins.iter().map(|v| Aval::new(&v.shape, v.dtype)).collect();
    Ok(trace::trace(&avals, |ins| Ok((f(ins)?, ())))?.0.jaxpr)
}

/// Writes the results of a traced program into the open computation.
pub(super) fn write(
    hlo: &mut Module,
    ins: &[Value],
    f: impl FnOnce(&[Tensor]) -> Result<Vec<Tensor>>,
) -> Result<Vec<Value>> {
    let jaxpr = traced(ins, f)?;
    lower::inline(hlo, &jaxpr, ins)
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
fn window(x: &Tensor, axis: usize, at: &Tensor, size: usize) -> Tensor {
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

/// The square matrices in the upper left corner of `n × n` ones, with an identity in the lower
/// right one.
pub(super) fn pad_identity(x: &Tensor, n: usize) -> Tensor {
    let r = x.rank();
    let old = x.shape()[r - 1];
    let more = (n - old) as isize;
    let config: Vec<_> = (0..r).map(|d| (0, if d < r - 2 { 0 } else { more }, 0)).collect();
    let zero = Tensor::literal(Scalar::from_f64(0.0, x.dtype()));
    let padded = lax::pad(x, &zero, &config);
    let new = lax::ge(
        &lax::iota(DType::I32, padded.shape(), r - 1),
        &Tensor::literal(Scalar::I32(old as i32)),
    );
    let corner = lax::and(&new, &lax::delta(DType::Bool, padded.shape(), r - 2, r - 1));
    let one = Tensor::literal(Scalar::from_f64(1.0, x.dtype()));
    lax::select(&corner, &one, &padded)
}
