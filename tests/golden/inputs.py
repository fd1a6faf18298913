"""Inputs of cases: given or drawn; and the case itself."""

import ml_dtypes
import numpy as np

NAMES = {"bool": "bool", "uint8": "u8", "int32": "i32", "uint32": "u32", "int64": "i64", "float16": "f16",
         "bfloat16": "bf16", "float32": "f32", "float64": "f64", "complex64": "c64", "complex128": "c128"}
DTYPES = {ours: np.dtype(getattr(ml_dtypes, numpys, numpys)) for numpys, ours in NAMES.items()}


class Given:
    """An input with given elements. Examples 1, 2, ... of a batch are `others` or rolled copies."""

    def __init__(self, data, dtype="f64", shape=None, others=()):
        self.base = np.array(data, DTYPES[dtype])
        if shape is not None:
            self.base = self.base.reshape(shape)
        self.others = [np.array(o, DTYPES[dtype]).reshape(self.base.shape) for o in others]

    def draw(self, rng, example):
        if example and self.others:
            return self.others[example - 1]
        return np.roll(self.base.ravel(), example).reshape(self.base.shape)


class Draw:
    """Random floats of a range, of few digits and away from integers, halves and one another; or
    complex numbers with such parts."""

    def __init__(self, shape, low=-2.0, high=2.0, dtype="f64"):
        self.shape, self.low, self.high, self.dtype = shape, low, high, dtype

    def draw(self, rng, example):
        def part():
            x = np.round(rng.uniform(self.low, self.high, self.shape), 3) + 0.0003
            return np.round(np.asarray(x), 4)

        x = part() + 1j * part() if DTYPES[self.dtype].kind == "c" else part()
        return x.astype(DTYPES[self.dtype])


class Ints:
    """Random integers (or truth values) of `low..high`."""

    def __init__(self, shape, low=-9, high=10, dtype="i32"):
        self.shape, self.low, self.high, self.dtype = shape, low, high, dtype

    def draw(self, rng, example):
        return np.asarray(rng.integers(self.low, self.high, self.shape)).astype(DTYPES[self.dtype])


class Distinct:
    """A random order of different floats: no ties for maxima and sorts."""

    def __init__(self, shape, dtype="f64"):
        self.shape, self.dtype = shape, dtype

    def draw(self, rng, example):
        n = int(np.prod(self.shape))
        x = (rng.permutation(n) - n // 2) * 0.25 + 0.0625
        return x.reshape(self.shape).astype(DTYPES[self.dtype])


class Case:
    """One operation on one set of inputs, and what to record of it.

    `derivatives`: record JVP and VJP (where an input and an output are floats).
    `second`: record the second derivative too.
    `vmap`: "auto", None, or a list of `in_axes`.
    """

    def __init__(self, id, op, params, inputs, smooth=True, derivatives=True, second=False,
                 vmap="auto", tangents=None, cotangents=None):
        self.id, self.op, self.params, self.inputs = id, op, params, inputs
        self.smooth, self.derivatives, self.second = smooth, derivatives, second
        self.vmap, self.tangents, self.cotangents = vmap, tangents, cotangents
