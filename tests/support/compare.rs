//! Comparing values.

use cotangent::{Array, Complex, DType, Element, Error, Scalar, bf16, f16};

/// The relative error that passes. Programs of half precision keep more digits in between or not, as
/// XLA likes.
pub fn rtol(dtype: DType) -> f64 {
    match dtype {
        DType::F16 => 4e-3,
        DType::BF16 => 3e-2,
        DType::F32 | DType::C64 => 1e-5,
        _ => 1e-12,
    }
}

/// The value as f64 (an i64 beyond 2^53 is compared exactly elsewhere), or the two parts of a complex
/// one.
pub fn parts(value: Scalar) -> Vec<f64> {
    let z = value.to_complex();
    if value.dtype().is_complex() { vec![z.re, z.im] } else { vec![z.re] }
}

/// The values as f64, complex ones as two.
pub fn numbers(array: &Array) -> Result<Vec<f64>, Error> {
    Ok(scalars(array)?.into_iter().flat_map(parts).collect())
}

/// The values, exactly.
pub fn scalars(array: &Array) -> Result<Vec<Scalar>, Error> {
    fn all<T: Element>(array: &Array) -> Result<Vec<Scalar>, Error> {
        Ok(array.to_vec::<T>()?.into_iter().map(T::to_scalar).collect())
    }
    match array.dtype() {
        DType::Bool => all::<bool>(array),
        DType::U8 => all::<u8>(array),
        DType::I32 => all::<i32>(array),
        DType::U32 => all::<u32>(array),
        DType::I64 => all::<i64>(array),
        DType::F16 => all::<f16>(array),
        DType::BF16 => all::<bf16>(array),
        DType::F32 => all::<f32>(array),
        DType::F64 => all::<f64>(array),
        DType::C64 => all::<Complex<f32>>(array),
        DType::C128 => all::<Complex<f64>>(array),
        other => panic!("no dtype {other} in the references"),
    }
}

/// The first pair that differs. NaN and infinities must stand at the same places. Unless `strict`,
/// an error is measured against the largest number around, since sums cancel.
pub fn compare(found: &[f64], wanted: &[f64], rtol: f64, strict: bool) -> Option<String> {
    if found.len() != wanted.len() {
        return Some(format!("{} values instead of {}", found.len(), wanted.len()));
    }
    let largest = wanted.iter().filter(|w| w.is_finite()).fold(0.0, |m: f64, w| m.max(w.abs()));
    let bad = |i: &usize| {
        let (f, w) = (found[*i], wanted[*i]);
        let scale = if strict { w.abs() } else { largest };
        let close = f == w
            || (f.is_nan() && w.is_nan())
            || (f - w).abs() <= rtol * scale + f64::MIN_POSITIVE;
        !close
    };
    let count = (0..found.len()).filter(bad).count();
    let i = (0..found.len()).find(bad)?;
    Some(format!("{count} of {}: [{i}] {:e} instead of {:e}", found.len(), found[i], wanted[i]))
}
