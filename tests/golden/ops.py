"""What each op of the cases is in JAX: `function(op, params)` gives a function of its inputs."""

import jax
import jax.numpy as jnp
from jax import lax

import linalg_ops
import number_cases
import order_cases
import random_cases
import special_cases
import window_cases
from inputs import DTYPES

# Element-wise functions, without parameters, by the same name in `lax`.
PLAIN = """abs sign exp expm1 log log1p sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh
    sqrt rsqrt cbrt logistic erf erfc floor ceil is_finite square neg stop_gradient optimization_barrier add sub mul div
    rem max min pow atan2 eq ne lt le gt ge lgamma digamma zeta igamma igammac erf_inv bessel_i0e
    bessel_i1e real imag conj complex population_count clz shift_left shift_right_arithmetic
    shift_right_logical""".split()


def gather_dims(p):
    return lax.GatherDimensionNumbers(
        offset_dims=tuple(p["offset_dims"]), collapsed_slice_dims=tuple(p["collapsed"]),
        start_index_map=tuple(p["start_index_map"]),
        operand_batching_dims=tuple(p["operand_batching"]),
        start_indices_batching_dims=tuple(p["indices_batching"]))


def scatter_dims(p):
    return lax.ScatterDimensionNumbers(
        update_window_dims=tuple(p["offset_dims"]), inserted_window_dims=tuple(p["collapsed"]),
        scatter_dims_to_operand_dims=tuple(p["start_index_map"]),
        operand_batching_dims=tuple(p["operand_batching"]),
        scatter_indices_batching_dims=tuple(p["indices_batching"]))


def index(parts):
    """An index from JSON: an integer, [start, stop, step], "newaxis" or "..."."""
    one = {"newaxis": None, "...": Ellipsis}
    return tuple(one[p] if isinstance(p, str) else slice(*p) if isinstance(p, list) else p
                 for p in parts)


def clamp(low, x, high):
    """JAX cannot differentiate or batch scalar operands here: give all of them one shape."""
    shape = x.shape or (1,)
    low, y, high = (jnp.broadcast_to(v, shape) for v in [low, x, high])
    return lax.clamp(low, y, high).reshape(x.shape)


def lax_function(op, p):
    if op in PLAIN:
        return getattr(lax, op)
    axes = {k: tuple(v) for k, v in p.items() if isinstance(v, list)}
    dtype = DTYPES.get(p.get("dtype"))
    table = {
        "round": lambda x: lax.round(x, lax.RoundingMethod.TO_NEAREST_EVEN),
        "regularized_incomplete_beta": lax.betainc,
        "not": lax.bitwise_not,
        "and": lax.bitwise_and,
        "or": lax.bitwise_or,
        "xor": lax.bitwise_xor,
        "integer_pow": lambda x: lax.integer_pow(x, p["n"]),
        "select": lax.select_n,
        "clamp": clamp,
        "convert_element_type": lambda x: lax.convert_element_type(x, dtype),
        "bitcast_convert_type": lambda x: lax.bitcast_convert_type(x, dtype),
        "iota": lambda: lax.broadcasted_iota(dtype, axes["shape"], p["dimension"]),
        "broadcast_in_dim": lambda x: lax.broadcast_in_dim(x, axes["shape"], axes["dims"]),
        "reshape": lambda x: lax.reshape(x, axes["shape"]),
        "transpose": lambda x: lax.transpose(x, axes["perm"]),
        "squeeze": lambda x: lax.squeeze(x, axes["dims"]),
        "expand_dims": lambda x: lax.expand_dims(x, axes["dims"]),
        "rev": lambda x: lax.rev(x, axes["dims"]),
        "slice": lambda x: lax.slice(x, axes["start"], axes["limit"], axes["stride"]),
        "pad": lambda x, v: lax.pad(x, v, [tuple(c) for c in p["config"]]),
        "concatenate": lambda *xs: lax.concatenate(xs, p["dim"]),
        "dynamic_slice": lambda x, *starts: lax.dynamic_slice(
            x, starts, axes["sizes"], allow_negative_indices=False),
        "dynamic_update_slice": lambda x, u, *starts: lax.dynamic_update_slice(
            x, u, starts, allow_negative_indices=False),
        "gather": lambda x, i: lax.gather(
            x, i, gather_dims(p), axes["sizes"], mode=lax.GatherScatterMode.CLIP),
        "argmax": lambda x: lax.argmax(x, p["axis"], dtype),
        "argmin": lambda x: lax.argmin(x, p["axis"], dtype),
        "cumsum": lambda x: lax.cumsum(x, p["axis"], p["reverse"]),
        "dot_general": lambda x, y: lax.dot_general(
            x, y, ((p["contract"][0], p["contract"][1]), (p["batch"][0], p["batch"][1]))),
    }
    scatters = {"scatter": lax.scatter, "scatter_add": lax.scatter_add, "scatter_mul": lax.scatter_mul,
                "scatter_min": lax.scatter_min, "scatter_max": lax.scatter_max}
    for name, scatter in scatters.items():
        table[name] = lambda x, i, u, scatter=scatter: scatter(
            x, i, u, scatter_dims(p), mode=lax.GatherScatterMode.FILL_OR_DROP,
            unique_indices=p.get("unique", False))
    for name in ["sum", "prod", "max", "min", "and", "or"]:
        table[f"reduce_{name}"] = lambda x, name=name: getattr(lax, f"reduce_{name}")(x, axes["axes"])
    return table[op]


def numpy_function(op, p):
    p = {k: tuple(v) if isinstance(v, list) and op != "index" else v for k, v in p.items()}
    if "dtype" in p:
        p["dtype"] = DTYPES[p["dtype"]]
    table = {
        "logsumexp": lambda x: jax.nn.logsumexp(x, **p),
        "softmax": lambda x: jax.nn.softmax(x, **p),
        "log_softmax": lambda x: jax.nn.log_softmax(x, **p),
        "norm": lambda x: jnp.linalg.norm(x, **p),
        "stack": lambda *xs: jnp.stack(xs, **p),
        "concatenate": lambda *xs: jnp.concatenate(xs, **p),
        "split": lambda x: jnp.split(x, p["at"], p["axis"]),
        "index": lambda x: x[index(p["index"])],
        "einsum": lambda *xs: jnp.einsum(p["spec"], *xs),
        "reshape": lambda x: jnp.reshape(x, p["shape"]),
        "transpose": lambda x: jnp.transpose(x, p.get("axes")),
        "broadcast_to": lambda x: jnp.broadcast_to(x, p["shape"]),
        "safe_log": lambda x: jnp.where(x > 0, jnp.log(jnp.where(x > 0, x, 1.0)), 0.0),
        "add": jnp.add,
        "mul": jnp.multiply,
    }
    return table[op] if op in table else lambda *xs: getattr(jnp, op)(*xs, **p)


def function(op, params):
    """`np.sum` and the like are of the numpy layer; other names are of `lax`."""
    for cases in [order_cases, random_cases, window_cases, number_cases]:
        if found := cases.function(op, params):
            return found
    if op.startswith("np."):
        return numpy_function(op.removeprefix("np."), params)
    return (linalg_ops.function(op, params) or special_cases.function(op, params)
            or lax_function(op, params))
