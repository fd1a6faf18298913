//! The fit of a model: parameters, covariance, and profiles.

use super::model::{HistoCode, Model, NormCode, Tables, expected, nll};
use anyhow::{Result, ensure};
use cotangent::{Array, Function, Jit, Tensor, hessian, jit, linalg, minimize};

cotangent::tree! {
    /// A model and what of it is fitted.
    pub(crate) struct Task<L> {
        /// The numbers of the model.
        pub(crate) tables: Tables<L>,
        /// 1 for parameters that move, 0 for those that do not.
        pub(crate) free: L,
        /// The least and the greatest values.
        pub(crate) low: L,
        /// See `low`.
        pub(crate) high: L,
    }
}

/// What a fit found.
pub(crate) struct Found {
    pub(crate) parameters: Vec<f64>,
    pub(crate) nll: f64,
    pub(crate) steps: i32,
}

type Program<Args, Out> = Jit<Box<dyn Fn(Tensor, Task) -> Out>, Args>;

/// The compiled programs of a model.
pub(crate) struct Fitter<'a> {
    model: &'a Model,
    search: Program<(Tensor, Task), (Tensor, Tensor, Tensor, Tensor)>,
    covariance: Program<(Tensor, Task), Tensor>,
    value: Program<(Tensor, Task), (Tensor, Tensor)>,
}

fn likelihood(codes: (NormCode, HistoCode)) -> impl Function<(Tensor, Task), Out = Tensor> + Clone {
    move |p: Tensor, task: Task| nll(codes, &p, &task.tables)
}

impl<'a> Fitter<'a> {
    pub(crate) fn new(model: &'a Model) -> Fitter<'a> {
        let codes = model.codes;
        let search = move |start: Tensor, task: Task| {
            let fit = minimize(likelihood(codes))
                .dense()
                .bounds(|task: &Task| (task.low.clone(), task.high.clone()))
                .free(|task: &Task| task.free.clone());
            let (p, how) = fit.call((start, task));
            (p, how.value, how.steps, how.converged)
        };
        // The inverse of the Hessian by what is free; zeros for the rest.
        let covariance = move |p: Tensor, task: Task| {
            let both = task.free.outer(&task.free);
            let fixed = (1.0 - &task.free).diag();
            let h = hessian(likelihood(codes)).call((p, task)) * &both + fixed;
            linalg::inv(&h) * both
        };
        let value = move |p: Tensor, task: Task| {
            (nll(codes, &p, &task.tables), expected(codes, &p, &task.tables))
        };
        Fitter {
            model,
            search: jit(Box::new(search)),
            covariance: jit(Box::new(covariance)),
            value: jit(Box::new(value)),
        }
    }

    /// The task in which these parameters are fixed beside those that the model fixes.
    pub(crate) fn task(&self, fixed: &[usize]) -> Task<Array> {
        let free = |(k, model_fixes): (usize, &bool)| {
            if *model_fixes || fixed.contains(&k) { 0.0 } else { 1.0 }
        };
        let free: Vec<f64> = self.model.fixed.iter().enumerate().map(free).collect();
        let (low, high): (Vec<f64>, Vec<f64>) = self.model.bounds.iter().copied().unzip();
        Task {
            tables: self.model.tables.clone(),
            free: Array::from(free),
            low: Array::from(low),
            high: Array::from(high),
        }
    }

    /// The parameters that make the negative log-likelihood least, from a start; some fixed there.
    pub(crate) fn fit(&self, start: &[f64], fixed: &[usize]) -> Result<Found> {
        let (p, value, steps, converged) = self.search.call((start.to_vec(), self.task(fixed)))?;
        let nll = value.item::<f64>()?;
        ensure!(nll.is_finite(), "the likelihood is not finite where the fit begins");
        ensure!(converged.item::<bool>()?, "the fit did not come to an end in a thousand steps");
        Ok(Found { parameters: p.to_vec()?, nll, steps: steps.item()? })
    }

    /// What is expected in each bin.
    pub(crate) fn expected(&self, at: &[f64]) -> Result<Vec<f64>> {
        Ok(self.value.call((at.to_vec(), self.task(&[])))?.1.to_vec()?)
    }

    /// The negative log-likelihood.
    pub(crate) fn nll(&self, at: &[f64]) -> Result<f64> {
        Ok(self.value.call((at.to_vec(), self.task(&[])))?.0.item()?)
    }

    /// The covariance of the parameters that are free, by the curvature at a point, row by row.
    pub(crate) fn covariance(&self, at: &[f64], fixed: &[usize]) -> Result<Vec<Vec<f64>>> {
        let matrix = self.covariance.call((at.to_vec(), self.task(fixed)))?.to_vec::<f64>()?;
        Ok(matrix.chunks(at.len().max(1)).map(<[f64]>::to_vec).collect())
    }

    /// The least negative log-likelihood with one parameter fixed at each of some values. Every fit is a
    /// run of the one program.
    pub(crate) fn profile(&self, best: &Found, k: usize, values: &[f64]) -> Result<Vec<f64>> {
        let mut start = best.parameters.clone();
        let one = |&value: &f64| {
            start[k] = value;
            let found = self.fit(&start, &[k])?;
            start.clone_from(&found.parameters);
            Ok(found.nll)
        };
        values.iter().map(one).collect()
    }

    /// How often the search was compiled.
    pub(crate) fn compiles(&self) -> u64 {
        self.search.stats().compiles
    }
}
