//! Timing on a machine that others use too: the best of a few windows counts.

use anyhow::Result;
use cotangent::Array;
use std::time::{Duration, Instant};

/// The results of a compiled function as a list.
pub trait Outputs {
    /// The arrays.
    fn arrays(self) -> Vec<Array>;
}
impl Outputs for Array {
    fn arrays(self) -> Vec<Array> {
        vec![self]
    }
}
impl Outputs for (Array, Array, Array) {
    fn arrays(self) -> Vec<Array> {
        vec![self.0, self.1, self.2]
    }
}
impl<const N: usize> Outputs for [Array; N] {
    fn arrays(self) -> Vec<Array> {
        self.into()
    }
}
impl Outputs for Vec<Array> {
    fn arrays(self) -> Vec<Array> {
        self
    }
}

/// Times of repeated calls.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// The median call, in microseconds.
    pub median_us: f64,
    /// The fastest call.
    pub min_us: f64,
    /// The number of timings behind these.
    pub reps: usize,
    /// The share of the machine that other processes took meanwhile, where the system tells it.
    pub others: Option<f64>,
}

/// A single call longer than this is not repeated.
pub const SLOW: Duration = Duration::from_secs(5);

/// While others use more than this share of the machine, wait and try again.
const QUIET: f64 = 0.08;

/// So many windows are timed at least, unless calls are slow.
const WINDOWS: usize = 4;

/// Times `n` calls (at least one).
pub fn repeat<R: Outputs>(n: usize, mut call: impl FnMut() -> Result<R>) -> Result<Timing> {
    let before = Cpu::now();
    let times = (0..n.max(1)).map(|_| timed(1, &mut call)).collect::<Result<_>>()?;
    Ok(Timing::of(times, others(before, Cpu::now())))
}

/// Times `call` after a warm-up: several windows of many calls, of which the one with the least
/// median counts, so that what others did meanwhile counts least. Very short calls are timed in
/// groups; just the warm-up counts when that was slow.
pub fn bench<R: Outputs>(mut call: impl FnMut() -> Result<R>) -> Result<Timing> {
    let before = Cpu::now();
    let first = timed(1, &mut call)?;
    if first > SLOW.as_secs_f64() {
        return Ok(Timing::of(vec![first], others(before, Cpu::now())));
    }
    let group = (20e-6 / timed(1, &mut call)?).max(1.0) as usize;
    let start = Instant::now();
    let mut best: Option<Timing> = None;
    for k in 0.. {
        wait_quiet();
        let timing = window(group, &mut call)?;
        if best.is_none_or(|best| timing.median_us < best.median_us) {
            best = Some(timing);
        }
        let enough = k + 1 >= WINDOWS && best.is_some_and(|best| best.load() <= QUIET);
        if enough || k + 1 >= 2 * WINDOWS || start.elapsed() > Duration::from_secs(8) {
            break;
        }
    }
    Ok(best.unwrap_or(Timing::of(vec![first], None)))
}

/// Calls until there are 1000 timings and 0.1 s of them, within 0.4 s or at least 5 timings, within
/// 4 s or at least 3.
fn window<R: Outputs>(group: usize, call: &mut impl FnMut() -> Result<R>) -> Result<Timing> {
    let (before, mut times, mut total) = (Cpu::now(), Vec::new(), 0.0);
    while (times.len() < 1000 || total < 0.1)
        && (total < 0.4 || times.len() < 5)
        && (total < 4.0 || times.len() < 3)
    {
        let seconds = timed(group, call)?;
        times.push(seconds / group as f64);
        total += seconds;
    }
    Ok(Timing::of(times, others(before, Cpu::now())))
}

/// Seconds that so many calls take until their results are computed.
fn timed<R: Outputs>(group: usize, call: &mut impl FnMut() -> Result<R>) -> Result<f64> {
    let start = Instant::now();
    for _ in 0..group {
        call()?.arrays().iter().try_for_each(Array::block_until_ready)?;
    }
    Ok(start.elapsed().as_secs_f64())
}

/// The median.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        n => (values[n / 2] + values[(n - 1) / 2]) / 2.0,
    }
}

impl Timing {
    fn of(seconds: Vec<f64>, others: Option<f64>) -> Timing {
        let min_us = 1e6 * seconds.iter().copied().fold(f64::INFINITY, f64::min);
        Timing { reps: seconds.len(), min_us, median_us: 1e6 * median(seconds), others }
    }

    fn load(&self) -> f64 {
        self.others.unwrap_or(0.0)
    }
}

/// Waits up to six seconds for others to leave the machine alone.
pub fn wait_quiet() {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(6) {
        let before = Cpu::now();
        if before.is_none() {
            return;
        }
        std::thread::sleep(Duration::from_millis(250));
        if others(before, Cpu::now()).is_none_or(|load| load < QUIET) {
            return;
        }
    }
}

/// Time used so far. The times of processors are in ticks of 10 ms, as Linux counts them.
struct Cpu {
    at: Instant,
    everyone: f64,
    own: f64,
}

impl Cpu {
    /// `None` where the system is not Linux.
    fn now() -> Option<Cpu> {
        let machine = std::fs::read_to_string("/proc/stat").ok()?;
        let fields = machine.lines().next()?.split_whitespace().skip(1);
        let ticks = fields.take(8).map(|t| t.parse().ok()).collect::<Option<Vec<f64>>>()?;
        let idle = ticks.get(3)? + ticks.get(4)?;
        let process = std::fs::read_to_string("/proc/self/stat").ok()?;
        // After the name in brackets, which may hold spaces, come state, ppid, ...; the 12th and
        // 13th are the ticks in user and system mode.
        let fields = process.rsplit_once(')')?.1.split_whitespace().skip(11).take(2);
        let own = fields.map(|t| t.parse().ok()).collect::<Option<Vec<f64>>>()?;
        let (everyone, own) = (ticks.iter().sum::<f64>() - idle, own.iter().sum());
        Some(Cpu { at: Instant::now(), everyone, own })
    }
}

/// The share of the machine's time that others took between two moments.
fn others(before: Option<Cpu>, after: Option<Cpu>) -> Option<f64> {
    let (a, b) = (before?, after?);
    let cores = std::thread::available_parallelism().ok()?.get() as f64;
    let ticks = 100.0 * b.at.duration_since(a.at).as_secs_f64() * cores;
    Some((((b.everyone - a.everyone) - (b.own - a.own)) / ticks).max(0.0))
}
