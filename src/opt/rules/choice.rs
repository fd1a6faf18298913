//! Choices and conversions.

use super::Builder;
use super::elementwise::repeat;
use crate::base::{DType, Result, Scalar};
use crate::ir::params::{Convert, Select, Unary, UnaryOp};
use crate::ir::{Atom, Prim};

/// The predicate, the value where it is false, the value where it is true.
fn select(prim: &Prim, ins: &[Atom]) -> Option<(Atom, Atom, Atom)> {
    match (prim, ins) {
        (Prim::Select(Select), &[which, no, yes]) => Some((which, no, yes)),
        _ => None,
    }
}

/// A choice by a literal.
pub(super) fn select_known(b: &mut Builder, prim: &Prim, ins: &[Atom]) -> Result<Option<Atom>> {
    let Some((Atom::Lit(Scalar::Bool(which)), no, yes)) = select(prim, ins) else {
        return Ok(None);
    };
    let (taken, other) = if which { (yes, no) } else { (no, yes) };
    let shape = b.shape(other);
    if b.aval(taken).rank() == 0 { repeat(b, taken, shape).map(Some) } else { Ok(Some(taken)) }
}

/// A choice between equals.
pub(super) fn select_same(b: &mut Builder, prim: &Prim, ins: &[Atom]) -> Result<Option<Atom>> {
    let Some((which, no, yes)) = select(prim, ins).filter(|(_, no, yes)| no == yes) else {
        return Ok(None);
    };
    let shape = b.shape(which);
    if b.aval(no).rank() == 0 { repeat(b, yes, shape).map(Some) } else { Ok(Some(yes)) }
}

/// `select(!p, x, y) = select(p, y, x)`
pub(super) fn select_not(b: &mut Builder, prim: &Prim, ins: &[Atom]) -> Result<Option<Atom>> {
    let Some((which, no, yes)) = select(prim, ins) else { return Ok(None) };
    match b.definition(which) {
        Some((Prim::Unary(Unary { op: UnaryOp::Not }), &[p])) => {
            b.emit1(Select, vec![p, yes, no]).map(Some)
        }
        _ => Ok(None),
    }
}

/// `select(p, select(p, _, x), y) = select(p, x, y)`, and so on the other side.
pub(super) fn select_select(b: &mut Builder, prim: &Prim, ins: &[Atom]) -> Result<Option<Atom>> {
    let Some((which, no, yes)) = select(prim, ins) else { return Ok(None) };
    let part =
        |a: Atom| b.definition(a).and_then(|(p, ins)| select(p, ins)).filter(|s| s.0 == which);
    let (inner_no, inner_yes) = (part(no).map(|s| s.1), part(yes).map(|s| s.2));
    if inner_no.is_none() && inner_yes.is_none() {
        return Ok(None);
    }
    b.emit1(Select, vec![which, inner_no.unwrap_or(no), inner_yes.unwrap_or(yes)]).map(Some)
}

/// A conversion to the dtype that is there already.
pub(super) fn convert_same(b: &mut Builder, prim: &Prim, ins: &[Atom]) -> Result<Option<Atom>> {
    match (prim, ins) {
        (Prim::Convert(Convert { dtype }), &[x]) if b.dtype(x) == *dtype => Ok(Some(x)),
        _ => Ok(None),
    }
}

/// Two conversions, of which the first loses nothing.
pub(super) fn convert_convert(b: &mut Builder, prim: &Prim, ins: &[Atom]) -> Result<Option<Atom>> {
    let (Prim::Convert(last), &[x]) = (prim, ins) else { return Ok(None) };
    match b.definition(x) {
        Some((Prim::Convert(first), &[y])) if lossless(b.dtype(y), first.dtype) => {
            b.emit1(*last, vec![y]).map(Some)
        }
        _ => Ok(None),
    }
}

/// True where every value of the one dtype is a value of the other.
fn lossless(from: DType, to: DType) -> bool {
    use DType::{BF16, Bool, C64, C128, F16, F32, F64, I32, I64, U8, U32};
    match (from, to.real()) {
        (C64, _) => to.is_complex(),
        (C128, _) => to == C128,
        (Bool, _) => true,
        (U8, part) => part != Bool,
        (I32, part) => matches!(part, I32 | I64 | F64),
        (U32, part) => matches!(part, U32 | I64 | F64),
        (F16 | BF16, part) => part == from || matches!(part, F32 | F64),
        (F32, part) => matches!(part, F32 | F64),
        (I64 | F64, part) => part == from,
    }
}

/// After all differentiation it is the identity.
pub(super) fn stop_gradient(_: &mut Builder, _: &Prim, ins: &[Atom]) -> Result<Option<Atom>> {
    Ok(ins.first().copied())
}
