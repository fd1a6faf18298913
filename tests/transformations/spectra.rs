//! Eigenvalues, traces and diagonals by products, against the matrices themselves.

use cotangent::{Array, Tensor, hessian, hessian_operator, jit, linalg, random, spectra};

const N: usize = 24;

/// A symmetric matrix whose eigenvalues fall quickly.
fn matrix() -> Tensor {
    let i = Tensor::arange(0.0..N as f64);
    let (q, _) = linalg::qr(&(i.outer(&i) * 0.7 + i.expand_dims(1).powi(2)).sin());
    let values = 20.0 * (-0.4 * &i).exp() - 0.5;
    (&q * values.expand_dims(0)).matmul(q.t())
}

fn near(found: &Array, wanted: &Array, tolerance: f64) -> bool {
    let (found, wanted) = (found.to_vec::<f64>().unwrap(), wanted.to_vec::<f64>().unwrap());
    let scale = wanted.iter().fold(1e-300f64, |m, w| m.max(w.abs()));
    found.len() == wanted.len()
        && found.iter().zip(&wanted).all(|(f, w)| (f - w).abs() <= tolerance * scale)
}

#[test]
fn tridiagonal_matrices_are_the_matrix_in_another_basis() {
    for steps in [1, 2, 5, N] {
        let f = jit(move |start: Tensor| {
            let a = matrix();
            let t = spectra::lanczos(|x: Tensor| a.matmul(x), &start, steps);
            let projected = t.basis.matmul(&a).matmul(t.basis.t());
            let whole = t.diagonal.diag() + t.beside.diag_offset(1) + t.beside.diag_offset(-1);
            (projected, whole, t.basis.matmul(t.basis.t()), Tensor::eye::<f64>(steps))
        });
        let start: Vec<f64> = (0..N).map(|i| 1.0 + (i as f64 * 0.37).sin()).collect();
        let (projected, whole, gram, eye) = f.call(start).unwrap();
        assert!(near(&whole, &projected, 1e-12), "{steps}\n{whole}\n{projected}");
        assert!(near(&gram, &eye, 1e-12), "{steps}");
    }
    // A start in a small invariant subspace: the rest is found all the same.
    let d = || Tensor::arange(1.0..7.0);
    let f = jit(move |start: Tensor| spectra::top_eigenvalues(|x: Tensor| d() * x, &start, 6, 6).0);
    let found = f.call(vec![0.0, 1.0, 0.0, 0.0, 0.0, 0.0]).unwrap();
    assert!(near(&found, &Array::from([6.0, 5.0, 4.0, 3.0, 2.0, 1.0]), 1e-10), "{found}");
}

#[test]
fn largest_eigenvalues_of_a_hessian() {
    let f = |x: Tensor| {
        let z = matrix().matmul(&x);
        (z.tanh().powi(2) + 0.1 * x.powi(4)).sum()
    };
    let top = jit(move |x: Tensor| {
        let h = hessian_operator(f, x.clone());
        let (values, vectors) = spectra::top_eigenvalues(|v: Tensor| h.call(v), &x.cos(), 10, N);
        let (all, _) = linalg::eigh(&hessian(f).call(x));
        let all = all.slice_axis(0, N - 10..).flip(0);
        let residual = vectors.clone() * values.expand_dims(1);
        let images = cotangent::vmap(move |v: Tensor| h.call(v)).call(vectors);
        (values, all, (images - residual).abs().max())
    });
    let x: Vec<f64> = (0..N).map(|i| 0.02 * i as f64).collect();
    let (values, all, residual) = top.call(x).unwrap();
    assert!(near(&values, &all, 1e-9), "{values}\n{all}");
    assert!(residual.item::<f64>().unwrap() < 1e-8, "{residual}");
}

#[test]
fn densities_traces_and_diagonals() {
    let f = jit(|key: Tensor| {
        let a = matrix();
        let product = |x: Tensor| a.matmul(x);
        let (places, weights) = spectra::spectral_density::<f64, _>(product, &key, N, 400, 8);
        let shifted = (places + 1.0).log() * weights;
        let (_, log_det) = linalg::slogdet(&(&a + Tensor::eye::<f64>(N)));
        let trace = a.trace();
        [
            shifted.sum() * N as f64 / log_det - 1.0,
            spectra::hutchinson(product, &key, N, 4000) / &trace - 1.0,
            spectra::hutch_pp::<f64, _>(product, &key, N, 60) / &trace - 1.0,
            (spectra::xdiag::<f64, _>(product, &key, N, 24) - a.diag()).norm() / a.diag().norm(),
        ]
    });
    let limits = [0.2, 0.3, 0.02, 0.1];
    for (error, limit) in f.call([0u32, 5]).unwrap().iter().zip(limits) {
        assert!(error.item::<f64>().unwrap().abs() < limit, "{error} of {limit}");
    }
}

/// The short form against the definition: the mean over all vectors of what the others' range gives, and
/// of what is left of its own product.
#[test]
fn diagonals_leave_each_vector_out_once() {
    let half = 5;
    let f = jit(move |key: Tensor| {
        let a = matrix();
        let found = spectra::xdiag::<f64, _>(|x: Tensor| a.matmul(x), &key, N, 2 * half);
        let signs = random::rademacher::<f64>(&key, [half, N]);
        let mut sum = found.zeros_like();
        for i in 0..half {
            let others = Tensor::concat([signs.index(..i), signs.index(i + 1..)], 0);
            let (q, _) = linalg::qr(&a.matmul(others.t()));
            let projected = q.matmul(q.t()).matmul(&a);
            let w = signs.index(i);
            sum = sum + projected.diag() + &w * (a.matmul(&w) - projected.matmul(&w));
        }
        (found, sum / half as f64)
    });
    let (found, wanted) = f.call([0u32, 11]).unwrap();
    assert!(near(&found, &wanted, 1e-9), "{found}\n{wanted}");
}

#[test]
fn what_spectra_refuse() {
    let message = |error: cotangent::Error| {
        assert_eq!(error.source_location().unwrap().file(), file!(), "{error}");
        error.kind().to_string()
    };
    let identity = |x: Tensor| x;
    let f = |steps: usize| jit(move |x: Tensor| spectra::lanczos(identity, &x, steps).diagonal);
    let sum = jit(|x: Tensor| spectra::lanczos(|x: Tensor| x.sum(), &x, 1).diagonal);
    let pair = jit(move |x: Tensor| spectra::top_eigenvalues(identity, &x, 3, 2).0);
    let trace = jit(move |key: Tensor| spectra::hutch_pp::<f64, _>(identity, &key, 5, 2));
    let diagonal = jit(move |key: Tensor| spectra::xdiag::<f64, _>(identity, &key, 5, 3));
    let messages = [
        message(f(1).call([[1.0], [2.0]]).unwrap_err()),
        message(f(1).call(vec![1, 2]).unwrap_err()),
        message(f(3).call(vec![1.0, 2.0]).unwrap_err()),
        message(sum.call(vec![1.0, 2.0]).unwrap_err()),
        message(pair.call(vec![1.0, 2.0]).unwrap_err()),
        message(trace.call([0u32, 1]).unwrap_err()),
        message(diagonal.call([0u32, 1]).unwrap_err()),
    ];
    expect_test::expect![[r#"
        lanczos: shapes [2,1]: it takes vectors; see `ravel`
        lanczos: dtypes i32: it is for real numbers
        lanczos: 3 steps with vectors of 2 elements: from 1 to 2 will do
        lanczos: the product with a vector f64[2] is f64[]
        top_eigenvalues: 3 eigenvalues by 2 steps: it needs as many steps, better more
        hutch_pp: 2 products: it needs three or more
        xdiag: 3 products with vectors of 5 elements: it needs four or more"#]]
    .assert_eq(&messages.join("\n"));
}
