//! The list of workloads, and the function and arguments of each.

use crate::common::functions::*;
use crate::common::measure::{Outputs, array, measure};
use crate::common::reference::{self, Problem};
use crate::common::report::Row;
use anyhow::{Context, Result, bail};
use cotangent::{
    Arguments, Array, DType, Function, HessianMode, HostArgs, HvpMode, Tensor, Tree, grad, hessian,
    hvp, jacfwd, jacrev, jit, jvp, vmap,
};

/// A workload, its sizes and their dtypes, and the ways to compute it.
pub(crate) struct Case {
    pub id: &'static str,
    pub compositions: &'static [&'static str],
    pub sizes: &'static [(&'static [usize], &'static [&'static str])],
}

const ONE: &[&str] = &["f32"];
const TWO: &[&str] = &["f32", "f64"];
const DOUBLE: &[&str] = &["f64"];
/// Outer over inner, as in `jacfwd(jacrev(f))`.
const HESSIAN: &[&str] = &["fwd-rev", "rev-rev", "rev-fwd", "fwd-fwd"];
const JACOBIAN: &[&str] = &["rev", "fwd"];
const HVP: &[&str] = &["fwd-rev", "rev-rev", "rev-fwd"];

const fn case(
    id: &'static str,
    compositions: &'static [&'static str],
    sizes: &'static [(&'static [usize], &'static [&'static str])],
) -> Case {
    Case { id, compositions, sizes }
}

pub(crate) const CASES: &[Case] = &[
    case("A", HESSIAN, &[(&[200], ONE), (&[1000], TWO), (&[4000], ONE)]),
    case("A_grad", JACOBIAN, &[(&[1000], ONE)]),
    case("B1", JACOBIAN, &[(&[16, 16], ONE)]),
    case("B2", JACOBIAN, &[(&[16, 16], ONE)]),
    case("B3", HESSIAN, &[(&[32, 16], ONE)]),
    case("B4", JACOBIAN, &[(&[64, 31, 33], ONE)]),
    case("B5", HESSIAN, &[(&[64, 31, 33], TWO)]),
    case("C", HVP, &[(&[128], ONE), (&[1_000_000], ONE)]),
    case("D", HESSIAN, &[(&[1000, 200], TWO), (&[5000, 500], ONE), (&[10_000, 1000], ONE)]),
    case("E", HESSIAN, &[(&[1000], ONE)]),
    case("F", HESSIAN, &[(&[20], ONE), (&[60], TWO), (&[120], ONE)]),
    case("G1", HESSIAN, &[(&[433], TWO)]),
    case("H", HESSIAN, &[(&[60, 40, 5], ONE)]),
    case("I", HESSIAN, &[(&[50, 3, 100], DOUBLE)]),
];

/// The inputs and the answer of a workload at a size.
fn problem(id: &str, size: &[usize]) -> Option<Problem> {
    Some(match (id, size) {
        ("A", &[n]) => reference::poly(n),
        ("A_grad", &[n]) => reference::poly_gradient(n),
        ("B1", &[i, o]) => reference::forecast_jacobian(i, o),
        ("B2", &[i, o]) => reference::forecast_weight_jacobians(i, o),
        ("B3", &[i, o]) => reference::forecast_hessian(i, o),
        ("B4", &[batch, i, o]) => reference::forecast_batch_jacobian(batch, i, o),
        ("B5", &[batch, i, o]) => reference::forecast_batch_hessian(batch, i, o),
        ("C", &[n]) => reference::sum_sin_hvp(n),
        ("D", &[samples, n]) => reference::logistic(samples, n),
        ("E", &[n]) => reference::quadratic(n),
        ("F", &[n]) => reference::pairs(n),
        ("G1", _) => reference::mlp(&G1, 128),
        ("H", &[m, n, k]) => reference::factorization(m, n, k),
        ("I", &[bins, processes, nuisances]) => reference::poisson(bins, processes, nuisances),
        _ => return None,
    })
}

/// The layers of the network with 433 parameters.
const G1: [usize; 4] = [8, 16, 16, 1];

/// What to do with a row.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Task {
    Measure,
    PrintJaxpr,
    PrintHlo,
}

/// Fills the row, whose workload, dtype and composition are set, or prints its program.
pub(crate) fn run_row(row: &mut Row, size: &[usize], task: Task) -> Result<()> {
    let problem = problem(&row.workload, size).context("no such workload")?;
    let dtype = if row.dtype == "f64" { DType::F64 } else { DType::F32 };
    let args: Vec<Array> = problem.inputs.iter().map(|(_, v)| array(v, dtype)).collect();
    let mut job = Job { problem, row, task };
    match (job.row.workload.clone().as_str(), &args[..]) {
        ("A", [x]) => job.hessian(poly, x),
        ("A_grad", [x]) => job.jacobian(poly, x),
        ("B1", [x, w, b]) => job.jacobian(forecast, (x, w, b)),
        ("B2", [w, b, x]) => job.weight_jacobians((w, b, x)),
        ("B3", [x, w, b]) => job.hessian(forecast, (x, w, b)),
        ("B4", [x, w, b]) => job.batch_jacobian((x, w, b)),
        ("B5", [x, w, b]) => job.batch_hessian((x, w, b)),
        ("C", [x, v]) => job.hvp((x, v)),
        ("D", [w, x, y]) => job.hessian(logistic, (w, x, y)),
        ("E", [x, a]) => job.hessian(quadratic, (x, a)),
        ("F", [r]) => job.hessian(pairs, r),
        ("G1", [theta, x, y]) => job.hessian(mlp(&G1), (theta, x, y)),
        ("H", [u, v, t]) => job.hessian(factorization, (u, v, t)),
        ("I", [q, base, alpha, n]) => job.hessian(poisson, (q, base, alpha, n)),
        _ => bail!("the workload has other arguments"),
    }
}

struct Job<'a> {
    problem: Problem,
    row: &'a mut Row,
    task: Task,
}

type Three<'a> = (&'a Array, &'a Array, &'a Array);

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
        let lowered = jit(f).lower(args)?;
        match self.task {
            Task::PrintHlo => println!("{}", lowered.hlo()),
            _ => println!("{}", lowered.jaxpr()),
        }
        Ok(())
    }

    fn mode(&self) -> Result<HessianMode> {
        let named = |m: &HessianMode| m.name() == self.row.composition;
        HessianMode::ALL.into_iter().find(named).context("no such composition")
    }

    fn hessian<F, Args>(&mut self, f: F, args: impl HostArgs<Args> + Clone) -> Result<()>
    where
        F: Function<Args, Out = Tensor>,
        Args: Arguments<First = Tensor>,
    {
        let mode = self.mode()?;
        self.run(hessian(f).mode(mode), args)
    }

    fn jacobian<F, Args>(&mut self, f: F, args: impl HostArgs<Args> + Clone) -> Result<()>
    where
        F: Function<Args, Out = Tensor>,
        Args: Arguments<First = Tensor>,
    {
        match self.row.composition.as_str() {
            "rev" => self.run(jacrev(f), args),
            _ => self.run(jacfwd(f), args),
        }
    }

    fn weight_jacobians(&mut self, args: Three<'_>) -> Result<()> {
        let f = |w: Tensor, b: Tensor, x: Tensor| forecast(x, w, b);
        match self.row.composition.as_str() {
            "rev" => self.run(jacrev(f).argnums([0, 1]), args),
            _ => self.run(jacfwd(f).argnums([0, 1]), args),
        }
    }

    fn batch_jacobian(&mut self, args: Three<'_>) -> Result<()> {
        let axes = [Some(0), None, None];
        match self.row.composition.as_str() {
            "rev" => self.run(vmap(jacrev(forecast)).in_axes(axes), args),
            _ => self.run(vmap(jacfwd(forecast)).in_axes(axes), args),
        }
    }

    fn batch_hessian(&mut self, args: Three<'_>) -> Result<()> {
        let mode = self.mode()?;
        self.run(vmap(hessian(forecast).mode(mode)).in_axes([Some(0), None, None]), args)
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
