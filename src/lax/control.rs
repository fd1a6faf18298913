//! Calls and loops.

use crate::base::{Error, Result};
use crate::ir::params::{
    Call, Checkpoint, Cond, Custom, CustomLinearSolve, CustomRule, DebugPrint, Name, Policy, Scan,
    System, While,
};
use crate::ir::{Atom, Aval, Eqn, Jaxpr, Tensor, Var, bind, bind1, trace};
use std::ops::Range;
use std::sync::Arc;

fn types(tensors: &[Tensor]) -> Vec<Aval> {
    tensors.iter().map(|t| t.aval().clone()).collect()
}

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
    let avals = types(operands);
    let (mut extra, mut programs, mut captures) = (Vec::new(), Vec::new(), Vec::new());
    for branch in branches {
        let (traced, handed) = trace::trace(&avals, branch)?;
        let (jaxpr, own) = without_constants(traced);
        let first = captures.len();
        captures.extend(own);
        programs.push((jaxpr, first..captures.len()));
        extra.push(handed);
    }
    // Each takes the captures of all.
    let ins: Vec<Tensor> = captures.iter().chain(operands).cloned().collect();
    let avals = types(&ins);
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
    let mut avals = types(init);
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
    let (jaxpr, consts) = without_constants(traced);
    let n_consts = consts.len();
    let ins: Vec<Tensor> = consts.iter().chain(init).chain(xs).cloned().collect();
    let jaxpr = Arc::new(jaxpr);
    Ok((scan(Scan { jaxpr, length, reverse, n_consts, n_carry }, &ins), extra))
}

/// A loop that ends by itself: the last carries of `system` on the constants of its condition, those
/// of its body, and the first carries.
///
/// # Shapes
/// The operands have the types of the inputs of condition and body; the carries keep theirs.
///
/// # Errors
/// Operands of other types, a body that changes the type of a carry, or a condition that gives
/// something else than one truth value.
///
/// # Derivative
/// In forward mode a loop over the derivative of the body; there is none in reverse mode.
#[track_caller]
pub fn while_loop(system: While, ins: &[Tensor]) -> Vec<Tensor> {
    bind(system, &ins.iter().collect::<Vec<_>>())
}

/// A loop whose condition and body are closures on the carries; tensors that they capture become
/// constants of the loop.
///
/// # Errors
/// The first mistake made in one of them.
#[track_caller]
pub(crate) fn while_with(
    init: &[Tensor],
    cond: impl FnOnce(&[Tensor]) -> Result<Tensor>,
    body: impl FnOnce(&[Tensor]) -> Result<Vec<Tensor>>,
) -> Result<Vec<Tensor>> {
    let avals = types(init);
    let (cond, ()) = trace::trace(&avals, |ins| Ok((vec![cond(ins)?], ())))?;
    let (cond, cond_consts) = without_constants(cond);
    let (body, ()) = trace::trace(&avals, |ins| Ok((body(ins)?, ())))?;
    let (body, body_consts) = without_constants(body);
    let (n_cond_consts, n_body_consts) = (cond_consts.len(), body_consts.len());
    let (cond, body) = (Arc::new(cond), Arc::new(body));
    let ins = [cond_consts, body_consts, init.to_vec()].concat();
    Ok(while_loop(While { cond, body, n_cond_consts, n_body_consts }, &ins))
}

/// A function of these operands with a rule of forward mode: from operands and tangents to results and
/// tangents. What both capture becomes operands. The function also hands something back.
///
/// # Errors
/// The first mistake made in one of them.
#[track_caller]
pub(crate) fn custom_jvp_with<R>(
    args: &[Tensor],
    f: impl FnOnce(&[Tensor]) -> Result<(Vec<Tensor>, R)>,
    rule: impl FnOnce(&[Tensor]) -> Result<Vec<Tensor>>,
) -> Result<(Vec<Tensor>, R)> {
    let avals = types(args);
    let (f, extra) = trace::trace(&avals, f)?;
    let (rule, ()) = trace::trace(&[&avals[..], &avals].concat(), |ins| Ok((rule(ins)?, ())))?;
    let ([jaxpr, rule], captures) = with_joint_captures([f, rule]);
    let rule = CustomRule::Jvp(rule);
    Ok((custom(Custom { jaxpr, rule, n_captures: captures.len() }, captures, args), extra))
}

/// A function of these operands with a rule of forward mode: from operands, results and tangents of
/// the operands to tangents of the results. What both capture becomes operands.
///
/// # Errors
/// The first mistake made in one of them.
#[track_caller]
pub(crate) fn implicit_with(
    args: &[Tensor],
    f: impl FnOnce(&[Tensor]) -> Result<Vec<Tensor>>,
    rule: impl FnOnce(&[Tensor], &[Tensor], &[Tensor]) -> Result<Vec<Tensor>>,
) -> Result<Vec<Tensor>> {
    let avals = types(args);
    let (f, ()) = trace::trace(&avals, |ins| Ok((f(ins)?, ())))?;
    let mut outs = f.jaxpr.out_avals();
    outs.iter_mut().for_each(|a| a.weak = false);
    let (rule, ()) = trace::trace(&[&avals[..], &outs, &avals].concat(), |ins| {
        let (args, rest) = ins.split_at(avals.len());
        let (outs, tangents) = rest.split_at(outs.len());
        Ok((rule(args, outs, tangents)?, ()))
    })?;
    let ([jaxpr, rule], captures) = with_joint_captures([f, rule]);
    let rule = CustomRule::Implicit(rule);
    Ok(custom(Custom { jaxpr, rule, n_captures: captures.len() }, captures, args))
}

/// A function of these operands with a rule of reverse mode: `fwd` gives results, residuals, and
/// something that is handed to `bwd` and back; `bwd` takes residuals and cotangents of the results to
/// cotangents of the operands. What both capture becomes operands.
///
/// # Errors
/// The first mistake made in one of them.
#[track_caller]
pub(crate) fn custom_vjp_with<R>(
    args: &[Tensor],
    fwd: impl FnOnce(&[Tensor]) -> Result<(Vec<Tensor>, Vec<Tensor>, R)>,
    bwd: impl FnOnce(&R, &[Tensor], &[Tensor]) -> Result<Vec<Tensor>>,
) -> Result<(Vec<Tensor>, R)> {
    let avals = types(args);
    let (fwd, (n_outs, extra)) = trace::trace(&avals, |ins| {
        let (outs, residuals, extra) = fwd(ins)?;
        let n_outs = outs.len();
        Ok(([outs, residuals].concat(), (n_outs, extra)))
    })?;
    let mut avals = fwd.jaxpr.out_avals();
    avals.iter_mut().for_each(|a| a.weak = false);
    avals.rotate_left(n_outs);
    let n_residuals = avals.len() - n_outs;
    let (bwd, ()) = trace::trace(&avals, |ins| {
        let (residuals, cts) = ins.split_at(n_residuals);
        Ok((bwd(&extra, residuals, cts)?, ()))
    })?;
    let ([fwd, bwd], captures) = with_joint_captures([fwd, bwd]);
    let outs = fwd.outs[..n_outs].to_vec();
    let jaxpr = Arc::new(Jaxpr { outs, ..Jaxpr::clone(&fwd) });
    let rule = CustomRule::Vjp { fwd, bwd };
    Ok((custom(Custom { jaxpr, rule, n_captures: captures.len() }, captures, args), extra))
}

/// One of the programs of a linear system, from vectors to vectors.
pub(crate) type VectorMap<'a> = &'a dyn Fn(&[Tensor]) -> Result<Vec<Tensor>>;

/// The solution of a linear system, of which programs give the solution and the product with a vector,
/// for `A` and for its transpose. What they capture becomes operands.
///
/// # Errors
/// The first mistake made in one of them.
#[track_caller]
pub(crate) fn custom_linear_solve_with(
    b: &[Tensor],
    [solve, matvec]: [VectorMap<'_>; 2],
    transposed: Option<[VectorMap<'_>; 2]>,
) -> Result<Vec<Tensor>> {
    let avals = types(b);
    let program = |f: VectorMap<'_>| Ok(trace::trace(&avals, |ins| Ok((f(ins)?, ())))?.0);
    let system = |[solve, matvec]: [Arc<Jaxpr>; 2]| System { solve, matvec };
    let own = [program(solve)?, program(matvec)?];
    let (system, transposed, captures) = match transposed {
        None => {
            let (own, captures) = with_joint_captures(own);
            (system(own), None, captures)
        }
        Some([solve, matvec]) => {
            let [a, b] = own;
            let all = [a, b, program(solve)?, program(matvec)?];
            let ([a, b, c, d], captures) = with_joint_captures(all);
            (system([a, b]), Some(system([c, d])), captures)
        }
    };
    let solve = CustomLinearSolve { system, transposed, n_captures: captures.len() };
    Ok(bind(solve, &captures.iter().chain(b).collect::<Vec<_>>()))
}

/// A function of these operands, whose derivative keeps what the policy says. What it captures becomes
/// operands. The function also hands something back.
///
/// # Errors
/// The first mistake made in it.
#[track_caller]
pub(crate) fn checkpoint_with<R>(
    policy: &Policy,
    args: &[Tensor],
    f: impl FnOnce(&[Tensor]) -> Result<(Vec<Tensor>, R)>,
) -> Result<(Vec<Tensor>, R)> {
    let avals = types(args);
    let (traced, extra) = trace::trace(&avals, f)?;
    let (jaxpr, captures) = without_constants(traced);
    let (jaxpr, policy) = (Arc::new(jaxpr), policy.clone());
    let ins: Vec<&Tensor> = captures.iter().chain(args).collect();
    Ok((bind(Checkpoint { jaxpr, policy, n_apart: 0 }, &ins), extra))
}

/// The identity, with a name that the policy of a checkpoint can refer to.
#[track_caller]
pub fn name(x: &Tensor, name: &str) -> Tensor {
    bind1(Name { name: name.into() }, &[x])
}

/// The identity, which prints `label` and its operand whenever it runs, see
/// [`Tensor::debug_print`](crate::Tensor::debug_print).
#[track_caller]
pub fn debug_print(x: &Tensor, label: &str) -> Tensor {
    bind1(DebugPrint { label: label.into() }, &[x])
}

#[track_caller]
fn custom(custom: Custom, captures: Vec<Tensor>, args: &[Tensor]) -> Vec<Tensor> {
    bind(custom, &captures.iter().chain(args).collect::<Vec<_>>())
}

/// Programs that take the captures of all of them before their own inputs; and these captures.
fn with_joint_captures<const N: usize>(
    programs: [trace::Traced; N],
) -> ([Arc<Jaxpr>; N], Vec<Tensor>) {
    let mut captures = Vec::new();
    let programs = programs.map(|traced| {
        let (jaxpr, own) = without_constants(traced);
        let first = captures.len();
        captures.extend(own);
        (jaxpr, first..captures.len())
    });
    let front = types(&captures);
    let widen = |(jaxpr, own): (Jaxpr, Range<usize>)| {
        let ins = [&front[..], &jaxpr.in_avals()[own.len()..]].concat();
        Arc::new(widened(jaxpr, &ins, own, front.len()))
    };
    (programs.map(widen), captures)
}

/// The program with its constants as its first inputs, before those that it captured; and the tensors
/// of both.
fn without_constants(traced: trace::Traced) -> (Jaxpr, Vec<Tensor>) {
    let mut jaxpr = traced.jaxpr;
    let consts: Vec<Tensor> =
        std::mem::take(&mut jaxpr.consts).into_iter().map(trace::constant).collect();
    jaxpr.n_ins += consts.len();
    (jaxpr, [consts, traced.captures].concat())
}
