//! Checks operations against the reference values: value, JVP, second derivative, VJP and batching,
//! and beside them central differences, the dot-product test and the two Jacobians.
//!
//! A compilation costs tens of milliseconds whatever its size, so everything about a few dozen
//! cases goes into one program. A failure is reported by the case's name all the same.

use super::compare::{compare, numbers, parts, rtol, scalars};
use super::document::reads_back;
use super::golden::{Batching, Case, Flat, Golden, scalar};
use cotangent::{
    Array, DType, Error, Scalar, Tensor, jacfwd, jacrev, jit, jvp, make_jaxpr, vjp, vmap,
};

/// An operation: from its inputs to its outputs. A mistake poisons the trace, as anywhere.
pub type Op = fn(&Case, &[Tensor]) -> Vec<Tensor>;

/// Agreement that is not asked for: a part of a case, and why.
pub type Difference = (&'static str, Part, &'static str);

/// Cases in one program.
const GROUP: usize = 32;

/// Jacobians with more entries than this are not compared.
const JACOBIAN: usize = 400;

/// The step of central differences, along the tangents.
const STEP: f64 = 1.0 / 131_072.0;

/// What is checked about a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Value,
    Jvp,
    Jvp2,
    Vjp,
    Vmap,
    /// The difference quotient against the JVP.
    Difference,
    /// `⟨J v, w⟩ = ⟨v, Jᵀ w⟩`.
    DotProduct,
    /// The second derivative: the difference quotient of the JVP, and the same product of the JVP.
    Second,
    /// `jacfwd` and `jacrev` against each other and against the JVP.
    Jacobian,
}

/// Checks all cases of a family, and panics with the list of those that fail.
pub fn check(cases: &[Case], op: Op, differences: &[Difference]) {
    let mut failures = Vec::new();
    for group in cases.chunks(GROUP) {
        failures.extend(run(group, op).unwrap_or_else(|_| one_by_one(group, op)));
    }
    let mut texts = Vec::new();
    for (id, part, text) in &failures {
        if !differences.iter().any(|(d, p, _)| d == id && p == part) {
            texts.push(format!("{id}: {part:?}: {text}"));
        }
    }
    for (id, part, _) in differences {
        let known = cases.iter().any(|c| c.id == *id);
        if known && !failures.iter().any(|(f, p, _)| f == id && p == part) {
            texts.push(format!("{id}: {part:?}: agrees now; take it off the list of differences"));
        }
    }
    assert!(texts.is_empty(), "{} failures:\n{}", texts.len(), texts.join("\n"));
}

/// True if the second derivative of the case is checked.
pub fn has_second(case: &Case) -> bool {
    let op: Op = |_, _| Vec::new();
    case.jvp2.is_some() || Plan { case, op }.seconds()
}

/// The id of the case, the part of it, and what is wrong.
type Failure = (String, Part, String);

/// The same group after one of its cases could not be traced or compiled.
fn one_by_one(group: &[Case], op: Op) -> Vec<Failure> {
    let alone = |case: &Case| {
        run(std::slice::from_ref(case), op)
            .unwrap_or_else(|e| vec![(case.id.clone(), Part::Value, format!("failed: {e}"))])
    };
    group.iter().flat_map(alone).collect()
}

/// Compiles and runs one program for all of the cases.
fn run(group: &[Case], op: Op) -> Result<Vec<Failure>, Error> {
    let plans: Vec<Plan<'_>> = group.iter().map(|case| Plan { case, op }).collect();
    let ins: Vec<Vec<Array>> = plans.iter().map(Plan::inputs).collect();
    let program = |all: Vec<Vec<Tensor>>| -> Vec<Vec<Tensor>> {
        plans.iter().zip(&all).map(|(plan, ins)| plan.outputs(ins)).collect()
    };
    reads_back(&make_jaxpr(program, ins.clone())?);
    let outs = jit(program).call(ins)?;
    plans
        .iter()
        .zip(&outs)
        .map(|(plan, outs)| plan.failures(outs))
        .collect::<Result<Vec<_>, _>>()
        .map(|f| f.into_iter().flatten().collect())
}

/// What is computed for one case, and how the results lie in a list.
struct Plan<'a> {
    case: &'a Case,
    op: Op,
}

impl Plan<'_> {
    fn floats(goldens: &[Golden]) -> Vec<usize> {
        (0..goldens.len()).filter(|&i| goldens[i].dtype().is_inexact()).collect()
    }

    /// The inputs and outputs that have derivatives.
    fn active(&self) -> (Vec<usize>, Vec<usize>) {
        if self.case.jvp.is_none() {
            return (Vec::new(), Vec::new());
        }
        (Self::floats(&self.case.inputs), Self::floats(&self.case.outputs))
    }

    fn flat(flat: &Option<Flat>, like: &[Golden]) -> Vec<Array> {
        let values = flat.iter().flatten().zip(like);
        values.filter_map(|(v, g)| Some(g.array_of(v.as_ref()?))).collect()
    }

    /// Has everything in double precision, so that difference quotients are worth something.
    fn quotients(&self) -> bool {
        let (ins, outs) = self.active();
        let f64s = |goldens: &[Golden], places: &[usize]| {
            places.iter().all(|&i| goldens[i].dtype().real() == DType::F64)
        };
        self.case.smooth
            && !ins.is_empty()
            && f64s(&self.case.inputs, &ins)
            && f64s(&self.case.outputs, &outs)
    }

    /// Has a second derivative that is checked against differences: those of decompositions take long
    /// to compile, and some of them come with JAX's values.
    fn seconds(&self) -> bool {
        self.quotients() && !self.case.id.starts_with("linalg")
    }

    fn jacobians(&self) -> bool {
        let (ins, outs) = self.active();
        let size = |goldens: &[Golden], places: &[usize]| -> usize {
            places.iter().map(|&i| goldens[i].data.len()).sum()
        };
        let entries = size(&self.case.inputs, &ins) * size(&self.case.outputs, &outs);
        let active = ins.iter().map(|&i| &self.case.inputs[i]);
        let mut active = active.chain(outs.iter().map(|&i| &self.case.outputs[i]));
        // Of complex functions there are Jacobians only where they are holomorphic.
        let complex = active.any(|g| g.dtype().is_complex());
        !complex && self.case.smooth && !ins.is_empty() && entries <= JACOBIAN
    }

    /// Everything the program takes: the inputs, tangents, cotangents, and each batched input.
    fn inputs(&self) -> Vec<Array> {
        let mut all: Vec<Array> = self.case.inputs.iter().map(Golden::array).collect();
        all.extend(Self::flat(&self.case.tangents, &self.case.inputs));
        all.extend(Self::flat(&self.case.cotangents, &self.case.outputs));
        for batching in &self.case.vmap {
            all.extend(batching.inputs.iter().map(Golden::array));
        }
        all
    }

    /// Everything about the case, in the order that `failures` reads it in.
    fn outputs(&self, all: &[Tensor]) -> Vec<Tensor> {
        let (f, case) = (self.op, self.case);
        let n = case.inputs.len();
        let (ins, outs) = self.active();
        let inputs = &all[..n];
        let tangents = &all[n..n + ins.len()];
        let cotangents = &all[n + ins.len()..n + ins.len() + outs.len()];
        let mut batched = all[n + ins.len() + outs.len()..].iter().cloned();
        let mut results = f(case, inputs);
        let points: Vec<Tensor> = ins.iter().map(|&i| inputs[i].clone()).collect();
        // The operation as a function of its float inputs, of the outputs that are floats.
        let g = |xs: Vec<Tensor>| -> Vec<Tensor> {
            let mut full = inputs.to_vec();
            ins.iter().zip(xs).for_each(|(&i, x)| full[i] = x);
            let all = f(case, &full);
            outs.iter().filter_map(|&i| all.get(i).cloned()).collect()
        };
        if !ins.is_empty() {
            let along = |xs: Vec<Tensor>| jvp(g, xs, tangents.to_vec()).1;
            results.extend(along(points.clone()));
            if case.jvp2.is_some() {
                results.extend(jvp(along, points.clone(), tangents.to_vec()).1);
            }
            let (pullback,) = vjp(g, points.clone()).1.call(cotangents.to_vec());
            results.extend(pullback);
        }
        if self.quotients() {
            let moved = |sign: f64| -> Vec<Tensor> {
                points.iter().zip(tangents).map(|(x, t)| x + t * (sign * STEP)).collect()
            };
            for sign in [1.0, -1.0] {
                results.extend(g(moved(sign)));
            }
            if self.seconds() {
                let along = |xs: Vec<Tensor>| jvp(g, xs, tangents.to_vec()).1;
                results.extend(jvp(along, points.clone(), tangents.to_vec()).1);
                let (pullback,) = vjp(along, points.clone()).1.call(cotangents.to_vec());
                results.extend(pullback);
                for sign in [1.0, -1.0] {
                    results.extend(along(moved(sign)));
                }
            }
        }
        if self.jacobians() {
            results.extend(jacfwd(g).call(points.clone()).into_iter().flatten());
            results.extend(jacrev(g).call(points.clone()).into_iter().flatten());
        }
        for batching in &case.vmap {
            let args: Vec<Tensor> = batched.by_ref().take(n).collect();
            results.extend(self.batch(batching, &args));
        }
        results
    }

    fn batch(&self, batching: &Batching, args: &[Tensor]) -> Vec<Tensor> {
        let (f, case) = (self.op, self.case);
        let (axes, out) = (batching.in_axes.clone(), batching.out_axes);
        let args: Vec<Tensor> = args.to_vec();
        match <[Tensor; 1]>::try_from(args) {
            Ok([a]) => vmap(|a: Tensor| f(case, &[a])).in_axes(axes).out_axes(out).call(a),
            Err(args) => match <[Tensor; 2]>::try_from(args) {
                Ok([a, b]) => vmap(|a: Tensor, b: Tensor| f(case, &[a, b]))
                    .in_axes(axes)
                    .out_axes(out)
                    .call((a, b)),
                Err(args) => match <[Tensor; 3]>::try_from(args) {
                    Ok([a, b, c]) => vmap(|a: Tensor, b: Tensor, c: Tensor| f(case, &[a, b, c]))
                        .in_axes(axes)
                        .out_axes(out)
                        .call((a, b, c)),
                    Err(args) => {
                        let [a, b, c, d] =
                            <[Tensor; 4]>::try_from(args).expect("at most four inputs");
                        vmap(|a: Tensor, b: Tensor, c: Tensor, d: Tensor| f(case, &[a, b, c, d]))
                            .in_axes(axes)
                            .out_axes(out)
                            .call((a, b, c, d))
                    }
                },
            },
        }
    }

    /// Compares the results with the references.
    fn failures(&self, results: &[Array]) -> Result<Vec<Failure>, Error> {
        let case = self.case;
        let mut failures = Vec::new();
        let mut fail = |part: Part, text: Option<String>| {
            failures.extend(text.map(|t| (case.id.clone(), part, t)));
        };
        let values = results.iter().map(numbers).collect::<Result<Vec<_>, _>>()?;
        let mut rest = results.iter().zip(&values);
        let mut take = |n: usize| -> Vec<(&Array, &Vec<f64>)> { rest.by_ref().take(n).collect() };
        let (ins, outs) = self.active();
        let strict = case.id.contains("/accuracy") || case.id.contains("edges");

        let found = take(case.outputs.len());
        if found.len() != case.outputs.len() {
            fail(Part::Value, Some(format!("{} results", found.len())));
            return Ok(failures);
        }
        for ((array, _), golden) in found.iter().zip(&case.outputs) {
            fail(Part::Value, compare_array(array, golden, strict)?);
        }
        if !ins.is_empty() {
            let pick = |flat: &Option<Flat>, like: &[Golden]| -> Vec<(Vec<f64>, DType)> {
                let values = flat.iter().flatten().zip(like);
                values
                    .filter_map(|(v, g)| Some((floats(v.as_ref()?, g.dtype()), g.dtype())))
                    .collect()
            };
            let derivatives = [
                (Part::Jvp, &case.jvp, &case.outputs),
                (Part::Jvp2, &case.jvp2, &case.outputs),
                (Part::Vjp, &case.vjp, &case.inputs),
            ];
            let mut kept = Vec::new();
            for (part, flat, like) in derivatives {
                let wanted = pick(flat, like);
                let found = take(wanted.len());
                for ((_, found), (wanted, dtype)) in found.iter().zip(&wanted) {
                    fail(part, compare(found, wanted, rtol(*dtype), strict));
                }
                kept.push(found.into_iter().map(|(_, v)| v.clone()).collect::<Vec<_>>());
            }
            let tangents = pick(&case.tangents, &case.inputs);
            let cotangents = pick(&case.cotangents, &case.outputs);
            if case.smooth {
                let errors = tangents.iter().chain(&cotangents).map(|(_, d)| rtol(*d));
                let tolerance = 10.0 * errors.fold(1e-12, f64::max);
                let terms = products(&kept[0], &cotangents)
                    .chain(products(&kept[2], &tangents).map(|x| -x));
                fail(Part::DotProduct, cancels(&terms.collect::<Vec<_>>(), tolerance));
            }
            if self.quotients() {
                let (plus, minus) = (take(outs.len()), take(outs.len()));
                for (k, ((_, plus), (_, minus))) in plus.iter().zip(&minus).enumerate() {
                    let quotient = plus.iter().zip(*minus).map(|(a, b)| (a - b) / (2.0 * STEP));
                    fail(
                        Part::Difference,
                        compare(&quotient.collect::<Vec<_>>(), &kept[0][k], 1e-6, false),
                    );
                }
            }
            if self.seconds() {
                let (second, pulled) = (take(outs.len()), take(ins.len()));
                let (plus, minus) = (take(outs.len()), take(outs.len()));
                let second: Vec<Vec<f64>> = second.into_iter().map(|(_, v)| v.clone()).collect();
                let pulled: Vec<Vec<f64>> = pulled.into_iter().map(|(_, v)| v.clone()).collect();
                for (k, ((_, plus), (_, minus))) in plus.iter().zip(&minus).enumerate() {
                    let quotient = plus.iter().zip(*minus).map(|(a, b)| (a - b) / (2.0 * STEP));
                    fail(
                        Part::Second,
                        compare(&quotient.collect::<Vec<_>>(), &second[k], 1e-5, false),
                    );
                }
                let terms =
                    products(&second, &cotangents).chain(products(&pulled, &tangents).map(|x| -x));
                fail(Part::Second, cancels(&terms.collect::<Vec<_>>(), 1e-11));
            }
            if self.jacobians() {
                let (forward, reverse) =
                    (take(outs.len() * ins.len()), take(outs.len() * ins.len()));
                for ((a, fwd), (b, rev)) in forward.iter().zip(&reverse) {
                    let shapes = a.shape() != b.shape();
                    fail(
                        Part::Jacobian,
                        shapes.then(|| format!("{} and {}", a.shape(), b.shape())),
                    );
                    fail(Part::Jacobian, compare(fwd, rev, 10.0 * rtol(a.dtype()), false));
                }
                for (k, rows) in forward.chunks(ins.len()).enumerate() {
                    let mut sum = vec![0.0; kept[0][k].len()];
                    for ((_, block), (t, _)) in rows.iter().zip(&tangents) {
                        for (i, s) in sum.iter_mut().enumerate() {
                            *s += (0..t.len()).map(|j| block[i * t.len() + j] * t[j]).sum::<f64>();
                        }
                    }
                    let dtype = rows.first().map_or(DType::F64, |(a, _)| a.dtype());
                    fail(Part::Jacobian, compare(&sum, &kept[0][k], 10.0 * rtol(dtype), false));
                }
            }
        }
        for batching in &case.vmap {
            for ((array, _), golden) in take(batching.outputs.len()).iter().zip(&batching.outputs) {
                let axes = || format!("in_axes {:?}: ", batching.in_axes);
                fail(Part::Vmap, compare_array(array, golden, strict)?.map(|t| axes() + &t));
            }
        }
        let left = rest.count();
        assert_eq!(left, 0, "{}: {left} results were not looked at", case.id);
        Ok(failures)
    }
}

/// The terms of `Re Σ aᵢ bᵢ`.
fn products<'a>(a: &'a [Vec<f64>], b: &'a [(Vec<f64>, DType)]) -> impl Iterator<Item = f64> + 'a {
    a.iter().zip(b).flat_map(|(a, (b, dtype))| {
        let term = |(i, (a, b)): (usize, (&f64, &f64))| {
            if dtype.is_complex() && i % 2 == 1 { -a * b } else { a * b }
        };
        a.iter().zip(b).enumerate().map(term)
    })
}

fn floats(values: &[serde_json::Value], dtype: DType) -> Vec<f64> {
    values.iter().flat_map(|v| parts(scalar(v, dtype))).collect()
}

/// Type, then values: integers exactly, floats within the tolerance of their dtype.
fn compare_array(found: &Array, wanted: &Golden, strict: bool) -> Result<Option<String>, Error> {
    let dtype = wanted.dtype();
    if found.dtype() != dtype || found.shape()[..] != wanted.shape[..] {
        let (d, s) = (&wanted.dtype, &wanted.shape);
        return Ok(Some(format!("{}{} instead of {d}{s:?}", found.dtype(), found.shape())));
    }
    let reference: Vec<Scalar> = wanted.data.iter().map(|v| scalar(v, dtype)).collect();
    let values = scalars(found)?;
    if dtype.is_inexact() {
        let [a, b] = [values, reference].map(|v| v.into_iter().flat_map(parts).collect::<Vec<_>>());
        // The signs of zero parts of complex numbers are the library's.
        let signs = || if dtype.is_complex() { None } else { zero_signs(&a, &b) };
        return Ok(compare(&a, &b, rtol(dtype), strict).or_else(signs));
    }
    Ok((values != reference).then(|| format!("{values:?} instead of {reference:?}")))
}

/// The first zero of the wrong sign.
fn zero_signs(found: &[f64], wanted: &[f64]) -> Option<String> {
    let bad = |(f, w): &(&f64, &f64)| {
        **f == 0.0 && **w == 0.0 && f.is_sign_negative() != w.is_sign_negative()
    };
    let i = found.iter().zip(wanted).position(|pair| bad(&pair))?;
    Some(format!("[{i}] zero of the wrong sign: {:?} instead of {:?}", found[i], wanted[i]))
}

/// A sum that should be zero.
fn cancels(terms: &[f64], tolerance: f64) -> Option<String> {
    let sum: f64 = terms.iter().sum();
    let size: f64 = terms.iter().map(|t| t.abs()).sum();
    let fits = sum.abs() <= tolerance * size; // False for NaN.
    (!fits).then(|| format!("off by {sum:e} in {size:e}"))
}
