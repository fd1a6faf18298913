//! Random numbers of the cases.

use crate::support::claims::{Claims, prove};
use crate::support::golden::Case;
use crate::support::values::array;
use cotangent::{
    Array, DType, HessianMode, Tensor, grad, hessian, jacfwd, jit, jvp, random, special, vmap,
};

pub(super) fn apply(case: &Case, xs: &[Tensor]) -> Vec<Tensor> {
    let (p, key) = (&case.params, &xs[0]);
    let shape = || p.sizes("shape");
    vec![match case.op.trim_start_matches("random.") {
        "split" => random::split_into(key, p.int("n") as usize),
        "fold_in" => random::fold_in(key, p.int("data") as i32),
        "bits" => random::bits(key, shape()),
        "uniform32" => random::uniform::<f32>(key, shape()),
        "uniform64" => random::uniform::<f64>(key, shape()),
        "normal32" => random::normal::<f32>(key, shape()),
        "normal64" => random::normal::<f64>(key, shape()),
        "exponential64" => random::exponential::<f64>(key, shape()),
        "gumbel64" => random::gumbel::<f64>(key, shape()),
        "laplace64" => random::laplace::<f64>(key, shape()),
        "logistic64" => random::logistic::<f64>(key, shape()),
        "cauchy64" => random::cauchy::<f64>(key, shape()),
        "gamma" => random::gamma(key, shape(), &xs[1]),
        "loggamma" => random::loggamma(key, shape(), &xs[1]),
        "chisquare" => random::chisquare(key, shape(), &xs[1]),
        "t" => random::student_t(key, shape(), &xs[1]),
        "dirichlet" => random::dirichlet(key, [2], &xs[1]),
        "pareto" if xs[1].dtype() == DType::F32 => random::pareto::<f32>(key, shape(), &xs[1]),
        "pareto" => random::pareto::<f64>(key, shape(), &xs[1]),
        "lognormal" if xs[1].dtype() == DType::F32 => {
            random::lognormal::<f32>(key, shape(), &xs[1])
        }
        "lognormal" => random::lognormal::<f64>(key, shape(), &xs[1]),
        "beta" => random::beta(key, shape(), &xs[1], &xs[2]),
        "uniform_in" => random::uniform_in::<f64>(key, shape(), &xs[1], &xs[2]),
        "truncated_normal" => random::truncated_normal::<f64>(key, shape(), &xs[1], &xs[2]),
        "multivariate_normal" => random::multivariate_normal(key, shape(), &xs[1], &xs[2]),
        "poisson" => random::poisson(key, shape(), &xs[1]),
        "binomial" => random::binomial(key, shape(), &xs[1], &xs[2]),
        "geometric" => random::geometric(key, shape(), &xs[1]),
        "choice" => random::choice(key, &xs[1], shape()),
        "choice_weighted" => random::choice_weighted(key, &xs[1], &xs[2], shape()),
        "rademacher" => random::rademacher::<f64>(key, shape()),
        "randint" => random::randint(key, shape(), p.int("low") as i32, p.int("high") as i32),
        "bernoulli" => random::bernoulli(key, p.float("p"), shape()),
        "categorical" => random::categorical(key, &xs[1], p.int("axis")),
        "permutation" => random::permutation(key, &xs[1]),
        op => panic!("no function {op}"),
    }]
}

#[test]
fn examples_have_keys_of_their_own() {
    let draw = |key: Tensor| random::normal::<f64>(&key, [3]);
    let keys = |key: Tensor| random::split_into(&key, 4);
    let all = jit(move |key: Tensor| vmap(draw).call(keys(key)));
    let one = jit(move |key: Tensor| draw(keys(key).index(2)));
    let key = || Array::from(vec![0u32, 9]);
    let (all, one) = (all.call(key()).unwrap(), one.call(key()).unwrap());
    assert_eq!(all.to_vec::<f64>().unwrap()[6..9], one.to_vec::<f64>().unwrap()[..]);
}

#[test]
fn what_is_no_key() {
    let failures: [fn(Tensor) -> Tensor; 4] = [
        |x| random::bits(&x, [2]),
        |x| random::split(&x).0,
        |x| random::normal::<f64>(&x, [2]),
        |x| random::permutation(&x, &x),
    ];
    for f in failures {
        let error = jit(f).call(vec![1.0, 2.0]).unwrap_err();
        assert!(error.to_string().contains("a key is a u32[2]"), "{error}");
        assert_eq!(error.source_location().unwrap().file(), file!(), "{error}");
    }
    let integers = jit(|key: Tensor| random::uniform::<i32>(&key, [2])).call(vec![0u32, 1]);
    assert!(integers.unwrap_err().to_string().starts_with("uniform: "));
}

/// Second derivatives are those of the inverse distribution function, too, and not of the search.
#[test]
fn second_derivatives_of_gamma_numbers() {
    prove([array(&[4], 0.4)], |c: &Claims, [a]| {
        let key = || random::key(3);
        let f = move |a: Tensor| random::gamma(&key(), [4], a).sin().sum();
        let wanted = jacfwd(jacfwd(f)).call(a.clone());
        for mode in HessianMode::ALL {
            c.agree(hessian(f).mode(mode).call(a.clone()), wanted.clone());
        }
        // x' = s(a, x) along the numbers with the same P(a, x): x'' by P's own derivatives.
        let x = random::gamma(&key(), [4], &a);
        let flow = |x: Tensor, a: Tensor| {
            let p = |a: Tensor, x: Tensor| special::gammainc(&a, &x).sum();
            let [da, dx] = grad(p).argnums([0, 1]).call((a, x));
            -da / dx
        };
        let slope = flow(x.clone(), a.clone());
        let (_, along) = jvp(flow, (x.clone(), a.clone()), (slope.clone(), a.ones_like()));
        let curvature = jacfwd(jacfwd(move |a: Tensor| random::gamma(&key(), [4], a).sum()));
        c.agree_within(1e-9, "", curvature.call(a.clone()), Tensor::diag(&along));
        c.agree_within(
            1e-9,
            "",
            grad(move |a: Tensor| random::gamma(&key(), [4], a).sum()).call(a),
            slope,
        );
    });
}
