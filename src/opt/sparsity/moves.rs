//! Primitives that move elements, on arrays of anything: on numbers of sets, and on known integers.

use crate::base::strides;
use crate::ir::params::{GatherDims, Pad, Scatter};

/// An array on the host.
#[derive(Clone, Debug)]
pub(super) struct Grid<T> {
    pub(super) shape: Vec<usize>,
    pub(super) values: Vec<T>,
}

/// Calls `f` with every index of a shape, in row-major order.
pub(super) fn each(shape: &[usize], mut f: impl FnMut(&[usize])) {
    if shape.contains(&0) {
        return;
    }
    let mut index = vec![0; shape.len()];
    loop {
        f(&index);
        let mut axis = shape.len();
        loop {
            if axis == 0 {
                return;
            }
            axis -= 1;
            index[axis] += 1;
            if index[axis] < shape[axis] {
                break;
            }
            index[axis] = 0;
        }
    }
}

impl<T: Copy> Grid<T> {
    /// An element; scalars go with any shape.
    pub(super) fn at(&self, i: usize) -> T {
        self.values[if self.values.len() == 1 { 0 } else { i }]
    }

    /// An array whose elements are found at `place` in the old one.
    fn from(&self, shape: &[usize], place: impl Fn(&[usize]) -> usize) -> Grid<T> {
        let mut values = Vec::with_capacity(shape.iter().product());
        each(shape, |index| values.push(self.values[place(index)]));
        Grid { shape: shape.to_vec(), values }
    }

    pub(super) fn reshape(&self, shape: &[usize]) -> Grid<T> {
        Grid { shape: shape.to_vec(), values: self.values.clone() }
    }

    pub(super) fn broadcast(&self, shape: &[usize], dims: &[usize]) -> Grid<T> {
        let strides = strides(&self.shape);
        let steps: Vec<(usize, usize)> =
            (0..dims.len()).filter(|&d| self.shape[d] > 1).map(|d| (dims[d], strides[d])).collect();
        self.from(shape, |index| steps.iter().map(|&(axis, step)| index[axis] * step).sum())
    }

    pub(super) fn transpose(&self, perm: &[usize]) -> Grid<T> {
        let strides = strides(&self.shape);
        let shape: Vec<usize> = perm.iter().map(|&p| self.shape[p]).collect();
        self.from(&shape, |index| index.iter().zip(perm).map(|(i, &p)| i * strides[p]).sum())
    }

    pub(super) fn reverse(&self, dims: &[usize]) -> Grid<T> {
        let (strides, shape) = (strides(&self.shape), &self.shape);
        let at = |(d, &i): (usize, &usize)| {
            strides[d] * if dims.contains(&d) { shape[d] - 1 - i } else { i }
        };
        self.from(shape, |index| index.iter().enumerate().map(at).sum())
    }

    pub(super) fn slice(&self, start: &[usize], limit: &[usize], stride: &[usize]) -> Grid<T> {
        let strides = strides(&self.shape);
        let size = |d: usize| limit[d].saturating_sub(start[d]).div_ceil(stride[d].max(1));
        let shape: Vec<usize> = (0..start.len()).map(size).collect();
        let at = |(d, &i): (usize, &usize)| strides[d] * (start[d] + i * stride[d]);
        self.from(&shape, |index| index.iter().enumerate().map(at).sum())
    }

    pub(super) fn pad(&self, pad: &Pad, shape: &[usize], fill: T) -> Grid<T> {
        let mut out = Grid { shape: shape.to_vec(), values: vec![fill; shape.iter().product()] };
        let steps = strides(shape);
        let mut k = 0;
        each(&self.shape, |index| {
            let at = index.iter().zip(&pad.config).zip(shape.iter().zip(&steps));
            let place = at.map(|((&i, &(low, _, inside)), (&size, &step))| {
                let i = i as isize * (inside as isize + 1) + low;
                (0..size as isize).contains(&i).then_some(i as usize * step)
            });
            if let Some(place) = place.sum::<Option<usize>>() {
                out.values[place] = self.values[k];
            }
            k += 1;
        });
        out
    }

    pub(super) fn concatenate(parts: &[Grid<T>], dim: usize, shape: &[usize]) -> Grid<T> {
        let outer: usize = shape[..dim].iter().product();
        let mut values = Vec::with_capacity(shape.iter().product());
        for row in 0..outer {
            for part in parts {
                let width: usize = part.shape[dim..].iter().product();
                values.extend_from_slice(&part.values[row * width..(row + 1) * width]);
            }
        }
        Grid { shape: shape.to_vec(), values }
    }

    /// The windows at these starts, and where each lies: `place[k]` in the operand for element `k`.
    pub(super) fn gather(
        &self,
        dims: &GatherDims,
        sizes: &[usize],
        indices: &Grid<f64>,
        shape: &[usize],
    ) -> Grid<T> {
        let strides = strides(&self.shape);
        self.from(shape, |index| {
            let starts = starts(dims, &self.shape, indices, index);
            let lasts = self.shape.iter().zip(sizes).map(|(n, s)| n.saturating_sub(*s));
            let starts =
                starts.iter().zip(lasts).map(|(&s, last)| s.clamp(0, last as i64) as usize);
            let offsets = offsets(dims, self.shape.len(), index);
            let place = starts.zip(offsets).zip(&strides);
            place.map(|((start, offset), stride)| (start + offset) * stride).sum()
        })
    }
}

/// Where the window of an element of the result of a gather, or of the updates of a scatter, begins.
fn starts(dims: &GatherDims, x: &[usize], indices: &Grid<f64>, index: &[usize]) -> Vec<i64> {
    let vector: Vec<usize> =
        (0..index.len()).filter(|d| !dims.offset_dims.contains(d)).map(|d| index[d]).collect();
    let row = vector.iter().zip(&indices.shape).fold(0, |at, (i, size)| at * size + i);
    let length = dims.start_index_map.len();
    let mut starts = vec![0; x.len()];
    for (k, &d) in dims.start_index_map.iter().enumerate() {
        starts[d] = indices.values[row * length + k] as i64;
    }
    for (&d, &j) in dims.operand_batching.iter().zip(&dims.indices_batching) {
        starts[d] = vector[j] as i64;
    }
    starts
}

/// The place of such an element in its window, by axes of the operand.
fn offsets(dims: &GatherDims, rank: usize, index: &[usize]) -> Vec<usize> {
    let mut offsets = vec![0; rank];
    dims.window(rank).for_each(|(d, o)| offsets[d] = index[o]);
    offsets
}

/// For each element of the updates of a scatter the place it goes to, if its window lies inside.
pub(super) fn targets(
    scatter: &Scatter,
    x: &[usize],
    indices: &Grid<f64>,
    updates: &[usize],
) -> Vec<Option<usize>> {
    let dims = &scatter.dims;
    let mut sizes = vec![1; x.len()];
    dims.window(x.len()).for_each(|(d, o)| sizes[d] = updates[o]);
    let strides = strides(x);
    let mut places = Vec::with_capacity(updates.iter().product());
    each(updates, |index| {
        let starts = starts(dims, x, indices, index);
        let fits = (0..x.len()).all(|d| starts[d] >= 0 && starts[d] as usize + sizes[d] <= x[d]);
        let offsets = offsets(dims, x.len(), index);
        let place = || (0..x.len()).map(|d| (starts[d] as usize + offsets[d]) * strides[d]).sum();
        places.push(fits.then(place));
    });
    places
}
