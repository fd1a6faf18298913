"""What each op of the cases of linear algebra is in JAX."""

import jax
import jax.numpy as jnp
from jax import lax


def turned(x):
    """A factor of absolute value 1 that makes numbers real and positive; of real zeros it is 0."""
    return jnp.conj(x) / jnp.abs(x) if jnp.iscomplexobj(x) else jnp.sign(x)


def eigh(x):
    """The sign or phase of an eigenvector is arbitrary: its first component is made positive."""
    v, w = lax.linalg.eigh(x)
    return v * turned(v[..., :1, :]), w


def svd(x):
    """The same for the right singular vectors."""
    u, s, vt = lax.linalg.svd(x, full_matrices=False)
    turn = turned(vt[..., :, :1])
    return u * jnp.conj(jnp.swapaxes(turn, -1, -2)), s, vt * turn


def qr(x, full_matrices):
    """The phases of the columns of a complex q are arbitrary: the diagonal of r is made positive."""
    q, r = lax.linalg.qr(x, full_matrices=full_matrices)
    if not jnp.iscomplexobj(x):
        return q, r
    turn = turned(jnp.diagonal(r, axis1=-2, axis2=-1))
    return q * jnp.conj(turn)[..., None, :], r * turn[..., :, None]


def eig_of(x):
    return lax.linalg.eig(x, compute_left_eigenvectors=False, enable_eigvec_derivs=True)


def eigvals(x):
    """The order of the eigenvalues is arbitrary: their sizes in order, and two sums."""
    w, _ = eig_of(x)
    return jnp.sort(jnp.abs(w), -1), jnp.sum(w * w, -1), jnp.sum(jnp.exp(w), -1)


def eig(x):
    """What depends neither on the order of the eigenvectors nor on their phases, given the lengths."""
    w, v = eig_of(x)
    return jnp.abs(v) @ (jnp.exp(w)[..., :, None] * jnp.swapaxes(jnp.abs(v), -1, -2))


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
        "qr": lambda x: qr(x, p["full_matrices"]),
        "eigh": eigh,
        "svd": svd,
        "eigvals": eigvals,
        "eig": eig,
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
