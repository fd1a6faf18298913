//! The likelihoods of the example `likelihood_fit` against pyhf, and what it says of bad documents.

#[path = "../examples/likelihood_fit/document.rs"]
mod document;
#[path = "../examples/likelihood_fit/fit.rs"]
mod fit;
#[path = "../examples/likelihood_fit/model.rs"]
mod model;
#[path = "../examples/likelihood_fit/workspace.rs"]
mod workspace;

use cotangent::{HessianMode, Tensor, jit, value_grad_hessian};
use fit::{Fitter, Task};
use model::{HistoCode, Model, NormCode, nll};
use serde::Deserialize;
use serde_json::{Value, json};
use workspace::Workspace;

#[derive(Deserialize)]
struct Case {
    name: String,
    workspace: Value,
    normsys: String,
    histosys: String,
    names: Vec<String>,
    points: Vec<Point>,
    fit: Option<Best>,
}

#[derive(Deserialize)]
struct Point {
    parameters: Vec<f64>,
    nll: f64,
    expected: Vec<f64>,
}

#[derive(Deserialize)]
struct Best {
    parameters: Vec<f64>,
    nll: f64,
    errors: Vec<f64>,
}

fn cases() -> Vec<Case> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/likelihood.json");
    serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

fn build(case: &Case) -> Model {
    let workspace = Workspace::read(&case.workspace.to_string()).unwrap();
    let norm = if case.normsys == "code1" { NormCode::Code1 } else { NormCode::Code4 };
    let histo = match case.histosys.as_str() {
        "code0" => HistoCode::Code0,
        "code2" => HistoCode::Code2,
        _ => HistoCode::Code4p,
    };
    Model::new(&workspace, &workspace.measurements[0], (norm, histo)).unwrap()
}

impl Case {
    /// For each of our parameters the place of pyhf's.
    fn places(&self, model: &Model) -> Vec<usize> {
        let place = |name: &String| self.names.iter().position(|n| n == name);
        let places = model.names.iter().map(|name| place(name).unwrap_or_else(|| panic!("{name}")));
        let places: Vec<usize> = places.collect();
        assert_eq!(places.len(), self.names.len(), "{}", self.name);
        places
    }
}

#[test]
fn likelihoods_are_those_of_pyhf() {
    for case in cases() {
        let model = build(&case);
        let places = case.places(&model);
        let fitter = Fitter::new(&model);
        for point in &case.points {
            let ours: Vec<f64> = places.iter().map(|&k| point.parameters[k]).collect();
            let value = fitter.nll(&ours).unwrap();
            let close = |a: f64, b: f64| (a - b).abs() <= 1e-11 * b.abs().max(1.0);
            assert!(close(value, point.nll), "{}: {value} {}", case.name, point.nll);
            // pyhf orders channels by name.
            let mut expected = fitter.expected(&ours).unwrap();
            let mut wanted = point.expected.clone();
            expected.sort_by(f64::total_cmp);
            wanted.sort_by(f64::total_cmp);
            assert!(expected.iter().zip(&wanted).all(|(a, b)| close(*a, *b)), "{}", case.name);
        }
        assert!(["mu", "SigXsecOverSM"].contains(&model.names[model.interest].as_str()));
        // The first point is what a fit begins with.
        let inits: Vec<f64> = places.iter().map(|&k| case.points[0].parameters[k]).collect();
        assert_eq!(inits, model.inits, "{}", case.name);
    }
}

#[test]
fn fits_are_those_of_pyhf() {
    for case in cases() {
        let Some(best) = &case.fit else { continue };
        let model = build(&case);
        let places = case.places(&model);
        let fitter = Fitter::new(&model);
        let found = fitter.fit(&model.inits, &[]).unwrap();
        assert!(found.steps < 60, "{}: {}", case.name, found.steps);
        let error = found.nll - best.nll;
        assert!(error.abs() < 1e-9 * best.nll.abs().max(1.0), "{}: {error:e}", case.name);
        let covariance = fitter.covariance(&found.parameters, &[]).unwrap();
        for (k, &place) in places.iter().enumerate() {
            let (p, sigma) = (best.parameters[place], best.errors[place]);
            let off = (found.parameters[k] - p).abs();
            assert!(off <= 1e-5 * sigma.max(1e-3), "{} {}: {off}", case.name, model.names[k]);
            let width = covariance[k][k].sqrt();
            assert!((width - sigma).abs() <= 1e-5 * sigma, "{} {}", case.name, model.names[k]);
        }
    }
}

#[test]
fn a_scan_of_a_hundred_parameters_is_one_program() {
    let case = cases().into_iter().find(|c| c.name == "generated 3x12").unwrap();
    let model = build(&case);
    let fitter = Fitter::new(&model);
    let best = fitter.fit(&model.inits, &[]).unwrap();
    let errors = fitter.covariance(&best.parameters, &[]).unwrap();
    for (k, (&value, &(low, high))) in best.parameters.iter().zip(&model.bounds).enumerate() {
        let width = errors[k][k].sqrt();
        let (up, down) = ((value + width).min(high), (value - width).max(low));
        for least in fitter.profile(&best, k, &[up, down]).unwrap() {
            // One standard deviation costs a half, but for what is not quadratic.
            let change = least - best.nll;
            assert!((0.0..1.2).contains(&(change + 1e-9)), "{}: {change}", model.names[k]);
        }
    }
    assert_eq!(fitter.compiles(), 1);
}

#[test]
fn compositions_agree_on_a_likelihood() {
    let case = cases().into_iter().find(|c| c.name == "every_modifier").unwrap();
    let model = build(&case);
    let codes = model.codes;
    let task = Fitter::new(&model).task(&[]);
    let places = case.places(&model);
    let at: Vec<f64> = places.iter().map(|&k| case.points[1].parameters[k]).collect();
    let whole = |mode: HessianMode| {
        let f = move |p: Tensor, task: Task| nll(codes, &p, &task.tables);
        let program = jit(value_grad_hessian(f).mode(mode));
        let copy = Task {
            tables: task.tables.clone(),
            free: task.free.clone(),
            low: task.low.clone(),
            high: task.high.clone(),
        };
        let (_, gradient, hessian) = program.call((at.clone(), copy)).unwrap();
        [gradient.to_vec::<f64>().unwrap(), hessian.to_vec::<f64>().unwrap()].concat()
    };
    let wanted = whole(HessianMode::FwdRev);
    assert!(wanted.iter().all(|v| v.is_finite()));
    for mode in [HessianMode::RevRev, HessianMode::RevFwd, HessianMode::FwdFwd] {
        let scale = wanted.iter().fold(1.0f64, |m, v| m.max(v.abs()));
        let error = whole(mode).iter().zip(&wanted).fold(0.0f64, |m, (a, b)| m.max((a - b).abs()));
        assert!(error < 1e-12 * scale, "{}: {error}", mode.name());
    }
}

#[test]
fn errors_name_the_place_in_the_document() {
    let good: Value =
        serde_json::from_str(include_str!("../examples/likelihood_fit/two_bins.json")).unwrap();
    let with = |change: &dyn Fn(&mut Value)| {
        let mut document = good.clone();
        change(&mut document);
        let read = Workspace::read(&document.to_string());
        let model = read
            .and_then(|w| Model::new(&w, &w.measurements[0], (NormCode::Code4, HistoCode::Code4p)));
        model.err().map_or("fine".to_string(), |e| e.to_string())
    };
    let sample = |d: &mut Value, k: usize, field: &str, value: Value| {
        d["channels"][0]["samples"][k][field] = value;
    };
    let modifier = |kind: &str, data: Value| json!([{ "name": "x", "type": kind, "data": data }]);
    let parameter = |settings: Value| {
        move |d: &mut Value| {
            d["measurements"][0]["config"]["parameters"] = json!([settings.clone()])
        }
    };
    let messages = [
        with(&|_| {}),
        with(&|d| d["version"] = json!("2.0.0")),
        with(&|d| drop(d.as_object_mut().unwrap().remove("channels"))),
        with(&|d| d["channels"] = json!({})),
        with(&|d| sample(d, 1, "data", json!([50.0, "sixty"]))),
        with(&|d| sample(d, 1, "data", json!([50.0]))),
        with(&|d| sample(d, 1, "name", json!("signal"))),
        with(&|d| sample(d, 0, "modifiers", modifier("normsis", Value::Null))),
        with(&|d| sample(d, 0, "modifiers", modifier("normsys", json!({ "hi": 1.1 })))),
        with(&|d| sample(d, 0, "modifiers", modifier("normsys", json!({ "hi": 1.1, "lo": 0.0 })))),
        with(&|d| {
            sample(
                d,
                0,
                "modifiers",
                modifier("histosys", json!({ "hi_data": [1.0], "lo_data": [1.0, 2.0] })),
            )
        }),
        with(&|d| {
            sample(
                d,
                0,
                "modifiers",
                json!([
                    { "name": "mu", "type": "normfactor", "data": null },
                    { "name": "uncorr_bkguncrt", "type": "normfactor", "data": null }
                ]),
            )
        }),
        with(&|d| d["observations"][0]["name"] = json!("other")),
        with(&|d| d["observations"][0]["data"] = json!([1.0])),
        with(&|d| d["measurements"][0]["config"]["poi"] = json!("nu")),
        with(&|d| d["measurements"] = json!([])),
        with(&parameter(json!({ "name": "mu", "bounds": [[0.0]] }))),
        with(&parameter(json!({ "name": "mu", "inits": [1.0, 2.0] }))),
        with(&parameter(json!({ "name": "mu", "fixed": "yes" }))),
        with(&|d| {
            sample(
                d,
                0,
                "modifiers",
                json!([
                    { "name": "mu", "type": "normfactor", "data": null },
                    { "name": "lumi", "type": "lumi", "data": null }
                ]),
            )
        }),
        Workspace::read("{").err().map(|e| e.to_string()).unwrap(),
    ];
    expect_test::expect![[r#"
        fine
        version: only version 1.0.0 is known
        the document: has no field `channels`
        channels: must be a list
        channels[0].samples[1].data[1]: must be a number
        channels[0].samples[1].data: has 1 numbers where 2 are needed
        channels[0].samples[1]: a second sample `signal`
        channels[0].samples[0].modifiers[0].type: there is no modifier `normsis`
        channels[0].samples[0].modifiers[0].data: has no field `lo`
        channels[0].samples[0].modifiers[0].data.lo: must be positive
        channels[0].samples[0].modifiers[0].data.hi_data: has 1 numbers where 2 are needed
        channels[0].samples[1].modifiers[0]: `uncorr_bkguncrt` is of type normfactor with 1 parameters elsewhere, and of type shapesys with 2 here
        channels[0]: there is no observation for channel `singlechannel`
        observations[0].data: has 1 numbers where 2 are needed
        measurement `Measurement`: no parameter `nu`
        the document: needs a channel and a measurement at least
        measurements[0].config.parameters[0].bounds[0]: has 1 numbers where 2 are needed
        measurements[0].config.parameters[0].inits: has 2 values for 1 parameters
        measurements[0].config.parameters[0].fixed: must be a list
        measurement `Measurement`: `lumi` needs inits, auxdata and sigmas
        the document is no JSON"#]].assert_eq(&messages.join("\n"));
}
