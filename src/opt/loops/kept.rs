//! What a loop hands out of every run: each value once, and in the place of values that only other
//! loops read and that are cheap functions of one another value, that value.
//!
//! Reverse mode makes loops that keep dozens of values for the loop the other way: many twice, and
//! `−sin`, `2x` and `3x²` beside `sin` and `x`. Each costs a kernel of its own in every run, which in
//! loops over small arrays is most of the time. The functions move to the loop that reads them, with
//! [`sink`].

use super::super::builder::Builder;
use super::super::{cost, dce, rewrite};
use super::{is_elementwise, sink};
use crate::base::Result;
use crate::ir::params::{BroadcastInDim, IntegerPow, Scan};
use crate::ir::{Atom, Aval, Eqn, Jaxpr, Prim, Var};
use std::collections::HashMap;
use std::sync::Arc;

/// The program whose loops keep as few values as that.
///
/// # Errors
/// When a rule breaks the program, which is a bug here.
pub(in super::super) fn keep_few(jaxpr: &Jaxpr) -> Result<Jaxpr> {
    if !jaxpr.eqns.iter().any(|e| matches!(e.prim, Prim::Scan(_))) {
        return Ok(jaxpr.clone());
    }
    let inner = only_in_loops(jaxpr);
    let kept = Builder::rewritten(jaxpr, |b, eqn, ins| match &eqn.prim {
        Prim::Scan(scan) => {
            let derive: Vec<bool> = eqn.outs.iter().map(|v| inner[v.index()]).collect();
            rewritten(b, scan, ins, &derive)
        }
        prim => b.emit(prim.clone(), ins),
    })?;
    dce::dce(&sink(&kept)?)
}

/// By variable, whether nothing reads it but loops, run by run, and cheap functions of its slices for
/// which the same holds.
pub(super) fn only_in_loops(jaxpr: &Jaxpr) -> Vec<bool> {
    let mut inner = vec![true; jaxpr.avals.len()];
    let outside = |inner: &mut [bool], atoms: &[Atom]| {
        atoms.iter().filter_map(|a| a.var()).for_each(|v| inner[v.index()] = false);
    };
    outside(&mut inner, &jaxpr.outs);
    for eqn in jaxpr.eqns.iter().rev() {
        match &eqn.prim {
            Prim::Scan(scan) => {
                let [consts, carries, _] = scan.operands(&eqn.ins);
                outside(&mut inner, consts);
                outside(&mut inner, carries);
            }
            _ if by_slices(jaxpr, eqn).is_some_and(|out| inner[out.index()]) => {}
            _ => outside(&mut inner, &eqn.ins),
        }
    }
    inner
}

/// The result of an equation whose slices are cheap functions of those of its operands.
pub(super) fn by_slices(jaxpr: &Jaxpr, eqn: &Eqn) -> Option<Var> {
    let [out] = eqn.outs[..] else { return None };
    let shape = &jaxpr.aval(out).shape;
    let fits = |a: &Atom| a.var().is_none_or(|v| jaxpr.aval(v).shape == *shape);
    (is_cheap(&eqn.prim) && eqn.ins.iter().all(fits)).then_some(out)
}

/// True for what is made again rather than stored.
fn is_cheap(prim: &Prim) -> bool {
    match prim {
        Prim::IntegerPow(IntegerPow { n }) => n.unsigned_abs() <= 4,
        Prim::Reshape(_) | Prim::Transpose(_) => false,
        _ => is_elementwise(prim) && !cost::is_expensive(prim),
    }
}

/// The body of a loop, and what its values are made of.
struct Body<'a> {
    jaxpr: &'a Jaxpr,
    scan: &'a Scan,
    definition: Vec<Option<&'a Eqn>>,
    /// By variable, the value that it is a cheap function of, maybe itself; `None` for what is the
    /// same in every run.
    root: Vec<Option<Var>>,
}

impl<'a> Body<'a> {
    fn new(jaxpr: &'a Jaxpr, scan: &'a Scan) -> Body<'a> {
        let mut definition = vec![None; jaxpr.avals.len()];
        let mut root: Vec<Option<Var>> =
            (0..jaxpr.avals.len()).map(|i| Some(Var(i as u32))).collect();
        root[..scan.n_consts].fill(None);
        for eqn in &jaxpr.eqns {
            eqn.outs.iter().for_each(|v| definition[v.index()] = Some(eqn));
            let Some(out) = by_slices(jaxpr, eqn) else { continue };
            let vars = eqn.ins.iter().filter_map(|a| a.var());
            let mut roots = vars.filter_map(|v| root[v.index()]);
            if let Some(first) = roots.next()
                && roots.all(|r| r == first)
                && bytes(jaxpr.aval(first)) <= bytes(jaxpr.aval(out))
            {
                root[out.index()] = Some(first);
            }
        }
        Body { jaxpr, scan, definition, root }
    }

    /// The values of `var` in all runs, made of those of its root and of the operands of the loop.
    fn stacked(
        &self,
        b: &mut Builder,
        var: Var,
        ins: &[Atom],
        stacks: &HashMap<Var, Atom>,
    ) -> Result<Atom> {
        if let Some(&stack) = stacks.get(&var) {
            return Ok(stack);
        }
        let aval = self.jaxpr.aval(var);
        match self.definition[var.index()] {
            Some(eqn) => {
                let mut operands = Vec::with_capacity(eqn.ins.len());
                for &a in &eqn.ins {
                    operands.push(match a.var() {
                        Some(v) => self.stacked(b, v, ins, stacks)?,
                        None => a,
                    });
                }
                b.emit1(eqn.prim.clone(), operands)
            }
            None => {
                let shape = aval.shape.with_axis(0, self.scan.length);
                let dims = (1..shape.rank()).collect();
                b.emit1(BroadcastInDim { shape, dims }, vec![ins[var.index()]])
            }
        }
    }
}

fn bytes(aval: &Aval) -> usize {
    aval.size() * aval.dtype.bytes()
}

/// The results of a loop that keeps few values; those that are marked may be made of others.
fn rewritten(b: &mut Builder, scan: &Scan, ins: Vec<Atom>, derive: &[bool]) -> Result<Vec<Atom>> {
    let jaxpr = dce::dce(&rewrite::rewrite(&scan.jaxpr)?)?;
    let body = Body::new(&jaxpr, scan);
    let [carries, ys] = scan.results(&jaxpr.outs);
    let xs_start = scan.n_consts + scan.n_carry;
    // What each of the ys is made of: a value of the body that is kept, if it is not known outside.
    let root = |(y, &derive): (&Atom, &bool)| {
        let var = y.var()?;
        if derive || var.index() < scan.n_consts { body.root[var.index()] } else { Some(var) }
    };
    let roots: Vec<Option<Var>> = ys.iter().zip(scan.results(derive)[1]).map(root).collect();
    let mut kept: Vec<Var> = Vec::new();
    let mut stacks = HashMap::new();
    for &root in roots.iter().flatten() {
        let is_x = (xs_start..jaxpr.n_ins).contains(&root.index());
        if is_x {
            stacks.insert(root, ins[root.index()]);
        } else if !kept.contains(&root) {
            kept.push(root);
        }
    }
    let outs = carries.iter().copied().chain(kept.iter().map(|&v| Atom::Var(v))).collect();
    let new = Jaxpr { outs, ..jaxpr.clone() };
    let mut results = b.emit(Scan { jaxpr: Arc::new(new), ..scan.clone() }.into(), ins.clone())?;
    let stacked = results.split_off(carries.len());
    stacks.extend(kept.iter().copied().zip(stacked));
    for y in ys {
        results.push(match y.var() {
            Some(var) => body.stacked(b, var, &ins, &stacks)?,
            None => {
                let shape = b.shape(*y).with_axis(0, scan.length);
                b.emit1(BroadcastInDim { shape, dims: vec![] }, vec![*y])?
            }
        });
    }
    Ok(results)
}
