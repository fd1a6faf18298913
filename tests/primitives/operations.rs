//! The operations of the cases as functions of `cotangent::lax`.

use super::numpy;
use crate::support::golden::{Case, Params};
use cotangent::lax::{self, FftKind, GatherDims};
use cotangent::{DType, Tensor};

/// Looks a function of that name up in `lax`.
macro_rules! named {
    ($op:expr; $($name:ident)*) => {
        match $op {
            $(stringify!($name) => Some(lax::$name as _),)*
            _ => None,
        }
    };
}

fn unary(op: &str) -> Option<fn(&Tensor) -> Tensor> {
    named!(op; neg abs sign exp expm1 log log1p sin cos tan asin acos atan sinh cosh tanh asinh acosh
        atanh sqrt rsqrt cbrt logistic erf erfc floor ceil round is_finite square not stop_gradient
        optimization_barrier real imag conj population_count clz lgamma digamma erf_inv bessel_i0e
        bessel_i1e)
}

fn binary(op: &str) -> Option<fn(&Tensor, &Tensor) -> Tensor> {
    named!(op; add sub mul div rem max min pow atan2 and or xor eq ne lt le gt ge complex shift_left
        shift_right_arithmetic shift_right_logical)
}

fn reduction(op: &str) -> Option<fn(&Tensor, &[usize]) -> Tensor> {
    named!(op; reduce_sum reduce_prod reduce_max reduce_min reduce_and reduce_or)
}

fn arg_reduction(op: &str) -> Option<fn(&Tensor, usize, DType) -> Tensor> {
    named!(op; argmax argmin)
}

fn gather_dims(p: &Params) -> GatherDims {
    GatherDims {
        offset_dims: p.sizes("offset_dims"),
        collapsed: p.sizes("collapsed"),
        operand_batching: p.sizes("operand_batching"),
        indices_batching: p.sizes("indices_batching"),
        start_index_map: p.sizes("start_index_map"),
    }
}

fn pad_config(p: &Params) -> Vec<(isize, isize, usize)> {
    p.table("config").iter().map(|c| (c[0], c[1], c[2].unsigned_abs())).collect()
}

fn two_lists(p: &Params, name: &str) -> (Vec<usize>, Vec<usize>) {
    let table = p.table(name);
    let list = |i: usize| table[i].iter().map(|a| a.unsigned_abs()).collect();
    (list(0), list(1))
}

/// The results of the case's operation on other inputs.
pub(super) fn apply(case: &Case, xs: &[Tensor]) -> Vec<Tensor> {
    let (op, p) = (case.op.as_str(), &case.params);
    if let Some(op) = op.strip_prefix("np.") {
        return numpy::apply(op, p, xs);
    }
    let refs: Vec<&Tensor> = xs.iter().collect();
    if let Some(f) = unary(op) {
        return vec![f(refs[0])];
    }
    if let Some(f) = binary(op) {
        return vec![f(refs[0], refs[1])];
    }
    if let Some(f) = reduction(op) {
        return vec![f(refs[0], &p.sizes("axes"))];
    }
    if let Some(f) = arg_reduction(op) {
        return vec![f(refs[0], p.sizes("axis")[0], p.dtype("dtype"))];
    }
    let x = refs.first().copied();
    let x = || x.expect("an operand");
    vec![match op {
        "integer_pow" => lax::integer_pow(x(), p.int("n") as i32),
        // JAX's order is by the number of the predicate: false, then true.
        "select" => lax::select(refs[0], refs[2], refs[1]),
        "clamp" => lax::clamp(refs[0], refs[1], refs[2]),
        "convert_element_type" => lax::convert_element_type(x(), p.dtype("dtype")),
        "iota" => lax::iota(p.dtype("dtype"), p.sizes("shape"), p.sizes("dimension")[0]),
        "broadcast_in_dim" => lax::broadcast_in_dim(x(), p.sizes("shape"), &p.sizes("dims")),
        "reshape" => lax::reshape(x(), p.sizes("shape")),
        "transpose" => lax::transpose(x(), &p.sizes("perm")),
        "squeeze" => lax::squeeze(x(), &p.sizes("dims")),
        "expand_dims" => lax::expand_dims(x(), &p.sizes("dims")),
        "rev" => lax::rev(x(), &p.sizes("dims")),
        "slice" => lax::slice(x(), &p.sizes("start"), &p.sizes("limit"), &p.sizes("stride")),
        "pad" => lax::pad(refs[0], refs[1], &pad_config(p)),
        "concatenate" => lax::concatenate(&refs, p.sizes("dim")[0]),
        "dynamic_slice" => lax::dynamic_slice(refs[0], &refs[1..], &p.sizes("sizes")),
        "dynamic_update_slice" => lax::dynamic_update_slice(refs[0], refs[1], &refs[2..]),
        "gather" => lax::gather(refs[0], refs[1], gather_dims(p), &p.sizes("sizes")),
        "scatter_add" => lax::scatter_add(refs[0], refs[1], refs[2], gather_dims(p)),
        "scatter_min" => lax::scatter_min(refs[0], refs[1], refs[2], gather_dims(p)),
        "scatter_max" => lax::scatter_max(refs[0], refs[1], refs[2], gather_dims(p)),
        "scatter" => lax::scatter(refs[0], refs[1], refs[2], gather_dims(p), p.flag("unique")),
        "scatter_mul" => {
            lax::scatter_mul(refs[0], refs[1], refs[2], gather_dims(p), p.flag("unique"))
        }
        "bitcast_convert_type" => lax::bitcast_convert_type(x(), p.dtype("dtype")),
        "fft" => lax::fft(x(), FftKind::Fft, &p.sizes("lengths")),
        "ifft" => lax::fft(x(), FftKind::Ifft, &p.sizes("lengths")),
        "rfft" => lax::fft(x(), FftKind::Rfft, &p.sizes("lengths")),
        "irfft" => lax::fft(x(), FftKind::Irfft, &p.sizes("lengths")),
        "sort" => lax::sort(&refs, p.sizes("axis")[0], 1).swap_remove(0),
        "cumsum" => lax::cumsum(x(), p.sizes("axis")[0], p.flag("reverse")),
        "dot_general" => {
            let (contract, batch) = (two_lists(p, "contract"), two_lists(p, "batch"));
            lax::dot_general(refs[0], refs[1], (&contract.0, &contract.1), (&batch.0, &batch.1))
        }
        other => panic!("no operation {other}"),
    }]
}
