//! Terms that differ in a few small factors are put together:
//! `a·w + b·w = (a + b)·w`, where `a` and `b` are smaller than the whole.
//!
//! Second derivatives are full of such pairs, because each tangent goes through both factors of a
//! product. Terms that are equal but for their number add up to one.

use super::close::{add_up, close, product, volume};
use super::one_hot::Labels;
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

/// Products of one pattern of axes whose factors are together larger than their sum become that sum.
/// Contractions stay open, and lone arrays stay apart unless the sum is `shared` by several
/// equations. The terms are canonical.
///
/// # Errors
/// When an equation does not fit, which is a bug here.
pub(super) fn gather(
    b: &mut Builder,
    terms: Vec<Term>,
    shared: bool,
    dtype: DType,
) -> Result<Vec<Term>> {
    let mut groups: Vec<Vec<Term>> = Vec::new();
    for term in terms {
        let alike = |t: &Term| t.pattern() == term.pattern() && !t.is_contraction();
        match groups.iter_mut().find(|g| !term.is_contraction() && alike(&g[0])) {
            Some(group) => group.push(term),
            None => groups.push(vec![term]),
        }
    }
    let mut gathered = Vec::new();
    for group in groups {
        let sizes = &group[0].sizes;
        let factors = || group.iter().flat_map(|t| &t.factors);
        let parts: f64 = factors().map(|f| Labels::of(b, f).volume(sizes)).sum();
        let mut labels: Vec<Label> = factors().flat_map(|f| f.labels.iter().copied()).collect();
        labels.sort_unstable();
        labels.dedup();
        let lone = group.iter().all(|t| t.factors.len() < 2);
        if group.len() == 1 || parts < volume(sizes, &labels) || lone && !shared {
            gathered.extend(group);
            continue;
        }
        gathered.push(sum(b, &group, dtype)?);
    }
    Ok(gathered)
}

/// Terms of one pattern as one; there is at least one of them.
///
/// # Errors
/// When an equation does not fit, which is a bug here.
pub(super) fn sum(b: &mut Builder, terms: &[Term], dtype: DType) -> Result<Term> {
    let cores = terms.iter().map(|t| close(b, t, dtype)).collect::<Result<Vec<_>>>()?;
    let (axes, sizes) = terms[0].pattern();
    Ok(Term::of(add_up(b, sizes, &cores)?, sizes.to_vec(), axes.to_vec()))
}

/// The term with labels numbered in the order of its axes, then of its factors.
pub(super) fn canonical(term: &Term) -> Term {
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

/// Two canonical terms with one pattern of axes, and what both have: the labels are those of the
/// first, followed by labels that only the second has.
pub(super) struct Pair {
    pub(super) sizes: Vec<usize>,
    /// The labels of the axes come first; there are so many.
    pub(super) n: usize,
    pub(super) common: Vec<Factor>,
    /// What each has besides.
    pub(super) rests: [Vec<Factor>; 2],
}

impl Pair {
    pub(super) fn of(x: &Term, y: &Term) -> Option<Pair> {
        if x.pattern() != y.pattern() {
            return None;
        }
        let n = x.pattern().1.len();
        // Labels of y as labels of x: those of the axes are the same in both.
        let mut as_x: Vec<Option<Label>> =
            (0..y.sizes.len()).map(|l| (l < n).then_some(l)).collect();
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
        Some(Pair { sizes, n, common, rests: [x_rest, y_rest] })
    }

    /// The labels that must stay in the sum of what is not common.
    pub(super) fn kept(&self) -> Vec<Label> {
        let mut kept: Vec<Label> = (0..self.n).collect();
        kept.extend(self.common.iter().flat_map(|f| &f.labels).filter(|&&l| l >= self.n));
        kept
    }

    /// The labels of the sum of what is not common.
    pub(super) fn labels(&self) -> Vec<Label> {
        let in_rests = |l: &Label| self.rests.iter().flatten().any(|f| f.labels.contains(l));
        let mut labels: Vec<Label> = self.kept().into_iter().filter(in_rests).collect();
        labels.sort_unstable();
        labels.dedup();
        labels
    }

    /// The sum of the two terms as one.
    pub(super) fn sum(self, b: &mut Builder, [x, y]: [&Term; 2], dtype: DType) -> Result<Term> {
        let kept = self.kept();
        let Pair { sizes, mut common, rests, .. } = self;
        let mut cores = Vec::with_capacity(2);
        for (scale, factors) in [x.scale, y.scale].into_iter().zip(rests) {
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
        Ok(Term { scale, sizes, factors: common, axes: x.axes.clone() })
    }
}

/// The sum of two canonical terms as one, if they have one pattern of axes and enough in common.
fn together(b: &mut Builder, x: &Term, y: &Term, dtype: DType) -> Result<Option<Term>> {
    let Some(pair) = Pair::of(x, y) else { return Ok(None) };
    if pair.rests.iter().all(Vec::is_empty) {
        // The difference of equals is left to the device: it may be ∞ − ∞.
        let scale = x.scale + y.scale;
        return Ok((scale != 0.0).then(|| Term { scale, ..x.clone() }));
    }
    // Written out, a delta is larger than its labels.
    let whole: f64 = x.axes.iter().map(|a| x.inner_size(a) as f64).product();
    if 2.0 * volume(&pair.sizes, &pair.labels()) > whole {
        return Ok(None);
    }
    Ok(Some(pair.sum(b, [x, y], dtype)?))
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
