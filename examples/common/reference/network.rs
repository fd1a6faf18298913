//! Networks of dense layers with all their parameters in one vector, and their Hessians.

use super::Problem;
use crate::common::answer::Answer;
use crate::common::inputs::{arr, shaped, u};
use ndarray::{Array1, Array2, Axis, s};

/// What stands behind the last layer, and with it the function between the layers.
#[derive(Clone, Copy, PartialEq)]
enum Loss {
    /// tanh layers, and mean_s (out_s − y_s)².
    Squares,
    /// ReLU layers, and the mean cross entropy of softmax(out_s) with the class y_s.
    Classes,
}

/// The network, its data, and the values and derivatives that every column of the Hessian needs.
struct Network {
    loss: Loss,
    sizes: Vec<usize>,
    theta: Array1<f64>,
    x: Array2<f64>,
    y: Array1<f64>,
    layers: Vec<(Array2<f64>, Array1<f64>)>,
    /// The inputs of the layers, and in the end the output.
    h: Vec<Array2<f64>>,
    /// The derivatives of the loss by the result of each layer, before the function between layers.
    d: Vec<Array2<f64>>,
}

/// A network of layers tanh(W h + b), the last one linear, with the loss mean_s (out_s − y_s)² over
/// `samples`. The parameters are one vector: W₁ row by row, b₁, W₂, ...
pub fn mlp(sizes: &[usize], samples: usize) -> Problem {
    let y = arr(samples, 101, -1.0, 1.0);
    let network = Network::new(Loss::Squares, sizes, 3.0, y);
    let n = network.theta.len();
    let inputs = vec![
        ("theta", network.theta.clone().into_dyn()),
        ("X", network.x.clone().into_dyn()),
        ("y", network.y.clone().into_dyn()),
    ];
    Problem::new(inputs, Answer::by_blocks([n, n], move |k| network.column(k)))
}

/// The Laplacian of the one output of a network of tanh layers by its input, of which there is one sample.
pub fn network_laplacian(sizes: &[usize]) -> Problem {
    let network = Network::new(Loss::Squares, sizes, 3.0, arr(1, 101, -1.0, 1.0));
    let x = network.x.row(0).to_owned();
    // Beside the values their derivatives by all inputs, and the sums of the second ones.
    let (mut h, mut by_x) = (x.clone(), Array2::<f64>::eye(x.len()));
    let mut sums = Array1::<f64>::zeros(x.len());
    for (l, (w, b)) in network.layers.iter().enumerate() {
        (h, by_x, sums) = (w.dot(&h) + b, w.dot(&by_x), w.dot(&sums));
        if l + 1 < network.layers.len() {
            h.mapv_inplace(f64::tanh);
            let slope = h.mapv(|h| 1.0 - h * h);
            let squares = by_x.mapv(|d| d * d).sum_axis(Axis(1));
            sums = &slope * &sums - 2.0 * &h * &slope * squares;
            by_x = by_x * slope.insert_axis(Axis(1));
        }
    }
    let inputs = vec![("x", x.into_dyn()), ("theta", network.theta.into_dyn())];
    Problem::new(inputs, super::scalar(sums[0]))
}

/// A network of ReLU layers, the last one linear, whose loss is the mean cross entropy of its
/// softmax with classes.
pub fn classifier(sizes: &[usize], samples: usize) -> Problem {
    let network = Network::classifier(sizes, samples);
    let n = network.theta.len();
    let inputs = vec![
        ("theta", network.theta.clone().into_dyn()),
        ("X", network.x.clone().into_dyn()),
        ("y", network.y.clone().into_dyn()),
    ];
    Problem::new(inputs, Answer::by_blocks([n, n], move |k| network.column(k)))
}

/// The same, with the weights of the first layer alone as the variable: the corner of the Hessian.
pub fn classifier_first_layer(sizes: &[usize], samples: usize) -> Problem {
    let network = Network::classifier(sizes, samples);
    let n = sizes[0] * sizes[1];
    let inputs = vec![
        ("W1", network.theta.slice(s![..n]).to_owned().into_dyn()),
        ("rest", network.theta.slice(s![n..]).to_owned().into_dyn()),
        ("X", network.x.clone().into_dyn()),
        ("y", network.y.clone().into_dyn()),
    ];
    let corner = move |k| network.column(k)[..n].to_vec();
    Problem::new(inputs, Answer::by_blocks([n, n], corner))
}

/// The number of parameters of such a network.
pub fn mlp_parameters(sizes: &[usize]) -> usize {
    sizes.windows(2).map(|io| io[1] * (io[0] + 1)).sum()
}

/// W and b of every layer, cut out of a vector of parameters.
fn layers(sizes: &[usize], theta: &Array1<f64>) -> Vec<(Array2<f64>, Array1<f64>)> {
    let mut rest = theta.to_vec();
    let mut cut = |n: usize| rest.drain(..n).collect::<Vec<_>>();
    let layer =
        |io: &[usize]| (shaped((io[1], io[0]), cut(io[1] * io[0])), Array1::from(cut(io[1])));
    sizes.windows(2).map(layer).collect()
}

/// Each row divided by its sum after exp, without overflow.
fn softmax(z: &Array2<f64>) -> Array2<f64> {
    let most = z.map_axis(Axis(1), |row| row.iter().copied().fold(f64::NEG_INFINITY, f64::max));
    let e = (z - &most.insert_axis(Axis(1))).mapv(f64::exp);
    let sum = e.sum_axis(Axis(1)).insert_axis(Axis(1));
    e / sum
}

impl Network {
    fn classifier(sizes: &[usize], samples: usize) -> Network {
        let classes = sizes[sizes.len() - 1] as f64;
        let y = Array1::from_shape_fn(samples, |s| (classes * u(s, 101)).floor());
        Network::new(Loss::Classes, sizes, 6.0, y)
    }

    /// Weights of a layer with i inputs are spread evenly up to sqrt(gain / i).
    fn new(loss: Loss, sizes: &[usize], gain: f64, y: Array1<f64>) -> Network {
        let mut theta = Vec::new();
        for (l, io) in sizes.windows(2).enumerate() {
            let c = (gain / io[0] as f64).sqrt();
            theta.extend(arr(io[0] * io[1], 2 * l, -c, c));
            theta.extend(arr(io[1], 2 * l + 1, -0.1, 0.1));
        }
        let theta = Array1::from(theta);
        let x = arr((y.len(), sizes[0]), 100, -1.0, 1.0);
        let layers = layers(sizes, &theta);
        let mut h = vec![x.clone()];
        for (l, (w, b)) in layers.iter().enumerate() {
            let z = h[l].dot(&w.t()) + b;
            h.push(match loss {
                _ if l + 1 == layers.len() => z,
                Loss::Squares => z.mapv(f64::tanh),
                Loss::Classes => z.mapv(|z| z.max(0.0)),
            });
        }
        let sizes = sizes.to_vec();
        let mut network = Network { loss, sizes, theta, x, y, layers, h, d: Vec::new() };
        network.d.push(network.by_output());
        for l in (1..network.layers.len()).rev() {
            let by_h = network.d[0].dot(&network.layers[l].0);
            network.d.insert(0, by_h * network.slope(l));
        }
        network
    }

    fn samples(&self) -> f64 {
        self.y.len() as f64
    }

    fn output(&self) -> &Array2<f64> {
        &self.h[self.layers.len()]
    }

    /// The derivative of the loss by the output.
    fn by_output(&self) -> Array2<f64> {
        let mut d = match self.loss {
            Loss::Squares => (self.output() - &self.y.view().insert_axis(Axis(1))) * 2.0,
            Loss::Classes => softmax(self.output()),
        };
        if self.loss == Loss::Classes {
            for (mut row, class) in d.rows_mut().into_iter().zip(&self.y) {
                row[*class as usize] -= 1.0;
            }
        }
        d / self.samples()
    }

    /// The derivative of the function before layer `l`, seen from its value.
    fn slope(&self, l: usize) -> Array2<f64> {
        self.h[l].mapv(|h| match self.loss {
            Loss::Squares => 1.0 - h * h,
            Loss::Classes => f64::from(h > 0.0),
        })
    }

    /// Its second derivative.
    fn bend(&self, l: usize) -> Array2<f64> {
        self.h[l].mapv(|h| match self.loss {
            Loss::Squares => -2.0 * h * (1.0 - h * h),
            Loss::Classes => 0.0,
        })
    }

    /// Column `k` of the Hessian, by Pearlmutter's R-operator ("Fast exact multiplication by the
    /// Hessian", Neural Computation 1994): R of a quantity is its derivative along a direction,
    /// here that of parameter `k`.
    fn column(&self, k: usize) -> Vec<f64> {
        let n = self.theta.len();
        let unit = Array1::from_shape_fn(n, |i| if i == k { 1.0 } else { 0.0 });
        let r = layers(&self.sizes, &unit);
        let mut rh = vec![Array2::zeros(self.x.raw_dim())];
        let mut rz = Vec::new();
        for (l, ((w, _), (rw, rb))) in self.layers.iter().zip(&r).enumerate() {
            rz.push(rh[l].dot(&w.t()) + self.h[l].dot(&rw.t()) + rb);
            rh.push(&rz[l] * &self.slope(l + 1));
        }
        let r_output = &rz[self.layers.len() - 1];
        let mut rd = match self.loss {
            Loss::Squares => r_output * 2.0,
            Loss::Classes => {
                let p = softmax(self.output());
                let mean = (&p * r_output).sum_axis(Axis(1)).insert_axis(Axis(1));
                p * (r_output - &mean)
            }
        } / self.samples();
        let mut out = Vec::new();
        for l in (0..self.layers.len()).rev() {
            let rw = rd.t().dot(&self.h[l]) + self.d[l].t().dot(&rh[l]);
            out.push([rw.flatten().to_vec(), rd.sum_axis(Axis(0)).to_vec()].concat());
            if l > 0 {
                let w = &self.layers[l].0;
                let (by_h, r_by_h) = (self.d[l].dot(w), rd.dot(w) + self.d[l].dot(&r[l].0));
                rd = r_by_h * self.slope(l) + by_h * self.bend(l) * &rz[l - 1];
            }
        }
        out.reverse();
        out.concat()
    }
}
