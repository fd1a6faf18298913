//! Places that the running program computes: scalars, and between which numbers they lie.

use crate::base::{DType, Result, Scalar};
use crate::ir::params::{Binary, BinaryOp, Clamp, Convert};
use crate::ir::{Atom, Prim};
use crate::opt::builder::Builder;

/// Where a window starts.
#[derive(Clone, Copy, Debug)]
pub(super) enum Start {
    At(usize),
    /// At the number that a scalar of type `i32` is, which is in range.
    Computed(Atom),
}

/// A scalar plus a number.
///
/// # Errors
/// When an equation does not fit, which is a bug here.
pub(super) fn plus(b: &mut Builder, x: Atom, k: i64) -> Result<Atom> {
    let all = limits(b.dtype(x));
    // One number with that which is added already, if the type and an `f64` hold it.
    let most = all.1.unsigned_abs().min((1 << 53) - 1);
    let together = |more: i64| k.checked_add(more).filter(|k| k.unsigned_abs() <= most);
    let (x, k) = match parts(b, x) {
        (Some(y), more) => together(more).map_or((x, k), |k| (y, k)),
        (None, _) => (x, k),
    };
    if k == 0 {
        return Ok(x);
    }
    // A type without negative numbers takes them by subtraction.
    let op = if k < all.0 { BinaryOp::Sub } else { BinaryOp::Add };
    let k = if op == BinaryOp::Sub { -k } else { k };
    let k = Atom::Lit(Scalar::from_f64(k as f64, b.dtype(x)));
    b.emit1(Binary { op }, vec![x, k])
}

/// A scalar as one that is computed plus a number; as that number alone if it is a literal.
pub(super) fn parts(b: &Builder, x: Atom) -> (Option<Atom>, i64) {
    match (x, b.definition(x)) {
        (Atom::Lit(s), _) => (None, s.to_f64() as i64),
        (_, Some((Prim::Binary(Binary { op: BinaryOp::Add }), &[y, Atom::Lit(k)]))) => {
            (Some(y), k.to_f64() as i64)
        }
        _ => (Some(x), 0),
    }
}

/// The least and the greatest number that an integer may be, as far as its definition tells.
pub(super) fn bounds(b: &Builder, x: Atom) -> (i64, i64) {
    let all = limits(b.dtype(x));
    // Beyond the limits numbers wrap around.
    let fit = |ends: Option<(i64, i64)>| {
        ends.filter(|&(lo, hi)| lo >= all.0 && hi <= all.1).unwrap_or(all)
    };
    let int = |s: Scalar| s.to_f64() as i64;
    if let Atom::Lit(s) = x {
        return (int(s), int(s));
    }
    match b.definition(x) {
        Some((Prim::Clamp(Clamp), &[Atom::Lit(lo), _, Atom::Lit(hi)])) if int(lo) <= int(hi) => {
            (int(lo), int(hi))
        }
        Some((Prim::Binary(Binary { op }), &[y, Atom::Lit(k)])) => {
            let ((lo, hi), k) = (bounds(b, y), int(k));
            match op {
                BinaryOp::Add => fit(lo.checked_add(k).zip(hi.checked_add(k))),
                BinaryOp::Sub => fit(lo.checked_sub(k).zip(hi.checked_sub(k))),
                BinaryOp::Mul if k >= 0 => fit(lo.checked_mul(k).zip(hi.checked_mul(k))),
                BinaryOp::Min => (lo.min(k), hi.min(k)),
                BinaryOp::Max => (lo.max(k), hi.max(k)),
                _ => all,
            }
        }
        Some((Prim::Convert(_), &[y])) if b.dtype(y).is_int() => fit(Some(bounds(b, y))),
        _ => all,
    }
}

/// The numbers that a type holds; exact where they are compared with sizes.
fn limits(dtype: DType) -> (i64, i64) {
    match dtype {
        DType::U8 => (0, i64::from(u8::MAX)),
        DType::U32 => (0, i64::from(u32::MAX)),
        DType::I32 => (i64::from(i32::MIN), i64::from(i32::MAX)),
        _ => (i64::MIN, i64::MAX),
    }
}

/// A scalar that lies in the range of `i32` as one of that type.
///
/// # Errors
/// When an equation does not fit, which is a bug here.
pub(super) fn as_start(b: &mut Builder, x: Atom) -> Result<Start> {
    if let Atom::Lit(s) = x {
        return Ok(Start::At(s.to_f64() as usize));
    }
    Ok(Start::Computed(b.emit1(Convert { dtype: DType::I32 }, vec![x])?))
}

/// Where a window of a size starts in an axis, clamped so that it lies inside.
///
/// # Errors
/// When an equation does not fit, which is a bug here.
pub(super) fn clamped(b: &mut Builder, x: Atom, axis: usize, size: usize) -> Result<Start> {
    let last = (axis - size) as i64;
    let (lo, hi) = bounds(b, x);
    if lo == hi {
        return Ok(Start::At(lo.clamp(0, last) as usize));
    }
    if lo >= 0 && hi <= last {
        return as_start(b, x);
    }
    // A narrow type may not hold the last place: then nothing lies beyond it.
    let last = last.min(limits(b.dtype(x)).1);
    let [low, high] = [0, last].map(|k| Atom::Lit(Scalar::from_f64(k as f64, b.dtype(x))));
    let inside = b.emit1(Clamp, vec![low, x, high])?;
    as_start(b, inside)
}
