//! Choice of one of several programs: `y = f_i(x)`, with `i` clamped to those that there are.
//!
//! - type: all programs take and give the same types;
//! - jvp: a choice among the derivatives; a tangent that one program has is zeros in the others;
//! - linearization: a choice among the programs, each of which also gives what its linear part
//!   needs, and a choice among the linear parts ([`linearize`]);
//! - transpose of a linear choice: a choice among the transposes;
//! - batching: if the index is the same for all examples, a choice among the batched programs;
//!   otherwise all of them run, and each example takes its results;
//! - HLO: `conditional`.

mod linearize;

use super::carries::{mask, spread};
use super::derive;
use crate::base::{DType, Error, Result, Scalar};
use crate::hlo;
use crate::ir::params::Cond;
use crate::ir::parse::Written;
use crate::ir::{Aval, Batched, Jaxpr, Operand, Rules, Tangent, Tensor, rules::not_linear, trace};
use crate::{lax, lower, transform};
use std::sync::Arc;

impl Rules for Cond {
    fn name(&self) -> &'static str {
        "cond"
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        vec![]
    }

    fn read(w: &Written) -> Result<Option<Self>> {
        w.named("cond", || Ok(Cond { branches: w.all_programs()? }))
    }

    fn inner(&self) -> Vec<&Jaxpr> {
        self.branches.iter().map(Arc::as_ref).collect()
    }

    fn abstract_eval(&self, ins: &[Aval]) -> Result<Vec<Aval>> {
        let (Some((index, operands)), Some(first)) = (ins.split_first(), self.branches.first())
        else {
            return Err(Error::internal("a choice among nothing"));
        };
        if index.dtype != DType::I32 || index.rank() != 0 {
            let why = format!("the number of the branch must be a scalar of i32, not {index}");
            return Err(Error::argument(self.name(), why));
        }
        let outs = first.out_avals();
        for (k, branch) in self.branches.iter().enumerate() {
            let wants = branch.in_avals();
            if wants.len() != operands.len()
                || wants.iter().zip(operands).any(|(a, b)| !a.same_type(b))
            {
                let why = format!("branch {k} takes {wants:?} and is given {operands:?}");
                return Err(Error::argument(self.name(), why));
            }
            let found = branch.out_avals();
            if found.len() != outs.len() || found.iter().zip(&outs).any(|(a, b)| !a.same_type(b)) {
                let why = format!(
                    "branch 0 gives {outs:?} and branch {k} gives {found:?}; all must give the same \
                     shapes and dtypes"
                );
                return Err(Error::argument(self.name(), why));
            }
        }
        Ok(outs.into_iter().map(|a| Aval { weak: false, ..a }).collect())
    }

    fn jvp(&self, primals: &[Tensor], tangents: &[Tangent]) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
        let present = mask(&tangents[1..]);
        let ins: Vec<Tensor> = primals.iter().chain(tangents.iter().flatten()).cloned().collect();
        let (outs, nonzero) = self.choose(&ins, |branch, ins| {
            let (primals, mut given) =
                (&ins[..present.len()], ins[present.len()..].iter().cloned());
            let tangents = spread(&present, &mut given);
            let (outs, tangents) = transform::jvp(branch, primals, &tangents)?;
            Ok(outs.into_iter().map(Some).chain(tangents).collect())
        })?;
        let mut outs = spread(&nonzero, &mut outs.into_iter());
        let tangents = outs.split_off(outs.len() / 2);
        Ok((outs.into_iter().flatten().collect(), tangents))
    }

    fn linearize(
        &self,
        primals: &[Tensor],
        tangents: &[Tangent],
    ) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
        linearize::linearize(self, primals, tangents)
    }

    fn transpose(&self, cts: &[Tangent], ins: &[Operand]) -> Result<Vec<Tangent>> {
        let Some((Operand::Known(index), operands)) = ins.split_first() else {
            return Err(not_linear(self));
        };
        let known: Vec<Tensor> = operands.iter().filter_map(|o| o.known().cloned()).collect();
        let n = known.len();
        let given: Vec<Tensor> =
            [index.clone()].into_iter().chain(known).chain(cts.iter().flatten().cloned()).collect();
        let (grads, nonzero) = self.choose(&given, |branch, given| {
            let (mut known, mut given) = (given[..n].iter().cloned(), given[n..].iter().cloned());
            let operands: Vec<Operand> = operands
                .iter()
                .map(|o| match o {
                    Operand::Known(x) => Operand::Known(known.next().unwrap_or(x.clone())),
                    Operand::Linear(aval) => Operand::Linear(aval.clone()),
                })
                .collect();
            let cts = spread(&mask(cts), &mut given);
            transform::transpose(branch, &operands, &cts)
        })?;
        let grads = spread(&nonzero, &mut grads.into_iter());
        Ok([vec![None], grads].concat())
    }

    fn batch(&self, args: &[Batched], size: usize) -> Result<Vec<Batched>> {
        let [index, operands @ ..] = args else {
            return Err(Error::internal("a choice among nothing"));
        };
        if index.dim.is_some() {
            let index = derive::place(index, 0, size);
            return self.select(&index, operands, size);
        }
        let ins: Vec<Tensor> = args.iter().map(|a| a.value.clone()).collect();
        let batched = |branch: &Jaxpr, ins: &[Tensor]| {
            let place = |(t, b): (&Tensor, &Batched)| Batched::new(t.clone(), b.dim);
            let args: Vec<Batched> = ins.iter().zip(operands).map(place).collect();
            transform::batch(branch, &args, size)
        };
        // A result has a batch axis if one program gives it one.
        let mut dims = vec![None; self.n_outs()];
        for branch in &self.branches {
            let avals: Vec<Aval> = ins[1..].iter().map(|t| t.aval().clone()).collect();
            let (_, found) = trace::trace(&avals, |ins| {
                let outs = batched(branch, ins)?;
                Ok((vec![], outs.into_iter().map(|b| b.dim).collect::<Vec<_>>()))
            })?;
            dims.iter_mut().zip(found).for_each(|(d, new)| *d = d.or(new.map(|_| 0)));
        }
        let (outs, _) = self.choose(&ins, |branch, ins| {
            let outs = batched(branch, ins)?.into_iter().zip(&dims);
            let value = |(b, dim): (Batched, &Option<usize>)| match dim {
                Some(dim) => derive::place(&b, *dim, size),
                None => b.value,
            };
            Ok(outs.map(value).map(Some).collect())
        })?;
        Ok(outs.into_iter().zip(dims).map(|(t, d)| Batched::new(t, d)).collect())
    }

    fn lower(
        &self,
        hlo: &mut hlo::Module,
        ins: &[hlo::Value],
        outs: &[Aval],
    ) -> Result<Vec<hlo::Value>> {
        let Some((index, operands)) = ins.split_first() else {
            return Err(Error::internal("a choice among nothing"));
        };
        if outs.is_empty() {
            return Ok(vec![]);
        }
        let [zero, last] = [0, self.branches.len() as i32 - 1].map(|k| hlo.scalar(Scalar::I32(k)));
        let index = hlo.op("clamp", &[&zero, index, &last], DType::I32, (), "");
        let types: Vec<_> = operands.iter().map(|v| (v.dtype, v.shape.clone())).collect();
        let mut computations = Vec::with_capacity(self.branches.len());
        for branch in &self.branches {
            hlo.begin("branch");
            let ins = hlo.tuple_parameter(&types);
            let results = lower::inline(hlo, branch, &ins)?;
            computations.push(hlo.finish(&results, false));
        }
        let types: Vec<_> = outs.iter().map(|a| (a.dtype, a.shape.clone())).collect();
        Ok(hlo.conditional(&index, &computations, operands, &types))
    }
}

impl Cond {
    /// A choice among programs that are made of these, on operands of which the first is the index.
    /// What one of them gives and another does not is zeros there; also tells which results any gives.
    fn choose(
        &self,
        ins: &[Tensor],
        make: impl Fn(&Jaxpr, &[Tensor]) -> Result<Vec<Tangent>>,
    ) -> Result<(Vec<Tensor>, Vec<bool>)> {
        let avals: Vec<Aval> = ins[1..].iter().map(|t| t.aval().clone()).collect();
        let mut given: Vec<Option<Aval>> = Vec::new();
        for branch in &self.branches {
            let (_, found) = trace::trace(&avals, |ins| {
                let outs = make(branch, ins)?;
                Ok((vec![], outs.iter().map(|t| Some(t.as_ref()?.aval().clone())).collect()))
            })?;
            let found: Vec<Option<Aval>> = found;
            given.resize(found.len(), None);
            given.iter_mut().zip(found).for_each(|(old, new)| *old = old.take().or(new));
        }
        let branches = self.branches.iter().map(|branch| {
            let (traced, ()) = trace::trace(&avals, |ins| {
                let outs = make(branch, ins)?.into_iter().zip(&given);
                let dense = |(out, aval): (Tangent, &Option<Aval>)| {
                    aval.as_ref().map(|aval| out.unwrap_or_else(|| lax::zeros_like(aval)))
                };
                Ok((outs.filter_map(dense).collect(), ()))
            })?;
            Ok(Arc::new(traced.jaxpr))
        });
        let branches = branches.collect::<Result<Vec<_>>>()?;
        Ok((lax::cond(&branches, ins), mask(&given)))
    }

    /// The results of all programs for all examples, and of these for each the ones that its index
    /// chooses.
    fn select(&self, index: &Tensor, operands: &[Batched], size: usize) -> Result<Vec<Batched>> {
        let results = self.branches.iter().map(|branch| {
            let outs = transform::batch(branch, operands, size)?;
            Ok(outs.iter().map(|b| derive::place(b, 0, size)).collect())
        });
        let mut results: Vec<Vec<Tensor>> = results.collect::<Result<_>>()?;
        let mut chosen = results.pop().unwrap_or_default();
        for (k, outs) in results.iter().enumerate().rev() {
            let here = lax::le(index, &lax::number(index, k as f64));
            let pick = |(rest, out): (Tensor, &Tensor)| {
                lax::select(&lax::broadcast_in_dim(&here, out.shape(), &[0]), out, &rest)
            };
            chosen = chosen.into_iter().zip(outs).map(pick).collect();
        }
        Ok(chosen.into_iter().map(|t| Batched::new(t, 0)).collect())
    }
}
