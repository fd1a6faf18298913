"""The cases of the numpy layer: methods and functions composed of primitives."""

from inputs import Case, Distinct, Draw, Given, Ints

INF, NAN = float("inf"), float("nan")


def reductions():
    shapes = [([7], {}), ([3, 5], {"axis": 0}), ([3, 5], {"axis": -1, "keepdims": True}),
              ([3, 5, 2], {"axis": [0, 2]}), ([3, 5], {"keepdims": True}), ([], {}), ([1], {"axis": 0})]
    for op in ["sum", "mean", "prod", "max", "min", "var", "std"]:
        for shape, params in shapes:
            if op == "std" and (shape in ([], [1])):
                continue  # the derivative of a root at 0; see std/constant
            x = Distinct(shape) if op in ["max", "min"] else Draw(shape)
            yield Case(name(op, shape, params), f"np.{op}", params, [x])
    for op in ["sum", "mean", "prod", "max", "min", "var", "std"]:
        yield Case(f"{op}/f32", f"np.{op}", {"axis": 0}, [Distinct([3, 5], "f32")], vmap=None)
    for op in ["var", "std"]:
        for shape, params in [([7], {"ddof": 1}), ([3, 5], {"axis": 1, "ddof": 1}),
                              ([5, 3], {"axis": 0, "keepdims": True, "ddof": 1})]:
            yield Case(name(op, shape, params), f"np.{op}", params, [Draw(shape)])
    yield Case("std/constant", "np.std", {}, [Given([2.0, 2.0, 2.0])], smooth=False)
    yield Case("var/too_few", "np.var", {"ddof": 1}, [Given([2.0])], smooth=False)
    yield Case("sum/empty", "np.sum", {}, [Draw([0])])
    yield Case("sum/empty_axis", "np.sum", {"axis": 1}, [Draw([3, 0])])
    yield Case("prod/empty", "np.prod", {}, [Draw([0])])
    yield Case("mean/empty", "np.mean", {}, [Draw([0])], smooth=False)
    yield Case("sum/i32", "np.sum", {"axis": 0}, [Ints([3, 5], dtype="i64")], vmap=None)
    yield Case("max/ties", "np.max", {"axis": 1}, [Given([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]])], smooth=False)
    for op in ["argmax", "argmin"]:
        for shape, params in [([7], {}), ([3, 5], {"axis": 1}), ([3, 5], {"axis": -2}), ([3, 5], {})]:
            yield Case(name(op, shape, params), f"np.{op}", params, [Distinct(shape)], derivatives=False)
    for shape, params in [([7], {"axis": 0}), ([3, 5], {"axis": -1}), ([3, 5], {"axis": 0})]:
        yield Case(name("cumsum", shape, params), "np.cumsum", params, [Draw(shape)])


def name(op, shape, params):
    """A readable id such as "sum/3x5_axis_1"."""
    words = ["x".join(map(str, shape)) or "scalar"]
    for key, value in params.items():
        value = "_".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
        words.append(f"{key}_{value}".replace("-", "minus_"))
    return f"{op}/" + "_".join(words).lower()


def stable():
    """Functions whose plain formula overflows or cancels."""
    for op in ["logsumexp", "softmax", "log_softmax"]:
        for shape, params in [([7], {"axis": 0}), ([3, 5], {"axis": 1}), ([3, 5], {"axis": 0}),
                              ([2, 3, 5], {"axis": -2}), ([1], {"axis": 0})]:
            yield Case(name(op, shape, params), f"np.{op}", params, [Draw(shape)])
        for label, data in [("huge", [1000.0, 999.0, -1000.0]), ("tiny", [-1000.0, -1001.0, -1002.5]),
                            ("equal", [2.0, 2.0, 2.0])]:
            yield Case(f"{op}/{label}", f"np.{op}", {"axis": 0}, [Given(data)], smooth=False)
        yield Case(f"{op}/minus_infinity", f"np.{op}", {"axis": 0}, [Given([-INF, 1.0, 0.5])], smooth=False)
        yield Case(f"{op}/f32", f"np.{op}", {"axis": 0}, [Draw([5], dtype="f32")], vmap=None)
    for label, data in [("all_minus_infinity", [-INF, -INF]), ("infinity", [INF, 1.0]), ("nan", [NAN, 1.0])]:
        yield Case(f"logsumexp/{label}", "np.logsumexp", {"axis": 0}, [Given(data)], smooth=False,
                   derivatives=False)
    yield Case("logsumexp/keepdims", "np.logsumexp", {"axis": 1, "keepdims": True}, [Draw([3, 5])])
    yield Case("logsumexp/everything", "np.logsumexp", {}, [Draw([3, 5])])
    for shape, params in [([7], {}), ([3, 5], {}), ([3, 5], {"axis": 1}), ([3, 5], {"axis": 0, "keepdims": True}),
                          ([3, 5], {"ord": "fro"})]:
        yield Case(name("norm", shape, params), "np.norm", params, [Draw(shape)])
    # The gradient of the norm at 0 is NaN in JAX.
    yield Case("norm/zero", "np.norm", {}, [Given([0.0, 0.0, 0.0])], smooth=False)


def products():
    pairs = [([7], [7]), ([3, 5], [5]), ([3], [3, 5]), ([3, 5], [5, 2])]
    for op in ["dot", "matmul"]:
        for x, y in pairs:
            yield Case(name(op, x + ["by"] + y, {}), f"np.{op}", {}, [Draw(x), Draw(y)])
    for x, y in [([], [3]), ([3, 5], []), ([2, 3, 5], [5]), ([2, 3, 5], [5, 7]), ([2, 3], [5, 3, 2])]:
        yield Case(name("dot", x + ["by"] + y, {}), "np.dot", {}, [Draw(x), Draw(y)])
    for x, y in [([2, 3, 5], [2, 5, 1]), ([2, 3, 5], [5, 7]), ([3, 5], [2, 5, 1]), ([2, 3, 5], [5]),
                 ([5], [2, 5, 3]), ([2, 1, 3, 5], [3, 5, 2]), ([1, 3, 5], [2, 5, 3]), ([3, 0], [0, 2])]:
        yield Case(name("matmul", x + ["by"] + y, {}), "np.matmul", {}, [Draw(x), Draw(y)])
    yield Case("outer/vectors", "np.outer", {}, [Draw([3]), Draw([5])])
    for shape, params in [([3, 3], {}), ([3, 5], {}), ([5, 3], {"offset": 1}), ([3, 5], {"offset": -1})]:
        yield Case(name("trace", shape, params), "np.trace", params, [Draw(shape)])
    for shape, params in [([3], {}), ([3], {"k": 2}), ([3], {"k": -1}), ([3, 3], {}), ([3, 5], {}),
                          ([5, 3], {}), ([3, 5], {"k": 1}), ([3, 5], {"k": -1}), ([3, 5], {"k": 4}), ([0], {})]:
        yield Case(name("diag", shape, params), "np.diag", params, [Draw(shape)])


def creations():
    for params in [{"N": 3}, {"N": 3, "M": 5}, {"N": 5, "M": 3, "k": 1}, {"N": 3, "M": 5, "k": -1}, {"N": 0}]:
        yield Case(name("eye", [params["N"]], params), "np.eye", {**params, "dtype": "f64"}, [])
    for params in [{"start": 0, "stop": 5, "step": 1}, {"start": 2, "stop": 11, "step": 3},
                   {"start": 5, "stop": 0, "step": -2}, {"start": 3, "stop": 3, "step": 1}]:
        yield Case(name("arange", [], params), "np.arange", {**params, "dtype": "i32"}, [])
    yield Case("arange/floats", "np.arange", {"start": 0.0, "stop": 1.0, "step": 0.25, "dtype": "f64"}, [])
    for params in [{"start": 0.0, "stop": 1.0, "num": 5}, {"start": -1.0, "stop": 3.0, "num": 7},
                   {"start": 2.0, "stop": 5.0, "num": 1}, {"start": 0.0, "stop": 1.0, "num": 0}]:
        yield Case(name("linspace", [params["num"]], params), "np.linspace", {**params, "dtype": "f64"}, [])


def arrangements():
    yield Case("add/broadcast", "np.add", {}, [Draw([3, 1]), Draw([5])])
    yield Case("add/scalar", "np.add", {}, [Draw([]), Draw([3, 2])])
    yield Case("mul/broadcast", "np.mul", {}, [Draw([3, 1, 2]), Draw([5, 1])])
    yield Case("mul/empty", "np.mul", {}, [Draw([3, 0]), Draw([1])])
    for axis in [0, 1, -1]:
        yield Case(name("stack", [], {"axis": axis}), "np.stack", {"axis": axis}, [Draw([3]), Draw([3]), Draw([3])])
    yield Case("concatenate/axis_0", "np.concatenate", {"axis": 0}, [Draw([3, 2]), Draw([1, 2])])
    yield Case("concatenate/axis_minus_1", "np.concatenate", {"axis": -1}, [Draw([3, 2]), Draw([3, 3])])
    yield Case("split/equal", "np.split", {"at": 3, "axis": 0}, [Draw([9, 2])])
    yield Case("split/places", "np.split", {"at": [1, 4], "axis": 1}, [Draw([3, 5])])
    which = Ints([3, 5], 0, 2, "bool")
    yield Case("where/same", "np.where", {}, [which, Draw([3, 5]), Draw([3, 5])])
    yield Case("where/broadcast", "np.where", {}, [Ints([3, 1], 0, 2, "bool"), Draw([5]), Draw([])])
    for label, lo, hi in [("both", -0.5, 0.75), ("below", -0.5, None), ("above", None, 0.75)]:
        bounds = {k: v for k, v in [("min", lo), ("max", hi)] if v is not None}
        yield Case(f"clip/{label}", "np.clip", bounds, [Draw([7])])
    yield Case("clip/ties", "np.clip", {"min": -1.0, "max": 1.0}, [Given([-1.0, 1.0, 0.0, NAN, INF, -INF])],
               smooth=False)
    for op in ["maximum", "minimum"]:
        yield Case(f"{op}/broadcast", f"np.{op}", {}, [Draw([3, 1]), Draw([5])])
        yield Case(f"{op}/ties", f"np.{op}", {}, [Given([1.0, 2.0, NAN]), Given([1.0, 3.0, 0.0])], smooth=False)
    one = [
        ("squeeze", [3, 1, 5, 1], {"axis": 1}), ("squeeze", [3, 1, 5, 1], {"axis": -1}), ("squeeze", [1, 3, 1], {}),
        ("expand_dims", [3, 5], {"axis": 1}), ("expand_dims", [3, 5], {"axis": -1}),
        ("swapaxes", [2, 3, 5], {"axis1": 0, "axis2": -1}), ("moveaxis", [2, 3, 5], {"source": 0, "destination": 2}),
        ("moveaxis", [2, 3, 5], {"source": -1, "destination": 0}),
        ("transpose", [2, 3, 5], {}), ("transpose", [2, 3, 5], {"axes": [1, 2, 0]}),
        ("reshape", [3, 5], {"shape": [5, 3]}), ("reshape", [3, 5], {"shape": [-1]}), ("ravel", [3, 5], {}),
        ("broadcast_to", [5], {"shape": [3, 5]}), ("broadcast_to", [3, 1], {"shape": [2, 3, 5]}),
        ("tril", [3, 5], {}), ("tril", [5, 3], {"k": 1}), ("tril", [2, 3, 3], {"k": -1}),
        ("triu", [3, 5], {}), ("triu", [5, 3], {"k": -1}), ("triu", [2, 3, 3], {"k": 1}),
        ("flip", [5], {"axis": 0}), ("flip", [3, 5], {"axis": -1}),
        ("roll", [5], {"shift": 2, "axis": 0}), ("roll", [3, 5], {"shift": -1, "axis": 1}),
        ("roll", [5], {"shift": 12, "axis": 0}),
        ("tile", [3], {"reps": [2]}), ("tile", [2, 3], {"reps": [2, 3]}), ("tile", [3], {"reps": [2, 1]}),
        ("repeat", [3], {"repeats": 2, "axis": 0}), ("repeat", [2, 3], {"repeats": 3, "axis": 1}),
    ]
    for op, shape, params in one:
        yield Case(name(op, shape, params), f"np.{op}", params, [Draw(shape)])


def indexings():
    """`[start, stop, step]` is a slice; an integer drops its axis."""
    rows = [
        ("integer", [5], [2]), ("negative", [5], [-1]), ("row", [3, 5], [1]), ("column", [3, 5], [[None], -2]),
        ("slice", [7], [[1, 5]]), ("from_the_end", [7], [[-3, None]]), ("step", [7], [[None, None, 3]]),
        ("backwards", [7], [[None, None, -1]]), ("backwards_step", [7], [[5, 0, -2]]), ("past_end", [5], [[3, 100]]),
        ("nothing", [5], [[4, 2]]), ("mixed", [3, 5, 2], [[1, None], 3]), ("newaxis", [3, 5], ["newaxis", 1]),
        ("ellipsis", [2, 3, 5], ["...", 1]), ("ellipsis_middle", [2, 3, 5], [0, "...", [0, 2]]),
    ]
    for label, shape, parts in rows:
        yield Case(f"index/{label}", "np.index", {"index": parts}, [Draw(shape)])
    takes = [
        ("vector", [5], [3, 0, 3], 0), ("axis_0", [5, 3], [4, 0], 0), ("axis_1", [3, 5], [4, 0, 0], 1),
        ("axis_minus_1", [3, 5], [[1, 2], [0, 4]], -1), ("2d_indices", [5, 2], [[1, 2, 3], [0, 4, 4]], 0),
        ("scalar_index", [5, 2], 3, 0), ("no_indices", [5], [], 0),
    ]
    for label, shape, places, axis in takes:
        yield Case(f"take/{label}", "np.take", {"axis": axis}, [Draw(shape), Given(places, "i32")])
    yield Case("take/negative", "np.take", {"axis": 0}, [Draw([5]), Given([-1, -5, 2], "i32")])


def numpy():
    for part in [reductions, stable, products, creations, arrangements, indexings]:
        yield from part()


def einsum():
    rows = [
        ("ij,jk->ik", [[3, 5], [5, 2]]),
        ("ij,kj->ik", [[3, 5], [2, 5]]),
        ("ij,jk,kl->il", [[3, 5], [5, 2], [2, 3]]),
        ("i,ij,j->", [[3], [3, 5], [5]]),
        ("ii->i", [[3, 3]]),
        ("ii", [[3, 3]]),
        ("ii->", [[5, 5]]),
        ("iij->j", [[3, 3, 2]]),
        ("iji->ij", [[3, 5, 3]]),
        ("ij->ji", [[3, 5]]),
        ("ji", [[3, 5]]),
        ("ij->", [[3, 5]]),
        ("ij->j", [[3, 5]]),
        ("ijk->k", [[3, 5, 2]]),
        ("i,j->ij", [[3], [5]]),
        ("i,i->", [[7], [7]]),
        ("i,i", [[7], [7]]),
        ("i,i->i", [[7], [7]]),
        ("ij,ij->", [[3, 5], [3, 5]]),
        ("ij,j", [[3, 5], [5]]),
        ("ii,i->i", [[3, 3], [3]]),
        ("bij,bjk->bik", [[3, 2, 5], [3, 5, 1]]),
        ("bij,bkj->bik", [[3, 2, 5], [3, 1, 5]]),
        ("bi,bi->b", [[3, 5], [3, 5]]),
        ("bi,ij,bj->b", [[3, 5], [5, 2], [3, 2]]),
        ("abc,cd->abd", [[2, 3, 5], [5, 1]]),
        ("ij,->ij", [[3, 5], []]),
        ("ij,jk->", [[3, 5], [5, 2]]),
        ("ij,jk->ik", [[3, 0], [0, 2]]),
        ("ij,k->ik", [[3, 5], [2]]),
        ("ab,bc,ca->", [[3, 5], [5, 2], [2, 3]]),
        ("i->", [[0]]),
    ]
    for spec, shapes in rows:
        size = "_".join("x".join(map(str, s)) or "scalar" for s in shapes)
        yield Case(f"{spec}/{size}", "np.einsum", {"spec": spec}, [Draw(s) for s in shapes])
