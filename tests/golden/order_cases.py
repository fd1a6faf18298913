"""The cases of sorting and of running combinations."""

from inputs import Case, Distinct, Draw, Given, Ints

INF, NAN = float("inf"), float("nan")
SHAPES = [("vector", [7], 0), ("one", [1], 0), ("empty", [0], 0), ("rows", [2, 5], 1), ("columns", [3, 2], 0),
          ("middle", [2, 3, 2], 1), ("even", [8], 0)]


def order():
    for name, shape, axis in SHAPES:
        p = {"axis": axis, "num_keys": 1}
        yield Case(f"sort/{name}", "sort", p, [Distinct(shape)])
        yield Case(f"sort/{name}_with", "sort", p, [Distinct(shape), Draw(shape)])
        yield Case(f"argsort/{name}", "np.argsort", {"axis": axis}, [Distinct(shape)])
        for op in ["cumprod", "cummax", "cummin", "cumlogsumexp"]:
            for reverse in [False, True]:
                x = Distinct(shape) if op in ["cummax", "cummin"] else Draw(shape, 0.5, 2)
                yield Case(f"{op}/{name}{'_reverse' if reverse else ''}", f"lax.{op}",
                           {"axis": axis, "reverse": reverse}, [x], vmap=None)
    ties = Given([1, 0, 1, 0, 1], "i32")
    yield Case("sort/ties", "sort", {"axis": 0, "num_keys": 1}, [ties, Draw([5])], smooth=False)
    yield Case("sort/two_keys", "sort", {"axis": 0, "num_keys": 2}, [ties, Distinct([5])], smooth=False)
    yield Case("sort/edges", "sort", {"axis": 0, "num_keys": 1},
               [Given([NAN, 1.0, INF, -0.0, 0.0, -INF, NAN, -1.0]), Ints([8])], derivatives=False, vmap=None)
    for dtype in ["f32", "i32", "i64", "u8", "u32", "bool"]:
        x = Given([True, False, True], "bool") if dtype == "bool" else \
            Distinct([5], "f32") if dtype == "f32" else Ints([5], 0, 100, dtype)
        yield Case(f"sort/{dtype}", "sort", {"axis": 0, "num_keys": 1}, [x], vmap=None)
    yield Case("cumprod/zeros", "lax.cumprod", {"axis": 0, "reverse": False},
               [Given([2.0, 0.0, 3.0, 0.0, 4.0])], smooth=False, vmap=None)
    yield Case("cummax/edges", "lax.cummax", {"axis": 0, "reverse": False},
               [Given([-INF, 1.0, NAN, 2.0])], derivatives=False, vmap=None)
    yield Case("cumprod/i32", "lax.cumprod", {"axis": 0, "reverse": False}, [Ints([5])], vmap=None)
    for k in [0, 2, 5]:
        yield Case(f"top_k/{k}", "lax.top_k", {"k": k}, [Distinct([2, 5])])
    yield Case("top_k/ties", "lax.top_k", {"k": 3}, [Given([1.0, 2.0, 2.0, 0.0])], derivatives=False, vmap=None)
    for q in [0.0, 0.3, 0.5, 1.0]:
        yield Case(f"quantile/{q}", "np.quantile", {"q": q, "axis": 0}, [Distinct([5, 2])], vmap=None)
        yield Case(f"percentile/{q}", "np.percentile", {"q": 100 * q, "axis": -1}, [Distinct([2, 5])], vmap=None)
    for name, q in [("vector", [3]), ("number", [])]:
        yield Case(f"quantiles/{name}", "np.quantiles", {"axis": 1}, [Draw(q, 0.05, 0.95), Distinct([2, 5])])
    yield Case("median/even", "np.median", {"axis": 1}, [Distinct([2, 6])], vmap=None)
    yield Case("median/nan", "np.median", {"axis": 0}, [Given([1.0, NAN, 2.0])], derivatives=False, vmap=None)


def function(op, p):
    from jax import lax
    import jax.numpy as jnp

    table = {
        "sort": lambda *xs: lax.sort(xs, dimension=p["axis"], is_stable=True, num_keys=p["num_keys"]),
        "lax.top_k": lambda x: lax.top_k(x, p["k"]),
        "np.quantiles": lambda q, x: jnp.quantile(x, q, axis=p["axis"]),
        "np.percentile": lambda x: jnp.percentile(x, p["q"], axis=p["axis"]),
        "np.quantile": lambda x: jnp.quantile(x, p["q"], axis=p["axis"]),
        "np.argsort": lambda x: jnp.argsort(x, axis=p["axis"]).astype(jnp.int32),
    }
    for name in ["cumprod", "cummax", "cummin", "cumlogsumexp"]:
        table[f"lax.{name}"] = lambda x, name=name: getattr(lax, name)(x, p["axis"], p["reverse"])
    return table.get(op)
