//! The four ways to compose a Hessian of two Jacobians, timed against each other.
//!
//! `hessian(f).mode(...)` gives the same numbers in every mode; which one is fastest depends on the
//! function. Run it with `--function poly`, `forecast` or `mlp`, or with `--point 1,0` for the
//! Hessian of the polynomial at that point; `--jaxpr` and `--hlo` show the programs instead.

#[path = "../common/mod.rs"]
mod common;
mod page;

use anyhow::{Context, Result, bail};
use clap::{Parser, ValueEnum};
use common::answer::Answer;
use common::functions::{forecast, mlp, poly};
use common::measure::{array, measure, to_f64};
use common::reference::{self, Problem};
use common::report::{Row, Table, cell, max_error, write_json};
use cotangent::sparse::sparse_hessian;
use cotangent::{Arguments, Array, DType, Function, HessianMode, HostArgs, Tensor, hessian, jit};
use ndarray::{Array1, ArrayD};
use page::Section;

use std::cmp::Ordering::Equal;
use std::slice::from_ref;

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Name {
    /// sum(x² − x³ − x): a diagonal Hessian
    Poly,
    /// tanh(W x + b) with 16 results: a Hessian of each
    Forecast,
    /// The loss of a network of three layers, by its parameters
    Mlp,
}

/// Times jacfwd∘jacrev against the other three compositions.
#[derive(Clone, Parser)]
struct Options {
    /// The function to differentiate twice [default: all three]
    #[arg(long)]
    function: Option<Name>,
    /// Number of variables (of the network: about so many)
    #[arg(long, default_value_t = 200)]
    n: usize,
    /// Where to differentiate `poly` and `forecast`, such as 1,0; --n is then its length
    #[arg(long, value_delimiter = ',', allow_negative_numbers = true)]
    point: Option<Vec<f64>>,
    #[arg(long, default_value = "f32", value_parser = ["f32", "f64"])]
    dtype: String,
    /// Timed calls of each
    #[arg(long, default_value_t = 200)]
    repeat: usize,
    /// Write the measurements to this file, or to standard output for -
    #[arg(long)]
    json: Option<String>,
    /// Write a page of HTML with tables, bars, growth over n, the choice, and the sparsity
    #[arg(long, conflicts_with_all = ["jaxpr", "hlo"])]
    report: Option<String>,
    /// Print the jaxprs instead
    #[arg(long)]
    jaxpr: bool,
    /// Print the HLO instead
    #[arg(long)]
    hlo: bool,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let names = options.function.map_or(Name::value_variants().to_vec(), |name| vec![name]);
    let (mut rows, mut sections) = (Vec::new(), Vec::new());
    for name in names {
        let Some(mut section) = options.run(name)? else { continue };
        rows.extend(section.rows.iter().cloned());
        if options.report.is_some() && options.point.is_none() {
            for n in [options.n / 4, options.n / 2, options.n * 2].into_iter().filter(|n| *n > 0) {
                let other = Options { n, ..options.clone() };
                section.growth.extend(other.run(name)?.map(|section| (n, section.rows)));
            }
            section.growth.push((options.n, section.rows.clone()));
            section.growth.sort_by_key(|(n, _)| *n);
        }
        sections.push(section);
    }
    if let Some(file) = &options.report {
        std::fs::write(file, page::page(&sections))
            .with_context(|| format!("cannot write {file}"))?;
        options.print(format!("{file} shows it all"));
    }
    if let Some(target) = &options.json {
        write_json(&rows, target)?;
    }
    if rows.iter().any(|row| !row.note.is_empty()) {
        bail!("a check failed, see above");
    }
    Ok(())
}

impl Options {
    fn dtype(&self) -> DType {
        if self.dtype == "f32" { DType::F32 } else { DType::F64 }
    }

    /// Prints to standard output, unless the JSON goes there.
    fn print(&self, text: impl std::fmt::Display) {
        match self.json.as_deref() {
            Some("-") => eprintln!("{text}"),
            _ => println!("{text}"),
        }
    }

    fn run(&self, name: Name) -> Result<Option<Section>> {
        let point = self.point.clone().map(Array1::from);
        let args = |p: &Problem| p.inputs.iter().map(|(_, v)| array(v, self.dtype())).collect();
        match name {
            Name::Poly => {
                let p = point.map_or_else(|| reference::poly(self.n), reference::poly_at);
                let [x] = take(args(&p))?;
                self.compare("poly", &p.outputs, poly, x)
            }
            Name::Forecast => {
                let p = match point {
                    Some(x) => reference::forecast_hessian_at(x, 16),
                    None => reference::forecast_hessian(self.n, 16),
                };
                let [x, w, b] = take(args(&p))?;
                self.compare("forecast", &p.outputs, forecast, (x, w, b))
            }
            Name::Mlp if point.is_some() => Ok(None), // Its point is its weights.
            Name::Mlp => {
                let p = reference::mlp(&sizes_near(self.n), 128);
                let [theta, x, y] = take(args(&p))?;
                self.compare("mlp", &p.outputs, mlp(&sizes_near(self.n)), (theta, x, y))
            }
        }
    }

    /// Runs the four compositions for one function and prints the table.
    fn compare<F, Args>(
        &self,
        name: &str,
        reference: &[Answer],
        f: F,
        args: impl HostArgs<Args> + Clone,
    ) -> Result<Option<Section>>
    where
        F: Function<Args, Out = Tensor> + Clone,
        Args: Arguments<First = Tensor>,
    {
        let (mut rows, mut results) = (Vec::new(), Vec::new());
        let n = reference[0].shape().last().copied().unwrap_or(1);
        for mode in HessianMode::ALL {
            let h = hessian(f.clone()).mode(mode);
            if self.jaxpr || self.hlo {
                let lowered = jit(h).lower(args.clone())?;
                let text = if self.hlo { lowered.hlo() } else { &lowered.jaxpr().to_string() };
                self.print(format!("# {name}, {}\n{text}\n", mode.name()));
                continue;
            }
            let mut row = Row::new(name, &[n], &self.dtype, mode.name());
            let outputs = measure(h, args.clone(), reference, Some(self.repeat), &mut row)?;
            results.extend(outputs.iter().map(to_f64).collect::<Result<Vec<_>>>()?);
            rows.push(row);
        }
        if rows.is_empty() {
            return Ok(None);
        }
        self.print(table(&rows, &results));
        if results[0].len() <= 16 {
            self.print(format!("the Hessian: {}\n", results[0]));
        }
        let mut section = Section {
            name: name.into(),
            rows,
            growth: Vec::new(),
            explanation: String::new(),
            pattern: None,
        };
        if self.report.is_some() {
            section.explanation = hessian(f.clone()).explain(args.clone())?.to_string();
            section.pattern = Some(sparse_hessian(Sum(f)).pattern(args)?);
        }
        Ok(Some(section))
    }
}

/// The sum of the results of a function.
struct Sum<F>(F);

impl<Args, F: Function<Args, Out = Tensor>> Function<Args> for Sum<F> {
    type Out = Tensor;

    fn apply(&self, args: Args) -> Tensor {
        self.0.apply(args).sum()
    }
}

fn table(rows: &[Row], results: &[ArrayD<f64>]) -> String {
    let title = format!("{} n={} {}", rows[0].workload, rows[0].size, rows[0].dtype);
    let heads = ["trace ms", "lower ms", "compile ms", "median µs", "min µs", "disagree", "error"];
    let mut table = Table::new([title.as_str()].into_iter().chain(heads));
    for (row, result) in rows.iter().zip(results) {
        let others = results.iter().map(|r| max_error(from_ref(result), from_ref(r)).0);
        let disagreement = others.fold(0.0, f64::max);
        let times = [row.trace_ms, row.lower_ms, row.compile_ms, row.exec_us, row.exec_min_us];
        let errors = [Some(disagreement), row.max_err_vs_ref];
        let cells = times.into_iter().chain(errors).map(cell);
        table.line([row.composition.clone()].into_iter().chain(cells));
    }
    let notes = rows.iter().filter(|r| !r.note.is_empty());
    let notes: String = notes.map(|r| format!("{}: {}\n", r.composition, r.note)).collect();
    let winner = rows.iter().min_by(|a, b| a.exec_us.partial_cmp(&b.exec_us).unwrap_or(Equal));
    let winner = winner.map_or("", |row| row.composition.as_str());
    format!("{table}{notes}winner: {winner}\n")
}

/// The sizes 8-h-h-1 with the number of parameters, h² + 11h + 1, nearest to `n`.
fn sizes_near(n: usize) -> [usize; 4] {
    let parameters = |h: usize| reference::mlp_parameters(&[8, h, h, 1]);
    let h = (1..=1000).min_by_key(|&h| parameters(h).abs_diff(n)).unwrap_or(1);
    [8, h, h, 1]
}

/// The arrays of a list whose length is known.
fn take<const N: usize>(arrays: Vec<Array>) -> Result<[Array; N]> {
    arrays.try_into().map_err(|_| anyhow::anyhow!("a workload with other arguments"))
}
