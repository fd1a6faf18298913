//! Terms that differ in a few small factors are put together:
//! `a·w + b·w = (a + b)·w`, where `a` and `b` are smaller than the whole.
//!
//! Second derivatives are full of such pairs, because each tangent goes through both factors of a
//! product. Terms that are equal but for their number add up to one.

use super::close::{add_up, product, volume};
use super::term::{Factor, Label, Term};
use crate::base::{DType, Result};
use crate::ir::Atom;
use crate::opt::builder::Builder;

/// The terms with labels numbered as the axes come to them, those that go together merged; the first
/// so many are known not to go together with each other.
///
/// # Errors
/// When an equation does not fit, which is a bug here.
pub(super) fn merge(
    b: &mut Builder,
    terms: &[Term],
    apart: usize,
    dtype: DType,
) -> Result<Vec<Term>> {
    let (first, rest) = terms.split_at(apart.min(terms.len()));
    let mut merged: Vec<Term> = first.iter().map(canonical).collect();
    for term in rest {
        let mut term = canonical(term);
        // What a merged term now equals may stand further on in the list.
        'again: loop {
            for i in 0..merged.len() {
                if let Some(both) = together(b, &merged[i], &term, dtype)? {
                    merged.remove(i);
                    term = both;
                    continue 'again;
                }
            }
            break;
        }
        if term.scale != 0.0 {
            merged.push(term);
        }
    }
    Ok(merged)
}

/// The term with labels numbered in the order of its axes, then of its factors.
fn canonical(term: &Term) -> Term {
    let mut order: Vec<Label> = Vec::new();
    let axes = term.axes.iter().flat_map(|a| &a.labels);
    for &l in axes.chain(term.factors.iter().flat_map(|f| &f.labels)) {
        if !order.contains(&l) {
            order.push(l);
        }
    }
    let number = |l: &Label| order.iter().position(|m| m == l).unwrap_or(usize::MAX);
    let renamed = |labels: &[Label]| labels.iter().map(number).collect();
    Term {
        scale: term.scale,
        sizes: order.iter().map(|&l| term.sizes[l]).collect(),
        factors: term
            .factors
            .iter()
            .map(|f| Factor { atom: f.atom, labels: renamed(&f.labels) })
            .collect(),
        axes: term.axes.iter().map(|a| a.with(renamed(&a.labels))).collect(),
    }
}

/// The sum of two canonical terms as one, if they have one pattern of axes and enough in common.
fn together(b: &mut Builder, x: &Term, y: &Term, dtype: DType) -> Result<Option<Term>> {
    let n = x.axes.iter().flat_map(|a| &a.labels).max().map_or(0, |l| l + 1);
    if x.axes != y.axes || x.sizes[..n] != y.sizes[..n] {
        return Ok(None);
    }
    // Labels of y as labels of x: those of the axes are the same in both.
    let mut as_x: Vec<Option<Label>> = (0..y.sizes.len()).map(|l| (l < n).then_some(l)).collect();
    let mut left: Vec<&Factor> = y.factors.iter().collect();
    let (mut common, mut x_rest) = (Vec::new(), Vec::new());
    for f in &x.factors {
        match left.iter().position(|g| g.atom == f.atom && matches(f, g, n, &mut as_x)) {
            Some(i) => {
                left.remove(i);
                common.push(f.clone());
            }
            None => x_rest.push(f.clone()),
        }
    }
    if x_rest.is_empty() && left.is_empty() {
        // The difference of equals is left to the device: it may be ∞ − ∞.
        let scale = x.scale + y.scale;
        return Ok((scale != 0.0).then(|| Term { scale, ..x.clone() }));
    }
    let mut sizes = x.sizes.clone();
    let y_rest: Vec<Factor> = left
        .into_iter()
        .map(|f| {
            let mut label = |&l: &Label| {
                *as_x[l].get_or_insert_with(|| {
                    sizes.push(y.sizes[l]);
                    sizes.len() - 1
                })
            };
            Factor { atom: f.atom, labels: f.labels.iter().map(&mut label).collect() }
        })
        .collect();
    // Labels that must stay in the sum of what is not common.
    let mut kept: Vec<Label> = (0..n).collect();
    kept.extend(common.iter().flat_map(|f| &f.labels).filter(|&&l| l >= n));
    let rest_labels = |rest: &[Factor]| -> Vec<Label> {
        kept.iter().filter(|l| rest.iter().any(|f| f.labels.contains(l))).copied().collect()
    };
    let mut labels = rest_labels(&x_rest);
    labels.extend(rest_labels(&y_rest));
    labels.sort_unstable();
    labels.dedup();
    // Written out, a delta is larger than its labels.
    let whole: f64 = x.axes.iter().map(|a| x.inner_size(a) as f64).product();
    if 2.0 * volume(&sizes, &labels) > whole {
        return Ok(None);
    }
    let mut cores = Vec::with_capacity(2);
    for (scale, factors) in [(x.scale, x_rest), (y.scale, y_rest)] {
        let rest = Term { scale, sizes: sizes.clone(), factors, axes: vec![] };
        cores.push(product(b, &rest, &kept, dtype)?);
    }
    let sum = add_up(b, &sizes, &cores)?;
    let scale = match sum.atom {
        Atom::Lit(s) => s.to_f64(),
        Atom::Var(_) => {
            common.push(sum);
            1.0
        }
    };
    Ok(Some(Term { scale, sizes, factors: common, axes: x.axes.clone() }))
}

/// True if two factors of one array stand at the same labels; maps summed labels as needed.
fn matches(f: &Factor, g: &Factor, n: usize, as_x: &mut [Option<Label>]) -> bool {
    let before = as_x.to_vec();
    for (&l, &m) in f.labels.iter().zip(&g.labels) {
        let fits = match as_x[m] {
            Some(mapped) => mapped == l,
            // Summed labels pair off one to one.
            None => l >= n && !as_x.contains(&Some(l)),
        };
        if !fits {
            as_x.copy_from_slice(&before);
            return false;
        }
        as_x[m] = Some(l);
    }
    true
}
