"""The cases of special functions, and of log-densities."""

from inputs import Case, Draw, Given

INF, NAN = float("inf"), float("nan")

# Name in lax: ranges of the operands, edges (a list per operand), hard arguments, and whether JAX has
# derivatives in all operands, and second ones.
SPECIAL = {
    "lgamma": ([(0.3, 6)], [[1, 2, 0.5, 0, -1, -3, INF, NAN]],
               [[1e-9, 1e-3, 0.7, 3.5, 17.25, 171, 1e5, 1e15, -0.3, -1.5, -7.25]], True, True),
    "digamma": ([(0.3, 6)], [[1, 2, 0.5, INF, NAN]],
                [[1e-3, 0.7, 3.5, 17.25, 171, 1e5, 1e15, -0.3, -1.5, -7.25]], True, True),
    "zeta": ([(1.5, 6), (0.3, 5)], [[1, 2, 2, 2, INF], [1, 0, -1, INF, 2]],
             [[2, 3, 1.1, 5, 20, 2], [1, 0.25, 2, 30, 0.5, 1e4]], False, False),
    "igamma": ([(0.5, 5), (0.3, 6)], [[1, 2, 2, 0.5, -1, 1], [0, 0, INF, 0, 1, -1]],
               [[0.1, 1, 5, 30, 30, 30, 100, 1e-3], [1e-3, 20, 1, 25, 31, 60, 90, 2]], True, False),
    "igammac": ([(0.5, 5), (0.3, 6)], [[1, 2, 2, 0.5, -1, 1], [0, 0, INF, 0, 1, -1]],
                [[0.1, 1, 5, 30, 30, 30, 100, 1], [1e-3, 20, 1, 25, 31, 60, 90, 50]], True, False),
    "regularized_incomplete_beta": (
        [(0.5, 4), (0.5, 4), (0.05, 0.95)], [[1, 2, 2, -1, 1], [1, 2, 2, 1, 1], [0, 0, 1, 0.5, 2]],
        [[0.1, 1, 5, 30, 30, 100, 2], [0.2, 3, 1, 10, 40, 90, 50], [1e-3, 0.999, 0.5, 0.6, 0.4, 0.55, 1e-6]],
        False, False),
    "erf_inv": ([(-0.95, 0.95)], [[0, -0.0, 1, -1, 2, NAN]],
                [[1e-12, 1e-5, 0.3, -0.7, 0.9, -0.99, 0.9999, -0.999999999]], True, True),
    "bessel_i0e": ([(-6, 6)], [[0, -0.0, INF, NAN]], [[1e-9, 0.5, 7.9, 8.1, 30, -400, 1e6]], True, True),
    "bessel_i1e": ([(-6, 6)], [[0, INF, NAN]], [[1e-9, 0.5, 7.9, 8.1, 30, -400, 1e6]], True, True),
}


def special():
    for op, (ranges, edges, hard, derivatives, second) in SPECIAL.items():
        draw = lambda shape, dtype="f64": [Draw(shape, *r, dtype) for r in ranges]
        some = {"derivatives": derivatives}
        yield Case(f"{op}/vector", op, {}, draw([5]), second=second, **some)
        yield Case(f"{op}/2d", op, {}, draw([2, 3]), **some)
        yield Case(f"{op}/scalar", op, {}, draw([]), second=second, **some)
        yield Case(f"{op}/empty", op, {}, draw([0, 3]), **some)
        yield Case(f"{op}/f32", op, {}, draw([3], "f32"), vmap=None, **some)
        yield Case(f"{op}/edges", op, {}, [Given([float(v) for v in e]) for e in edges],
                   derivatives=False, vmap=None)
        yield Case(f"{op}/accurate", op, {}, [Given([float(v) for v in h]) for h in hard],
                   smooth=False, vmap=None, **some)
    for n in range(4):
        yield Case(f"polygamma/{n}", "special.polygamma", {"n": n}, [Draw([5], 0.4, 6)], vmap=None)
    yield Case("multigammaln/3", "special.multigammaln", {"p": 3}, [Draw([5], 1.5, 6)], vmap=None)
    for op, low, high in [("ndtr", -3, 3), ("log_ndtr", -3, 3), ("ndtri", 0.05, 0.95), ("i0", -4, 4),
                          ("i1", -4, 4), ("entr", 0.1, 3), ("logit", 0.1, 0.9), ("expit", -3, 3),
                          ("factorial", 0.2, 4)]:
        yield Case(f"{op}/vector", f"special.{op}", {}, [Draw([5], low, high)], second=True, vmap=None)
    yield Case("log_ndtr/tails", "special.log_ndtr", {},
               [Given([-1e5, -100.0, -30.0, -19.0, -10.0, -5.0, 0.0, 5.0, 9.0, 30.0])], smooth=False, vmap=None)
    for op in ["betaln", "beta", "xlogy", "xlog1py"]:
        yield Case(f"{op}/vector", f"special.{op}", {}, [Draw([5], 0.4, 4), Draw([5], 0.4, 4)], vmap=None)
    yield Case("xlogy/zeros", "special.xlogy", {}, [Given([0.0, 0.0, 2.0]), Given([0.0, 3.0, 0.0])],
               derivatives=False, vmap=None)


R, P, U = (-2, 3), (0.3, 3), (0.1, 0.9)
# Distribution, function: ranges of the operands.
STATS = {
    ("norm", "logpdf"): [R, R, P], ("norm", "pdf"): [R, R, P], ("norm", "cdf"): [R, R, P],
    ("norm", "logcdf"): [R, R, P], ("norm", "ppf"): [U, R, P], ("expon", "logpdf"): [(1, 3), (-1, 0), P],
    ("uniform", "logpdf"): [(1, 2), (0, 0.9), (2, 3)], ("laplace", "logpdf"): [R, R, P],
    ("logistic", "logpdf"): [R, R, P], ("logistic", "cdf"): [R, R, P], ("cauchy", "logpdf"): [R, R, P],
    ("t", "logpdf"): [R, P, R, P], ("gamma", "logpdf"): [P, P, P], ("gamma", "cdf"): [P, P, P],
    ("chi2", "logpdf"): [P, P], ("chi2", "cdf"): [P, P], ("beta", "logpdf"): [U, P, P],
    ("pareto", "logpdf"): [(2, 4), P, (0.5, 1.5)], ("lognorm", "logpdf"): [P, P, P],
}
# The same of counts, which are given: ranges of the other operands.
COUNTS = {
    ("poisson", "logpmf"): [P], ("poisson", "cdf"): [P], ("bernoulli", "logpmf"): [U],
    ("binom", "logpmf"): [(6, 9), U], ("nbinom", "logpmf"): [P, U], ("geom", "logpmf"): [U],
}


def stats():
    for (name, f), ranges in STATS.items():
        yield Case(f"{name}/{f}", f"stats.{name}.{f}", {}, [Draw([5], *r) for r in ranges],
                   vmap=None)
    for (name, f), ranges in COUNTS.items():
        k = [-1.0, 0.0, 1.0, 3.0, 5.0] if name not in ["bernoulli"] else [-1.0, 0.0, 1.0, 2.0, 0.0]
        # The difference of infinities is none.
        yield Case(f"{name}/{f}", f"stats.{name}.{f}", {"k": k}, [Draw([5], *r) for r in ranges],
                   smooth=False, vmap=None)
    outside = [("expon", [-1.0, 0.0, 1.0]), ("uniform", [-1.0, 0.0, 1.0, 1.5]), ("gamma", [-1.0, 2.0, 1.0]),
               ("beta", [-0.5, 0.5, 1.5]), ("pareto", [0.5, 1.0, 2.0])]
    for name, x in outside:
        more = {"gamma": [2.0, 1.0], "beta": [2.0, 3.0], "pareto": [2.0, 1.0]}.get(name, [0.0, 1.0])
        yield Case(f"{name}/outside", f"stats.{name}.logpdf", {},
                   [Given(x)] + [Given([v] * len(x)) for v in more], derivatives=False, vmap=None)
    yield Case("multivariate_normal/logpdf", "stats.multivariate_normal.logpdf", {},
               [Draw([3]), Draw([3]), Given([[2.0, 0.5, 0.1], [0.5, 1.5, -0.3], [0.1, -0.3, 1.0]])], vmap=None)
    yield Case("dirichlet/logpdf", "stats.dirichlet.logpdf", {},
               [Given([0.2, 0.3, 0.5]), Draw([3], 0.5, 3)], derivatives=False, vmap=None)


def function(op, params):
    """`special.…` and `stats.…` by `jax.scipy`."""
    import jax
    import jax.numpy as jnp

    if op == "special.polygamma":
        return lambda x: jax.scipy.special.polygamma(params["n"], x)
    if op == "special.multigammaln":
        return lambda a: jax.scipy.special.multigammaln(a, params["p"])
    if op.startswith("special."):
        return getattr(jax.scipy.special, op.removeprefix("special."))
    if op == "stats.lognorm.logpdf":
        norm = jax.scipy.stats.norm.logpdf
        return lambda x, s, scale: norm(jnp.log(x / scale), 0, s) - jnp.log(x)
    if op.startswith("stats."):
        _, name, f = op.split(".")
        f = getattr(getattr(jax.scipy.stats, name), f)
        if name == "gamma":
            return lambda x, a, scale: f(x, a, 0, scale)
        if name == "pareto":
            return lambda x, b, scale: f(x, b, 0, scale)
        if name == "nbinom":
            return lambda n, p: f(jnp.array(params["k"]), n, p)
        if "k" in params:
            return lambda *rest: f(jnp.array(params["k"]), *rest)
        return f
    return None
