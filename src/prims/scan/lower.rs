//! A loop as HLO: a `while` whose state is the index, the carries, the `ys` and what it reads.
//!
//! The `ys` are written by `dynamic-update-slice`, which XLA does in place; what the body only reads
//! is part of the state as well, because a computation of HLO sees nothing else, and is not copied.

use crate::base::{DType, Result, Scalar, Shape};
use crate::hlo::{Module, Value, braces};
use crate::ir::Aval;
use crate::ir::params::Scan;
use crate::lower;

/// The last carries and the `ys`.
///
/// # Errors
/// When XLA lacks an operation of the body.
pub(super) fn lower(
    scan: &Scan,
    hlo: &mut Module,
    ins: &[Value],
    outs: &[Aval],
) -> Result<Vec<Value>> {
    let [consts, carries, xs] = scan.operands(ins);
    let ys = scan.results(outs)[1];
    match scan.length {
        0 => {
            let empty = |y: &Aval| hlo.full(Scalar::from_f64(0.0, y.dtype), &y.shape);
            Ok(carries.iter().cloned().chain(ys.iter().map(empty).collect::<Vec<_>>()).collect())
        }
        1 => {
            let slices: Vec<Value> = xs.iter().map(|x| drop_front(hlo, x)).collect();
            let values = [consts, carries, &slices].concat();
            let mut outs = lower::inline(hlo, &scan.jaxpr, &values)?;
            let ys = outs.split_off(scan.n_carry);
            outs.extend(ys.iter().map(|y| add_front(hlo, y)).collect::<Vec<_>>());
            Ok(outs)
        }
        _ => repeat(scan, hlo, [consts, carries, xs], ys),
    }
}

/// `[1, ...]` as `[...]`.
fn drop_front(hlo: &mut Module, x: &Value) -> Value {
    hlo.op("reshape", &[x], x.dtype, x.shape.without(&[0]), "")
}

/// `[...]` as `[1, ...]`.
fn add_front(hlo: &mut Module, x: &Value) -> Value {
    hlo.op("reshape", &[x], x.dtype, x.shape.with_axis(0, 1), "")
}

fn repeat(
    scan: &Scan,
    hlo: &mut Module,
    [consts, carries, xs]: [&[Value]; 3],
    ys: &[Aval],
) -> Result<Vec<Value>> {
    let start = hlo.scalar(Scalar::I32(0));
    let mut state = vec![start];
    state.extend_from_slice(carries);
    for y in ys {
        state.push(hlo.full(Scalar::from_f64(0.0, y.dtype), &y.shape));
    }
    let first_const = state.len();
    state.extend(consts.iter().chain(xs).cloned());
    let types: Vec<(DType, Shape)> = state.iter().map(|v| (v.dtype, v.shape.clone())).collect();

    hlo.begin("scan_condition");
    let values = hlo.tuple_parameter(&types);
    let end = hlo.scalar(Scalar::I32(scan.length as i32));
    let more = hlo.op("compare", &[&values[0], &end], DType::Bool, (), ", direction=LT");
    let condition = hlo.finish_value(&more);

    hlo.begin("scan_body");
    let values = hlo.tuple_parameter(&types);
    let (written, read) = values.split_at(first_const);
    let (carries, stacks) = written[1..].split_at(scan.n_carry);
    let (consts, xs) = read.split_at(scan.n_consts);
    let mut at = values[0].clone();
    if scan.reverse {
        let last = hlo.scalar(Scalar::I32(scan.length as i32 - 1));
        at = hlo.op("subtract", &[&last, &at], DType::I32, (), "");
    }
    let zero = hlo.scalar(Scalar::I32(0));
    let starts = |x: &Value| [vec![at.clone()], vec![zero.clone(); x.shape.rank() - 1]].concat();
    let mut slices = Vec::with_capacity(xs.len());
    for x in xs {
        let mut sizes = x.shape.to_vec();
        sizes[0] = 1;
        let starts = starts(x);
        let ins: Vec<&Value> = [x].into_iter().chain(&starts).collect();
        let attrs = format!(", dynamic_slice_sizes={}", braces(&sizes));
        let slice = hlo.op("dynamic-slice", &ins, x.dtype, sizes, &attrs);
        slices.push(drop_front(hlo, &slice));
    }
    let mut next = lower::inline(hlo, &scan.jaxpr, &[consts, carries, &slices].concat())?;
    let new = next.split_off(scan.n_carry);
    let one = hlo.scalar(Scalar::I32(1));
    next.insert(0, hlo.op("add", &[&values[0], &one], DType::I32, (), ""));
    for (stack, y) in stacks.iter().zip(&new) {
        let (y, starts) = (add_front(hlo, y), starts(stack));
        let ins: Vec<&Value> = [stack, &y].into_iter().chain(&starts).collect();
        next.push(hlo.op("dynamic-update-slice", &ins, stack.dtype, &stack.shape, ""));
    }
    next.extend_from_slice(read);
    let body = hlo.finish(&next, false);

    let mut results = hlo.repeat(&condition, &body, &state);
    results.truncate(first_const);
    results.remove(0);
    Ok(results)
}
