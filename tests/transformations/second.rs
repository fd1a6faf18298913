//! What is made of second derivatives, against the Hessian.

use crate::compositions::SCALARS;
use crate::support::claims::{Claims, prove};
use crate::support::values::{array, values};
use cotangent::{
    Array, Function, HessianMode, HvpMode, Tensor, Tree, Triangle, cond, fisher, gauss_newton,
    grad, hessian, hessian_blocks, hessian_diag, hessian_operator, hvp, jacfwd, jacrev, jit,
    laplacian, scan, value_and_grad, value_grad_hessian, vmap, while_loop,
};

/// All answers about a scalar function at a vector.
fn check(c: &Claims, name: &str, f: impl Function<(Tensor,), Out = Tensor> + Clone, x: &Tensor) {
    let agree = |found: Tensor, wanted: &Tensor| c.agree_within(1e-11, name, found, wanted.clone());
    let at = || x.clone();
    let h = hessian(f.clone()).mode(HessianMode::FwdRev).call(at());
    let (diagonal, trace) = (h.diagonal(0), h.trace());
    let diag = hessian_diag(f.clone());
    agree(diag.clone().call(at()), &diagonal);
    agree(diag.clone().along().call(at()), &diagonal);
    agree(diag.clone().along().chunk(2).call(at()), &diagonal);
    agree(diag.mode(HessianMode::RevRev).chunk(2).call(at()), &diagonal);
    let sum = laplacian(f.clone());
    agree(sum.clone().call(at()), &trace);
    agree(sum.clone().forward().call(at()), &trace);
    agree(sum.clone().forward().chunk(2).call(at()), &trace);
    agree(sum.mode(HessianMode::FwdFwd).call(at()), &trace);
    for mode in [None, Some(HessianMode::RevRev), Some(HessianMode::FwdFwd)] {
        let whole = value_grad_hessian(f.clone());
        let whole = mode.iter().fold(whole, |whole, mode| whole.mode(*mode));
        let (value, gradient, second) = whole.call(at());
        agree(value, &f.apply((at(),)));
        agree(gradient, &grad(f.clone()).call(at()));
        agree(second, &h);
    }
    let operator = hessian_operator(f.clone(), at());
    agree(operator.gradient().clone(), &grad(f.clone()).call(at()));
    agree(operator.call(x.cos()), &h.matmul(x.cos()));
}

#[test]
fn answers_agree_with_hessians_at_all_sizes() {
    for (name, f, sizes) in SCALARS {
        for &n in *sizes {
            prove([values(n)], |c: &Claims, [x]| check(c, name, |x: Tensor| f(&x), &x));
        }
    }
}

#[test]
fn answers_go_through_loops_and_choices() {
    let steps = |x: Tensor| {
        let body = |c: Tensor, a: Tensor| ((&c * a).sin() + &c * &c, c);
        let (last, all) = scan(body).call((x.clone(), Tensor::from_array([0.5, 1.5, 0.7])));
        (last * x).sum() + all.powi(3).sum()
    };
    let newton = |x: Tensor| {
        let a = x.clone();
        let goes_on = |(k, _): (Tensor, Tensor)| k.lt(4);
        let step = move |(k, y): (Tensor, Tensor)| (k + 1, (&y + &a / &y) * 0.5);
        while_loop(goes_on, step).bound(5).call((Tensor::scalar(0), x.ones_like())).1.sum()
    };
    let chosen = |x: Tensor| {
        let large = x.sum().gt(1.0);
        cond(&large, |x: Tensor| x.powi(3).sum(), |x: Tensor| x.exp().prod(), x)
    };
    prove([values(3)], |c: &Claims, [x]| {
        check(c, "scan", steps, &x);
        check(c, "while", newton, &x);
        check(c, "cond", chosen, &x);
        check(c, "cond", chosen, &(x * 0.1));
    });
}

#[test]
fn of_trees_batches_and_many_results() {
    prove([array(&[2, 3], 0.2), array(&[3], 0.4)], |c: &Claims, [a, b]| {
        let f = |(a, b): (Tensor, Tensor)| (a.matmul(&b).tanh() * b.sum(), (a * b).sin().sum());
        let ((h00, h01), (h10, h11)) = hessian(f).call((a.clone(), b.clone())).0;
        drop((h01, h10));
        let by_a = h00.reshape([2, 6, 6]);
        let flat = |h: Tensor| vmap(|h: Tensor| h.diagonal(0)).call(h);
        let (first, _) = hessian_diag(f).call((a.clone(), b.clone()));
        c.agree(first.0.clone(), flat(by_a.clone()).reshape([2, 2, 3]));
        c.agree(first.1.clone(), flat(h11.clone()));
        let sums = flat(by_a).sum_axis(1) + flat(h11).sum_axis(1);
        c.agree(laplacian(f).call((a.clone(), b.clone())).0, sums.clone());
        c.agree(laplacian(f).forward().call((a.clone(), b.clone())).0, sums);

        // Of each row, and of a sum of Laplacians, which nests.
        let of_row = |x: Tensor| x.powi(4).sum() * x.prod();
        let rows = vmap(laplacian(of_row).forward()).call(a.clone());
        let wanted = vmap(move |x: Tensor| hessian(of_row).call(x).trace()).call(a.clone());
        c.agree(rows, wanted);
        let twice = laplacian(laplacian(of_row).forward()).forward().call(b.clone());
        let wanted = move |x: Tensor| hessian(of_row).call(x).trace();
        c.agree(twice, hessian(wanted).call(b.clone()).trace());
        c.agree(grad(laplacian(of_row).forward()).call(b.clone()), grad(wanted).call(b.clone()));

        // Other results beside, and of other arguments than the first.
        let with = |x: Tensor, y: Tensor| ((x * y.powi(3)).sum(), y);
        let (d, aux) = hessian_diag(with).argnums(1).has_aux().call((b.clone(), &b * 2.0));
        c.agree(d, &b * &b * 12.0);
        c.agree(aux, &b * 2.0);
        let (value, [dx, dy], [[xx, xy], [yx, yy]]) =
            value_grad_hessian(|x: Tensor, y: Tensor| (x.powi(2) * y.sum()).sum())
                .argnums([0, 1])
                .call((b.clone(), b.clone()));
        let both = |x: Tensor, y: Tensor| (x.powi(2) * y.sum()).sum();
        let wanted = value_and_grad(both).argnums([0, 1]).call((b.clone(), b.clone()));
        c.agree((value, [dx, dy]), wanted);
        let wanted = hessian(both).argnums([0, 1]).call((b.clone(), b.clone()));
        c.agree([[xx, xy.clone()], [yx.clone(), yy]], wanted);
        let blocks = hessian_blocks(both, [(1, 0), (0, 1)]);
        c.agree(blocks.call((b.clone(), b.clone())), [yx.clone(), xy.clone()]);
        let blocks = hessian_blocks(both, [(1, 0), (0, 1)]).mode(HessianMode::RevFwd).chunk(2);
        c.agree(blocks.call((b.clone(), b.clone())), [yx, xy]);
    });
}

#[test]
fn matrices_of_gauss_and_newton_and_of_fisher() {
    prove([array(&[5, 3], -0.4), array(&[3], 0.3)], |c: &Claims, [a, p]| {
        let model = {
            let a = a.clone();
            move |p: Tensor| (a.matmul(&p).tanh(), p.exp())
        };
        let loss = |(y, z): (Tensor, Tensor)| (y.powi(4).sum() + z.sum().powi(2)) * z.sum();
        let matrix = {
            let model = model.clone();
            move |p: Tensor| {
                let (jy, jz) = jacfwd(model.clone()).call(p.clone());
                let j = Tensor::concat([jy, jz], 0);
                let joined = |y: Tensor| loss((y.index(..5), y.index(5..)));
                let (y, z) = model(p);
                let h = hessian(joined).call(Tensor::concat([y, z], 0));
                j.t().matmul(h).matmul(j)
            }
        };
        let g = gauss_newton(model.clone(), loss, p.clone());
        let composed = {
            let model = model.clone();
            move |p: Tensor| loss(model(p))
        };
        let (value, slope) = value_and_grad(composed).call(p.clone());
        c.agree(g.value().clone(), value);
        c.agree(g.gradient().clone(), slope);
        c.agree(vmap(move |v: Tensor| g.call(v)).call(Tensor::eye::<f64>(3)), matrix(p.clone()));

        let densities = move |p: Tensor| (a.matmul(&p).sin() - 1.0) * p.sum();
        let j = jacrev(densities.clone()).call(p.clone());
        let information = fisher(densities, p.clone());
        let columns = vmap(move |v: Tensor| information.call(v)).call(Tensor::eye::<f64>(3));
        c.agree(columns, j.t().matmul(j));
    });
}

/// What the final program has of an operation.
fn count(f: impl Function<(Tensor,), Out: Tree>, x: Array, operation: &str) -> usize {
    let passes = jit(f).passes(x).unwrap();
    let last = &passes.last().unwrap().1;
    last.eqns.iter().filter(|e| e.prim.name() == operation).count()
}

#[test]
fn the_function_is_evaluated_once() {
    let f = |x: Tensor| x.outer(&x).tanh().sum();
    for mode in HessianMode::ALL {
        let whole = value_grad_hessian(f).mode(mode);
        assert_eq!(count(whole, array(&[5], 0.1), "tanh"), 1, "{}", mode.name());
    }
    // As many loops as the Hessian alone has.
    let looped = |x: Tensor| {
        let body = |c: Tensor, ()| (c.sin() * 1.5, ());
        let (last, ()) = scan(body).length(30).call((x, ()));
        last.sum()
    };
    let parts = hessian(looped).mode(HessianMode::FwdRev);
    let whole = value_grad_hessian(looped).mode(HessianMode::FwdRev);
    let loops = count(whole, array(&[5], 0.1), "scan");
    assert!(loops > 0);
    assert_eq!(loops, count(parts, array(&[5], 0.1), "scan"));
    // An operator has its residuals, whatever it is applied to.
    let twice = |x: Tensor| {
        let h = hessian_operator(|x: Tensor| x.outer(&x).tanh().sum(), x.clone());
        (h.call(x.clone()), h.call(x.sin()), h.value().clone())
    };
    assert_eq!(count(twice, array(&[5], 0.1), "tanh"), 1);
}

#[test]
fn triangles_hold_half_of_a_hessian() {
    for n in [0, 1, 2, 3, 7, 64] {
        prove([values(n)], |c: &Claims, [x]| {
            let f =
                |x: Tensor| ((&x * x.sum()).sin().sum(), &x.cumsum(0).prod().expand_dims(0) * 2.0);
            let (one, many) = hessian(f).call(x.clone());
            let lower = hessian(f).triangle(Triangle::Lower).call(x.clone());
            c.agree(lower.clone(), (one.tril(0), many.tril(0)));
            let packed = hessian(f).triangle(Triangle::Packed);
            let packed = packed.mode(HessianMode::RevRev).call(x.clone());
            let rows = |h: Tensor| {
                let row = |i: usize| h.index((i as isize, ..i + 1));
                Tensor::concat((0..n).map(row).chain([h.reshape([n * n]).index(..0)]), 0)
            };
            c.agree(packed.0, rows(one));
            c.agree(packed.1, rows(many.index(0)).expand_dims(0));
        });
    }
    let pair = |(x, y): (Tensor, Tensor)| (x * y).sum();
    let f = jit(move |x: Tensor| hessian(pair).triangle(Triangle::Lower).call((x.clone(), x)));
    let error = f.call(vec![1.0]).unwrap_err().to_string();
    assert!(error.starts_with("hessian: a triangle is that of one tensor"), "{error}");
}

#[test]
fn without_a_hessian_in_memory() {
    // 4000 × 4000 numbers would be 128 MB.
    let f = |x: Tensor| (x.sin().cumsum(0).cos() * &x).sum();
    let x = || Array::from_vec([4000], vec![0.5; 4000]).unwrap();
    for candidate in [
        hessian_diag(f).along().chunk(16).explain(x()).unwrap(),
        laplacian(f).forward().chunk(16).explain(x()).unwrap(),
    ] {
        let peak = candidate.candidates[candidate.choice].cost.peak;
        assert!(peak < 4e6, "{candidate}");
    }
    let within = hessian_diag(f).budget(4_000_000).explain(x()).unwrap();
    assert_eq!(within.candidates[within.choice].name, "along", "{within}");
    let along = jit(hessian_diag(f).along().chunk(16)).call(x()).unwrap();
    let products = jit(move |x: Tensor| {
        let probe = Tensor::arange(0.0..4000.0).eq(7.0).convert(cotangent::DType::F64);
        hvp(f).mode(HvpMode::RevRev).call((x, probe)).row(7)
    });
    let seventh = products.call(x()).unwrap().item::<f64>().unwrap();
    let error = (along.to_vec::<f64>().unwrap()[7] - seventh).abs();
    assert!(error < 1e-9 * seventh.abs(), "{error}");
}

#[test]
fn what_cannot_be_answered() {
    let message = |error: cotangent::Result<Array>| {
        let error = error.unwrap_err();
        assert_eq!(error.source_location().unwrap().file(), file!(), "{error}");
        error.kind().to_string()
    };
    let whole = jit(|x: Tensor| value_grad_hessian(|x: Tensor| x.sin()).call(x).2);
    let blocks = jit(|x: Tensor| {
        let [block] = hessian_blocks(|x: Tensor| x.sum(), [(0, 1)]).call(x);
        block
    });
    let tree = jit(|x: Tensor| {
        let f = |x: Tensor, (y, _): (Tensor, Tensor)| (x * y).sum();
        let [block] = hessian_blocks(f, [(0, 1)]).call((x.clone(), (x.clone(), x)));
        block
    });
    let integers = jit(laplacian(|x: Tensor| x.sum()));
    let small = jit(hessian_diag(|x: Tensor| x.powi(3).sum()).budget(10));
    let messages = [
        message(whole.call(vec![1.0, 2.0])),
        message(blocks.call(vec![1.0, 2.0])),
        message(tree.call(vec![1.0, 2.0])),
        message(integers.call(vec![1, 2])),
        message(small.call(vec![1.0, 2.0])),
    ];
    expect_test::expect![[r#"
        value_grad_hessian: shapes [2]: it needs a function that returns a scalar; use jacrev or jacfwd, or sum
        hessian_blocks: argnums 1 is out of range for a function of 1 argument
        hessian_blocks: argnums chooses tensors, and an argument that it names is a tree; make that tree the first argument
        laplacian: dtypes i32: the argument must be floating-point to be differentiated; use `convert`
        hessian_diag: needs at least 32 bytes (16 for the arguments, 16 for the result), and the budget is 10"#]].assert_eq(&messages.join("\n"));
}
