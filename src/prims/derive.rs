//! Rules that many rooms share.

use crate::base::{DType, Error, Result, Scalar, Shape};
use crate::hlo;
use crate::ir::{
    Aval, Batched, Jaxpr, Operand, Prim, Rules, Tangent, Tensor, bind1, rules::not_linear, trace,
};
use crate::{lax, lower};

/// A flag as it is printed in a jaxpr.
pub(super) fn flag(on: bool) -> String {
    if on { "True" } else { "False" }.into()
}

/// The common shape of element-wise operands: equal shapes, and literals that go with any.
pub(super) fn elementwise_shape(op: &str, ins: &[Aval]) -> Result<Shape> {
    let mut arrays = ins.iter().filter(|a| !a.weak);
    let Some(first) = arrays.next() else { return Ok(Shape::scalar()) };
    if arrays.all(|a| a.shape == first.shape) {
        return Ok(first.shape.clone());
    }
    let shapes: Vec<&Shape> = ins.iter().filter(|a| !a.weak).map(|a| &a.shape).collect();
    Err(Error::shape(op, &shapes, "they must be equal"))
}

/// All operands must have one dtype; gives it.
pub(super) fn same_dtype(op: &str, ins: &[Aval]) -> Result<DType> {
    let first = ins.first().ok_or_else(|| miscounted(op, ins))?.dtype;
    if ins.iter().all(|a| a.dtype == first) {
        return Ok(first);
    }
    let dtypes: Vec<_> = ins.iter().map(|a| a.dtype).collect();
    Err(Error::dtype(op, &dtypes, "they must be the same; convert one with `convert`"))
}

/// Refuses complex numbers, which have no order.
pub(super) fn ordered(op: &str, dtype: DType) -> Result<()> {
    if dtype.is_complex() {
        let why = "complex numbers have no order; take `abs` or `real` first";
        return Err(Error::dtype(op, &[dtype], why));
    }
    Ok(())
}

/// The HLO of an identity: nothing.
pub(super) fn lower_identity(op: &str, ins: &[hlo::Value]) -> Result<Vec<hlo::Value>> {
    match ins {
        [x] => Ok(vec![x.clone()]),
        _ => Err(Error::internal(format!("{op} of {} operands", ins.len()))),
    }
}

/// The first operand, given that there are `n`.
pub(super) fn arity<'a>(op: &str, ins: &'a [Aval], n: usize) -> Result<&'a Aval> {
    match ins.first() {
        Some(first) if ins.len() == n => Ok(first),
        _ => Err(miscounted(op, ins)),
    }
}

fn miscounted(op: &str, ins: &[Aval]) -> Error {
    Error::internal(format!("{op} applied to {} operands", ins.len()))
}

/// Axes must be distinct and lie below `rank`.
pub(super) fn check_axes<'a>(
    op: &str,
    axes: impl IntoIterator<Item = &'a usize>,
    rank: usize,
) -> Result<()> {
    let mut seen = vec![false; rank];
    for &axis in axes {
        match seen.get_mut(axis) {
            Some(seen) if !*seen => *seen = true,
            Some(_) => return Err(Error::argument(op, format!("axis {axis} is given twice"))),
            None => return Err(Error::axis(op, axis as isize, rank)),
        }
    }
    Ok(())
}

/// The starts of a dynamic slice must be one integer scalar per axis of `x`, of one dtype.
pub(super) fn check_starts(op: &str, x: &Aval, starts: &[Aval]) -> Result<()> {
    if starts.len() != x.rank() || starts.iter().any(|s| s.rank() != 0) {
        let why = format!("rank {} needs as many scalar starts, not {starts:?}", x.rank());
        return Err(Error::argument(op, why));
    }
    if starts.iter().any(|s| !s.dtype.is_int() || s.dtype != starts[0].dtype) {
        let dtypes: Vec<_> = starts.iter().map(|s| s.dtype).collect();
        return Err(Error::dtype(op, &dtypes, "starts must be integers of one dtype"));
    }
    Ok(())
}

/// The starts of a dynamic slice that takes all of a new axis at `dim`.
pub(super) fn start_at_zero(starts: &[Batched], dim: usize) -> Vec<Tensor> {
    let dtype = starts.first().map_or(DType::I32, |s| s.value.dtype());
    let mut starts: Vec<Tensor> = starts.iter().map(|s| s.value.clone()).collect();
    starts.insert(dim, Tensor::literal(Scalar::from_f64(0.0, dtype)));
    starts
}

/// Starts of which some are batched, as one index vector per example: `[size, starts]`.
pub(super) fn start_vectors(starts: &[Batched], size: usize) -> Batched {
    let column = |s: &Batched| {
        let dims = if s.dim.is_some() { &[0][..] } else { &[] };
        lax::broadcast_in_dim(&s.value, [size, 1], dims)
    };
    let columns: Vec<Tensor> = starts.iter().map(column).collect();
    Batched::new(lax::concatenate(&columns.iter().collect::<Vec<_>>(), 1), 0)
}

/// Indices as XLA can compare them with sizes: in a narrow unsigned type a size may wrap around.
pub(super) fn signed_index(hlo: &mut hlo::Module, index: &hlo::Value) -> hlo::Value {
    if !index.dtype.is_unsigned() {
        return index.clone();
    }
    hlo.op("convert", &[index], DType::I64, &index.shape, "")
}

/// Batching of an element-wise primitive: the batch axes are brought to one place, and operands
/// without one are broadcast (a scalar beside arrays stays as it is if it is a literal).
pub(super) fn batch_elementwise(prim: Prim, args: &[Batched], size: usize) -> Result<Vec<Batched>> {
    let dim = args.iter().find_map(|a| a.dim).unwrap_or(0);
    let aligned: Vec<Tensor> = args.iter().map(|a| align(a, dim, size)).collect();
    let ins: Vec<&Tensor> = aligned.iter().collect();
    Ok(vec![Batched::new(bind1(prim, &ins), dim)])
}

/// The value with its batch axis at `dim`, repeated if it has none. Literals stay.
pub(super) fn align(arg: &Batched, dim: usize, size: usize) -> Tensor {
    if arg.value.aval().weak { arg.value.clone() } else { place(arg, dim, size) }
}

/// The value with its batch axis at `dim`, repeated if it has none, also when it is a literal.
pub(super) fn place(arg: &Batched, dim: usize, size: usize) -> Tensor {
    match arg.dim {
        Some(d) => lax::move_axis(&arg.value, d, dim),
        None => {
            let shape = arg.value.shape().with_axis(dim, size);
            let dims: Vec<usize> = (0..shape.rank()).filter(|&d| d != dim).collect();
            lax::broadcast_in_dim(&arg.value, shape, &dims)
        }
    }
}

/// The one batched operand of a unary primitive: the value, its batch axis, and the map from axes
/// of an example to axes of the value.
pub(super) fn single(args: &[Batched]) -> Result<(&Tensor, usize)> {
    match args {
        [Batched { value, dim: Some(dim) }] => Ok((value, *dim)),
        _ => Err(Error::internal("a unary batching rule without its batched operand")),
    }
}

/// Axes of an example as axes of the batched value.
pub(super) fn shift(axes: &[usize], dim: usize) -> Vec<usize> {
    axes.iter().map(|&a| if a < dim { a } else { a + 1 }).collect()
}

/// The tangent of a primitive that is linear in its one operand.
pub(super) fn jvp_linear(
    prim: Prim,
    primals: &[Tensor],
    tangents: &[Tangent],
) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
    let ([x], [t]) = (primals, tangents) else {
        return Err(Error::internal("a unary tangent rule with several operands"));
    };
    let out = bind1(prim.clone(), &[x]);
    Ok((vec![out], vec![t.as_ref().map(|t| bind1(prim, &[t]))]))
}

/// Results without tangents, for functions that are piecewise constant or not of floats.
pub(super) fn jvp_zero(prim: Prim, primals: &[Tensor]) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
    let ins: Vec<&Tensor> = primals.iter().collect();
    Ok((vec![bind1(prim, &ins)], vec![None]))
}

/// The cotangent and the type of the operand of a primitive that is linear in its one operand.
pub(super) fn transpose_unary<'a>(
    rules: &dyn Rules,
    cts: &'a [Tangent],
    ins: &'a [Operand],
) -> Result<(&'a Tensor, &'a Aval)> {
    match (cts, ins) {
        ([Some(ct)], [Operand::Linear(aval)]) => Ok((ct, aval)),
        _ => Err(not_linear(rules)),
    }
}

/// The sum of two tangents, either of which may be zero.
pub(super) fn add_tangents(a: Tangent, b: Tangent) -> Tangent {
    match (a, b) {
        (Some(a), Some(b)) => Some(lax::add(&a, &b)),
        (a, b) => a.or(b),
    }
}

/// Emits an element-wise instruction, after repeating scalar literals to the result's shape.
pub(super) fn lower_elementwise(
    hlo: &mut hlo::Module,
    op: &str,
    ins: &[hlo::Value],
    out: &Aval,
    attrs: &str,
) -> hlo::Value {
    let ins: Vec<hlo::Value> = ins.iter().map(|v| hlo.broadcast(v, &out.shape, &[])).collect();
    let refs: Vec<&hlo::Value> = ins.iter().collect();
    hlo.op(op, &refs, out.dtype, &out.shape, attrs)
}

/// The single result type of a rule that has checked its operands.
pub(super) fn first(outs: &[Aval]) -> Result<&Aval> {
    outs.first().ok_or_else(|| Error::internal("a primitive without a result"))
}

/// A program on values of the module, traced.
pub(super) fn traced(
    ins: &[hlo::Value],
    f: impl FnOnce(&[Tensor]) -> Result<Vec<Tensor>>,
) -> Result<Jaxpr> {
    let avals: Vec<Aval> = ins.iter().map(|v| Aval::new(&v.shape, v.dtype)).collect();
    Ok(trace::trace(&avals, |ins| Ok((f(ins)?, ())))?.0.jaxpr)
}

/// Writes the results of a traced program into the open computation.
pub(super) fn write(
    hlo: &mut hlo::Module,
    ins: &[hlo::Value],
    f: impl FnOnce(&[Tensor]) -> Result<Vec<Tensor>>,
) -> Result<Vec<hlo::Value>> {
    let jaxpr = traced(ins, f)?;
    lower::inline(hlo, &jaxpr, ins)
}
