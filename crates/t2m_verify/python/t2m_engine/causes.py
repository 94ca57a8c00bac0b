"""What two arrays that differ have in common, where it is the sign of a known mistake.

Nothing here knows names of modules or variables; each test looks at values, and says what it saw before what it supposes."""

import itertools
import math

import numpy as np

NEAR = 1e-4
SETTINGS = ("eps", "momentum", "bias_correction", "approximate", "affine", "p", "negative_slope")


def of_settings(torch, mlx):
    """Plain attributes that both modules have, with different values: eps, momentum, ..."""
    found = []
    for key in sorted(torch.keys() & mlx.keys(), key=lambda k: (k not in SETTINGS, k)):
        a, b = torch[key], mlx[key]
        if not same_setting(a, b):
            found.append(f"`{key}` is {a!r} in the original and {b!r} in the port")
    return found


def same_setting(a, b):
    if type(a) is not type(b) and not all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in (a, b)):
        return True  # the sides may say one thing in two ways: stride 2 and [2, 2]
    return a == b


def of_arrays(a, b, inputs=(), named=()):
    """What `b` of the port may be, where `a` is right. `inputs` are arrays that went in, `named` what other names of the function hold there."""
    a, b = np.asarray(a), np.asarray(b)
    if a.dtype.kind not in "fiub" or b.dtype.kind not in "fiub" or not a.size or not b.size:
        return []
    a, b = a.astype(np.float64), b.astype(np.float64)
    for name, value in named:
        if np.shape(value) == b.shape and near(value, b) and np.ptp(b) > 0:
            return [f"the port has what the original calls `{name}`: names or parts in another order"]
    inputs = [*inputs, *(value for _, value in named)]
    for test in (of_order, of_not_finite, of_rest, of_element, of_factor, of_shift, of_offset, of_variant):
        said = test(a, b, inputs)
        if said:
            return [said]
    return []


def of_order(a, b, inputs):
    if a.size == b.size and 2 <= a.ndim <= 5 and a.ndim == b.ndim:
        for axes in itertools.permutations(range(a.ndim)):
            if axes != tuple(range(a.ndim)) and a.transpose(axes).shape == b.shape and near(a.transpose(axes), b):
                return f"the port has the same values with the axes in the order {list(axes)}: a transpose is missing, or one too many (layout)"
    if a.shape != b.shape and a.size == b.size and near(a.ravel(), b.ravel()):
        return f"the values are the same in another shape: {list(a.shape)} and {list(b.shape)}"
    if a.shape == b.shape and a.size > 2 and np.ptp(a) > 0 and near(np.sort(a.ravel()), np.sort(b.ravel())):
        return "the values are the same in another order: axes swapped around a reshape, or another order of what is joined"
    return None


def of_not_finite(a, b, inputs):
    if np.isfinite(a).all() and not np.isfinite(b).all():
        return "the port has NaN or infinity where the original has numbers: a missing eps or clamp, or a mask that hides everything"
    return None


def of_rest(a, b, inputs):
    """The sides differ by one of the inputs."""
    if a.shape != b.shape:
        return None
    for x in inputs:
        x = np.asarray(x)
        if x.shape == a.shape and x.dtype.kind == "f":
            if near(b + x, a):
                return "the original has the input added, the port has not: a residual connection is missing"
            if near(b - x, a):
                return "the port has the input added, the original has not: a residual connection too many"
    return None


def of_element(a, b, inputs):
    """Both took one element of an axis, another one each."""
    for x in map(np.asarray, inputs):
        if x.ndim != a.ndim + 1 or a.shape != b.shape or x.dtype.kind not in "fi":
            continue
        for axis in range(x.ndim):
            if x.shape[:axis] + x.shape[axis + 1 :] != a.shape or x.shape[axis] > 4096:
                continue
            parts = np.moveaxis(x, axis, 0)
            taken = [next((i for i, part in enumerate(parts) if near(part, whole)), None) for whole in (a, b)]
            if None not in taken:
                return f"the original takes element {taken[0]} along axis {axis}, the port element {taken[1]}: an index or a slice is off"
    return None


def of_factor(a, b, inputs):
    """All values are the same times over."""
    if a.shape != b.shape or not np.isfinite(a).all() or not np.isfinite(b).all():
        return None
    norm = float((a * a).sum())
    if norm == 0 or a.size < 2:
        return None
    factor = float((a * b).sum()) / norm
    if factor == 0 or abs(factor - 1) < 1e-7 or not near(factor * a, b):
        return None
    return f"all values are {factor:.6g} times those of the original: {meaning(factor, [a, *map(np.asarray, inputs)])}"


def meaning(factor, arrays):
    """What the factor may come from: the nearest number that sizes of the arrays give."""
    sizes = {n for x in arrays for n in x.shape if n > 1}
    counts = sorted(sizes | {p * q for p in sizes for q in sizes} | {x.size for x in arrays if x.size > 1})
    candidates = []
    for n in counts:
        for sign in (1, -1):
            candidates.append((n ** (sign * 0.5), f"a scale by the square root of {n} is missing, or one too many"))
            candidates.append((float(n) ** sign, f"a reduction (mean or sum) over {n} values"))
            candidates.append((((n - 1) / n) ** sign, f"a variance of {n} values with and without the correction (unbiased)"))
            candidates.append((((n - 1) / n) ** (sign * 0.5), f"a standard deviation of {n} values with and without the correction (unbiased)"))
    value, said = min(candidates, key=lambda c: abs(c[0] - factor), default=(1.0, ""))
    return said if abs(value - factor) < 2e-3 * abs(value - 1) else "a scale"


def of_shift(a, b, inputs):
    """Off by one along an axis."""
    if a.shape != b.shape:
        return None
    for axis in range(a.ndim):
        if a.shape[axis] < 3:
            continue
        ahead, behind = np.take(a, range(1, a.shape[axis]), axis), np.take(a, range(a.shape[axis] - 1), axis)
        first, last = np.take(b, range(a.shape[axis] - 1), axis), np.take(b, range(1, a.shape[axis]), axis)
        if np.ptp(ahead) > 0 and near(ahead, first):
            return f"the port is one ahead along axis {axis}: a slice starts one too late"
        if np.ptp(behind) > 0 and near(behind, last):
            return f"the port is one behind along axis {axis}: a slice starts one too early"
    return None


def of_offset(a, b, inputs):
    if a.shape == b.shape and a.size > 2:
        offset = b - a
        if np.ptp(offset) <= NEAR * max(abs(float(offset.mean())), 1e-30):
            return f"all values differ by {float(offset.mean()):.6g}: a constant is added"
    return None


def of_variant(a, b, inputs):
    """The port is another activation of the same input."""
    for x in inputs:
        x = np.asarray(x)
        if x.dtype.kind != "f" or x.shape != a.shape:
            continue
        x = x.astype(np.float64)
        fits = [name for name, values in activations(x).items() if near(values, b, 1e-5)]
        was = [name for name, values in activations(x).items() if near(values, a, 1e-5)]
        if fits:
            return f"the port gives {fits[0]} of its input" + (f", the original {was[0]}" if was else "")
    return None


def activations(x):
    sigmoid = lambda v: 1 / (1 + np.exp(-v))
    with np.errstate(all="ignore"):
        exact = 0.5 * x * (1 + np.vectorize(math.erf, otypes=[float])(x / math.sqrt(2)))
        return {
            "gelu": exact,
            "gelu with the tanh approximation": 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
            "gelu with the sigmoid approximation": x * sigmoid(1.702 * x),
            "relu": np.maximum(x, 0), "silu": x * sigmoid(x), "sigmoid": sigmoid(x), "tanh": np.tanh(x),
            "leaky_relu (0.01)": np.where(x > 0, x, 0.01 * x), "elu": np.where(x > 0, x, np.expm1(x)), "relu6": np.clip(x, 0, 6),
            "hardsigmoid": np.clip(x / 6 + 0.5, 0, 1), "hardswish": x * np.clip(x / 6 + 0.5, 0, 1), "softplus": np.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0),
        }


def of_buffer(start, a, b):
    """Running statistics: how far each side moved from where both started."""
    start, a, b = (np.asarray(v, np.float64) for v in (start, a, b))
    if not start.shape == a.shape == b.shape or not a.size:
        return []
    if near(start, b) and not near(start, a):
        return ["the original moves this buffer, the port leaves it as it was"]
    moved, other = a - start, b - start
    factor = float((moved * other).sum()) / max(float((moved * moved).sum()), 1e-30)
    if near(factor * moved, other, 1e-3) and abs(factor - 1) > 1e-3:
        momentum = 1 / (1 + factor)
        reversed_ = f" (with a momentum of {momentum:.3g} that is what reversing it gives: m and 1 - m)" if 0 < momentum < 1 else ""
        return [f"the port moves it {factor:.4g} times as far as the original: another momentum{reversed_}"]
    return ["the port moves it to other values: a statistic that is computed in another way (unbiased variance, momentum)"]


def of_updates(pairs):
    """First updates of parameters, `(name, original, port)`: what the optimizer does differently."""
    pairs = [(name, np.asarray(a, np.float64), np.asarray(b, np.float64)) for name, a, b in pairs]
    factors = []
    for name, a, b in pairs:
        if not np.abs(a).max(initial=0.0) and np.abs(b).max(initial=0.0):
            return [f"`{name}` does not move in the original and moves in the port: it is frozen there"]
        if np.abs(a).max(initial=0.0) and not np.abs(b).max(initial=0.0):
            return [f"`{name}` moves in the original and not in the port: it is frozen here"]
        large = np.abs(a) > 0.1 * np.abs(a).max(initial=0.0)
        if large.any():
            factors.append(float(np.median(b[large] / a[large])))
    if not factors or min(factors) <= 0:
        return ["the first update goes another way: gradients or sign differ"] if factors else []
    middle = float(np.median(factors))
    if abs(middle - 1) < 1e-3:
        return []
    said = f"the first update is {middle:.4g} times that of the original"
    for beta1, beta2 in ((0.9, 0.999), (0.9, 0.95), (0.9, 0.98), (0.9, 0.99), (0.5, 0.999), (0.8, 0.99), (0.95, 0.999)):
        if close(middle, (1 - beta1) / math.sqrt(1 - beta2), 5e-3):
            return [said + f": Adam without bias correction gives that (betas {beta1}, {beta2})"]
    return [said + ": another learning rate, scale of the loss, or optimizer setting"]


def near(a, b, tolerance=NEAR):
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if a.shape != b.shape or not (np.isfinite(a).all() and np.isfinite(b).all()):
        return False
    return bool((np.abs(a - b) <= tolerance * max(float(np.abs(a).max(initial=0.0)), 1e-30)).all())


def close(a, b, tolerance=1e-4):
    return abs(a - b) <= tolerance * abs(b)
