//! Sums of second derivatives in one forward pass: the forward Laplacian (Li et al., "A computational
//! framework for neural network-based variational Monte Carlo with forward Laplacian", 2024), which is
//! Taylor mode for all basis vectors with the second-order terms added up at every equation.
//!
//! Beside each value `y` go its derivatives `∂ᵢy` by all inputs, along a batch axis, and `Δy = Σᵢ ∂ᵢ²y`,
//! which is of the size of `y`. An equation `y = p(x)` has `∂ᵢy = p′(x) ∂ᵢx` and
//! `Δy = p′(x) Δx + Σᵢ p″(x)[∂ᵢx, ∂ᵢx]`, where the last term is nothing for a linear `p`. The rules are
//! those of forward mode, applied twice to the one equation.

use super::walk::{apply, environment, read};
use super::{batch, jvp, jvp_jaxpr};
use crate::base::{DType, Result, Scalar};
use crate::ir::{Atom, Aval, Batched, Eqn, Jaxpr, Tangent, Tensor, Var, with_source};
use crate::lax;

/// A value with its derivatives; `None` stands for zero.
#[derive(Clone)]
struct Jet {
    value: Tensor,
    columns: Option<Batched>,
    sum: Tangent,
}

impl Jet {
    fn constant(value: Tensor) -> Jet {
        Jet { value, columns: None, sum: None }
    }
}

/// The Laplacians of the results of a program by input `k`, `Σᵢ ∂²y/∂xᵢ²` over all its elements, with
/// the derivatives by at most `chunk` of them at once.
///
/// # Errors
/// When a primitive that depends on the input has no derivative, or one cannot be batched.
pub(super) fn laplacian(
    jaxpr: &Jaxpr,
    ins: &[Tensor],
    k: usize,
    chunk: Option<usize>,
) -> Result<Vec<Tensor>> {
    let (x, outs) = (ins[k].aval(), jaxpr.out_avals());
    let n = x.size();
    let dense = |sums: Vec<Tangent>| -> Vec<Tensor> {
        let or_zero = |(t, y): (Tangent, _)| t.unwrap_or_else(|| lax::zeros_like(y));
        sums.into_iter().zip(&outs).map(or_zero).collect()
    };
    let rows = chunk.unwrap_or(n).clamp(1, n.max(1));
    if rows >= n {
        let basis = lax::reshape(&lax::delta(x.dtype, [n, n], 0, 1), x.shape.with_axis(0, n));
        return Ok(dense(sums(jaxpr, ins, k, basis, n)?));
    }
    // Rows past the last one are zeros.
    let first = lax::mul(&lax::iota(DType::I32, [n.div_ceil(rows)], 0), &number(rows));
    let body = |totals: &[Tensor], first: &[Tensor]| {
        let index = |dim| lax::iota(DType::I32, [rows, n], dim);
        let row = lax::add(&index(0), &lax::broadcast_in_dim(&first[0], [rows, n], &[]));
        let basis = lax::convert_element_type(&lax::eq(&row, &index(1)), x.dtype);
        let basis = lax::reshape(&basis, x.shape.with_axis(0, rows));
        let sums = dense(sums(jaxpr, ins, k, basis, rows)?);
        Ok((totals.iter().zip(&sums).map(|(a, b)| lax::add(a, b)).collect(), ()))
    };
    let init: Vec<Tensor> = outs.iter().map(lax::zeros_like).collect();
    let turns = (n.div_ceil(rows), false);
    Ok(lax::scan_with(turns, &init, &[first], body)?.0)
}

fn number(n: usize) -> Tensor {
    Tensor::literal(Scalar::I32(n as i32))
}

/// The sums of the second derivatives along `n` vectors, which lie along axis 0 of `basis`.
fn sums(jaxpr: &Jaxpr, ins: &[Tensor], k: usize, basis: Tensor, n: usize) -> Result<Vec<Tangent>> {
    let mut jets: Vec<Jet> = ins.iter().cloned().map(Jet::constant).collect();
    jets[k].columns = Some(Batched::new(basis, 0));
    let mut env = environment(jaxpr, jets, Jet::constant)?;
    for eqn in &jaxpr.eqns {
        let ins: Vec<Jet> = eqn.ins.iter().map(|&a| read(&env, a, Jet::constant)).collect();
        if ins.iter().all(|x| x.columns.is_none()) {
            let values: Vec<Tensor> = ins.into_iter().map(|x| x.value).collect();
            env.extend(apply(eqn, &values).into_iter().map(Jet::constant));
        } else {
            let alone = alone(jaxpr, eqn);
            env.extend(with_source(eqn.at, || through(&alone, &ins, n))?);
        }
    }
    Ok(jaxpr.outs.iter().map(|&a| read(&env, a, Jet::constant).sum).collect())
}

/// A program of one equation, each operand of which is an input of its own; literals stay what they are.
fn alone(jaxpr: &Jaxpr, eqn: &Eqn) -> Jaxpr {
    let n_ins = eqn.ins.len();
    let ins = eqn.ins.iter().map(|&a| Aval { weak: false, ..jaxpr.atom_aval(a) });
    let outs = eqn.outs.iter().map(|&v| jaxpr.aval(v).clone());
    let var = |i: usize| Var(i as u32);
    let results: Vec<Var> = (n_ins..n_ins + eqn.outs.len()).map(var).collect();
    Jaxpr {
        avals: ins.chain(outs).collect(),
        consts: Vec::new(),
        n_ins,
        outs: results.iter().map(|&v| Atom::Var(v)).collect(),
        eqns: vec![Eqn {
            ins: eqn
                .ins
                .iter()
                .enumerate()
                .map(|(i, a)| a.var().map_or(*a, |_| Atom::Var(var(i))))
                .collect(),
            outs: results,
            ..eqn.clone()
        }],
    }
}

/// The results of a program of one equation, with their derivatives by `n` numbers.
fn through(alone: &Jaxpr, ins: &[Jet], n: usize) -> Result<Vec<Jet>> {
    let active: Vec<bool> = ins.iter().map(|x| x.columns.is_some()).collect();
    let values: Vec<Tensor> = ins.iter().map(|x| x.value.clone()).collect();
    let columns: Vec<Batched> = ins.iter().filter_map(|x| x.columns.clone()).collect();
    let at: Vec<Batched> = values.iter().map(|x| Batched::new(x.clone(), None)).collect();
    let n_outs = alone.outs.len();

    // (x, v) ↦ (p(x), p′(x) v), and of that the derivative of its second result by x along v.
    let (first, nonzero) = jvp_jaxpr(alone, &active)?;
    let outs = batch(&first, &[&at[..], &columns].concat(), n)?;
    let by_x: Vec<bool> = active.iter().copied().chain(vec![false; columns.len()]).collect();
    let (second, curved) = jvp_jaxpr(&first, &by_x)?;
    let curvatures = batch(&second, &[&at[..], &columns, &columns].concat(), n)?;
    let sums: Vec<Tangent> = ins.iter().map(|x| x.sum.clone()).collect();
    let (_, along) = jvp(alone, &values, &sums)?;

    let (values, columns) = outs.split_at(n_outs);
    let mut columns = columns.iter();
    // The tangents of `second` follow its values and tangents, which are the results of `first`.
    let mut curvatures = curvatures[outs.len()..].iter();
    let mut curved = curved.into_iter();
    let of_values: Vec<bool> = curved.by_ref().take(n_outs).collect();
    curvatures.by_ref().take(of_values.iter().filter(|c| **c).count()).for_each(drop);
    let mut jets = Vec::with_capacity(n_outs);
    for ((value, nonzero), sum) in values.iter().zip(nonzero).zip(along) {
        let mut jet = Jet { value: value.value.clone(), columns: None, sum };
        if nonzero {
            jet.columns = columns.next().cloned();
            let curvature = curved.next().unwrap_or(false).then(|| curvatures.next()).flatten();
            let curvature = curvature.map(|b| match b.dim {
                Some(dim) => lax::reduce_sum(&b.value, &[dim]),
                None => lax::mul(&b.value, &lax::number(&b.value, n as f64)),
            });
            jet.sum = match (jet.sum, curvature) {
                (Some(a), Some(b)) => Some(lax::add(&a, &b)),
                (a, b) => a.or(b),
            };
        }
        jets.push(jet);
    }
    Ok(jets)
}
