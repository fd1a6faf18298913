//! The program of the products that a sparse derivative is found in.

use super::plan::{Coloring, Plan};
use crate::base::{DType, Error, Result, Scalar};
use crate::ir::{Aval, Batched, Jaxpr, Tangent, Tensor, trace};
use crate::lax;
use crate::transform::{self, Linear};

/// The program whose inputs are those of `jaxpr`, then the colours, then, if elements are taken out, their
/// places. It gives the elements, or the table of the products.
///
/// # Errors
/// When a primitive lacks a rule, or tensors that go together differ in dtype.
pub(super) fn program(jaxpr: &Jaxpr, wrt: &[usize], plan: &Plan, take: bool) -> Result<Jaxpr> {
    let mut avals = jaxpr.in_avals();
    let n = avals.len();
    avals.push(Aval::new([plan.colours.len()], DType::I32));
    if take {
        avals.push(Aval::new([plan.pattern().nnz()], DType::I32));
    }
    let run = |ins: &[Tensor]| {
        let (args, rest) = ins.split_at(n);
        let active: Vec<bool> = (0..n).map(|i| wrt.contains(&i)).collect();
        let (_, linear) = transform::linearize(jaxpr, args, &active)?;
        let xs: Vec<Aval> = wrt.iter().map(|&k| args[k].aval().clone()).collect();
        let ys = jaxpr.out_avals();
        let forward = plan.coloring() != Coloring::Rows;
        let (inputs, results) = if forward { (&xs, &ys) } else { (&ys, &xs) };
        let count = plan.products() - plan.peeled.len();
        let number = lax::iota(DType::I32, [count, plan.colours.len()], 0);
        let colours = lax::broadcast_in_dim(&rest[0], [count, plan.colours.len()], &[1]);
        let seeds = lax::eq(&number, &colours);
        let mut parts = vec![product(&linear, wrt, forward, &seeds, inputs, results)?];
        if !plan.peeled.is_empty() {
            let length: usize = results.iter().map(Aval::size).sum();
            let shape = [plan.peeled.len(), length];
            let rows = plan.peeled.iter().map(|&i| Scalar::I32(i as i32)).collect::<Vec<_>>();
            let rows = crate::base::HostArray::from_scalars(DType::I32, [rows.len()], &rows)?;
            let rows = lax::broadcast_in_dim(&trace::constant(rows.into()), shape, &[0]);
            let seeds = lax::eq(&rows, &lax::iota(DType::I32, shape, 1));
            parts.push(product(&linear, wrt, !forward, &seeds, results, inputs)?);
        }
        let flat: Vec<Tensor> = parts.iter().map(|p| lax::reshape(p, [p.size()])).collect();
        let flat = lax::concatenate(&flat.iter().collect::<Vec<_>>(), 0);
        Ok((vec![if take { flat.take(&rest[1], 0) } else { flat }], ()))
    };
    Ok(trace::trace(&avals, run)?.0.jaxpr)
}

/// The products with seeds, a truth value for each product and element, as a table of the same kind.
fn product(
    linear: &Linear,
    wrt: &[usize],
    forward: bool,
    seeds: &Tensor,
    inputs: &[Aval],
    results: &[Aval],
) -> Result<Tensor> {
    let count = seeds.shape()[0];
    let mut first = 0;
    let seed = |aval: &Aval| {
        let part = lax::slice(seeds, &[0, first], &[count, first + aval.size()], &[1, 1]);
        first += aval.size();
        let part = lax::convert_element_type(&part, aval.dtype);
        lax::reshape(&part, aval.shape.with_axis(0, count))
    };
    let vectors: Vec<Tensor> = inputs.iter().map(seed).collect();
    let found: Vec<Option<Batched>> = if forward {
        linear.apply_batch(&vectors, count)?
    } else {
        let cts: Vec<Tangent> = vectors.into_iter().map(Some).collect();
        let mut grads = linear.transpose_batch(&cts, count)?;
        wrt.iter().map(|&k| grads[k].take()).collect()
    };
    let dtype = results.first().map_or(DType::F64, |a| a.dtype);
    if let Some(other) = inputs.iter().chain(results).map(|a| a.dtype).find(|d| *d != dtype) {
        let why = "all tensors of the argument and of the result must have one dtype";
        return Err(Error::dtype("sparse", &[dtype, other], why));
    }
    let table = |(b, aval): (Option<Batched>, &Aval)| match b {
        Some(Batched { value, dim: Some(dim) }) => {
            lax::reshape(&lax::move_axis(&value, dim, 0), [count, aval.size()])
        }
        Some(Batched { value, dim: None }) => {
            let row = lax::reshape(&value, [aval.size()]);
            lax::broadcast_in_dim(&row, [count, aval.size()], &[1])
        }
        None => lax::zeros_like(&Aval::new([count, aval.size()], aval.dtype)),
    };
    let tables: Vec<Tensor> = found.into_iter().zip(results).map(table).collect();
    Ok(lax::concatenate(&tables.iter().collect::<Vec<_>>(), 1))
}
