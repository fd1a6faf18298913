//! Contractions by named axes: einsum, and what the products of `linear.rs` are written in.
//!
//! Every axis has a label. Axes with equal labels run together: within one operand they make a
//! diagonal, between two they are paired. A label that is not in the result is summed over.
//! Operands are contracted two at a time, each time the two whose product shrinks the data most
//! (opt_einsum's greedy rule). A pair with nothing to sum is an element-wise product.

use super::{one_dtype, or_poison, zero};
use crate::base::{DType, Error, Result, Shape, Source};
use crate::ir::{Aval, Tensor, poison};
use crate::lax;
use std::borrow::Borrow;

/// The name of an axis: a letter, or `DOTS + k` for the axis `k` from the right of an ellipsis.
pub(super) type Label = u32;

/// The first label beyond letters. Labels from here on broadcast as numpy does.
pub(super) const DOTS: Label = 0x11_0000;

/// An operand with a label for each of its axes.
pub(super) struct Labelled {
    value: Tensor,
    labels: Vec<Label>,
}

impl Labelled {
    pub(super) fn new(value: &Tensor, labels: impl IntoIterator<Item = Label>) -> Labelled {
        Labelled { value: value.clone(), labels: labels.into_iter().collect() }
    }

    /// The axis of a label.
    fn axis(&self, label: Label) -> Option<usize> {
        self.labels.iter().position(|&l| l == label)
    }

    /// The axes of the labels that are there, in their order.
    fn axes(&self, labels: &[Label]) -> Vec<usize> {
        labels.iter().filter_map(|&l| self.axis(l)).collect()
    }

    /// The labels that are not among `others`.
    fn labels_without(&self, others: &[Label]) -> Vec<Label> {
        self.labels.iter().copied().filter(|l| !others.contains(l)).collect()
    }
}

impl Tensor {
    /// Einstein summation: products of the operands' elements, summed over every label that the
    /// result does not have.
    ///
    /// `spec` names the axes of each operand by letters, then after `->` those of the result;
    /// without an arrow the result has the labels that stand once, in alphabetical order. A label
    /// that an operand has twice takes its diagonal. `...` stands for further axes, which
    /// broadcast.
    ///
    /// ```
    /// # use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|a: Tensor| {
    ///     let a = a.reshape([2, 2]);
    ///     (Tensor::einsum("ij,jk->ik", [&a, &a]), Tensor::einsum("ii", [&a]))
    /// });
    /// let (square, trace) = f.call(vec![1.0, 2.0, 3.0, 4.0])?;
    /// assert_eq!(square.to_vec::<f64>()?, [7.0, 10.0, 15.0, 22.0]);
    /// assert_eq!(trace.item::<f64>()?, 5.0);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the specification is malformed or does not fit the operands.
    #[track_caller]
    pub fn einsum(spec: &str, operands: impl IntoIterator<Item: Borrow<Tensor>>) -> Tensor {
        let operands: Vec<Tensor> = operands.into_iter().map(|t| t.borrow().clone()).collect();
        match parse(spec, &operands) {
            Ok((labelled, out)) => contract("einsum", labelled, &out),
            Err(e) => {
                let dtype = operands.first().map_or(DType::F64, Tensor::dtype);
                poison(e.or_at(Source::here()), Aval::new((), dtype))
            }
        }
    }
}

/// The labels of the operands and of the result.
fn parse(spec: &str, operands: &[Tensor]) -> Result<(Vec<Labelled>, Vec<Label>)> {
    let spec: String = spec.chars().filter(|c| !c.is_whitespace()).collect();
    let fail = |why: String| Err(Error::argument("einsum", format!("\"{spec}\": {why}")));
    let (inputs, output) = match spec.split_once("->") {
        Some((inputs, output)) => (inputs, Some(output)),
        None => (spec.as_str(), None),
    };
    let terms: Vec<&str> = inputs.split(',').collect();
    if terms.len() != operands.len() {
        return fail(format!("it names {} operands, given {}", terms.len(), operands.len()));
    }
    let (mut labelled, mut dots) = (vec![], 0);
    for (term, operand) in terms.iter().zip(operands) {
        let Some((head, tail, dotted)) = letters(term) else {
            return fail(format!("a term is letters and at most one `...`, not \"{term}\""));
        };
        let extra = operand.rank().checked_sub(head.len() + tail.len());
        let Some(extra) = extra.filter(|&n| dotted || n == 0) else {
            return fail(format!("\"{term}\" for an operand of shape {}", operand.shape()));
        };
        dots = dots.max(extra);
        labelled.push(Labelled::new(operand, [head, ellipsis(extra), tail].concat()));
    }
    let mut all: Vec<Label> = labelled.iter().flat_map(|o| o.labels.iter().copied()).collect();
    all.sort_unstable();
    let Some(output) = output else {
        let once = |l: &Label| *l < DOTS && all.iter().filter(|&k| k == l).count() == 1;
        let letters = all.iter().copied().filter(once).collect();
        return Ok((labelled, [ellipsis(dots), letters].concat()));
    };
    let Some((head, tail, dotted)) = letters(output) else {
        return fail(format!("the result is letters and at most one `...`, not \"{output}\""));
    };
    if dots > 0 && !dotted {
        return fail("the result needs a `...` too".into());
    }
    let named = [head.as_slice(), &tail].concat();
    if (1..named.len()).any(|i| named[..i].contains(&named[i])) {
        return fail("the result names an axis twice".into());
    }
    if named.iter().any(|l| !all.contains(l)) {
        return fail("the result names an axis that no operand has".into());
    }
    Ok((labelled, [head, ellipsis(dots), tail].concat()))
}

/// The labels before and after an ellipsis, and whether there is one.
fn letters(term: &str) -> Option<(Vec<Label>, Vec<Label>, bool)> {
    let (head, tail) = term.split_once("...").unwrap_or((term, ""));
    let alphabetic = |s: &str| s.chars().all(|c| c.is_ascii_alphabetic());
    let labels = |s: &str| s.chars().map(Label::from).collect();
    let valid = alphabetic(head) && alphabetic(tail);
    valid.then(|| (labels(head), labels(tail), term.contains("...")))
}

/// The labels of the `n` axes of an ellipsis, left to right.
pub(super) fn ellipsis(n: usize) -> Vec<Label> {
    (0..n as Label).rev().map(|k| DOTS + k).collect()
}

/// The product of the operands with exactly the labels `out`, the others summed over.
#[track_caller]
pub(super) fn contract(op: &str, operands: Vec<Labelled>, out: &[Label]) -> Tensor {
    let like = operands.first().map_or_else(|| Tensor::scalar(0.0), |o| o.value.clone());
    or_poison!(one_dtype(op, operands.iter().map(|o| &o.value)), like);
    let sizes = or_poison!(Sizes::of(op, &operands), like);
    let mut pending = vec![];
    for operand in operands {
        pending.push(without_repeated(squeeze_broadcast(operand, &sizes)));
    }
    // With a single operand there is no pair to sum the labels that are not in the result.
    while let Some((i, j)) = cheapest(&pending, out, &sizes) {
        let (y, x) = (pending.remove(j), pending.remove(i));
        let kept = kept_labels(&pending, out);
        pending.insert(i, pair(x, y, &kept));
    }
    match pending.pop() {
        Some(last) => arrange(&sum_out(last, out), out),
        None => like,
    }
}

/// The size of every label.
struct Sizes(Vec<(Label, usize)>);

impl Sizes {
    fn of(op: &str, operands: &[Labelled]) -> Result<Sizes> {
        let mut sizes: Vec<(Label, usize)> = vec![];
        let pairs = |o: &Labelled| o.labels.clone().into_iter().zip(o.value.shape().to_vec());
        for (label, size) in operands.iter().flat_map(pairs) {
            let known = sizes.iter_mut().find(|(l, _)| *l == label);
            match known {
                None => sizes.push((label, size)),
                Some((_, n)) if *n == size || label >= DOTS && size == 1 => {}
                Some((_, n)) if label >= DOTS && *n == 1 => *n = size,
                Some((_, n)) => {
                    let shapes: Vec<&Shape> = operands.iter().map(|o| o.value.shape()).collect();
                    let name = char::from_u32(label).filter(|c| c.is_alphabetic());
                    let name = name.map_or_else(String::new, |c| format!(" named `{c}`"));
                    let why = format!("axes{name} that go together have sizes {n} and {size}");
                    return Err(Error::shape(op, &shapes, why));
                }
            }
        }
        Ok(Sizes(sizes))
    }

    fn size(&self, label: Label) -> usize {
        self.0.iter().find(|(l, _)| *l == label).map_or(1, |&(_, n)| n)
    }

    /// The number of elements of an array with these labels.
    fn volume(&self, labels: &[Label]) -> f64 {
        labels.iter().map(|&l| self.size(l) as f64).product()
    }
}

/// Without the axes of size one that broadcast against a longer one: the product repeats them.
#[track_caller]
fn squeeze_broadcast(x: Labelled, sizes: &Sizes) -> Labelled {
    let short = |&d: &usize| x.value.shape()[d] == 1 && sizes.size(x.labels[d]) != 1;
    let axes: Vec<usize> = (0..x.labels.len()).filter(short).collect();
    let labels = (0..x.labels.len()).filter(|d| !axes.contains(d)).map(|d| x.labels[d]).collect();
    Labelled { value: lax::squeeze(&x.value, &axes), labels }
}

/// The diagonal of the axes that share a label, as a choice by the delta of their indices: nothing
/// off the diagonal comes in, whatever it is.
#[track_caller]
fn without_repeated(x: Labelled) -> Labelled {
    let first = |d: usize| x.axis(x.labels[d]).unwrap_or(d);
    let repeats: Vec<usize> = (0..x.labels.len()).filter(|&d| first(d) != d).collect();
    if repeats.is_empty() {
        return x;
    }
    let mut value = x.value.clone();
    for &d in &repeats {
        let delta = lax::delta(DType::Bool, x.value.shape(), first(d), d);
        value = lax::select(&delta, &value, &zero(&value));
    }
    let labels = (0..x.labels.len()).filter(|d| !repeats.contains(d)).map(|d| x.labels[d]);
    Labelled { labels: labels.collect(), value: lax::reduce_sum(&value, &repeats) }
}

/// The result's labels and those that a later operand still needs.
fn kept_labels(rest: &[Labelled], out: &[Label]) -> Vec<Label> {
    let mut kept = out.to_vec();
    kept.extend(rest.iter().flat_map(|o| &o.labels));
    kept
}

/// The two operands whose product leaves the least behind, or `None` if there are no two.
fn cheapest(pending: &[Labelled], out: &[Label], sizes: &Sizes) -> Option<(usize, usize)> {
    let needed = |label: &Label, i: usize, j: usize| {
        let other = |(k, o): (usize, &Labelled)| k != i && k != j && o.labels.contains(label);
        out.contains(label) || pending.iter().enumerate().any(other)
    };
    let growth = |&(i, j): &(usize, usize)| {
        let (x, y) = (&pending[i], &pending[j]);
        let mut labels = [x.labels.clone(), y.labels_without(&x.labels)].concat();
        labels.retain(|l| needed(l, i, j));
        sizes.volume(&labels) - sizes.volume(&x.labels) - sizes.volume(&y.labels)
    };
    let pairs = (0..pending.len()).flat_map(|j| (0..j).map(move |i| (i, j)));
    pairs.min_by(|a, b| growth(a).total_cmp(&growth(b)))
}

/// `x` summed over the labels that are not kept.
#[track_caller]
fn sum_out(x: Labelled, kept: &[Label]) -> Labelled {
    let gone = x.labels_without(kept);
    let axes = x.axes(&gone);
    Labelled { labels: x.labels_without(&gone), value: lax::reduce_sum(&x.value, &axes) }
}

/// The product of two operands, summed over the labels that are not kept.
#[track_caller]
fn pair(x: Labelled, y: Labelled, kept: &[Label]) -> Labelled {
    let x = sum_out(x, &[kept, &y.labels].concat());
    let y = sum_out(y, &[kept, &x.labels].concat());
    let alone = y.labels_without(&x.labels);
    let shared = y.labels_without(&alone);
    let (batch, summed): (Vec<Label>, Vec<Label>) = shared.iter().partition(|l| kept.contains(l));
    if summed.is_empty() {
        let labels = [x.labels.clone(), alone].concat();
        let value = spread(&x, &labels, &y) * spread(&y, &labels, &x);
        return Labelled { value, labels };
    }
    let value = lax::dot_general(
        &x.value,
        &y.value,
        (&x.axes(&summed), &y.axes(&summed)),
        (&x.axes(&batch), &y.axes(&batch)),
    );
    let labels = [batch, x.labels_without(&shared), alone].concat();
    Labelled { value, labels }
}

/// `x` with the axes `labels`, those it lacks repeated as long as in `other`.
#[track_caller]
fn spread(x: &Labelled, labels: &[Label], other: &Labelled) -> Tensor {
    if x.value.aval().weak {
        return x.value.clone();
    }
    let own: Vec<Label> = labels.iter().copied().filter(|l| x.labels.contains(l)).collect();
    let value = lax::transpose(&x.value, &x.axes(&own));
    let size = |l: &Label| {
        let from = |o: &Labelled| o.axis(*l).and_then(|d| o.value.shape().get(d).copied());
        from(x).or_else(|| from(other)).unwrap_or(1)
    };
    let dims: Vec<usize> = (0..labels.len()).filter(|&d| own.contains(&labels[d])).collect();
    lax::broadcast_in_dim(&value, labels.iter().map(size).collect::<Shape>(), &dims)
}

/// `x`, which has exactly the labels `out`, with its axes in their order.
#[track_caller]
fn arrange(x: &Labelled, out: &[Label]) -> Tensor {
    lax::transpose(&x.value, &x.axes(out))
}
