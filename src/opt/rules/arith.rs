//! Identities of arithmetic.

use super::{Builder, number};
use crate::base::{Result, Scalar};
use crate::ir::params::{Binary, BinaryOp, IntegerPow, Unary, UnaryOp};
use crate::ir::{Atom, Prim};

/// The operands of a binary function.
fn binary(prim: &Prim, ins: &[Atom], wanted: BinaryOp) -> Option<(Atom, Atom)> {
    match (prim, ins) {
        (Prim::Binary(Binary { op }), &[x, y]) if *op == wanted => Some((x, y)),
        _ => None,
    }
}

/// The operand of a unary function.
fn unary(prim: &Prim, ins: &[Atom], wanted: UnaryOp) -> Option<Atom> {
    match (prim, ins) {
        (Prim::Unary(Unary { op }), &[x]) if *op == wanted => Some(x),
        _ => None,
    }
}

/// `x`, if the atom is `−x`.
fn negated(b: &Builder, atom: Atom) -> Option<Atom> {
    let (prim, ins) = b.definition(atom)?;
    unary(prim, ins, UnaryOp::Neg)
}

/// `−c`, if the atom is a literal `c` of floats.
fn opposite(atom: Atom) -> Option<Atom> {
    match atom {
        Atom::Lit(c) if c.dtype().is_float() => {
            Some(Atom::Lit(Scalar::from_f64(-c.to_f64(), c.dtype())))
        }
        _ => None,
    }
}

fn emit(b: &mut Builder, op: BinaryOp, x: Atom, y: Atom) -> Result<Option<Atom>> {
    b.emit1(Binary { op }, vec![x, y]).map(Some)
}

fn emit_neg(b: &mut Builder, x: Atom) -> Result<Option<Atom>> {
    b.emit1(Unary { op: UnaryOp::Neg }, vec![x]).map(Some)
}

/// `x`, if the other one of two operands is the given literal and `x` shows the shape.
fn beside(b: &Builder, (x, y): (Atom, Atom), literal: f64) -> Option<Atom> {
    let shows = |a: Atom, other: Atom| {
        matches!(a, Atom::Var(_)) && b.shape(a).rank() >= b.shape(other).rank()
    };
    if number(y) == Some(literal) && shows(x, y) {
        Some(x)
    } else {
        (number(x) == Some(literal) && shows(y, x)).then_some(y)
    }
}

/// `−(−x) = x`
pub(super) fn neg_neg(b: &mut Builder, prim: &Prim, ins: &[Atom]) -> Result<Option<Atom>> {
    Ok(unary(prim, ins, UnaryOp::Neg).and_then(|x| negated(b, x)))
}

/// `−(x·c) = x·(−c)`, `−(x/c) = x/(−c)`
pub(super) fn neg_scaled(b: &mut Builder, prim: &Prim, ins: &[Atom]) -> Result<Option<Atom>> {
    let Some(x) = unary(prim, ins, UnaryOp::Neg) else { return Ok(None) };
    let scaled = match b.definition(x) {
        Some((Prim::Binary(Binary { op: op @ (BinaryOp::Mul | BinaryOp::Div) }), &[y, c])) => {
            opposite(c).map(|c| (*op, y, c))
        }
        _ => None,
    };
    match scaled {
        Some((op, y, c)) => emit(b, op, y, c),
        None => Ok(None),
    }
}

/// `|−x| = |x|`
pub(super) fn abs_neg(b: &mut Builder, prim: &Prim, ins: &[Atom]) -> Result<Option<Atom>> {
    match unary(prim, ins, UnaryOp::Abs).and_then(|x| negated(b, x)) {
        Some(x) => b.emit1(Unary { op: UnaryOp::Abs }, vec![x]).map(Some),
        None => Ok(None),
    }
}

/// `!!x = x`
pub(super) fn not_not(b: &mut Builder, prim: &Prim, ins: &[Atom]) -> Result<Option<Atom>> {
    let inner = |x| b.definition(x).and_then(|(p, ins)| unary(p, ins, UnaryOp::Not));
    Ok(unary(prim, ins, UnaryOp::Not).and_then(inner))
}

/// `x + 0 = x`, `x − 0 = x`. The sum of −0 and 0 keeps its sign, as in XLA's own simplification.
pub(super) fn add_zero(b: &mut Builder, prim: &Prim, ins: &[Atom]) -> Result<Option<Atom>> {
    if let Some((x, y)) = binary(prim, ins, BinaryOp::Sub) {
        return Ok(beside(b, (x, y), 0.0).filter(|&a| a == x));
    }
    Ok(binary(prim, ins, BinaryOp::Add).and_then(|pair| beside(b, pair, 0.0)))
}

/// `x·1 = x`
pub(super) fn mul_one(b: &mut Builder, prim: &Prim, ins: &[Atom]) -> Result<Option<Atom>> {
    Ok(binary(prim, ins, BinaryOp::Mul).and_then(|pair| beside(b, pair, 1.0)))
}

/// `x·(−1) = −x`
pub(super) fn mul_minus_one(b: &mut Builder, prim: &Prim, ins: &[Atom]) -> Result<Option<Atom>> {
    match binary(prim, ins, BinaryOp::Mul).and_then(|pair| beside(b, pair, -1.0)) {
        Some(x) => emit_neg(b, x),
        None => Ok(None),
    }
}

/// `x/1 = x`
pub(super) fn div_one(b: &mut Builder, prim: &Prim, ins: &[Atom]) -> Result<Option<Atom>> {
    let Some((x, y)) = binary(prim, ins, BinaryOp::Div) else { return Ok(None) };
    Ok(beside(b, (x, y), 1.0).filter(|&a| a == x))
}

/// `x + (−y) = x − y`
pub(super) fn add_neg(b: &mut Builder, prim: &Prim, ins: &[Atom]) -> Result<Option<Atom>> {
    let Some((x, y)) = binary(prim, ins, BinaryOp::Add) else { return Ok(None) };
    match (negated(b, x), negated(b, y)) {
        (_, Some(y)) => emit(b, BinaryOp::Sub, x, y),
        (Some(x), None) => emit(b, BinaryOp::Sub, y, x),
        (None, None) => Ok(None),
    }
}

/// `x − (−y) = x + y`
pub(super) fn sub_neg(b: &mut Builder, prim: &Prim, ins: &[Atom]) -> Result<Option<Atom>> {
    let Some((x, y)) = binary(prim, ins, BinaryOp::Sub) else { return Ok(None) };
    match negated(b, y) {
        Some(y) => emit(b, BinaryOp::Add, x, y),
        None => Ok(None),
    }
}

/// `(−x)·c = x·(−c)`, and otherwise `(−x)·y = −(x·y)`, where sums can take the sign up.
pub(super) fn mul_neg(b: &mut Builder, prim: &Prim, ins: &[Atom]) -> Result<Option<Atom>> {
    let Some((x, y)) = binary(prim, ins, BinaryOp::Mul) else { return Ok(None) };
    let (x, y) = match (negated(b, x), negated(b, y)) {
        (Some(x), Some(y)) => return emit(b, BinaryOp::Mul, x, y),
        (Some(x), None) => (x, y),
        (None, Some(y)) => (y, x),
        (None, None) => return Ok(None),
    };
    sign_out(b, BinaryOp::Mul, x, y)
}

/// `(−x)/c = x/(−c)`, and otherwise `(−x)/y = −(x/y)`.
pub(super) fn div_neg(b: &mut Builder, prim: &Prim, ins: &[Atom]) -> Result<Option<Atom>> {
    let Some((x, y)) = binary(prim, ins, BinaryOp::Div) else { return Ok(None) };
    match (negated(b, x), negated(b, y)) {
        (Some(x), Some(y)) => emit(b, BinaryOp::Div, x, y),
        (Some(x), None) => sign_out(b, BinaryOp::Div, x, y),
        (None, Some(y)) => match opposite(x) {
            Some(c) => emit(b, BinaryOp::Div, c, y),
            None => sign_out(b, BinaryOp::Div, x, y),
        },
        (None, None) => Ok(None),
    }
}

/// `−(x op y)`, the sign put into a literal `y`.
fn sign_out(b: &mut Builder, op: BinaryOp, x: Atom, y: Atom) -> Result<Option<Atom>> {
    if let Some(c) = opposite(y) {
        return emit(b, op, x, c);
    }
    let result = b.emit1(Binary { op }, vec![x, y])?;
    emit_neg(b, result)
}

/// `max(x, x) = x`, and so for `min`, `and`, `or`.
pub(super) fn same_operand(_: &mut Builder, prim: &Prim, ins: &[Atom]) -> Result<Option<Atom>> {
    use BinaryOp::{And, Max, Min, Or};
    let pair = [Max, Min, And, Or].iter().find_map(|&op| binary(prim, ins, op));
    Ok(pair.and_then(|(x, y)| (x == y).then_some(x)))
}

/// `x⁰ = 1`
pub(super) fn power_zero(b: &mut Builder, prim: &Prim, ins: &[Atom]) -> Result<Option<Atom>> {
    match (prim, ins) {
        (Prim::IntegerPow(IntegerPow { n: 0 }), &[x]) => {
            let one = Atom::Lit(Scalar::from_f64(1.0, b.dtype(x)));
            let shape = b.shape(x);
            super::elementwise::repeat(b, one, shape).map(Some)
        }
        _ => Ok(None),
    }
}

/// `x¹ = x`
pub(super) fn power_one(_: &mut Builder, prim: &Prim, ins: &[Atom]) -> Result<Option<Atom>> {
    match (prim, ins) {
        (Prim::IntegerPow(IntegerPow { n: 1 }), &[x]) => Ok(Some(x)),
        _ => Ok(None),
    }
}
