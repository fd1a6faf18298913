//! Comparing values.

use cotangent::{Array, DType, Error, Scalar};

/// The relative error that passes.
pub fn rtol(dtype: DType) -> f64 {
    match dtype {
        DType::F32 => 1e-5,
        _ => 1e-12,
    }
}

/// The values as f64 (an i64 beyond 2^53 is compared exactly elsewhere).
pub fn numbers(array: &Array) -> Result<Vec<f64>, Error> {
    Ok(scalars(array)?.into_iter().map(Scalar::to_f64).collect())
}

/// The values, exactly.
pub fn scalars(array: &Array) -> Result<Vec<Scalar>, Error> {
    Ok(match array.dtype() {
        DType::Bool => array.to_vec()?.into_iter().map(Scalar::Bool).collect(),
        DType::U8 => array.to_vec()?.into_iter().map(Scalar::U8).collect(),
        DType::I32 => array.to_vec()?.into_iter().map(Scalar::I32).collect(),
        DType::U32 => array.to_vec()?.into_iter().map(Scalar::U32).collect(),
        DType::I64 => array.to_vec()?.into_iter().map(Scalar::I64).collect(),
        DType::F32 => array.to_vec()?.into_iter().map(Scalar::F32).collect(),
        DType::F64 => array.to_vec()?.into_iter().map(Scalar::F64).collect(),
        other => panic!("no dtype {other} in the references"),
    })
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
