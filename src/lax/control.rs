//! Calls and loops.

use crate::base::{Error, Result};
use crate::ir::params::{Call, Cond, Scan};
use crate::ir::{Atom, Aval, Eqn, Jaxpr, Tensor, Var, bind, trace};
use std::ops::Range;
use std::sync::Arc;

/// Call of a program: its results on `ins`, as one equation with this name.
///
/// # Shapes
/// The operands have the types of the program's inputs, and the results those of its results.
///
/// # Errors
/// Operands of other types.
#[track_caller]
pub fn call(name: &str, jaxpr: &Arc<Jaxpr>, ins: &[Tensor]) -> Vec<Tensor> {
    let ins: Vec<&Tensor> = ins.iter().collect();
    bind(Call { name: name.into(), jaxpr: jaxpr.clone() }, &ins)
}

/// The results of one of several programs: of the one whose number is the first of `ins`, on the others.
/// A number out of range chooses the first or the last program.
///
/// # Shapes
/// The number is a scalar of `i32`. All programs take operands and give results of the same types.
///
/// # Errors
/// Operands of other types, or programs that differ in their types.
///
/// # Derivative
/// That of the program that is chosen.
#[track_caller]
pub fn cond(branches: &[Arc<Jaxpr>], ins: &[Tensor]) -> Vec<Tensor> {
    bind(Cond { branches: branches.to_vec() }, &ins.iter().collect::<Vec<_>>())
}

/// A choice among closures on tensors of these types. Tensors that they capture become operands of
/// the choice. Each also hands something back.
///
/// # Errors
/// The first mistake made in a branch.
#[track_caller]
pub(crate) fn cond_with<R>(
    index: &Tensor,
    operands: &[Tensor],
    branches: impl IntoIterator<Item = impl FnOnce(&[Tensor]) -> Result<(Vec<Tensor>, R)>>,
) -> Result<(Vec<Tensor>, Vec<R>)> {
    let avals: Vec<Aval> = operands.iter().map(|t| t.aval().clone()).collect();
    let (mut extra, mut programs, mut captures) = (Vec::new(), Vec::new(), Vec::new());
    for branch in branches {
        let (traced, handed) = trace::trace(&avals, branch)?;
        let mut jaxpr = traced.jaxpr;
        let first = captures.len();
        for value in std::mem::take(&mut jaxpr.consts) {
            captures.push(trace::constant(value));
            jaxpr.n_ins += 1;
        }
        captures.extend(traced.captures);
        programs.push((jaxpr, first..captures.len()));
        extra.push(handed);
    }
    // Each takes the captures of all.
    let ins: Vec<Tensor> = captures.iter().chain(operands).cloned().collect();
    let avals: Vec<Aval> = ins.iter().map(|t| t.aval().clone()).collect();
    let widen = |(jaxpr, own)| Arc::new(widened(jaxpr, &avals, own, captures.len()));
    let branches: Vec<Arc<Jaxpr>> = programs.into_iter().map(widen).collect();
    let ins: Vec<Tensor> = [index.clone()].into_iter().chain(ins).collect();
    Ok((cond(&branches, &ins), extra))
}

/// A program of its captures and operands, without constants, as one of inputs of these types: of the
/// captures of several programs, among which its own are, and of the operands.
fn widened(jaxpr: Jaxpr, ins: &[Aval], own: Range<usize>, n_captures: usize) -> Jaxpr {
    let (n, n_ins) = (own.len(), jaxpr.n_ins);
    let place = |v: Var| {
        let i = v.index();
        let i = match i {
            _ if i < n => own.start + i,
            _ if i < n_ins => n_captures + i - n,
            _ => i - n_ins + ins.len(),
        };
        Var(i as u32)
    };
    let atom = |a: Atom| a.var().map_or(a, |v| Atom::Var(place(v)));
    let eqn = |e: Eqn| Eqn {
        ins: e.ins.into_iter().map(atom).collect(),
        outs: e.outs.into_iter().map(place).collect(),
        ..e
    };
    let avals = ins.iter().chain(&jaxpr.avals[n_ins..]).map(|a| Aval { weak: false, ..a.clone() });
    Jaxpr {
        avals: avals.collect(),
        consts: Vec::new(),
        n_ins: ins.len(),
        eqns: jaxpr.eqns.into_iter().map(eqn).collect(),
        outs: jaxpr.outs.into_iter().map(atom).collect(),
    }
}

/// A loop of known length: the results of `scan` on the constants, the first carries, and the `xs`.
///
/// # Shapes
/// Constants and carries have the types of the first inputs of the body; each of the `xs` has the
/// type of its input of the body with the axis `length` in front. The results are the last carries,
/// then the `ys`, each with the axis `length` in front.
///
/// # Errors
/// Operands of other types, or a body that changes the type of a carry.
///
/// # Derivative
/// A loop over the derivative of the body; its transpose runs the other way.
#[track_caller]
pub fn scan(scan: Scan, ins: &[Tensor]) -> Vec<Tensor> {
    bind(scan, &ins.iter().collect::<Vec<_>>())
}

/// A loop whose body is a closure from carries and slices of the `xs` to carries followed by slices
/// of the `ys`, and something else that is handed back. Tensors that the closure captures become
/// constants of the loop.
///
/// # Errors
/// The first mistake made in the body.
#[track_caller]
pub(crate) fn scan_with<R>(
    (length, reverse): (usize, bool),
    init: &[Tensor],
    xs: &[Tensor],
    body: impl FnOnce(&[Tensor], &[Tensor]) -> Result<(Vec<Tensor>, R)>,
) -> Result<(Vec<Tensor>, R)> {
    let mut avals: Vec<Aval> = init.iter().map(|c| c.aval().clone()).collect();
    for x in xs {
        if x.rank() == 0 {
            return Err(Error::internal("a loop over the slices of a scalar"));
        }
        avals.push(x.aval().with_shape(x.shape().without(&[0])));
    }
    let n_carry = init.len();
    let (traced, extra) = trace::trace(&avals, |ins| {
        let (carries, xs) = ins.split_at(n_carry);
        body(carries, xs)
    })?;
    // Arrays that are constants of the body are so of the loop.
    let mut jaxpr = traced.jaxpr;
    let mut ins: Vec<Tensor> = Vec::with_capacity(jaxpr.avals.len());
    for value in std::mem::take(&mut jaxpr.consts) {
        ins.push(trace::constant(value));
        jaxpr.n_ins += 1;
    }
    ins.extend(traced.captures);
    let n_consts = ins.len();
    ins.extend(init.iter().chain(xs).cloned());
    let jaxpr = Arc::new(jaxpr);
    Ok((scan(Scan { jaxpr, length, reverse, n_consts, n_carry }, &ins), extra))
}
