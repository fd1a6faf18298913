//! Sorting and running combinations of the cases.

use crate::support::claims::{Claims, prove};
use crate::support::golden::Case;
use crate::support::values::array;
use cotangent::{Array, Tensor, associative_scan, hessian, jacfwd, jacrev, jit, lax, scan};

pub(super) fn apply(case: &Case, xs: &[Tensor]) -> Vec<Tensor> {
    let (p, x) = (&case.params, &xs[0]);
    let axis = || p.int("axis");
    vec![match (case.op.as_str(), p.flag("reverse")) {
        ("sort", _) => {
            let operands: Vec<&Tensor> = xs.iter().collect();
            return lax::sort(&operands, axis() as usize, p.int("num_keys") as usize);
        }
        ("lax.top_k", _) => {
            let (top, places) = x.top_k(p.int("k") as usize);
            return vec![top, places];
        }
        ("np.argsort", _) => x.argsort(axis()),
        ("np.quantile", _) => x.quantile(p.float("q"), axis()),
        ("np.quantiles", _) => xs[1].quantile(x, axis()),
        ("np.percentile", _) => x.percentile(p.float("q"), axis()),
        ("np.median", _) => x.median(axis()),
        ("lax.cumprod", false) => x.cumprod(axis()),
        ("lax.cumprod", true) => x.cumprod_reverse(axis()),
        ("lax.cummax", false) => x.cummax(axis()),
        ("lax.cummax", true) => x.cummax_reverse(axis()),
        ("lax.cummin", false) => x.cummin(axis()),
        ("lax.cummin", true) => x.cummin_reverse(axis()),
        ("lax.cumlogsumexp", false) => x.cumlogsumexp(axis()),
        ("lax.cumlogsumexp", true) => x.cumlogsumexp_reverse(axis()),
        (op, _) => panic!("no function {op}"),
    }]
}

#[test]
fn quantiles_of_infinite_elements() {
    let y = jit(|x: Tensor| x.median(0)).call(vec![1.0, f64::INFINITY, f64::INFINITY]).unwrap();
    assert_eq!(y.item::<f64>().unwrap(), f64::INFINITY);
    let f = jit(|q: Tensor, x: Tensor| x.quantile(q, 0));
    let (infinite, q) = (f64::INFINITY, vec![0.0, 0.25, 0.5, 0.75, 1.0, -0.1, 1.1, f64::NAN]);
    let y = f.call((q.clone(), vec![-infinite, 1.0, infinite])).unwrap().to_vec::<f64>().unwrap();
    assert_eq!(y[..5], [-infinite, -infinite, 1.0, infinite, infinite]);
    assert!(y[5..].iter().all(|y| y.is_nan()), "{y:?}");
    let y = f.call((q, vec![1.0, f64::NAN])).unwrap().to_vec::<f64>().unwrap();
    assert!(y.iter().all(|y| y.is_nan()), "{y:?}");
}

#[test]
fn scans_that_do_not_fit() {
    type Combine = fn(&[Tensor], &[Tensor]) -> Vec<Tensor>;
    let failures: [(Combine, usize, &str); 3] = [
        (|_, _| vec![], 0, "associative_scan: the function gives nothing for f64[1]"),
        (|a, _| vec![a[0].sum()], 0, "associative_scan: the function gives f64[] for f64[1]"),
        (|a, _| a.to_vec(), 1, "associative_scan: "),
    ];
    for (f, axis, wanted) in failures {
        let program = jit(move |x: Tensor| lax::associative_scan(f, &[x], axis, true));
        let error = program.call(vec![1.0, 2.0]).unwrap_err();
        assert!(error.to_string().starts_with(wanted), "{error}");
        assert_eq!(error.source_location().unwrap().file(), file!(), "{error}");
    }
}

#[test]
fn orders_that_do_not_fit() {
    let x = || Array::from([1.0, 2.0]);
    type Failure = (fn(Tensor) -> Tensor, &'static str);
    let failures: [Failure; 8] = [
        (|x| x.sort(1), "sort: "),
        (|x| x.top_k(3).0, "top_k: there are 2 elements along the last axis, and not 3"),
        (|x| x.quantile(1.5, 0), "quantile: there is no quantile 1.5 of 2 elements"),
        (|x| x.percentile(101.0, 0), "percentile: there is no percentile 101 of 2 elements"),
        (|x| x.quantile(x.as_type::<f32>(), 0), "quantile: dtypes f64 and f32"),
        (|x| x.gt(0.0).cumprod(0), "cumprod: "),
        (|x| x.as_type::<i32>().cumlogsumexp(0), "cumlogsumexp: "),
        (|x| lax::sort(&[&x], 0, 2).swap_remove(0), "sort: 2 of 1 operands cannot say the order"),
    ];
    for (f, wanted) in failures {
        let error = jit(f).call(x()).unwrap_err();
        assert!(error.to_string().starts_with(wanted), "{error}");
        assert_eq!(error.source_location().unwrap().file(), file!(), "{error}");
    }
}

/// y₀ = b₀ and yᵢ = aᵢ yᵢ₋₁ + bᵢ, by halves and one by one.
#[test]
fn running_combinations_of_trees() {
    let compose = |(a, b): (Tensor, Tensor), (c, d): (Tensor, Tensor)| (a * &c, c * b + d);
    let halves = move |a: Tensor, b: Tensor| associative_scan(compose).call((a, b)).1;
    let steps = |a: Tensor, b: Tensor| {
        let step = |y: Tensor, (a, b): (Tensor, Tensor)| {
            let y = a * y + b;
            (y.clone(), y)
        };
        scan(step).call((Tensor::scalar(0.0), (a, b))).1
    };
    let backward = |a: Tensor, b: Tensor| steps(a.flip(0), b.flip(0)).flip(0);
    let reversed = move |a: Tensor, b: Tensor| {
        // From the end the later element comes first.
        associative_scan(compose).reverse().call((a, b)).1
    };
    for n in [1, 2, 5, 8] {
        prove([array(&[n], 0.3), array(&[n], -0.6)], |c: &Claims, [a, b]| {
            let both = || (a.clone(), b.clone());
            c.agree(halves(a.clone(), b.clone()), steps(a.clone(), b.clone()));
            c.agree(reversed(a.clone(), b.clone()), backward(a.clone(), b.clone()));
            c.agree(jacrev(halves).call(both()), jacfwd(steps).call(both()));
            c.agree(hessian(halves).call(both()), hessian(steps).call(both()));
        });
    }
}
