//! The log likelihood of a Gaussian process.

use super::Problem;
use crate::common::inputs::{arr, f32_of};
use ndarray::{Array1, Array2, Axis};

/// `gaussian_process`: with `K = exp(h₃ − ½ Σ_d R_d) + e^{h₄} 1`, where `R_d` are the squared distances
/// along axis `d` in units of `e^{h_d}`, and `a = K⁻¹ y`, the Hessian of the log likelihood is
/// ½ aᵀ K_ij a − aᵀ K_i K⁻¹ K_j a − ½ tr(K⁻¹ K_ij) + ½ tr(K⁻¹ K_i K⁻¹ K_j).
pub fn gaussian_process(n: usize) -> Problem {
    let h = Array1::from([0.0, 0.2, -0.1, 0.3, -1.0].map(f32_of).to_vec());
    let (x, y) = (arr((n, 3), 0, -2.0, 2.0), arr(n, 1, -1.0, 1.0));
    let distances: Vec<Array2<f64>> = (0..3)
        .map(|d| {
            let scale = (-2.0 * h[d]).exp();
            Array2::from_shape_fn((n, n), |(i, j)| (x[[i, d]] - x[[j, d]]).powi(2) * scale)
        })
        .collect();
    let sum = distances.iter().fold(Array2::zeros((n, n)), |sum, r| sum + r);
    let smooth = sum.mapv(|r: f64| (h[3] - 0.5 * r).exp());
    let noise = Array2::<f64>::eye(n) * h[4].exp();
    // What the smooth part is multiplied with by a derivative; h₃ multiplies with one.
    let factor = |i: usize| distances.get(i).cloned().unwrap_or_else(|| Array2::ones((n, n)));
    let first: Vec<Array2<f64>> =
        (0..5).map(|i| if i < 4 { &smooth * &factor(i) } else { noise.clone() }).collect();
    let second = |i: usize, j: usize| match (i, j) {
        (4, 4) => noise.clone(),
        (4, _) | (_, 4) => Array2::zeros((n, n)),
        _ if i == j && i < 3 => &smooth * &(&factor(i) * &factor(i) - &factor(i) * 2.0),
        _ => &smooth * &(factor(i) * factor(j)),
    };
    let inverse = inverse(&smooth + &noise);
    let a = inverse.dot(&y);
    let products: Vec<Array2<f64>> = first.iter().map(|k| inverse.dot(k)).collect();
    let trace = |p: &Array2<f64>, q: &Array2<f64>| (p * &q.t()).sum();
    let hessian = Array2::from_shape_fn((5, 5), |(i, j)| {
        let k = second(i, j);
        0.5 * a.dot(&k.dot(&a))
            - first[i].dot(&a).dot(&products[j].dot(&a))
            - 0.5 * trace(&inverse, &k)
            + 0.5 * trace(&products[i], &products[j])
    });
    let inputs = vec![("h", h.into_dyn()), ("X", x.into_dyn()), ("y", y.into_dyn())];
    Problem::new(inputs, hessian.into_dyn())
}

/// The inverse of a positive definite matrix, by elimination.
fn inverse(mut a: Array2<f64>) -> Array2<f64> {
    let n = a.nrows();
    let mut inverse = Array2::eye(n);
    for i in 0..n {
        let scale = 1.0 / a[[i, i]];
        for m in [&mut a, &mut inverse] {
            m.row_mut(i).mapv_inplace(|v| v * scale);
        }
        for k in (0..n).filter(|&k| k != i) {
            let factor = a[[k, i]];
            for m in [&mut a, &mut inverse] {
                let row = m.index_axis(Axis(0), i).to_owned();
                m.row_mut(k).scaled_add(-factor, &row);
            }
        }
    }
    inverse
}
