//! Measures the workloads and writes rows that stand beside those of other libraries.
//!
//! Each row is measured in a process of its own, with a limit on time and memory, so that one
//! composition that is far too large takes nothing else down with it. `make compare` runs this
//! beside other libraries.

mod cases;
#[path = "../common/mod.rs"]
mod common;
mod compositions;
#[path = "../likelihood_fit/document.rs"]
mod document;
mod exchange;
mod isolated;
mod likelihood;
#[path = "../likelihood_fit/model.rs"]
#[allow(dead_code, reason = "a fit needs more of a model than its likelihood")]
mod model;
#[path = "../likelihood_fit/workspace.rs"]
mod workspace;

use anyhow::{Context, Result, bail};
use cases::CASES;
use clap::Parser;
use common::report::{Row, cell, write_json};
use common::timing::wait_quiet;
use compositions::{Task, run_row};
use std::time::Duration;

/// Jacobian and Hessian workloads on cotangent.
#[derive(Parser)]
struct Options {
    /// Workloads that begin so, such as A,B5 [default: all]
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// These compositions, such as fwd-rev [default: all]
    #[arg(long, value_delimiter = ',')]
    comp: Vec<String>,
    /// Write the rows to this file, or to standard output for -
    #[arg(long)]
    json: Option<String>,
    /// These sizes, such as 1000x200 [default: all]
    #[arg(long, value_delimiter = ',')]
    size: Vec<String>,
    /// These dtypes, such as f64 [default: all]
    #[arg(long, value_delimiter = ',')]
    dtype: Vec<String>,
    /// Skip compositions that take more seconds than this, from tracing to the last timing
    #[arg(long, default_value_t = 150)]
    limit: u64,
    /// Print the final jaxprs instead of measuring
    #[arg(long)]
    jaxpr: bool,
    /// Print the HLO instead of measuring
    #[arg(long)]
    hlo: bool,
    /// Print the program after each pass that changed it instead of measuring
    #[arg(long)]
    passes: bool,
    /// Print workload, size and dtype of each case instead of measuring
    #[arg(long)]
    list: bool,
    /// One case: workload, size, dtype
    #[arg(long, num_args = 3)]
    case: Option<Vec<String>>,
    /// Write the inputs of the case to this folder instead of measuring
    #[arg(long, requires = "case")]
    inputs: Option<String>,
    /// Check the results of the case that another library wrote to this file, and print a row
    #[arg(long, requires = "case")]
    check: Option<String>,
    /// Measure one row, in this process: workload, size, dtype, composition
    #[arg(long, num_args = 4, hide = true)]
    row: Option<Vec<String>>,
}

/// A workload at a size in a dtype.
struct Choice {
    id: &'static str,
    size: &'static [usize],
    dtype: &'static str,
    compositions: &'static [&'static str],
}

impl Choice {
    fn row(&self, composition: &str) -> Row {
        Row::new(self.id, self.size, self.dtype, composition)
    }
}

impl Options {
    /// The cases that the options name.
    fn choices(&self) -> Vec<Choice> {
        let among = |list: &[String], name: &str| list.is_empty() || list.iter().any(|w| w == name);
        let begins = |id: &str| self.only.iter().any(|start| id.starts_with(start.as_str()));
        let mut found = Vec::new();
        for case in CASES.iter().filter(|case| self.only.is_empty() || begins(case.id)) {
            for (size, dtypes) in case.sizes {
                for dtype in dtypes.iter().filter(|dtype| among(&self.dtype, dtype)) {
                    let compositions = case.compositions;
                    let choice = Choice { id: case.id, size, dtype, compositions };
                    let name = choice.row("").size;
                    let named = |case: &Vec<String>| case[..] == [choice.id, &name, dtype];
                    if among(&self.size, &name) && self.case.as_ref().is_none_or(named) {
                        found.push(choice);
                    }
                }
            }
        }
        found
    }
}

fn main() -> Result<()> {
    let options = Options::parse();
    if let Some(row) = &options.row {
        return child(row);
    }
    let choices = options.choices();
    if choices.is_empty() {
        bail!("there is no such workload, size or dtype");
    }
    let mut rows = Vec::new();
    for choice in &choices {
        if options.list {
            println!("{} {} {}", choice.id, choice.row("").size, choice.dtype);
        } else if let Some(folder) = &options.inputs {
            exchange::write_inputs(choice.id, choice.size, folder)?;
        } else if let Some(file) = &options.check {
            let mut row = choice.row("");
            exchange::check(&mut row, choice.size, file)?;
            println!("{}", serde_json::to_string(&row)?);
        } else {
            measure_or_print(&options, choice, &mut rows)?;
        }
    }
    if options.json.as_deref() == Some("-") {
        write_json(&rows, "-")?;
    }
    let wrong =
        rows.iter().filter(|r| r.note.contains("wrong_result") || r.note.contains("failed"));
    match wrong.count() {
        0 => Ok(()),
        n => bail!("{n} of {} rows are wrong or failed", rows.len()),
    }
}

/// Goes through the compositions of a case.
fn measure_or_print(options: &Options, choice: &Choice, rows: &mut Vec<Row>) -> Result<()> {
    let chosen = |c: &str| options.comp.is_empty() || options.comp.iter().any(|w| w == c);
    for composition in choice.compositions.iter().filter(|c| chosen(c)) {
        let mut row = choice.row(composition);
        if options.jaxpr || options.hlo || options.passes {
            println!("# {} {} {} {composition}", row.workload, row.size, row.dtype);
            let task = match (options.hlo, options.passes) {
                (true, _) => Task::PrintHlo,
                (_, true) => Task::PrintPasses,
                _ => Task::PrintJaxpr,
            };
            run_row(&mut row, choice.size, task)?;
            continue;
        }
        let row = isolated::measure(row, Duration::from_secs(options.limit))?;
        eprintln!("{}", line(&row));
        rows.push(row);
        if let Some(target) = options.json.as_deref().filter(|t| *t != "-") {
            write_json(rows, target)?; // What was measured stays if a later row is cut short.
        }
    }
    Ok(())
}

/// Measures the row and prints it as JSON.
fn child(row: &[String]) -> Result<()> {
    let [workload, size, dtype, composition] = row else { bail!("--row takes four values") };
    let size = size.split('x').map(str::parse).collect::<Result<Vec<usize>, _>>();
    let size = size.context("a size is written as in 1000x200")?;
    let mut row = Row::new(workload, &size, dtype, composition);
    wait_quiet();
    if let Err(error) = run_row(&mut row, &size, Task::Measure) {
        isolated::remark_failure(&mut row, &format!("{error:#}"));
    }
    println!("{}", serde_json::to_string(&row)?);
    Ok(())
}

fn line(row: &Row) -> String {
    format!(
        "{} {} {} {}: exec {} µs, trace {} ms, lower {} ms, compile {} ms, peak {} MB, error {}, \
         others {} {}",
        row.workload,
        row.size,
        row.dtype,
        row.composition,
        cell(row.exec_us),
        cell(row.trace_ms),
        cell(row.lower_ms),
        cell(row.compile_ms),
        cell(row.peak_mb),
        cell(row.max_err_vs_ref),
        cell(row.others),
        row.note
    )
}
