//! The definition of a well-formed jaxpr.

use super::{Aval, Jaxpr};
use crate::base::{Error, Result};

impl Jaxpr {
    /// Verifies the program:
    /// - variables are numbered in the order of their definition, each defined once;
    /// - every operand is defined before its use;
    /// - constants and results have the recorded types, which are those of the type rules;
    /// - inner programs are well-formed too.
    ///
    /// # Errors
    /// Names the first equation that breaks a rule. A program made by this crate never does.
    pub fn check(&self) -> Result<()> {
        let wrong = |what: String| Err(Error::internal(format!("malformed jaxpr: {what}\n{self}")));
        let mut defined = self.consts.len() + self.n_ins;
        if self.avals.iter().any(|a| a.weak) {
            return wrong("a variable of weak type".into());
        }
        for (i, c) in self.consts.iter().enumerate() {
            if !Aval::new(c.shape(), c.dtype()).same_type(&self.avals[i]) {
                return wrong(format!("constant {i}"));
            }
        }
        for (i, eqn) in self.eqns.iter().enumerate() {
            let name = eqn.prim.rules().name();
            if eqn.ins.iter().filter_map(|a| a.var()).any(|v| v.index() >= defined) {
                return wrong(format!("equation {i} ({name}) uses an undefined variable"));
            }
            eqn.prim.rules().inner().into_iter().try_for_each(Jaxpr::check)?;
            let ins: Vec<Aval> = eqn.ins.iter().map(|&a| self.atom_aval(a)).collect();
            let outs = eqn.prim.rules().abstract_eval(&ins)?;
            if outs.len() != eqn.outs.len() {
                return wrong(format!("equation {i} ({name}) has {} results", eqn.outs.len()));
            }
            for (v, aval) in eqn.outs.iter().zip(&outs) {
                if v.index() != defined || !self.aval(*v).same_type(aval) {
                    return wrong(format!("equation {i} ({name}) defines {aval}"));
                }
                defined += 1;
            }
        }
        if self.avals.len() != defined {
            return wrong("a variable that nothing defines".into());
        }
        if self.outs.iter().filter_map(|a| a.var()).any(|v| v.index() >= defined) {
            return wrong("a result that nothing defines".into());
        }
        Ok(())
    }
}
