//! Right answers that may be too large to hold twice: they are made and compared block by block.

use super::report::Row;
use anyhow::{Context, Result};
use cotangent::{Array, DType};
use ndarray::{ArrayD, Dimension, IxDyn};
use std::io::Read;

/// A right answer in f64. Its blocks are its parts along the first axis, made when they are asked
/// for.
pub struct Answer {
    shape: Vec<usize>,
    blocks: usize,
    block: Box<dyn Fn(usize) -> Vec<f64>>,
}

impl Answer {
    /// The answer whose part `k` along the first axis is `block(k)`, row by row.
    pub fn by_blocks<const N: usize>(
        shape: [usize; N],
        block: impl Fn(usize) -> Vec<f64> + 'static,
    ) -> Answer {
        let blocks = shape.first().copied().unwrap_or(1);
        Answer { shape: shape.to_vec(), blocks, block: Box::new(block) }
    }

    /// Its sizes.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// All of it.
    pub fn to_array(&self) -> ArrayD<f64> {
        let values = (0..self.blocks).flat_map(&self.block).collect();
        super::inputs::shaped(IxDyn(&self.shape), values)
    }

    /// The largest absolute error of the values and the largest absolute value of the answer. The
    /// error is infinite where the numbers of elements differ or a NaN stands against a number.
    pub fn compare(&self, mut values: impl Iterator<Item = f64>) -> (f64, f64) {
        let (mut error, mut scale) = (0.0f64, 0.0f64);
        for k in 0..self.blocks {
            for right in (self.block)(k) {
                let d = values.next().map_or(f64::INFINITY, |v| (v - right).abs());
                error = error.max(if d.is_nan() { f64::INFINITY } else { d });
                scale = scale.max(right.abs());
            }
        }
        (if values.next().is_some() { f64::INFINITY } else { error }, scale)
    }

    /// The same for an array.
    fn compare_array(&self, array: &Array) -> Result<(f64, f64)> {
        Ok(match array.dtype() {
            _ if array.shape()[..] != self.shape => (f64::INFINITY, self.compare([].into_iter()).1),
            DType::F32 => self.compare(array.to_vec::<f32>()?.into_iter().map(f64::from)),
            _ => self.compare(array.to_vec::<f64>()?.into_iter()),
        })
    }
}

impl<D: Dimension> From<ndarray::Array<f64, D>> for Answer {
    fn from(array: ndarray::Array<f64, D>) -> Answer {
        let shape = array.shape().to_vec();
        let values = array.iter().copied().collect::<Vec<f64>>();
        Answer { shape, blocks: 1, block: Box::new(move |_| values.clone()) }
    }
}

/// Enters into the row how far the arrays are from the answers.
pub fn compare(row: &mut Row, arrays: &[Array], answers: &[Answer]) -> Result<()> {
    let pairs = arrays.iter().zip(answers);
    let errors = pairs.map(|(array, answer)| answer.compare_array(array));
    let errors = errors.collect::<Result<Vec<_>>>()?;
    judge(row, &errors, arrays.len() == answers.len());
    Ok(())
}

/// The same for values that another library wrote to a file: all results one after the other, row
/// by row, in the dtype of the row.
pub fn compare_file(row: &mut Row, file: &str, answers: &[Answer]) -> Result<()> {
    let file = std::fs::File::open(file).with_context(|| format!("cannot open {file}"))?;
    let width = if row.dtype == "f32" { 4 } else { 8 };
    let elements: usize = answers.iter().map(|a| a.shape.iter().product::<usize>()).sum();
    let right_size = file.metadata()?.len() == (width * elements) as u64;
    let mut reader = std::io::BufReader::with_capacity(1 << 20, file);
    let mut values = std::iter::from_fn(|| {
        let mut bytes = [0; 8];
        reader.read_exact(&mut bytes[..width]).ok()?;
        let [a, b, c, d, ..] = bytes;
        Some(match width {
            4 => f32::from_le_bytes([a, b, c, d]).into(),
            _ => f64::from_le_bytes(bytes),
        })
    });
    let mut errors = Vec::new();
    for answer in answers {
        errors.push(answer.compare(values.by_ref().take(answer.shape.iter().product())));
    }
    judge(row, &errors, right_size);
    Ok(())
}

/// Right is within 1e-3 of the largest element in f32, within 1e-8 in f64.
fn judge(row: &mut Row, errors: &[(f64, f64)], complete: bool) {
    let most = |values: &mut dyn Iterator<Item = f64>| values.fold(0.0, f64::max);
    let mut error = most(&mut errors.iter().map(|e| e.0));
    let scale = most(&mut errors.iter().map(|e| e.1));
    if !complete {
        error = f64::INFINITY;
    }
    (row.max_err_vs_ref, row.ref_scale) = (Some(error), Some(scale));
    if error.is_nan() || error > scale * if row.dtype == "f32" { 1e-3 } else { 1e-8 } {
        row.remark(&format!("wrong_result: max err {error:.3} at scale {scale:.3}"));
    }
}
