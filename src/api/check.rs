//! Checking derivatives against differences.

use super::function::trace_function;
use super::host::{avals, host_leaves};
use super::jit::Program;
use super::{Arguments, Function, HostArgs, TreeDef};
use crate::base::{DType, Error, ErrorKind, Result, Scalar, Source, public_call};
use crate::ir::{Aval, Jaxpr, Tangent, Tensor, trace};
use crate::runtime::{Array, default_device};
use crate::{lax, transform};

/// Checks the derivatives of a function at a point, up to an order: forward mode against central
/// differences, and reverse mode against forward mode, `⟨w, J v⟩ = ⟨Jᵀ w, v⟩`, in one direction each
/// that no symmetry prefers; and for each further order the same of the pull-back `x ↦ Jᵀ w`.
///
/// Arguments and results that are not floating-point are held as they are. Differences are off at
/// kinks, so the point should lie beside them.
///
/// # Errors
/// A mistake of the function, or a derivative that differs by more than 10⁻⁶ (10⁻³ where single
/// precision is involved) of what is compared: the error tells which one, and both numbers.
///
/// ```
/// use cotangent::{Tensor, check_grads, custom_jvp};
/// # fn main() -> cotangent::Result<()> {
/// check_grads(|x: Tensor| x.sin() * x.exp(), vec![0.3, 1.2], 3)?;
/// let rule = |(x,): (Tensor,), (dx,): (Tensor,)| (x.sin(), x.sin() * dx);
/// let wrong = custom_jvp(|x: Tensor| x.sin(), rule);
/// let error = check_grads(wrong, vec![0.3, 1.2], 1).unwrap_err().to_string();
/// assert!(error.starts_with("check_grads: order 1, forward mode of the result"), "{error}");
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn check_grads<F, Args>(f: F, args: impl HostArgs<Args>, order: usize) -> Result<()>
where
    F: Function<Args>,
    Args: Arguments,
{
    let (def, leaves) = host_leaves(args);
    let avals = avals(&leaves);
    public_call(Source::here(), || {
        let (traced, out) = trace_function(&f, &def, &avals)?;
        let mut jaxpr = traced.jaxpr;
        let mut names = out.names("the result");
        for k in 1..=order {
            check_order(k, &jaxpr, &leaves, &names)?;
            jaxpr = pull_back(&jaxpr)?;
            let float = |(name, a): (String, &Aval)| a.dtype.is_float().then_some(name);
            names = def.argument_names().into_iter().zip(&avals).filter_map(float).collect();
        }
        Ok(())
    })
}

/// A direction for each floating-point array, `cos(1 + k + 2.3 i)` at place `i` of array `k`.
fn directions(avals: &[Aval]) -> Vec<Tangent> {
    let direction = |(k, a): (usize, &Aval)| {
        a.dtype.is_float().then(|| {
            let place = lax::iota(a.dtype, [a.size()], 0);
            lax::reshape(&lax::cos(&(place * 2.3 + (1.0 + k as f64))), &a.shape)
        })
    };
    avals.iter().enumerate().map(direction).collect()
}

fn active(avals: &[Aval]) -> Vec<bool> {
    avals.iter().map(|a| a.dtype.is_float()).collect()
}

fn all_axes(x: &Tensor) -> Vec<usize> {
    (0..x.rank()).collect()
}

/// The program of `x ↦ Jᵀ w`, for the floating-point inputs.
fn pull_back(jaxpr: &Jaxpr) -> Result<Jaxpr> {
    let (traced, ()) = trace::trace(&jaxpr.in_avals(), |ins| {
        let (_, linear) = transform::linearize(jaxpr, ins, &active(&jaxpr.in_avals()))?;
        let grads = linear.transpose(&directions(&jaxpr.out_avals()))?.into_iter().zip(ins);
        let floats = grads.filter(|(_, x)| x.dtype().is_float());
        Ok((floats.map(|(g, x)| g.unwrap_or_else(|| lax::zeros_like(x.aval()))).collect(), ()))
    })?;
    Ok(traced.jaxpr)
}

/// Compares the derivatives of a program at a point.
fn check_order(order: usize, jaxpr: &Jaxpr, leaves: &[Array], names: &[String]) -> Result<()> {
    let (ins, outs) = (jaxpr.in_avals(), jaxpr.out_avals());
    let single = ins.iter().chain(&outs).any(|a| a.dtype == DType::F32);
    let (step, tolerance) = if single { (5e-3, 1e-3) } else { (6e-6, 1e-6) };
    let (program, ()) = trace::trace(&ins, |x| {
        let v = directions(&ins);
        let moved = |by: f64| -> Vec<Tensor> {
            let there = |(x, v): (&Tensor, &Tangent)| match v {
                Some(v) => x + v * by,
                None => x.clone(),
            };
            x.iter().zip(&v).map(there).collect()
        };
        let (_, dots) = transform::jvp(jaxpr, x, &v)?;
        let ahead = transform::eval(jaxpr, &moved(step))?;
        let behind = transform::eval(jaxpr, &moved(-step))?;
        let mut found = Vec::new();
        let mut forward = lax::full([], Scalar::F64(0.0));
        let double = |x: &Tensor| lax::convert_element_type(x, DType::F64);
        let inner = |x: &Tensor, y: &Tensor| lax::reduce_sum(&double(&(x * y)), &all_axes(x));
        for (((dot, w), ahead), behind) in
            dots.iter().zip(directions(&outs)).zip(&ahead).zip(&behind)
        {
            let Some(w) = w else { continue };
            let dot = dot.clone().unwrap_or_else(|| lax::zeros_like(ahead.aval()));
            found.push(double(&dot));
            found.push(double(&((ahead - behind) / (2.0 * step))));
            forward += inner(&dot, &w);
        }
        let (_, linear) = transform::linearize(jaxpr, x, &active(&ins))?;
        let mut reverse = lax::full([], Scalar::F64(0.0));
        for (g, v) in linear.transpose(&directions(&outs))?.iter().zip(&v) {
            if let (Some(g), Some(v)) = (g, v) {
                reverse += inner(g, v);
            }
        }
        Ok(([found, vec![forward, reverse]].concat(), ()))
    })?;
    let program = Program::compile(&program.jaxpr, TreeDef::Leaf, default_device()?)?;
    let values = program.execute(leaves)?;
    let floats = names.iter().zip(&outs).filter(|(_, a)| a.dtype.is_float());
    let mut what: Vec<String> = floats.map(|(name, _)| format!("forward mode of {name}")).collect();
    what.push("reverse mode against forward mode".into());
    for (pair, what) in values.chunks(2).zip(what) {
        let [found, wanted] = [pair[0].to_vec::<f64>()?, pair[1].to_vec::<f64>()?];
        let size = wanted.iter().fold(1.0, |m: f64, x| m.max(x.abs()));
        // NaN is near nothing.
        let near = |(a, b): (&f64, &f64)| (a - b).abs() <= tolerance * size;
        if let Some(i) = found.iter().zip(&wanted).position(|pair| !near(pair)) {
            let (a, b) = (found[i], wanted[i]);
            let why = format!("order {order}, {what}: {a:e} instead of {b:e} at element {i}");
            return Err(Error::new(ErrorKind::Derivative { op: "check_grads".into(), why }));
        }
    }
    Ok(())
}
