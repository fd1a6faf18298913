//! Random programs of diagonals, windows and contractions at small sizes: with passes and without,
//! the values are the same.
//!
//! As in [`laws`](super::laws) a program is a list of steps over a pool of values; here values have
//! all shapes, and an operand that does not fit is cut and padded until it does, so that labels
//! stand at many offsets.

use cotangent::{Array, DType, Tensor, jacfwd, jacrev, jit, lax};
use proptest::prelude::*;

/// What a step does, which values of the pool it takes (modulo their number), and two choices.
type Step = (u8, usize, usize, usize, usize);

/// The sizes of the inputs; all results keep below [`LARGEST`] elements.
const SIZES: [usize; 5] = [0, 1, 2, 3, 5];
const LARGEST: usize = 150;

/// The tensor cut, padded and repeated to a shape.
fn fit(x: &Tensor, shape: &[usize]) -> Tensor {
    let mut x = x.clone();
    while x.rank() > shape.len() {
        x = x.sum_axis(0);
    }
    while x.rank() < shape.len() {
        x = x.expand_dims(0);
    }
    for (d, &n) in shape.iter().enumerate() {
        let have = x.shape()[d];
        if have == 1 && n > 1 && d % 2 == 0 {
            let wanted: Vec<usize> =
                (0..x.rank()).map(|k| if k == d { n } else { x.shape()[k] }).collect();
            x = x.broadcast_to(wanted);
        } else if have > n {
            x = x.slice_axis(d as isize, have - n..have);
        } else if have < n {
            let before = (n - have) / 2;
            let mut widths = vec![(0, 0); x.rank()];
            widths[d] = (before, n - have - before);
            x = x.pad(&widths, 0.0);
        }
    }
    x
}

/// Rows `s..s + c` of the identity of size `d`, where `s` is only known at run time.
pub fn rows_of_identity(s: &Tensor, c: usize, d: usize) -> Tensor {
    let start = s.clip(0, (d - c) as i32);
    let row = lax::iota(DType::I32, [c, d], 0) + start;
    lax::eq(&row, &lax::iota(DType::I32, [c, d], 1)).as_type::<f64>()
}

fn step(pool: &[Tensor], places: &[Tensor], &(what, i, j, k, l): &Step) -> Option<Tensor> {
    let pick = |i: usize| &pool[pool.len() - 1 - i % pool.len()];
    let (x, y) = (pick(i), pick(j));
    let r = x.rank();
    let offset = k as isize % 5 - 2;
    let axis = |k: usize| (r > 0).then(|| k % r);
    let matrix = || {
        let n = [1 + k % 3, 1 + l % 5];
        if r == 2 { x.clone() } else { fit(x, &n) }
    };
    Some(match what % 30 {
        0 | 1 => match r {
            1 if x.size() <= 7 => x.diag_offset(offset),
            _ => matrix().diagonal(offset),
        },
        2 => matrix().diagonal(offset),
        3 => {
            let widths = |d: usize| ((k + d) % 3, (l + 2 * d) % 3);
            x.pad(&(0..r).map(widths).collect::<Vec<_>>(), 0.0)
        }
        4 | 5 => {
            let d = axis(k)?;
            let n = x.shape()[d];
            let (from, to) = (l % (n + 1), j % (n + 1));
            x.slice_axis(d as isize, from.min(to)..from.max(to))
        }
        6 => {
            let d = axis(k)?;
            let mut shape = x.shape().to_vec();
            shape[d] = 1 + l % 3;
            let parts =
                if l % 2 == 0 { [x.clone(), fit(y, &shape)] } else { [fit(y, &shape), x.clone()] };
            Tensor::concat(parts, d as isize)
        }
        7 | 8 => {
            // A contraction of one axis with one.
            let (d, e) = (axis(k)?, (y.rank() > 0).then(|| l % y.rank())?);
            let mut shape = y.shape().to_vec();
            shape[e] = x.shape()[d];
            x.tensordot_axes(fit(y, &shape), [d as isize], [e as isize])
        }
        9 => x.sum_axis(axis(k)? as isize),
        10 | 11 => x * fit(y, x.shape()),
        12 => x + fit(y, x.shape()),
        13 => fit(y, x.shape()) - x,
        14 => x.swapaxes(axis(k)? as isize, axis(l)? as isize),
        15 => Tensor::eye_with::<f64>(k % 4, l % 4, i as isize % 5 - 2) * x.sum(),
        16 => {
            let m = matrix();
            if l % 2 == 0 { m.tril(offset) } else { m.triu(offset) }
        }
        17 => {
            let m = matrix();
            let [n, w] = [m.shape()[0], m.shape()[1]];
            let mask = Tensor::eye_with::<f64>(n, w, offset).gt(0.5);
            if l % 2 == 0 { mask.where_(m, 0.0) } else { mask.where_(fit(y, &[n, w]), m) }
        }
        18 => {
            let mut shape = x.shape().to_vec();
            let d = k % (r + 1);
            shape.insert(d, 1 + l % 3);
            x.expand_dims(d as isize).broadcast_to(shape)
        }
        19 => x.reshape([x.size()]),
        20 => {
            // A row-major axis in two parts.
            let d = axis(k)?;
            let n = x.shape()[d];
            let part = (2..4).find(|p| n > *p && n % p == 0)?;
            let mut shape = x.shape().to_vec();
            shape.splice(d..=d, [part, n / part]);
            x.reshape(shape)
        }
        24 | 25 => {
            let d = axis(k)?;
            let n = x.shape()[d];
            let rows = rows_of_identity(&places[j % 2], l % (n + 1), n);
            x.tensordot_axes(rows, [d as isize], [1])
        }
        26 => rows_of_identity(&places[j % 2], k % 4, k % 4 + l % 3).t() * 0.5,
        27 => {
            let starts: Vec<&Tensor> = (0..r).map(|d| &places[(j + d) % 2]).collect();
            let size = |d: usize| x.shape()[d].min(1 + (k + d) % 3);
            lax::dynamic_slice(x, &starts, &(0..r).map(size).collect::<Vec<_>>())
        }
        28 => {
            let starts: Vec<&Tensor> = (0..r).map(|d| &places[(j + d) % 2]).collect();
            let size = |d: usize| x.shape()[d] + (k + d) % 3;
            let zeros = Tensor::zeros::<f64>((0..r).map(size).collect::<Vec<_>>());
            lax::dynamic_update_slice(&zeros, x, &starts)
        }
        29 => {
            let d = axis(k)?;
            let n = x.shape()[d].max(1);
            let one = places[j % 2].clip(0, n as i32 - 1 + (l % 2) as i32).one_hot::<f64>(n);
            let one = x.moveaxis(d as isize, -1) * fit(&one, &[x.shape()[d]]);
            if l % 3 == 0 { one.sum_axis(-1) } else { one }
        }
        21 => x.tanh(),
        22 => -x * 0.5,
        _ => match x.shape()[..] {
            [n, m, _] if n == m => Tensor::einsum("iij->ij", [x]),
            [n, _, m] if n == m => Tensor::einsum("iji->ji", [x]),
            [_, n, m] if n == m => Tensor::einsum("ijj->i", [x]),
            [n, m] if n == m => Tensor::einsum("ii->i", [x]),
            _ => x.flip(axis(k)? as isize),
        },
    })
}

/// The newest values after all steps.
fn run(steps: &[Step], size: usize, x: &Tensor, m: &Tensor, places: &[Tensor]) -> Vec<Tensor> {
    let (x, m) = (x.index(..size), m.index((..size, ..)));
    let mut pool = vec![x.clone(), m.clone(), x.diag(), m.clone() * 0.25];
    for s in steps {
        let new = step(&pool, places, s);
        pool.extend(new.filter(|t| t.size() <= LARGEST && t.rank() <= 4));
    }
    pool.into_iter().rev().take(4).collect()
}

fn programs(n: usize) -> impl Strategy<Value = Vec<(Vec<Step>, usize)>> {
    let step = (any::<u8>(), 0..64usize, 0..64usize, 0..64usize, 0..64usize);
    let size = prop::sample::select(&SIZES[..]);
    prop::collection::vec((prop::collection::vec(step, 1..14), size), n)
}

/// Where windows start that only the running program knows; not all in range.
fn places() -> impl Strategy<Value = (i32, i32)> {
    (-1..6, -1..6)
}

fn inputs((s, t): (i32, i32)) -> (Array, Array, Vec<Array>) {
    let m = (0..15).map(|i| f64::from(i) * 0.37 - 2.0).collect();
    (
        Array::from([1.5, -0.5, 2.0, 0.75, -1.25]),
        Array::from_vec([5, 3], m).unwrap(),
        vec![Array::from(s), Array::from(t)],
    )
}

fn agree(
    programs: &[(Vec<Step>, usize)],
    places: (i32, i32),
    f: impl Fn(Tensor, Tensor, Vec<Tensor>) -> Vec<Vec<Tensor>> + Clone + Send + Sync + 'static,
) -> Result<(), TestCaseError> {
    let on = jit(f.clone()).call(inputs(places)).unwrap();
    let off = jit(f).optimize(false).call(inputs(places)).unwrap();
    for (p, (on, off)) in on.iter().zip(&off).enumerate() {
        for (i, (a, b)) in on.iter().zip(off).enumerate() {
            prop_assert_eq!(a.shape(), b.shape());
            let (a, b) = (a.to_vec::<f64>().unwrap(), b.to_vec::<f64>().unwrap());
            let close = |(a, b): (&f64, &f64)| (a - b).abs() <= 1e-9 * (1.0 + b.abs());
            let same = a.iter().zip(&b).all(close);
            prop_assert!(same, "program {:?}, value {i}: {a:?} and {b:?}", programs[p]);
        }
    }
    Ok(())
}

/// A few cases; as many as PROPTEST_CASES says, to hunt with.
fn config() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(4);
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn values_of_diagonals(programs in programs(16), places in places()) {
        let list = programs.clone();
        agree(&programs, places, move |x: Tensor, m: Tensor, s: Vec<Tensor>| {
            list.iter().map(|(steps, size)| run(steps, *size, &x, &m, &s)).collect()
        })?;
    }

    #[test]
    fn jacobians_of_diagonals(programs in programs(6), places in places()) {
        let list = programs.clone();
        agree(&programs, places, move |x: Tensor, m: Tensor, s: Vec<Tensor>| {
            let each = |(steps, size): &(Vec<Step>, usize)| {
                let (steps, size) = (steps.clone(), *size);
                let f = move |x: Tensor, m: Tensor, s: Vec<Tensor>| {
                    run(&steps, size, &x, &m, &s).into_iter().next_back().unwrap_or(x)
                };
                vec![
                    jacfwd(f.clone()).call((x.clone(), m.clone(), s.clone())),
                    jacrev(f).call((x.clone(), m.clone(), s.clone())),
                ]
            };
            list.iter().map(each).collect()
        })?;
    }
}
