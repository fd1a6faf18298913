//! Products and sums of arrays that are known already, up to the order of their parts and of the
//! axes of their value: the blocks of a Hessian come in pairs `H_ij = H_jiᵀ`, of which one suffices.
//!
//! A [`Form`] is `scale · Σ Π a_l` or `Σ a_l` with the labels of the arrays numbered afresh. The
//! numbers come from what is around a label: which arrays have it, at which axis, beside what. Two
//! forms that are equal have equal values; labels that nothing tells apart may be numbered in
//! another order, and then the forms of equal values differ, which costs work and nothing else.

use crate::ir::Atom;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// An array with the labels of its axes.
pub(super) type Part = (Atom, Vec<usize>);

/// How the parts make a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// The product times a number, given as its bits, summed over the labels that are not kept.
    Product(u64),
    /// The sum, each part repeated along the labels that it lacks.
    Sum,
}

/// What a value is made of.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Form {
    kind: Kind,
    parts: Vec<Part>,
    kept: Vec<bool>,
}

/// Arrays by form; the labels are numbers of the form.
#[derive(Default)]
pub(super) struct Forms {
    arrays: HashMap<Form, Part>,
    /// Of each array that is a product summed over some labels its form, and its own labels there.
    sums: HashMap<Atom, (Form, Vec<usize>)>,
}

impl Forms {
    /// The array of a form, with the labels that these names stand for.
    pub(super) fn get(&self, form: &Form, names: &[usize]) -> Option<Part> {
        let (atom, labels) = self.arrays.get(form)?;
        Some((*atom, labels.iter().map(|&l| names[l]).collect()))
    }

    /// Enters an array whose axes have these labels.
    pub(super) fn insert(&mut self, form: Form, names: &[usize], (atom, labels): &Part) {
        let number = |l: &usize| names.iter().position(|n| n == l);
        let Some(labels) = labels.iter().map(number).collect::<Option<Vec<_>>>() else { return };
        if form.kind != Kind::Sum && form.kept.contains(&false) {
            self.sums.entry(*atom).or_insert_with(|| (form.clone(), labels.clone()));
        }
        self.arrays.insert(form, (*atom, labels));
    }

    /// What an array is a sum of, if it is known as one: a number, and the arrays whose product with
    /// it is summed over the labels that are not the array's own.
    pub(super) fn summands(&self, array: Atom) -> Option<(f64, &[Part], &[usize])> {
        let (form, own) = self.sums.get(&array)?;
        match form.kind {
            Kind::Product(bits) => Some((f64::from_bits(bits), &form.parts, own)),
            Kind::Sum => None,
        }
    }
}

/// Rounds in which a label learns of what is around it.
const ROUNDS: usize = 3;

/// The form, and the label that each of its numbers stands for.
pub(super) fn form(
    kind: Kind,
    parts: &[(Atom, &[usize])],
    kept: &dyn Fn(usize) -> bool,
) -> (Form, Vec<usize>) {
    let mut labels: Vec<usize> = parts.iter().flat_map(|(_, labels)| *labels).copied().collect();
    labels.sort_unstable();
    labels.dedup();
    let place = |l: &usize| labels.binary_search(l).unwrap_or(0);
    let mut colors: Vec<u64> = labels.iter().map(|&l| u64::from(kept(l))).collect();
    let of_part = |colors: &[u64], (atom, labels): &(Atom, &[usize])| {
        hash((atom, labels.iter().map(|l| colors[place(l)]).collect::<Vec<_>>()))
    };
    for _ in 0..ROUNDS {
        let mut next: Vec<Vec<u64>> = vec![Vec::new(); labels.len()];
        for part in parts {
            let color = of_part(&colors, part);
            for (axis, l) in part.1.iter().enumerate() {
                next[place(l)].push(hash((axis, color)));
            }
        }
        for (color, mut around) in colors.iter_mut().zip(next) {
            around.sort_unstable();
            *color = hash((*color, around));
        }
    }
    let mut order: Vec<(u64, usize)> =
        parts.iter().enumerate().map(|(i, p)| (of_part(&colors, p), i)).collect();
    order.sort_unstable();
    let mut names: Vec<usize> = Vec::with_capacity(labels.len());
    let mut numbered = Vec::with_capacity(parts.len());
    for (_, i) in order {
        let (atom, labels) = parts[i];
        let number = |l: &usize| match names.iter().position(|n| n == l) {
            Some(number) => number,
            None => {
                names.push(*l);
                names.len() - 1
            }
        };
        numbered.push((atom, labels.iter().map(number).collect()));
    }
    let kept = names.iter().map(|&l| kept(l)).collect();
    (Form { kind, parts: numbered, kept }, names)
}

fn hash(of: impl Hash) -> u64 {
    let mut state = DefaultHasher::new();
    of.hash(&mut state);
    state.finish()
}
