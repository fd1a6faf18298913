//! What a program costs: time, arithmetic, traffic and memory, without running it.
//!
//! XLA for the CPU runs a program as a sequence of kernels. Element-wise equations melt into the
//! kernels that use them, so most intermediates are never stored. The model follows that: it finds
//! out which values are stored, counts the operations of every kernel with the measured times of
//! [`table`], and lays the stored values out in time to see how many bytes are alive at once.

mod linalg;
mod table;

pub(super) use table::DOT;

use crate::base::Shape;
use crate::ir::{Atom, Aval, Eqn, Jaxpr, Prim, Var};
use std::fmt;

/// What a program costs on a CPU, as the cost model sees it.
///
/// Estimates serve to choose among programs that compute the same; they are right within a factor
/// of about two, for a machine like the one they were measured on.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// Arithmetic operations on elements.
    pub flops: f64,
    /// Bytes that kernels read and write.
    pub bytes: f64,
    /// Bytes alive at once: inputs, results and intermediates that are stored.
    pub peak: f64,
    /// Time of a call, in seconds.
    pub seconds: f64,
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Cost { flops, bytes, peak, seconds } = *self;
        let micros = 1e6 * seconds;
        write!(f, "{flops:>10.3e} {bytes:>10.3e} {peak:>10.3e} {micros:>12.1}")
    }
}

/// A value with users in more kernels is stored rather than computed in each of them.
const KERNELS: usize = 4;

/// The cost of a program.
pub(crate) fn cost(jaxpr: &Jaxpr) -> Cost {
    cost_of(jaxpr, false)
}

/// The cost of a program; of the body of a loop, which may write over its inputs.
fn cost_of(jaxpr: &Jaxpr, body: bool) -> Cost {
    let kernels = Kernels::of(jaxpr);
    let mut sum = Cost { seconds: table::CALL, ..Cost::default() };
    let mut scratch: f64 = 0.0;
    for (eqn, homes) in jaxpr.eqns.iter().zip(&kernels.homes) {
        let work = work(jaxpr, eqn);
        let times = homes.len() as f64;
        sum.flops += times * work.flops;
        sum.seconds += times * work.seconds;
        sum.bytes += work.bytes;
        scratch = scratch.max(work.peak);
        let class = fusion(jaxpr, eqn);
        if class == Fusion::Free {
            continue;
        }
        let read = |a: &Atom| a.var().is_some_and(|v| kernels.stored[v.index()]);
        let reads: f64 =
            eqn.ins.iter().filter(|a| read(a)).map(|&a| bytes(&jaxpr.atom_aval(a))).sum();
        sum.bytes += times * reads;
        for &out in &eqn.outs {
            let in_place = matches!(eqn.prim, Prim::DynamicUpdateSlice(_));
            let stored = kernels.stored[out.index()] && !homes.is_empty() && !in_place;
            if stored && class != Fusion::Alone {
                let size = bytes(jaxpr.aval(out));
                let fresh = if size >= table::LARGE { table::FRESH } else { table::WRITE };
                sum.seconds += table::KERNEL + fresh * size;
            }
            if stored {
                sum.bytes += bytes(jaxpr.aval(out));
            }
        }
    }
    sum.peak = peak(jaxpr, &kernels, body) + scratch;
    sum
}

/// How XLA treats an equation when it forms kernels.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fusion {
    /// No kernel at all: another view of the same elements.
    Free,
    /// Melts into the kernels of its users.
    Loop,
    /// The last equation of a kernel, whose operands melt into it.
    Last,
    /// A kernel, or several, of its own.
    Alone,
}

fn fusion(jaxpr: &Jaxpr, eqn: &Eqn) -> Fusion {
    let grows = |&v: &Var| {
        let size: usize = eqn.ins.iter().map(|&a| jaxpr.atom_aval(a).size()).sum();
        jaxpr.aval(v).size() > size
    };
    match &eqn.prim {
        Prim::BroadcastInDim(_) if !eqn.outs.iter().any(grows) => Fusion::Free,
        Prim::Reshape(_) | Prim::Squeeze(_) | Prim::StopGradient(_) | Prim::Name(_) => Fusion::Free,
        Prim::Reduce(_) | Prim::DynamicUpdateSlice(_) | Prim::ArgReduce(_) => Fusion::Last,
        // What is before a barrier ends a kernel there.
        Prim::OptimizationBarrier(_) => Fusion::Last,
        Prim::DotGeneral(_) | Prim::Scatter(_) | Prim::Cumulative(_) => Fusion::Alone,
        Prim::Sort(_) | Prim::Fft(_) | Prim::DebugPrint(_) => Fusion::Alone,
        Prim::Scan(_) | Prim::While(_) | Prim::Cond(_) => Fusion::Alone,
        Prim::Custom(_) | Prim::Call(_) | Prim::Checkpoint(_) => Fusion::Alone,
        Prim::CustomLinearSolve(_) => Fusion::Alone,
        Prim::Cholesky(_) | Prim::TriangularSolve(_) | Prim::Lu(_) => Fusion::Alone,
        Prim::LinearSolve(_) | Prim::Det(_) | Prim::Qr(_) => Fusion::Alone,
        Prim::Eig(_) | Prim::Eigh(_) | Prim::Svd(_) | Prim::Pinv(_) => Fusion::Alone,
        _ => Fusion::Loop,
    }
}

/// True where evaluating an element again costs more than reading it.
pub(super) fn is_expensive(prim: &Prim) -> bool {
    matches!(prim, Prim::Unary(p) if table::unary(p.op, 8) > table::EXPENSIVE)
        || matches!(prim, Prim::Binary(p) if table::binary(p.op, 8) > table::EXPENSIVE)
        || matches!(prim, Prim::IntegerPow(_) | Prim::Special(_))
}

/// Which values are stored, and in which kernels each equation is computed.
struct Kernels {
    /// By variable.
    stored: Vec<bool>,
    /// By equation: the kernels, each named by the equation that it ends with.
    homes: Vec<Vec<usize>>,
}

impl Kernels {
    fn of(jaxpr: &Jaxpr) -> Kernels {
        let n = jaxpr.avals.len();
        let mut expensive = vec![false; n];
        for eqn in &jaxpr.eqns {
            let inner = eqn.ins.iter().filter_map(|a| a.var()).any(|v| expensive[v.index()]);
            let melts = matches!(fusion(jaxpr, eqn), Fusion::Free | Fusion::Loop);
            eqn.outs.iter().for_each(|v| {
                expensive[v.index()] = melts && (inner || is_expensive(&eqn.prim));
            });
        }
        let mut stored = vec![false; n];
        let first = jaxpr.consts.len() + jaxpr.n_ins;
        stored[..first].fill(true);
        jaxpr.outs.iter().filter_map(|a| a.var()).for_each(|v| stored[v.index()] = true);
        // The kernels that use each variable, found from the last equation to the first.
        let mut users: Vec<Vec<usize>> = vec![Vec::new(); n];
        let mut homes = vec![Vec::new(); jaxpr.eqns.len()];
        for (k, eqn) in jaxpr.eqns.iter().enumerate().rev() {
            let class = fusion(jaxpr, eqn);
            let mut home = Vec::new();
            for &out in &eqn.outs {
                let mut used = std::mem::take(&mut users[out.index()]);
                used.sort_unstable();
                used.dedup();
                let many = used.len() > if expensive[out.index()] { 1 } else { KERNELS };
                stored[out.index()] |= many || !used.is_empty() && class_stores(class);
                if !stored[out.index()] {
                    home = used;
                } else if class == Fusion::Free {
                    // A view of what is stored: the equation below is what is written.
                    home = vec![k];
                } else {
                    home.push(k);
                }
            }
            for v in eqn.ins.iter().filter_map(|a| a.var()) {
                let (from, into) = (v.index(), eqn.outs.first());
                let grows = into.is_some_and(|&o| jaxpr.aval(o).size() > jaxpr.aval(v).size());
                // XLA does not compute an expensive element anew for each copy of it.
                let again = expensive[from] && grows && class == Fusion::Loop;
                if (class == Fusion::Alone || again) && !home.is_empty() {
                    stored[from] = true;
                }
                users[from].extend(&home);
            }
            homes[k] = home;
        }
        Kernels { stored, homes }
    }
}

fn class_stores(class: Fusion) -> bool {
    matches!(class, Fusion::Last | Fusion::Alone)
}

fn bytes(aval: &Aval) -> f64 {
    aval.size() as f64 * aval.dtype.bytes() as f64
}

/// The work of an equation itself, evaluated once; as `peak` what it needs while it runs.
fn work(jaxpr: &Jaxpr, eqn: &Eqn) -> Cost {
    let Some(&out) = eqn.outs.first() else { return Cost::default() };
    let out = jaxpr.aval(out);
    let (size, width) = (out.size() as f64, out.dtype.bytes());
    let simple = |nanos: f64| Cost { flops: size, seconds: 1e-9 * nanos * size, ..Cost::default() };
    let moved = |nanos: f64| Cost { flops: 0.0, ..simple(nanos) };
    match &eqn.prim {
        Prim::Unary(p) => simple(table::unary(p.op, width)),
        Prim::Binary(p) => simple(table::binary(p.op, width)),
        Prim::Special(p) => simple(table::special(p.op)),
        // Some 5 ns for each comparison.
        Prim::Fft(p) => moved(2.0 * (p.lengths.iter().product::<usize>().max(2) as f64).log2()),
        // It cannot run: any other way is better.
        Prim::Pullback(_) => Cost { seconds: 1e9, ..Cost::default() },
        Prim::Sort(p) => moved(5.0 * (out.shape[p.axis].max(2) as f64).log2()),
        Prim::IntegerPow(p) => {
            // By repeated squaring.
            let products = f64::from(p.n.unsigned_abs().max(1)).log2().ceil().max(1.0);
            simple(products * table::simple(width))
        }
        Prim::Compare(_) | Prim::Select(_) | Prim::Clamp(_) => simple(table::select(width)),
        Prim::Convert(_) => simple(table::simple(width)),
        Prim::Reduce(_) | Prim::ArgReduce(_) => {
            let x = jaxpr.atom_aval(eqn.ins[0]);
            let axes = match &eqn.prim {
                Prim::Reduce(p) => p.axes.as_slice(),
                _ => &[],
            };
            let size = x.size() as f64;
            let nanos = table::sum(inner_only(&x.shape, axes), x.dtype.bytes());
            Cost { flops: size, seconds: 1e-9 * nanos * size, ..Cost::default() }
        }
        Prim::DotGeneral(p) => {
            let x = jaxpr.atom_aval(eqn.ins[0]);
            let y = jaxpr.atom_aval(eqn.ins[1]);
            let depth: usize = p.contract.0.iter().map(|&d| x.shape[d]).product();
            let batch: usize = p.batch.0.iter().map(|&d| x.shape[d]).product();
            let rows = x.size() / (depth * batch).max(1);
            let columns = y.size() / (depth * batch).max(1);
            let products = size * depth as f64;
            let seconds = table::dot(batch, rows, columns, depth, width);
            Cost { flops: 2.0 * products, seconds, ..Cost::default() }
        }
        Prim::Scan(p) => repeated(&p.jaxpr, p.length as f64),
        Prim::While(p) => repeated(&p.body, RUNS),
        Prim::Call(p) => cost(&p.jaxpr),
        Prim::Custom(p) => cost(&p.jaxpr),
        Prim::CustomLinearSolve(p) => cost(&p.system.solve),
        Prim::Checkpoint(p) => cost(&p.jaxpr),
        // The dearest branch.
        Prim::Cond(p) => p.branches.iter().map(|b| cost(b)).fold(Cost::default(), |x, y| Cost {
            flops: x.flops.max(y.flops),
            bytes: x.bytes.max(y.bytes),
            peak: x.peak.max(y.peak),
            seconds: x.seconds.max(y.seconds),
        }),
        Prim::Cholesky(_) | Prim::TriangularSolve(_) | Prim::Lu(_) | Prim::LinearSolve(_) => {
            linalg::work(jaxpr, eqn)
        }
        Prim::Eig(_) => linalg::work(jaxpr, eqn),
        Prim::Qr(_) | Prim::Eigh(_) | Prim::Svd(_) | Prim::Pinv(_) => linalg::work(jaxpr, eqn),
        Prim::DynamicUpdateSlice(_) => {
            let part = eqn.ins.get(1).map_or(0.0, |&a| bytes(&jaxpr.atom_aval(a)));
            Cost { seconds: table::KERNEL + table::WRITE * part, bytes: part, ..Cost::default() }
        }
        Prim::Transpose(_) | Prim::Rev(_) => moved(table::transpose(size, width)),
        Prim::Pad(_) | Prim::Concatenate(_) => moved(table::select(width)),
        Prim::Gather(_) => moved(table::GATHER),
        Prim::Scatter(_) => {
            let n = eqn.ins.get(2).map_or(0.0, |&a| jaxpr.atom_aval(a).size() as f64);
            let seconds = 1e-9 * (table::GATHER * n) + table::WRITE * bytes(out);
            Cost { flops: n, seconds, ..Cost::default() }
        }
        Prim::Cumulative(_) => simple(table::CUMULATIVE),
        Prim::Slice(_) | Prim::DynamicSlice(_) | Prim::Iota(_) => moved(table::simple(width)),
        _ => Cost::default(),
    }
}

/// How often a loop is taken to run that ends by itself.
const RUNS: f64 = 10.0;

/// The cost of the body of a loop that runs `n` times.
fn repeated(body: &Jaxpr, n: f64) -> Cost {
    let inner: f64 = body.in_avals().iter().map(bytes).sum();
    let body = cost_of(body, true);
    Cost {
        flops: n * body.flops,
        bytes: n * body.bytes,
        peak: (body.peak - inner).max(0.0),
        seconds: n * (body.seconds - table::CALL + table::TURN),
    }
}

/// True when the axes are the last ones, so that the elements of a sum lie side by side.
fn inner_only(shape: &Shape, axes: &[usize]) -> bool {
    let kept = shape.len() - axes.len().min(shape.len());
    axes.iter().all(|&a| a >= kept)
}

/// The most bytes alive at once. Results are there from the start to the end.
fn peak(jaxpr: &Jaxpr, kernels: &Kernels, body: bool) -> f64 {
    let n = jaxpr.avals.len();
    let mut owner: Vec<usize> = (0..n).collect();
    let mut last = vec![0usize; n];
    let mut is_out = vec![false; n];
    let first = jaxpr.consts.len() + jaxpr.n_ins;
    // A view, and a result written over an operand, live where the operand does.
    for (k, eqn) in jaxpr.eqns.iter().enumerate() {
        // Read when the last kernel runs that the equation melts into.
        let end = kernels.homes[k].iter().copied().max().unwrap_or(k);
        for v in eqn.ins.iter().filter_map(|a| a.var()) {
            let place = &mut last[owner[v.index()]];
            *place = end.max(*place);
        }
        let carries = match &eqn.prim {
            Prim::Scan(p) => p.operands(&eqn.ins)[1],
            _ => &eqn.ins[..eqn.ins.len().min(1)],
        };
        let view = fusion(jaxpr, eqn) == Fusion::Free;
        let over = matches!(eqn.prim, Prim::DynamicUpdateSlice(_) | Prim::Scan(_));
        for (x, &out) in carries.iter().zip(&eqn.outs) {
            let Some(x) = x.var().map(|v| owner[v.index()]) else { continue };
            if view || over && (body || x >= first) {
                owner[out.index()] = x;
            }
        }
    }
    jaxpr.outs.iter().filter_map(|a| a.var()).for_each(|v| is_out[owner[v.index()]] = true);
    let held = |v: usize| bytes(jaxpr.aval(Var(v as u32)));
    let fixed: f64 = (0..first).map(held).sum::<f64>()
        + (first..n).filter(|&v| is_out[v]).map(held).sum::<f64>();
    let mut events = vec![0.0; jaxpr.eqns.len() + 1];
    // What is written over an operand that lies nowhere begins to lie there; views of such are not
    // counted.
    let mut there: Vec<bool> = (0..n).map(|v| v < first || is_out[v]).collect();
    for (k, eqn) in jaxpr.eqns.iter().enumerate() {
        for &out in eqn.outs.iter().filter(|v| kernels.stored[v.index()]) {
            let v = owner[out.index()];
            let written = v == out.index() || fusion(jaxpr, eqn) != Fusion::Free;
            if written && !std::mem::replace(&mut there[v], true) {
                events[k] += held(v);
                events[last[v].max(k) + 1] -= held(v);
            }
        }
    }
    let alive = events.iter().scan(0.0, |sum: &mut f64, e| {
        *sum += e;
        Some(*sum)
    });
    fixed + alive.fold(0.0, f64::max)
}
