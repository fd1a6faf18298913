"""Writes the JAX reference values that the tests of the primitives compare with.

    python -m venv env && env/bin/pip install -r requirements.txt
    env/bin/python generate.py            # every family
    env/bin/python generate.py reduce     # one family

The data are committed; the tests need neither Python nor a network. The output is deterministic:
inputs are given or drawn from a generator seeded by the case's name.

Everything runs op by op on the CPU (`jax_disable_jit`), in f64 unless a case says otherwise, and
without the YNNPACK fusions of jaxlib 0.10.2, which give wrong values.

Files: `cases.py`, `numpy_cases.py`, `order_cases.py`, `random_cases.py`, `special_cases.py`,
`window_cases.py`, `number_cases.py` and `linalg_cases.py` list the cases by family, `ops.py` and
`linalg_ops.py` say what each op is in JAX, `inputs.py` draws the inputs, and `<family>.json` holds one case per line:

    id        unique and readable: "family/op/what"
    op        JAX's name of the operation
    params    its parameters, as JSON
    inputs    [{dtype, shape, data}], data flat in row-major order
    outputs   the same of the results
    smooth    false: no central differences here (edges, kinks, huge values)
    tangents  a flat list per input, null for an input that is not a float
    jvp       a flat list per output, null for an output that is not a float
    jvp2      the same of the second derivative along the tangents; only of element-wise functions
    cotangents, vjp    the same: a list per output, and the gradient per input
    vmap      [{in_axes, out_axes, inputs, outputs}]: the batched operation; an axis may be null

Absent keys: no derivatives or no batching to check. Floats stand in the shortest digits that read
back as the same number, and as "nan", "inf", "-inf"; a complex number is a pair of them.
"""

import json
import os
import pathlib
import sys
import zlib

sys.dont_write_bytecode = True
os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["XLA_FLAGS"] = "--xla_cpu_experimental_ynn_fusion_type="

import jax
import numpy as np

import cases
import ops
from inputs import NAMES

PINNED = "0.10.2"
BATCH = 2


def is_inexact(x):
    return jax.numpy.issubdtype(x.dtype, jax.numpy.inexact)


def encode_number(v, dtype):
    if dtype.kind == "b":
        return bool(v)
    if dtype.kind in "iu":
        return int(v)
    if dtype.kind == "c":
        part = v.real.dtype
        return [encode_number(v.real, part), encode_number(v.imag, part)]
    if np.isnan(v):
        return "nan"
    if np.isinf(v):
        return "inf" if v > 0 else "-inf"
    shortest = float(str(v)) if dtype == np.float32 else float(v)
    return int(shortest) if shortest.is_integer() and 0 < abs(shortest) < 1e6 else shortest


def encode_flat(x):
    x = np.asarray(x)
    return [encode_number(v, x.dtype) for v in x.ravel()]


def encode(x):
    x = np.asarray(x)
    return {"dtype": NAMES[x.dtype.name], "shape": list(x.shape), "data": encode_flat(x)}


def perturbation(rng, like):
    """A tangent or cotangent: eighths, which JSON holds in few digits, and never zero."""
    def part():
        return rng.integers(1, 17, np.shape(like)) / 8 * rng.choice([-1.0, 1.0], np.shape(like))

    dtype = np.asarray(like).dtype
    return np.asarray(part() + 1j * part() if dtype.kind == "c" else part(), dtype)


def float_part(f, inputs):
    """`f` as a function of its float inputs alone, with the places of those."""
    places = [i for i, x in enumerate(inputs) if is_inexact(x)]

    def g(*floats):
        full = list(inputs)
        for i, x in zip(places, floats):
            full[i] = x
        return [y for y in f(*full) if is_inexact(y)]

    return g, places


def spread(values, places, n):
    """Encoded `values` at their places among `n`, null elsewhere."""
    out = [None] * n
    for i, v in zip(places, values):
        out[i] = encode_flat(v)
    return out


def record_derivatives(case, f, inputs, outputs, rng, row):
    g, ins = float_part(f, inputs)
    outs = [i for i, y in enumerate(outputs) if is_inexact(y)]
    if not ins or not outs or not case.derivatives:
        return
    xs = [inputs[i] for i in ins]
    given = iter(case.tangents) if case.tangents else None
    ts = [np.asarray(next(given), x.dtype) if given else perturbation(rng, x) for x in xs]
    given = iter(case.cotangents) if case.cotangents else None
    cts = [np.asarray(next(given), outputs[i].dtype) if given else perturbation(rng, outputs[i])
           for i in outs]
    along = lambda *xs: jax.jvp(g, xs, tuple(ts))[1]
    row["tangents"] = spread(ts, ins, len(inputs))
    row["jvp"] = spread(along(*xs), outs, len(outputs))
    if case.second:
        row["jvp2"] = spread(jax.jvp(along, tuple(xs), tuple(ts))[1], outs, len(outputs))
    row["cotangents"] = spread(cts, outs, len(outputs))
    row["vjp"] = spread(jax.vjp(g, *xs)[1](cts), ins, len(inputs))


def batchings(inputs):
    """All inputs in front, all at the end, in the middle; then each input alone."""
    ranks = [np.ndim(x) for x in inputs]
    plans = [tuple(0 for _ in ranks), tuple(ranks)]
    if any(r > 1 for r in ranks):
        plans.append(tuple(min(r, 1) for r in ranks))
    if len(ranks) > 1:
        for i, r in enumerate(ranks):
            plans.append(tuple((r + i) % (r + 1) if i == j else None for j in range(len(ranks))))
    return list(dict.fromkeys(plans))


def record_vmap(case, f, inputs, outputs, rng):
    rows = []
    plans = batchings(inputs) if case.vmap == "auto" else case.vmap
    for n, in_axes in enumerate(plans):
        batched = []
        for i, (spec, x, axis) in enumerate(zip(case.inputs, inputs, in_axes)):
            if axis is not None:
                examples = [x] + [spec.draw(rng, e) for e in range(1, BATCH)]
                x = np.stack(examples, axis)
            batched.append(x)
        # The axis of the results alternates between the first and the last place.
        out_axes = 0 if n % 2 == 0 else min(y.ndim for y in outputs)
        ys = jax.vmap(f, tuple(in_axes), out_axes)(*batched)
        rows.append({"in_axes": list(in_axes), "out_axes": out_axes,
                     "inputs": [encode(x) for x in batched], "outputs": [encode(y) for y in ys]})
    return rows


def record(family, case, function):
    rng = np.random.default_rng(zlib.crc32(f"{family}/{case.id}".encode()))
    inputs = [spec.draw(rng, 0) for spec in case.inputs]
    body = function(case.op, case.params)

    def f(*xs):
        ys = body(*xs)
        return list(ys) if isinstance(ys, (list, tuple)) else [ys]

    outputs = [np.asarray(y) for y in f(*inputs)]
    row = {"id": f"{family}/{case.id}", "op": case.op, "params": case.params,
           "inputs": [encode(x) for x in inputs], "outputs": [encode(y) for y in outputs]}
    if not case.smooth:
        row["smooth"] = False
    record_derivatives(case, f, inputs, outputs, rng, row)
    if inputs and case.vmap:
        row["vmap"] = record_vmap(case, f, inputs, outputs, rng)
    return row


def main(wanted):
    if jax.__version__ != PINNED:
        sys.exit(f"the data are of JAX {PINNED}, this is {jax.__version__}")
    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_disable_jit", True)
    folder = pathlib.Path(__file__).parent
    seen = set()
    for family, listed in cases.families().items():
        if wanted and family not in wanted:
            continue
        rows, failures = [], []
        for case in listed:
            try:
                rows.append(record(family, case, ops.function))
            except Exception as e:
                failures.append(f"{family}/{case.id}: {e}")
        if failures:
            sys.exit("\n".join(failures))
        ids = [row["id"] for row in rows]
        repeated = {i for i in ids if ids.count(i) > 1} | seen.intersection(ids)
        if repeated:
            sys.exit(f"repeated ids: {sorted(repeated)}")
        seen.update(ids)
        lines = [json.dumps(row, separators=(",", ":"), allow_nan=False) for row in rows]
        text = f'{{"jax":"{PINNED}","cases":[\n' + ",\n".join(lines) + "\n]}\n"
        path = folder / f"{family}.json"
        path.write_text(text)
        print(f"{family}: {len(rows)} cases, {len(text) / 1024:.0f} KiB")


if __name__ == "__main__":
    main(set(sys.argv[1:]))
