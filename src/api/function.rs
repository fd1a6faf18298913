//! Functions of trees, and tracing them.

use super::tree::leaves;
use super::{Arguments, Tree, TreeDef};
use crate::base::{DType, Error, ErrorKind, Result};
use crate::ir::{Aval, Jaxpr, Tensor, trace};

/// A function of trees that can be traced: a closure of one to eight trees, or what a
/// transformation made of one.
pub trait Function<Args> {
    /// The result.
    type Out: Tree;

    /// Applies the function inside a trace.
    fn apply(&self, args: Args) -> Self::Out;
}

/// A traced function and the tensors it is applied to.
pub(crate) struct Applied {
    /// The program, from `ins` to the leaves of the result.
    pub(crate) jaxpr: Jaxpr,
    /// Captured tensors, then the leaves of the arguments.
    pub(crate) ins: Vec<Tensor>,
    /// Number of captured tensors.
    pub(crate) n_captures: usize,
    /// The structure of the arguments, a node with one child per argument.
    pub(crate) args: TreeDef,
    /// The structure of the result.
    pub(crate) out: TreeDef,
}

/// Traces a function on arguments of the given structure and types.
///
/// # Errors
/// The first mistake that the function made.
pub(crate) fn trace_function<Args: Arguments, F: Function<Args>>(
    f: &F,
    def: &TreeDef,
    avals: &[Aval],
) -> Result<(trace::Traced, TreeDef)> {
    trace::trace(avals, |ins| {
        let args = Args::build(def, &mut ins.iter().cloned())?;
        let out = f.apply(args);
        Ok((leaves(&out), out.def()))
    })
}

impl Applied {
    /// Traces `f` on the types of `args`.
    ///
    /// # Errors
    /// The first mistake that the function made.
    pub(crate) fn new<Args: Arguments, F: Function<Args>>(f: &F, args: &Args) -> Result<Applied> {
        let leaves = leaves(args);
        let def = args.def();
        let avals: Vec<Aval> = leaves.iter().map(|t| t.aval().clone()).collect();
        let (traced, out) = trace_function(f, &def, &avals)?;
        let n_captures = traced.captures.len();
        let mut ins = traced.captures;
        ins.extend(leaves);
        Ok(Applied { jaxpr: traced.jaxpr, ins, n_captures, args: def, out })
    }

    /// The places among `ins` of the leaves of the chosen arguments.
    pub(crate) fn places(&self, argnums: &[usize]) -> Vec<usize> {
        let mut starts = vec![self.n_captures];
        for d in self.args.children() {
            starts.push(starts[starts.len() - 1] + d.leaves());
        }
        argnums.iter().flat_map(|&k| starts[k]..starts[k + 1]).collect()
    }

    /// Refuses arguments that cannot be differentiated.
    ///
    /// # Errors
    /// When an input is neither floating-point nor complex.
    pub(crate) fn check_inputs(&self, op: &str, wrt: &[usize]) -> Result<()> {
        match wrt.iter().find(|&&k| !self.ins[k].dtype().is_inexact()) {
            Some(&k) => {
                let name = &self.args.argument_names()[k - self.n_captures];
                Err(not_float(op, self.ins[k].dtype(), name))
            }
            None => Ok(()),
        }
    }

    /// Refuses results that cannot be differentiated.
    ///
    /// # Errors
    /// When a result is neither floating-point nor complex.
    pub(crate) fn check_outputs(&self, op: &str) -> Result<()> {
        let outs = self.jaxpr.out_avals();
        match outs.iter().zip(self.out.names("the result")).find(|(a, _)| !a.dtype.is_inexact()) {
            Some((a, name)) => Err(not_float(op, a.dtype, &name)),
            None => Ok(()),
        }
    }

    /// Refuses a result that is not one scalar.
    ///
    /// # Errors
    /// When the function does not return one floating-point or complex scalar.
    pub(crate) fn check_scalar_output(&self, op: &str) -> Result<()> {
        self.check_outputs(op)?;
        match self.jaxpr.out_avals().as_slice() {
            [out] if out.rank() == 0 => Ok(()),
            [out] => {
                let why = "it needs a function that returns a scalar; use jacrev or jacfwd, or sum";
                Err(Error::shape(op, &[&out.shape], why))
            }
            outs => {
                let why = format!(
                    "it needs a function that returns one scalar, not {} tensors",
                    outs.len()
                );
                Err(Error::new(ErrorKind::Tree { op: op.into(), why }))
            }
        }
    }
}

fn not_float(op: &str, dtype: DType, what: &str) -> Error {
    let why = format!("{what} must be floating-point to be differentiated; use `convert`");
    Error::dtype(op, &[dtype], why)
}
