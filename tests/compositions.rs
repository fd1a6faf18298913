//! The four compositions of a Hessian against each other and against central differences of the
//! gradient, and the two Jacobians against each other, at odd, prime, unit and empty sizes.

use crate::support::claims::{Claims, prove};
use crate::support::values::values;
use cotangent::{Function, HessianMode, Tensor, grad, hessian, jacfwd, jacrev, jit, vmap};

/// A scalar function of a vector, and the sizes to try. All avoid kinks and poles on the points
/// that [`values`] gives, which lie between 0.3 and 1.7.
pub(crate) type Case = (&'static str, fn(&Tensor) -> Tensor, &'static [usize]);

/// A matrix of fixed numbers.
fn matrix(m: usize, n: usize) -> Tensor {
    Tensor::from_array(values(m * n)).reshape([m, n]) - 0.9
}

pub(crate) const SCALARS: &[Case] = &[
    ("poly", |x| (x.powi(2) - x.powi(3) - x).sum(), &[7, 1, 0]),
    ("forecast", |x| matrix(3, x.dim(0)).matmul(x).tanh().sum(), &[5, 1, 0]),
    ("mlp", mlp, &[13]),
    ("pairs", pairs, &[5, 1]),
    ("logistic", logistic, &[7, 1]),
    ("factorization", factorization, &[15]),
    ("poisson", poisson, &[5, 1]),
    ("logsumexp", |x| (x * 3.0).logsumexp(), &[11, 1]),
    ("softmax entropy", |x| -(x.softmax(0) * x.log_softmax(0)).sum(), &[7, 1]),
    ("prod", |x| x.prod(), &[5, 1, 0]),
    ("cumsum", |x| x.cumsum(0).sin().cumsum(0).powi(2).sum(), &[7, 1]),
    ("take", |x| (x.take(places(), 0).sin() * x.row(-1)).sum(), &[5, 1]),
    ("at_add", |x| x.at_add(places(), x.row(0).powi(2)).powi(3).sum(), &[5, 3]),
    ("einsum", |x| Tensor::einsum("i,ij,j,j->", [x, &matrix(x.dim(0), x.dim(0)), x, x]), &[5, 1]),
    ("choice", choice, &[7, 1, 0]),
    ("norm", |x| x.norm() * x.dot(x) + (x * 2.0).norm_axis(0), &[5, 1]),
    ("blocks", blocks, &[7, 3]),
    ("chain", chain, &[5, 1]),
    ("statistics", |x| x.var() * x.std() + x.mean().exp(), &[5]),
    ("special", |x| (x.erf() * x.sigmoid() + x.softplus() + x.cbrt().atan2(x)).sum(), &[3, 1, 0]),
    ("powers", |x| (x.pow(x) + x.pow(2.5) + x.rsqrt() / (1.0 + x)).sum(), &[3, 1]),
    ("literals", literals, &[3, 1, 0]),
    ("diagonals", |x| x.outer(x).tril(0).matmul(x.exp().diag()).trace() * x.sum(), &[5, 1, 0]),
];

fn places() -> Tensor {
    Tensor::from_array([1, 0, -1, 1, 0])
}

/// A layer of two neurons on two inputs, and one neuron on them, for three examples.
fn mlp(p: &Tensor) -> Tensor {
    let parts = p.split_at(&[4, 6, 8], 0);
    let (w, b, v) = (parts[0].reshape([2, 2]), &parts[1], &parts[2]);
    let hidden = (matrix(3, 2).matmul(&w) + b).tanh();
    ((hidden.matmul(v) + parts[3].sum()).sigmoid() - 0.5).powi(2).mean()
}

/// Σ of e^{−(xᵢ − xⱼ)²} over all pairs.
fn pairs(x: &Tensor) -> Tensor {
    (-(x.expand_dims(1) - x.expand_dims(0)).powi(2)).exp().sum()
}

fn logistic(w: &Tensor) -> Tensor {
    let (a, y) = (matrix(5, w.dim(0)), Tensor::from_array([1.0, 0.0, 0.0, 1.0, 1.0]));
    let z = a.matmul(w);
    (z.softplus() - y * z).mean() + 0.1 * w.dot(w)
}

/// ‖U Vᵀ − A‖² for U of two rows and V of three, rank three.
fn factorization(p: &Tensor) -> Tensor {
    let parts = p.split_at(&[6], 0);
    let (u, v) = (parts[0].reshape([2, 3]), parts[1].reshape([3, 3]));
    (u.matmul(v.t()) - matrix(2, 3)).powi(2).sum()
}

fn poisson(w: &Tensor) -> Tensor {
    let rate = matrix(3, w.dim(0)).matmul(w);
    (rate.exp() - Tensor::from_array([0.0, 2.0, 5.0]) * rate).sum()
}

fn choice(x: &Tensor) -> Tensor {
    let away = x - 0.95;
    let chosen = x.gt(0.95).where_(x.sin(), x.powi(4));
    (chosen * away.abs() + x.maximum(0.95).powi(3) + x.clip(0.5, 1.5) * away.sign() * x).sum()
}

/// Every operation of two operands with a number on either side.
fn literals(x: &Tensor) -> Tensor {
    let k = |k: f64| Tensor::scalar(k);
    let right = x.atan2(0.5) * x.pow(1.5) + x.hypot(0.3) * x.logaddexp(0.3) + x % 2.0 - x / 3.0;
    let left = k(0.5).atan2(x) * k(2.0).pow(x) + k(0.3).hypot(x) + 5.0 % x - 1.0 / x;
    let clipped = x.minimum(0.95).powi(2) * k(0.95).maximum(x) + x.lt(0.95).where_(x, 2.0) * x;
    (right * left + clipped).sum()
}

fn blocks(x: &Tensor) -> Tensor {
    let joined = Tensor::concat([x.index(1..), (x * x).flip(0), x.index((..2,))], 0);
    let padded = x.pad(&[(1, 2)], 0.0).roll(1, 0);
    joined.sin().sum() * padded.index(1..).powi(3).sum()
}

/// A product of five matrices that depend on x.
fn chain(x: &Tensor) -> Tensor {
    let n = x.dim(0);
    let (a, d) = (matrix(n, n), x.diag());
    x.matmul(&a).matmul(d.matmul(&a).matmul(&d)).matmul(x.sin())
}

/// A step that loses as many digits by cancellation as by truncation.
const STEP: f64 = 1.0 / 131_072.0;

/// The Hessian by central differences of the gradient, row by row.
fn differences(f: impl Fn(Tensor) -> Tensor, x: &Tensor) -> Tensor {
    let moved = |step: f64| vmap(grad(&f)).call(x + Tensor::eye::<f64>(x.dim(0)) * step);
    (moved(STEP) - moved(-STEP)) / (2.0 * STEP)
}

fn check_scalar(c: &Claims, (name, f, _): &Case, x: &Tensor) {
    let f = |x: Tensor| f(&x);
    let [reference, others @ ..] =
        HessianMode::ALL.map(|m| (m, hessian(f).mode(m).call(x.clone())));
    for (mode, other) in others {
        let note = format!("{name} {} at {}", mode.name(), x.dim(0));
        c.agree_within(1e-12, &note, other, reference.1.clone());
    }
    let note = format!("{name} differences at {}", x.dim(0));
    c.agree_within(1e-7, &note, differences(f, x), reference.1);
}

/// Checks the Hessians of all cases.
pub(crate) fn prove_hessians(cases: &[Case]) {
    for group in cases.chunks(8) {
        let points: Vec<_> = group.iter().flat_map(|c| c.2.iter().map(|&n| values(n))).collect();
        prove([points.concat()], |c, [all]| {
            let mut start = 0;
            for case in group {
                for &n in case.2 {
                    check_scalar(c, case, &all.index(start..start + n as isize));
                    start += n as isize;
                }
            }
        });
    }
}

#[test]
fn hessians() {
    prove_hessians(SCALARS);
}

/// Vector functions of a vector; tall, wide, and with results of other ranks.
const VECTORS: &[Case] = &[
    ("tall", |x| matrix(7, x.dim(0)).matmul(x).tanh(), &[3, 1, 0]),
    ("wide", |x| matrix(2, x.dim(0)).matmul(x.exp()), &[5, 1, 0]),
    ("nothing", |x| matrix(0, x.dim(0)).matmul(x), &[3, 0]),
    ("square", |x| x.softmax(0) * x.cumsum(0), &[5, 1]),
    ("matrix", |x| x.outer(x.sin()).triu(0), &[3, 1, 0]),
    ("scalar", |x| x.logsumexp(), &[5, 1]),
    ("indices", |x| x.take(places(), 0) * x.at_add(places(), 1.0).row(0), &[5, 2]),
    ("extremes", |x| Tensor::stack([x.max(), x.min(), x.abs().max() * x.min()], 0), &[5, 1]),
];

#[test]
fn jacobians() {
    prove([values(5)], |c, [x]| {
        for (name, f, sizes) in VECTORS {
            for &n in *sizes {
                let (f, x) = (|x: Tensor| f(&x), x.index(..n as isize));
                let note = format!("{name} at {n}");
                let forward = jacfwd(f).call(x.clone());
                c.agree_within(1e-13, &note, forward.clone(), jacrev(f).call(x.clone()));
                // And differences, for which the batch is the first axis and the result the rest.
                let moved = |step: f64| vmap(f).call(&x + Tensor::eye::<f64>(n) * step);
                let columns = (moved(STEP) - moved(-STEP)) / (2.0 * STEP);
                c.agree_within(1e-7, &note, columns.moveaxis(0, -1), forward);
                // The Hessians of vector functions have the axes of the result first.
                let wanted = jacfwd(jacfwd(f)).call(x.clone());
                for mode in HessianMode::ALL {
                    let note = format!("{name} at {n} {}", mode.name());
                    c.agree_within(
                        1e-12,
                        &note,
                        hessian(f).mode(mode).call(x.clone()),
                        wanted.clone(),
                    );
                }
            }
        }
    });
}

#[test]
fn batches_of_hessians() {
    prove([values(15)], |c, [all]| {
        let batch = all.reshape([3, 5]);
        for (name, f, sizes) in SCALARS {
            if !sizes.contains(&5) {
                continue;
            }
            let f = |x: Tensor| f(&x);
            let rows = (0..3).map(|i| hessian(f).call(batch.row(i)));
            let one_by_one = Tensor::stack(rows, 0);
            for mode in [HessianMode::FwdRev, HessianMode::RevFwd] {
                let together = vmap(hessian(f).mode(mode)).call(batch.clone());
                c.agree_within(1e-12, name, together, one_by_one.clone());
            }
        }
    });
}

#[test]
fn of_a_compiled_function_and_in_single_precision() {
    let f = jit(|x: Tensor| logistic(&x));
    for mode in HessianMode::ALL {
        let double = jit(hessian(|w: Tensor| f.apply((w,))).mode(mode)).call(values(5)).unwrap();
        let narrow = |w: Tensor| (matrix(5, 5).as_type::<f32>().matmul(&w).softplus().mean(), w);
        let single = |w: Tensor| {
            let (value, w) = narrow(w);
            let y = Tensor::from_array([1.0f32, 0.0, 0.0, 1.0, 1.0]);
            value - (y * matrix(5, 5).as_type::<f32>().matmul(&w)).mean() + 0.1 * w.dot(&w)
        };
        let point: Vec<f32> = values(5).into_iter().map(|v| v as f32).collect();
        let single = jit(hessian(single).mode(mode)).call(point).unwrap();
        let (a, b) = (double.to_vec::<f64>().unwrap(), single.to_vec::<f32>().unwrap());
        assert!(a.iter().zip(b).all(|(a, b)| (a - f64::from(b)).abs() < 1e-6), "{}", mode.name());
    }
}
