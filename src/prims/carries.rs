//! What the rules of loops and choices share: fixed points over carries, and lists with gaps.

use crate::base::Result;
use crate::ir::{Tangent, Tensor};
use crate::lax;

/// The least set of carries that contains `start` and that a run of the body keeps: `step` gives,
/// for the carries that are in the set before a run, those that are after it. Also what `step` gave
/// for that set.
///
/// # Errors
/// That of `step`.
pub(super) fn fixed_point<R>(
    start: Vec<bool>,
    mut step: impl FnMut(&[bool]) -> Result<(Vec<bool>, R)>,
) -> Result<(Vec<bool>, R)> {
    let mut set = start;
    loop {
        let (after, found) = step(&set)?;
        let joined: Vec<bool> = set.iter().zip(&after).map(|(a, b)| *a || *b).collect();
        if joined == set {
            return Ok((set, found));
        }
        set = joined;
    }
}

/// The values that are present.
pub(super) fn present<T: Clone>(values: &[Option<T>]) -> Vec<T> {
    values.iter().flatten().cloned().collect()
}

/// Which values are present.
pub(super) fn mask<T>(values: &[Option<T>]) -> Vec<bool> {
    values.iter().map(Option::is_some).collect()
}

/// The values of a list at the marked places.
pub(super) fn marked<T: Clone>(values: &[T], mask: &[bool]) -> Vec<T> {
    values.iter().zip(mask).filter(|(_, m)| **m).map(|(v, _)| v.clone()).collect()
}

/// A list with the next of `values` at each marked place.
pub(super) fn spread<T>(mask: &[bool], values: &mut impl Iterator<Item = T>) -> Vec<Option<T>> {
    mask.iter().map(|&m| if m { values.next() } else { None }).collect()
}

/// The tangents at the marked places, zeros where there is none.
pub(super) fn dense(tangents: &[Tangent], like: &[Tensor], mask: &[bool]) -> Vec<Tensor> {
    let marked = tangents.iter().zip(like).zip(mask).filter(|(_, m)| **m);
    let value = |((t, x), _): ((&Tangent, &Tensor), _)| {
        t.clone().unwrap_or_else(|| lax::zeros_like(x.aval()))
    };
    marked.map(value).collect()
}
