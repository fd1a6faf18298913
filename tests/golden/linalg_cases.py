"""The cases of linear algebra: decompositions, and what `jax.numpy.linalg` makes of them."""

import numpy as np

from inputs import Case, DTYPES, Draw, Given

NAN, INF = float("nan"), float("inf")
SIZES = [("one", [1, 1]), ("3", [3, 3]), ("7", [7, 7]), ("batch", [2, 3, 3]),
         ("two_batches", [3, 1, 2, 2]), ("nothing", [0, 0]), ("batch_of_nothing", [0, 3, 3])]


class Posdef(Draw):
    """Random symmetric matrices with eigenvalues from about 1 to 5, of few digits."""

    def draw(self, rng, example):
        n = self.shape[-1]
        x = rng.uniform(-1, 1, self.shape)
        x = x @ np.swapaxes(x, -1, -2) * (4 / max(n, 1)) + np.eye(n)
        return np.round(x, 4).astype(DTYPES[self.dtype])


class Regular(Draw):
    """Random matrices that are far from singular: 3 is added on the diagonal, with signs."""

    def draw(self, rng, example):
        signs = 3.0 * (-1.0) ** np.arange(min(self.shape[-2:]))
        more = np.zeros(self.shape[-2:])
        np.fill_diagonal(more, signs)
        x = np.round(rng.uniform(-1, 1, self.shape), 3) + 0.0003 + more
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


def linalg():
    yield from cholesky()
    yield from triangular_solve()
