//! HistFactory workspaces in pyhf's JSON format, schema 1.0.0 (Heinrich, Feickert, Stark & Cranmer, "pyhf:
//! pure-Python implementation of HistFactory statistical models", JOSS 2021).

use super::document::At;
use anyhow::{Context, Result};
use serde_json::Value;

/// Channels with what was observed in them, and what is to be measured.
pub(crate) struct Workspace {
    pub(crate) channels: Vec<Channel>,
    pub(crate) measurements: Vec<Measurement>,
}

pub(crate) struct Channel {
    pub(crate) name: String,
    pub(crate) samples: Vec<Sample>,
    pub(crate) observed: Vec<f64>,
}

pub(crate) struct Sample {
    pub(crate) data: Vec<f64>,
    pub(crate) modifiers: Vec<Modifier>,
}

pub(crate) struct Modifier {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// Where it stands in the document.
    pub(crate) path: String,
}

/// What a modifier does to the expected numbers of a sample.
#[derive(Clone, PartialEq)]
pub(crate) enum Kind {
    /// A free factor.
    NormFactor,
    /// A factor between `lo` and `hi` for one standard deviation down and up.
    NormSys { hi: f64, lo: f64 },
    /// Numbers one standard deviation up and down.
    HistoSys { hi: Vec<f64>, lo: Vec<f64> },
    /// A factor for each bin, known to so much from counts.
    ShapeSys(Vec<f64>),
    /// A factor for each bin, shared by all samples of the channel, known to so much.
    StatError(Vec<f64>),
    /// The luminosity.
    Lumi,
    /// A free factor for each bin.
    ShapeFactor,
}

pub(crate) struct Measurement {
    pub(crate) name: String,
    pub(crate) interest: String,
    pub(crate) parameters: Vec<Settings>,
}

/// What a measurement says about a parameter.
#[derive(Default)]
pub(crate) struct Settings {
    pub(crate) name: String,
    pub(crate) inits: Option<Vec<f64>>,
    pub(crate) bounds: Option<Vec<(f64, f64)>>,
    pub(crate) auxdata: Option<Vec<f64>>,
    pub(crate) sigmas: Option<Vec<f64>>,
    /// One for all, or one for each.
    pub(crate) fixed: Option<Vec<bool>>,
    pub(crate) path: String,
}

impl Workspace {
    /// Reads a workspace.
    ///
    /// # Errors
    /// When the text is no JSON, or not what a workspace must be; the error names the place.
    pub(crate) fn read(text: &str) -> Result<Workspace> {
        let value: Value = serde_json::from_str(text).context("the document is no JSON")?;
        let root = At::root(&value);
        let version = root.field("version")?;
        if version.text()? != "1.0.0" {
            return Err(version.wrong("only version 1.0.0 is known"));
        }
        let observations = root.field("observations")?.items()?;
        let mut channels: Vec<Channel> = Vec::new();
        for at in root.field("channels")?.items()? {
            let channel = channel(&at, &observations)?;
            if channels.iter().any(|c| c.name == channel.name) {
                return Err(at.wrong(&format!("a second channel `{}`", channel.name)));
            }
            channels.push(channel);
        }
        let measurements = root.field("measurements")?;
        let all: Vec<Measurement> =
            measurements.items()?.iter().map(measurement).collect::<Result<_>>()?;
        if channels.is_empty() || all.is_empty() {
            return Err(root.wrong("needs a channel and a measurement at least"));
        }
        Ok(Workspace { channels, measurements: all })
    }
}

fn channel(at: &At<'_>, observations: &[At<'_>]) -> Result<Channel> {
    let name = at.field("name")?.text()?.to_string();
    let named = |o: &&At<'_>| o.field("name").and_then(|n| n.text()).is_ok_and(|n| n == name);
    let observed = observations
        .iter()
        .find(named)
        .ok_or_else(|| at.wrong(&format!("there is no observation for channel `{name}`")))?;
    let mut samples: Vec<(&str, Sample)> = Vec::new();
    let mut bins = None;
    for at in at.field("samples")?.items()? {
        let name = at.field("name")?.text()?;
        if samples.iter().any(|(other, _)| *other == name) {
            return Err(at.wrong(&format!("a second sample `{name}`")));
        }
        let data = match bins {
            Some(n) => at.field("data")?.numbers_of(n)?,
            None => at.field("data")?.numbers()?,
        };
        bins = Some(data.len());
        let mut modifiers: Vec<Modifier> = Vec::new();
        for at in at.field("modifiers")?.items()? {
            let modifier = modifier(&at, data.len())?;
            let same = |m: &Modifier| {
                m.name == modifier.name
                    && std::mem::discriminant(&m.kind) == std::mem::discriminant(&modifier.kind)
            };
            if modifiers.iter().any(same) {
                return Err(at.wrong(&format!("a second modifier `{}` of its type", modifier.name)));
            }
            modifiers.push(modifier);
        }
        samples.push((name, Sample { data, modifiers }));
    }
    let bins = bins.ok_or_else(|| at.wrong("has no samples"))?;
    let observed = observed.field("data")?.numbers_of(bins)?;
    let samples = samples.into_iter().map(|(_, sample)| sample).collect();
    Ok(Channel { name, samples, observed })
}

fn modifier(at: &At<'_>, bins: usize) -> Result<Modifier> {
    let name = at.field("name")?.text()?.to_string();
    let kind = at.field("type")?;
    let data = || at.field("data");
    let kind = match kind.text()? {
        "normfactor" => Kind::NormFactor,
        "lumi" => Kind::Lumi,
        "shapefactor" => Kind::ShapeFactor,
        "normsys" => {
            let factor = |name: &str| -> Result<f64> {
                let at = data()?.field(name)?;
                let factor = at.number()?;
                if factor > 0.0 { Ok(factor) } else { Err(at.wrong("must be positive")) }
            };
            Kind::NormSys { hi: factor("hi")?, lo: factor("lo")? }
        }
        "histosys" => Kind::HistoSys {
            hi: data()?.field("hi_data")?.numbers_of(bins)?,
            lo: data()?.field("lo_data")?.numbers_of(bins)?,
        },
        "shapesys" => Kind::ShapeSys(data()?.numbers_of(bins)?),
        "staterror" => Kind::StatError(data()?.numbers_of(bins)?),
        other => return Err(kind.wrong(&format!("there is no modifier `{other}`"))),
    };
    // Only errors show it.
    let path = at.wrong("").to_string().trim_end_matches(": ").to_string();
    Ok(Modifier { name, kind, path })
}

fn measurement(at: &At<'_>) -> Result<Measurement> {
    let config = at.field("config")?;
    let mut parameters = Vec::new();
    for at in config.field("parameters")?.items()? {
        let list = |name: &str| at.maybe(name).map(|at| at.numbers()).transpose();
        let bounds = |at: At<'_>| -> Result<Vec<(f64, f64)>> {
            let pair = |at: &At<'_>| at.numbers_of(2).map(|pair| (pair[0], pair[1]));
            at.items()?.iter().map(pair).collect()
        };
        let fixed = |at: At<'_>| at.flags(1).or_else(|_| at.flags(at.items()?.len()));
        parameters.push(Settings {
            name: at.field("name")?.text()?.to_string(),
            inits: list("inits")?,
            auxdata: list("auxdata")?,
            sigmas: list("sigmas")?,
            bounds: at.maybe("bounds").map(bounds).transpose()?,
            fixed: at.maybe("fixed").map(fixed).transpose()?,
            path: at.wrong("").to_string().trim_end_matches(": ").to_string(),
        });
    }
    Ok(Measurement {
        name: at.field("name")?.text()?.to_string(),
        interest: config.field("poi")?.text()?.to_string(),
        parameters,
    })
}
