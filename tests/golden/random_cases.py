"""The cases of random numbers, whose bits are those of JAX."""

from inputs import Case, Draw, Given

KEYS = {"zero": [0, 0], "seed": [0, 1234567], "large": [4000000000, 77]}


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
    for name in ["uniform", "normal", "exponential", "gumbel"]:
        for bits, dtype in [(32, jnp.float32), (64, jnp.float64)]:
            table[f"{name}{bits}"] = lambda k, f=getattr(random, name), d=dtype: f(k, shape, d)
    return wrap(table[op.removeprefix("random.")])
