//! Inputs for other libraries, and what they make of them.

use crate::cases::problem;
use crate::common::answer::compare_file;
use crate::common::report::Row;
use crate::likelihood::is_place;
use anyhow::{Context, Result};
use std::path::Path;

/// Writes every input to `folder/NAME.f32`, row by row in little-endian f32 (which all inputs are,
/// also those of computations in f64, and integers), and their names, shapes and whether they are
/// integers in order to `folder/inputs.json`.
pub(crate) fn write_inputs(id: &str, size: &[usize], folder: &str) -> Result<()> {
    let folder = Path::new(folder);
    let problem = problem(id, size).context("no such workload")?;
    let mut list = Vec::new();
    for (name, values) in &problem.inputs {
        let bytes: Vec<u8> = values.iter().flat_map(|v| (*v as f32).to_le_bytes()).collect();
        std::fs::write(folder.join(format!("{name}.f32")), bytes)?;
        list.push((name, values.shape(), is_place(name)));
    }
    std::fs::write(folder.join("inputs.json"), serde_json::to_string(&list)?)?;
    Ok(())
}

/// Enters into the row how far the results in the file are from the right answers.
pub(crate) fn check(row: &mut Row, size: &[usize], file: &str) -> Result<()> {
    let problem = problem(&row.workload, size).context("no such workload")?;
    compare_file(row, file, &problem.outputs)
}
