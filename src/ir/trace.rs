//! Writing programs: traces, and the one function that adds an equation.
//!
//! Traces nest: while a function is traced, a transformation inside it traces another. A tensor of
//! an outer trace that is used in an inner one becomes a *captured* input of the inner program.
//! An equation goes to the innermost trace among those of its operands, so work that depends only
//! on outer values is done outside; equations without operands go to the current trace.

use super::tensor::Home;
use super::{Atom, Aval, Eqn, Jaxpr, Prim, Tensor, Var};
use crate::base::{Error, ErrorKind, HostArray, Result, Source};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::sync::Arc;

/// A program that is being written.
pub(crate) struct Trace {
    /// Place in the stack of traces of this thread.
    level: usize,
    /// True for the linear part of a linearization, which holds only what depends on tangents.
    linear: bool,
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    avals: Vec<Aval>,
    ins: Vec<Var>,
    captures: Vec<(Tensor, Var)>,
    captured: HashMap<(usize, Var), Var>,
    consts: Vec<(Arc<HostArray>, Var)>,
    eqns: Vec<Eqn>,
    error: Option<Error>,
}

thread_local! {
    /// The traces of this thread, outermost first.
    static STACK: RefCell<Vec<Rc<Trace>>> = const { RefCell::new(Vec::new()) };
    /// The place that equations written by a transformation inherit.
    static SOURCE: Cell<Option<Source>> = const { Cell::new(None) };
}

/// A traced function: its program, whose first inputs are the captured tensors.
pub(crate) struct Traced {
    /// The program; its inputs are the captures, then the arguments.
    pub(crate) jaxpr: Jaxpr,
    /// Tensors of outer traces that the function used.
    pub(crate) captures: Vec<Tensor>,
}

impl State {
    fn new_var(&mut self, aval: Aval) -> Var {
        self.avals.push(aval);
        Var(self.avals.len() as u32 - 1)
    }

    /// The program, its variables renumbered in the order of definition.
    fn finish(self, outs: Vec<Atom>) -> (Jaxpr, Vec<Tensor>) {
        let mut order: Vec<Var> = Vec::with_capacity(self.avals.len());
        order.extend(self.consts.iter().map(|(_, v)| *v));
        order.extend(self.captures.iter().map(|(_, v)| *v));
        order.extend(&self.ins);
        self.eqns.iter().for_each(|e| order.extend(&e.outs));
        let mut rename = vec![Var(u32::MAX); self.avals.len()];
        order.iter().enumerate().for_each(|(i, v)| rename[v.index()] = Var(i as u32));
        let atom = |a: Atom| match a {
            Atom::Var(v) => Atom::Var(rename[v.index()]),
            lit @ Atom::Lit(_) => lit,
        };
        let mut eqns = self.eqns;
        for e in &mut eqns {
            e.ins.iter_mut().for_each(|a| *a = atom(*a));
            e.outs.iter_mut().for_each(|v| *v = rename[v.index()]);
        }
        let jaxpr = Jaxpr {
            avals: order.iter().map(|v| self.avals[v.index()].clone()).collect(),
            n_ins: self.captures.len() + self.ins.len(),
            consts: self.consts.into_iter().map(|(c, _)| c).collect(),
            eqns,
            outs: outs.into_iter().map(atom).collect(),
        };
        (jaxpr, self.captures.into_iter().map(|(t, _)| t).collect())
    }
}

impl Trace {
    fn is_live(self: &Rc<Trace>) -> bool {
        STACK.with_borrow(|s| s.get(self.level).is_some_and(|t| Rc::ptr_eq(t, self)))
    }

    fn tensor(self: &Rc<Trace>, var: Var, aval: Aval) -> Tensor {
        Tensor { atom: Atom::Var(var), aval, home: Home::Trace(self.clone()) }
    }

    /// `t` as an atom of this trace; a tensor of an outer trace is captured.
    fn lift(self: &Rc<Trace>, op: &str, t: &Tensor) -> Result<Atom> {
        let home = match &t.home {
            Home::Literal => return Ok(t.atom),
            Home::Poisoned(e) => return Err((**e).clone()),
            Home::Trace(home) if Rc::ptr_eq(home, self) => return Ok(t.atom),
            Home::Trace(home) => home,
        };
        if !home.is_live() || home.level > self.level {
            return Err(Error::new(ErrorKind::Escaped { op: op.into() }));
        }
        let Atom::Var(outer) = t.atom else { return Ok(t.atom) };
        let mut state = self.state.borrow_mut();
        if let Some(&var) = state.captured.get(&(home.level, outer)) {
            return Ok(Atom::Var(var));
        }
        let var = state.new_var(t.aval.clone());
        state.captures.push((t.clone(), var));
        state.captured.insert((home.level, outer), var);
        Ok(Atom::Var(var))
    }

    /// Adds an equation; `at` is the user's line.
    fn push(self: &Rc<Trace>, prim: Prim, ins: &[&Tensor], at: Source) -> Result<Vec<Tensor>> {
        let op = prim.rules().name();
        let atoms = ins.iter().map(|t| self.lift(op, t)).collect::<Result<Vec<_>>>()?;
        let avals: Vec<Aval> = ins.iter().map(|t| t.aval.clone()).collect();
        let out_avals = prim.rules().abstract_eval(&avals)?;
        if let Some(out) = out_avals.iter().find(|a| !a.shape.is_addressable()) {
            return Err(Error::shape(op, &[&out.shape], "no memory can hold the result"));
        }
        let mut state = self.state.borrow_mut();
        let outs: Vec<Var> = out_avals.iter().map(|a| state.new_var(a.clone())).collect();
        let tensors = outs.iter().zip(out_avals).map(|(&v, a)| self.tensor(v, a)).collect();
        state.eqns.push(Eqn { prim, ins: atoms, outs, at });
        Ok(tensors)
    }

    /// Remembers the first error.
    fn fail(&self, error: &Error) {
        self.state.borrow_mut().error.get_or_insert_with(|| error.clone());
    }
}

/// The trace that equations without operands go to.
fn current() -> Option<Rc<Trace>> {
    STACK.with_borrow(|s| s.iter().rev().find(|t| !t.linear).cloned())
}

/// The innermost trace among those of `ins`, or the current one.
fn innermost(op: &str, ins: &[&Tensor]) -> Result<Rc<Trace>> {
    let mut best: Option<&Rc<Trace>> = None;
    for t in ins {
        match &t.home {
            Home::Trace(t) if best.is_none_or(|b| t.level > b.level) => best = Some(t),
            Home::Poisoned(e) => return Err((**e).clone()),
            _ => {}
        }
    }
    match best {
        Some(t) if t.is_live() => Ok(t.clone()),
        Some(_) => Err(Error::new(ErrorKind::Escaped { op: op.into() })),
        None => current().ok_or_else(|| Error::new(ErrorKind::Untraced { op: op.into() })),
    }
}

/// Makes the transformations under way return this error, unless there was one before.
pub(crate) fn fail(error: &Error) {
    STACK.with_borrow(|s| s.iter().for_each(|t| t.fail(error)));
}

/// A tensor that stands for a result that could not be made. The error is remembered by the
/// innermost trace, whose transformation returns it; `aval` lets the user's code go on.
pub(crate) fn poison(error: Error, aval: Aval) -> Tensor {
    fail(&error);
    let lit = crate::base::Scalar::from_f64(0.0, aval.dtype);
    Tensor { atom: Atom::Lit(lit), aval, home: Home::Poisoned(Rc::new(error)) }
}

/// The place of an equation: the one inherited, or the caller's line.
#[track_caller]
fn place() -> Source {
    // No closure and no `unwrap_or_else`: they would hide the caller.
    match SOURCE.get() {
        Some(at) => at,
        None => Source::here(),
    }
}

/// Applies a primitive: adds an equation to the innermost trace of its operands. A failure poisons
/// the results.
#[track_caller]
pub(crate) fn bind(prim: impl Into<Prim>, ins: &[&Tensor]) -> Vec<Tensor> {
    let prim = prim.into();
    let at = place();
    let n_outs = prim.rules().n_outs();
    let fallback = ins.first().map(|t| t.aval.clone());
    let result = innermost(prim.rules().name(), ins).and_then(|t| t.push(prim, ins, at));
    result.unwrap_or_else(|e| {
        let aval = fallback.unwrap_or_else(|| Aval::new((), crate::base::DType::F64));
        vec![poison(e.or_at(at), aval); n_outs]
    })
}

/// [`bind`] for primitives with one result.
#[track_caller]
pub(crate) fn bind1(prim: impl Into<Prim>, ins: &[&Tensor]) -> Tensor {
    let mut outs = bind(prim, ins);
    outs.swap_remove(0)
}

/// Runs `f` with every equation it writes placed at `at`.
pub(crate) fn with_source<R>(at: Source, f: impl FnOnce() -> R) -> R {
    struct Restore(Option<Source>);
    impl Drop for Restore {
        fn drop(&mut self) {
            SOURCE.set(self.0);
        }
    }
    let _restore = Restore(SOURCE.replace(Some(at)));
    f()
}

/// A constant array as a tensor of the current trace.
#[track_caller]
pub(crate) fn constant(value: Arc<HostArray>) -> Tensor {
    let at = place();
    let aval = Aval::new(value.shape(), value.dtype());
    if aval.rank() == 0
        && let Some(s) = value.scalars().next()
    {
        return Tensor::literal(s);
    }
    let Some(trace) = current() else {
        let e = Error::new(ErrorKind::Untraced { op: "constant".into() });
        return poison(e.or_at(at), aval);
    };
    let mut state = trace.state.borrow_mut();
    let known = state.consts.iter().find(|(c, _)| Arc::ptr_eq(c, &value)).map(|(_, v)| *v);
    let var = known.unwrap_or_else(|| {
        let var = state.new_var(aval.clone());
        state.consts.push((value, var));
        var
    });
    trace.tensor(var, aval)
}

/// Takes a trace off the stack, also when the traced function panics.
struct Pop(Rc<Trace>);

impl Pop {
    fn push(linear: bool) -> Pop {
        STACK.with_borrow_mut(|s| {
            let trace = Rc::new(Trace { level: s.len(), linear, state: RefCell::default() });
            s.push(trace.clone());
            Pop(trace)
        })
    }
}
impl Drop for Pop {
    fn drop(&mut self) {
        STACK.with_borrow_mut(|s| s.truncate(self.0.level));
    }
}

/// Traces `f` on inputs of the given types. Returns what `f` returned beside its tensors.
fn run<R>(
    avals: &[Aval],
    linear: bool,
    f: impl FnOnce(&[Tensor]) -> Result<(Vec<Tensor>, R)>,
) -> Result<(Traced, R)> {
    let pop = Pop::push(linear);
    let ins: Vec<Tensor> = avals
        .iter()
        .map(|aval| {
            let aval = Aval { weak: false, ..aval.clone() };
            let mut state = pop.0.state.borrow_mut();
            let var = state.new_var(aval.clone());
            state.ins.push(var);
            drop(state);
            pop.0.tensor(var, aval)
        })
        .collect();
    // After a mistake the shapes are guesses, on which the user's code may stumble: then the first
    // mistake is the answer, not the panic that followed.
    let result = catch_unwind(AssertUnwindSafe(|| f(&ins)));
    if let Some(e) = pop.0.state.borrow_mut().error.take() {
        return Err(e);
    }
    let (outs, extra) = result.unwrap_or_else(|panic| resume_unwind(panic))?;
    let outs = outs.iter().map(|t| pop.0.lift("return", t)).collect::<Result<Vec<_>>>()?;
    let (jaxpr, captures) = pop.0.state.take().finish(outs);
    Ok((Traced { jaxpr, captures }, extra))
}

/// Traces `f` on inputs of the given types.
///
/// # Errors
/// The first mistake made while `f` ran.
pub(crate) fn trace<R>(
    avals: &[Aval],
    f: impl FnOnce(&[Tensor]) -> Result<(Vec<Tensor>, R)>,
) -> Result<(Traced, R)> {
    run(avals, false, f)
}

/// Like [`trace`] for the linear part of a linearization: equations without operands, and those
/// that do not depend on the inputs, go to the surrounding trace.
pub(crate) fn trace_linear<R>(
    avals: &[Aval],
    f: impl FnOnce(&[Tensor]) -> Result<(Vec<Tensor>, R)>,
) -> Result<(Traced, R)> {
    run(avals, true, f)
}
