//! The operations `np.*` of the cases as methods of `Tensor`.

use crate::support::golden::{Params, integer, scalar};
use cotangent::{DType, Ellipsis, IndexItem, NewAxis, Tensor, fft};
use serde_json::Value;

type All = fn(&Tensor) -> Tensor;
type Over = fn(&Tensor, Vec<isize>) -> Tensor;

/// `sum()`, `sum_axis(axes)` and `sum_keep(axes)`, and so on.
fn reduction(op: &str) -> Option<(All, Over, Over)> {
    macro_rules! named {
        ($($name:ident $axis:ident $keep:ident)*) => {
            match op {
                $(stringify!($name) => Some((
                    |x| x.$name(),
                    |x, axes| x.$axis(axes),
                    |x, axes| x.$keep(axes),
                )),)*
                _ => None,
            }
        };
    }
    named!(sum sum_axis sum_keep   mean mean_axis mean_keep   prod prod_axis prod_keep
        max max_axis max_keep   min min_axis min_keep   var var_axis var_keep
        std std_axis std_keep   logsumexp logsumexp_axis logsumexp_keep
        norm norm_axis norm_keep)
}

fn reduce(op: &str, p: &Params, x: &Tensor) -> Option<Tensor> {
    let (all, over, keep) = reduction(op)?;
    let everything = || (0..x.rank() as isize).collect();
    let axes = p.get("axis").map(|_| p.ints("axis"));
    if p.get("ddof").is_some() {
        let axes = axes.unwrap_or_else(everything);
        let ddof = p.int("ddof") as usize;
        let y = if op == "var" { x.var_ddof(&axes, ddof) } else { x.std_ddof(&axes, ddof) };
        return Some(if p.flag("keepdims") { y.expand_dims(axes) } else { y });
    }
    Some(match (axes, p.flag("keepdims")) {
        (None, false) => all(x),
        (axes, true) => keep(x, axes.unwrap_or_else(everything)),
        (Some(axes), false) => over(x, axes),
    })
}

/// An index from JSON: an integer, `[start, stop, step]`, "newaxis" or "...".
fn index(parts: &[Value]) -> Vec<IndexItem> {
    let bound = |v: &[Value], k: usize| v.get(k).filter(|v| !v.is_null()).map(integer);
    let item = |v: &Value| match v {
        Value::String(s) if s == "newaxis" => NewAxis.into(),
        Value::String(_) => Ellipsis.into(),
        Value::Array(v) => {
            let step = bound(v, 2).unwrap_or(1);
            IndexItem::Range { start: bound(v, 0), end: bound(v, 1), step }
        }
        v => integer(v).into(),
    };
    parts.iter().map(item).collect()
}

fn creation(op: &str, p: &Params) -> Option<Tensor> {
    let size = |name: &str, default: isize| p.int_or(name, default) as usize;
    let number = |name: &str| scalar(p.get(name).unwrap(), p.dtype("dtype"));
    Some(match op {
        "fft.fftfreq" => fft::fftfreq::<f64>(size("n", 0), p.float("d")),
        "fft.rfftfreq" => fft::rfftfreq::<f64>(size("n", 0), p.float("d")),
        "eye" => Tensor::eye_with::<f64>(size("N", 0), size("M", p.int("N")), p.int_or("k", 0)),
        "arange" if p.dtype("dtype") == DType::I32 => {
            let at = |name| p.int(name) as i32;
            Tensor::arange_step(at("start")..at("stop"), at("step"))
        }
        "arange" => {
            let at = |name| number(name).to_f64();
            Tensor::arange_step(at("start")..at("stop"), at("step"))
        }
        "linspace" => Tensor::linspace(p.float("start"), p.float("stop"), size("num", 0)),
        _ => return None,
    })
}

/// The results of the operation.
pub(super) fn apply(op: &str, p: &Params, xs: &[Tensor]) -> Vec<Tensor> {
    if let Some(made) = creation(op, p) {
        return vec![made];
    }
    let x = &xs[0];
    if let Some(y) = reduce(op, p, x) {
        return vec![y];
    }
    let axis = || p.int("axis");
    let k = || p.int_or("k", 0);
    let axes = || p.ints("axes");
    vec![match op {
        "fft.fft" => fft::fft(x, axes()),
        "fft.ifft" => fft::ifft(x, axes()),
        "fft.rfft" => fft::rfft(x, axes()),
        "fft.irfft" => fft::irfft(x, p.int("n").unsigned_abs(), axes()),
        "fft.fftshift" => fft::fftshift(x, axes()),
        "fft.ifftshift" => fft::ifftshift(x, axes()),
        "nextafter" => x.nextafter(&xs[1]),
        // JAX's are i64 in double precision.
        "argmax" if p.get("axis").is_some() => x.argmax_axis(axis()).convert(DType::I64),
        "argmin" if p.get("axis").is_some() => x.argmin_axis(axis()).convert(DType::I64),
        "argmax" => x.argmax().convert(DType::I64),
        "argmin" => x.argmin().convert(DType::I64),
        "cumsum" => x.cumsum(axis()),
        "softmax" => x.softmax(axis()),
        "log_softmax" => x.log_softmax(axis()),
        "dot" => x.dot(&xs[1]),
        "matmul" => x.matmul(&xs[1]),
        "outer" => x.outer(&xs[1]),
        "trace" => x.diagonal(p.int_or("offset", 0)).sum(),
        "diag" => x.diag_offset(k()),
        "add" => x + &xs[1],
        "mul" => x * &xs[1],
        "stack" => Tensor::stack(xs, axis()),
        "concatenate" => Tensor::concat(xs, axis()),
        "split" if p.get("at").is_some_and(Value::is_array) => {
            return x.split_at(&p.sizes("at"), axis());
        }
        "split" => return x.split(p.int("at") as usize, axis()),
        "where" => x.where_(&xs[1], &xs[2]),
        "clip" => match (p.get("min"), p.get("max")) {
            (Some(_), Some(_)) => x.clip(p.float("min"), p.float("max")),
            (Some(_), None) => x.maximum(p.float("min")),
            _ => x.minimum(p.float("max")),
        },
        "safe_log" => {
            let positive = x.gt(0.0);
            positive.where_(positive.where_(x, 1.0).log(), 0.0)
        }
        "maximum" => x.maximum(&xs[1]),
        "minimum" => x.minimum(&xs[1]),
        "squeeze" if p.get("axis").is_some() => x.squeeze_axis(axis()),
        "squeeze" => x.squeeze(),
        "expand_dims" => x.expand_dims(axis()),
        "swapaxes" => x.swapaxes(p.int("axis1"), p.int("axis2")),
        "moveaxis" => x.moveaxis(p.int("source"), p.int("destination")),
        "transpose" if p.get("axes").is_some() => x.permute(p.ints("axes")),
        "transpose" => x.transpose(),
        "reshape" => x.reshape_infer(&p.ints("shape")),
        "ravel" => x.ravel(),
        "broadcast_to" => x.broadcast_to(p.sizes("shape")),
        "tril" => x.tril(k()),
        "triu" => x.triu(k()),
        "flip" => x.flip(p.ints("axis")),
        "roll" => x.roll(p.int("shift"), axis()),
        "tile" => x.tile(&p.sizes("reps")),
        "repeat" => x.repeat(p.int("repeats") as usize, axis()),
        "index" => x.index(index(p.list("index"))),
        "take" => x.take(&xs[1], axis()),
        "einsum" => Tensor::einsum(p.text("spec"), xs),
        other => panic!("no operation np.{other}"),
    }]
}
