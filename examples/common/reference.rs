//! The workloads: inputs, and the answers by closed formulas in f64, without any differentiation
//! by machine.

mod network;
mod orbit;
mod process;

#[allow(unused_imports, reason = "every example uses a part of it")]
pub use network::{classifier, classifier_first_layer, mlp, mlp_parameters, network_laplacian};
#[allow(unused_imports, reason = "every example uses a part of it")]
pub use orbit::orbit;
#[allow(unused_imports, reason = "every example uses a part of it")]
pub use process::gaussian_process;

use super::answer::Answer;
use super::inputs::{arr, f32_of, scalar, u};
use ndarray::{Array1, Array2, Array3, Array4, ArrayD, Axis, RemoveAxis};

/// One workload at one size.
pub struct Problem {
    /// The arguments, the differentiated one first.
    pub inputs: Vec<(&'static str, ArrayD<f64>)>,
    /// The right answers.
    pub outputs: Vec<Answer>,
}

impl Problem {
    /// The product of a Hessian with a vector, which is one more argument.
    pub fn times_vector(self) -> Problem {
        let Problem { mut inputs, outputs } = self;
        let matrix = outputs[0].to_array();
        let n = matrix.shape()[0];
        let v = arr(n, 201, -1.0, 1.0);
        let product = |row: ndarray::ArrayView1<'_, f64>| row.dot(&v);
        let rows = matrix.axis_iter(Axis(0)).map(|row| product(row.flatten().view()));
        let output: Array1<f64> = rows.collect();
        inputs.push(("v", v.into_dyn()));
        Problem::new(inputs, output)
    }

    fn new(inputs: Vec<(&'static str, ArrayD<f64>)>, output: impl Into<Answer>) -> Problem {
        Problem { inputs, outputs: vec![output.into()] }
    }
}

/// A row of a diagonal matrix.
fn on_diagonal(n: usize, k: usize, value: f64) -> Vec<f64> {
    let mut row = vec![0.0; n];
    row[k] = value;
    row
}

/// `poly`: sum(x² − x³ − x); the Hessian is diag(2 − 6x).
pub fn poly(n: usize) -> Problem {
    poly_at(arr(n, 0, -1.0, 1.0))
}

/// The same at a point of the caller's.
pub fn poly_at(x: Array1<f64>) -> Problem {
    let (n, d) = (x.len(), x.mapv(|x| 2.0 - 6.0 * x));
    let hessian = Answer::by_blocks([n, n], move |k| on_diagonal(n, k, d[k]));
    Problem::new(vec![("x", x.into_dyn())], hessian)
}

/// Its gradient, 2x − 3x² − 1.
pub fn poly_gradient(n: usize) -> Problem {
    let x = arr(n, 0, -1.0, 1.0);
    let gradient = x.mapv(|x| 2.0 * x - 3.0 * x * x - 1.0);
    Problem::new(vec![("x", x.into_dyn())], gradient.into_dyn())
}

/// The diagonal of its Hessian.
pub fn poly_diagonal(n: usize) -> Problem {
    let x = arr(n, 0, -1.0, 1.0);
    let diagonal = x.mapv(|x| 2.0 - 6.0 * x);
    Problem::new(vec![("x", x.into_dyn())], diagonal.into_dyn())
}

/// The trace of its Hessian.
pub fn poly_laplacian(n: usize) -> Problem {
    let x = arr(n, 0, -1.0, 1.0);
    let laplacian = x.iter().map(|x| 2.0 - 6.0 * x).sum();
    Problem::new(vec![("x", x.into_dyn())], scalar(laplacian))
}

/// The parts of y = tanh(W x + b) that its derivatives are made of; one row of `x` per example.
struct Forecast {
    w: Array2<f64>,
    b: Array1<f64>,
    x: Array2<f64>,
    y: Array2<f64>,
}

impl Forecast {
    fn new(batch: usize, inputs: usize, outputs: usize) -> Forecast {
        Forecast::at(arr((batch, inputs), 2, -1.0, 1.0), outputs)
    }

    fn at(x: Array2<f64>, outputs: usize) -> Forecast {
        let w = arr((outputs, x.ncols()), 0, -0.4, 0.4);
        let b = arr(outputs, 1, -0.5, 0.5);
        let y = (x.dot(&w.t()) + &b).mapv(f64::tanh);
        Forecast { w, b, x, y }
    }

    /// x, W and b, with x as it came: a batch, or the only row of one.
    fn inputs(&self, x: ArrayD<f64>) -> Vec<(&'static str, ArrayD<f64>)> {
        vec![("x", x), ("W", self.w.clone().into_dyn()), ("b", self.b.clone().into_dyn())]
    }

    /// The answer for the only row of the batch.
    fn single<D: RemoveAxis>(&self, answer: ndarray::Array<f64, D>) -> Problem {
        let x = self.x.index_axis(Axis(0), 0).to_owned().into_dyn();
        Problem::new(self.inputs(x), answer.index_axis_move(Axis(0), 0).into_dyn())
    }

    /// ∂y_so / ∂x_si = (1 − y²) W_oi
    fn jacobian(&self) -> Array3<f64> {
        let (batch, outputs) = self.y.dim();
        Array3::from_shape_fn((batch, outputs, self.x.ncols()), |(s, o, i)| {
            (1.0 - self.y[[s, o]].powi(2)) * self.w[[o, i]]
        })
    }

    /// ∂²y_so / ∂x_si ∂x_sj = −2y (1 − y²) W_oi W_oj
    fn hessian(&self) -> Array4<f64> {
        let (batch, outputs) = self.y.dim();
        let inputs = self.x.ncols();
        Array4::from_shape_fn((batch, outputs, inputs, inputs), |(s, o, i, j)| {
            let y = self.y[[s, o]];
            -2.0 * y * (1.0 - y * y) * (self.w[[o, i]] * self.w[[o, j]])
        })
    }
}

/// `forecast`: the Jacobian of tanh(W x + b) with respect to x.
pub fn forecast_jacobian(inputs: usize, outputs: usize) -> Problem {
    let f = Forecast::new(1, inputs, outputs);
    f.single(f.jacobian())
}

/// The Jacobians with respect to W and b.
pub fn forecast_weight_jacobians(inputs: usize, outputs: usize) -> Problem {
    let f = Forecast::new(1, inputs, outputs);
    let slope = |o: usize| 1.0 - f.y[[0, o]].powi(2);
    let by_w = Array3::from_shape_fn((outputs, outputs, inputs), |(o, p, i)| {
        if o == p { slope(o) * f.x[[0, i]] } else { 0.0 }
    });
    let by_b = Array2::from_diag(&Array1::from_shape_fn(outputs, slope));
    let x = f.x.index_axis(Axis(0), 0).to_owned().into_dyn();
    let mut inputs = f.inputs(x);
    inputs.rotate_left(1); // W, b, x
    Problem { inputs, outputs: vec![by_w.into(), by_b.into()] }
}

/// The second derivatives with respect to x.
pub fn forecast_hessian(inputs: usize, outputs: usize) -> Problem {
    let f = Forecast::new(1, inputs, outputs);
    f.single(f.hessian())
}

/// The same at a point of the caller's.
pub fn forecast_hessian_at(x: Array1<f64>, outputs: usize) -> Problem {
    let f = Forecast::at(x.insert_axis(Axis(0)), outputs);
    f.single(f.hessian())
}

/// The Jacobian for each row of a batch.
pub fn forecast_batch_jacobian(batch: usize, inputs: usize, outputs: usize) -> Problem {
    let f = Forecast::new(batch, inputs, outputs);
    Problem::new(f.inputs(f.x.clone().into_dyn()), f.jacobian().into_dyn())
}

/// The second derivatives for each row of a batch.
pub fn forecast_batch_hessian(batch: usize, inputs: usize, outputs: usize) -> Problem {
    let f = Forecast::new(batch, inputs, outputs);
    Problem::new(f.inputs(f.x.clone().into_dyn()), f.hessian().into_dyn())
}

/// Hessian times vector of sum(sin x): −sin(x) v.
pub fn sum_sin_hvp(n: usize) -> Problem {
    let (x, v) = (arr(n, 0, -3.0, 3.0), arr(n, 1, -1.0, 1.0));
    let product = -x.mapv(f64::sin) * &v;
    Problem::new(vec![("x", x.into_dyn()), ("v", v.into_dyn())], product.into_dyn())
}

/// Logistic regression: f(w) = Σ log(1 + exp(−yᵢ Xᵢ·w)), Hessian Xᵀ diag(p (1 − p)) X.
pub fn logistic(samples: usize, n: usize) -> Problem {
    let x = arr((samples, n), 0, -1.0, 1.0);
    let y = Array1::from_shape_fn(samples, |i| if u(i, 1) < 0.5 { 1.0 } else { -1.0 });
    let w = arr(n, 2, -0.2, 0.2);
    let p = (-&y * x.dot(&w)).mapv(|t| 1.0 / (1.0 + t.exp()));
    let weighted = &x * &p.mapv(|p| p * (1.0 - p)).insert_axis(Axis(1));
    let hessian = x.t().dot(&weighted);
    let inputs = vec![("w", w.into_dyn()), ("X", x.into_dyn()), ("y", y.into_dyn())];
    Problem::new(inputs, hessian.into_dyn())
}

/// xᵀ A x, Hessian A + Aᵀ.
pub fn quadratic(n: usize) -> Problem {
    let (a, x) = (arr((n, n), 0, -1.0, 1.0), arr(n, 1, -1.0, 1.0));
    let hessian = &a + &a.t();
    Problem::new(vec![("x", x.into_dyn()), ("A", a.into_dyn())], hessian.into_dyn())
}

/// Energy of pairs: Σ_ij sqrt(|r_i − r_j|² + 1e-3), over ordered pairs and i = j.
pub fn pairs(n: usize) -> Problem {
    let r = arr((n, 3), 0, -2.0, 2.0);
    let input = r.clone().into_dyn();
    let hessian = Answer::by_blocks([n, 3, n, 3], move |i| pairs_rows(&r, i).into_iter().collect());
    Problem::new(vec![("r", input)], hessian)
}

/// The trace of its Hessian.
pub fn pairs_laplacian(n: usize) -> Problem {
    let r = arr((n, 3), 0, -2.0, 2.0);
    let part = |i: usize| (0..3).map(|k| pairs_rows(&r, i)[[k, i, k]]).sum::<f64>();
    let trace = (0..n).map(part).sum();
    Problem::new(vec![("r", r.into_dyn())], scalar(trace))
}

/// The second derivatives by r_ik and r_jl, for one i.
fn pairs_rows(r: &Array2<f64>, i: usize) -> Array3<f64> {
    let n = r.nrows();
    let mut rows = Array3::zeros((3, n, 3));
    for j in (0..n).filter(|&j| j != i) {
        let d = [0, 1, 2].map(|k| r[[i, k]] - r[[j, k]]);
        let s = (d.iter().map(|d| d * d).sum::<f64>() + 1e-3).sqrt();
        for k in 0..3 {
            for l in 0..3 {
                let delta = if k == l { 2.0 / s } else { 0.0 };
                let block = 2.0 * d[k] * d[l] / s.powi(3) - delta;
                rows[[k, j, l]] = block;
                rows[[k, i, l]] -= block;
            }
        }
    }
    rows
}

/// Matrix factorisation: ‖U Vᵀ − T‖², Hessian with respect to U.
pub fn factorization(m: usize, n: usize, k: usize) -> Problem {
    let (u, v) = (arr((m, k), 0, -1.0, 1.0), arr((n, k), 1, -1.0, 1.0));
    let t = arr((m, n), 2, -1.0, 1.0);
    let block = v.t().dot(&v) * 2.0;
    let mut hessian = Array4::zeros((m, k, m, k));
    for i in 0..m {
        hessian.index_axis_mut(Axis(0), i).index_axis_mut(Axis(1), i).assign(&block);
    }
    let inputs = vec![("U", u.into_dyn()), ("V", v.into_dyn()), ("T", t.into_dyn())];
    Problem::new(inputs, hessian.into_dyn())
}

/// A binned Poisson fit. With q = (mu, theta): nu_b = Σ_p s_p base_pb exp(Σ_k theta_k alpha_kpb),
/// s_0 = mu, the other s_p = 1; f(q) = Σ_b (nu_b − n_b log nu_b) + ½ Σ theta².
pub fn poisson(bins: usize, processes: usize, nuisances: usize) -> Problem {
    let base = arr((processes, bins), 0, 5.0, 50.0);
    let alpha = arr((nuisances, processes, bins), 1, -0.05, 0.05);
    let n = Array1::from_shape_fn(bins, |b| (60.0 + 60.0 * u(b, 2)).floor());
    let theta = arr(nuisances, 3, -0.5, 0.5);
    let mu = f32_of(1.2);
    let hessian = poisson_hessian(mu, &theta, &base, &alpha, &n);
    let mut q = vec![mu];
    q.extend(theta);
    let inputs = vec![
        ("q", Array1::from(q).into_dyn()),
        ("base", base.into_dyn()),
        ("alpha", alpha.into_dyn()),
        ("n", n.into_dyn()),
    ];
    Problem::new(inputs, hessian.into_dyn())
}

fn poisson_hessian(
    mu: f64,
    theta: &Array1<f64>,
    base: &Array2<f64>,
    alpha: &Array3<f64>,
    n: &Array1<f64>,
) -> Array2<f64> {
    let (nuisances, processes, bins) = alpha.dim();
    // Each process: its share of nu_b, before and after the scale s_p.
    let mut shares = Vec::new();
    let mut nu = Array1::<f64>::zeros(bins);
    let mut by_theta = Array2::zeros((nuisances, bins)); // ∂ nu_b / ∂ theta_k
    for p in 0..processes {
        let a = alpha.index_axis(Axis(1), p);
        let unscaled = &base.row(p) * &theta.dot(&a).mapv(f64::exp);
        let share = if p == 0 { &unscaled * mu } else { unscaled.clone() };
        by_theta += &(&a * &share);
        nu += &share;
        shares.push((unscaled, share));
    }
    let (by_nu, by_nu_nu) = (1.0 - n / &nu, n / (&nu * &nu)); // derivatives of f
    let by_mu = &shares[0].0;
    let mixed =
        (&by_theta * &by_nu_nu).dot(by_mu) + alpha.index_axis(Axis(1), 0).dot(&(by_mu * &by_nu));
    let mut block = (&by_theta * &by_nu_nu).dot(&by_theta.t()) + Array2::<f64>::eye(nuisances);
    for (p, (_, share)) in shares.iter().enumerate() {
        let a = alpha.index_axis(Axis(1), p);
        block += &(&a * &(share * &by_nu)).dot(&a.t());
    }
    Array2::from_shape_fn((nuisances + 1, nuisances + 1), |ij| match ij {
        (0, 0) => (by_mu * by_mu * &by_nu_nu).sum(),
        (0, k) | (k, 0) => mixed[k - 1],
        (i, j) => block[[i - 1, j - 1]],
    })
}

/// Chained Rosenbrock: Σ 100 (x_{i+1} − x_i²)² + (1 − x_i)²; the Hessian is tridiagonal.
pub fn rosenbrock(n: usize) -> Problem {
    let (x, diagonal) = rosenbrock_parts(n);
    let input = x.clone().into_dyn();
    let hessian = Answer::by_blocks([n, n], move |k| {
        let mut row = on_diagonal(n, k, diagonal[k]);
        if k > 0 {
            row[k - 1] = -400.0 * x[k - 1];
        }
        if k + 1 < n {
            row[k + 1] = -400.0 * x[k];
        }
        row
    });
    Problem::new(vec![("x", input)], hessian)
}

/// The elements of its Hessian that are not zero, row by row.
pub fn rosenbrock_elements(n: usize) -> Problem {
    let (x, diagonal) = rosenbrock_parts(n);
    let beside = |k: usize| -400.0 * x[k];
    let row = |k: usize| {
        let before = (k > 0).then(|| beside(k - 1));
        before.into_iter().chain([diagonal[k]]).chain((k + 1 < n).then(|| beside(k)))
    };
    let elements: Array1<f64> = (0..n).flat_map(row).collect();
    Problem::new(vec![("x", x.into_dyn())], elements)
}

/// The diagonal of its Hessian.
pub fn rosenbrock_diagonal(n: usize) -> Problem {
    let (x, diagonal) = rosenbrock_parts(n);
    Problem::new(vec![("x", x.into_dyn())], diagonal)
}

/// The point and the diagonal of the Hessian there.
fn rosenbrock_parts(n: usize) -> (Array1<f64>, Array1<f64>) {
    let x = arr(n, 0, -1.5, 1.5);
    let mut diagonal = Array1::zeros(n);
    for i in 0..n - 1 {
        diagonal[i] += 1200.0 * x[i] * x[i] - 400.0 * x[i + 1] + 2.0;
        diagonal[i + 1] += 200.0;
    }
    (x, diagonal)
}
