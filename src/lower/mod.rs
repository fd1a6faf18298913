//! Layer 4: from a jaxpr to an HLO module.

mod blocks;
mod products;
mod views;

use crate::base::{HostArray, Result};
use crate::hlo::{Module, Value};
use crate::ir::{Atom, Jaxpr, with_source};
use blocks::Blocks;
use products::Products;
use std::sync::Arc;
use views::Program;

/// Constants with at most this many elements are spelt out in the text; larger ones become extra
/// parameters of the program, so that the text stays small and the data are uploaded once.
const INLINE_CONSTANT: usize = 16;

/// An HLO module and the constants it takes before its inputs.
pub(crate) struct Lowered {
    /// The text of the module.
    pub(crate) text: String,
    /// The constants that are parameters, in order.
    pub(crate) consts: Vec<Arc<HostArray>>,
}

/// The module of a program. Its parameters are the large constants, then the inputs; its root is
/// the tuple of results. With `kernels` it may call the functions of `cotangent_kernels`.
///
/// # Errors
/// When XLA lacks an operation for a dtype.
pub(crate) fn module(name: &str, jaxpr: &Jaxpr, kernels: bool) -> Result<Lowered> {
    let mut hlo = Module::new(kernels);
    hlo.begin("main");
    let is_parameter = |c: &HostArray| c.shape().size() > INLINE_CONSTANT;
    let mut values = Vec::with_capacity(jaxpr.avals.len());
    for c in &jaxpr.consts {
        values.push(if is_parameter(c) {
            hlo.parameter(c.dtype(), c.shape())
        } else {
            hlo.constant(c)
        });
    }
    let consts = jaxpr.consts.iter().filter(|c| is_parameter(c)).cloned().collect();
    let outs = body(&mut hlo, jaxpr, values)?;
    hlo.finish(&outs, true);
    Ok(Lowered { text: hlo.text(name, ""), consts })
}

/// A program as a computation of an open module, for primitives that call one; gives its name.
///
/// # Errors
/// When XLA lacks an operation for a dtype.
pub(crate) fn computation(hlo: &mut Module, name: &str, jaxpr: &Jaxpr) -> Result<String> {
    hlo.begin(name);
    let consts = jaxpr.consts.iter().map(|c| hlo.constant(c)).collect();
    let outs = body(hlo, jaxpr, consts)?;
    Ok(hlo.finish(&outs, false))
}

/// Writes a program into the open computation, applied to these values; gives its results.
///
/// # Errors
/// When XLA lacks an operation for a dtype.
pub(crate) fn inline(hlo: &mut Module, jaxpr: &Jaxpr, ins: &[Value]) -> Result<Vec<Value>> {
    let mut values: Vec<Value> = jaxpr.consts.iter().map(|c| hlo.constant(c)).collect();
    values.extend_from_slice(ins);
    equations(hlo, jaxpr, values)
}

/// Writes the inputs and equations of a program into the open computation.
fn body(hlo: &mut Module, jaxpr: &Jaxpr, mut values: Vec<Value>) -> Result<Vec<Value>> {
    for v in jaxpr.ins() {
        let aval = jaxpr.aval(v);
        values.push(hlo.parameter(aval.dtype, &aval.shape));
    }
    equations(hlo, jaxpr, values)
}

/// Writes the equations of a program whose constants and inputs are `values`.
fn equations(hlo: &mut Module, jaxpr: &Jaxpr, mut values: Vec<Value>) -> Result<Vec<Value>> {
    let value = |hlo: &mut Module, values: &[Value], a: Atom| match a {
        Atom::Var(v) => values[v.index()].clone(),
        Atom::Lit(s) => hlo.scalar(s),
    };
    let program = Program::of(jaxpr, hlo);
    let (blocks, products) = (Blocks::of(&program), Products::of(&program));
    for (k, eqn) in jaxpr.eqns.iter().enumerate() {
        hlo.set_source(eqn.at);
        if let Some(call) = blocks.calls.get(&k) {
            let call = call.lower(hlo, &mut |hlo, a| value(hlo, &values, a));
            values.push(call);
            continue;
        }
        if let Some(product) = products.get(k) {
            let product = product.lower(hlo, &mut |hlo, a| value(hlo, &values, a));
            values.push(product);
            continue;
        }
        if blocks.inside.contains(&k) {
            // Nothing reads it.
            values.push(value(hlo, &values, eqn.ins[0]));
            continue;
        }
        let ins: Vec<Value> = eqn.ins.iter().map(|&a| value(hlo, &values, a)).collect();
        let outs: Vec<_> = eqn.outs.iter().map(|&v| jaxpr.aval(v).clone()).collect();
        // Variables are numbered in order, so the results belong right at the end.
        // What a lowering traces of its own has the place of the equation.
        let lowered = with_source(eqn.at, || eqn.prim.rules().lower(hlo, &ins, &outs))?;
        values.extend(lowered);
    }
    Ok(jaxpr.outs.iter().map(|&a| value(hlo, &values, a)).collect())
}
