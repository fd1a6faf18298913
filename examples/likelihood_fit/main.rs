//! A likelihood fit: a HistFactory workspace in pyhf's JSON format, fitted with exact gradients and
//! Hessians; parameters with covariance, profiles, and pictures.

mod document;
mod fit;
mod model;
mod plots;
mod workspace;

use anyhow::{Context, Result, bail, ensure};
use clap::Parser;
use fit::{Fitter, Found};
use indicatif::ProgressBar;
use model::{HistoCode, Model, NormCode};
use std::path::PathBuf;
use workspace::Workspace;

/// Fit a HistFactory workspace.
#[derive(Parser)]
struct Options {
    /// The workspace [default: one with two bins, whose fit is checked]
    workspace: Option<PathBuf>,
    /// The measurement, by name [default: the first]
    #[arg(long)]
    measurement: Option<String>,
    /// How factors are interpolated
    #[arg(long, value_enum, default_value = "code4")]
    normsys: NormCode,
    /// How differences are interpolated
    #[arg(long, value_enum, default_value = "code4p")]
    histosys: HistoCode,
    /// Parameters to profile [default: the parameter of interest]
    #[arg(long, value_delimiter = ',')]
    profile: Vec<String>,
    /// Points of each profile
    #[arg(long, default_value_t = 21)]
    points: usize,
    /// Draw profiles and correlations into this folder
    #[arg(long)]
    plots: Option<PathBuf>,
}

const TWO_BINS: &str = include_str!("two_bins.json");

fn main() -> Result<()> {
    let options = Options::parse();
    let text = match &options.workspace {
        Some(file) => std::fs::read_to_string(file)
            .with_context(|| format!("cannot read {}", file.display()))?,
        None => TWO_BINS.to_string(),
    };
    let workspace = Workspace::read(&text)?;
    let measurement = match &options.measurement {
        Some(name) => workspace.measurements.iter().find(|m| m.name == *name),
        None => workspace.measurements.first(),
    };
    let names = || workspace.measurements.iter().map(|m| m.name.as_str()).collect::<Vec<_>>();
    let measurement = measurement
        .with_context(|| format!("no such measurement; there are: {}", names().join(", ")))?;
    let model = Model::new(&workspace, measurement, (options.normsys, options.histosys))?;
    let fitter = Fitter::new(&model);
    let found = fitter.fit(&model.inits, &[])?;
    let covariance = fitter.covariance(&found.parameters, &[])?;
    let errors: Vec<f64> = (0..covariance.len()).map(|k| covariance[k][k].sqrt()).collect();
    let channels: Vec<&str> = workspace.channels.iter().map(|c| c.name.as_str()).collect();
    println!("channels: {}; measurement: {}", channels.join(", "), measurement.name);
    let start = fitter.nll(&model.inits)?;
    println!("negative log-likelihood {:.6}, {start:.6} at the start", found.nll);
    println!("the fit took {} steps", found.steps);
    println!("{:28} {:>12} {:>12}", "parameter", "value", "error");
    for (k, name) in model.names.iter().enumerate() {
        let error = match model.fixed[k] {
            true => "fixed".to_string(),
            false => format!("{:.6}", errors[k]),
        };
        println!("{name:28} {:>12.6} {error:>12}", found.parameters[k]);
    }
    let free: Vec<usize> = (0..model.names.len()).filter(|&k| !model.fixed[k]).collect();
    let correlation = |i: usize, j: usize| covariance[i][j] / (errors[i] * errors[j]);
    let poi = model.interest;
    let mut with: Vec<(f64, usize)> =
        free.iter().filter(|&&k| k != poi).map(|&k| (correlation(poi, k), k)).collect();
    with.sort_by(|a, b| b.0.abs().total_cmp(&a.0.abs()));
    println!("largest correlations with {}:", model.names[poi]);
    for (r, k) in with.iter().take(5) {
        println!("  {:26} {r:>8.4}", model.names[*k]);
    }
    if free.len() <= 12 {
        println!("covariance:");
        for &i in &free {
            let row: String =
                free.iter().map(|&j| format!(" {:>12.4e}", covariance[i][j])).collect();
            println!("  {:26}{row}", model.names[i]);
        }
    }
    let expected = fitter.expected(&found.parameters)?;
    let mut bin = 0;
    println!("{:20} {:>5} {:>12} {:>12}", "channel", "bin", "observed", "expected");
    for channel in &workspace.channels {
        for (k, observed) in channel.observed.iter().enumerate() {
            println!("{:20} {k:>5} {observed:>12} {:>12.4}", channel.name, expected[bin]);
            bin += 1;
        }
    }
    profiles(&options, &model, &fitter, &found, &errors)?;
    if let Some(folder) = &options.plots {
        std::fs::create_dir_all(folder)?;
        let shown: Vec<usize> = free.iter().copied().take(40).collect();
        let names: Vec<String> = shown.iter().map(|&k| model.names[k].clone()).collect();
        let row = |&i: &usize| shown.iter().map(|&j| correlation(i, j)).collect::<Vec<f64>>();
        let matrix: Vec<Vec<f64>> = shown.iter().map(row).collect();
        plots::correlations(&folder.join("correlations.svg"), &names, &matrix)?;
    }
    if options.workspace.is_none() && options.normsys == NormCode::Code4 {
        // The least value of pyhf 0.7.6 (tests/golden/likelihood_reference.py).
        ensure!((found.nll - 11.598_182_928_741).abs() < 1e-9, "another minimum than pyhf's");
    }
    Ok(())
}

fn profiles(
    options: &Options,
    model: &Model,
    fitter: &Fitter<'_>,
    found: &Found,
    errors: &[f64],
) -> Result<()> {
    let mut chosen = Vec::new();
    for name in &options.profile {
        match model.names.iter().position(|n| n == name) {
            Some(k) => chosen.push(k),
            None => bail!("no parameter `{name}`; there are: {}", model.names.join(", ")),
        }
    }
    if chosen.is_empty() {
        chosen.push(model.interest);
    }
    let bar = ProgressBar::new(chosen.len() as u64);
    let mut done = Vec::new();
    for k in chosen {
        let (low, high) = model.bounds[k];
        let (center, width) = (found.parameters[k], if errors[k] > 0.0 { errors[k] } else { 1.0 });
        let (low, high) = ((center - 3.0 * width).max(low), (center + 3.0 * width).min(high));
        let n = options.points.max(2);
        let at = |i: usize| low + (high - low) * i as f64 / (n - 1) as f64;
        let values: Vec<f64> = (0..n).map(at).collect();
        let least = fitter.profile(found, k, &values)?;
        let twice: Vec<f64> = least.iter().map(|v| 2.0 * (v - found.nll)).collect();
        bar.inc(1);
        done.push((k, values, twice));
    }
    bar.finish_and_clear();
    for (k, values, twice) in done {
        let name = &model.names[k];
        let inside: Vec<f64> =
            values.iter().zip(&twice).filter(|(_, t)| **t <= 1.0).map(|(v, _)| *v).collect();
        if let (Some(first), Some(last)) = (inside.first(), inside.last()) {
            println!("profile of {name}: 2 Δ NLL ≤ 1 from {first:.4} to {last:.4} at least");
        }
        if let Some(folder) = &options.plots {
            std::fs::create_dir_all(folder)?;
            let safe = |c: char| if c.is_alphanumeric() || c == '_' { c } else { '-' };
            let file: String = name.chars().map(safe).collect();
            plots::scan(&folder.join(format!("profile_{file}.svg")), name, &values, &twice)?;
        }
    }
    println!("the fits were {} program", fitter.compiles());
    Ok(())
}
