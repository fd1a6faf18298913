//! Contractions of one array go together: `Σ_s A_ks X_ls + Σ_s A_ks Y_ls = Σ_s A_ks (X + Y)_ls`, one
//! matrix product instead of two.
//!
//! One of the two may hide the array in a factor that is a sum itself, `G_kt = Σ_r A_krt h_rt`:
//!
//! ```text
//! Σ_t G_kt X_lt + Σ_rt A_krt Y_lrt = Σ_rt A_krt (h_rt X_lt + Y_lrt)
//! ```
//!
//! so that the product over `t` becomes part of the one over `r` and `t`. The array that the factor
//! is stays where others use it. Both are done where they take less arithmetic.

use super::close::{contraction_cost, volume};
use super::merge::{Pair, canonical};
use super::one_hot::Labels;
use super::term::{Factor, Label, Term, product_form};
use crate::base::{DType, Result};
use crate::opt::builder::Builder;

/// Among more contractions than this, pairs are not looked for.
const CONTRACTIONS: usize = 32;

/// The terms of a sum that is to be written out, contractions of one array together.
///
/// # Errors
/// When an equation does not fit, which is a bug here.
pub(super) fn factor(b: &mut Builder, mut terms: Vec<Term>, dtype: DType) -> Result<Vec<Term>> {
    if !(2..=CONTRACTIONS).contains(&terms.iter().filter(|t| t.is_contraction()).count()) {
        return Ok(terms);
    }
    while let Some((i, j, sum)) = next(b, &terms, dtype)? {
        terms.remove(j);
        terms[i] = canonical(&sum);
    }
    Ok(terms)
}

/// The first two terms that go together, and their sum.
fn next(b: &mut Builder, terms: &[Term], dtype: DType) -> Result<Option<(usize, usize, Term)>> {
    let contractions = terms.iter().enumerate().filter(|(_, t)| t.is_contraction());
    let contractions: Vec<_> =
        contractions.map(|(i, t)| (i, t, cost(b, t), opened(b, t))).collect();
    for (k, (i, x, x_cost, x_opened)) in contractions.iter().enumerate() {
        for (j, y, y_cost, y_opened) in &contractions[k + 1..] {
            let with_x = x_opened.iter().map(|x| [x, *y]);
            let with_y = y_opened.iter().map(|y| [*x, y]);
            for both in [[*x, *y]].into_iter().chain(with_x).chain(with_y) {
                let Some(pair) = Pair::of(both[0], both[1]) else { break };
                if together(b, &pair) < x_cost + y_cost {
                    return Ok(Some((*i, *j, pair.sum(b, both, dtype)?)));
                }
            }
        }
    }
    Ok(None)
}

/// The cost of a term as an array; nothing where it is known.
fn cost(b: &Builder, term: &Term) -> f64 {
    let out: Vec<Label> = term.axes.iter().flat_map(|a| a.labels.iter().copied()).collect();
    let factors: Vec<Factor> = term.factors.iter().map(|f| f.untransposed(b)).collect();
    let (form, names) = product_form(term.scale, &factors, &|l| out.contains(&l));
    match b.forms.get(&form, &names) {
        Some(_) => 0.0,
        None => contraction_cost(&term.sizes, labels(b, &factors), &out),
    }
}

/// The cost of two terms as one.
fn together(b: &Builder, pair: &Pair) -> f64 {
    let rests = pair.rests.iter().map(|f| labels(b, f));
    if pair.common.iter().all(|f| f.labels.iter().all(|&l| l < pair.n)) {
        return f64::INFINITY;
    }
    let (kept, sum) = (pair.kept(), pair.labels());
    let parts: f64 = rests.map(|rest| contraction_cost(&pair.sizes, rest, &kept)).sum();
    let whole = [labels(b, &pair.common), vec![Labels::plain(sum.clone())]].concat();
    let axes: Vec<Label> = (0..pair.n).collect();
    parts + volume(&pair.sizes, &sum) + contraction_cost(&pair.sizes, whole, &axes)
}

fn labels(b: &Builder, factors: &[Factor]) -> Vec<Labels> {
    factors.iter().map(|f| Labels::of(b, f)).collect()
}

/// The term with a factor that is known as a sum written as that sum, for each such factor.
fn opened(b: &Builder, term: &Term) -> Vec<Term> {
    let open = |i: usize| -> Option<Term> {
        let f = term.factors[i].untransposed(b);
        let (scale, parts, own) = b.forms.summands(f.atom)?;
        let mut opened = Term { scale: scale * term.scale, ..term.clone() };
        opened.factors.remove(i);
        // The labels of the sum as labels of the term.
        let mut names: Vec<(usize, Label)> = own.iter().copied().zip(f.labels.clone()).collect();
        for (atom, numbers) in parts {
            let shape = b.shape(*atom);
            let name = |(d, &number): (usize, &usize)| match names.iter().find(|n| n.0 == number) {
                Some(&(_, label)) => label,
                None => {
                    let label = opened.new_label(shape[d]);
                    names.push((number, label));
                    label
                }
            };
            let labels = numbers.iter().enumerate().map(name).collect();
            opened.factors.push(Factor { atom: *atom, labels });
        }
        Some(canonical(&opened))
    };
    (0..term.factors.len()).filter_map(open).collect()
}
