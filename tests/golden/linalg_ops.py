"""What each op of the cases of linear algebra is in JAX."""

import jax
import jax.numpy as jnp
from jax import lax


def eigh(x):
    """The sign of an eigenvector is arbitrary: its first component is made positive."""
    v, w = lax.linalg.eigh(x)
    return v * jnp.sign(v[..., :1, :]), w


def svd(x):
    """The same for the right singular vectors."""
    u, s, vt = lax.linalg.svd(x, full_matrices=False)
    signs = jnp.sign(vt[..., :, 0]) if vt.shape[-1] else jnp.ones(s.shape)
    return u * signs[..., None, :], s, vt * signs[..., :, None]


def solve_triangular(a, b, left_side, lower, transpose_a, unit_diagonal):
    return jax.scipy.linalg.solve_triangular(
        a, b, trans=int(transpose_a), lower=lower, unit_diagonal=unit_diagonal)


def function(op, p):
    table = {
        "cholesky": lax.linalg.cholesky,
        "triangular_solve": lambda a, b: lax.linalg.triangular_solve(a, b, **p),
        "lu": lax.linalg.lu,
        "linear_solve": jnp.linalg.solve,
        "det": jnp.linalg.det,
        "logabsdet": lambda a: jnp.linalg.slogdet(a)[1],
        "qr": lambda x: lax.linalg.qr(x, full_matrices=p["full_matrices"]),
        "eigh": eigh,
        "svd": svd,
        "svdvals": lambda x: lax.linalg.svd(x, compute_uv=False),
        "pinv": jnp.linalg.pinv,
        "linalg.slogdet": jnp.linalg.slogdet,
        "linalg.lu": jax.scipy.linalg.lu,
        "linalg.cho_solve": lambda l, b: jax.scipy.linalg.cho_solve((l, True), b),
        "linalg.solve_triangular": lambda a, b: solve_triangular(a, b, **p),
        "linalg.lstsq": lambda a, b: jnp.linalg.lstsq(a, b)[0],
        "linalg.expm": jax.scipy.linalg.expm,
        "linalg.vector_norm": lambda x: jnp.linalg.vector_norm(x, axis=p["axis"], ord=float(p["ord"])),
        "linalg.matrix_norm": lambda x: jnp.linalg.matrix_norm(
            x, ord=p["ord"] if p["ord"] in ["fro", "nuc"] else float(p["ord"])),
    }
    if op in table:
        return table[op]
    if op.startswith("linalg."):
        return lambda *xs: getattr(jnp.linalg, op.removeprefix("linalg."))(*xs, **p)
    return None
