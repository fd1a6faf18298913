//! Element-wise functions of operands that are the same everywhere, or views.

use super::Builder;
use crate::base::{Result, Shape};
use crate::ir::params::BroadcastInDim;
use crate::ir::{Atom, Prim};

/// The scalar that an atom repeats.
fn repeated(b: &Builder, atom: Atom) -> Option<Atom> {
    if b.aval(atom).rank() == 0 {
        return Some(atom);
    }
    match b.definition(atom) {
        Some((Prim::BroadcastInDim(_), &[x])) if b.aval(x).rank() == 0 => Some(x),
        _ => None,
    }
}

/// `f(broadcast x, broadcast y) = broadcast f(x, y)` of scalars.
pub(super) fn of_scalars(b: &mut Builder, prim: &Prim, ins: &[Atom]) -> Result<Option<Atom>> {
    let shape = ins.iter().map(|&a| b.shape(a)).find(|s| s.rank() > 0);
    let scalars: Option<Vec<Atom>> = ins.iter().map(|&a| repeated(b, a)).collect();
    match (shape, scalars) {
        (Some(shape), Some(scalars)) => {
            let scalar = b.emit1(prim.clone(), scalars)?;
            Ok(Some(repeat(b, scalar, shape)?))
        }
        _ => Ok(None),
    }
}

/// `f(view x, view y) = view f(x, y)` where `f(x, y)` is there already, for views that cut out
/// elements or regroup axes.
pub(super) fn of_views(b: &mut Builder, prim: &Prim, ins: &[Atom]) -> Result<Option<Atom>> {
    let &[x, y] = ins else { return Ok(None) };
    let (Some((view, &[x])), Some((other, &[y]))) = (b.definition(x), b.definition(y)) else {
        return Ok(None);
    };
    let moves = matches!(view, Prim::Slice(_) | Prim::Reshape(_));
    if !moves || view != other || b.shape(x) != b.shape(y) {
        return Ok(None);
    }
    let view = view.clone();
    let inner = match b.known(prim, &[x, y]) {
        Some(known) => Some(known),
        None => of_views(b, prim, &[x, y])?,
    };
    inner.map(|inner| b.emit1(view, vec![inner])).transpose()
}

/// A scalar repeated to a shape.
pub(super) fn repeat(b: &mut Builder, scalar: Atom, shape: Shape) -> Result<Atom> {
    if shape.rank() == 0 {
        return Ok(scalar);
    }
    b.emit1(BroadcastInDim { shape, dims: vec![] }, vec![scalar])
}

/// A literal goes with any shape and need not be repeated.
pub(super) fn literal_operands(b: &mut Builder, prim: &Prim, ins: &[Atom]) -> Result<Option<Atom>> {
    // A predicate, and what is clamped, must show the shape.
    let fixed = match prim {
        Prim::Select(_) => 0,
        Prim::Clamp(_) => 1,
        _ => usize::MAX,
    };
    let plain = |(i, &a): (usize, &Atom)| match repeated(b, a) {
        Some(literal @ Atom::Lit(_)) if i != fixed => literal,
        _ => a,
    };
    let plain: Vec<Atom> = ins.iter().enumerate().map(plain).collect();
    if plain == ins {
        return Ok(None);
    }
    // At least one operand must show the shape.
    if plain.iter().all(|&a| b.aval(a).rank() == 0) {
        return Ok(None);
    }
    b.emit1(prim.clone(), plain).map(Some)
}
