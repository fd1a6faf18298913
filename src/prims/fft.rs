//! Discrete Fourier transforms over the last axes: `y_k = Σ_j x_j e^(−2πi jk/n)` along each.
//!
//! `ifft` has the other sign in the exponent and divides by the number of elements. `rfft` takes real
//! numbers and gives the first `n/2 + 1` along the last axis, from which the others follow; `irfft`
//! takes these to real numbers again.
//!
//! - jvp: linear;
//! - transpose of `fft` and `ifft`: themselves, for their matrices are symmetric; of `rfft`: the real
//!   part of `fft`, of the cotangent filled up with zeros; of `irfft`: the conjugate of `rfft`, scaled,
//!   and doubled where an element stands for two;
//! - batching: the batch axis in front; HLO: `fft`.

use super::derive;
use crate::base::{Error, Result, Scalar, Shape};
use crate::hlo;
use crate::ir::params::{Fft, FftKind};
use crate::ir::parse::Written;
use crate::ir::{Aval, Batched, Operand, Rules, Tangent, Tensor, bind1, print::tuple};
use crate::lax;

impl Fft {
    /// The sizes of the last axes of the side that is not real.
    fn halved(&self) -> Vec<usize> {
        let mut sizes = self.lengths.clone();
        if let Some(n) = sizes.last_mut() {
            *n = *n / 2 + 1;
        }
        sizes
    }

    /// The cotangent of the operand of `rfft`, which is `fft` of the real numbers, cut off.
    fn transpose_rfft(&self, ct: &Tensor) -> Tensor {
        let (axis, n) = (ct.rank() - 1, self.lengths[self.lengths.len() - 1]);
        let mut config = vec![(0, 0, 0); ct.rank()];
        config[axis].1 = (n - ct.shape()[axis]) as isize;
        let zero = Tensor::literal(Scalar::from_f64(0.0, ct.dtype()));
        let full = Fft { kind: FftKind::Fft, lengths: self.lengths.clone() };
        lax::real(&bind1(full, &[&lax::pad(ct, &zero, &config)]))
    }

    /// The cotangent of the operand of `irfft`.
    fn transpose_irfft(&self, ct: &Tensor) -> Tensor {
        let forward = Fft { kind: FftKind::Rfft, lengths: self.lengths.clone() };
        let bar = lax::conj(&bind1(forward, &[ct]));
        let n = self.lengths[self.lengths.len() - 1];
        let place = lax::iota(ct.dtype(), bar.shape(), bar.rank() - 1);
        // The first element, and the last of an even number, stand for themselves alone.
        let single = lax::eq(&place, &lax::zeros_like(place.aval()));
        let middle = lax::eq(&(&place * 2.0), &lax::full_like(place.aval(), n as f64));
        let scale = 1.0 / self.lengths.iter().product::<usize>() as f64;
        let once = lax::full_like(place.aval(), scale);
        let twice = lax::full_like(place.aval(), 2.0 * scale);
        let weight = lax::select(&lax::or(&single, &middle), &once, &twice);
        bar * lax::convert_element_type(&weight, ct.dtype().complex().unwrap_or(ct.dtype()))
    }
}

impl Rules for Fft {
    fn name(&self) -> &'static str {
        match self.kind {
            FftKind::Fft => "fft",
            FftKind::Ifft => "ifft",
            FftKind::Rfft => "rfft",
            FftKind::Irfft => "irfft",
        }
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        vec![("fft_lengths", tuple(&self.lengths))]
    }

    fn read(w: &Written) -> Result<Option<Self>> {
        let all = FftKind::ALL.map(|kind| Fft { kind, lengths: vec![] });
        match all.into_iter().find(|p| p.name() == w.name) {
            Some(p) => Ok(Some(Fft { lengths: w.numbers("fft_lengths")?, ..p })),
            None => Ok(None),
        }
    }

    fn abstract_eval(&self, ins: &[Aval]) -> Result<Vec<Aval>> {
        let x = derive::arity(self.name(), ins, 1)?;
        let (fits, wants) = match self.kind {
            FftKind::Rfft => (x.dtype.is_float(), "it takes f32 or f64"),
            _ => (x.dtype.is_complex(), "it takes complex operands"),
        };
        let dtype = match self.kind {
            FftKind::Irfft => Some(x.dtype.real()),
            _ => x.dtype.complex(),
        };
        let Some(dtype) = dtype.filter(|_| fits) else {
            return Err(Error::dtype(self.name(), &[x.dtype], format!("{wants}; use `convert`")));
        };
        let axes = self.lengths.len();
        let (input, output) = match self.kind {
            FftKind::Rfft => (self.lengths.clone(), self.halved()),
            FftKind::Irfft => (self.halved(), self.lengths.clone()),
            _ => (self.lengths.clone(), self.lengths.clone()),
        };
        let Some(lead) = x.rank().checked_sub(axes).filter(|&lead| x.shape[lead..] == input) else {
            let why = format!("its last axes must be of sizes {input:?}");
            return Err(Error::shape(self.name(), &[&x.shape], why));
        };
        if !(1..=3).contains(&axes) || self.lengths.contains(&0) {
            let why = format!("one to three axes, none of them empty, not {:?}", self.lengths);
            return Err(Error::argument(self.name(), why));
        }
        let shape: Shape = [&x.shape[..lead], &output].concat().into();
        Ok(vec![Aval::new(&shape, dtype)])
    }

    fn jvp(&self, primals: &[Tensor], tangents: &[Tangent]) -> Result<(Vec<Tensor>, Vec<Tangent>)> {
        derive::jvp_linear(self.clone().into(), primals, tangents)
    }

    fn transpose(&self, cts: &[Tangent], ins: &[Operand]) -> Result<Vec<Tangent>> {
        let (ct, _) = derive::transpose_unary(self, cts, ins)?;
        Ok(vec![Some(match self.kind {
            FftKind::Fft | FftKind::Ifft => bind1(self.clone(), &[ct]),
            FftKind::Rfft => self.transpose_rfft(ct),
            FftKind::Irfft => self.transpose_irfft(ct),
        })])
    }

    fn batch(&self, args: &[Batched], size: usize) -> Result<Vec<Batched>> {
        let out = bind1(self.clone(), &[&derive::place(&args[0], 0, size)]);
        Ok(vec![Batched::new(out, 0)])
    }

    fn lower(
        &self,
        hlo: &mut hlo::Module,
        ins: &[hlo::Value],
        outs: &[Aval],
    ) -> Result<Vec<hlo::Value>> {
        let ([x], out) = (ins, derive::first(outs)?) else {
            return Err(Error::internal("a transform of several operands"));
        };
        if out.shape.size() == 0 {
            return Ok(vec![hlo.full(Scalar::from_f64(0.0, out.dtype), &out.shape)]);
        }
        let (kind, lengths) = (self.name().to_uppercase(), hlo::braces(&self.lengths));
        let attrs = format!(", fft_type={kind}, fft_length={lengths}");
        Ok(vec![hlo.op("fft", &[x], out.dtype, &out.shape, &attrs)])
    }
}
