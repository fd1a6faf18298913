"""The cases of complex numbers, half precision, bits and Fourier transforms."""

import jax.numpy as jnp
import numpy as np
from jax import lax

from inputs import Case, Distinct, Draw, Given, Ints

INF, NAN = float("inf"), float("nan")
ROWS = {"offset_dims": [1], "collapsed": [0], "start_index_map": [0], "operand_batching": [],
        "indices_batching": []}


def complex_(re, im):
    """A complex number with these parts, of which a sum would lose the sign of zeros."""
    return np.array([re, im], np.float64).view(np.complex128)[0]


def complex():
    def z(*shape, dtype="c128"):
        return Draw(list(shape), dtype=dtype)

    for op in ["neg", "abs", "square", "exp", "expm1", "log", "log1p", "sin", "cos", "tan", "sinh", "cosh",
               "tanh", "sqrt", "rsqrt", "logistic", "real", "imag", "conj"]:
        yield Case(f"{op}/vector", op, {}, [z(5)])
        yield Case(f"{op}/3d", op, {}, [z(3, 1, 2)])
        yield Case(f"{op}/c64", op, {}, [z(3, dtype="c64")], vmap=None)
        yield Case(f"{op}/empty", op, {}, [z(0)], vmap=None)
    inverses = ["asin", "acos", "atan", "asinh", "acosh", "atanh"]
    for op in inverses:
        yield Case(f"{op}/vector", op, {}, [z(5)])
        yield Case(f"{op}/c64", op, {}, [z(3, dtype="c64")], vmap=None)
        # On both sides of the cuts, and where squares would overflow or vanish.
        cuts = [2.0, -2.0, complex_(2, -0.0), complex_(-2, -0.0), 2j, -2j, complex_(-0.0, 2), complex_(-0.0, -2),
                0.5, -0.5, 0.5j]
        yield Case(f"{op}/cuts", op, {}, [Given(cuts, "c128")], derivatives=False, vmap=None)
        large = [1e200 + 1e200j, -1e200 - 1e-200j, 1e-9 + 1e-10j, -1e-20 + 1e-30j, 1 + 1e-9j]
        yield Case(f"{op}/sizes", op, {}, [Given(large, "c128")], derivatives=False, vmap=None)
    yield Case("abs/zero", "abs", {}, [Given([0, 3 + 4j], "c128")], smooth=False, vmap=None)
    for op in ["add", "sub", "mul", "div", "pow", "eq", "ne"]:
        yield Case(f"{op}/vector", op, {}, [z(5), z(5)])
        yield Case(f"{op}/c64", op, {}, [z(3, dtype="c64"), z(3, dtype="c64")], vmap=None)
    yield Case("complex/vector", "complex", {}, [Draw([5]), Draw([5])])
    yield Case("complex/f32", "complex", {}, [Draw([3], dtype="f32"), Draw([3], dtype="f32")], vmap=None)
    for n in [-2, 0, 1, 3]:
        yield Case(f"integer_pow/{n}", "integer_pow", {"n": n}, [z(5)])
    for name, x, dtype in [("f64_to_c128", Draw([3]), "c128"), ("f32_to_c128", Draw([3], dtype="f32"), "c128"),
                           ("c64_to_c128", z(3, dtype="c64"), "c128"), ("i32_to_c64", Ints([3]), "c64"),
                           ("c128_to_f32", z(3), "f32"), ("c128_to_c64", z(3), "c64"),
                           ("bool_to_c128", Ints([3], 0, 2, "bool"), "c128")]:
        yield Case(f"convert/{name}", "convert_element_type", {"dtype": dtype}, [x], vmap=None)
    yield Case("select", "select", {}, [Ints([3, 2], 0, 2, "bool"), z(3, 2), z(3, 2)])
    yield Case("broadcast_in_dim", "broadcast_in_dim", {"shape": [2, 3], "dims": [1]}, [z(3)])
    yield Case("transpose", "transpose", {"perm": [1, 0]}, [z(3, 2)])
    yield Case("reshape", "reshape", {"shape": [6]}, [z(3, 2)])
    yield Case("rev", "rev", {"dims": [0]}, [z(5)])
    yield Case("slice", "slice", {"start": [1], "limit": [5], "stride": [2]}, [z(7)])
    yield Case("pad", "pad", {"config": [(1, 2, 1)]}, [z(3), z()])
    yield Case("concatenate", "concatenate", {"dim": 0}, [z(3), z(2)])
    yield Case("dynamic_slice", "dynamic_slice", {"sizes": [2]}, [z(5), Given(1, "i32", others=[4])])
    yield Case("dynamic_update_slice", "dynamic_update_slice", {}, [z(5), z(2), Given(1, "i32", others=[4])])
    yield Case("gather", "gather", {**ROWS, "sizes": [1, 2]}, [z(5, 2), Given([[0], [4], [0]], "i32")])
    yield Case("scatter_add", "scatter_add", ROWS, [z(5, 2), Given([[0], [4], [0]], "i32"), z(3, 2)])
    yield Case("reduce_sum", "reduce_sum", {"axes": [0]}, [z(3, 2)])
    yield Case("reduce_prod", "reduce_prod", {"axes": [1]}, [z(2, 3)])
    yield Case("cumsum", "cumsum", {"axis": 0, "reverse": True}, [z(5)])
    for name, dtype in [("matrices", "c128"), ("c64", "c64")]:
        yield Case(f"dot_general/{name}", "dot_general", {"contract": [[1], [0]], "batch": [[], []]},
                   [z(3, 5, dtype=dtype), z(5, 2, dtype=dtype)], vmap="auto" if dtype == "c128" else None)
    yield Case("dot_general/batched", "dot_general", {"contract": [[2], [1]], "batch": [[0], [0]]},
               [z(2, 3, 5), z(2, 5, 1)])


HALF = """neg abs sign exp expm1 log1p sin cos tan tanh asin acos atan sinh cosh asinh atanh sqrt rsqrt cbrt logistic
    erf erfc floor ceil square is_finite lgamma digamma erf_inv bessel_i0e bessel_i1e""".split()


def half():
    for dtype in ["f16", "bf16"]:
        def x(*shape, low=0.2, high=0.9, dtype=dtype):
            return Draw(list(shape), low, high, dtype)

        for op in HALF:
            yield Case(f"{op}/{dtype}", op, {}, [x(5)])
        for op in ["add", "sub", "mul", "div", "rem", "max", "min", "pow", "atan2", "lt", "eq"]:
            yield Case(f"{op}/{dtype}", op, {}, [x(5), x(5)])
        yield Case(f"integer_pow/{dtype}", "integer_pow", {"n": 3}, [x(5)])
        yield Case(f"select/{dtype}", "select", {}, [Ints([5], 0, 2, "bool"), x(5), x(5)])
        yield Case(f"clamp/{dtype}", "clamp", {}, [x(5, low=0.1, high=0.3), x(5), x(5, low=0.6, high=0.7)])
        for other in ["f32", "f64", "i32", "bool", *(["f16"] if dtype == "bf16" else [])]:
            yield Case(f"convert/{dtype}_to_{other}", "convert_element_type", {"dtype": other}, [x(5)], vmap=None)
            back = Ints([5], 0, 2, other) if other in ["i32", "bool"] else x(5, dtype=other)
            yield Case(f"convert/{other}_to_{dtype}", "convert_element_type", {"dtype": dtype}, [back], vmap=None)
        yield Case(f"iota/{dtype}", "iota", {"dtype": dtype, "shape": [5], "dimension": 0}, [])
        yield Case(f"pad/{dtype}", "pad", {"config": [(1, 1, 0)]}, [x(3), x()])
        yield Case(f"concatenate/{dtype}", "concatenate", {"dim": 0}, [x(3), x(2)])
        yield Case(f"gather/{dtype}", "gather", {**ROWS, "sizes": [1, 2]}, [x(5, 2), Given([[0], [4]], "i32")])
        yield Case(f"scatter_add/{dtype}", "scatter_add", ROWS, [x(5, 2), Given([[0], [4]], "i32"), x(2, 2)])
        for op in ["reduce_sum", "reduce_prod", "reduce_max"]:
            yield Case(f"{op}/{dtype}", op, {"axes": [0]}, [x(3, 2)])
        yield Case(f"cumsum/{dtype}", "cumsum", {"axis": 0, "reverse": False}, [x(5)])
        yield Case(f"sort/{dtype}", "sort", {"axis": 0, "num_keys": 1}, [Distinct([5], dtype)])
        yield Case(f"dot_general/{dtype}", "dot_general", {"contract": [[1], [0]], "batch": [[], []]},
                   [x(3, 5), x(5, 2)])
        yield Case(f"sum/{dtype}", "np.sum", {"axis": 0}, [x(300, 2)], vmap=None)


def bits():
    for dtype, data in {"i32": [0, 1, -1, 7, 2147483647, -2147483648], "i64": [0, 5, -3, 2**63 - 1, -(2**63)],
                        "u8": [0, 1, 7, 255], "u32": [0, 1, 7, 2**32 - 1]}.items():
        for op in ["population_count", "clz"]:
            yield Case(f"{op}/{dtype}", op, {}, [Given(data, dtype)])
        by = Given([0, 1, 3, 7, 40, 5][:len(data)], dtype)
        for op in ["shift_left", "shift_right_arithmetic", "shift_right_logical"]:
            yield Case(f"{op}/{dtype}", op, {}, [Given(data, dtype), by])
    for name, x, dtype in [("f64_to_i64", Draw([3]), "i64"), ("i32_to_f32", Ints([3], 10**9, 2 * 10**9), "f32"),
                           ("f32_to_u8", Draw([3], dtype="f32"), "u8"), ("u8_to_u32", Ints([3, 4], 0, 256, "u8"), "u32"),
                           ("f64_to_u32", Draw([2, 3]), "u32"), ("bf16_to_u8", Draw([2], dtype="bf16"), "u8")]:
        # JAX cannot batch the last axis of those that go to a wider dtype.
        yield Case(f"bitcast/{name}", "bitcast_convert_type", {"dtype": dtype}, [x],
                   vmap=None if name == "u8_to_u32" else "auto")
    for dtype, tiny in [("f64", 5e-324), ("f32", 1e-45)]:
        data = [0.0, -0.0, 1.0, -1.0, INF, -INF, NAN, 1.0, tiny, -tiny, 2.0, 1.0]
        toward = [1.0, -1.0, 2.0, -2.0, 0.0, 0.0, 1.0, NAN, 0.0, 0.0, 2.0, -INF]
        yield Case(f"nextafter/{dtype}", "np.nextafter", {}, [Given(data, dtype), Given(toward, dtype)],
                   derivatives=False, vmap=None)


def fft():
    for n in [1, 2, 5, 8]:
        for op in ["fft", "ifft", "irfft"]:
            size = n // 2 + 1 if op == "irfft" else n
            yield Case(f"{op}/{n}", op, {"lengths": [n]}, [Draw([size], dtype="c128")])
        yield Case(f"rfft/{n}", "rfft", {"lengths": [n]}, [Draw([n])])
    for op in ["fft", "ifft", "rfft", "irfft"]:
        for shape in [[3, 4], [2, 3, 5], [2, 3, 4]]:
            size = [*shape[:-1], shape[-1] // 2 + 1] if op == "irfft" else shape
            for axes in range(1, len(shape) + 1):
                name = f"{op}/{'x'.join(map(str, shape))}_over_{axes}"
                dtype = "f64" if op == "rfft" else "c128"
                yield Case(name, op, {"lengths": shape[-axes:]}, [Draw(size, dtype=dtype)])
        single = "f32" if op == "rfft" else "c64"
        size = [4] if op == "irfft" else [7]
        yield Case(f"{op}/{single}", op, {"lengths": [7]}, [Draw(size, dtype=single)], vmap=None)
        yield Case(f"{op}/no_examples", op, {"lengths": [7]}, [Draw([0, *size], dtype="f64" if op == "rfft" else "c128")],
                   vmap=None)
    for name, x, p in [("fft", Draw([3, 5], dtype="c128"), {"axes": [0]}), ("fft", Draw([2, 3, 1, 5]), {"axes": [0, 1, 2, 3]}),
                       ("ifft", Draw([3, 4], dtype="c128"), {"axes": [1, 0]}), ("rfft", Draw([3, 4]), {"axes": [1, 0]}),
                       ("irfft", Draw([3, 3], dtype="c128"), {"axes": [0, 1], "n": 5})]:
        yield Case(f"numpy_{name}/{len(x.shape)}_{x.dtype}", f"np.fft.{name}", p, [x], vmap=None)
    for n in [1, 4, 5]:
        for name in ["fftfreq", "rfftfreq"]:
            yield Case(f"numpy_{name}/{n}", f"np.fft.{name}", {"n": n, "d": 0.25}, [], vmap=None)
        for name in ["fftshift", "ifftshift"]:
            yield Case(f"numpy_{name}/{n}", f"np.fft.{name}", {"axes": [0]}, [Draw([n, 2])], vmap=None)


def function(op, p):
    if op in ["fft", "ifft", "rfft", "irfft"]:
        return lambda x: lax.fft(x, getattr(lax.FftType, op.upper()), tuple(p["lengths"]))
    if op.startswith("np.fft."):
        name = op.removeprefix("np.fft.")
        if name.endswith("freq"):
            return lambda: getattr(jnp.fft, name)(p["n"], p["d"])
        if name.endswith("shift"):
            return lambda x: getattr(jnp.fft, name)(x, p["axes"])
        if name == "rfft":
            return lambda x: jnp.fft.rfftn(x, axes=p["axes"])
        if name == "irfft":
            first, last = p["axes"]
            return lambda x: jnp.fft.irfft(jnp.fft.ifft(x, axis=first), p["n"], axis=last)
        full = {"fft": jnp.fft.fft, "ifft": jnp.fft.ifft}[name]

        def each(x):
            for axis in p["axes"]:
                x = full(x, axis=axis)
            return x

        return each
    return None
