//! Outer products that contractions are made of, by calls.
//!
//! The contraction of three arrays is a product of two, `Σ_s (x_si y_sj) z_sk`, and XLA makes a kernel
//! for each first product; in the Hessian of a deep network these are most of them. Where both sides
//! lie in arrays already, a function of `cotangent_kernels` multiplies them, in the order that the
//! second product wants.

use super::views::{Program, View};
use crate::base::Shape;
use crate::hlo::{Module, Value};
use crate::ir::params::{BinaryOp, DotGeneral};
use crate::ir::{Atom, Eqn, Prim};
use cotangent_kernels::{PRODUCT, product_numbers};
use std::collections::HashMap;

/// A smaller product stays in a kernel of XLA's.
const SMALL: usize = 256;
/// At most so many factors.
const FACTORS: usize = 4;
/// So many products are worth calls: they cost nothing to compile, but more than a kernel to call.
const PRODUCTS: usize = 8;

/// Products by the equations whose results they are.
#[derive(Default)]
pub(super) struct Products(HashMap<usize, Product>);

/// A product of arrays.
pub(super) struct Product {
    factors: Vec<Atom>,
    numbers: Vec<usize>,
    shape: Shape,
    /// The axes of the value in the order in which they lie.
    order: Vec<usize>,
}

/// The axes of an operand of a contraction in the order of a product of matrices, which XLA would copy
/// it into.
fn matrix_order(p: &DotGeneral, side: usize, rank: usize) -> Vec<usize> {
    let of = |(x, y): &(Vec<usize>, Vec<usize>)| if side == 0 { x.clone() } else { y.clone() };
    let (batch, contract) = (of(&p.batch), of(&p.contract));
    let free = (0..rank).filter(|d| !batch.contains(d) && !contract.contains(d)).collect();
    if side == 0 { [batch, free, contract].concat() } else { [batch, contract, free].concat() }
}

impl Products {
    pub(super) fn of(program: &Program<'_>) -> Products {
        let jaxpr = program.jaxpr;
        if !program.hlo.kernels {
            return Products::default();
        }
        // How often contractions read each variable, and the order of axes that the first one wants.
        let mut readers: Vec<(usize, Vec<usize>)> = vec![(0, vec![]); jaxpr.avals.len()];
        for eqn in &jaxpr.eqns {
            let Prim::DotGeneral(p) = &eqn.prim else { continue };
            for (side, x) in eqn.ins.iter().enumerate() {
                let Some(v) = x.var() else { continue };
                let (count, order) = &mut readers[v.index()];
                if *count == 0 {
                    *order = matrix_order(p, side, jaxpr.aval(v).rank());
                }
                *count += 1;
            }
        }
        let product = |(k, eqn): (usize, &Eqn)| {
            let &[v] = eqn.outs.as_slice() else { return None };
            let (count, order) = &readers[v.index()];
            if *count == 0 || *count < program.uses(Atom::Var(v)) {
                return None;
            }
            Some((k, program.product(Atom::Var(v), order)?))
        };
        let products: HashMap<usize, Product> =
            jaxpr.eqns.iter().enumerate().filter_map(product).collect();
        Products(if products.len() < PRODUCTS { HashMap::new() } else { products })
    }

    pub(super) fn get(&self, k: usize) -> Option<&Product> {
        self.0.get(&k)
    }
}

impl Product {
    pub(super) fn lower(
        &self,
        hlo: &mut Module,
        value: &mut dyn FnMut(&mut Module, Atom) -> Value,
    ) -> Value {
        let factors: Vec<Value> = self.factors.iter().map(|&x| value(hlo, x)).collect();
        let ins: Vec<&Value> = factors.iter().collect();
        let shape = self.order.iter().map(|&d| self.shape[d]).collect();
        let product = hlo.kernel_by_numbers(PRODUCT, &ins, &shape, &self.numbers, false);
        let place = |d| self.order.iter().position(|&o| o == d).unwrap_or(d);
        let perm: Vec<usize> = (0..self.order.len()).map(place).collect();
        if perm.is_sorted() { product } else { hlo.transpose(&product, &perm) }
    }
}

impl Program<'_> {
    /// A value as a product of arrays, if it is one of at least two that are there anyway; its axes
    /// lie in this order.
    fn product(&self, x: Atom, order: &[usize]) -> Option<Product> {
        let out = self.jaxpr.atom_aval(x);
        if !self.hlo.has_kernels(out.dtype) || out.size() < SMALL {
            return None;
        }
        let (mut to, mut step) = (vec![0; order.len()], 1);
        for &d in order.iter().rev() {
            (to[d], step) = (step, step * out.shape[d]);
        }
        let factors = self.parts(x, &View::of(&out.shape, to), BinaryOp::Mul, FACTORS, true)?;
        let lies = |(x, view): &(Atom, View)| view.full && self.is_stored(*x);
        if factors.len() < 2 || !factors.iter().all(lies) {
            return None;
        }
        // The loops of all factors, cut alike: where any of them begins or ends in the result.
        let loops = factors.iter().flat_map(|(_, view)| &view.loops).filter(|(size, _)| *size > 1);
        let mut ends: Vec<usize> = loops.flat_map(|&(size, to)| [to, to * size]).collect();
        ends.sort_unstable();
        ends.dedup();
        if ends.windows(2).any(|pair| pair[1] % pair[0] != 0) {
            return None;
        }
        let mut loops: Vec<(usize, Vec<usize>)> = Vec::new();
        let steps: Vec<Vec<usize>> =
            factors.iter().map(|(x, v)| v.steps(&self.jaxpr.atom_aval(*x).shape)).collect();
        for pair in ends.windows(2).rev() {
            // Of each factor the step of the loop that this one is a part of.
            let step = |((_, view), steps): (&(Atom, View), &Vec<usize>)| {
                let all = view.loops.iter().zip(steps);
                let mut own = all.filter(|((size, to), _)| *to <= pair[0] && pair[1] <= size * to);
                own.next().map_or(0, |((_, to), step)| step * (pair[0] / to))
            };
            let from: Vec<usize> = factors.iter().zip(&steps).map(step).collect();
            let size = pair[1] / pair[0];
            match loops.last_mut() {
                Some((n, last)) if last.iter().zip(&from).all(|(l, f)| *l == f * size) => {
                    (*n, *last) = (*n * size, from);
                }
                _ => loops.push((size, from)),
            }
        }
        let sizes: Vec<usize> = loops.iter().map(|(size, _)| *size).collect();
        let steps: Vec<Vec<usize>> =
            (0..factors.len()).map(|f| loops.iter().map(|(_, from)| from[f]).collect()).collect();
        let numbers = product_numbers(&sizes, &steps);
        let factors = factors.into_iter().map(|(x, _)| x).collect();
        Some(Product { factors, numbers, shape: out.shape, order: order.to_vec() })
    }

    /// Whether a value lies in memory anyway.
    fn is_stored(&self, x: Atom) -> bool {
        let Some(eqn) = self.maker(x) else { return true };
        matches!(
            eqn.prim,
            Prim::DotGeneral(_)
                | Prim::Reduce(_)
                | Prim::OptimizationBarrier(_)
                | Prim::Scatter(_)
                | Prim::DynamicUpdateSlice(_)
        ) || self.uses(x) > 2
    }
}
