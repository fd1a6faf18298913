//! Parameters of primitives that run a program of their own.

use crate::ir::Jaxpr;
use std::sync::Arc;

/// Call of a program, from a nested `jit`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Call {
    /// The name shown in the jaxpr.
    pub name: String,
    /// The program.
    pub jaxpr: Arc<Jaxpr>,
}

/// A function with a derivative of its own: `custom(captures..., arguments...)`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Custom {
    /// The function.
    pub jaxpr: Arc<Jaxpr>,
    /// Its derivative.
    pub rule: CustomRule,
    /// Number of operands that the function or its rule captured.
    pub n_captures: usize,
}

/// How a function is differentiated.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum CustomRule {
    /// From captures, arguments and tangents of the arguments to the results and their tangents.
    Jvp(Arc<Jaxpr>),
    /// From captures, arguments, results and tangents of the arguments to tangents of the results,
    /// which have this rule in turn.
    Implicit(Arc<Jaxpr>),
    /// For reverse mode.
    Vjp {
        /// From captures and arguments to the results, then residuals.
        fwd: Arc<Jaxpr>,
        /// From captures, residuals and cotangents of the results to cotangents of the arguments.
        bwd: Arc<Jaxpr>,
    },
}

/// The derivative of a function whose rule of reverse mode is not linear in the cotangents, so that it
/// has no forward mode: `pullback(captures, residuals, tangents of the arguments)` gives the tangents of
/// the results, but only its transpose can be computed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pullback {
    /// From captures, residuals and cotangents of the results to cotangents of the arguments.
    pub bwd: Arc<Jaxpr>,
    /// Number of captures and residuals.
    pub n_known: usize,
}

/// The solution of `A x = b`, where programs say what `A x` is and how to solve: `custom_linear_solve(
/// captures..., b...)`. A vector is a list of tensors.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CustomLinearSolve {
    /// The system itself.
    pub system: System,
    /// That of the transpose of `A`, without which there is no reverse mode.
    pub transposed: Option<System>,
    /// Number of operands that the programs captured.
    pub n_captures: usize,
}

/// A linear system as two programs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct System {
    /// From captures and `b` to `x`.
    pub solve: Arc<Jaxpr>,
    /// From captures and `x` to `b`.
    pub matvec: Arc<Jaxpr>,
}

/// A function whose derivative keeps few values and computes the others anew.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Checkpoint {
    /// The function.
    pub jaxpr: Arc<Jaxpr>,
    /// Which values are kept beside the operands.
    pub policy: Policy,
    /// The first so many operands are what values are computed anew from: these computations are not
    /// merged with the earlier ones.
    pub n_apart: usize,
}

/// Which values the derivative of a function may keep.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Policy {
    /// None but the arguments.
    #[default]
    Nothing,
    /// The results of products: dot_general.
    Dots,
    /// Those with one of these names, see [`Tensor::checkpoint_name`](crate::Tensor::checkpoint_name).
    Names(Vec<String>),
}

/// The identity, with a name that a [`Policy`] can refer to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Name {
    /// The name.
    pub name: String,
}

/// The identity, which prints its operand.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DebugPrint {
    /// What is printed before the value.
    pub label: String,
}

/// Choice of a program by number: `cond(index, operands...)`. All take the operands and give results
/// of the same types; an index out of range chooses the first or the last.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cond {
    /// The programs.
    pub branches: Vec<Arc<Jaxpr>>,
}

/// A loop of known length: `scan(consts..., carries..., xs...)`. The program takes the constants,
/// the carries and one slice of each of the `xs`, along axis 0, and gives the next carries and one
/// slice of each of the `ys`. The results are the last carries and the `ys`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Scan {
    /// The body, from `consts, carries, slices of xs` to `carries, slices of ys`.
    pub jaxpr: Arc<Jaxpr>,
    /// How often the body runs.
    pub length: usize,
    /// From the last slice to the first.
    pub reverse: bool,
    /// Number of operands that are the same for every run.
    pub n_consts: usize,
    /// Number of operands that are carried from run to run.
    pub n_carry: usize,
}

impl Scan {
    /// What belongs to the constants, the carries and the `xs`, of a list over the operands.
    pub(crate) fn operands<'a, T>(&self, ins: &'a [T]) -> [&'a [T]; 3] {
        let (consts, rest) = ins.split_at(self.n_consts.min(ins.len()));
        let (carries, xs) = rest.split_at(self.n_carry.min(rest.len()));
        [consts, carries, xs]
    }

    /// What belongs to the carries and the `ys`, of a list over the results.
    pub(crate) fn results<'a, T>(&self, outs: &'a [T]) -> [&'a [T]; 2] {
        let (carries, ys) = outs.split_at(self.n_carry.min(outs.len()));
        [carries, ys]
    }
}

/// A loop that ends by itself: `while(cond_consts..., body_consts..., carries...)`. The condition takes
/// its constants and the carries and gives one truth value; the body takes its own and gives the next
/// carries. The results are the last carries.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct While {
    /// Whether the body runs once more.
    pub cond: Arc<Jaxpr>,
    /// From carries to carries.
    pub body: Arc<Jaxpr>,
    /// Number of operands that the condition reads in every run.
    pub n_cond_consts: usize,
    /// Number of operands that the body reads in every run.
    pub n_body_consts: usize,
}

impl While {
    /// What belongs to the constants of the condition, to those of the body, and to the carries, of
    /// a list over the operands.
    pub(crate) fn operands<'a, T>(&self, ins: &'a [T]) -> [&'a [T]; 3] {
        let (cond_consts, rest) = ins.split_at(self.n_cond_consts.min(ins.len()));
        let (body_consts, carries) = rest.split_at(self.n_body_consts.min(rest.len()));
        [cond_consts, body_consts, carries]
    }
}
