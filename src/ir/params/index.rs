//! Parameters of indexing at computed places. Out-of-range starts are clamped by slices, as XLA
//! does; out-of-range windows of gather are clamped and those of scatter are dropped.

/// `dynamic_slice(x, i_0, ..., i_{r-1})`: a window at the (scalar integer) starts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DynamicSlice {
    /// The shape of the window.
    pub sizes: Vec<usize>,
}

/// `dynamic_update_slice(x, update, i_0, ..., i_{r-1})`: `x` with a window replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DynamicUpdateSlice;

/// The dimension numbers of gather and scatter in XLA's sense. The index vector is always the last
/// axis of the indices.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GatherDims {
    /// Axes of the result (gather) or the updates (scatter) that run over a window.
    pub offset_dims: Vec<usize>,
    /// Axes of the operand whose window size is one and that are left out.
    pub collapsed: Vec<usize>,
    /// Operand axes that are batched together with `indices_batching`.
    pub operand_batching: Vec<usize>,
    /// Axes of the indices that are batched together with `operand_batching`.
    pub indices_batching: Vec<usize>,
    /// Operand axis of each component of the index vector.
    pub start_index_map: Vec<usize>,
}

impl GatherDims {
    /// True for operand axes that have an axis in the window.
    pub(crate) fn in_window(&self, axis: usize) -> bool {
        !self.collapsed.contains(&axis) && !self.operand_batching.contains(&axis)
    }

    /// The operand axes of the window, of so many, each with its axis of the result (gather) or of
    /// the updates (scatter).
    pub(crate) fn window(&self, rank: usize) -> impl Iterator<Item = (usize, usize)> {
        (0..rank).filter(|&d| self.in_window(d)).zip(self.offset_dims.iter().copied())
    }
}

/// `gather(x, indices)`: windows of `x`, one per index vector; starts are clamped.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Gather {
    /// The dimension numbers.
    pub dims: GatherDims,
    /// The shape of a window, one size per operand axis.
    pub sizes: Vec<usize>,
}

/// What scatter does with an update and what stands at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScatterOp {
    /// The update takes the place; of several, one.
    Set,
    /// The sum.
    Add,
    /// The product.
    Mul,
    /// The smaller one.
    Min,
    /// The larger one.
    Max,
}

impl ScatterOp {
    /// Every kind.
    pub const ALL: [ScatterOp; 5] =
        [ScatterOp::Set, ScatterOp::Add, ScatterOp::Mul, ScatterOp::Min, ScatterOp::Max];
}

/// `scatter(x, indices, updates)`: `x` with the updates put into the windows; a window that is not
/// wholly inside is dropped.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Scatter {
    /// What it combines with.
    pub op: ScatterOp,
    /// The dimension numbers; `offset_dims` are the window axes of the updates.
    pub dims: GatherDims,
    /// The promise that windows do not overlap.
    pub unique: bool,
}
