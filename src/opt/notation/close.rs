//! Products of terms as arrays: the order of contractions.

use super::one_hot::{Labels, OneHot, Way, gathered, joined, scattered};
use super::term::{Factor, Label, Term, product_form};
use crate::base::{DType, Result, Scalar, Shape};
use crate::ir::params::{
    Binary, BinaryOp, BroadcastInDim, DotGeneral, Reduce, ReduceOp, Select, Transpose, Unary,
    UnaryOp,
};
use crate::ir::{Atom, Prim};
use crate::opt::builder::Builder;
use crate::opt::cost::DOT;
use crate::opt::form::{Kind, form};

/// A multiplication of a loop takes this part of the time of an element that is read or added at a place.
const PLACE: f64 = 30.0;

/// With at most this many factors every order of contraction is tried.
const EXHAUSTIVE: usize = 5;

/// A literal of a dtype.
pub(super) fn literal(value: f64, dtype: DType) -> Atom {
    Atom::Lit(Scalar::from_f64(value, dtype))
}

/// An array with its labels brought to the given order; labels it lacks repeat it.
pub(super) fn align(
    b: &mut Builder,
    sizes: &[usize],
    f: &Factor,
    labels: &[Label],
) -> Result<Atom> {
    let place = |l: &Label| f.labels.iter().position(|m| m == l);
    let perm: Vec<usize> = labels.iter().filter_map(place).collect();
    let dims = (0..labels.len()).filter(|&i| place(&labels[i]).is_some()).collect();
    let shape: Shape = labels.iter().map(|&l| sizes[l]).collect();
    let x = b.emit1(Transpose { perm }, vec![f.atom])?;
    b.emit1(BroadcastInDim { shape, dims }, vec![x])
}

/// An array times a number.
fn scaled(b: &mut Builder, x: Atom, scale: f64, dtype: DType) -> Result<Atom> {
    if scale == 1.0 {
        return Ok(x);
    }
    if scale == -1.0 {
        return b.emit1(Unary { op: UnaryOp::Neg }, vec![x]);
    }
    b.emit1(Binary { op: BinaryOp::Mul }, vec![x, literal(scale, dtype)])
}

pub(super) fn volume(sizes: &[usize], labels: &[Label]) -> f64 {
    labels.iter().map(|&l| sizes[l] as f64).product()
}

fn union(x: &[Label], y: &[Label]) -> Vec<Label> {
    x.iter().chain(y.iter().filter(|l| !x.contains(l))).copied().collect()
}

/// The product of a term as one array: its labels are some of those that the axes carry.
///
/// # Errors
/// When an equation does not fit, which is a bug here.
pub(super) fn close(b: &mut Builder, term: &Term, dtype: DType) -> Result<Factor> {
    let order: Vec<Label> = term.axes.iter().flat_map(|a| a.labels.iter().copied()).collect();
    product(b, term, &order, dtype)
}

/// Does the sums of a term whose axes stay as they are: `h_sb Σ_c M_sac W_cd` becomes `h_sb N_sad`.
/// Factors that no sum connects stay apart.
///
/// # Errors
/// When an equation does not fit, which is a bug here.
pub(super) fn contract_inner(b: &mut Builder, term: &mut Term, dtype: DType) -> Result<()> {
    let order: Vec<Label> = term.axes.iter().flat_map(|a| a.labels.iter().copied()).collect();
    let is_summed = |l: &Label| !order.contains(l);
    while let Some(i) = term.factors.iter().position(|f| f.labels.iter().any(is_summed)) {
        let mut group = vec![term.factors.remove(i)];
        let mut k = 0;
        while k < group.len() {
            let labels = group[k].labels.clone();
            let meets = |f: &Factor| f.labels.iter().any(|l| is_summed(l) && labels.contains(l));
            let (inside, rest) = std::mem::take(&mut term.factors).into_iter().partition(meets);
            term.factors = rest;
            group.extend::<Vec<Factor>>(inside);
            k += 1;
        }
        let inner = Term { scale: 1.0, sizes: term.sizes.clone(), factors: group, axes: vec![] };
        match product(b, &inner, &order, dtype)? {
            Factor { atom: Atom::Lit(s), .. } => term.scale *= s.to_f64(),
            sum => term.factors.push(sum),
        }
    }
    Ok(())
}

/// The product of the factors of a term as one array, summed over all labels but those of `order`,
/// in which the array has those that stay.
///
/// # Errors
/// When an equation does not fit, which is a bug here.
pub(super) fn product(
    b: &mut Builder,
    term: &Term,
    order: &[Label],
    dtype: DType,
) -> Result<Factor> {
    if term.factors.is_empty() || term.scale == 0.0 {
        return Ok(Factor { atom: literal(term.scale, dtype), labels: vec![] });
    }
    let mut factors: Vec<Factor> = term.factors.iter().map(|f| f.untransposed(b)).collect();
    let (key, names) = product_form(term.scale, &factors, &|l| order.contains(&l));
    if let Some((atom, labels)) = b.forms.get(&key, &names) {
        return Ok(Factor { atom, labels });
    }
    let done = contract(b, term, &mut factors, order, dtype)?;
    b.forms.insert(key, &names, &(done.atom, done.labels.clone()));
    Ok(done)
}

/// The product of `factors`, which are those of the term, pair by pair.
fn contract(
    b: &mut Builder,
    term: &Term,
    factors: &mut Vec<Factor>,
    order: &[Label],
    dtype: DType,
) -> Result<Factor> {
    let sizes = &term.sizes;
    // Among equal costs the first pair is taken: small factors go into the array with the first
    // axis of the result, which a matrix product then has on the left, where XLA likes it computed.
    let rank = |l: &Label| order.iter().position(|m| m == l);
    factors.sort_by_key(|f| f.labels.iter().filter_map(rank).min().unwrap_or(usize::MAX));
    let mut scale = term.scale;
    loop {
        // What only one factor has, and no axis, is summed at once.
        for i in 0..factors.len() {
            let elsewhere = |l: &Label| {
                order.contains(l)
                    || factors.iter().enumerate().any(|(j, f)| j != i && f.labels.contains(l))
            };
            let axes: Vec<usize> = (0..factors[i].labels.len())
                .filter(|&d| !elsewhere(&factors[i].labels[d]))
                .collect();
            if !axes.is_empty() {
                if let Some(ones) = OneHot::of(b, &factors[i])
                    && axes.iter().all(|&d| !ones.hot.contains(&factors[i].labels[d]))
                {
                    factors[i] = scattered(b, sizes, ones, None, order, &elsewhere)?;
                    continue;
                }
                let f = &mut factors[i];
                let mut d = 0;
                f.labels.retain(|_| (!axes.contains(&d), d += 1).0);
                f.atom = b.emit1(Reduce { op: ReduceOp::Sum, axes }, vec![f.atom])?;
            }
        }
        if factors.len() == 1 {
            break;
        }
        let sets: Vec<Labels> = factors.iter().map(|f| Labels::of(b, f)).collect();
        let (i, j) = next_pair(sizes, &sets, order);
        let y = factors.remove(j);
        let x = factors.remove(i);
        let needed = |l: &Label| order.contains(l) || factors.iter().any(|f| f.labels.contains(l));
        // The number goes into the smallest array of those it may go into.
        let hot = [&x, &y].iter().any(|f| OneHot::is(b, f));
        let small = |f: &Factor| volume(sizes, &f.labels);
        let (mut x, mut y) = (x, y);
        if factors.is_empty() && scale != 1.0 && !hot {
            let result: Vec<Label> =
                union(&x.labels, &y.labels).into_iter().filter(needed).collect();
            let least = volume(sizes, &result);
            let target = if small(&x) <= small(&y) { &mut x } else { &mut y };
            if small(target) <= least {
                target.atom = scaled(b, target.atom, scale, dtype)?;
                scale = 1.0;
            }
        }
        let last = factors.is_empty();
        let product = pair(b, sizes, x, y, order, &needed, last)?;
        factors.push(product);
    }
    let mut core = factors.swap_remove(0);
    core.atom = scaled(b, core.atom, scale, dtype)?;
    Ok(core)
}

/// The pair of factors to contract next.
fn next_pair(sizes: &[usize], sets: &[Labels], out: &[Label]) -> (usize, usize) {
    if sets.len() == 2 {
        return (0, 1);
    }
    if sets.len() <= EXHAUSTIVE {
        return cheapest(sizes, sets, out).1;
    }
    let growth = |&(i, j): &(usize, usize)| {
        let (result, cost) = contracted(sizes, sets, out, i, j);
        let size = |set: &Labels| set.volume(sizes);
        (size(&result) - size(&sets[i]) - size(&sets[j]), cost)
    };
    let pairs = (0..sets.len()).flat_map(|i| (i + 1..sets.len()).map(move |j| (i, j)));
    let least = |x: &(usize, usize), y: &(usize, usize)| {
        let ((g, c), (h, d)) = (growth(x), growth(y));
        g.total_cmp(&h).then(c.total_cmp(&d))
    };
    pairs.min_by(least).unwrap_or((0, 1))
}

/// The labels of the product of two factors, and its cost in multiplications of a loop.
fn contracted(
    sizes: &[usize],
    sets: &[Labels],
    out: &[Label],
    i: usize,
    j: usize,
) -> (Labels, f64) {
    let (x, y) = (&sets[i], &sets[j]);
    let needed = |l: &Label| {
        let elsewhere = |(k, s): (usize, &Labels)| k != i && k != j && s.all.contains(l);
        out.contains(l) || sets.iter().enumerate().any(elsewhere)
    };
    let all = union(&x.all, &y.all);
    let left = || all.iter().copied().filter(needed).collect::<Vec<Label>>();
    match x.way(y, &needed) {
        Way::Dot => (Labels::plain(left()), volume(sizes, &all) / DOT),
        Way::Loop => (Labels::plain(left()), volume(sizes, &all)),
        Way::Gather(first) => {
            let (at, from) = if first { (x, y) } else { (y, x) };
            let mut taken = Labels { all, hot: from.hot.clone() };
            taken.all.retain(|l| !at.hot.contains(l));
            let cost = PLACE * taken.volume(sizes);
            if taken.hot.is_empty() {
                taken.all.retain(needed);
            }
            (taken, cost)
        }
        Way::Scatter(_) => {
            let updates = Labels { all: all.clone(), hot: union(&x.hot, &y.hot) };
            let cost = PLACE * updates.volume(sizes) + volume(sizes, &left());
            (Labels::plain(left()), cost)
        }
        Way::Join => {
            let both = Labels { hot: union(&x.hot, &y.hot), all };
            let cost = both.volume(sizes);
            (both, cost)
        }
    }
}

/// The least cost of making one array of factors with these labels, in multiplications of a loop.
pub(super) fn contraction_cost(sizes: &[usize], mut sets: Vec<Labels>, out: &[Label]) -> f64 {
    let mut sum = 0.0;
    while sets.len() > 1 {
        if sets.len() <= EXHAUSTIVE {
            return sum + cheapest(sizes, &sets, out).0;
        }
        let (i, j) = next_pair(sizes, &sets, out);
        let (result, cost) = contracted(sizes, &sets, out, i, j);
        sum += cost;
        sets.remove(j);
        sets[i] = result;
    }
    sum + sets.first().map_or(0.0, |set| spread_cost(sizes, set, out))
}

/// The cost of making an array of the last factor that is left.
fn spread_cost(sizes: &[usize], set: &Labels, out: &[Label]) -> f64 {
    if set.hot.is_empty() {
        return 0.0;
    }
    let left: Vec<Label> = set.all.iter().copied().filter(|l| out.contains(l)).collect();
    let summed = left.len() < set.all.len();
    volume(sizes, &left) + if summed { PLACE * set.volume(sizes) } else { 0.0 }
}

/// The least cost of contracting all factors, and the pair to begin with.
fn cheapest(sizes: &[usize], sets: &[Labels], out: &[Label]) -> (f64, (usize, usize)) {
    let mut best = (f64::INFINITY, (0, 1));
    for i in 0..sets.len() {
        for j in i + 1..sets.len() {
            let (result, mut cost) = contracted(sizes, sets, out, i, j);
            if cost >= best.0 {
                continue;
            }
            if sets.len() > 2 {
                let mut rest: Vec<Labels> = (0..sets.len())
                    .filter(|&k| k != i && k != j)
                    .map(|k| sets[k].clone())
                    .collect();
                rest.push(result);
                cost += cheapest(sizes, &rest, out).0;
            } else {
                cost += spread_cost(sizes, &result, out);
            }
            if cost < best.0 {
                best = (cost, (i, j));
            }
        }
    }
    best
}

/// The product of two factors, summed over the labels that are not needed, if it is not known.
fn pair(
    b: &mut Builder,
    sizes: &[usize],
    x: Factor,
    y: Factor,
    order: &[Label],
    needed: &dyn Fn(&Label) -> bool,
    last: bool,
) -> Result<Factor> {
    let both = [x.untransposed(b), y.untransposed(b)];
    let (key, names) = product_form(1.0, &both, &|l| needed(&l));
    if let Some((atom, labels)) = b.forms.get(&key, &names) {
        return Ok(Factor { atom, labels });
    }
    let done = new_pair(b, sizes, x, y, order, needed, last)?;
    // Ones at places are not summed yet.
    if !OneHot::is(b, &done) {
        b.forms.insert(key, &names, &(done.atom, done.labels.clone()));
    }
    Ok(done)
}

fn new_pair(
    b: &mut Builder,
    sizes: &[usize],
    x: Factor,
    y: Factor,
    order: &[Label],
    needed: &dyn Fn(&Label) -> bool,
    last: bool,
) -> Result<Factor> {
    let hot = [&x, &y].map(|f| OneHot::of(b, f));
    let way = Labels::of(b, &x).way(&Labels::of(b, &y), needed);
    match (way, hot) {
        (Way::Gather(true), [Some(at), _]) => {
            let taken = gathered(b, sizes, &at, &y)?;
            return summed(b, taken, needed);
        }
        (Way::Gather(false), [_, Some(at)]) => {
            let taken = gathered(b, sizes, &at, &x)?;
            return summed(b, taken, needed);
        }
        (Way::Scatter(true), [Some(at), _]) => {
            return scattered(b, sizes, at, Some(&y), order, needed);
        }
        (Way::Scatter(false), [_, Some(at)]) => {
            return scattered(b, sizes, at, Some(&x), order, needed);
        }
        (Way::Join, [Some(x), Some(y)]) => return joined(b, sizes, x, y),
        _ => {}
    }
    let rank = |l: &Label| order.iter().position(|m| m == l).unwrap_or(usize::MAX);
    let shared: Vec<Label> = x.labels.iter().filter(|l| y.labels.contains(l)).copied().collect();
    let summed: Vec<Label> = shared.iter().filter(|l| !needed(l)).copied().collect();
    if !summed.is_empty() && summed.len() == shared.len() {
        // A matrix product: first the factor with the first axis of the result.
        let first = |f: &Factor| {
            f.labels.iter().filter(|l| needed(l)).map(rank).min().unwrap_or(usize::MAX)
        };
        let (x, y) = if first(&x) <= first(&y) { (x, y) } else { (y, x) };
        let places = |f: &Factor| -> Vec<usize> {
            summed.iter().filter_map(|l| f.labels.iter().position(|m| m == l)).collect()
        };
        let contract = (places(&x), places(&y));
        let labels =
            x.labels.iter().chain(&y.labels).filter(|l| !summed.contains(l)).copied().collect();
        let dot = DotGeneral { contract, batch: (vec![], vec![]) };
        return Ok(Factor { atom: b.emit1(dot, vec![x.atom, y.atom])?, labels });
    }
    // Element by element, in one loop with the sum.
    let larger = if volume(sizes, &x.labels) >= volume(sizes, &y.labels) { &x } else { &y };
    let mut labels = union(&larger.labels, &x.labels);
    labels = union(&labels, &y.labels);
    // In the middle of a product the larger array keeps its layout, and so it does where the axes
    // that stay are in order already: a sum over others goes along any axis.
    let stays = |l: &&Label| needed(l);
    let in_order = labels.iter().filter(stays).is_sorted_by_key(rank);
    if !in_order && (last || labels.len() > larger.labels.len()) {
        labels.sort_by_key(rank);
    }
    let mut atom = times(b, sizes, [&x, &y], &labels)?;
    if !summed.is_empty() {
        let axes = (0..labels.len()).filter(|&d| summed.contains(&labels[d])).collect();
        atom = b.emit1(Reduce { op: ReduceOp::Sum, axes }, vec![atom])?;
        labels.retain(|l| !summed.contains(l));
    }
    Ok(Factor { atom, labels })
}

/// The product of two arrays over all of their labels, zero where ones at places are not.
fn times(b: &mut Builder, sizes: &[usize], both: [&Factor; 2], labels: &[Label]) -> Result<Atom> {
    for [f, other] in [both, [both[1], both[0]]] {
        let (f, is_one) = (f.untransposed(b), OneHot::is(b, other));
        if let (Some((Prim::Convert(_), &[mask])), false) = (b.definition(f.atom), is_one)
            && OneHot::is(b, &f)
        {
            let mask = align(b, sizes, &Factor { atom: mask, labels: f.labels }, labels)?;
            let x = align(b, sizes, other, labels)?;
            let zero = literal(0.0, b.dtype(x));
            return b.emit1(Select, vec![mask, zero, x]);
        }
    }
    let [x, y] = both;
    let factors = vec![align(b, sizes, x, labels)?, align(b, sizes, y, labels)?];
    b.emit1(Binary { op: BinaryOp::Mul }, factors)
}

/// The sum over the labels that are not needed, but those of ones at places.
fn summed(b: &mut Builder, mut f: Factor, needed: &dyn Fn(&Label) -> bool) -> Result<Factor> {
    let axes: Vec<usize> = (0..f.labels.len()).filter(|&d| !needed(&f.labels[d])).collect();
    if !axes.is_empty() && !OneHot::is(b, &f) {
        f.labels.retain(needed);
        f.atom = b.emit1(Reduce { op: ReduceOp::Sum, axes }, vec![f.atom])?;
    }
    Ok(f)
}

/// The sum of arrays over the labels that any of them has.
pub(super) fn add_up(b: &mut Builder, sizes: &[usize], cores: &[Factor]) -> Result<Factor> {
    let cores: Vec<Factor> = cores.iter().map(|f| f.untransposed(b)).collect();
    let parts: Vec<_> = cores.iter().map(|f| (f.atom, f.labels.as_slice())).collect();
    let (key, names) = form(Kind::Sum, &parts, &|_| true);
    if let Some((atom, labels)) = b.forms.get(&key, &names) {
        return Ok(Factor { atom, labels });
    }
    let has = |l: &Label| cores.iter().any(|c| c.labels.contains(l));
    let labels: Vec<Label> = (0..sizes.len()).filter(has).collect();
    let mut sum: Option<Atom> = None;
    for core in &cores {
        let x = align(b, sizes, core, &labels)?;
        sum = Some(match sum {
            Some(sum) => b.emit1(Binary { op: BinaryOp::Add }, vec![sum, x])?,
            None => x,
        });
    }
    let missing = || crate::Error::internal("a sum of nothing");
    let atom = sum.ok_or_else(missing)?;
    b.forms.insert(key, &names, &(atom, labels.clone()));
    Ok(Factor { atom, labels })
}
