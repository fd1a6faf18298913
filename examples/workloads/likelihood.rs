//! The likelihood of a HistFactory workspace, as the example `likelihood_fit` has it: signal and two
//! backgrounds in three channels of twelve bins, with systematics that channels share.

use crate::common::inputs::{f32_of, shaped, u};
use crate::common::reference::Problem;
use crate::model::{HistoCode, Model, NormCode, Tables};
use crate::workspace::Workspace;
use anyhow::Result;
use cotangent::Array;
use ndarray::{Array1, Array2, ArrayD, IxDyn};
use serde_json::{Value, json};

/// The interpolations of both sides.
pub(crate) const CODES: (NormCode, HistoCode) = (NormCode::Code4, HistoCode::Code4p);

const CHANNELS: usize = 3;
const BINS: usize = 12;
const NORMS: usize = 30;
const HISTOS: usize = 23;

/// The names of the tables in the order of their fields, and whether they hold places.
const TABLES: [(&str, bool); 16] = [
    ("observed", false),
    ("nominal", false),
    ("entries", true),
    ("row", true),
    ("factors", true),
    ("norms", true),
    ("norm_shapes", false),
    ("bin_factors", true),
    ("shifts", true),
    ("up", false),
    ("down", false),
    ("normal", true),
    ("normal_aux", false),
    ("normal_sigma", false),
    ("poisson", true),
    ("poisson_aux", false),
];

/// Names of the inputs that are integers.
pub(crate) fn is_place(name: &str) -> bool {
    TABLES.contains(&(name, true))
}

/// The tables from arrays in the order of their fields.
pub(crate) fn tables(arrays: &[Array]) -> Option<Tables<&Array>> {
    let [observed, nominal, entries, row, factors, norms, norm_shapes, bin_factors, ..] = arrays
    else {
        return None;
    };
    let [shifts, up, down, normal, normal_aux, normal_sigma, poisson, poisson_aux] = &arrays[8..]
    else {
        return None;
    };
    Some(Tables {
        observed,
        nominal,
        entries,
        row,
        factors,
        norms,
        norm_shapes,
        bin_factors,
        shifts,
        up,
        down,
        normal,
        normal_aux,
        normal_sigma,
        poisson,
        poisson_aux,
    })
}

/// Deterministic numbers in [lo, hi).
struct Stream(usize);

impl Stream {
    fn next(&mut self, lo: f64, hi: f64) -> f64 {
        self.0 += 1;
        lo + (hi - lo) * u(self.0, 300)
    }

    fn near(&mut self, data: &[f64], by: f64) -> Vec<f64> {
        data.iter().map(|v| v * (1.0 + self.next(-by, by))).collect()
    }
}

fn sample(name: &str, data: &[f64], modifiers: Vec<Value>) -> Value {
    json!({"name": name, "data": data, "modifiers": modifiers})
}

fn modifier(name: &str, kind: &str, data: Value) -> Value {
    json!({"name": name, "type": kind, "data": data})
}

fn document() -> Value {
    let mut stream = Stream(0);
    let (mut channels, mut observations) = (Vec::new(), Vec::new());
    for c in 0..CHANNELS {
        let shape: Vec<f64> = (0..BINS).map(|b| 1.0 - 0.7 * b as f64 / (BINS - 1) as f64).collect();
        let rising: Vec<f64> = shape.iter().rev().map(|s| 6.0 * s).collect();
        let falling: Vec<f64> = shape.iter().map(|s| 60.0 * s).collect();
        let signal = stream.near(&rising, 0.1);
        let one = stream.near(&falling, 0.05);
        let two = stream.near(&[25.0; BINS], 0.05);
        let norms: Vec<Value> = (0..NORMS)
            .filter(|k| (k + c) % 3 != 0)
            .map(|k| {
                let (hi, lo) = (stream.next(1.02, 1.1), stream.next(0.9, 0.98));
                modifier(&format!("norm{k}"), "normsys", json!({"hi": hi, "lo": lo}))
            })
            .collect();
        let histos: Vec<Value> = (0..HISTOS)
            .filter(|k| (k + c) % 2 == 0)
            .map(|k| {
                let sides = json!({
                    "hi_data": stream.near(&one, 0.04),
                    "lo_data": stream.near(&one, 0.04),
                });
                modifier(&format!("histo{k}"), "histosys", sides)
            })
            .collect();
        let free = |name: &str| modifier(name, "normfactor", Value::Null);
        let counts = |data: &[f64]| {
            let widths: Vec<f64> = data.iter().map(|v| 0.05 * v).collect();
            modifier(&format!("stat{c}"), "staterror", json!(widths))
        };
        let of_signal = [&[free("mu")], &norms[..2]].concat();
        let of_one = [&[free("k1")], &norms[..], &histos, &[counts(&one)]].concat();
        let every_second: Vec<Value> = norms.iter().step_by(2).cloned().collect();
        let of_two = [every_second, vec![counts(&two)]].concat();
        let name = format!("channel{c}");
        let observed: Vec<f64> = (0..BINS)
            .map(|b| ((signal[b] + one[b] + two[b]) * stream.next(0.8, 1.2)).round())
            .collect();
        observations.push(json!({"name": name, "data": observed}));
        let samples = [
            sample("signal", &signal, of_signal),
            sample("one", &one, of_one),
            sample("two", &two, of_two),
        ];
        channels.push(json!({"name": name, "samples": samples}));
    }
    let measurement = json!({"name": "m", "config": {"poi": "mu", "parameters": []}});
    json!({
        "channels": channels,
        "observations": observations,
        "measurements": [measurement],
        "version": "1.0.0",
    })
}

/// The likelihood of 91 parameters: its value, gradient and Hessian.
pub(crate) fn problem() -> Result<Problem> {
    let workspace = Workspace::read(&document().to_string())?;
    let model = Model::new(&workspace, &workspace.measurements[0], CODES)?;
    let mut stream = Stream(10_000);
    // Systematics within and beyond one standard deviation; factors around one.
    let moved =
        |(&init, at): (&f64, f64)| f32_of(if init == 0.0 { 1.6 * at } else { init + 0.2 * at });
    let p: Array1<f64> =
        model.inits.iter().map(|init| moved((init, stream.next(-1.0, 1.0)))).collect();
    let t = model.tables;
    let floats = |a: &Array| -> Result<ArrayD<f64>> { Ok(a.to_ndarray::<f64>()?.mapv(f32_of)) };
    let places = |a: &Array| -> Result<ArrayD<f64>> { Ok(a.to_ndarray::<i32>()?.mapv(f64::from)) };
    let arrays = [
        &t.observed,
        &t.nominal,
        &t.entries,
        &t.row,
        &t.factors,
        &t.norms,
        &t.norm_shapes,
        &t.bin_factors,
        &t.shifts,
        &t.up,
        &t.down,
        &t.normal,
        &t.normal_aux,
        &t.normal_sigma,
        &t.poisson,
        &t.poisson_aux,
    ];
    let mut inputs = vec![("p", p.clone().into_dyn())];
    for ((name, is_place), array) in TABLES.into_iter().zip(arrays) {
        inputs.push((name, if is_place { places(array)? } else { floats(array)? }));
    }
    let (value, gradient, hessian) = Formula { p: &p, inputs: &inputs }.all();
    let outputs = vec![shaped(IxDyn(&[]), vec![value]).into(), gradient.into(), hessian.into()];
    Ok(Problem { inputs, outputs })
}

/// A function of one parameter: its value and two derivatives.
type Jet = [f64; 3];

/// The likelihood written out by hand, entry by entry.
struct Formula<'a> {
    p: &'a Array1<f64>,
    inputs: &'a [(&'static str, ArrayD<f64>)],
}

impl Formula<'_> {
    fn table(&self, name: &str) -> &ArrayD<f64> {
        let found = self.inputs.iter().find(|(n, _)| *n == name);
        &found.unwrap_or(&self.inputs[0]).1
    }

    /// The parameters of a row of places, without those that fill it up.
    fn places(&self, name: &str, row: usize) -> Vec<(usize, usize)> {
        let table = self.table(name);
        let places = (0..table.shape()[1]).map(|k| (k, table[[row, k]] as usize));
        places.filter(|(_, p)| *p < self.p.len()).collect()
    }

    /// What multiplies a sample: `(1 + Σ_k a_k α^k)` near 0, exponential beyond 1.
    fn norm(&self, row: usize, k: usize, alpha: f64) -> Jet {
        let shape = |i: usize| self.table("norm_shapes")[[row, k, i]];
        if alpha.abs() >= 1.0 {
            let slope = if alpha >= 0.0 { shape(0).ln() } else { -shape(1).ln() };
            return [1.0, slope, slope * slope].map(|v| v * (slope * alpha).exp());
        }
        (1..7).fold([1.0, 0.0, 0.0], |[f, g, h], n| {
            let (a, m) = (shape(n + 1), n as i32);
            let power = |m: i32| if m < 0 { 0.0 } else { alpha.powi(m) };
            let n = n as f64;
            [f + a * power(m), g + a * n * power(m - 1), h + a * n * (n - 1.0) * power(m - 2)]
        })
    }

    /// What is added to an entry: a polynomial near 0, linear beyond 1.
    fn shift(&self, entry: usize, k: usize, alpha: f64) -> Jet {
        let (up, down) = (self.table("up")[[entry, k]], self.table("down")[[entry, k]]);
        if alpha.abs() > 1.0 {
            let slope = if alpha >= 0.0 { up } else { down };
            return [slope * alpha, slope, 0.0];
        }
        let (mean, bend, x) = (0.5 * (up + down), 0.0625 * (up - down), alpha);
        [
            mean * x + bend * (15.0 * x.powi(2) - 10.0 * x.powi(4) + 3.0 * x.powi(6)),
            mean + bend * (30.0 * x - 40.0 * x.powi(3) + 18.0 * x.powi(5)),
            bend * (30.0 - 120.0 * x.powi(2) + 90.0 * x.powi(4)),
        ]
    }

    /// The expected number of an entry with its gradient and Hessian:
    /// `N = S Π_m f_m`, where `S` is the nominal number with what is added.
    fn entry(&self, e: usize) -> (f64, Array1<f64>, Array2<f64>) {
        let n = self.p.len();
        let row = self.table("row")[[e]] as usize;
        let free = self.places("factors", row).into_iter();
        let single = self.places("bin_factors", e).into_iter();
        let mut factors: Vec<(usize, Jet)> =
            free.chain(single).map(|(_, p)| (p, [self.p[p], 1.0, 0.0])).collect();
        factors.extend(
            self.places("norms", row).into_iter().map(|(k, p)| (p, self.norm(row, k, self.p[p]))),
        );
        let shifts: Vec<(usize, Jet)> = self
            .places("shifts", row)
            .into_iter()
            .map(|(k, p)| (p, self.shift(e, k, self.p[p])))
            .collect();
        let product: f64 = factors.iter().map(|(_, f)| f[0]).product();
        let sum = self.table("nominal")[[e]] + shifts.iter().map(|(_, f)| f[0]).sum::<f64>();
        let (mut gradient, mut hessian) = (Array1::zeros(n), Array2::zeros((n, n)));
        // By logarithms of factors, L_i = f'/f, and slopes of what is added.
        let mut logs = Array1::<f64>::zeros(n);
        let mut slopes = Array1::<f64>::zeros(n);
        for &(p, [f, g, h]) in &factors {
            logs[p] += g / f;
            hessian[[p, p]] += sum * product * (h / f - (g / f) * (g / f));
        }
        for &(p, [_, g, h]) in &shifts {
            slopes[p] += g;
            hessian[[p, p]] += product * h;
        }
        for i in 0..n {
            gradient[i] = product * (sum * logs[i] + slopes[i]);
            for j in 0..n {
                let cross = logs[i] * slopes[j] + slopes[i] * logs[j];
                hessian[[i, j]] += product * (sum * logs[i] * logs[j] + cross);
            }
        }
        (sum * product, gradient, hessian)
    }

    fn all(&self) -> (f64, Array1<f64>, Array2<f64>) {
        let n = self.p.len();
        let (mut value, mut gradient, mut hessian) = (0.0, Array1::zeros(n), Array2::zeros((n, n)));
        let (observed, entries) = (self.table("observed"), self.table("entries"));
        let total = self.table("nominal").len();
        for (b, &count) in observed.iter().enumerate() {
            let own = (0..entries.shape()[1]).map(|s| entries[[b, s]] as usize);
            let mut rate = (0.0, Array1::zeros(n), Array2::zeros((n, n)));
            for (f, g, h) in own.filter(|&e| e < total).map(|e| self.entry(e)) {
                rate = (rate.0 + f, rate.1 + g, rate.2 + h);
            }
            let (rate, slope, bend) = rate;
            // −ln of a Poisson probability, whose count is an integer.
            let factorial: f64 = (1..=count as u32).map(|k| f64::from(k).ln()).sum();
            value += rate - count * rate.ln() + factorial;
            let (first, second) = (1.0 - count / rate, count / (rate * rate));
            gradient += &(&slope * first);
            hessian += &(bend * first);
            for i in 0..n {
                for j in 0..n {
                    hessian[[i, j]] += second * slope[i] * slope[j];
                }
            }
        }
        let (normal, aux, sigma) =
            (self.table("normal"), self.table("normal_aux"), self.table("normal_sigma"));
        for ((&place, &mean), &width) in normal.iter().zip(aux).zip(sigma) {
            let p = place as usize;
            let pull = (mean - self.p[p]) / width;
            value += 0.5 * pull * pull + width.ln() + 0.5 * (2.0 * std::f64::consts::PI).ln();
            gradient[p] -= pull / width;
            hessian[[p, p]] += 1.0 / (width * width);
        }
        (value, gradient, hessian)
    }
}
