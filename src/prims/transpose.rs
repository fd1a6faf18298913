//! Axis `i` of the result is axis `perm[i]` of the operand.
//!
//! - jvp: linear; transpose: the inverse permutation;
//! - batching: the batch axis goes in front; HLO: `transpose`.

use super::derive;
use crate::base::{Error, Result, Shape};
use crate::hlo;
use crate::ir::params::Transpose;
use crate::ir::parse::Written;
use crate::ir::{Aval, Batched, Operand, Rules, Tangent, Tensor, print::tuple};
use crate::lax;

impl Rules for Transpose {
    fn name(&self) -> &'static str {
        "transpose"
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        vec![("permutation", tuple(&self.perm))]
    }

    fn read(w: &Written) -> Result<Option<Self>> {
        w.named("transpose", || Ok(Transpose { perm: w.numbers("permutation")? }))
    }

    fn abstract_eval(&self, ins: &[Aval]) -> Result<Vec<Aval>> {
        let x = derive::arity(self.name(), ins, 1)?;
        let mut sorted = self.perm.clone();
        sorted.sort_unstable();
        if !sorted.into_iter().eq(0..x.rank()) {
            let why = format!("{:?} is not a permutation of its axes", self.perm);
            return Err(Error::shape(self.name(), &[&x.shape], why));
        }
        Ok(vec![x.with_shape(self.perm.iter().map(|&p| x.shape[p]).collect::<Shape>())])
    }

    fn jvp(&self, primals: &[Tensor], tangents: &[Tangent]) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
        derive::jvp_linear(self.clone().into(), primals, tangents)
    }

    fn transpose(&self, cts: &[Tangent], ins: &[Operand]) -> Result<Vec<Tangent>> {
        let (ct, _) = derive::transpose_unary(self, cts, ins)?;
        let mut inverse = vec![0; self.perm.len()];
        self.perm.iter().enumerate().for_each(|(i, &p)| inverse[p] = i);
        Ok(vec![Some(lax::transpose(ct, &inverse))])
    }

    fn batch(&self, args: &[Batched], _: usize) -> Result<Vec<Batched>> {
        let (x, dim) = derive::single(args)?;
        let perm: Vec<usize> = [dim].into_iter().chain(derive::shift(&self.perm, dim)).collect();
        Ok(vec![Batched::new(lax::transpose(x, &perm), 0)])
    }

    fn lower(
        &self,
        hlo: &mut hlo::Module,
        ins: &[hlo::Value],
        _: &[Aval],
    ) -> Result<Vec<hlo::Value>> {
        let [x] = ins else { return Err(Error::internal("transpose of several operands")) };
        Ok(vec![hlo.transpose(x, &self.perm)])
    }
}
