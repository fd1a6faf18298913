//! The special functions and log-densities of the cases, and what JAX has no values for.

use crate::support::golden::Case;
use cotangent::{Array, Tensor, check_grads, jit, lax, special, stats};

/// A function of the operands by its name.
pub(super) fn apply(case: &Case, xs: &[Tensor]) -> Vec<Tensor> {
    let p = &case.params;
    let (x, y, z) = (&xs[0], xs.get(1).unwrap_or(&xs[0]), xs.get(2).unwrap_or(&xs[0]));
    let u = xs.get(3).unwrap_or(x);
    let counts = || {
        let k: Vec<f64> = p.list("k").iter().map(|v| v.as_f64().unwrap()).collect();
        Tensor::from_array(k)
    };
    vec![match case.op.as_str() {
        "lgamma" => lax::lgamma(x),
        "digamma" => lax::digamma(x),
        "zeta" => lax::zeta(x, y),
        "igamma" => lax::igamma(x, y),
        "igammac" => lax::igammac(x, y),
        "regularized_incomplete_beta" => lax::regularized_incomplete_beta(x, y, z),
        "erf_inv" => lax::erf_inv(x),
        "bessel_i0e" => lax::bessel_i0e(x),
        "bessel_i1e" => lax::bessel_i1e(x),
        "special.polygamma" => special::polygamma(p.int("n") as u32, x),
        "special.multigammaln" => special::multigammaln(x, p.int("p") as u32),
        "special.ndtr" => special::ndtr(x),
        "special.log_ndtr" => special::log_ndtr(x),
        "special.ndtri" => special::ndtri(x),
        "special.i0" => special::i0(x),
        "special.i1" => special::i1(x),
        "special.entr" => special::entr(x),
        "special.logit" => special::logit(x),
        "special.expit" => special::expit(x),
        "special.factorial" => special::factorial(x),
        "special.betaln" => special::betaln(x, y),
        "special.beta" => special::beta(x, y),
        "special.xlogy" => special::xlogy(x, y),
        "special.xlog1py" => special::xlog1py(x, y),
        "stats.norm.logpdf" => stats::norm::logpdf(x, y, z),
        "stats.norm.pdf" => stats::norm::pdf(x, y, z),
        "stats.norm.cdf" => stats::norm::cdf(x, y, z),
        "stats.norm.logcdf" => stats::norm::logcdf(x, y, z),
        "stats.norm.ppf" => stats::norm::ppf(x, y, z),
        "stats.lognorm.logpdf" => stats::lognorm::logpdf(x, y, z),
        "stats.expon.logpdf" => stats::expon::logpdf(x, y, z),
        "stats.uniform.logpdf" => stats::uniform::logpdf(x, y, z),
        "stats.laplace.logpdf" => stats::laplace::logpdf(x, y, z),
        "stats.logistic.logpdf" => stats::logistic::logpdf(x, y, z),
        "stats.logistic.cdf" => stats::logistic::cdf(x, y, z),
        "stats.cauchy.logpdf" => stats::cauchy::logpdf(x, y, z),
        "stats.t.logpdf" => stats::t::logpdf(x, y, z, u),
        "stats.gamma.logpdf" => stats::gamma::logpdf(x, y, z),
        "stats.gamma.cdf" => stats::gamma::cdf(x, y, z),
        "stats.chi2.logpdf" => stats::chi2::logpdf(x, y),
        "stats.chi2.cdf" => stats::chi2::cdf(x, y),
        "stats.beta.logpdf" => stats::beta::logpdf(x, y, z),
        "stats.pareto.logpdf" => stats::pareto::logpdf(x, y, z),
        "stats.poisson.logpmf" => stats::poisson::logpmf(counts(), x),
        "stats.poisson.cdf" => stats::poisson::cdf(counts(), x),
        "stats.bernoulli.logpmf" => stats::bernoulli::logpmf(counts(), x),
        "stats.binom.logpmf" => stats::binom::logpmf(counts(), x, y),
        "stats.nbinom.logpmf" => stats::nbinom::logpmf(counts(), x, y),
        "stats.geom.logpmf" => stats::geom::logpmf(counts(), x),
        "stats.multivariate_normal.logpdf" => stats::multivariate_normal::logpdf(x, y, z),
        "stats.dirichlet.logpdf" => stats::dirichlet::logpdf(x, y),
        op => panic!("no function {op}"),
    }]
}

#[test]
fn derivatives_in_the_parameters_of_incomplete_functions() {
    let (a, b, x) = (vec![0.7, 2.5, 6.0], vec![1.3, 4.0, 0.8], vec![0.3, 0.45, 0.9]);
    check_grads(|a: Tensor, b: Tensor, x: Tensor| special::betainc(a, b, x), (a.clone(), b, x), 2)
        .unwrap();
    let x = vec![0.3, 4.0, 5.0];
    check_grads(|a: Tensor, x: Tensor| special::gammainc(a, x), (a.clone(), x.clone()), 2).unwrap();
    check_grads(|a: Tensor, x: Tensor| special::gammaincc(a, x), (a, x), 2).unwrap();
    let zeta = |q: Tensor| special::zeta(3.5, q);
    check_grads(zeta, vec![0.3, 1.0, 4.0], 3).unwrap();
    let error = check_grads(|a: Tensor, x: Tensor| special::zeta(a, x), (2.0, 1.5), 1)
        .unwrap_err()
        .to_string();
    assert!(error.starts_with("zeta: the derivative in the exponent s is not there"), "{error}");
}

#[test]
fn log_densities_have_all_derivatives() {
    let (x, y) = (vec![0.4, 1.7], vec![0.8, 2.2]);
    let t = |x: Tensor, df: Tensor| stats::t::logpdf(x, df, 0.3, 1.2);
    check_grads(t, (x.clone(), y.clone()), 3).unwrap();
    let gamma = |x: Tensor, a: Tensor| stats::gamma::logpdf(x, a, 1.5);
    check_grads(gamma, (x.clone(), y.clone()), 3).unwrap();
    let beta = |x: Tensor, a: Tensor| stats::beta::logpdf(x * 0.5, a, 1.5);
    check_grads(beta, (x.clone(), y.clone()), 3).unwrap();
    let normal = |x: Tensor, c: Tensor| {
        let cov = c.outer(&c) + Tensor::eye::<f64>(2);
        stats::multivariate_normal::logpdf(&x, 0.2, &cov)
    };
    check_grads(normal, (x, y), 3).unwrap();
}

#[test]
fn outside_of_the_support_the_slope_is_zero() {
    let f = |x: Tensor| {
        let all = [
            stats::expon::logpdf(&x, 0.0, 1.0),
            stats::gamma::logpdf(&x, 2.5, 1.0),
            stats::lognorm::logpdf(&x, 1.0, 1.0),
            stats::beta::logpdf(&x, 2.0, 2.0),
            stats::pareto::logpdf(&x, 2.0, 1.0),
        ];
        Tensor::stack(all, 0)
    };
    let program = jit(move |x: Tensor| (f(x.clone()), cotangent::jacrev(f).call(x)));
    let (y, slope) = program.call(-1.0).unwrap();
    let between = jit(|k: Tensor| stats::poisson::logpmf(k, 2.0)).call(1.5).unwrap();
    assert_eq!(between.item::<f64>().unwrap(), f64::NEG_INFINITY);
    assert_eq!(y.to_vec::<f64>().unwrap(), [f64::NEG_INFINITY; 5]);
    assert_eq!(slope.to_vec::<f64>().unwrap(), [0.0; 5]);
}

#[test]
fn operands_that_do_not_fit() {
    let integers = jit(|x: Tensor| special::gammaln(x)).call(vec![1, 2]).unwrap_err();
    assert!(integers.to_string().starts_with("gammaln: "), "{integers}");
    let shapes = jit(|a: Tensor, x: Tensor| stats::poisson::logpmf(a, x));
    let args = || (Array::from([1.0, 2.0]), Array::from([1.0, 2.0, 3.0]));
    let error = shapes.call(args()).unwrap_err();
    assert!(error.to_string().starts_with("logpmf: "), "{error}");
    for e in [integers, error] {
        assert_eq!(e.source_location().unwrap().file(), file!(), "{e}");
    }
}
