//! Linear systems that are given by their products.

use crate::support::claims::{Claims, prove};
use crate::support::values::array;
use cotangent::{
    Array, DType, Error, Function, HessianMode, Operator, Tensor, Tree, custom_linear_solve, grad,
    hessian, jacfwd, jacrev, jit, linalg, root, solvers, vmap,
};

/// `a` and its transpose times 2 plus a diagonal: `symmetric`, or not.
fn matrix(a: &Tensor, symmetric: bool) -> Tensor {
    let eye = Tensor::eye::<f64>(a.shape()[0]) * 9.0;
    if symmetric { a + a.t() + eye } else { a + eye }
}

/// The solution by a dense solver, of systems that programs describe.
fn described(m: Tensor, b: Tensor) -> Tensor {
    let (forward, back) = (m.stop_gradient(), m.stop_gradient().t());
    custom_linear_solve(
        move |x: Tensor| m.matmul(x),
        move |_: &Operator<'_, Tensor>, b: Tensor| linalg::solve(&forward, &b),
    )
    .transpose_solver(move |_: &Operator<'_, Tensor>, b: Tensor| linalg::solve(&back, &b))
    .call(b)
}

#[test]
fn derivatives_of_described_systems_are_those_of_dense_ones() {
    prove([array(&[3, 3], -0.8), array(&[3], 0.7)], |c: &Claims, [a, b]| {
        let both = || (a.clone(), b.clone());
        let dense = |a: Tensor, b: Tensor| linalg::solve(&matrix(&a, false), &b);
        let ours = |a: Tensor, b: Tensor| described(matrix(&a, false), b);
        let tight = |a: Tensor, b: Tensor| {
            let m = matrix(&a, true);
            solvers::cg(move |x: Tensor| m.matmul(x)).tolerance(1e-15).call(b)
        };
        let symmetric = |a: Tensor, b: Tensor| linalg::solve(&matrix(&a, true), &b);
        c.agree(ours(a.clone(), b.clone()), dense(a.clone(), b.clone()));
        for (ours, dense) in [
            (&ours as &dyn Fn(Tensor, Tensor) -> Tensor, &dense as &dyn Fn(_, _) -> _),
            (&tight, &symmetric),
        ] {
            c.agree(
                jacfwd(ours).argnums([0, 1]).call(both()),
                jacfwd(dense).argnums([0, 1]).call(both()),
            );
            c.agree(
                jacrev(ours).argnums([0, 1]).call(both()),
                jacrev(dense).argnums([0, 1]).call(both()),
            );
            let cubes = |a: Tensor, b: Tensor| ours(a, b).powi(3).sum();
            let wanted = |a: Tensor, b: Tensor| dense(a, b).powi(3).sum();
            let wanted = hessian(wanted).argnums([0, 1]).call(both());
            for mode in HessianMode::ALL {
                let found = hessian(cubes).mode(mode).argnums([0, 1]).call(both());
                c.agree_within(1e-11, mode.name(), found, wanted.clone());
            }
        }
        // Examples of right-hand sides, of matrices, and of both.
        let rows = Tensor::stack([&b, &(&b * 2.0)], 0);
        let matrices = Tensor::stack([&a, &a.t()], 2);
        for (axes, args) in [
            ([None, Some(0)], (a.clone(), rows.clone())),
            ([Some(2), None], (matrices.clone(), b.clone())),
            ([Some(2), Some(0)], (matrices, rows)),
        ] {
            let grads = |f: fn(Tensor, Tensor) -> Tensor| {
                let cubes = move |a: Tensor, b: Tensor| f(a, b).powi(3).sum();
                vmap(grad(cubes).argnums([0, 1])).in_axes(axes).call(args.clone())
            };
            c.agree(
                grads(|a, b| described(matrix(&a, false), b)),
                grads(|a, b| linalg::solve(&matrix(&a, false), &b)),
            );
        }
    });
}

/// A symmetric matrix with eigenvalues between 1 and 8, or of both signs.
fn system(n: usize, definite: bool) -> Tensor {
    let x = Tensor::arange(0.0..n as f64);
    let u = (&x * 1.7).sin().expand_dims(1);
    let signs = if definite { &x * 0.0 + 1.0 } else { 1.0 - 2.0 * (&x - 2.0 * (&x / 2.0).floor()) };
    Tensor::diag(&(signs * (1.0 + &x * (6.0 / n.max(1) as f64)))) + u.matmul(u.t()) * 0.3
}

#[test]
fn methods_of_krylov_find_solutions_at_all_sizes() {
    for n in [0, 1, 2, 3, 7, 40] {
        let f = jit(move |b: Tensor| {
            let solve = |definite, b: Tensor| linalg::solve(&system(n, definite), &b);
            let cg = solvers::cg(|x: Tensor| system(n, true).matmul(x)).call(b.clone());
            let minres = |definite| {
                solvers::minres(move |x: Tensor| system(n, definite).matmul(x)).call(b.clone())
            };
            [
                (cg - solve(true, b.clone())).norm(),
                (minres(true) - solve(true, b.clone())).norm(),
                (minres(false) - solve(false, b.clone())).norm(),
            ]
        });
        for error in f.call(array(&[n], -0.4)).unwrap() {
            let error = error.item::<f64>().unwrap();
            assert!(error < 1e-9, "{n}: {error}");
        }
    }
}

#[test]
fn trees_preconditioners_batches_and_single_precision() {
    // Two coupled vectors, in f32.
    let coupled = |(x, y): (Tensor, Tensor)| {
        let both = &x.sum() + &y.sum();
        (x * 3.0 + &both, y * 5.0 + both)
    };
    let f = jit(move |x: Tensor, y: Tensor| {
        let b = coupled((x.clone(), y.clone()));
        let scaled = |(x, y): (Tensor, Tensor)| (x / 3.0, y / 5.0);
        let plain = solvers::cg(coupled).call(b.clone());
        let with = solvers::cg(coupled).preconditioner(scaled).max_steps(3).call(b.clone());
        let minres = solvers::minres(coupled).preconditioner(scaled).max_steps(3).call(b);
        [plain, with, minres].map(|(a, b)| (a - &x).abs().max() + (b - &y).abs().max())
    });
    for error in f.call((vec![1.0f32, -2.0, 0.5], [[0.25f32], [4.0]])).unwrap() {
        assert!(error.item::<f32>().unwrap() < 1e-4, "{error}");
    }
    // Every example ends when it is done, and zeros at once.
    let rows = jit(vmap(|d: Tensor, b: Tensor| {
        let d2 = d.clone();
        [
            solvers::cg(move |x: Tensor| &d * x).call(b.clone()),
            solvers::minres(move |x: Tensor| &d2 * x).call(b),
        ]
    }));
    let d = Array::from([[1.0, 2.0, 3.0], [4.0, 4.0, 4.0], [1.0, 1e3, 1e6]]);
    let b = Array::from([[1.0, 4.0, 9.0], [0.0, 0.0, 0.0], [1.0, 1e3, 1e6]]);
    for x in rows.call((d, b)).unwrap() {
        let x = x.to_vec::<f64>().unwrap();
        let wanted = [1.0, 2.0, 3.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0];
        assert!(x.iter().zip(wanted).all(|(x, w)| (x - w).abs() < 1e-3), "{x:?}");
    }
}

#[test]
fn singular_systems_get_the_least_squares() {
    // A graph's Laplacian and a right-hand side with a part that no solution reaches.
    let f = jit(|b: Tensor| {
        let matvec = |x: Tensor| 3.0 * &x - x.sum();
        let x = solvers::minres(matvec).call(b.clone());
        (matvec(x.clone()) - (&b - b.mean()), x)
    });
    let (residual, x) = f.call(vec![1.0, 2.0, 6.0]).unwrap();
    assert!(residual.to_vec::<f64>().unwrap().iter().all(|r| r.abs() < 1e-12), "{residual}");
    assert!(x.to_vec::<f64>().unwrap().iter().all(|x| x.abs() < 10.0), "{x}");
}

#[test]
fn systems_that_do_not_fit() {
    fn message(f: impl Function<(Tensor,), Out: Tree>) -> String {
        let error: Error = jit(f).call(vec![1.0, 2.0]).map(|_| ()).unwrap_err();
        assert_eq!(error.source_location().unwrap().file(), file!(), "{error}");
        error.kind().to_string()
    }
    let identity = |_: &Operator<'_, Tensor>, b: Tensor| b;
    let messages = [
        message(move |b: Tensor| custom_linear_solve(|x: Tensor| x.sum(), identity).call(b)),
        message(|b: Tensor| {
            let sum = |_: &Operator<'_, Tensor>, b: Tensor| b.sum();
            custom_linear_solve(|x: Tensor| x, sum).call(b)
        }),
        message(move |b: Tensor| {
            custom_linear_solve(|x: Tensor| x, identity).call(b.convert(DType::I32))
        }),
        message(grad(move |b: Tensor| custom_linear_solve(|x: Tensor| x, identity).call(b).sum())),
        message(grad(move |b: Tensor| {
            let solve = custom_linear_solve(|x: Tensor| x.powi(2), identity);
            solve.transpose_solver(identity).call(b).sum()
        })),
        message(|b: Tensor| {
            let mixed = (b.clone(), b.convert(DType::F32));
            solvers::cg(|x: (Tensor, Tensor)| x).call(mixed).0
        }),
        message(|b: Tensor| {
            let equation = |x: Tensor, a: Tensor| x.powi(3) - a;
            let wrong = |_: &Operator<'_, Tensor>, b: Tensor| b.sum();
            root(equation).linear_solver(wrong).call((b.clone(), b))
        }),
    ];
    expect_test::expect![[r#"
        custom_linear_solve: the product is f64[] instead of f64[2]
        custom_linear_solve: the solution is f64[] instead of f64[2]
        custom_linear_solve: dtypes i32: the right-hand side must be floating-point; use `convert`
        custom_linear_solve: reverse mode needs a way to solve the transposed system: say `symmetric`, or give `transpose_solver`
        linear_transpose: the function must be linear, but integer_pow is not linear and has no transpose
        cg: dtypes f64 and f32: all of a vector must have one dtype; use `convert`
        custom_linear_solve: the solution is f64[] instead of f64[2]"#]].assert_eq(&messages.join("\n"));
}
