//! Programs.
//!
//! ```text
//! jaxpr ::= { lambda const* ; var* . let eqn* in ( atom* ) }
//! eqn   ::= var* = prim [params] atom*
//! atom  ::= var | literal
//! ```
//!
//! Variables are numbered in the order of their definition: constants, inputs, then the results of
//! the equations. So two programs that differ only in names are equal, and the derived equality
//! and hash are structural.

use super::{Aval, Prim};
use crate::base::{HostArray, Scalar, Source};
use std::sync::Arc;

/// A variable: its index in [`Jaxpr::avals`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Var(pub u32);

impl Var {
    /// The index of the variable.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// An operand: a variable or a scalar literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Atom {
    /// A variable.
    Var(Var),
    /// A scalar literal.
    Lit(Scalar),
}

impl Atom {
    /// The variable, if it is one.
    pub fn var(self) -> Option<Var> {
        match self {
            Atom::Var(v) => Some(v),
            Atom::Lit(_) => None,
        }
    }
}

/// One equation: a primitive applied to atoms.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Eqn {
    /// The operation with its parameters.
    pub prim: Prim,
    /// Its operands.
    pub ins: Vec<Atom>,
    /// The variables it defines.
    pub outs: Vec<Var>,
    /// Where the user wrote it; no part of equality.
    pub at: Source,
}

/// A typed program in single assignment form. A value: transformations return new ones.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Jaxpr {
    /// The type of every variable.
    pub avals: Vec<Aval>,
    /// Constant arrays, the variables `0..consts.len()`.
    pub consts: Vec<Arc<HostArray>>,
    /// Number of inputs, the variables after the constants.
    pub n_ins: usize,
    /// The equations, each after those it depends on.
    pub eqns: Vec<Eqn>,
    /// The results.
    pub outs: Vec<Atom>,
}

impl Jaxpr {
    /// The input variables.
    pub fn ins(&self) -> impl ExactSizeIterator<Item = Var> + use<> {
        let start = self.consts.len();
        (start..start + self.n_ins).map(|i| Var(i as u32))
    }

    /// The types of the inputs.
    pub fn in_avals(&self) -> Vec<Aval> {
        self.ins().map(|v| self.aval(v).clone()).collect()
    }

    /// The types of the results.
    pub fn out_avals(&self) -> Vec<Aval> {
        self.outs.iter().map(|&a| self.atom_aval(a)).collect()
    }

    /// The type of a variable.
    pub fn aval(&self, var: Var) -> &Aval {
        &self.avals[var.index()]
    }

    /// The type of an atom; literals are weak.
    pub fn atom_aval(&self, atom: Atom) -> Aval {
        match atom {
            Atom::Var(v) => self.aval(v).clone(),
            Atom::Lit(s) => Aval { weak: true, ..Aval::new((), s.dtype()) },
        }
    }
}
