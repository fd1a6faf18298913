"""The cases of the primitives, by family. Sizes are 0, 1 or odd primes."""

import linalg_cases
import number_cases
import numpy_cases
import order_cases
import random_cases
import special_cases
import window_cases
from inputs import Case, Distinct, Draw, Given, Ints

INF, NAN = float("inf"), float("nan")
EDGES = [0.0, -0.0, 1.0, -1.0, INF, -INF, NAN]
REALS = [1e-300, -1e-30, 1e-9, -1e-5, 0.015625, -0.3, 2.5, -7.75]

# Name: range of smooth inputs, more edges, and hard arguments (tiny, huge, near a zero or a pole).
UNARY = {
    "neg": (-2, 2, [], []),
    "abs": (-2, 2, [], []),
    "sign": (-2, 2, [2.5], []),
    "exp": (-3, 3, [1000.0, -1000.0], REALS + [700.0, 709.7, -700.0, -745.0]),
    "expm1": (-3, 3, [1000.0], REALS + [1e-20, 1e-12, -1e-12, 0.5, -0.5, 30.0, -40.0, 700.0]),
    "log": (0.1, 4, [5e-324], [1e-300, 1e-9, 0.5, 0.999999, 1.000001, 1e9, 1e300]),
    "log1p": (-0.8, 4, [-2.0], REALS[:-2] + [1e-20, 1e-12, -1e-12, -0.9999999, 1e9, 1e300]),
    "sin": (-3, 3, [], REALS + [3.141592653589793, 100.0, 1e5, 1e10, 1e22]),
    "cos": (-3, 3, [], REALS + [1.5707963267948966, 100.0, 1e5, 1e10, 1e22]),
    "tan": (-1.3, 1.3, [], REALS + [1.5707963267948966, 100.0, 1e5, 1e10]),
    "asin": (-0.95, 0.95, [2.0], REALS[:-2] + [0.999999, -0.9999999999]),
    "acos": (-0.95, 0.95, [2.0], REALS[:-2] + [0.999999, -0.9999999999]),
    "atan": (-3, 3, [], REALS + [1e9, -1e300]),
    "sinh": (-3, 3, [1000.0, -1000.0], REALS + [30.0, 700.0, -710.0]),
    "cosh": (-3, 3, [1000.0, -1000.0], REALS + [30.0, 700.0, -710.0]),
    "tanh": (-3, 3, [], REALS + [10.0, 19.0, -22.5, 350.0, 1e300]),
    "asinh": (-3, 3, [], REALS + [1e9, -1e9, 1e200]),
    "acosh": (1.1, 4, [0.5], [1.0000000001, 1.0001, 30.0, 1e9, 1e200]),
    "atanh": (-0.9, 0.9, [2.0], REALS[:-2] + [0.999999, -0.9999999999]),
    "sqrt": (0.1, 4, [5e-324], [1e-300, 2.0, 3.0, 1e300]),
    "rsqrt": (0.1, 4, [5e-324], [1e-300, 2.0, 3.0, 1e300]),
    "cbrt": (-3, 3, [8.0, -27.0], REALS + [1e-200, 1e300, -1e9]),
    "logistic": (-3, 3, [1000.0, -1000.0], REALS + [36.0, 40.0, -40.0, 700.0, -700.0]),
    "erf": (-3, 3, [], REALS + [0.9, 1.1, 2.9, -5.5, 6.0, 30.0]),
    "erfc": (-3, 3, [], REALS + [0.9, 1.1, 2.9, -5.5, 6.0, 10.0, 26.0]),
    "floor": (-3, 3, [0.5, -0.5, 4503599627370495.5, 1e300], []),
    "ceil": (-3, 3, [0.5, -0.5, 4503599627370495.5, 1e300], []),
    "round": (-3, 3, [0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.49999999999999994, 1e300], []),
    "square": (-2, 2, [], REALS + [1e200, 1e-200]),
}

SIGNED_EDGES = {"i32": [0, 1, -1, 7, 2147483647, -2147483648], "i64": [0, 5, -3, 2**63 - 1, -(2**63)]}
UNSIGNED_EDGES = {"u8": [0, 1, 7, 255], "u32": [0, 1, 7, 2**32 - 1]}


def unary():
    for op, (low, high, edges, hard) in UNARY.items():
        yield Case(f"{op}/vector", op, {}, [Draw([7], low, high)], second=True)
        yield Case(f"{op}/3d", op, {}, [Draw([3, 1, 2], low, high)], second=True)
        yield Case(f"{op}/scalar", op, {}, [Draw([], low, high)], second=True)
        yield Case(f"{op}/empty", op, {}, [Draw([3, 0], low, high)])
        yield Case(f"{op}/edges", op, {}, [Given(EDGES + edges)], smooth=False)
        yield Case(f"{op}/f32", op, {}, [Draw([5], low, high, "f32")], second=True, vmap=None)
        yield Case(f"{op}/f32_edges", op, {}, [Given(EDGES, "f32")], derivatives=False, vmap=None)
        if hard:
            yield Case(f"{op}/accuracy", op, {}, [Given(hard)], smooth=False, vmap=None)
    for op in ["neg", "abs", "sign", "square"]:
        unsigned = {} if op == "abs" else UNSIGNED_EDGES
        for dtype, data in {**SIGNED_EDGES, **unsigned}.items():
            yield Case(f"{op}/{dtype}", op, {}, [Given(data, dtype)])
    for dtype, data in {**SIGNED_EDGES, **UNSIGNED_EDGES}.items():
        yield Case(f"not/{dtype}", "not", {}, [Given(data, dtype)])
    yield Case("not/bool", "not", {}, [Given([True, False, True], "bool")])
    yield Case("is_finite/f64", "is_finite", {}, [Given([*EDGES, 1e308])])
    yield Case("is_finite/f32", "is_finite", {}, [Given(EDGES, "f32")])
    for n in range(-3, 6):
        op, params = "integer_pow", {"n": n}
        name = f"{op}/{n}" if n >= 0 else f"{op}/minus_{-n}"
        yield Case(f"{name}", op, params, [Draw([7], -2, 2)], second=True)
        yield Case(f"{name}_f32", op, params, [Draw([5], -2, 2, "f32")], second=True, vmap=None)
        yield Case(f"{name}_edges", op, params, [Given(EDGES)], smooth=False, second=n >= 0)
        if n >= 0:
            yield Case(f"{name}_i32", op, params, [Ints([5])])


# Name: range of the first and of the second operand.
BINARY = {
    "add": ((-2, 2), (-2, 2)),
    "sub": ((-2, 2), (-2, 2)),
    "mul": ((-2, 2), (-2, 2)),
    "div": ((-2, 2), (0.3, 2)),
    "rem": ((-6, 6), (0.7, 2)),
    "max": ((-2, 2), (-2, 2)),
    "min": ((-2, 2), (-2, 2)),
    "pow": ((0.2, 3), (-2, 3)),
    "atan2": ((-2, 2), (-2, 2)),
}
PAIRS = [(a, b) for a in [0.0, -0.0, 1.0, -1.0, 2.5, INF, -INF, NAN]
         for b in [0.0, -0.0, 1.0, -2.0, 0.5, INF, -INF, NAN]]
INT_PAIRS = {
    "i32": ([7, -7, 7, -7, 0, 5, -5, -2147483648, 3], [2, 2, -2, -2, 3, 0, 0, -1, 3]),
    "i64": ([7, -7, 7, -7, 0, 5, -5, -(2**63), 3], [2, 2, -2, -2, 3, 0, 0, -1, 3]),
    "u8": ([7, 250, 0, 5, 200, 3], [2, 7, 3, 0, 100, 3]),
    "u32": ([7, 2**32 - 1, 0, 5, 4000000000, 3], [2, 7, 3, 0, 1000000000, 3]),
}


def binary():
    left, right = zip(*PAIRS)
    for op, (a, b) in BINARY.items():
        yield Case(f"{op}/vector", op, {}, [Draw([7], *a), Draw([7], *b)], second=True)
        yield Case(f"{op}/3d", op, {}, [Draw([3, 1, 2], *a), Draw([3, 1, 2], *b)])
        yield Case(f"{op}/scalar", op, {}, [Draw([], *a), Draw([], *b)], second=True)
        yield Case(f"{op}/empty", op, {}, [Draw([0], *a), Draw([0], *b)])
        yield Case(f"{op}/f32", op, {}, [Draw([5], *a, "f32"), Draw([5], *b, "f32")], second=True,
                   vmap=None)
        yield Case(f"{op}/edges", op, {}, [Given(left), Given(right)], smooth=False, vmap=None)
        if op not in ["pow", "atan2"]:
            for dtype, (x, y) in INT_PAIRS.items():
                yield Case(f"{op}/{dtype}", op, {}, [Given(x, dtype), Given(y, dtype)], vmap=None)
    ties = Given([1.0, 0.0, -2.5, 3.0, -0.0])
    for op in ["max", "min", "sub", "div"]:
        yield Case(f"{op}/ties", op, {}, [ties, ties], smooth=False, vmap=None)
    yield Case("pow/negative_base", "pow", {},
               [Given([-2.0, -2.0, -0.5, -3.0]), Given([2.0, 3.0, -1.0, 0.0])], smooth=False)
    yield Case("pow/zero_base", "pow", {},
               [Given([0.0] * 7), Given([0.0, 1.0, 2.0, 3.0, 0.5, -1.0, 2.5])], smooth=False)
    yield Case("pow/zero_exponent", "pow", {}, [Draw([5], 0.2, 3), Given([0.0] * 5)], smooth=False)
    yield Case("atan2/axes", "atan2", {},
               [Given([0.0, 0.0, 1.0, -1.0, 0.0]), Given([0.0, 1.0, 0.0, 0.0, -1.0])], smooth=False)


def compare():
    left, right = zip(*PAIRS)
    for op in ["eq", "ne", "lt", "le", "gt", "ge"]:
        yield Case(f"{op}/f64", op, {}, [Given([1.0, 2.0, -3.0]), Given([2.0, 2.0, -4.0])])
        yield Case(f"{op}/edges", op, {}, [Given(left), Given(right)], vmap=None)
        yield Case(f"{op}/f32", op, {}, [Draw([5], dtype="f32"), Draw([5], dtype="f32")], vmap=None)
        yield Case(f"{op}/empty", op, {}, [Draw([0]), Draw([0])])
        for dtype, (x, y) in INT_PAIRS.items():
            yield Case(f"{op}/{dtype}", op, {}, [Given(x, dtype), Given(y, dtype)], vmap=None)
        booleans = [Given([True, True, False, False], "bool"), Given([True, False, True, False], "bool")]
        yield Case(f"{op}/bool", op, {}, booleans, vmap=None)
    for op in ["and", "or", "xor"]:
        booleans = [Given([True, True, False, False], "bool"), Given([True, False, True, False], "bool")]
        yield Case(f"{op}/bool", op, {}, booleans)
        for dtype, (x, y) in INT_PAIRS.items():
            yield Case(f"{op}/{dtype}", op, {}, [Given(x, dtype), Given(y, dtype)], vmap=None)


def choose():
    which = Given([True, False, False, True, False], "bool")
    yield Case("select/vector", "select", {}, [which, Draw([5]), Draw([5])])
    yield Case("select/2d", "select", {}, [Ints([3, 5], 0, 2, "bool"), Draw([3, 5]), Draw([3, 5])])
    yield Case("select/scalar_predicate", "select", {},
               [Given(True, "bool", others=[False]), Draw([3, 2]), Draw([3, 2])])
    yield Case("select/scalars", "select", {}, [Given(False, "bool", others=[True]), Draw([]), Draw([])])
    yield Case("select/empty", "select", {}, [Given([], "bool"), Draw([0]), Draw([0])])
    yield Case("select/i32", "select", {}, [which, Ints([5]), Ints([5])])
    yield Case("select/f32", "select", {}, [which, Draw([5], dtype="f32"), Draw([5], dtype="f32")])
    yield Case("select/bool", "select", {}, [which, Ints([5], 0, 2, "bool"), Ints([5], 0, 2, "bool")])
    # Neither values nor tangents nor cotangents of the branch not taken may shine through.
    taken, nans = [1.0, 2.0, 3.0, 4.0, 5.0], [NAN, INF, -INF, NAN, NAN]
    other = [NAN if t else v for t, v in zip([1, 0, 0, 1, 0], taken)]
    chosen = [v if t else n for t, v, n in zip([1, 0, 0, 1, 0], taken, nans)]
    yield Case("select/nan_not_taken", "select", {}, [which, Given(other), Given(chosen)],
               smooth=False, tangents=[other, chosen], cotangents=[[INF, 1.0, NAN, -INF, 2.0]])
    yield Case("np/safe_log", "np.safe_log", {}, [Given([0.0, -1.0, 2.0, 0.5, -0.0])], smooth=False)
    for shape, name in [([7], "vector"), ([3, 5], "2d"), ([], "scalar")]:
        inputs = [Draw(shape, -1, -0.2), Draw(shape), Draw(shape, 0.2, 1)]
        yield Case(f"clamp/{name}", "clamp", {}, inputs)
    yield Case("clamp/scalar_bounds", "clamp", {}, [Draw([], -1, 0), Draw([7]), Draw([], 0, 1)])
    yield Case("clamp/ties", "clamp", {},
               [Given([-1.0] * 7), Given([-1.0, 1.0, 0.0, NAN, INF, -INF, 2.0]), Given([1.0] * 7)],
               smooth=False)
    yield Case("clamp/crossed", "clamp", {},
               [Given([1.0] * 3), Given([-2.0, 0.25, 2.0]), Given([-1.0] * 3)], smooth=False)
    yield Case("clamp/i32", "clamp", {}, [Given(-2, "i32"), Ints([7]), Given(3, "i32")], vmap=None)
    yield Case("clamp/f32", "clamp", {},
               [Given(-0.5, "f32"), Draw([7], dtype="f32"), Given(0.75, "f32")], vmap=None)
    yield Case("stop_gradient/vector", "stop_gradient", {}, [Draw([5])], smooth=False, second=True)
    yield Case("stop_gradient/i32", "stop_gradient", {}, [Ints([5])])
    for shape, name in [([5], "vector"), ([], "scalar"), ([0, 3], "empty")]:
        yield Case(f"optimization_barrier/{name}", "optimization_barrier", {}, [Draw(shape)])
    yield Case("optimization_barrier/i32", "optimization_barrier", {}, [Ints([5])])


def convert():
    floats = [0.0, -0.0, 1.0, -1.0, 0.75, -2.5, 200.25, 3.5]
    wild = [*floats, 1e10, -1e10, 300.0, 1e300, -1e300, INF, -INF, NAN]
    sources = {
        "f64": [wild],
        "f32": [floats + [1e10, -1e10, INF, NAN]],
        "i32": [[0, 1, -1, 300, 2147483647, -2147483648, 16777217]],
        "i64": [[0, 1, -1, 300, 2**40 + 3, -(2**40) - 3, 2**63 - 1, 2**53 + 1]],
        "u8": [[0, 1, 7, 255]],
        "u32": [[0, 1, 300, 2**32 - 1]],
        "bool": [[True, False, True]],
    }
    for source, (data,) in sources.items():
        for target in sources:
            yield Case(f"convert_element_type/{source}_to_{target}", "convert_element_type",
                       {"dtype": target}, [Given(data, source)], smooth=False, vmap=None)
    yield Case("convert_element_type/f64_to_f32_batched", "convert_element_type", {"dtype": "f32"},
               [Draw([3, 5])], smooth=False)
    yield Case("convert_element_type/f32_to_f64_batched", "convert_element_type", {"dtype": "f64"},
               [Draw([3, 1], dtype="f32")], smooth=False)


def shape():
    for dtype in ["f64", "f32", "i32", "i64", "u8", "u32"]:
        yield Case(f"iota/{dtype}", "iota", {"dtype": dtype, "shape": [3, 5], "dimension": 1}, [])
    yield Case("iota/first", "iota", {"dtype": "i32", "shape": [3, 5, 2], "dimension": 0}, [])
    yield Case("iota/empty", "iota", {"dtype": "i32", "shape": [0], "dimension": 0}, [])

    def simple(op, rows):
        for name, operand, params in rows:
            yield Case(f"{op}/{name}", op, params, [Draw(operand)])
        name, operand, params = rows[0]
        yield Case(f"{op}/i32", op, params, [Ints(operand)])
        yield Case(f"{op}/bool", op, params, [Ints(operand, 0, 2, "bool")], vmap=None)
        yield Case(f"{op}/f32", op, params, [Draw(operand, dtype="f32")], vmap=None)

    yield from simple("broadcast_in_dim", [
        ("row", [5], {"shape": [3, 5], "dims": [1]}),
        ("column", [3], {"shape": [3, 5], "dims": [0]}),
        ("middle", [3], {"shape": [2, 3, 5], "dims": [1]}),
        ("expand_ones", [3, 1], {"shape": [3, 5], "dims": [0, 1]}),
        ("ones_apart", [1, 3], {"shape": [2, 5, 3], "dims": [1, 2]}),
        ("scalar", [], {"shape": [3, 2], "dims": []}),
        ("to_empty", [1], {"shape": [0], "dims": [0]}),
        ("empty", [0], {"shape": [3, 0], "dims": [1]}),
        ("same", [3], {"shape": [3], "dims": [0]}),
    ])
    yield from simple("reshape", [
        ("flatten", [3, 5], {"shape": [15]}),
        ("unflatten", [15], {"shape": [5, 3]}),
        ("regroup", [2, 3, 5], {"shape": [5, 6]}),
        ("to_scalar", [1, 1], {"shape": []}),
        ("from_scalar", [], {"shape": [1, 1, 1]}),
        ("empty", [0, 3], {"shape": [5, 0]}),
    ])
    yield from simple("transpose", [
        ("2d", [3, 5], {"perm": [1, 0]}),
        ("cycle", [2, 3, 5], {"perm": [1, 2, 0]}),
        ("swap", [2, 3, 5], {"perm": [0, 2, 1]}),
        ("identity", [3], {"perm": [0]}),
        ("scalar", [], {"perm": []}),
        ("empty", [3, 0, 2], {"perm": [2, 0, 1]}),
    ])
    yield from simple("squeeze", [
        ("middle", [3, 1, 5], {"dims": [1]}),
        ("two", [1, 3, 1], {"dims": [0, 2]}),
        ("to_scalar", [1], {"dims": [0]}),
        ("empty", [0, 1], {"dims": [1]}),
    ])
    yield from simple("expand_dims", [
        ("middle", [3, 5], {"dims": [1]}),
        ("two", [3], {"dims": [0, 2]}),
        ("scalar", [], {"dims": [0]}),
    ])
    yield from simple("rev", [
        ("vector", [5], {"dims": [0]}),
        ("second", [3, 5], {"dims": [1]}),
        ("both", [3, 5, 2], {"dims": [0, 2]}),
        ("empty", [0], {"dims": [0]}),
    ])
    yield from simple("slice", [
        ("vector", [7], {"start": [2], "limit": [6], "stride": [1]}),
        ("strided", [7], {"start": [1], "limit": [7], "stride": [3]}),
        ("stride_past_end", [7], {"start": [0], "limit": [6], "stride": [4]}),
        ("2d", [5, 7], {"start": [1, 0], "limit": [4, 7], "stride": [2, 2]}),
        ("nothing", [5], {"start": [3], "limit": [3], "stride": [1]}),
        ("whole", [3, 2], {"start": [0, 0], "limit": [3, 2], "stride": [1, 1]}),
    ])
    pads = [
        ("both", [3], [(2, 1, 0)]),
        ("interior", [3], [(0, 0, 2)]),
        ("all", [3], [(1, 2, 1)]),
        ("negative", [7], [(-2, -1, 0)]),
        ("negative_interior", [5], [(-1, -2, 1)]),
        ("mixed", [5], [(-2, 3, 0)]),
        ("2d", [3, 2], [(1, 0, 0), (-1, 2, 1)]),
        ("empty", [0], [(2, 1, 0)]),
        ("empty_interior", [0], [(2, 1, 3)]),
        ("to_empty", [3], [(-1, -2, 0)]),
    ]
    for name, operand, config in pads:
        yield Case(f"pad/{name}", "pad", {"config": config}, [Draw(operand), Draw([])])
    yield Case("pad/i32", "pad", {"config": [(1, 1, 1)]}, [Ints([3]), Ints([])])
    yield Case("pad/f32", "pad", {"config": [(1, 1, 1)]}, [Draw([3], dtype="f32"), Draw([], dtype="f32")],
               vmap=None)
    joins = [
        ("two", [[3], [2]], 0),
        ("three", [[3, 2], [3, 1], [3, 3]], 1),
        ("rows", [[1, 3], [2, 3]], 0),
        ("one", [[3]], 0),
        ("with_empty", [[3], [0], [2]], 0),
        ("empty", [[0, 3], [0, 3]], 0),
    ]
    for name, shapes, dim in joins:
        yield Case(f"concatenate/{name}", "concatenate", {"dim": dim}, [Draw(s) for s in shapes])
    yield Case("concatenate/i32", "concatenate", {"dim": 0}, [Ints([3]), Ints([2])])
    yield Case("concatenate/bool", "concatenate", {"dim": 0}, [Ints([3], 0, 2, "bool"), Ints([2], 0, 2, "bool")],
               vmap=None)


def dims(offset_dims, collapsed, start_index_map, operand_batching=(), indices_batching=()):
    return {"offset_dims": offset_dims, "collapsed": collapsed, "start_index_map": start_index_map,
            "operand_batching": list(operand_batching), "indices_batching": list(indices_batching)}


# Name, operand, indices (their last axis is the index vector), dimension numbers, window sizes,
# and the shape of the updates of a scatter that goes the other way.
WINDOWS = [
    ("rows", [5, 3], [[0], [4], [2], [2]], dims([1], [0], [0]), [1, 3], [4, 3]),
    ("columns", [3, 5], [[[1], [3]], [[0], [4]], [[3], [3]]], dims([0], [1], [1]), [3, 1], [3, 3, 2]),
    ("points", [3, 5], [[0, 1], [2, 4], [1, 1], [0, 1]], dims([], [0, 1], [0, 1]), [1, 1], [4]),
    ("windows", [5, 7], [[0, 1], [3, 2], [1, 0]], dims([1, 2], [], [0, 1]), [2, 3], [3, 2, 3]),
    ("windows_swapped", [5, 7], [[0, 1], [3, 2]], dims([0, 2], [], [1, 0]), [2, 3], [2, 2, 3]),
    ("batched_rows", [3, 5], [[[1], [4]], [[0], [0]], [[2], [3]]],
     dims([], [1], [1], [0], [0]), [1, 1], [3, 2]),
    ("batched_middle", [2, 3, 5], [[[1], [0], [4]], [[2], [2], [3]]],
     dims([0], [2], [2], [1], [1]), [2, 1, 1], [2, 2, 3]),
    ("one", [5], [2], dims([], [0], [0]), [1], []),
    ("window_of_vector", [7], [3], dims([0], [], [0]), [3], [3]),
    ("no_indices", [5], [], dims([], [0], [0]), [1], [0]),
    ("out_of_range", [5], [[-1], [5], [2], [-7], [100]], dims([], [0], [0]), [1], [5]),
    ("windows_out_of_range", [5, 3], [[3, 0], [4, 1], [-1, 0], [0, 2]], dims([1, 2], [], [0, 1]),
     [2, 2], [4, 2, 2]),
    ("batched_out_of_range", [3, 5], [[[1], [9]], [[-3], [0]], [[5], [4]]],
     dims([], [1], [1], [0], [0]), [1, 1], [3, 2]),
]


def indexing():
    for name, operand, places, numbers, sizes, updates in WINDOWS:
        at = Given(places, "i32", shape=[0, 1] if places == [] else None)
        yield Case(f"gather/{name}", "gather", {**numbers, "sizes": sizes}, [Draw(operand), at])
        yield Case(f"scatter_add/{name}", "scatter_add", numbers, [Draw(operand), at, Draw(updates)])
        for op in ["scatter", "scatter_min", "scatter_max"]:
            yield Case(f"{op}/{name}", op, numbers, [Draw(operand), at, Draw(updates)])
        yield Case(f"scatter_mul/{name}", "scatter_mul", numbers, [Draw(operand), at, Draw(updates)],
                   derivatives=False)
    row = dims([], [0], [0])
    for op in ["scatter", "scatter_mul"]:
        for name, places in [("unique", [[4], [0], [2]]), ("unique_out_of_range", [[4], [-1], [9]])]:
            yield Case(f"{op}/{name}", op, {**row, "unique": True},
                       [Draw([5]), Given(places, "i32"), Draw([3])])
    for op in ["scatter", "scatter_min", "scatter_max", "scatter_mul"]:
        yield Case(f"{op}/i32_operand", op, row, [Ints([5]), Given([[4], [1], [7]], "i32"), Ints([3])])
    yield Case("scatter/bool", "scatter", row, [Ints([5], 0, 2, "bool"), Given([[4], [1]], "i32"), Ints([2], 0, 2, "bool")])
    for op in ["scatter_min", "scatter_max"]:
        yield Case(f"{op}/ties", op, row, [Given([1.0, 2.0, 3.0]), Given([[0], [0], [1]], "i32"), Given([1.0, 1.0, 2.0])],
                   smooth=False)
    yield Case("gather/i64_indices", "gather", {**row, "sizes": [1]},
               [Draw([5]), Given([[4], [0], [7]], "i64")])
    yield Case("gather/u8_indices", "gather", {**row, "sizes": [1]},
               [Draw([5]), Given([[4], [0], [255]], "u8")], vmap=None)
    yield Case("gather/i32_operand", "gather", {**row, "sizes": [1]},
               [Ints([5]), Given([[4], [0], [7]], "i32")])
    yield Case("gather/f32", "gather", {**row, "sizes": [1]},
               [Draw([5], dtype="f32"), Given([[4], [0], [7]], "i32")], vmap=None)
    yield Case("scatter_add/i32_operand", "scatter_add", row,
               [Ints([5]), Given([[4], [4], [7]], "i32"), Ints([3])])
    yield Case("scatter_add/f32", "scatter_add", row,
               [Draw([5], dtype="f32"), Given([[4], [4], [7]], "i32"), Draw([3], dtype="f32")], vmap=None)
    starts = [
        ("vector", [7], [3], [(2, 4)]),
        ("2d", [5, 7], [2, 3], [(1, 0), (3, 4)]),
        ("past_end", [7], [3], [(6, 100)]),
        ("negative", [7], [3], [(-2, -100)]),
        ("2d_out_of_range", [3, 5], [2, 2], [(2, -1), (-3, 4)]),
        ("whole", [3], [3], [(1, 0)]),
        ("nothing", [5], [0], [(1, 5)]),
        ("scalar", [], [], []),
    ]
    for name, operand, sizes, places in starts:
        at = [Given(first, "i32", others=[second]) for first, second in places]
        yield Case(f"dynamic_slice/{name}", "dynamic_slice", {"sizes": sizes}, [Draw(operand), *at])
        yield Case(f"dynamic_update_slice/{name}", "dynamic_update_slice", {},
                   [Draw(operand), Draw(sizes), *at])
    at = Given(2, "i64", others=[9])
    yield Case("dynamic_slice/i64_start", "dynamic_slice", {"sizes": [2]}, [Draw([5]), at])
    yield Case("dynamic_slice/i32_operand", "dynamic_slice", {"sizes": [2]}, [Ints([5]), at])
    yield Case("dynamic_update_slice/f32", "dynamic_update_slice", {},
               [Draw([5], dtype="f32"), Draw([2], dtype="f32"), at], vmap=None)


def reduce():
    places = [
        ("all", [7], [0]),
        ("first", [3, 5], [0]),
        ("last", [3, 5], [1]),
        ("outer", [3, 5, 2], [0, 2]),
        ("middle", [3, 5, 2], [1]),
        ("everything", [3, 1, 2], [0, 1, 2]),
        ("one", [1], [0]),
    ]
    empty = [("nothing", [0], [0]), ("empty_axis", [3, 0], [1]), ("empty_result", [0, 3], [1])]
    for name, shape, axes in places:
        for op in ["reduce_sum", "reduce_prod"]:
            yield Case(f"{op}/{name}", op, {"axes": axes}, [Draw(shape)])
        for op in ["reduce_max", "reduce_min"]:
            yield Case(f"{op}/{name}", op, {"axes": axes}, [Distinct(shape)])
        for op in ["reduce_and", "reduce_or"]:
            yield Case(f"{op}/{name}", op, {"axes": axes}, [Ints(shape, 0, 2, "bool")])
    for name, shape, axes in empty:
        for op in ["reduce_sum", "reduce_prod", "reduce_max", "reduce_min"]:
            # The extremes of nothing are infinite: no difference quotient.
            yield Case(f"{op}/{name}", op, {"axes": axes}, [Draw(shape)],
                       smooth=op in ["reduce_sum", "reduce_prod"])
            yield Case(f"{op}/{name}_i32", op, {"axes": axes}, [Ints(shape)], vmap=None)
        for op in ["reduce_and", "reduce_or"]:
            yield Case(f"{op}/{name}", op, {"axes": axes}, [Ints(shape, 0, 2, "bool")])
    for op in ["reduce_sum", "reduce_prod", "reduce_max", "reduce_min"]:
        for dtype in ["i32", "i64", "u8", "u32"]:
            yield Case(f"{op}/{dtype}", op, {"axes": [1]}, [Ints([3, 5], 0, 9, dtype)], vmap=None)
        yield Case(f"{op}/f32", op, {"axes": [1]}, [Draw([3, 5], dtype="f32")], vmap=None)
        yield Case(f"{op}/nan", op, {"axes": [1]},
                   [Given([[1.0, NAN, 3.0], [INF, 1.0, 2.0], [-INF, INF, 0.0], [2.0, -INF, 0.5]])],
                   smooth=False)
    for op in ["reduce_and", "reduce_or"]:
        yield Case(f"{op}/i32", op, {"axes": [0]}, [Ints([3, 5])], vmap=None)
    ties = Given([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0], [0.0, -0.0, -1.0], [1.0, 1.0, 4.0]])
    for op in ["reduce_max", "reduce_min"]:
        yield Case(f"{op}/ties", op, {"axes": [1]}, [ties], smooth=False)
        yield Case(f"{op}/ties_both", op, {"axes": [0, 1]}, [ties], smooth=False)
    zeros = Given([[1.5, -2.0, 3.0], [0.0, 2.0, -3.0], [0.0, 2.0, 0.0], [0.0, 0.0, 0.0]])
    yield Case("reduce_prod/zeros", "reduce_prod", {"axes": [1]}, [zeros])
    # The derivative is exactly 0; the quotient is not.
    yield Case("reduce_prod/zeros_everywhere", "reduce_prod", {"axes": [0, 1]}, [zeros], smooth=False)
    for op in ["argmax", "argmin"]:
        for name, shape, axis in [("vector", [7], 0), ("first", [3, 5], 0), ("last", [3, 5], 1),
                                  ("middle", [2, 5, 3], 1), ("empty_result", [0, 3], 1)]:
            for dtype in ["i32", "i64"]:
                yield Case(f"{op}/{name}_{dtype}", op, {"axis": axis, "dtype": dtype},
                           [Distinct(shape)], derivatives=False)
        params = {"axis": 1, "dtype": "i32"}
        yield Case(f"{op}/ties", op, params, [ties], derivatives=False)
        yield Case(f"{op}/nan", op, params, derivatives=False, inputs=[
            Given([[1.0, NAN, 3.0], [NAN, NAN, 0.0], [INF, INF, 1.0], [-INF, -INF, -INF]])])
        for dtype in ["i32", "u8", "f32"]:
            yield Case(f"{op}/of_{dtype}", op, params, [Ints([3, 5], 0, 4, dtype)],
                       derivatives=False, vmap=None)
    for reverse in [False, True]:
        kind = "reversed" if reverse else "forward"
        for name, shape, axis in [("vector", [7], 0), ("first", [3, 5], 0), ("last", [3, 5], 1),
                                  ("middle", [2, 5, 3], 1), ("one", [1], 0), ("empty", [0, 3], 0),
                                  ("empty_other", [3, 0], 0)]:
            yield Case(f"cumsum/{name}_{kind}", "cumsum", {"axis": axis, "reverse": reverse}, [Draw(shape)])
        yield Case(f"cumsum/i32_{kind}", "cumsum", {"axis": 0, "reverse": reverse}, [Ints([5])])
        yield Case(f"cumsum/f32_{kind}", "cumsum", {"axis": 0, "reverse": reverse}, [Draw([5], dtype="f32")],
                   vmap=None)


def contract():
    rows = [
        ("inner", [7], [7], ([0], [0]), ([], [])),
        ("outer", [3], [5], ([], []), ([], [])),
        ("matrix_vector", [3, 5], [5], ([1], [0]), ([], [])),
        ("vector_matrix", [3], [3, 5], ([0], [0]), ([], [])),
        ("matrix_matrix", [3, 5], [5, 2], ([1], [0]), ([], [])),
        ("transposed_both", [5, 3], [2, 5], ([0], [1]), ([], [])),
        ("batch", [3, 2, 5], [3, 5, 7], ([2], [1]), ([0], [0])),
        ("batch_in_the_middle", [2, 3, 5], [5, 7, 3], ([2], [0]), ([1], [2])),
        ("two_batches", [2, 3, 5], [3, 2, 5, 1], ([2], [2]), ([0, 1], [1, 0])),
        ("two_contractions", [3, 2, 5], [5, 3, 7], ([0, 2], [1, 0]), ([], [])),
        ("all_contracted", [3, 5], [5, 3], ([0, 1], [1, 0]), ([], [])),
        ("batch_only", [3, 5], [5, 3], ([], []), ([0, 1], [1, 0])),
        ("batch_and_outer", [3, 2], [3, 5], ([], []), ([0], [0])),
        ("scalars", [], [], ([], []), ([], [])),
        ("scalar_left", [], [3], ([], []), ([], [])),
        ("ones", [1, 1], [1, 1], ([1], [0]), ([], [])),
        ("empty_contraction", [3, 0], [0, 2], ([1], [0]), ([], [])),
        ("empty_result", [0, 3], [3, 2], ([1], [0]), ([], [])),
        ("empty_batch", [0, 3], [0, 3], ([1], [1]), ([0], [0])),
    ]
    for name, x, y, contracted, batch in rows:
        params = {"contract": contracted, "batch": batch}
        yield Case(f"dot_general/{name}", "dot_general", params, [Draw(x), Draw(y)])
    params = {"contract": ([1], [0]), "batch": ([], [])}
    for dtype in ["i32", "i64", "u8"]:
        yield Case(f"dot_general/{dtype}", "dot_general", params,
                   [Ints([3, 5], 0, 5, dtype), Ints([5, 2], 0, 5, dtype)], vmap=None)
    yield Case("dot_general/f32", "dot_general", params,
               [Draw([3, 5], dtype="f32"), Draw([5, 2], dtype="f32")])
    yield Case("dot_general/nan", "dot_general", params,
               [Given([[1.0, INF], [0.0, NAN], [2.0, 3.0]]), Given([[0.0, 1.0], [0.0, 2.0]])], smooth=False)


def families():
    """The cases of every family, which are also the names of the files."""
    return {
        "unary": unary(),
        "binary": binary(),
        "compare": compare(),
        "choose": choose(),
        "convert": convert(),
        "shape": shape(),
        "indexing": indexing(),
        "reduce": reduce(),
        "contract": contract(),
        "linalg": linalg_cases.linalg(),
        "complex_linalg": linalg_cases.complex_linalg(),
        "order": order_cases.order(),
        "random": random_cases.random(),
        "windows": window_cases.windows(),
        "complex": number_cases.complex(),
        "half": number_cases.half(),
        "bits": number_cases.bits(),
        "fft": number_cases.fft(),
        "special": special_cases.special(),
        "stats": special_cases.stats(),
        "numpy": numpy_cases.numpy(),
        "einsum": numpy_cases.einsum(),
    }
