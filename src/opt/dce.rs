//! Dead code: equations and constants that no result depends on are dropped, and of loops the
//! carries, results and operands that nothing needs. Inputs of the program stay.
//!
//! Preserves types, and values bitwise.

use crate::base::Result;
use crate::ir::params::{Cond, Scan};
use crate::ir::{Atom, Eqn, Jaxpr, Prim, Var};
use std::sync::Arc;

/// The program without dead code.
///
/// # Errors
/// Never; the type is that of a pass.
pub(super) fn dce(jaxpr: &Jaxpr) -> Result<Jaxpr> {
    let mut live = Live::new(jaxpr, &jaxpr.outs);
    jaxpr.ins().for_each(|v| live.vars[v.index()] = true);
    Ok(live.sweep(jaxpr, jaxpr.outs.clone()))
}

/// What is needed of a program.
struct Live {
    vars: Vec<bool>,
    /// What is left of each equation, if anything.
    eqns: Vec<Option<Eqn>>,
}

impl Live {
    fn new(jaxpr: &Jaxpr, outs: &[Atom]) -> Live {
        let mut vars = vec![false; jaxpr.avals.len()];
        let mark = |vars: &mut [bool], atoms: &[Atom]| {
            atoms.iter().filter_map(|a| a.var()).for_each(|v| vars[v.index()] = true);
        };
        mark(&mut vars, outs);
        let mut eqns = vec![None; jaxpr.eqns.len()];
        for (eqn, left) in jaxpr.eqns.iter().zip(&mut eqns).rev() {
            let wanted: Vec<bool> = eqn.outs.iter().map(|v| vars[v.index()]).collect();
            if !wanted.contains(&true) {
                continue;
            }
            let eqn = match &eqn.prim {
                Prim::Scan(scan) => prune(scan, eqn, &wanted),
                Prim::Cond(cond) => prune_choice(cond, eqn, &wanted),
                _ => eqn.clone(),
            };
            eqn.outs.iter().for_each(|v| vars[v.index()] = true);
            mark(&mut vars, &eqn.ins);
            *left = Some(eqn);
        }
        Live { vars, eqns }
    }

    /// The program with the live inputs and these results.
    fn sweep(self, jaxpr: &Jaxpr, outs: Vec<Atom>) -> Jaxpr {
        let live = self.vars;
        let mut rename = vec![Var(u32::MAX); live.len()];
        let kept = (0..live.len()).filter(|&i| live[i]);
        kept.enumerate().for_each(|(new, old)| rename[old] = Var(new as u32));
        let atom = |a: &Atom| a.var().map_or(*a, |v| Atom::Var(rename[v.index()]));
        let eqn = |e: Eqn| Eqn {
            ins: e.ins.iter().map(atom).collect(),
            outs: e.outs.iter().map(|v| rename[v.index()]).collect(),
            ..e
        };
        let kept = |i: &usize| live[*i];
        let n_consts = jaxpr.consts.len();
        Jaxpr {
            avals: (0..live.len()).filter(kept).map(|i| jaxpr.avals[i].clone()).collect(),
            consts: (0..n_consts).filter(kept).map(|i| jaxpr.consts[i].clone()).collect(),
            n_ins: (n_consts..n_consts + jaxpr.n_ins).filter(kept).count(),
            eqns: self.eqns.into_iter().flatten().map(eqn).collect(),
            outs: outs.iter().map(atom).collect(),
        }
    }
}

fn marked<T: Clone>(values: &[T], mask: &[bool]) -> Vec<T> {
    values.iter().zip(mask).filter(|(_, m)| **m).map(|(v, _)| v.clone()).collect()
}

/// A choice with the wanted results and the operands that some branch reads.
fn prune_choice(cond: &Cond, eqn: &Eqn, wanted: &[bool]) -> Eqn {
    let live = |branch: &Arc<Jaxpr>| Live::new(branch, &marked(&branch.outs, wanted));
    let mut used = vec![false; eqn.ins.len() - 1];
    for branch in &cond.branches {
        let live = live(branch);
        used.iter_mut().zip(branch.ins()).for_each(|(u, v)| *u |= live.vars[v.index()]);
    }
    let branch = |branch: &Arc<Jaxpr>| {
        let mut live = live(branch);
        branch.ins().zip(&used).for_each(|(v, u)| live.vars[v.index()] = *u);
        Arc::new(live.sweep(branch, marked(&branch.outs, wanted)))
    };
    Eqn {
        prim: Cond { branches: cond.branches.iter().map(branch).collect() }.into(),
        ins: [vec![eqn.ins[0]], marked(&eqn.ins[1..], &used)].concat(),
        outs: marked(&eqn.outs, wanted),
        at: eqn.at,
    }
}

/// A loop with the wanted results, the carries that these depend on, and what all of them read.
fn prune(scan: &Scan, eqn: &Eqn, wanted: &[bool]) -> Eqn {
    let body = &scan.jaxpr;
    let (mut carries, ys) = (wanted[..scan.n_carry].to_vec(), &wanted[scan.n_carry..]);
    let (live, used) = loop {
        let outs = marked(&body.outs, &[&carries, ys].concat());
        let live = Live::new(body, &outs);
        let mut used: Vec<bool> = body.ins().map(|v| live.vars[v.index()]).collect();
        let of_carries = &mut used[scan.n_consts..scan.n_consts + scan.n_carry];
        of_carries.iter_mut().zip(&carries).for_each(|(u, c)| *u |= c);
        if *of_carries == *carries {
            break (live, used);
        }
        carries.copy_from_slice(of_carries);
    };
    let Live { mut vars, eqns } = live;
    body.ins().zip(&used).for_each(|(v, u)| vars[v.index()] = *u);
    let kept = [&carries, ys].concat();
    let swept = Live { vars, eqns }.sweep(body, marked(&body.outs, &kept));
    let scan = Scan {
        jaxpr: Arc::new(swept),
        n_consts: used[..scan.n_consts].iter().filter(|u| **u).count(),
        n_carry: carries.iter().filter(|c| **c).count(),
        ..scan.clone()
    };
    Eqn {
        prim: scan.into(),
        ins: marked(&eqn.ins, &used),
        outs: marked(&eqn.outs, &kept),
        at: eqn.at,
    }
}
