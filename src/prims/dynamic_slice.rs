//! `y = x[i_0 .. i_0 + s_0, i_1 .. i_1 + s_1, ...]`: a window of static sizes `s` at computed starts
//! `i`, which are clamped to `0 ≤ i_k ≤ n_k − s_k`.
//!
//! - jvp: linear in `x`;
//! - transpose: `ȳ` written at the same (clamped) starts into zeros;
//! - batching: all of the batch axis of `x`; with starts that differ between examples, a gather;
//! - HLO: `dynamic-slice`.

use super::derive;
use crate::base::{Error, Result};
use crate::hlo;
use crate::ir::params::{DynamicSlice, Gather, GatherDims};
use crate::ir::parse::Written;
use crate::ir::{
    Aval, Batched, Operand, Rules, Tangent, Tensor, bind1, print::tuple, rules::not_linear,
};
use crate::lax;

impl Rules for DynamicSlice {
    fn name(&self) -> &'static str {
        "dynamic_slice"
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        vec![("slice_sizes", tuple(&self.sizes))]
    }

    fn read(w: &Written) -> Result<Option<Self>> {
        w.named("dynamic_slice", || Ok(DynamicSlice { sizes: w.numbers("slice_sizes")? }))
    }

    fn abstract_eval(&self, ins: &[Aval]) -> Result<Vec<Aval>> {
        let [x, starts @ ..] = ins else {
            return Err(Error::internal("dynamic_slice of nothing"));
        };
        derive::check_starts(self.name(), x, starts)?;
        let fits = |(&s, &n): (&usize, &usize)| s <= n;
        if self.sizes.len() != x.rank() || !self.sizes.iter().zip(x.shape.iter()).all(fits) {
            let why = format!("a window of sizes {:?} does not fit in it", self.sizes);
            return Err(Error::shape(self.name(), &[&x.shape], why));
        }
        Ok(vec![x.with_shape(&self.sizes)])
    }

    fn jvp(&self, primals: &[Tensor], tangents: &[Tangent]) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
        let ([x, starts @ ..], [t, ..]) = (primals, tangents) else {
            return Err(Error::internal("dynamic_slice of nothing"));
        };
        let starts: Vec<&Tensor> = starts.iter().collect();
        let slice = |x: &Tensor| lax::dynamic_slice(x, &starts, &self.sizes);
        Ok((vec![slice(x)], vec![t.as_ref().map(slice)]))
    }

    fn transpose(&self, cts: &[Tangent], ins: &[Operand]) -> Result<Vec<Tangent>> {
        let ([Some(ct)], [Operand::Linear(x), starts @ ..]) = (cts, ins) else {
            return Err(not_linear(self));
        };
        let starts: Vec<&Tensor> = starts.iter().filter_map(Operand::known).collect();
        let mut out = vec![None; ins.len()];
        out[0] = Some(lax::dynamic_update_slice(&lax::zeros_like(x), ct, &starts));
        Ok(out)
    }

    fn batch(&self, args: &[Batched], size: usize) -> Result<Vec<Batched>> {
        let [x, starts @ ..] = args else {
            return Err(Error::internal("dynamic_slice of nothing"));
        };
        if starts.iter().any(|s| s.dim.is_some()) {
            let dims = GatherDims::one_window(self.sizes.len());
            let gather = Gather { dims, sizes: self.sizes.clone() };
            return gather.batch(&[x.clone(), derive::start_vectors(starts, size)], size);
        }
        let dim = x.dim.unwrap_or(0);
        let mut sizes = self.sizes.clone();
        sizes.insert(dim, size);
        let starts = derive::start_at_zero(starts, dim);
        let ins: Vec<&Tensor> = [&x.value].into_iter().chain(&starts).collect();
        Ok(vec![Batched::new(bind1(DynamicSlice { sizes }, &ins), dim)])
    }

    fn lower(
        &self,
        hlo: &mut hlo::Module,
        ins: &[hlo::Value],
        outs: &[Aval],
    ) -> Result<Vec<hlo::Value>> {
        let ([x, starts @ ..], out) = (ins, derive::first(outs)?) else {
            return Err(Error::internal("dynamic_slice of nothing"));
        };
        let starts: Vec<_> = starts.iter().map(|s| derive::signed_index(hlo, s)).collect();
        let ins: Vec<&hlo::Value> = [x].into_iter().chain(&starts).collect();
        let attrs = format!(", dynamic_slice_sizes={}", hlo::braces(&self.sizes));
        Ok(vec![hlo.op("dynamic-slice", &ins, out.dtype, &out.shape, &attrs)])
    }
}
