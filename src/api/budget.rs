//! Programs that fit into memory: all of a derivative at once if it fits, or else in parts.

use crate::base::{Error, Result};
use crate::ir::{Aval, Jaxpr};
use crate::opt::{self, Cost};
use crate::runtime;

/// What limits the memory of a transformed function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Memory {
    /// Parts only where half of the machine's memory would not do.
    #[default]
    Automatic,
    /// As large parts as fit into so many bytes.
    Budget(usize),
    /// So many basis vectors or examples at once, whatever they need.
    Chunk(usize),
}

/// A program that was considered.
pub(super) struct Plan {
    pub(super) jaxpr: Jaxpr,
    /// What it costs once it is optimized; of an unoptimized program where nobody compares.
    pub(super) cost: Cost,
    /// How many basis vectors or examples go through it at once, if not all.
    pub(super) chunk: Option<usize>,
    fits: bool,
}

impl Memory {
    fn limit(self) -> f64 {
        match self {
            Memory::Automatic => {
                runtime::machine_memory().map_or(f64::INFINITY, |b| 0.5 * b as f64)
            }
            Memory::Budget(bytes) => bytes as f64,
            Memory::Chunk(_) => f64::INFINITY,
        }
    }

    /// How many of so many basis vectors or examples are tried first at once, if not all.
    pub(super) fn first_chunk(self, rows: usize) -> Option<usize> {
        match self {
            Memory::Chunk(n) if n < rows => Some(n),
            _ => None,
        }
    }

    /// The program over `rows` basis vectors or examples that fits: all at once, or in parts, each
    /// trial half as large as the one before. It begins with the program for the first chunk, and its
    /// cost if programs are compared; all costs are those of optimized programs then.
    ///
    /// # Errors
    /// Those of `program`.
    pub(super) fn plan(
        self,
        rows: usize,
        (mut jaxpr, mut known): (Jaxpr, Option<Cost>),
        program: impl Fn(Option<usize>) -> Result<Jaxpr>,
    ) -> Result<Plan> {
        let (limit, compare) = (self.limit(), known.is_some());
        let mut chunk = self.first_chunk(rows);
        let mut best: Option<Plan> = None;
        loop {
            let mut cost = known.unwrap_or_else(|| opt::cost(&jaxpr));
            // Passes make a program smaller: one that fits without them needs no closer look.
            if known.is_none() && (compare || cost.peak > limit) {
                cost = opt::cost(&opt::optimize(&jaxpr)?);
            }
            let fits = cost.peak <= limit;
            if best.as_ref().is_none_or(|b| cost.peak < b.cost.peak) {
                best = Some(Plan { jaxpr, cost, chunk, fits });
            }
            match best {
                Some(best) if fits || chunk.unwrap_or(rows) <= 1 => return Ok(best),
                _ => chunk = Some(chunk.unwrap_or(rows).div_ceil(2)),
            }
            (jaxpr, known) = (program(chunk)?, None);
        }
    }

    /// The fastest of some programs that compute the same, among those that fit; of two as good, the
    /// first one.
    ///
    /// # Errors
    /// When none fits into the budget; it says how many bytes are needed.
    pub(super) fn choose(self, op: &str, plans: &[Plan]) -> Result<usize> {
        /// A program must need less than this share of the time of one before it.
        const WORTH: f64 = 0.98;
        let mut best: Option<(usize, &Plan)> = None;
        for (k, plan) in plans.iter().enumerate() {
            let better = best.is_none_or(|(_, b)| match (plan.fits, b.fits) {
                (true, true) => plan.cost.seconds < WORTH * b.cost.seconds,
                (false, false) => plan.cost.peak < b.cost.peak,
                (fits, _) => fits,
            });
            if better {
                best = Some((k, plan));
            }
        }
        match (best, self) {
            (Some((_, plan)), Memory::Budget(budget)) if !plan.fits => {
                let size = |a: &Aval| a.size() * a.dtype.bytes();
                let avals = |avals: Vec<Aval>| avals.iter().map(size).sum::<usize>();
                let (ins, outs) = (avals(plan.jaxpr.in_avals()), avals(plan.jaxpr.out_avals()));
                let why = format!(
                    "needs at least {:.0} bytes ({ins} for the arguments, {outs} for the result), \
                     and the budget is {budget}",
                    plan.cost.peak
                );
                Err(Error::argument(op, why))
            }
            (Some((k, _)), _) => Ok(k),
            (None, _) => Err(Error::internal("a choice among no programs")),
        }
    }
}
