//! Layer 4: passes over jaxprs, the only folder that knows primitives by name.
//!
//! A pass is a function from a jaxpr to a jaxpr with the same inputs and results. All together
//! they run once, on the whole program, after every transformation and before the lowering:
//!
//! - [`inline`]: calls are replaced by their programs;
//! - [`loops`]: cheap operands of loops go into their bodies at first, then they hand out as few values
//!   of every run as will do, and what is the same in every run leaves them at last; between, the
//!   bodies go through all passes as programs of their own;
//! - [`rewrite`]: constant folding, algebraic simplification and common subexpressions, in one walk
//!   because each makes work for the others;
//! - [`dce`]: what no result depends on is dropped;
//! - [`store`]: small arrays that many loops repeat get a kernel of their own.
//!
//! What they preserve: types exactly, and values bitwise but for the payload of NaNs and the sign
//! of zeros where a rule says so.

mod builder;
mod cost;
mod dce;
mod form;
mod inline;
mod loops;
mod notation;
mod range;
mod rewrite;
mod rules;
mod sparsity;
mod store;

pub use cost::Cost;
pub(crate) use cost::cost;
pub(crate) use inline::inline;
pub(crate) use sparsity::dependence;

use crate::base::Result;
use crate::ir::{Jaxpr, Prim};
use std::sync::Arc;

type Pass = fn(&Jaxpr) -> Result<Jaxpr>;

/// The passes by name, in order.
const PASSES: &[(&str, Pass)] = &[
    ("inline", inline::inline),
    ("sink", loops::sink),
    ("dce after sink", dce::dce),
    ("keep_few", loops::keep_few),
    ("rewrite", rewrite::rewrite),
    ("dce", dce::dce),
    ("notation", notation::notation),
    ("hoist", loops::hoist),
    ("dce after hoist", dce::dce),
    ("store", store::store),
];

/// The pass before which the bodies of loops are optimized, when all that they can know of their
/// operands has come into them.
const FIRST_AFTER_BODIES: &str = "rewrite";

/// The pass that can be left out alone.
const NOTATION: &str = "notation";

/// All passes, in order.
///
/// # Errors
/// Only when a pass breaks the program, which is a bug here.
pub(crate) fn optimize(jaxpr: &Jaxpr) -> Result<Jaxpr> {
    run(jaxpr, true, &mut |_, _| ())
}

/// What programs cost once they are optimized, each by a thread of its own.
pub(crate) fn optimized_costs(jaxprs: &[&Jaxpr]) -> Vec<Result<Cost>> {
    std::thread::scope(|scope| {
        let cost_of = |jaxpr: &'_ Jaxpr| Ok(cost(&optimize(jaxpr)?));
        let threads: Vec<_> =
            jaxprs.iter().map(|&jaxpr| scope.spawn(move || cost_of(jaxpr))).collect();
        let failed = |_| Err(crate::Error::internal("a pass stopped in the middle"));
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(failed)).collect()
    })
}

/// The passes in order, with or without index notation; `seen` gets the name of each and what it
/// gave, of the whole program only. Where debug assertions are on, the program is checked after each.
///
/// # Errors
/// Only when a pass breaks the program, which is a bug here.
pub(crate) fn run(
    jaxpr: &Jaxpr,
    notation: bool,
    seen: &mut dyn FnMut(&'static str, &Jaxpr),
) -> Result<Jaxpr> {
    let mut done = jaxpr.clone();
    for (name, pass) in PASSES {
        if *name == NOTATION && !notation {
            continue;
        }
        if *name == FIRST_AFTER_BODIES {
            for eqn in &mut done.eqns {
                let optimize = |body: &mut Arc<Jaxpr>| -> Result<()> {
                    *body = Arc::new(run(body, notation, &mut |_, _| ())?);
                    Ok(())
                };
                match &mut eqn.prim {
                    Prim::Scan(scan) => optimize(&mut scan.jaxpr)?,
                    Prim::Cond(cond) => cond.branches.iter_mut().try_for_each(optimize)?,
                    Prim::While(p) => {
                        [&mut p.cond, &mut p.body].into_iter().try_for_each(optimize)?
                    }
                    _ => {}
                }
            }
        }
        done = pass(&done)?;
        if cfg!(debug_assertions) {
            done.check().map_err(|e| crate::Error::internal(format!("pass {name}: {e}")))?;
        }
        seen(name, &done);
    }
    Ok(done)
}
