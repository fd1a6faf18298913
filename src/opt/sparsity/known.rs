//! Numbers that a program computes from numbers alone: places, masks, counters. Of an array some may be
//! known and others not, which are NaN here: a diagonal matrix has zeros whatever stands on its diagonal.

use super::Value;
use super::moves::Grid;
use crate::base::{DType, HostArray, Scalar, strides};
use crate::ir::params::{BinaryOp, CompareOp, UnaryOp};
use crate::ir::{Aval, Prim};
use std::sync::Arc;

/// Larger arrays are not followed.
const MOST: usize = 1 << 24;

pub(super) fn scalar(value: f64) -> Arc<Grid<f64>> {
    Arc::new(Grid { shape: vec![], values: vec![value] })
}

/// The numbers of an array.
pub(super) fn of(array: &HostArray, aval: &Aval) -> Option<Arc<Grid<f64>>> {
    if aval.dtype.is_complex() || aval.size() > MOST {
        return None;
    }
    let values = exact(array.values::<f64>(), aval.dtype);
    Some(Arc::new(Grid { shape: aval.shape.to_vec(), values }))
}

/// The numbers of an array that is used as a whole: all must be known.
pub(super) fn all(numbers: &Option<Arc<Grid<f64>>>) -> Option<&Grid<f64>> {
    numbers.as_deref().filter(|grid| !grid.values.iter().any(|v| v.is_nan()))
}

/// The numbers that an equation gives, if what they are made of is known and it is one of the operations
/// that places and masks are made by.
pub(super) fn value(
    prim: &Prim,
    ins: &[Value],
    types: &[Aval],
    outs: &[&Aval],
) -> Option<Arc<Grid<f64>>> {
    let out = outs.first().filter(|a| a.size() <= MOST && !a.dtype.is_complex())?;
    let shape = &out.shape[..];
    let x = |k: usize| ins[k].known.as_deref();
    let or_nan = |k: usize, i: usize| x(k).map_or(f64::NAN, |x| x.at(i));
    // An operand, none of which may be known.
    let grid = |k: usize| -> Option<Grid<f64>> {
        let unknown = || vec![f64::NAN; types[k].size()];
        let nothing = || Grid { shape: types[k].shape.to_vec(), values: unknown() };
        (types[k].size() <= MOST).then(|| x(k).cloned().unwrap_or_else(nothing))
    };
    let values: Vec<f64> = match prim {
        Prim::Iota(p) => {
            let (step, n) = (strides(shape)[p.dim], shape[p.dim]);
            (0..out.size()).map(|i| (i / step.max(1) % n.max(1)) as f64).collect()
        }
        Prim::Compare(p) => zip(x(0)?, x(1)?, out, |a, b| {
            f64::from(match p.op {
                CompareOp::Eq => a == b,
                CompareOp::Ne => a != b,
                CompareOp::Lt => a < b,
                CompareOp::Le => a <= b,
                CompareOp::Gt => a > b,
                CompareOp::Ge => a >= b,
            })
        }),
        Prim::Unary(p) => {
            let logical = out.dtype == DType::Bool;
            let f = match p.op {
                UnaryOp::Neg => |a: f64| -a,
                UnaryOp::Abs => f64::abs,
                UnaryOp::Sign => |a: f64| if a == 0.0 { 0.0 } else { a.signum() },
                UnaryOp::Floor => f64::floor,
                UnaryOp::Ceil => f64::ceil,
                UnaryOp::Square => |a: f64| a * a,
                UnaryOp::Not if logical => |a: f64| 1.0 - a,
                _ => return None,
            };
            x(0)?.values.iter().map(|&a| f(a)).collect()
        }
        // Zero times whatever it is.
        Prim::Binary(p) if p.op == BinaryOp::Mul => {
            let has_zeros = |k: usize| x(k).is_some_and(|x| x.values.contains(&0.0));
            if !(has_zeros(0) || has_zeros(1) || (x(0).is_some() && x(1).is_some())) {
                return None;
            }
            let product = |i: usize| {
                let (a, b) = (or_nan(0, i), or_nan(1, i));
                if a == 0.0 || b == 0.0 { 0.0 } else { a * b }
            };
            (0..out.size()).map(product).collect()
        }
        Prim::Binary(p) => {
            let whole = out.dtype.is_int();
            let logical = out.dtype == DType::Bool;
            let f: fn(f64, f64) -> f64 = match p.op {
                BinaryOp::Add => |a, b| a + b,
                BinaryOp::Sub => |a, b| a - b,
                BinaryOp::Div if whole => |a, b| (a / b).trunc(),
                BinaryOp::Div => |a, b| a / b,
                BinaryOp::Rem => |a, b| a % b,
                BinaryOp::Max => f64::max,
                BinaryOp::Min => f64::min,
                BinaryOp::And if logical => f64::min,
                BinaryOp::Or if logical => f64::max,
                BinaryOp::Xor if logical => |a, b| (a - b).abs(),
                _ => return None,
            };
            zip(x(0)?, x(1)?, out, f)
        }
        Prim::Select(_) => {
            let choice = x(0)?;
            let chosen = |i: usize| match choice.at(i) {
                which if which.is_nan() => f64::NAN,
                which => or_nan(if which != 0.0 { 2 } else { 1 }, i),
            };
            (0..out.size()).map(chosen).collect()
        }
        Prim::Clamp(_) => {
            let (low, x, high) = (x(0)?, x(1)?, x(2)?);
            let between = |(low, x, high): (f64, f64, f64)| match low + x + high {
                unknown if unknown.is_nan() => f64::NAN,
                _ => x.max(low).min(high),
            };
            (0..out.size()).map(|i| between((low.at(i), x.at(i), high.at(i)))).collect()
        }
        Prim::Convert(_) if out.dtype.is_int() => x(0)?.values.iter().map(|a| a.trunc()).collect(),
        Prim::Convert(_) if out.dtype == DType::Bool => {
            let truth = |a: &f64| if a.is_nan() { *a } else { f64::from(*a != 0.0) };
            x(0)?.values.iter().map(truth).collect()
        }
        Prim::Convert(_) => x(0)?.values.clone(),
        Prim::Reshape(_) | Prim::Squeeze(_) => x(0)?.values.clone(),
        Prim::BroadcastInDim(p) => x(0)?.broadcast(shape, &p.dims).values,
        Prim::Transpose(p) => x(0)?.transpose(&p.perm).values,
        Prim::Rev(p) => x(0)?.reverse(&p.dims).values,
        Prim::Slice(p) => x(0)?.slice(&p.start, &p.limit, &p.stride).values,
        Prim::Pad(p) => grid(0)?.pad(p, shape, x(1)?.at(0)).values,
        Prim::Concatenate(p) => {
            if (0..ins.len()).all(|k| x(k).is_none()) {
                return None;
            }
            let parts: Option<Vec<Grid<f64>>> = (0..ins.len()).map(grid).collect();
            Grid::concatenate(&parts?, p.dim, shape).values
        }
        Prim::Gather(p) => x(0)?.gather(&p.dims, &p.sizes, all(&ins[1].known)?, shape).values,
        Prim::DynamicSlice(p) => {
            let x0 = x(0)?;
            let place = |k: usize| -> Option<usize> {
                let last = x0.shape[k].saturating_sub(p.sizes[k]) as f64;
                Some(all(&ins[k + 1].known)?.at(0).clamp(0.0, last) as usize)
            };
            let start: Vec<usize> = (0..p.sizes.len()).map(place).collect::<Option<_>>()?;
            let limit: Vec<usize> = start.iter().zip(&p.sizes).map(|(s, n)| s + n).collect();
            x0.slice(&start, &limit, &vec![1; start.len()]).values
        }
        _ => return None,
    };
    Some(Arc::new(Grid { shape: shape.to_vec(), values: exact(values, out.dtype) }))
}

/// The numbers that are what the program has: whole ones that the dtype holds. Others may be rounded
/// there, or wrap around.
fn exact(mut values: Vec<f64>, dtype: DType) -> Vec<f64> {
    let (least, most) = match dtype {
        DType::Bool => (0.0, 1.0),
        _ if dtype.is_int() => {
            let end = |v: f64| Scalar::from_f64(v, dtype).to_f64();
            (end(f64::NEG_INFINITY).max(-WHOLE), end(f64::INFINITY).min(WHOLE))
        }
        _ => (-1.0 / dtype.epsilon(), 1.0 / dtype.epsilon()),
    };
    for v in &mut values {
        if v.fract() != 0.0 || !(least..=most).contains(v) {
            *v = f64::NAN;
        }
    }
    values
}

/// Up to here f64 holds all whole numbers.
const WHOLE: f64 = 9_007_199_254_740_992.0;

fn zip(a: &Grid<f64>, b: &Grid<f64>, out: &Aval, f: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    let pair = |i: usize| match (a.at(i), b.at(i)) {
        (a, b) if a.is_nan() || b.is_nan() => f64::NAN,
        (a, b) => f(a, b),
    };
    (0..out.size()).map(pair).collect()
}
