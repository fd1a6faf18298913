"""The cases of windows: reductions, pooling, convolution."""

from inputs import Case, Distinct, Draw, Ints

# Kernel and how it moves over an array of so many channels: shape, kernel, the rest.
CONVOLUTIONS = {
    "line": ([2, 3, 7], [2, 3, 3], {}),
    "padded": ([1, 2, 5, 4], [3, 2, 3, 2], {"padding": [[1, 1], [0, 1]]}),
    "strides": ([2, 1, 7, 5], [2, 1, 3, 3], {"strides": [2, 1], "padding": [[1, 1], [1, 1]]}),
    "dilated": ([1, 2, 9], [2, 2, 3], {"dilation": [3]}),
    "transposed": ([1, 2, 4], [2, 2, 3], {"input_dilation": [2], "padding": [[2, 1]]}),
    "groups": ([2, 4, 5], [6, 2, 2], {"groups": 2}),
    "depthwise": ([1, 3, 4, 4], [3, 1, 2, 2], {"groups": 3}),
    "points": ([2, 3], [4, 3], {}),
    "space": ([1, 1, 3, 3, 3], [2, 1, 2, 2, 2], {}),
    "no_places": ([1, 1, 2], [1, 1, 3], {}),
    "nothing": ([0, 2, 5], [3, 2, 2], {}),
}
# Shape, window, strides, padding.
WINDOWS = {
    "line": ([7], [3], [1], [[0, 0]]),
    "steps": ([8], [3], [2], [[1, 0]]),
    "plane": ([5, 4], [2, 3], [2, 1], [[0, 1], [1, 1]]),
    "one": ([3, 2], [1, 1], [1, 1], [[0, 0], [0, 0]]),
    "too_large": ([2], [3], [1], [[0, 0]]),
}


def windows():
    for name, (x, kernel, how) in CONVOLUTIONS.items():
        yield Case(f"conv/{name}", "conv", how, [Draw(x), Draw(kernel)])
    yield Case("conv/f32", "conv", {}, [Draw([1, 2, 5], dtype="f32"), Draw([2, 2, 2], dtype="f32")], vmap=None)
    for op in ["sum", "max", "min", "prod"]:
        for name, (shape, window, strides, padding) in WINDOWS.items():
            p = {"op": op, "window": window, "strides": strides, "padding": padding}
            x = Distinct(shape) if op in ["max", "min"] else Draw(shape)
            derivatives = op != "prod"
            yield Case(f"reduce_window_{op}/{name}", "reduce_window", p, [x], derivatives=derivatives)
    p = {"window": [2], "strides": [1], "padding": [[1, 0]]}
    for op in ["sum", "max", "min"]:
        yield Case(f"reduce_window_{op}/i32", "reduce_window", {"op": op, **p}, [Ints([5])], vmap=None)


def function(op, p):
    from jax import lax
    import jax.numpy as jnp
    import numpy as np

    if op == "conv":

        def conv(x, kernel):
            n = x.ndim - 2
            get = lambda name, default: [tuple(v) if isinstance(v, list) else v for v in p.get(name, [default] * n)]
            return lax.conv_general_dilated(
                x, kernel, get("strides", 1), get("padding", (0, 0)), get("input_dilation", 1),
                get("dilation", 1), feature_group_count=p.get("groups", 1), precision=lax.Precision.HIGHEST)
        return conv
    if op == "reduce_window":
        combine, init = {
            "sum": (lax.add, lambda d: np.zeros((), d)), "prod": (lax.mul, lambda d: np.ones((), d)),
            "max": (lax.max, lambda d: np.array(-np.inf if d.kind == "f" else np.iinfo(d).min, d)),
            "min": (lax.min, lambda d: np.array(np.inf if d.kind == "f" else np.iinfo(d).max, d)),
        }[p["op"]]
        return lambda x: lax.reduce_window(x, init(np.dtype(x.dtype)), combine, tuple(p["window"]),
                                           tuple(p["strides"]), [tuple(c) for c in p["padding"]])
    return None
