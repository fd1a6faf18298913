//! Constant folding, algebraic simplification and common subexpressions.
//!
//! Preserves types, and values as each rule says.

use super::builder::Builder;
use crate::base::Result;
use crate::ir::Jaxpr;

/// The program written anew through a [`Builder`].
///
/// # Errors
/// When a rule breaks the program, which is a bug here.
pub(super) fn rewrite(jaxpr: &Jaxpr) -> Result<Jaxpr> {
    Builder::rewritten(jaxpr, |b, eqn, ins| b.emit(eqn.prim.clone(), ins))
}
