"""The cases of linear algebra: decompositions, and what `jax.numpy.linalg` makes of them."""

import numpy as np

from inputs import Case, DTYPES, Draw, Given

NAN, INF = float("nan"), float("inf")
SIZES = [("one", [1, 1]), ("3", [3, 3]), ("7", [7, 7]), ("batch", [2, 3, 3]),
         ("two_batches", [3, 1, 2, 2]), ("nothing", [0, 0]), ("batch_of_nothing", [0, 3, 3])]


class Posdef(Draw):
    """Random Hermitian matrices with eigenvalues from about 1 to 5, of few digits."""

    def draw(self, rng, example):
        n = self.shape[-1]
        x = rng.uniform(-1, 1, self.shape)
        if DTYPES[self.dtype].kind == "c":
            x = x + 1j * rng.uniform(-1, 1, self.shape)
        x = x @ np.conj(np.swapaxes(x, -1, -2)) * (4 / max(n, 1)) + np.eye(n)
        return np.round(x, 4).astype(DTYPES[self.dtype])


class Regular(Draw):
    """Random matrices that are far from singular: 3 is added on the diagonal, with signs."""

    def draw(self, rng, example):
        signs = 3.0 * (-1.0) ** np.arange(min(self.shape[-2:]))
        more = np.zeros(self.shape[-2:])
        np.fill_diagonal(more, signs)
        x = np.round(rng.uniform(-1, 1, self.shape), 3) + 0.0003 + more
        if DTYPES[self.dtype].kind == "c":
            x = x + 1j * (np.round(rng.uniform(-1, 1, self.shape), 3) + 0.0003)
        return np.round(x, 4).astype(DTYPES[self.dtype])


def cholesky():
    for name, shape in SIZES:
        yield Case(f"cholesky/{name}", "cholesky", {}, [Posdef(shape)], second=shape[-1] < 7)
    yield Case("cholesky/f32", "cholesky", {}, [Posdef([3, 3], dtype="f32")], vmap=None)
    yield Case("cholesky/not_symmetric", "cholesky", {},
               [Given([[4.0, 1.5, 0.25], [0.5, 3.0, -1.0], [1.25, 0.5, 5.0]])])
    fails = {"negative": [[1.0, 2.0], [2.0, 1.0]], "zero": [[0.0, 0.0], [0.0, 1.0]],
             "semidefinite": [[1.0, 1.0], [1.0, 1.0]], "nan": [[NAN, 0.0], [0.0, 1.0]]}
    for name, x in fails.items():
        yield Case(f"cholesky/{name}", "cholesky", {}, [Given(x)], derivatives=False, vmap=None)
    # Of two matrices of a batch only one fails.
    yield Case("cholesky/one_fails", "cholesky", {},
               [Given([[[1.0, 2.0], [2.0, 1.0]], [[1.0, 0.5], [0.5, 1.0]]])], derivatives=False, vmap=None)


def triangular_solve():
    op = "triangular_solve"
    for left in [True, False]:
        for lower in [True, False]:
            for transpose in [True, False]:
                params = {"left_side": left, "lower": lower, "transpose_a": transpose, "unit_diagonal": False}
                name = f"{op}/{'left' if left else 'right'}_{'lower' if lower else 'upper'}"
                name += "_transposed" if transpose else ""
                shape = [3, 2] if left else [2, 3]
                yield Case(name, op, params, [Regular([3, 3]), Draw(shape)], second=True)
                yield Case(f"{name}_unit", op, params | {"unit_diagonal": True},
                           [Draw([3, 3], -0.5, 0.5), Draw(shape)])
    left = {"left_side": True, "lower": True, "transpose_a": False, "unit_diagonal": False}
    right = left | {"left_side": False}
    for name, a, b, params in [
            ("one", [1, 1], [1, 1], left), ("7", [7, 7], [7, 5], left), ("7_right", [7, 7], [5, 7], right),
            ("batch", [2, 3, 3], [2, 3, 5], left), ("batch_right", [2, 3, 3], [2, 1, 3], right),
            ("two_batches", [3, 1, 2, 2], [3, 1, 2, 1], left), ("nothing", [0, 0], [0, 2], left),
            ("no_columns", [3, 3], [3, 0], left), ("batch_of_nothing", [0, 3, 3], [0, 3, 2], left)]:
        yield Case(f"{op}/{name}", op, params, [Regular(a), Draw(b)])
    yield Case(f"{op}/f32", op, left, [Regular([3, 3], dtype="f32"), Draw([3, 2], dtype="f32")], vmap=None)
    yield Case(f"{op}/other_triangle_unread", op, left,
               [Given([[2.0, NAN], [1.0, 4.0]]), Given([[2.0], [9.0]])], derivatives=False, vmap=None)
    yield Case(f"{op}/singular", op, left,
               [Given([[2.0, 0.0], [1.0, 0.0]]), Given([[2.0], [9.0]])], derivatives=False, vmap=None)


def lu():
    shapes = SIZES + [("tall", [5, 3]), ("wide", [3, 5]), ("tall_batch", [2, 3, 2]), ("no_rows", [0, 3]),
                      ("no_columns", [3, 0])]
    for name, shape in shapes:
        vmap = "auto" if name in ["3", "batch"] else None
        yield Case(f"lu/{name}", "lu", {}, [Draw(shape)], second=name == "3", vmap=vmap)
    yield Case("lu/f32", "lu", {}, [Draw([3, 3], dtype="f32")], vmap=None)
    for name, x in {"singular": [[1.0, 2.0], [2.0, 4.0]], "zero": [[0.0, 0.0], [0.0, 1.0]],
                    "ties": [[1.0, 2.0], [-1.0, 3.0]]}.items():
        yield Case(f"lu/{name}", "lu", {}, [Given(x)], derivatives=False, vmap=None)


def solve():
    for name, shape in SIZES:
        vmap = "auto" if name in ["3", "batch"] else None
        yield Case(f"linear_solve/{name}", "linear_solve", {},
                   [Regular(shape), Draw(shape[:-1] + [2])], second=name in ["3", "batch"], vmap=vmap)
        yield Case(f"logabsdet/{name}", "logabsdet", {}, [Regular(shape)], second=name == "3", vmap=vmap)
        yield Case(f"linalg.slogdet/{name}", "linalg.slogdet", {}, [Draw(shape)], vmap=None)
        yield Case(f"linalg.inv/{name}", "linalg.inv", {}, [Regular(shape)], second=name == "3", vmap=None)
    for name, shape in SIZES[:-2] + [("2", [2, 2]), ("4", [4, 4]), ("batch_of_5", [2, 5, 5])]:
        yield Case(f"det/{name}", "det", {}, [Regular(shape)], second=shape[-1] == 3,
                   vmap=[(1,)] if name in ["4", "batch"] else None)
        yield Case(f"linalg.det/{name}", "linalg.det", {}, [Draw(shape)], second=shape[-1] == 3)
    yield Case("linalg.det/singular", "linalg.det", {}, [Given([[1.0, 2.0], [2.0, 4.0]])])
    yield Case("linalg.slogdet/singular", "linalg.slogdet", {}, [Given([[1.0, 2.0], [2.0, 4.0]])],
               derivatives=False, vmap=None)
    for name, a, b in [("vector", [3, 3], [3]), ("broadcast_vector", [2, 3, 3], [3]),
                       ("broadcast", [3, 3], [2, 3, 1]), ("broadcast_matrix", [2, 1, 3, 3], [5, 3, 2])]:
        yield Case(f"linalg.solve/{name}", "linalg.solve", {}, [Regular(a), Draw(b)], second=name == "vector")
    yield Case("linalg.solve/f32", "linalg.solve", {}, [Regular([3, 3], dtype="f32"), Draw([3], dtype="f32")],
               vmap=None)
    for name, shape in [("vector", [3]), ("matrix", [3, 2])]:
        yield Case(f"linalg.cho_solve/{name}", "linalg.cho_solve", {}, [Posdef([3, 3]), Draw(shape)], second=True)
        for transpose in [False, True]:
            params = {"left_side": True, "lower": True, "transpose_a": transpose, "unit_diagonal": False}
            yield Case(f"linalg.solve_triangular/{name}{'_transposed' if transpose else ''}",
                       "linalg.solve_triangular", params, [Regular([3, 3]), Draw(shape)])
    for name, shape in [("square", [3, 3]), ("tall", [3, 2]), ("wide", [2, 3])]:
        yield Case(f"linalg.lu/{name}", "linalg.lu", {}, [Draw(shape)], vmap=None)


def orthogonal():
    # Their programs are large: only some are batched, along one axis.
    shapes = [("one", [1, 1]), ("3", [3, 3]), ("batch", [2, 2, 2]), ("tall", [5, 3]), ("wide", [3, 5]),
              ("nothing", [0, 0])]
    for name, shape in shapes:
        vmap = [(1,)] if name in ["3", "batch", "tall"] else None
        yield Case(f"qr/{name}", "qr", {"full_matrices": False}, [Regular(shape)],
                   second=name == "3", derivatives=name != "wide", vmap=vmap)
        yield Case(f"qr/full_{name}", "qr", {"full_matrices": True}, [Regular(shape)], derivatives=False,
                   vmap=None)
        yield Case(f"svd/{name}", "svd", {}, [Draw(shape)], second=name == "3", vmap=vmap)
        yield Case(f"svdvals/{name}", "svdvals", {}, [Draw(shape)], vmap=None)
        yield Case(f"pinv/{name}", "pinv", {}, [Draw(shape)], second=name == "tall", vmap=vmap)
    for name, shape in [("one", [1, 1]), ("3", [3, 3]), ("7", [7, 7]), ("batch", [2, 2, 2]), ("nothing", [0, 0])]:
        vmap = [(1,)] if name in ["3", "batch"] else None
        yield Case(f"eigh/{name}", "eigh", {}, [Draw(shape)], second=name == "3", vmap=vmap)
    yield Case("linalg.eigvalsh/3", "linalg.eigvalsh", {}, [Draw([3, 3])], vmap=None)
    for op in ["svd", "eigh", "svdvals", "pinv"]:
        yield Case(f"{op}/f32", op, {}, [Draw([3, 3], dtype="f32")], vmap=None)
    yield Case("pinv/rank_one", "pinv", {}, [Given([[1.0, 2.0], [2.0, 4.0], [-1.0, -2.0]])], smooth=False,
               vmap=None)
    yield Case("pinv/identity", "pinv", {}, [Given([[1.0, 0.0], [0.0, 1.0]])], vmap=None)
    yield Case("svdvals/degenerate", "svdvals", {}, [Given([[2.0, 0.0], [0.0, -2.0]])], derivatives=False, vmap=None)
    yield Case("linalg.eigvalsh/degenerate", "linalg.eigvalsh", {},
               [Given([[2.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, -1.0]])], derivatives=False, vmap=None)
    yield Case("linalg.eigvalsh/zero", "linalg.eigvalsh", {}, [Given([[0.0] * 3] * 3)], derivatives=False,
               vmap=None)
    for name, a, b in [("vector", [5, 3], [5]), ("matrix", [5, 3], [5, 2]), ("wide", [3, 5], [3, 1])]:
        yield Case(f"linalg.lstsq/{name}", "linalg.lstsq", {}, [Draw(a), Draw(b)], vmap=None)


def functions():
    for n in [-2, 0, 1, 5]:
        yield Case(f"linalg.matrix_power/{n}", "linalg.matrix_power", {"n": n}, [Regular([3, 3])], second=n == 5, vmap=None)
    for name, shape, size in [("3", [3, 3], 1), ("one", [1, 1], 1), ("large", [3, 3], 8), ("batch", [2, 3, 3], 2)]:
        yield Case(f"linalg.expm/{name}", "linalg.expm", {}, [Draw(shape, -size, size)], second=name == "3",
                   vmap=[(1,)] if name == "batch" else None)
    yield Case("linalg.expm/zero", "linalg.expm", {}, [Given([[0.0, 0.0], [0.0, 0.0]])])
    for order in ["fro", "nuc", "1", "2", "inf"]:
        for name, shape in [("3", [3, 3]), ("tall", [5, 2]), ("batch", [2, 3, 2])]:
            yield Case(f"linalg.matrix_norm/{order}_{name}", "linalg.matrix_norm", {"ord": order}, [Draw(shape)], vmap=None)
    for order in ["0", "1", "2", "3", "0.5", "inf", "-inf"]:
        yield Case(f"linalg.vector_norm/{order}", "linalg.vector_norm", {"ord": order, "axis": -1}, [Draw([3, 5])])
    for name, shape in [("3", [3, 3]), ("tall", [5, 2])]:
        yield Case(f"linalg.cond/{name}", "linalg.cond", {}, [Draw(shape)], vmap=None)


def linalg():
    yield from cholesky()
    yield from triangular_solve()
    yield from lu()
    yield from solve()
    yield from orthogonal()
    yield from functions()


def complex_linalg():
    """The same of complex matrices."""
    c = "c128"
    for name, shape in SIZES:
        vmap = "auto" if name in ["3", "batch"] else None
        second = name == "3"
        yield Case(f"cholesky/{name}", "cholesky", {}, [Posdef(shape, dtype=c)], second=second, vmap=vmap)
        yield Case(f"lu/{name}", "lu", {}, [Regular(shape, dtype=c)], second=second, vmap=vmap)
        yield Case(f"linear_solve/{name}", "linear_solve", {},
                   [Regular(shape, dtype=c), Draw(shape[:-1] + [2], dtype=c)], second=second, vmap=vmap)
        yield Case(f"linalg.slogdet/{name}", "linalg.slogdet", {}, [Regular(shape, dtype=c)], second=second, vmap=vmap)
        if name != "nothing":
            yield Case(f"linalg.det/{name}", "linalg.det", {}, [Regular(shape, dtype=c)], vmap=None)
        yield Case(f"linalg.inv/{name}", "linalg.inv", {}, [Regular(shape, dtype=c)], vmap=None)
    yield Case("linalg.det/4", "linalg.det", {}, [Regular([4, 4], dtype=c)], second=True)
    yield Case("cholesky/not_hermitian", "cholesky", {}, [Given([[4.0 + 1j, 1.5j], [0.5, 3.0]], dtype=c)])
    yield Case("cholesky/negative", "cholesky", {}, [Given([[1.0, 2.0j], [-2.0j, 1.0]], dtype=c)], derivatives=False, vmap=None)
    yield Case("lu/singular", "lu", {}, [Given([[1.0j, 2.0], [2.0j, 4.0]], dtype=c)], derivatives=False, vmap=None)
    yield Case("lu/zero", "lu", {}, [Given([[0.0, 0.0], [0.0, 1.0j]], dtype=c)], derivatives=False, vmap=None)
    yield Case("linalg.slogdet/singular", "linalg.slogdet", {}, [Given([[1.0j, 2.0], [2.0j, 4.0]], dtype=c)],
               derivatives=False, vmap=None)
    for name, shape in [("tall", [5, 3]), ("wide", [3, 5])]:
        yield Case(f"lu/{name}", "lu", {}, [Draw(shape, dtype=c)], vmap=None)
    for left in [True, False]:
        for lower in [True, False]:
            for transpose in [True, False]:
                params = {"left_side": left, "lower": lower, "transpose_a": transpose, "unit_diagonal": lower != left}
                yield Case(f"triangular_solve/{left}_{lower}_{transpose}", "triangular_solve", params,
                           [Regular([3, 3], dtype=c), Draw([3, 2] if left else [2, 3], dtype=c)])
    shapes = [("one", [1, 1]), ("3", [3, 3]), ("batch", [2, 2, 2]), ("tall", [5, 3]), ("wide", [3, 5]),
              ("nothing", [0, 0])]
    for name, shape in shapes:
        vmap = [(1,)] if name in ["3", "batch"] else None
        yield Case(f"qr/{name}", "qr", {"full_matrices": False}, [Regular(shape, dtype=c)], second=name == "3",
                   derivatives=name != "wide", vmap=vmap)
        yield Case(f"svd/{name}", "svd", {}, [Draw(shape, dtype=c)], second=name == "3", vmap=vmap)
        yield Case(f"svdvals/{name}", "svdvals", {}, [Draw(shape, dtype=c)], vmap=None)
        yield Case(f"pinv/{name}", "pinv", {}, [Draw(shape, dtype=c)], second=name == "tall", vmap=vmap)
    for name, shape in [("one", [1, 1]), ("3", [3, 3]), ("7", [7, 7]), ("batch", [2, 2, 2]), ("nothing", [0, 0])]:
        vmap = [(1,)] if name in ["3", "batch"] else None
        yield Case(f"eigh/{name}", "eigh", {}, [Draw(shape, dtype=c)], second=name == "3", vmap=vmap)
        if name == "nothing":
            continue
        yield Case(f"eigvals/{name}", "eigvals", {}, [Draw(shape, dtype=c)], second=name == "3", vmap=vmap)
        yield Case(f"eigvals/real_{name}", "eigvals", {}, [Draw(shape)], second=name == "3", vmap=vmap)
        yield Case(f"eig/{name}", "eig", {}, [Draw(shape, dtype=c)], second=name == "3", vmap=vmap)
        yield Case(f"eig/real_{name}", "eig", {}, [Draw(shape)], second=name == "3", vmap=vmap)
    yield Case("eigvals/rotation", "eigvals", {}, [Given([[0.0, -1.0], [1.0, 0.0]])], derivatives=False, vmap=None)
    yield Case("eigvals/defective", "eigvals", {}, [Given([[2.0, 1.0], [0.0, 2.0]])], derivatives=False, vmap=None)
    yield Case("linalg.eigvalsh/3", "linalg.eigvalsh", {}, [Draw([3, 3], dtype=c)], vmap=None)
    for n in [-2, 3]:
        yield Case(f"linalg.matrix_power/{n}", "linalg.matrix_power", {"n": n}, [Regular([3, 3], dtype=c)], vmap=None)
    yield Case("linalg.expm/3", "linalg.expm", {}, [Draw([3, 3], dtype=c)], second=True, vmap=None)
    for order in ["fro", "nuc", "1", "2", "inf"]:
        yield Case(f"linalg.matrix_norm/{order}", "linalg.matrix_norm", {"ord": order}, [Draw([3, 2], dtype=c)], vmap=None)
    for order in ["1", "2", "3", "inf"]:
        yield Case(f"linalg.vector_norm/{order}", "linalg.vector_norm", {"ord": order, "axis": -1}, [Draw([3, 5], dtype=c)])
    yield Case("linalg.cond/3", "linalg.cond", {}, [Draw([3, 3], dtype=c)], vmap=None)
    yield Case("linalg.lstsq/tall", "linalg.lstsq", {}, [Draw([5, 3], dtype=c), Draw([5], dtype=c)], vmap=None)
    yield Case("linalg.cho_solve/vector", "linalg.cho_solve", {}, [Posdef([3, 3], dtype=c), Draw([3], dtype=c)])
    for op in ["cholesky", "lu", "eigh", "svd", "svdvals", "pinv", "eigvals", "eig"]:
        yield Case(f"{op}/c64", op, {}, [Posdef([3, 3], dtype="c64")], derivatives=False, vmap=None)
    yield Case("eig/f32", "eig", {}, [Draw([3, 3], dtype="f32")], derivatives=False, vmap=None)
