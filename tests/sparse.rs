//! Sparse derivatives: patterns against dense derivatives, and what colourings take out of products
//! against them.

use crate::compositions::SCALARS;
use crate::support::values::{array, values};
use cotangent::params::ReduceOp;
use cotangent::sparse::{Coloring, Pattern, Plan, Sparse, sparse_hessian, sparse_jacobian};
use cotangent::{
    Array, DType, Error, Tensor, checkpoint, cond, custom_jvp, custom_vjp, fori_loop, hessian,
    jacobian, jit, linalg, scan, while_loop,
};
use ndarray::{Array2, Ix2};
use proptest::prelude::*;

fn dense(array: &Array, rows: usize, columns: usize) -> Array2<f64> {
    let flat = array.to_ndarray::<f64>().unwrap();
    flat.into_shape_with_order((rows, columns)).unwrap().into_dimensionality::<Ix2>().unwrap()
}

/// The places where a matrix is not zero.
fn places(matrix: &Array2<f64>) -> Vec<(usize, usize)> {
    matrix.indexed_iter().filter(|(_, v)| **v != 0.0).map(|(at, _)| at).collect()
}

fn close(a: &Array2<f64>, b: &Array2<f64>) -> bool {
    let scale = b.iter().fold(1.0f64, |m, v| m.max(v.abs()));
    a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 1e-11 * scale)
}

type Case = (&'static str, fn(Tensor) -> Tensor);

/// Functions of six numbers between 0.3 and 1.7 whose pattern is exactly where their Jacobian is not zero.
const EXACT: &[Case] = &[
    ("elementwise", |x| x.sin() * x.exp() / (1.0 + &x)),
    ("constant", |x| x.zeros_like()),
    ("comparison", |x| x.gt(0.5).convert(DType::F64) + x.floor() + x.sign()),
    ("slices", |x| x.slice_axis(0, 1..) * x.slice_axis(0, ..-1)),
    ("strides", |x| x.reshape([3, 2]).index((.., 1)) * 2.0),
    ("matrix", |x| x.reshape([2, 3]).t().flip(0).reshape([6]) * x.row(0)),
    ("padding", |x| x.pad(&[(1, 2)], 0.0) + x.roll(1, 0).pad(&[(0, 3)], 0.0)),
    ("concat", |x| Tensor::concat([x.index(2..4), x.flip(0), x.row(1).expand_dims(0)], 0)),
    ("broadcast", |x| x.expand_dims(1) * x.expand_dims(0)),
    ("sums", |x| x.reshape([2, 3]).sum_axis(1)),
    ("maxima", |x| x.reshape([2, 3]).max_axis(0)),
    ("cumsum", |x| x.cumsum(0)),
    ("reverse cumsum", |x| x.flip(0).cumsum(0).flip(0)),
    ("products", |x| x.reshape([3, 2]).prod_axis(1)),
    ("take", |x| x.take(Tensor::from_array([4, 0, 0, -2]), 0).powi(2)),
    ("at_add", |x| x.at_add(Tensor::from_array([3, 3]), x.index(..2) * 2.0)),
    ("at_set", |x| x.at_set(Tensor::from_array([5, 0]), x.index(2..4))),
    ("index_set", |x| x.index_set(1..3, x.index(4..))),
    ("mask", |x| x.expand_dims(1).matmul(x.expand_dims(0)).tril(0)),
    ("diagonal", |x| x.outer(&x).diagonal(1)),
    ("diagonal matrix", |x| x.diag().matmul(&x)),
    ("identity", |x| Tensor::eye::<f64>(6).matmul(&x) + Tensor::eye::<f64>(6).row(2) * &x),
    ("dot", |x| x.reshape([2, 3]).matmul(x.reshape([3, 2]))),
    ("batched dot", |x| {
        let (a, b) = (x.reshape([3, 2, 1]), x.reshape([3, 1, 2]));
        a.matmul(b)
    }),
    ("where", |x| {
        let even = (Tensor::arange(0..6) % 2).eq(0);
        even.where_(&x * 2.0, x.flip(0))
    }),
    ("windows", |x| x.reduce_window(ReduceOp::Max, &[3], &[1], &[(0, 0)])),
    ("stop_gradient", |x| x.stop_gradient() * &x + x.flip(0).stop_gradient()),
    ("sorted parts", |x| x.reshape([3, 2]).sort(1).sum_axis(1)),
    ("triangular systems", |x| {
        let a = x.reshape([2, 3]).slice_axis(1, ..2) + Tensor::eye::<f64>(2) * 3.0;
        linalg::solve(&a, &x.index(4..))
    }),
    ("loop", |x| {
        let body = |c: Tensor, x: Tensor| (&c * 0.5 + x, c);
        scan(body).call((x.row(0), x.index(1..))).1
    }),
    ("reverse loop", |x| {
        let body = |c: Tensor, x: Tensor| (&c + x.sin(), c * 2.0);
        scan(body).reverse().call((x.row(0), x.index(1..))).1
    }),
    ("places from counters", |x| {
        let body = {
            let x = x.clone();
            move |i: Tensor, y: Tensor| {
                let (i, j) = (i.expand_dims(0), (5 - i).expand_dims(0));
                y.at_add(&i, x.take(j, 0) * y.take(&i, 0))
            }
        };
        fori_loop(0..3, body).call(x.clone())
    }),
    ("choice", |x| {
        let yes = Tensor::scalar(2).gt(1);
        cond(&yes, |x: Tensor| x.flip(0), |x: Tensor| x * 2.0, x)
    }),
    ("checkpoint", |x| checkpoint(|x: Tensor| x.sin().flip(0).cos()).call(x)),
    ("custom", |x| {
        let rule = |(x,): (Tensor,), (t,): (Tensor,)| (x.powi(2), x * t * 2.0);
        custom_jvp(|x: Tensor| x.powi(2), rule).call(x)
    }),
    // A rule that says more than the function, and one that says less; straight through a rounding.
    ("straight through", |x| {
        let rule = |(x,): (Tensor,), (t,): (Tensor,)| (x.floor(), t);
        custom_jvp(|x: Tensor| x.floor(), rule).call(x)
    }),
    ("mirrored", |x| {
        let rule = |(x,): (Tensor,), (t,): (Tensor,)| (x.sin() * x.sum(), x.cos() * t.flip(0));
        custom_jvp(|x: Tensor| x.sin() * x.sum(), rule).call(x)
    }),
    ("reverse rule", |x| {
        let forward = |x: Tensor| (x.index(1..) * 2.0, ());
        let backward = |(): (), ct: Tensor| (ct.flip(0).pad(&[(0, 1)], 0.0),);
        custom_vjp(forward, backward).call(x)
    }),
    ("unsigned places", |x| {
        // −1 is the largest number there is.
        let i = Tensor::arange(0u32..6) - 1u32;
        i.lt(3u32).where_(&x * 2.0, 0.0)
    }),
    ("rounded masks", |x| {
        // In f32 a tenth three times is not three tenths; both sides must see the same.
        let tenth = Tensor::full([6], 0.1f32);
        let same = (&tenth + &tenth + &tenth).eq(Tensor::full([6], 0.3f32));
        same.where_(&x, x.flip(0))
    }),
];

#[test]
fn patterns_are_where_jacobians_are_not_zero() {
    let x = values(6);
    for (name, f) in EXACT {
        let pattern = sparse_jacobian(f).pattern(x.clone()).unwrap();
        let [rows, columns] = pattern.shape();
        let jacobian = jit(jacobian(f)).call(x.clone()).unwrap();
        let jacobian = dense(&jacobian, rows, columns);
        let found: Vec<(usize, usize)> = pattern.elements().collect();
        match *name {
            // The largest is one of the three, and the smaller of two one of two; what is rounded or
            // wraps around is not known.
            "maxima" | "windows" | "sorted parts" | "rounded masks" | "unsigned places" => {
                assert!(places(&jacobian).iter().all(|p| found.contains(p)), "{name}");
                assert!(found.len() < rows * columns, "{name}");
            }
            _ => assert_eq!(found, places(&jacobian), "{name}"),
        }
        for coloring in [None, Some(Coloring::Columns), Some(Coloring::Rows)] {
            let sparse = sparse_jacobian(f);
            let sparse = coloring.into_iter().fold(sparse, Sparse::coloring);
            let prepared = sparse.prepare(x.clone()).unwrap();
            let matrix = prepared.call(x.clone()).unwrap();
            assert!(close(&matrix.to_dense().unwrap(), &jacobian), "{name} {coloring:?}");
            let worst = prepared.verify(x.clone(), 4).unwrap();
            assert!(worst < 1e-12, "{name} {coloring:?}: {worst}");
        }
    }
}

#[test]
fn patterns_are_never_too_small() {
    // Loops whose end is not known, choices and places by values.
    let cases: &[Case] = &[
        ("while", |x| {
            let far = |x: Tensor| x.row(0).lt(10.0);
            while_loop(far, |x: Tensor| x.roll(1, 0) * 1.5 + &x).call(x)
        }),
        ("cond", |x| {
            let yes = x.sum().gt(100.0);
            cond(&yes, |x: Tensor| x.flip(0), |x: Tensor| x * 2.0, x)
        }),
        ("argsort", |x| x.take(x.argsort(0), 0)),
        ("argmax", |x| x.take(x.argmax().expand_dims(0), 0)),
        ("scatter", |x| x.at_set(x.argmax().expand_dims(0), x.index(..1))),
        ("fft", |x| cotangent::fft::rfft(&x, -1).abs()),
        ("cholesky", |x| linalg::cholesky(&(x.outer(&x) + Tensor::eye::<f64>(6)))),
    ];
    let x = values(6);
    for (name, f) in cases {
        let prepared = sparse_jacobian(f).prepare(x.clone()).unwrap();
        let [rows, columns] = prepared.plan().pattern().shape();
        let jacobian = jit(cotangent::jacfwd(f)).call(x.clone()).unwrap();
        let found = prepared.call(x.clone()).unwrap().to_dense().unwrap();
        assert!(close(&found, &dense(&jacobian, rows, columns)), "{name}");
    }
}

#[test]
fn hessians_agree_with_dense_ones_at_all_sizes() {
    for (name, f, sizes) in SCALARS {
        let f = |x: Tensor| f(&x);
        for &n in *sizes {
            let x = values(n);
            let wanted = dense(&jit(hessian(f)).call(x.clone()).unwrap(), n, n);
            for coloring in [Coloring::Star, Coloring::Acyclic, Coloring::Columns] {
                let prepared = sparse_hessian(f).coloring(coloring).prepare(x.clone()).unwrap();
                let found = prepared.call(x.clone()).unwrap();
                let matrix = found.to_dense().unwrap();
                assert!(close(&matrix, &wanted), "{name} {n} {coloring:?}\n{matrix}\n{wanted}");
                let csr = found.to_sprs::<f64>().unwrap();
                assert_eq!(csr.to_dense(), matrix, "{name} {n}");
            }
        }
    }
}

/// The chained function of Rosenbrock.
fn rosenbrock(x: Tensor) -> Tensor {
    let (a, b) = (x.slice_axis(0, ..-1), x.slice_axis(0, 1..));
    (100.0 * (b - &a * &a).powi(2) + (1.0 - a).powi(2)).sum()
}

#[test]
fn few_products_for_long_vectors() {
    let n = 20_000;
    let plan = |f: fn(Tensor) -> Tensor, coloring| {
        let plan = sparse_hessian(f).coloring(coloring).prepare(vec![0.5; n]).unwrap();
        (plan.plan().products(), plan.plan().pattern().nnz(), plan.verify(vec![0.5; n], 3).unwrap())
    };
    let arrow = |x: Tensor| (x.row(0) * &x).powi(2).sum();
    let grid = |x: Tensor| {
        let x = x.reshape([100, 200]);
        let right = x.slice_axis(1, 1..) - x.slice_axis(1, ..-1);
        let down = x.slice_axis(0, 1..) - x.slice_axis(0, ..-1);
        right.cosh().sum() + down.powi(4).sum()
    };
    for (f, coloring, products, nnz) in [
        (rosenbrock as fn(Tensor) -> Tensor, Coloring::Star, 3, 3 * n - 2),
        (rosenbrock, Coloring::Acyclic, 2, 3 * n - 2),
        (rosenbrock, Coloring::Columns, 3, 3 * n - 2),
        (arrow, Coloring::Star, 2, 3 * n - 2),
        (arrow, Coloring::Acyclic, 2, 3 * n - 2),
        (|x: Tensor| x.sin().sum(), Coloring::Star, 1, n),
    ] {
        let (found, elements, worst) = plan(f, coloring);
        assert_eq!((found, elements), (products, nnz), "{coloring:?}");
        assert!(worst < 1e-11, "{worst}");
    }
    let (found, elements, worst) = plan(grid, Coloring::Star);
    assert!(found <= 6 && worst < 1e-11, "{found} {worst}");
    assert_eq!(elements, n + 2 * (99 * 200 + 100 * 199));
    assert!(plan(grid, Coloring::Acyclic).0 <= found);

    // A dense row and a dense column beside a band.
    let rows = |x: Tensor| (x.index(1..) - x.index(..-1).sin(), x.sum(), (&x * &x).sum());
    let prepared = sparse_jacobian(rows).prepare(vec![0.5; n]).unwrap();
    assert_eq!(prepared.plan().products(), 4);
    assert!(prepared.verify(vec![0.5; n], 7).unwrap() < 1e-11);
    let columns = |x: Tensor| x.index(1..) * x.row(0) + x.index(..-1);
    let prepared = sparse_jacobian(columns).prepare(vec![0.5; n]).unwrap();
    assert!(prepared.plan().products() <= 4, "{}", prepared.plan().products());
}

#[test]
fn trees_single_precision_and_data() {
    let f = |(x, y): (Tensor, Tensor), places: Tensor, scale: Tensor| {
        ((x.take(&places, 0) * &y).sin() * scale).sum()
    };
    let point = || (vec![0.5f32, 1.5, 2.5], vec![1.0f32, 0.5]);
    let args = |places: [i32; 2], scale: f32| (point(), places.to_vec(), scale);
    let prepared = sparse_hessian(f).prepare(args([2, 0], 1.0)).unwrap();
    let elements: Vec<_> = prepared.plan().pattern().elements().collect();
    let wanted = [(0, 0), (0, 4), (2, 2), (2, 3), (3, 2), (3, 3), (4, 0), (4, 4)];
    assert_eq!(elements, wanted);
    let h = prepared.call(args([2, 0], 2.0)).unwrap();
    let at = |i, j| h.to_dense::<f32>().unwrap()[[i, j]];
    let second = |x: f32, y: f32| 2.0 * ((x * y).cos() - x * y * (x * y).sin());
    assert!((at(0, 4) - second(0.5, 0.5)).abs() < 1e-5, "{}", at(0, 4));
    assert!((at(3, 2) - second(2.5, 1.0)).abs() < 1e-5, "{}", at(3, 2));
    assert_eq!(at(1, 1), 0.0);
}

fn symmetric() -> impl Strategy<Value = Pattern> {
    (1usize..14).prop_flat_map(|n| {
        proptest::collection::vec((0..n, 0..n), 0..3 * n).prop_map(move |pairs| {
            let both = pairs.into_iter().flat_map(|(i, j)| [(i, j), (j, i)]);
            Pattern::from_elements([n, n], both).unwrap()
        })
    })
}

proptest! {
    // Reading a plan checks that its colours tell all elements apart.
    #[test]
    fn colourings_of_random_patterns_tell_elements_apart(pattern in symmetric()) {
        let mut products = Vec::new();
        for coloring in [Coloring::Star, Coloring::Acyclic, Coloring::Columns, Coloring::Rows] {
            let plan = Plan::new(pattern.clone(), coloring).unwrap();
            let again: Plan = plan.to_string().parse().unwrap();
            prop_assert_eq!(&again, &plan);
            products.push(plan.products());
        }
        prop_assert!(products.iter().all(|&p| p <= pattern.shape()[0]));
    }

    #[test]
    fn patterns_turn_over_and_back(
        elements in proptest::collection::vec((0usize..5, 0usize..9), 0..30)
    ) {
        let pattern = Pattern::from_elements([5, 9], elements.clone()).unwrap();
        let turned = pattern.transpose();
        prop_assert_eq!(turned.shape(), [9, 5]);
        let mut back: Vec<_> = turned.elements().map(|(j, i)| (i, j)).collect();
        back.sort_unstable();
        prop_assert_eq!(back, pattern.elements().collect::<Vec<_>>());
        prop_assert_eq!(turned.transpose(), pattern.clone());
        prop_assert_eq!(pattern.to_string().parse::<Pattern>().unwrap(), pattern);
    }
}

#[test]
fn what_is_refused() {
    let message = |error: Error| error.to_string().lines().next().unwrap_or_default().to_string();
    let f = |x: Tensor| x.powi(3).sum();
    let prepared = sparse_hessian(f).prepare(vec![1.0, 2.0]).unwrap();
    let diagonal = Plan::new(prepared.plan().pattern().clone(), Coloring::Star).unwrap();
    let one_way = Pattern::from_elements([2, 2], [(0, 1)]).unwrap();
    let mixed = |(x, y): (Tensor, Tensor)| x.sum() * y.convert(DType::F64).sum();
    let messages = [
        message(sparse_hessian(|x: Tensor| x.sin()).prepare(vec![1.0, 2.0]).err().unwrap()),
        message(sparse_hessian(f).prepare(vec![1, 2]).err().unwrap()),
        message(prepared.call(vec![1.0]).err().unwrap()),
        message(prepared.call(vec![1.0f32, 2.0]).err().unwrap()),
        message(sparse_hessian(f).plan(diagonal).prepare(vec![1.0; 3]).err().unwrap()),
        message(Plan::new(one_way, Coloring::Star).err().unwrap()),
        message(sparse_hessian(mixed).prepare((vec![1.0], vec![1.0f32])).err().unwrap()),
        message(Pattern::from_elements([2, 2], [(2, 0)]).err().unwrap()),
        message("2 2\n0 1\n0 x\n".parse::<Pattern>().err().unwrap()),
        message("2 2\n0 1\n".parse::<Pattern>().err().unwrap()),
        message("star\n0 0\n\n2 2\n0 1\n0 1\n".parse::<Plan>().err().unwrap()),
        message("star\n0\n\n2 2\n0 1\n0 1\n".parse::<Plan>().err().unwrap()),
        message("stars\n".parse::<Plan>().err().unwrap()),
        message("columns\n0 0\n\n1 2\n0 1\n".parse::<Plan>().err().unwrap()),
    ];
    expect_test::expect![[r#"
        sparse_hessian: shapes [2]: it needs a function that returns a scalar; use jacrev or jacfwd, or sum
        sparse_hessian: dtypes i32: the argument must be floating-point to be differentiated; use `convert`
        sparse_hessian: it was prepared for f64[2], not for f64[1]
        sparse_hessian: it was prepared for f64[2], not for f32[2]
        sparse_hessian: the plan is for a matrix of shape [2, 2], and this one has [3, 3]
        Plan: the colouring `star` is for symmetric patterns
        sparse: dtypes f64 and f32: all tensors of the argument and of the result must have one dtype
        Pattern: element (2, 0) lies outside of a matrix of 2 × 2
        Pattern: line 3 of the text holds something else than numbers
        Pattern: line 3 of the text is missing
        Plan: two elements fall together
        Plan: the colours do not go with the pattern
        Plan: the text names no colouring
        Plan: two elements fall together"#]].assert_eq(&messages.join("\n"));

    // A plan of another function is found out.
    let wrong = sparse_hessian(f).prepare(vec![1.0, 2.0]).unwrap().plan().clone();
    let other = sparse_hessian(|x: Tensor| x.prod()).plan(wrong).prepare(vec![1.0, 2.0]).unwrap();
    let error = other.verify(vec![1.0, 2.0], 2).unwrap_err().to_string();
    assert!(error.contains("element (0, 1) is 1, and the pattern has none there"), "{error}");
}

#[test]
fn arrays_without_elements() {
    let empty = sparse_jacobian(|x: Tensor| x.sin()).prepare(Vec::<f64>::new()).unwrap();
    assert_eq!(empty.plan().pattern().shape(), [0, 0]);
    assert_eq!(empty.call(Vec::<f64>::new()).unwrap().values().shape()[..], [0]);
    let constant = sparse_hessian(|x: Tensor| x.sum()).prepare(array(&[3], 0.1)).unwrap();
    assert_eq!(constant.plan().pattern().nnz(), 0);
    assert_eq!(constant.call(array(&[3], 0.1)).unwrap().to_dense::<f64>().unwrap().sum(), 0.0);
}
