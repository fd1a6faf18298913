"""The cases of random numbers, whose bits are those of JAX."""

from inputs import Case, Draw, Given

NAN, INF = float("nan"), float("inf")
KEYS = {"zero": [0, 0], "seed": [0, 1234567], "large": [4000000000, 77]}
KEY = Given(KEYS["seed"], "u32")


def random():
    plain = {"derivatives": False, "vmap": None}
    for name, words in KEYS.items():
        key = Given(words, "u32")
        for op, params in [("split", {"n": 3}), ("fold_in", {"data": 17}), ("bits", {"shape": [7]}),
                           ("uniform32", {"shape": [3, 2]}), ("uniform64", {"shape": [5]}),
                           ("normal32", {"shape": [5]}), ("normal64", {"shape": [2, 3]}),
                           ("exponential64", {"shape": [5]}), ("gumbel64", {"shape": [5]}),
                           ("randint", {"shape": [7], "low": -3, "high": 11}),
                           ("bernoulli", {"shape": [11], "p": 0.3})]:
            yield Case(f"{op}/{name}", f"random.{op}", params, [key], **plain)
        yield Case(f"categorical/{name}", "random.categorical", {"axis": 1}, [key, Draw([5, 3])], **plain)
        yield Case(f"permutation/{name}", "random.permutation", {}, [key, Draw([7, 2])], **plain)
        for op in ["laplace64", "logistic64", "cauchy64"]:
            yield Case(f"{op}/{name}", f"random.{op}", {"shape": [5]}, [key], **plain)
        yield Case(f"multivariate_normal/{name}", "random.multivariate_normal", {"shape": [2]},
                   [key, Draw([3]), Given([[2.0, 0.5, 0.25], [0.5, 1.0, -0.5], [0.25, -0.5, 3.0]])], **plain)
        yield Case(f"geometric/{name}", "random.geometric", {"shape": [9]}, [key, Draw([9], 0.05, 0.95)], **plain)
        yield Case(f"choice/{name}", "random.choice", {"shape": [2, 3]}, [key, Draw([5, 2])], **plain)
        yield Case(f"choice_weighted/{name}", "random.choice_weighted", {"shape": [7]},
                   [key, Draw([5]), Draw([5], 0.1, 2)], **plain)
        yield Case(f"rademacher/{name}", "random.rademacher", {"shape": [7]}, [key], **plain)
    for what, lam in [("few", Draw([11], 0.1, 9)), ("many", Draw([11], 11, 900)), ("both", Draw([11], 5, 15))]:
        yield Case(f"poisson/{what}", "random.poisson", {"shape": [11]}, [KEY, lam], **plain)
    yield Case(f"poisson/edges", "random.poisson", {"shape": [4]},
               [KEY, Given([0.0, 1e-9, 10.0, 1e6])], **plain)
    for what, n, p in [("few", Draw([9], 1, 20), Draw([9], 0.05, 0.3)), ("many", Draw([9], 50, 900), Draw([9], 0.1, 0.9)),
                       ("edges", Given([5.0, -1.0, NAN, 5.0, 5.0, 5.0, INF, 0.0, 7.0]),
                        Given([0.0, 0.5, 0.5, NAN, 1.5, -0.1, 0.5, 0.5, 1.0]))]:
        yield Case(f"binomial/{what}", "random.binomial", {"shape": [9]}, [KEY, n, p], **plain)
    # Derivatives in the parameters are those of the inverse of the distribution function, and no
    # quotients of differences along the path of a search.
    for op, low, high in [("gamma", 0.2, 4), ("loggamma", 0.01, 2), ("chisquare", 0.5, 9), ("t", 0.5, 9),
                          ("dirichlet", 0.2, 3), ("pareto", 0.5, 3), ("lognormal", 0.5, 3)]:
        yield Case(f"{op}/seed", f"random.{op}", {"shape": [7]}, [KEY, Draw([7], low, high)],
                   smooth=False, vmap=None)
        if op in ["gamma", "pareto", "lognormal"]:
            yield Case(f"{op}/f32", f"random.{op}", {"shape": [5]}, [KEY, Draw([5], low, high, "f32")], **plain)
    yield Case("beta/seed", "random.beta", {"shape": [2, 3]}, [KEY, Draw([2, 3], 0.2, 4), Draw([3], 0.2, 4)],
               smooth=False, vmap=None)
    yield Case("uniform_in/seed", "random.uniform_in", {"shape": [2, 3]}, [KEY, Draw([3], -2, -1), Draw([2, 1], 1, 2)],
               smooth=False, vmap=None)
    yield Case("truncated_normal/seed", "random.truncated_normal", {"shape": [2, 3]},
               [KEY, Draw([3], -2, -1), Draw([2, 1], 1, 2)], smooth=False, vmap=None)
    for op, shape in [("uniform64", []), ("uniform64", [0, 3]), ("bits", [1])]:
        yield Case(f"{op}/of_{'x'.join(map(str, shape)) or 'scalar'}", f"random.{op}", {"shape": shape},
                   [Given([0, 5], "u32")], **plain)


def function(op, p):
    if not op.startswith("random."):
        return None
    from jax import random
    import jax.numpy as jnp

    shape = tuple(p.get("shape", ()))
    wrap = lambda f: lambda key, *rest: f(random.wrap_key_data(key, impl="threefry2x32"), *rest)
    table = {
        "split": lambda k: random.key_data(random.split(k, p["n"])),
        "fold_in": lambda k: random.key_data(random.fold_in(k, p["data"])),
        "bits": lambda k: random.bits(k, shape, jnp.uint32),
        "randint": lambda k: random.randint(k, shape, p["low"], p["high"], jnp.int32),
        "bernoulli": lambda k: random.bernoulli(k, p["p"], shape),
        "categorical": lambda k, x: random.categorical(k, x, p["axis"]).astype(jnp.int32),
        "permutation": lambda k, x: x[random.permutation(k, x.shape[0])],
    }
    table |= {
        "gamma": lambda k, a: random.gamma(k, a, shape, a.dtype),
        "loggamma": lambda k, a: random.loggamma(k, a, shape, a.dtype),
        "chisquare": lambda k, a: random.chisquare(k, a, shape, a.dtype),
        "t": lambda k, a: random.t(k, a, shape, a.dtype),
        "dirichlet": lambda k, a: random.dirichlet(k, a, (2,), a.dtype),
        "pareto": lambda k, a: random.pareto(k, a, shape, a.dtype),
        "lognormal": lambda k, a: random.lognormal(k, a, shape, a.dtype),
        "beta": lambda k, a, b: random.beta(k, a, b, shape),
        "uniform_in": lambda k, a, b: random.uniform(k, shape, a.dtype, jnp.broadcast_to(a, shape), jnp.broadcast_to(b, shape)),
        "truncated_normal": lambda k, a, b: random.truncated_normal(k, jnp.broadcast_to(a, shape), jnp.broadcast_to(b, shape), shape),
        "multivariate_normal": lambda k, m, c: random.multivariate_normal(k, m, c, shape),
        "poisson": lambda k, a: random.poisson(k, a, shape, jnp.int32),
        "binomial": lambda k, n, q: random.binomial(k, n, q, shape),
        "geometric": lambda k, q: random.geometric(k, q, shape, jnp.int32).astype(q.dtype),
        # As in single precision, where places are of 32 bits.
        "choice": lambda k, x: x[random.randint(k, shape, 0, x.shape[0], jnp.int32)],
        "choice_weighted": lambda k, x, q: random.choice(k, x, shape, p=q),
        "rademacher": lambda k: random.rademacher(k, shape, jnp.float64),
    }
    for name in ["uniform", "normal", "exponential", "gumbel", "laplace", "logistic", "cauchy"]:
        for bits, dtype in [(32, jnp.float32), (64, jnp.float64)]:
            table[f"{name}{bits}"] = lambda k, f=getattr(random, name), d=dtype: f(k, shape, d)
    return wrap(table[op.removeprefix("random.")])
