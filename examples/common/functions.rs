//! The functions of the workloads, as a user would write them. The variable to differentiate comes
//! first; all data are arguments.

use cotangent::linalg::{self, TriangularSolve};
use cotangent::{DType, Tensor, scan};

/// sum(x² − x³ − x)
pub fn poly(x: Tensor) -> Tensor {
    (x.powi(2) - x.powi(3) - x).sum()
}

/// tanh(W x + b), one layer of a network
pub fn forecast(x: Tensor, w: Tensor, b: Tensor) -> Tensor {
    (w.matmul(x) + b).tanh()
}

/// sum(sin x)
pub fn sum_sin(x: Tensor) -> Tensor {
    x.sin().sum()
}

/// The loss of a logistic regression with classes y = ±1: Σ log(1 + exp(−yᵢ Xᵢ·w))
pub fn logistic(w: Tensor, x: Tensor, y: Tensor) -> Tensor {
    (-y * x.matmul(w)).logaddexp(0.0).sum()
}

/// xᵀ A x
pub fn quadratic(x: Tensor, a: Tensor) -> Tensor {
    x.dot(a.matmul(&x))
}

/// The energy of pairs of points: Σ_ij sqrt(|r_i − r_j|² + 1e-3)
pub fn pairs(r: Tensor) -> Tensor {
    let d = r.expand_dims(1) - r.expand_dims(0);
    (d.powi(2).sum_axis(-1) + 1e-3).sqrt().sum()
}

/// A network of tanh layers, the last one linear, with the mean squared error as loss. `theta`
/// holds the weights of all layers in one vector: W₁ row by row, b₁, W₂, ...
pub fn mlp(sizes: &[usize]) -> impl Fn(Tensor, Tensor, Tensor) -> Tensor + Clone + use<> {
    let sizes = sizes.to_vec();
    move |theta, x, y| (layers(&sizes, &theta, x, Tensor::tanh).index((.., 0)) - y).powi(2).mean()
}

/// The output of a network of tanh layers for one input.
pub fn network(sizes: &[usize]) -> impl Fn(Tensor, Tensor) -> Tensor + Clone + use<> {
    let sizes = sizes.to_vec();
    move |x, theta| layers(&sizes, &theta, x.expand_dims(0), Tensor::tanh).sum()
}

/// A network of ReLU layers, the last one linear, whose loss is the mean cross entropy of its
/// softmax with the classes `y`, which are numbers 0, 1, ... in the dtype of the data.
pub fn classifier(sizes: &[usize]) -> impl Fn(Tensor, Tensor, Tensor) -> Tensor + Clone + use<> {
    let sizes = sizes.to_vec();
    move |theta, x, y| {
        let z = layers(&sizes, &theta, x, Tensor::relu);
        let class = y.convert(DType::I32).expand_dims(1);
        -z.log_softmax(1).take_along_axis(class, 1).mean()
    }
}

/// The same by the weights of the first layer; `rest` holds all other parameters.
pub fn classifier_first_layer(
    sizes: &[usize],
) -> impl Fn(Tensor, Tensor, Tensor, Tensor) -> Tensor + Clone + use<> {
    let f = classifier(sizes);
    move |w1, rest, x, y| f(Tensor::concat([w1, rest], 0), x, y)
}

/// The output of a network with this function between its layers.
fn layers(sizes: &[usize], theta: &Tensor, x: Tensor, act: fn(&Tensor) -> Tensor) -> Tensor {
    let (mut h, mut z, mut k) = (x.clone(), x, 0);
    for io in sizes.windows(2) {
        let (i, o) = (io[0], io[1]);
        let w = theta.index(k..k + o * i).reshape([o, i]);
        let b = theta.index(k + o * i..k + o * i + o);
        k += o * i + o;
        z = h.matmul(w.t()) + b;
        h = act(&z);
    }
    z
}

/// ‖U Vᵀ − T‖²
pub fn factorization(u: Tensor, v: Tensor, t: Tensor) -> Tensor {
    (u.matmul(v.t()) - t).powi(2).sum()
}

/// A binned Poisson likelihood with one free scale q₀ and many nuisance parameters q₁, q₂, ...
pub fn poisson(q: Tensor, base: Tensor, alpha: Tensor, n: Tensor) -> Tensor {
    let theta = q.index(1..);
    let e = base * theta.tensordot(alpha, 1).exp();
    let nu = q.index(0) * e.index(0) + e.index(1..).sum_axis(0);
    (&nu - n * nu.log()).sum() + 0.5 * theta.powi(2).sum()
}

/// Chained Rosenbrock: Σ 100 (x_{i+1} − x_i²)² + (1 − x_i)²
pub fn rosenbrock(x: Tensor) -> Tensor {
    let (head, tail) = (x.index(..-1), x.index(1..));
    (100.0 * (tail - head.powi(2)).powi(2) + (1.0 - head).powi(2)).sum()
}

/// The number of steps of [`orbit`].
pub const ORBIT_STEPS: usize = 100;
/// The size of a step of [`orbit`].
pub const ORBIT_STEP: f64 = 0.05;

/// How far the solution of dyᵢ/dt = pᵢ sin(yᵢ₊₁) − pᵢ₊₆ yᵢ³ with six components ends from a target,
/// by the method of Runge and Kutta of fourth order: ½ |y − target|²
pub fn orbit(p: Tensor, y0: Tensor, target: Tensor) -> Tensor {
    let (turn, brake) = (p.index(..6), p.index(6..));
    let slope = move |y: &Tensor| &turn * y.roll(-1, 0).sin() - &brake * y.powi(3);
    let step = move |y: Tensor, (): ()| {
        let h = ORBIT_STEP;
        let k1 = slope(&y);
        let k2 = slope(&(&y + h / 2.0 * &k1));
        let k3 = slope(&(&y + h / 2.0 * &k2));
        let k4 = slope(&(&y + h * &k3));
        (y + h / 6.0 * (k1 + 2.0 * (k2 + k3) + k4), ())
    };
    let (y, ()) = scan(step).length(ORBIT_STEPS).call((y0, ()));
    0.5 * (y - target).powi(2).sum()
}

/// The log likelihood of a Gaussian process with the noisy covariance
/// `exp(h₃ − ½ Σ_d ((X_id − X_jd) / e^{h_d})²) + e^{h₄} [i = j]`.
pub fn gaussian_process(h: Tensor, x: Tensor, y: Tensor) -> Tensor {
    let n = x.dim(0);
    let d = (x.expand_dims(1) - x.expand_dims(0)) * (-h.index(..3)).exp();
    let noise = h.index(4).exp() * Tensor::eye::<f64>(n).convert(x.dtype());
    let k = (h.index(3) - 0.5 * d.powi(2).sum_axis(-1)).exp() + noise;
    let l = linalg::cholesky(&k);
    let lower = TriangularSolve { left_side: true, lower: true, ..Default::default() };
    let a = linalg::solve_triangular(&l, &y, lower);
    let constant = 0.5 * n as f64 * (2.0 * std::f64::consts::PI).ln();
    -0.5 * a.dot(&a) - l.diagonal(0).log().sum() - constant
}
