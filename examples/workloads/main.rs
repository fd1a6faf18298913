//! Measures the workloads and writes rows that stand beside those of other libraries.
//!
//! Each row is measured in a process of its own, with a limit on time and memory, so that one
//! composition that is far too large takes nothing else down with it.

mod cases;
#[path = "../common/mod.rs"]
mod common;

use anyhow::{Context, Result, bail};
use cases::{CASES, Task, run_row};
use clap::Parser;
use common::report::{Row, cell, write_json};
use common::timing::wait_quiet;
use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const TIME_LIMIT: Duration = Duration::from_secs(150);
/// Kilobytes.
const MEMORY_LIMIT: u64 = 12_000_000;

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
    /// Print the final jaxprs instead of measuring
    #[arg(long)]
    jaxpr: bool,
    /// Print the HLO instead of measuring
    #[arg(long)]
    hlo: bool,
    /// Measure one row, in this process: workload, size, dtype, composition
    #[arg(long, num_args = 4, hide = true)]
    row: Option<Vec<String>>,
}

fn main() -> Result<()> {
    let options = Options::parse();
    if let Some(row) = &options.row {
        return child(row);
    }
    let wanted = |list: &[String], name: &str| list.is_empty() || list.iter().any(|w| w == name);
    let mut rows = Vec::new();
    for case in CASES {
        if !options.only.is_empty() && !options.only.iter().any(|w| case.id.starts_with(w.as_str()))
        {
            continue;
        }
        for (size, dtypes) in case.sizes {
            for dtype in *dtypes {
                for comp in case.compositions.iter().filter(|c| wanted(&options.comp, c)) {
                    let mut row = Row::new(case.id, size, dtype, comp);
                    if !wanted(&options.size, &row.size) {
                        continue;
                    }
                    if options.jaxpr || options.hlo {
                        println!("# {} {} {dtype} {comp}", case.id, row.size);
                        let task = if options.hlo { Task::PrintHlo } else { Task::PrintJaxpr };
                        run_row(&mut row, size, task)?;
                        continue;
                    }
                    let row = isolated(row)?;
                    eprintln!("{}", line(&row));
                    rows.push(row);
                    if let Some(target) = options.json.as_deref().filter(|t| *t != "-") {
                        write_json(&rows, target)?; // What was measured stays if a later row is cut short.
                    }
                }
            }
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

/// Measures the row and prints it as JSON.
fn child(row: &[String]) -> Result<()> {
    let [workload, size, dtype, composition] = row else { bail!("--row takes four values") };
    let size = size.split('x').map(str::parse).collect::<Result<Vec<usize>, _>>()?;
    let mut row = Row::new(workload, &size, dtype, composition);
    wait_quiet();
    if let Err(error) = run_row(&mut row, &size, Task::Measure) {
        row.remark(&format!("failed: {error:#}"));
    }
    println!("{}", serde_json::to_string(&row)?);
    Ok(())
}

/// Measures the row in another process.
fn isolated(mut row: Row) -> Result<Row> {
    let program = std::env::current_exe()?;
    let limited = format!("ulimit -d {MEMORY_LIMIT}; exec \"$@\"");
    let mut child = Command::new("sh")
        .args(["-c", &limited, "sh"])
        .arg(program)
        .args(["--row", &row.workload, &row.size, &row.dtype, &row.composition])
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start the process that measures")?;
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if start.elapsed() > TIME_LIMIT {
            child.kill()?;
            child.wait()?;
            row.remark(&format!("stopped after {} s", TIME_LIMIT.as_secs()));
            return Ok(row);
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    let mut text = String::new();
    child.stdout.take().context("no output")?.read_to_string(&mut text)?;
    if !status.success() {
        row.remark(&format!("crashed, {status}"));
        return Ok(row);
    }
    serde_json::from_str(&text).context("the process that measures printed no row")
}

fn line(row: &Row) -> String {
    format!(
        "{} {} {} {}: exec {} µs, trace {} ms, lower {} ms, compile {} ms, error {}, others {} {}",
        row.workload,
        row.size,
        row.dtype,
        row.composition,
        cell(row.exec_us),
        cell(row.trace_ms),
        cell(row.lower_ms),
        cell(row.compile_ms),
        cell(row.max_err_vs_ref),
        cell(row.others),
        row.note
    )
}
