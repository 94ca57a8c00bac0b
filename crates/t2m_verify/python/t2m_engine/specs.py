"""Inputs of a case: specs such as `f32[2,3] > 0`, or NumPy expressions, turned into the same arrays on both sides.

Torch and MLX both read from what this module returns, so neither framework's random numbers matter."""

import hashlib
import math
import re

import numpy as np

DTYPES = {
    "f64": "float64", "f32": "float32", "f16": "float16", "bf16": "bfloat16", "c64": "complex64", "bool": "bool",
    "i64": "int64", "i32": "int32", "i16": "int16", "i8": "int8", "u8": "uint8", "u16": "uint16", "u32": "uint32", "u64": "uint64",
}
DTYPES.update({name: name for name in DTYPES.values()})
BOUND = r"\s*(<=|>=|<|>)\s*(-?[\d.]+(?:e-?\d+)?)"
SPEC = re.compile(r"(%s)\s*\[([\d,\s]*)\](?:%s)?(?:%s)?\s*" % ("|".join(DTYPES), BOUND, BOUND))


class Bf16:
    """Float32 values that become bfloat16 in each framework: NumPy has no such dtype."""

    def __init__(self, values):
        self.values = values


def seed_of(*parts):
    """A seed that depends on the text of its parts only, never on the order of cases."""
    return int.from_bytes(hashlib.sha256("\0".join(map(str, parts)).encode()).digest()[:8], "little")


def rng(*parts):
    return np.random.default_rng(seed_of(*parts))


def make(spec, *seed):
    """The value of one input: an array, a `Bf16`, or whatever Python value the expression gives."""
    if not isinstance(spec, str):
        return spec
    match = SPEC.fullmatch(spec.strip())
    if not match:
        return _expression(spec)
    value = _random(match, rng(*seed))
    return value if isinstance(value, Bf16) else np.asarray(value)  # arithmetic on arrays without axes gives scalars


def _random(match, r):
    name, size, relation, bound, second, other = match.groups()
    shape = tuple(int(n) for n in size.split(",") if n.strip())
    dtype = DTYPES[name]
    if dtype == "bool":
        return r.random(shape) > 0.5
    if dtype == "complex64":
        return (r.standard_normal(shape) + 1j * r.standard_normal(shape)).astype(dtype)
    if second:
        return _between(dtype, shape, {relation[0]: (relation, float(bound)), second[0]: (second, float(other))}, r)
    if relation in ("<=", ">="):
        step = 1 if dtype.startswith(("int", "uint")) else 0  # a float that is away from a bound is on either side of `=`
        relation, bound = relation[0], float(bound) + (step if relation == "<=" else -step)
    if dtype.startswith(("int", "uint")):
        low, high = (0, 10) if dtype.startswith("uint") else (-9, 10)
        if relation == "<":
            low, high = min(0, int(bound)), int(bound)
        elif relation == ">":
            low, high = int(bound) + 1, int(bound) + 11
        return r.integers(low, high, shape).astype(dtype)
    values = np.asarray(r.standard_normal(shape))
    if relation:
        # Away from the bound, so that rounding can't cross it.
        away = np.abs(values) + 0.05
        values = float(bound) + (away if relation == ">" else -away)
    if dtype == "bfloat16":
        return Bf16(values.astype("float32"))
    return values.astype(dtype)


def _between(dtype, shape, bounds, r):
    """Values between two bounds: `float32[3] >= 0 <= 1`."""
    if set(bounds) != {"<", ">"}:
        raise ValueError("two bounds are a lower and an upper one: `float32[3] >= 0 <= 1`")
    (above, low), (below, high) = bounds[">"], bounds["<"]
    if low >= high:
        raise ValueError(f"there is nothing between {low:g} and {high:g}")
    if dtype.startswith(("int", "uint")):
        return r.integers(int(low) + (above == ">"), int(high) + (below == "<="), shape).astype(dtype)
    values = low + (high - low) * (0.02 + 0.96 * r.random(shape))
    return Bf16(values.astype("float32")) if dtype == "bfloat16" else values.astype(dtype)


def _expression(text):
    value = eval(text, {"np": np, "math": math})
    if isinstance(value, np.ndarray) or isinstance(value, np.generic):
        value = np.asarray(value)
        # NumPy's default is float64, a tensor's is float32: an expression means the latter unless it says otherwise.
        if value.dtype == np.float64 and "float64" not in text:
            value = value.astype(np.float32)
        elif value.dtype == np.complex128:
            value = value.astype(np.complex64)
    return value


def map_tree(value, leaf):
    """Applies `leaf` to the arrays inside of a nested input."""
    if isinstance(value, (np.ndarray, Bf16)):
        return leaf(value)
    if isinstance(value, (list, tuple)):
        return type(value)(map_tree(v, leaf) for v in value)
    if isinstance(value, dict):
        return {k: map_tree(v, leaf) for k, v in value.items()}
    return value


def smaller(key, dimensions):
    """The factor of an entry of the state where weights are small: matrices and biases, and variances with them. Scales of norms stay."""
    if key.endswith("running_var"):
        return 1e-4
    return 1e-2 if dimensions > 1 or key.endswith("bias") else 1.0


def grads_of(case):
    wanted = case.get("grad") or []
    return [wanted] if isinstance(wanted, str) else wanted


def cotangent(case, index, shape):
    return np.asarray(rng(case["id"], "cotangent", index).standard_normal(tuple(shape)), np.float32)
