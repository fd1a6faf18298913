//! Rows of measurements, as JSON and as a table.

use super::timing::Timing;
use anyhow::{Context, Result};
use ndarray::ArrayD;
use serde::{Deserialize, Serialize};
use std::io::Write;

/// One measured composition of one workload. The rows of other libraries have the same fields.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Row {
    /// Its short name.
    pub workload: String,
    /// The sizes, as in "64x31x33".
    pub size: String,
    /// "f32" or "f64".
    pub dtype: String,
    /// As in "fwd-rev": forward mode over reverse mode.
    pub composition: String,
    /// Whose row this is.
    pub peer: String,
    /// Tracing, transforming, passes.
    pub trace_ms: Option<f64>,
    /// Writing the HLO.
    pub lower_ms: Option<f64>,
    /// Compiling in XLA.
    pub compile_ms: Option<f64>,
    /// The median call.
    pub exec_us: Option<f64>,
    /// The fastest call.
    pub exec_min_us: Option<f64>,
    /// What the library thought a call would take, before it was compiled.
    pub estimate_us: Option<f64>,
    /// The most memory the process had, from before tracing to after the first call, in megabytes.
    pub peak_mb: Option<f64>,
    /// The size of the results.
    pub out_bytes: Option<usize>,
    /// The largest error of an element.
    pub max_err_vs_ref: Option<f64>,
    /// The largest element of the reference.
    pub ref_scale: Option<f64>,
    /// What else there is to say; empty when all went well.
    pub note: String,
    /// The number of timed calls.
    pub reps: usize,
    /// The share of the machine that others used meanwhile.
    pub others: Option<f64>,
}

impl Row {
    /// A row with nothing measured yet.
    pub fn new(workload: &str, size: &[usize], dtype: &str, composition: &str) -> Row {
        Row {
            workload: workload.into(),
            size: size.iter().map(usize::to_string).collect::<Vec<_>>().join("x"),
            dtype: dtype.into(),
            composition: composition.into(),
            peer: "cotangent".into(),
            ..Row::default()
        }
    }

    /// Enters the times of the calls.
    pub fn time(&mut self, timing: Timing) {
        self.exec_us = Some(timing.median_us);
        self.exec_min_us = Some(timing.min_us);
        self.reps = timing.reps;
        self.others = timing.others;
        if timing.median_us > 1e6 * super::timing::SLOW.as_secs_f64() {
            self.remark("single call, over 5 s");
        }
    }

    /// Adds to the note.
    pub fn remark(&mut self, text: &str) {
        let space = if self.note.is_empty() { "" } else { " " };
        self.note += &format!("{space}{text};");
    }
}

/// The largest absolute error and the largest absolute value of the reference. The error is
/// infinite where shapes differ or a NaN stands against a number.
pub fn max_error(outputs: &[ArrayD<f64>], references: &[ArrayD<f64>]) -> (f64, f64) {
    let (mut error, mut scale) = (0.0f64, 0.0f64);
    if outputs.len() != references.len() {
        error = f64::INFINITY;
    }
    for (output, reference) in outputs.iter().zip(references) {
        if output.shape() != reference.shape() {
            error = f64::INFINITY;
            continue;
        }
        for (o, r) in output.iter().zip(reference) {
            let d = (o - r).abs();
            error = error.max(if d.is_nan() { f64::INFINITY } else { d });
            scale = scale.max(r.abs());
        }
    }
    (error, scale)
}

/// Writes the rows to a file, or to standard output for "-".
pub fn write_json(rows: &[Row], target: &str) -> Result<()> {
    let text = serde_json::to_string_pretty(rows)? + "\n";
    match target {
        "-" => std::io::stdout().write_all(text.as_bytes())?,
        file => std::fs::write(file, text).with_context(|| format!("cannot write {file}"))?,
    }
    Ok(())
}

/// Lines of aligned columns: the first to the left, the others to the right.
#[derive(Default)]
pub struct Table {
    lines: Vec<Vec<String>>,
}

impl Table {
    /// A table with these headings.
    pub fn new<S: ToString>(headings: impl IntoIterator<Item = S>) -> Table {
        let mut table = Table::default();
        table.line(headings);
        table
    }

    /// Adds a line.
    pub fn line<S: ToString>(&mut self, cells: impl IntoIterator<Item = S>) {
        self.lines.push(cells.into_iter().map(|cell| cell.to_string()).collect());
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let columns = self.lines.iter().map(Vec::len).max().unwrap_or(0);
        let lengths =
            |c: usize| self.lines.iter().filter_map(move |l| l.get(c)?.chars().count().into());
        let widths: Vec<usize> = (0..columns).map(|c| lengths(c).max().unwrap_or(0)).collect();
        for line in &self.lines {
            let mut text = String::new();
            for (c, (cell, width)) in line.iter().zip(&widths).enumerate() {
                let pad = " ".repeat(width - cell.chars().count());
                text += &if c == 0 { format!("{cell}{pad}") } else { format!("  {pad}{cell}") };
            }
            writeln!(f, "{}", text.trim_end())?;
        }
        Ok(())
    }
}

/// A number in a table cell: four digits, or a dash.
pub fn cell(value: Option<f64>) -> String {
    match value {
        None => "-".into(),
        Some(0.0) => "0".into(),
        Some(v) if !(1e-3..1e7).contains(&v.abs()) => format!("{v:.2e}"),
        Some(v) => format!("{v:.*}", (3 - v.abs().log10().floor() as i32).clamp(0, 6) as usize),
    }
}
