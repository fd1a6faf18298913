//! The list of workloads, and the inputs and answers of each.

use crate::common::reference::{self, Problem};
use crate::likelihood;

/// A workload, the ways to compute it, and its sizes with their dtypes.
pub(crate) struct Case {
    pub id: &'static str,
    pub compositions: &'static [&'static str],
    pub sizes: &'static [(&'static [usize], &'static [&'static str])],
}

const ONE: &[&str] = &["f32"];
const TWO: &[&str] = &["f32", "f64"];
const DOUBLE: &[&str] = &["f64"];
/// Outer over inner, as in `jacfwd(jacrev(f))`; "auto" is what the library chooses.
const HESSIAN: &[&str] = &["auto", "fwd-rev", "rev-rev", "rev-fwd", "fwd-fwd"];
/// The same, of which the diagonal or its sum is taken; "direct" holds no Hessian, and "vhv" multiplies
/// with unit vectors from both sides.
const DIAGONAL: &[&str] = &["auto", "direct", "fwd-rev", "rev-rev", "rev-fwd", "fwd-fwd", "vhv"];
const JACOBIAN: &[&str] = &["auto", "rev", "fwd"];
const PRODUCT: &[&str] = &["fwd-rev", "rev-rev"];
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
    case("A_diag", DIAGONAL, &[(&[1000], ONE)]),
    case("A_lap", DIAGONAL, &[(&[1000], ONE)]),
    case("B1", JACOBIAN, &[(&[16, 16], ONE)]),
    case("B2", JACOBIAN, &[(&[16, 16], ONE)]),
    case("B3", HESSIAN, &[(&[32, 16], ONE)]),
    case("B4", JACOBIAN, &[(&[64, 31, 33], ONE)]),
    case("B5", HESSIAN, &[(&[64, 31, 33], TWO)]),
    case("C", HVP, &[(&[128], ONE), (&[1_000_000], ONE)]),
    case("D", HESSIAN, &[(&[1000, 200], TWO), (&[5000, 500], ONE), (&[10_000, 1000], ONE)]),
    case("E", HESSIAN, &[(&[1000], ONE)]),
    case("F", HESSIAN, &[(&[20], ONE), (&[60], TWO), (&[120], ONE), (&[400], ONE), (&[2483], ONE)]),
    case("F_lap", DIAGONAL, &[(&[20], ONE), (&[120], ONE)]),
    case("G1", HESSIAN, &[(&[433], TWO)]),
    case("G1_hvp", PRODUCT, &[(&[433], TWO)]),
    case("G2", HESSIAN, &[(&[2618], TWO)]),
    case("G2_hvp", PRODUCT, &[(&[2618], TWO)]),
    case("G3", HESSIAN, &[(&[256], ONE)]),
    case("G_lap", DIAGONAL, &[(&[64], TWO)]),
    case("H", HESSIAN, &[(&[60, 40, 5], ONE)]),
    case("I", HESSIAN, &[(&[50, 3, 100], DOUBLE)]),
    case("I_hvp", PRODUCT, &[(&[50, 3, 100], DOUBLE)]),
    case("J", HESSIAN, &[(&[1000], TWO), (&[10_000], ONE)]),
    case("J_diag", DIAGONAL, &[(&[1000], ONE), (&[10_000], ONE)]),
    case("J_sparse", &["sparse"], &[(&[1000], TWO), (&[1_000_000], ONE)]),
    case("K", HESSIAN, &[(&[12], TWO)]),
    case("L", HESSIAN, &[(&[100], DOUBLE)]),
    case("M", HESSIAN, &[(&[91], DOUBLE)]),
];

/// The layers of the network with 433 parameters.
pub(crate) const G1: [usize; 4] = [8, 16, 16, 1];
/// Those of the network with 2618.
pub(crate) const G2: [usize; 11] = [16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 10];

/// The inputs and the answer of a workload at a size.
pub(crate) fn problem(id: &str, size: &[usize]) -> Option<Problem> {
    Some(match (id, size) {
        ("A", &[n]) => reference::poly(n),
        ("A_grad", &[n]) => reference::poly_gradient(n),
        ("A_diag", &[n]) => reference::poly_diagonal(n),
        ("A_lap", &[n]) => reference::poly_laplacian(n),
        ("B1", &[i, o]) => reference::forecast_jacobian(i, o),
        ("B2", &[i, o]) => reference::forecast_weight_jacobians(i, o),
        ("B3", &[i, o]) => reference::forecast_hessian(i, o),
        ("B4", &[batch, i, o]) => reference::forecast_batch_jacobian(batch, i, o),
        ("B5", &[batch, i, o]) => reference::forecast_batch_hessian(batch, i, o),
        ("C", &[n]) => reference::sum_sin_hvp(n),
        ("D", &[samples, n]) => reference::logistic(samples, n),
        ("E", &[n]) => reference::quadratic(n),
        ("F", &[n]) => reference::pairs(n),
        ("F_lap", &[n]) => reference::pairs_laplacian(n),
        ("G1", &[433]) => reference::mlp(&G1, 128),
        ("G1_hvp", &[433]) => reference::mlp(&G1, 128).times_vector(),
        ("G2", &[2618]) => reference::classifier(&G2, 64),
        ("G2_hvp", &[2618]) => reference::classifier(&G2, 64).times_vector(),
        ("G3", &[256]) => reference::classifier_first_layer(&G2, 64),
        ("G_lap", &[n]) => reference::network_laplacian(&[n, 64, 64, 1]),
        ("H", &[m, n, k]) => reference::factorization(m, n, k),
        ("I", &[bins, processes, nuisances]) => reference::poisson(bins, processes, nuisances),
        ("I_hvp", &[bins, processes, nuisances]) => {
            reference::poisson(bins, processes, nuisances).times_vector()
        }
        ("J", &[n]) => reference::rosenbrock(n),
        ("J_diag", &[n]) => reference::rosenbrock_diagonal(n),
        ("J_sparse", &[n]) => reference::rosenbrock_elements(n),
        ("K", &[12]) => reference::orbit(),
        ("L", &[n]) => reference::gaussian_process(n),
        ("M", &[91]) => likelihood::problem().ok()?,
        _ => return None,
    })
}
