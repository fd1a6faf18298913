//! A loop for many examples at once.

use super::carries::fixed_point;
use crate::base::Result;
use crate::ir::params::Scan;
use crate::ir::{Aval, Batched, Tensor, trace};
use crate::prims::derive;
use crate::{lax, transform};
use std::sync::Arc;

/// The type of a value with its examples along `dim`.
fn widen(aval: &Aval, dim: Option<usize>, size: usize) -> Aval {
    match dim {
        Some(d) => aval.with_shape(aval.shape.with_axis(d, size)),
        None => aval.clone(),
    }
}

/// The results for `size` examples. Carries that are the same for all examples in every run stay
/// single.
///
/// # Errors
/// When a primitive of the body cannot be batched.
pub(super) fn batch(scan: &Scan, args: &[Batched], size: usize) -> Result<Vec<Batched>> {
    let [consts, init, xs] = scan.operands(args);
    // The axis of the loop stays in front; that of the examples lies behind it.
    let behind = |x: &Batched| match x.dim {
        Some(0) => Batched::new(lax::move_axis(&x.value, 0, 1), 1),
        _ => x.clone(),
    };
    let xs: Vec<Batched> = xs.iter().map(behind).collect();
    // The examples of a carry lie where they lie at first, and otherwise in front.
    let places: Vec<usize> = init.iter().map(|c| c.dim.unwrap_or(0)).collect();
    let avals = scan.jaxpr.in_avals();
    let start: Vec<bool> = init.iter().map(|c| c.dim.is_some()).collect();
    let (batched, (jaxpr, y_dims)) = fixed_point(start, |carry| {
        let carry_dims = carry.iter().zip(&places).map(|(&c, &d)| c.then_some(d));
        let dims: Vec<Option<usize>> = consts
            .iter()
            .map(|c| c.dim)
            .chain(carry_dims)
            .chain(xs.iter().map(|x| x.dim.map(|d| d - 1)))
            .collect();
        let avals: Vec<Aval> = avals.iter().zip(&dims).map(|(a, &d)| widen(a, d, size)).collect();
        let (traced, (after, y_dims)) = trace::trace(&avals, |ins| {
            let args: Vec<Batched> =
                ins.iter().zip(&dims).map(|(t, &d)| Batched::new(t.clone(), d)).collect();
            let outs = transform::batch(&scan.jaxpr, &args, size)?;
            let [next, ys] = scan.results(&outs);
            let after: Vec<bool> = next.iter().map(|c| c.dim.is_some()).collect();
            let place = |((c, &d), &b): ((&Batched, &usize), &bool)| {
                if b { derive::place(c, d, size) } else { c.value.clone() }
            };
            let mut values: Vec<Tensor> = next.iter().zip(&places).zip(carry).map(place).collect();
            values.extend(ys.iter().map(|y| y.value.clone()));
            let y_dims: Vec<Option<usize>> = ys.iter().map(|y| y.dim.map(|d| d + 1)).collect();
            Ok((values, (after, y_dims)))
        })?;
        Ok((after, (traced.jaxpr, y_dims)))
    })?;
    let carries = init
        .iter()
        .zip(&places)
        .zip(&batched)
        .map(|((c, &d), &b)| if b { derive::place(c, d, size) } else { c.value.clone() });
    let ins: Vec<Tensor> = consts
        .iter()
        .map(|c| c.value.clone())
        .chain(carries)
        .chain(xs.iter().map(|x| x.value.clone()))
        .collect();
    let outs = lax::scan(Scan { jaxpr: Arc::new(jaxpr), ..scan.clone() }, &ins);
    let carry_dims = places.iter().zip(&batched).map(|(&d, &b)| b.then_some(d));
    let dims = carry_dims.chain(y_dims);
    Ok(outs.into_iter().zip(dims).map(|(t, d)| Batched::new(t, d)).collect())
}
