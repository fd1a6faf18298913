//! The likelihood of a HistFactory workspace (Cranmer et al., CERN-OPEN-2012-016) as a function of its
//! parameters. The structure is in tables of places, so that the program is a dozen operations however
//! many modifiers there are.

use super::workspace::{Kind, Measurement, Modifier, Settings, Workspace};
use anyhow::{Result, anyhow, bail};
use cotangent::{Array, Tensor, special};
use std::collections::BTreeMap;

/// How factors depend on a parameter between and beyond one standard deviation.
#[derive(Clone, Copy, PartialEq, Debug, clap::ValueEnum)]
pub(crate) enum NormCode {
    /// Exponential on both sides.
    Code1,
    /// A polynomial of sixth order inside, exponential outside.
    Code4,
}

/// The same for numbers that are added.
#[derive(Clone, Copy, PartialEq, Debug, clap::ValueEnum)]
pub(crate) enum HistoCode {
    /// Linear on both sides.
    Code0,
    /// Quadratic inside, linear outside.
    Code2,
    /// A polynomial of sixth order inside, linear outside.
    Code4p,
}

cotangent::tree! {
    /// The numbers of a model: what was observed, what is expected, and who depends on whom. Places among
    /// the parameters may be one past the last, where there is a 1, or two, where there is a 0.
    #[derive(Debug)]
    pub(crate) struct Tables<L> {
        /// `[bins]`
        pub(crate) observed: L,
        /// `[entries]`, an entry being a bin of a sample.
        pub(crate) nominal: L,
        /// `[bins, samples]`: the entries of a bin; one past the last for none.
        pub(crate) entries: L,
        /// `[entries]`: the row, which is a sample of a channel.
        pub(crate) row: L,
        /// `[rows, k]`: parameters that are factors.
        pub(crate) factors: L,
        /// `[rows, k]`: parameters that factors depend on.
        pub(crate) norms: L,
        /// `[rows, k, 8]`: the factors up and down, and the coefficients of a polynomial between.
        pub(crate) norm_shapes: L,
        /// `[entries, k]`: parameters that are factors of single bins.
        pub(crate) bin_factors: L,
        /// `[rows, k]`: parameters that differences depend on.
        pub(crate) shifts: L,
        /// `[entries, k]`: the differences, up and down.
        pub(crate) up: L,
        /// See `up`.
        pub(crate) down: L,
        /// `[n]`: parameters with a normal distribution, and its mean and width.
        pub(crate) normal: L,
        /// See `normal`.
        pub(crate) normal_aux: L,
        /// See `normal`.
        pub(crate) normal_sigma: L,
        /// `[n]`: parameters known from counts, and these.
        pub(crate) poisson: L,
        /// See `poisson`.
        pub(crate) poisson_aux: L,
    }
}

/// A model, ready to be fitted.
pub(crate) struct Model {
    pub(crate) names: Vec<String>,
    pub(crate) inits: Vec<f64>,
    pub(crate) bounds: Vec<(f64, f64)>,
    pub(crate) fixed: Vec<bool>,
    /// The place of the parameter of interest.
    pub(crate) interest: usize,
    pub(crate) tables: Tables<Array>,
    pub(crate) codes: (NormCode, HistoCode),
}

/// Parameters of one name.
struct Set {
    first: usize,
    n: usize,
    constraint: Constraint,
    kind: &'static str,
}

#[derive(Clone)]
enum Constraint {
    None,
    Normal { aux: Vec<f64>, sigmas: Vec<f64> },
    Poisson(Vec<f64>),
}

struct Builder {
    sets: BTreeMap<String, Set>,
    names: Vec<String>,
    inits: Vec<f64>,
    bounds: Vec<(f64, f64)>,
    fixed: Vec<bool>,
}

fn label(kind: &Kind) -> &'static str {
    match kind {
        Kind::NormFactor => "normfactor",
        Kind::NormSys { .. } | Kind::HistoSys { .. } => "normsys or histosys",
        Kind::ShapeSys(_) => "shapesys",
        Kind::StatError(_) => "staterror",
        Kind::Lumi => "lumi",
        Kind::ShapeFactor => "shapefactor",
    }
}

impl Builder {
    /// The first parameter of a modifier's name; a new one if there is none yet.
    fn set(
        &mut self,
        modifier: &Modifier,
        (n, init, bounds): (usize, f64, (f64, f64)),
        constraint: Constraint,
        fixed: &[bool],
    ) -> Result<usize> {
        let kind = label(&modifier.kind);
        if let Some(set) = self.sets.get(&modifier.name) {
            if set.kind != kind || set.n != n {
                bail!(
                    "{}: `{}` is of type {} with {} parameters elsewhere, and of type {kind} with {n} here",
                    modifier.path,
                    modifier.name,
                    set.kind,
                    set.n
                );
            }
            return Ok(set.first);
        }
        let first = self.names.len();
        match n {
            1 if !matches!(
                modifier.kind,
                Kind::ShapeSys(_) | Kind::StatError(_) | Kind::ShapeFactor
            ) =>
            {
                self.names.push(modifier.name.clone());
            }
            _ => self.names.extend((0..n).map(|i| format!("{}[{i}]", modifier.name))),
        }
        self.inits.extend(vec![init; n]);
        self.bounds.extend(vec![bounds; n]);
        self.fixed.extend_from_slice(fixed);
        self.sets.insert(modifier.name.clone(), Set { first, n, constraint, kind });
        Ok(first)
    }

    /// What the measurement says.
    fn apply(&mut self, settings: &Settings) -> Result<()> {
        // As in pyhf, what is said of other parameters has no effect.
        let Some(set) = self.sets.get_mut(&settings.name) else { return Ok(()) };
        let range = set.first..set.first + set.n;
        let wrong = |what: &str, found: usize| {
            anyhow!("{}.{what}: has {found} values for {} parameters", settings.path, set.n)
        };
        if let Some(inits) = &settings.inits {
            if inits.len() != set.n {
                return Err(wrong("inits", inits.len()));
            }
            self.inits[range.clone()].copy_from_slice(inits);
        }
        if let Some(bounds) = &settings.bounds {
            if bounds.len() != set.n {
                return Err(wrong("bounds", bounds.len()));
            }
            self.bounds[range.clone()].copy_from_slice(bounds);
        }
        match settings.fixed.as_deref() {
            Some(&[fixed]) => self.fixed[range].fill(fixed),
            Some(flags) if flags.len() == set.n => self.fixed[range].copy_from_slice(flags),
            Some(flags) => return Err(wrong("fixed", flags.len())),
            None => {}
        }
        if let Constraint::Normal { aux, sigmas } = &mut set.constraint {
            for (values, name, target) in
                [(&settings.auxdata, "auxdata", aux), (&settings.sigmas, "sigmas", sigmas)]
            {
                match values {
                    Some(values) if values.len() == set.n => target.clone_from(values),
                    Some(values) => {
                        return Err(anyhow!(
                            "{}.{name}: has {} values for {} parameters",
                            settings.path,
                            values.len(),
                            set.n
                        ));
                    }
                    None => {}
                }
            }
        }
        Ok(())
    }
}

/// The relative uncertainty of every bin of a channel, from all its samples with this `staterror`.
fn relative(channel: &super::workspace::Channel, name: &str) -> Vec<f64> {
    let mut sums = vec![(0.0, 0.0); channel.observed.len()];
    for sample in &channel.samples {
        for modifier in sample.modifiers.iter().filter(|m| m.name == name) {
            if let Kind::StatError(widths) = &modifier.kind {
                for (sum, (y, w)) in sums.iter_mut().zip(sample.data.iter().zip(widths)) {
                    *sum = (sum.0 + y, sum.1 + w * w);
                }
            }
        }
    }
    sums.into_iter().map(|(y, w)| if y > 0.0 { w.sqrt() / y } else { 0.0 }).collect()
}

/// The coefficients of α, α², ..., α⁶ of the polynomial through 1 that meets `hi^α` and `lo^−α` at ±1 with
/// two derivatives.
fn polynomial(hi: f64, lo: f64) -> [f64; 6] {
    let (up, down) = ([1.0, hi.ln(), hi.ln().powi(2)], [1.0, -lo.ln(), lo.ln().powi(2)]);
    let half = |k: usize, sign: f64| (hi * up[k] + sign * lo * down[k]) / 2.0;
    // Odd and even parts at 1, with their first and second derivatives.
    let (o, o1, o2) = (half(0, -1.0), half(1, 1.0), half(2, -1.0));
    let (e, e1, e2) = (half(0, 1.0) - 1.0, half(1, -1.0), half(2, 1.0));
    let a5 = (o2 - 3.0 * (o1 - o)) / 8.0;
    let a3 = (o1 - o - 4.0 * a5) / 2.0;
    let a6 = (e2 - 5.0 * e1 + 8.0 * e) / 8.0;
    let a4 = (e1 - 2.0 * e - 4.0 * a6) / 2.0;
    [o - a3 - a5, e - a4 - a6, a3, a4, a5, a6]
}

/// A table of rows of different lengths, filled up.
fn table<T: cotangent::Element>(rows: &[Vec<T>], fill: T) -> Result<Array> {
    let width = rows.iter().map(Vec::len).max().unwrap_or(0);
    let mut flat = Vec::with_capacity(rows.len() * width);
    for row in rows {
        flat.extend_from_slice(row);
        flat.extend(vec![fill; width - row.len()]);
    }
    Ok(Array::from_vec([rows.len(), width], flat)?)
}

impl Model {
    /// The model of a workspace for one of its measurements.
    ///
    /// # Errors
    /// When modifiers of one name contradict each other, or the measurement does not fit them.
    pub(crate) fn new(
        workspace: &Workspace,
        measurement: &Measurement,
        codes: (NormCode, HistoCode),
    ) -> Result<Model> {
        let mut builder = Builder {
            sets: BTreeMap::new(),
            names: vec![],
            inits: vec![],
            bounds: vec![],
            fixed: vec![],
        };
        let (mut observed, mut nominal, mut entries) = (Vec::new(), Vec::new(), Vec::new());
        let (mut row_of, mut factors, mut norms, mut shapes) = (vec![], vec![], vec![], vec![]);
        let (mut bin_factors, mut shifts, mut ups, mut downs) = (vec![], vec![], vec![], vec![]);
        for channel in &workspace.channels {
            let bins = channel.observed.len();
            let first_bin = entries.len();
            observed.extend_from_slice(&channel.observed);
            entries.extend(vec![Vec::<i32>::new(); bins]);
            for sample in &channel.samples {
                let row = factors.len();
                let (mut own, mut own_norms, mut own_shapes) = (vec![], vec![], vec![]);
                let mut own_shifts = vec![];
                let mut by_bin = vec![(vec![], vec![], vec![]); bins];
                for modifier in &sample.modifiers {
                    let normal = |aux: f64, sigma: f64| Constraint::Normal {
                        aux: vec![aux],
                        sigmas: vec![sigma],
                    };
                    match &modifier.kind {
                        Kind::NormFactor => {
                            let scalar = (1, 1.0, (0.0, 10.0));
                            own.push(
                                builder.set(modifier, scalar, Constraint::None, &[false])? as i32
                            );
                        }
                        Kind::Lumi => {
                            let scalar = (1, f64::NAN, (0.0, 10.0));
                            let constraint = normal(f64::NAN, f64::NAN);
                            own.push(builder.set(modifier, scalar, constraint, &[false])? as i32);
                        }
                        Kind::NormSys { hi, lo } => {
                            let scalar = (1, 0.0, (-5.0, 5.0));
                            let p = builder.set(modifier, scalar, normal(0.0, 1.0), &[false])?;
                            own_norms.push(p as i32);
                            own_shapes.extend([*hi, *lo].into_iter().chain(polynomial(*hi, *lo)));
                        }
                        Kind::HistoSys { hi, lo } => {
                            let scalar = (1, 0.0, (-5.0, 5.0));
                            let p = builder.set(modifier, scalar, normal(0.0, 1.0), &[false])?;
                            own_shifts.push(p as i32);
                            for (b, (_, up, down)) in by_bin.iter_mut().enumerate() {
                                up.push(hi[b] - sample.data[b]);
                                down.push(sample.data[b] - lo[b]);
                            }
                        }
                        Kind::ShapeSys(widths) => {
                            let known = |(y, w): (&f64, &f64)| *y > 0.0 && *w > 0.0;
                            let pairs = || sample.data.iter().zip(widths);
                            let counts = pairs()
                                .map(|(y, w)| if known((y, w)) { (y / w).powi(2) } else { 1.0 })
                                .collect();
                            let fixed: Vec<bool> = pairs().map(|pair| !known(pair)).collect();
                            let many = (bins, 1.0, (1e-10, 10.0));
                            let p =
                                builder.set(modifier, many, Constraint::Poisson(counts), &fixed)?;
                            (0..bins).for_each(|b| by_bin[b].0.push((p + b) as i32));
                        }
                        Kind::StatError(_) => {
                            let sigmas = relative(channel, &modifier.name);
                            let fixed: Vec<bool> = sigmas.iter().map(|s| *s == 0.0).collect();
                            let sigmas = sigmas
                                .into_iter()
                                .map(|s| if s == 0.0 { 1.0 } else { s })
                                .collect();
                            let constraint = Constraint::Normal { aux: vec![1.0; bins], sigmas };
                            let many = (bins, 1.0, (1e-10, 10.0));
                            let p = builder.set(modifier, many, constraint, &fixed)?;
                            (0..bins).for_each(|b| by_bin[b].0.push((p + b) as i32));
                        }
                        Kind::ShapeFactor => {
                            let many = (bins, 1.0, (0.0, 10.0));
                            let free = vec![false; bins];
                            let p = builder.set(modifier, many, Constraint::None, &free)?;
                            (0..bins).for_each(|b| by_bin[b].0.push((p + b) as i32));
                        }
                    }
                }
                for (b, (factors, up, down)) in by_bin.into_iter().enumerate() {
                    entries[first_bin + b].push(nominal.len() as i32);
                    nominal.push(sample.data[b]);
                    row_of.push(row as i32);
                    bin_factors.push(factors);
                    ups.push(up);
                    downs.push(down);
                }
                factors.push(own);
                norms.push(own_norms);
                shapes.push(own_shapes);
                shifts.push(own_shifts);
            }
        }
        measurement.parameters.iter().try_for_each(|settings| builder.apply(settings))?;
        let Builder { sets, names, inits, bounds, fixed } = builder;
        let poi = measurement.interest.as_str();
        let interest = sets.get(poi).map(|set| set.first);
        let interest = interest
            .ok_or_else(|| anyhow!("measurement `{}`: no parameter `{poi}`", measurement.name))?;
        if let Some(k) = inits.iter().position(|v| v.is_nan()) {
            bail!(
                "measurement `{}`: `{}` needs inits, auxdata and sigmas",
                measurement.name,
                names[k]
            );
        }
        let (mut normal, mut poisson) = (Vec::new(), Vec::new());
        for set in sets.values() {
            match &set.constraint {
                Constraint::None => {}
                Constraint::Normal { aux, sigmas } => {
                    let places = set.first..set.first + set.n;
                    normal
                        .extend(places.zip(aux).zip(sigmas).map(|((p, a), s)| (p as i32, *a, *s)));
                }
                Constraint::Poisson(counts) => {
                    poisson.extend((set.first..).zip(counts).map(|(p, count)| (p as i32, *count)));
                }
            }
        }
        if let Some((p, ..)) = normal.iter().find(|(_, a, s)| a.is_nan() || s.is_nan()) {
            let name = &names[*p as usize];
            bail!("measurement `{}`: `{name}` needs auxdata and sigmas", measurement.name);
        }
        let n = names.len() as i32;
        let rows = factors.len();
        let width = norms.iter().map(Vec::len).max().unwrap_or(0);
        // Factors that are not there are 1 up and down.
        let blank = [1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        for shape in &mut shapes {
            while shape.len() < 8 * width {
                shape.extend(blank);
            }
        }
        let tables = Tables {
            observed: Array::from(observed),
            entries: table(&entries, nominal.len() as i32)?,
            nominal: Array::from(nominal),
            row: Array::from(row_of),
            factors: table(&factors, n)?,
            norms: table(&norms, n + 1)?,
            norm_shapes: Array::from_vec([rows, width, 8], shapes.concat())?,
            bin_factors: table(&bin_factors, n)?,
            shifts: table(&shifts, n + 1)?,
            up: table(&ups, 0.0)?,
            down: table(&downs, 0.0)?,
            normal: Array::from(normal.iter().map(|c| c.0).collect::<Vec<i32>>()),
            normal_aux: Array::from(normal.iter().map(|c| c.1).collect::<Vec<f64>>()),
            normal_sigma: Array::from(normal.iter().map(|c| c.2).collect::<Vec<f64>>()),
            poisson: Array::from(poisson.iter().map(|c| c.0).collect::<Vec<i32>>()),
            poisson_aux: Array::from(poisson.iter().map(|c| c.1).collect::<Vec<f64>>()),
        };
        Ok(Model { names, inits, bounds, fixed, interest, tables, codes })
    }
}

/// What is expected in each bin.
pub(crate) fn expected((norm, histo): (NormCode, HistoCode), p: &Tensor, t: &Tables) -> Tensor {
    let p = Tensor::concat([p.clone(), Tensor::from_array([1.0, 0.0])], 0);
    // Factors of whole samples. There are few free ones; of the others, which are positive, the logarithms
    // are added, so that a derivative by one of them is not a product of all.
    let product = |places: &Tensor| {
        let all = p.take(places, 0);
        let columns = (0..places.shape()[1] as isize).map(|k| all.index((.., k)));
        columns.reduce(|a, b| a * b)
    };
    let mut factor = Tensor::from_array([1.0]);
    if t.norms.size() > 0 {
        let alpha = p.take(&t.norms, 0);
        let part = |k: isize| t.norm_shapes.index((.., .., k));
        let outside = alpha.ge(0.0).where_(&alpha * part(0).log(), -&alpha * part(1).log());
        let logs = match norm {
            NormCode::Code1 => outside,
            NormCode::Code4 => {
                let inside = alpha.abs().lt(1.0);
                let near = inside.where_(&alpha, 0.0);
                let sum = (2..8).rev().fold(near.zeros_like(), |sum, k| (sum + part(k)) * &near);
                inside.where_(sum.log1p(), outside)
            }
        };
        factor = logs.sum_axis(-1).exp();
    }
    if let Some(free) = product(&t.factors) {
        factor *= free;
    }
    let mut numbers = t.nominal.clone();
    if t.shifts.size() > 0 {
        let alpha = p.take(&t.shifts, 0).take(&t.row, 0);
        let (up, down) = (&t.up, &t.down);
        let (mean, bend) = ((up + down) * 0.5, up - down);
        let side = || alpha.ge(0.0).where_(&alpha * up, &alpha * down);
        let inside = alpha.abs().le(1.0);
        let change = match histo {
            HistoCode::Code0 => side(),
            HistoCode::Code2 => {
                let bend = bend * 0.5;
                let beyond = alpha.ge(0.0).where_(
                    (&mean + 2.0 * &bend) * (&alpha - 1.0),
                    (&mean - 2.0 * &bend) * (&alpha + 1.0),
                );
                inside.where_(bend * alpha.square() + mean * &alpha, beyond)
            }
            HistoCode::Code4p => {
                let square = alpha.square();
                let sum = 15.0 + &square * (-10.0 + 3.0 * &square);
                inside.where_(&alpha * (mean + &alpha * bend * 0.0625 * sum), side())
            }
        };
        numbers += change.sum_axis(-1);
    }
    // A single 1 stands for no factors at all.
    if factor.size() == t.factors.shape()[0] {
        numbers *= factor.take(&t.row, 0);
    }
    if let Some(by_bin) = product(&t.bin_factors) {
        numbers *= by_bin;
    }
    let numbers = Tensor::concat([numbers, Tensor::from_array([0.0])], 0);
    numbers.take(&t.entries, 0).sum_axis(-1)
}

/// The negative logarithm of the likelihood.
pub(crate) fn nll(codes: (NormCode, HistoCode), p: &Tensor, t: &Tables) -> Tensor {
    let poisson = |counts: &Tensor, rates: &Tensor| {
        let logs = special::xlogy(counts, rates) - rates - special::gammaln(counts + 1.0);
        -logs.sum()
    };
    let pull = (&t.normal_aux - p.take(&t.normal, 0)) / &t.normal_sigma;
    let widths = (t.normal_sigma.log() + 0.5 * (2.0 * std::f64::consts::PI).ln()).sum();
    poisson(&t.observed, &expected(codes, p, t))
        + 0.5 * pull.square().sum()
        + widths
        + poisson(&t.poisson_aux, &(p.take(&t.poisson, 0) * &t.poisson_aux))
}
