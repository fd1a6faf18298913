//! Measuring in another process, within a limit of time and one of memory.

use crate::common::report::Row;
use anyhow::{Context, Result};
use std::io::Read;
use std::process::{Command, Stdio};
use std::thread::{JoinHandle, sleep, spawn};
use std::time::{Duration, Instant};

/// Kilobytes.
const MEMORY_LIMIT: u64 = 8_000_000;

/// What stands in messages of allocations that failed.
const OUT_OF_MEMORY: [&str; 5] =
    ["bad_alloc", "memory allocation", "out of memory", "Out of memory", "RESOURCE_EXHAUSTED"];

/// Measures the row; what would pass a limit is skipped, and the row says so.
pub(crate) fn measure(mut row: Row, limit: Duration) -> Result<Row> {
    let limited = format!("ulimit -d {MEMORY_LIMIT}; exec \"$@\"");
    let mut child = Command::new("sh")
        .args(["-c", &limited, "sh"])
        .arg(std::env::current_exe()?)
        .args(["--row", &row.workload, &row.size, &row.dtype, &row.composition])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("cannot start the process that measures")?;
    let text = reader(child.stdout.take());
    let complaints = reader(child.stderr.take());
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if start.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            row.remark(&format!("skipped: it takes over {} s", limit.as_secs()));
            return Ok(row);
        }
        sleep(Duration::from_millis(20));
    };
    let (text, complaints) = (text.join().unwrap_or_default(), complaints.join());
    if !status.success() {
        let last = complaints.unwrap_or_default();
        remark_failure(&mut row, &format!("{status}: {}", last.trim()));
        return Ok(row);
    }
    serde_json::from_str(&text).context("the process that measures printed no row")
}

/// Says in the row that it failed, or that it was skipped for want of memory.
pub(crate) fn remark_failure(row: &mut Row, message: &str) {
    if OUT_OF_MEMORY.iter().any(|words| message.contains(words)) {
        row.remark(&format!("skipped: it needs over {} GB", MEMORY_LIMIT / 1_000_000));
    } else {
        let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
        row.remark(&format!("failed: {}", message.chars().take(300).collect::<String>()));
    }
}

/// Reads in the background, so that the other process never waits for a reader.
fn reader(pipe: Option<impl Read + Send + 'static>) -> JoinHandle<String> {
    spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            let _ = pipe.read_to_end(&mut bytes); // What came is what there is.
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}
