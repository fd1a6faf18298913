//! Calls, and functions with checkpoints or derivatives of their own, are replaced by the programs
//! they call, loops of one run by that run, and choices whose branch is known by that branch, so that
//! the other passes see all of it. Names go, and constants of the bodies of loops become constants of
//! the program.
//!
//! Preserves types, and values bitwise.

use crate::base::{Error, HostArray, Result, Source};
use crate::ir::params::{
    Call, Cond, Custom, CustomLinearSolve, OptimizationBarrier, Reshape, Scan, While,
};
use crate::ir::{Atom, Aval, Eqn, Jaxpr, Prim, Var};
use std::sync::Arc;

/// The program without calls, in which only the outermost program has constants.
///
/// # Errors
/// When a call does not fit its program.
pub(crate) fn inline(jaxpr: &Jaxpr) -> Result<Jaxpr> {
    let stays = |prim: &Prim| prim.rules().inner().is_empty() && !matches!(prim, Prim::Name(_));
    if jaxpr.eqns.iter().all(|e| stays(&e.prim)) {
        return Ok(jaxpr.clone());
    }
    let in_avals = jaxpr.in_avals();
    let n_ins = in_avals.len();
    let ins = (0..n_ins).map(|i| Atom::Var(Var(i as u32))).collect();
    let mut flat = Flat { avals: in_avals, consts: Vec::new(), eqns: Vec::new() };
    let mut outs = flat.write(jaxpr, ins)?;
    // Constants come before the inputs.
    let Flat { avals, consts, mut eqns } = flat;
    let n_consts = consts.len() as u32;
    let shift = |v: Var| Var(if v.0 < LAST.0 / 2 { v.0 + n_consts } else { LAST.0 - v.0 });
    let place = |a: &mut Atom| *a = a.var().map_or(*a, |v| Atom::Var(shift(v)));
    outs.iter_mut().for_each(place);
    for eqn in &mut eqns {
        eqn.ins.iter_mut().for_each(place);
        eqn.outs.iter_mut().for_each(|v| *v = shift(*v));
    }
    let const_avals = consts.iter().map(|c| Aval::new(c.shape(), c.dtype()));
    Ok(Jaxpr { avals: const_avals.chain(avals).collect(), consts, n_ins, eqns, outs })
}

/// Until all constants are known, constant `i` is the variable `LAST - i`.
const LAST: Var = Var(u32::MAX);

struct Flat {
    /// The types of the variables, without the constants.
    avals: Vec<Aval>,
    consts: Vec<Arc<HostArray>>,
    eqns: Vec<Eqn>,
}

impl Flat {
    /// The variables of more constants.
    fn constants(&mut self, consts: &[Arc<HostArray>]) -> Vec<Atom> {
        let first = self.consts.len() as u32;
        self.consts.extend(consts.iter().cloned());
        (first..self.consts.len() as u32).map(|i| Atom::Var(Var(LAST.0 - i))).collect()
    }

    /// Writes a program's equations; gives its results.
    fn write(&mut self, jaxpr: &Jaxpr, ins: Vec<Atom>) -> Result<Vec<Atom>> {
        if ins.len() != jaxpr.n_ins {
            return Err(Error::internal("a call with the wrong number of operands"));
        }
        let mut env = self.constants(&jaxpr.consts);
        env.extend(ins);
        let read = |env: &[Atom], a: Atom| a.var().map_or(a, |v| env[v.index()]);
        for eqn in &jaxpr.eqns {
            let mut ins: Vec<Atom> = eqn.ins.iter().map(|&a| read(&env, a)).collect();
            let prim = match &eqn.prim {
                Prim::Call(Call { jaxpr, .. }) | Prim::Custom(Custom { jaxpr, .. }) => {
                    env.extend(self.write(jaxpr, ins)?);
                    continue;
                }
                Prim::CustomLinearSolve(CustomLinearSolve { system, .. }) => {
                    env.extend(self.write(&system.solve, ins)?);
                    continue;
                }
                Prim::Checkpoint(p) => {
                    for (x, aval) in ins.iter_mut().zip(p.jaxpr.in_avals()).take(p.n_apart) {
                        if x.var().is_some() {
                            let apart =
                                self.push(OptimizationBarrier.into(), vec![*x], [aval], eqn.at);
                            *x = apart[0];
                        }
                    }
                    env.extend(self.write(&p.jaxpr, ins)?);
                    continue;
                }
                Prim::Name(_) => {
                    env.extend(ins);
                    continue;
                }
                Prim::Scan(scan) if scan.length == 1 => {
                    let outs: Vec<&Aval> = eqn.outs.iter().map(|&v| jaxpr.aval(v)).collect();
                    env.extend(self.write_once(scan, &ins, &outs, eqn.at)?);
                    continue;
                }
                Prim::Scan(scan) => {
                    let mut body = inline(&scan.jaxpr)?;
                    let consts = self.constants(&std::mem::take(&mut body.consts));
                    body.n_ins += consts.len();
                    let n_consts = scan.n_consts + consts.len();
                    ins.splice(0..0, consts);
                    Scan { jaxpr: Arc::new(body), n_consts, ..scan.clone() }.into()
                }
                Prim::Cond(cond) => match ins[0] {
                    Atom::Lit(index) => {
                        let last = cond.branches.len() as f64 - 1.0;
                        let branch = index.to_f64().clamp(0.0, last) as usize;
                        env.extend(self.write(&cond.branches[branch], ins.split_off(1))?);
                        continue;
                    }
                    Atom::Var(_) => {
                        let branch = |b: &Arc<Jaxpr>| Ok(Arc::new(inline(b)?));
                        let branches = cond.branches.iter().map(branch).collect::<Result<_>>()?;
                        Cond { branches }.into()
                    }
                },
                Prim::While(p) => {
                    let (cond, body) = (inline(&p.cond)?, inline(&p.body)?);
                    While { cond: Arc::new(cond), body: Arc::new(body), ..p.clone() }.into()
                }
                prim => prim.clone(),
            };
            let avals = eqn.outs.iter().map(|&v| jaxpr.aval(v).clone());
            env.extend(self.push(prim, ins, avals, eqn.at));
        }
        Ok(jaxpr.outs.iter().map(|&a| read(&env, a)).collect())
    }

    /// Adds an equation; gives its results.
    fn push(
        &mut self,
        prim: Prim,
        ins: Vec<Atom>,
        avals: impl IntoIterator<Item = Aval>,
        at: Source,
    ) -> Vec<Atom> {
        let first = self.avals.len() as u32;
        self.avals.extend(avals);
        let outs: Vec<Var> = (first..self.avals.len() as u32).map(Var).collect();
        let atoms = outs.iter().map(|&v| Atom::Var(v)).collect();
        self.eqns.push(Eqn { prim, ins, outs, at });
        atoms
    }

    /// Writes the one run of a loop; gives its results, which have these types.
    fn write_once(
        &mut self,
        scan: &Scan,
        ins: &[Atom],
        outs: &[&Aval],
        at: Source,
    ) -> Result<Vec<Atom>> {
        let reshape = |flat: &mut Flat, x: Atom, aval: &Aval| {
            let prim = Reshape { shape: aval.shape.clone() }.into();
            flat.push(prim, vec![x], [aval.clone()], at)
        };
        let avals = scan.jaxpr.in_avals();
        let ([consts, carries, xs], [_, _, slices]) = (scan.operands(ins), scan.operands(&avals));
        let mut values = [consts, carries].concat();
        for (&x, aval) in xs.iter().zip(slices) {
            values.extend(reshape(self, x, aval));
        }
        let results = self.write(&scan.jaxpr, values)?;
        let ([carries, ys], [_, y_avals]) = (scan.results(&results), scan.results(outs));
        let mut all = carries.to_vec();
        for (&y, aval) in ys.iter().zip(y_avals) {
            all.extend(reshape(self, y, aval));
        }
        Ok(all)
    }
}
