//! What was considered when a derivative was built, for people.

use crate::opt::Cost;
use std::fmt;

/// A way to build a derivative, and what it would cost.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Candidate {
    /// Such as `fwd-rev` for `jacfwd(jacrev(f))`.
    pub name: &'static str,
    /// The estimate of the optimized program.
    pub cost: Cost,
    /// How many basis vectors go through it at once, if not all.
    pub chunk: Option<usize>,
}

/// The ways to build a derivative, and the one that is taken: see
/// [`Differentiated::explain`](super::Differentiated::explain).
///
/// Its `Display` is a table with a line for each way, the choice marked by `>`: arithmetic
/// operations, bytes read and written, bytes alive at once, microseconds, and the chunk.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Explanation {
    /// The ways that were compared.
    pub candidates: Vec<Candidate>,
    /// The index of the one that is taken.
    pub choice: usize,
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let titles = ["flops", "bytes", "peak bytes", "µs", "chunk"];
        write!(f, "  {:8}", "")?;
        titles.iter().try_for_each(|title| write!(f, " {title:>10}"))?;
        for (k, Candidate { name, cost, chunk }) in self.candidates.iter().enumerate() {
            let mark = if k == self.choice { '>' } else { ' ' };
            write!(f, "\n{mark} {name:8}")?;
            for number in [cost.flops, cost.bytes, cost.peak] {
                write!(f, " {number:>10.2e}")?;
            }
            let chunk = chunk.map_or("all".to_string(), |n| n.to_string());
            write!(f, " {:>10.1} {chunk:>10}", 1e6 * cost.seconds)?;
        }
        Ok(())
    }
}
