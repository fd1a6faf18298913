//! Laws of the passes on random programs: the result is well-formed and no larger, and computes
//! the same values; passes applied to their own result change nothing.
//!
//! A program is a list of steps; each takes earlier values of a pool and adds one. All values have
//! one of three shapes, so that most steps find operands. Compilation is the slow part, so
//! many programs are compiled together.

use cotangent::{Array, Tensor, jit};
use proptest::prelude::*;

/// What a step does, and which earlier values it takes (modulo their number).
type Step = (u8, usize, usize, usize);

/// Places among three, also from the end and twice.
fn places(i: usize) -> Tensor {
    let choices = [[2, 0, 2], [1, -1, 0], [0, 1, 2]];
    Tensor::from_array(choices[i % 3])
}

/// The values after all steps, given the first ones.
fn run(steps: &[Step], x: &Tensor, v: &Tensor) -> Vec<Tensor> {
    // Matrices 3×3, vectors of 3, scalars: one pool each.
    let mut matrices = vec![x.clone(), x.t() * 0.5];
    let mut vectors = vec![v.clone(), Tensor::full([3], 1.5)];
    let mut scalars = vec![v.sum(), Tensor::scalar(2.0), Tensor::scalar(1.0), Tensor::scalar(0.0)];
    for &(what, i, j, k) in steps {
        let m = |i: usize| matrices[i % matrices.len()].clone();
        let w = |i: usize| vectors[i % vectors.len()].clone();
        let s = |i: usize| scalars[i % scalars.len()].clone();
        match what % 40 {
            0 => matrices.push(m(i) + m(j)),
            1 => matrices.push(m(i) - m(j)),
            2 => matrices.push(m(i) * m(j)),
            3 => matrices.push(m(i) / (m(j).square() + 1.0)),
            4 => matrices.push(-m(i)),
            5 => matrices.push(m(i).t()),
            6 => matrices.push(m(i).tanh()),
            7 => matrices.push(m(i) * s(j)),
            8 => matrices.push(m(i) + w(j)),
            9 => matrices.push(w(i).broadcast_to([3, 3]).t()),
            10 => matrices.push(w(i).expand_dims(1) * w(j)),
            11 => matrices.push(m(i).gt(m(j)).where_(m(k), m(i))),
            12 => matrices.push(m(i).flip((j % 2) as isize)),
            13 => matrices.push(m(i).reshape([9]).index(..).reshape([3, 3])),
            14 => matrices.push(Tensor::concat([m(i).index(..1), m(j).index(1..)], 0)),
            15 => matrices.push(m(i).maximum(m(j))),
            16 => matrices.push(s(i).broadcast_to([3, 3])),
            17 => matrices.push((m(i).matmul(m(j)) * 0.1).tanh()),
            18 => vectors.push(m(i).sum_axis((j % 2) as isize)),
            19 => vectors.push(m(i).index((j % 3) as isize)),
            20 => vectors.push(m(i).index((.., 1))),
            21 => vectors.push(w(i) - w(j)),
            22 => vectors.push(-w(i) * w(j)),
            23 => vectors.push(Tensor::concat([w(i).index(1..), w(j).index(..1)], 0)),
            24 => vectors.push(w(i).expand_dims([0, 2]).squeeze()),
            25 => vectors.push(w(i).lt(s(j)).where_(w(k), s(j))),
            26 => vectors.push(m(i).max_axis(0)),
            27 => vectors.push(w(i).powi((j % 4) as i32).clip(-4.0, 4.0)),
            28 => scalars.push(w(i).sum()),
            29 => scalars.push(m(i).sum_axis(0).sum() * 0.1),
            30 => scalars.push(w(i).index((j % 3) as isize).abs()),
            31 => scalars.push(s(i) * s(j)),
            32 => scalars.push((s(i) - s(j)).sin()),
            33 => matrices.push(m(i).take(places(j), (k % 2) as isize)),
            34 => vectors.push(w(i).take(places(j), 0)),
            35 => matrices.push(w(i).diag()),
            36 => matrices.push(Tensor::eye::<f64>(3) * s(i)),
            37 => matrices.push(m(i).at_add(places(j), m(k))),
            38 => vectors.push(w(i).at_add(places(j), w(k))),
            _ => scalars.push(w(i).dot(w(j)).tanh()),
        }
    }
    // The newest values are enough: they depend on others.
    let newest = |pool: Vec<Tensor>| pool.into_iter().rev().take(4).collect::<Vec<_>>();
    [newest(matrices), newest(vectors), newest(scalars)].concat()
}

fn programs() -> impl Strategy<Value = Vec<Vec<Step>>> {
    let step = (any::<u8>(), 0..64usize, 0..64usize, 0..64usize);
    prop::collection::vec(prop::collection::vec(step, 1..30), 12)
}

fn inputs() -> (Array, Array) {
    let x = [[0.5, -1.25, 2.0], [0.0, 1.0, -0.75], [3.0, -0.5, 0.25]];
    (Array::from(x), Array::from([1.0, -2.0, 0.5]))
}

/// Where a value is large or NaN in one program, so must it be in the other.
fn close(a: f64, b: f64) -> bool {
    a == b || a.is_nan() && b.is_nan() || (a - b).abs() <= 1e-9 * (1.0 + a.abs().max(b.abs()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn passes_keep_values(programs in programs()) {
        let f = |x: Tensor, v: Tensor| -> Vec<Vec<Tensor>> {
            programs.iter().map(|steps| run(steps, &x, &v)).collect()
        };
        let (on, off) = (jit(f), jit(f).optimize(false));
        let [fast, plain] = [on.lower(inputs()).unwrap(), off.lower(inputs()).unwrap()];
        fast.jaxpr().check().unwrap();
        prop_assert!(fast.jaxpr().eqns.len() <= plain.jaxpr().eqns.len());
        let (fast, plain) = (on.call(inputs()).unwrap(), off.call(inputs()).unwrap());
        let simplified = jit(f).notation(false).call(inputs()).unwrap();
        for (a, b) in simplified.iter().flatten().zip(plain.iter().flatten()) {
            let (a, b) = (a.to_vec::<f64>().unwrap(), b.to_vec::<f64>().unwrap());
            prop_assert!(a.iter().zip(&b).all(|(a, b)| close(*a, *b)), "{a:?} and {b:?}");
        }
        for (p, (fast, plain)) in fast.iter().zip(&plain).enumerate() {
            for (i, (a, b)) in fast.iter().zip(plain).enumerate() {
                prop_assert_eq!(a.shape(), b.shape());
                let (a, b) = (a.to_vec::<f64>().unwrap(), b.to_vec::<f64>().unwrap());
                let same = a.iter().zip(&b).all(|(a, b)| close(*a, *b));
                prop_assert!(same, "program {p} {:?}, value {i}: {a:?} and {b:?}", programs[p]);
            }
        }
    }
}
