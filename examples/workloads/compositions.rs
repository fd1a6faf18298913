//! What is run for each workload and each composition of derivatives.

use crate::cases::{G1, G2, problem};
use crate::common::functions::*;
use crate::common::measure::{array, measure, measure_sparse};
use crate::common::reference::Problem;
use crate::common::report::Row;
use crate::common::timing::Outputs;
use crate::likelihood;
use crate::model::{Tables, nll};
use anyhow::{Context, Result, bail};
use cotangent::{
    Arguments, Array, DType, Differentiated, Function, Hessian, HessianMode, HostArgs, HvpMode,
    Jacobian, Tensor, Tree, grad, hessian, hessian_diag, hvp, jacfwd, jacobian, jacrev, jit, jvp,
    laplacian, value_grad_hessian, vmap,
};
use ndarray::ArrayD;

/// What to do with a row.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Task {
    Measure,
    PrintJaxpr,
    PrintHlo,
    PrintPasses,
}

/// Fills the row, whose workload, dtype and composition are set, or prints its program.
pub(crate) fn run_row(row: &mut Row, size: &[usize], task: Task) -> Result<()> {
    let problem = problem(&row.workload, size).context("no such workload")?;
    let dtype = if row.dtype == "f64" { DType::F64 } else { DType::F32 };
    let arg = |(name, values): &(&str, ArrayD<f64>)| match likelihood::is_place(name) {
        true => Array::from(values.mapv(|v| v as i32)),
        false => array(values, dtype),
    };
    let args: Vec<Array> = problem.inputs.iter().map(arg).collect();
    let mut job = Job { problem, row, task };
    match (job.row.workload.clone().as_str(), &args[..]) {
        ("A", [x]) => job.hessian(poly, x),
        ("A_grad", [x]) => job.jacobian(poly, x),
        ("A_diag", [x]) => job.diagonal(poly, x),
        ("A_lap", [x]) => job.laplacian(poly, |x: Tensor| vhv(poly, x).sum(), x),
        ("B1", [x, w, b]) => job.jacobian(forecast, (x, w, b)),
        ("B2", [w, b, x]) => job.weight_jacobians((w, b, x)),
        ("B3", [x, w, b]) => job.hessian(forecast, (x, w, b)),
        ("B4", [x, w, b]) => {
            let jacobian = jacobian_by(&job.row.composition, forecast)?;
            job.run(vmap(jacobian).in_axes([Some(0), None, None]), (x, w, b))
        }
        ("B5", [x, w, b]) => {
            let hessian = hessian_by(&job.row.composition, forecast)?;
            job.run(vmap(hessian).in_axes([Some(0), None, None]), (x, w, b))
        }
        ("C", [x, v]) => job.hvp((x, v)),
        ("D", [w, x, y]) => job.hessian(logistic, (w, x, y)),
        ("E", [x, a]) => job.hessian(quadratic, (x, a)),
        ("F", [r]) => job.hessian(pairs, r),
        ("F_lap", [r]) => job.laplacian(pairs, |r: Tensor| vhv(pairs, r).sum(), r),
        ("G1", [theta, x, y]) => job.hessian(mlp(&G1), (theta, x, y)),
        ("G2", [theta, x, y]) => job.hessian(classifier(&G2), (theta, x, y)),
        ("G3", [w, rest, x, y]) => job.hessian(classifier_first_layer(&G2), (w, rest, x, y)),
        ("G1_hvp", [theta, x, y, v]) => {
            job.run(hvp(mlp(&G1)).mode(job.product()?), (theta, x, y, v))
        }
        ("G2_hvp", [theta, x, y, v]) => {
            job.run(hvp(classifier(&G2)).mode(job.product()?), (theta, x, y, v))
        }
        ("I_hvp", [q, base, alpha, n, v]) => {
            job.run(hvp(poisson).mode(job.product()?), (q, base, alpha, n, v))
        }
        ("G_lap", [x, theta]) => {
            let f = network(&[x.shape().size(), 64, 64, 1]);
            let g = f.clone();
            let by_products = move |x: Tensor, theta: Tensor| {
                let of = |x: Tensor| g(x, theta.clone());
                vhv(of, x).sum()
            };
            job.laplacian(f, by_products, (x, theta))
        }
        ("H", [u, v, t]) => job.hessian(factorization, (u, v, t)),
        ("I", [q, base, alpha, n]) => job.hessian(poisson, (q, base, alpha, n)),
        ("J", [x]) => job.hessian(rosenbrock, x),
        ("J_diag", [x]) => job.diagonal(rosenbrock, x),
        ("J_sparse", [x]) => job.sparse(rosenbrock, x),
        ("K", [p, y0, target]) => job.hessian(orbit, (p, y0, target)),
        ("L", [h, x, y]) => job.hessian(gaussian_process, (h, x, y)),
        ("M", [p, tables @ ..]) => {
            let tables = likelihood::tables(tables).context("the likelihood has other tables")?;
            let nll = |p: Tensor, t: Tables| nll(likelihood::CODES, &p, &t);
            job.whole(nll, (p, tables))
        }
        _ => bail!("the workload has other arguments"),
    }
}

/// The Hessian by this composition; the library's own choice for "auto".
fn hessian_by<F, Args>(composition: &str, f: F) -> Result<Differentiated<Hessian, F, Args>>
where
    F: Function<Args>,
    Args: Arguments,
{
    if composition == "auto" {
        return Ok(hessian(f));
    }
    Ok(hessian(f).mode(mode(composition)?))
}

fn mode(composition: &str) -> Result<HessianMode> {
    let mode = HessianMode::ALL.into_iter().find(|mode| mode.name() == composition);
    mode.context("no such composition")
}

/// The diagonal of the Hessian, by products with unit vectors from both sides.
fn vhv(f: impl Fn(Tensor) -> Tensor, x: Tensor) -> Tensor {
    let (n, shape) = (x.size(), x.shape().clone());
    let units = Tensor::eye::<f32>(n).convert(x.dtype());
    let one = |v: Tensor| {
        let v = v.reshape(&shape[..]);
        (&v * hvp(&f).call((x.clone(), v.clone()))).sum()
    };
    vmap(one).call(units).reshape(&shape[..])
}

/// The Jacobian by this mode; the library's own choice for "auto".
fn jacobian_by<F, Args>(mode: &str, f: F) -> Result<Differentiated<Jacobian, F, Args>>
where
    F: Function<Args>,
    Args: Arguments,
{
    Ok(match mode {
        "auto" => jacobian(f),
        "rev" => jacrev(f),
        "fwd" => jacfwd(f),
        _ => bail!("no such mode"),
    })
}

struct Job<'a> {
    problem: Problem,
    row: &'a mut Row,
    task: Task,
}

impl Job<'_> {
    fn run<F, Args>(&mut self, f: F, args: impl HostArgs<Args> + Clone) -> Result<()>
    where
        F: Function<Args>,
        Args: Arguments,
        <F::Out as Tree>::Host: Outputs,
    {
        if self.task == Task::Measure {
            return measure(f, args, &self.problem.outputs, None, self.row).map(drop);
        }
        if self.task == Task::PrintPasses {
            for (name, jaxpr) in jit(f).passes(args)? {
                println!("## after {name}\n{jaxpr}");
            }
            return Ok(());
        }
        let lowered = jit(f).lower(args)?;
        match self.task {
            Task::PrintHlo => println!("{}", lowered.hlo()),
            _ => println!("{}", lowered.jaxpr()),
        }
        Ok(())
    }

    fn hessian<F, Args>(&mut self, f: F, args: impl HostArgs<Args> + Clone) -> Result<()>
    where
        F: Function<Args, Out = Tensor>,
        Args: Arguments<First = Tensor>,
    {
        self.run(hessian_by(&self.row.composition, f)?, args)
    }

    /// Value, gradient and Hessian.
    fn whole<F, Args>(&mut self, f: F, args: impl HostArgs<Args> + Clone) -> Result<()>
    where
        F: Function<Args, Out = Tensor>,
        Args: Arguments<First = Tensor>,
    {
        match self.row.composition.as_str() {
            "auto" => self.run(value_grad_hessian(f), args),
            composition => self.run(value_grad_hessian(f).mode(mode(composition)?), args),
        }
    }

    fn jacobian<F, Args>(&mut self, f: F, args: impl HostArgs<Args> + Clone) -> Result<()>
    where
        F: Function<Args, Out = Tensor>,
        Args: Arguments<First = Tensor>,
    {
        self.run(jacobian_by(&self.row.composition, f)?, args)
    }

    fn weight_jacobians(&mut self, args: (&Array, &Array, &Array)) -> Result<()> {
        let f = |w: Tensor, b: Tensor, x: Tensor| forecast(x, w, b);
        self.run(jacobian_by(&self.row.composition, f)?.argnums([0, 1]), args)
    }

    /// The diagonal of the Hessian.
    fn diagonal(&mut self, f: fn(Tensor) -> Tensor, x: &Array) -> Result<()> {
        match self.row.composition.as_str() {
            "auto" => self.run(hessian_diag(f), x),
            "direct" => self.run(hessian_diag(f).along(), x),
            "vhv" => self.run(move |x: Tensor| vhv(f, x), x),
            composition => self.run(hessian_diag(f).mode(mode(composition)?), x),
        }
    }

    /// The trace of the Hessian by the first argument.
    fn laplacian<F, Args>(
        &mut self,
        f: F,
        by_products: impl Function<Args, Out = Tensor>,
        args: impl HostArgs<Args> + Clone,
    ) -> Result<()>
    where
        F: Function<Args, Out = Tensor>,
        Args: Arguments<First = Tensor>,
    {
        match self.row.composition.as_str() {
            "auto" => self.run(laplacian(f), args),
            "direct" => self.run(laplacian(f).forward(), args),
            "vhv" => self.run(by_products, args),
            composition => self.run(laplacian(f).mode(mode(composition)?), args),
        }
    }

    /// How a product with a Hessian is composed.
    fn product(&self) -> Result<HvpMode> {
        Ok(match self.row.composition.as_str() {
            "fwd-rev" => HvpMode::FwdRev,
            "rev-rev" => HvpMode::RevRev,
            _ => bail!("no such composition"),
        })
    }

    fn sparse(&mut self, f: fn(Tensor) -> Tensor, x: &Array) -> Result<()> {
        match self.task {
            Task::Measure => measure_sparse(f, x, &self.problem.outputs, self.row),
            _ => bail!("a sparse Hessian has no program of its own"),
        }
    }

    fn hvp(&mut self, args: (&Array, &Array)) -> Result<()> {
        match self.row.composition.as_str() {
            "fwd-rev" => self.run(hvp(sum_sin).mode(HvpMode::FwdRev), args),
            "rev-rev" => self.run(hvp(sum_sin).mode(HvpMode::RevRev), args),
            _ => {
                let slope = |x: Tensor, v: Tensor| jvp(sum_sin, x, v).1;
                self.run(grad(slope), args)
            }
        }
    }
}
