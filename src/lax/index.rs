//! Indexing at computed places.

use crate::ir::params::*;
use crate::ir::{Tensor, bind1};

/// A window of the given sizes at scalar integer starts, clamped so that it lies inside.
#[track_caller]
pub fn dynamic_slice(x: &Tensor, starts: &[&Tensor], sizes: &[usize]) -> Tensor {
    let ins: Vec<&Tensor> = [x].into_iter().chain(starts.iter().copied()).collect();
    bind1(DynamicSlice { sizes: sizes.to_vec() }, &ins)
}

/// `x` with the window at scalar integer starts (clamped) replaced by `update`.
#[track_caller]
pub fn dynamic_update_slice(x: &Tensor, update: &Tensor, starts: &[&Tensor]) -> Tensor {
    let ins: Vec<&Tensor> = [x, update].into_iter().chain(starts.iter().copied()).collect();
    bind1(DynamicUpdateSlice, &ins)
}

/// Windows of `x` at the places given by `indices`, whose last axis is the index vector.
/// See the XLA semantics of Gather; starts are clamped.
#[track_caller]
pub fn gather(x: &Tensor, indices: &Tensor, dims: GatherDims, sizes: &[usize]) -> Tensor {
    bind1(Gather { dims, sizes: sizes.to_vec() }, &[x, indices])
}

/// `x` plus `updates` at the windows given by `indices`, whose last axis is the index vector.
/// See the XLA semantics of Scatter; windows that do not fit are dropped.
#[track_caller]
pub fn scatter_add(x: &Tensor, indices: &Tensor, updates: &Tensor, dims: GatherDims) -> Tensor {
    bind1(ScatterAdd { dims }, &[x, indices, updates])
}
