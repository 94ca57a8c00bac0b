import mlx.core as mx
import numpy as np

from .host_array import host_array


def gamma_gradient(concentration, sample):
    """How samples of the standard gamma law move with its concentration, by implicit reparametrisation: `-(dP/da) / p` of the law's function P and its density p."""
    a, x = _float64(concentration, sample)
    x = np.maximum(x, np.finfo(np.float32).tiny)
    # Beyond, the cube root is as good as normal.
    large = a > 1e4
    root = np.cbrt(x / a)
    normal = root**3 + 3 * a * root**2 * (1 / (9 * a * a) - (root - 1 + 1 / (9 * a)) / (2 * a))
    a, x = np.where(large, 1.0, a), np.where(large, 1.0, x)
    series = -x * _sum_terms(1 / a, np.log(x) - _digamma(a + 1), lambda n: (x / (a + n), -1 / (a + n)))
    return _like(np.where(large, normal, series), sample)


def dirichlet_gradient(sample, concentration, total):
    """``torch._dirichlet_grad``: the same of the beta law with `concentration` and `total - concentration`, over `1 - sample`."""
    x, a, total = _float64(sample, concentration, total)
    tiny = np.finfo(np.float32).tiny
    x, b = np.clip(x, tiny, 1 - 1e-16), np.maximum(total - a, tiny)
    low = x <= 0.5
    # From the end that is nearer: the terms fall at least as the powers of 1/2.
    near, start, p, q = np.where(low, x, 1 - x), np.where(low, a + 1, a), np.where(low, a, b), a + b
    factor = np.log(x) - _digamma(start) + _digamma(q)
    step = lambda n: (near * (q + n - 1) / (p + n), 1 / (q + n - 1) - np.where(low, 1 / (a + n), 0))
    return _like(np.where(low, -1, 1) * x * _sum_terms(1 / p, factor, step), sample)


def _sum_terms(term, factor, step):
    """The sum of terms by their factors; a step tells what the next term is multiplied by, and what its factor gains."""
    total, n = np.zeros_like(term), 0
    # A law without a parameter has no gradient, and its terms would never end.
    lost = ~(np.isfinite(term) & np.isfinite(factor))
    term, factor = np.where(lost, 0.0, term), np.where(lost, 0.0, factor)
    while n < 100000:
        total, n = total + term * factor, n + 1
        ratio, gain = step(n)
        term, factor = term * ratio, factor + gain
        if np.all(lost | (ratio < 1) & (term * (np.abs(factor) + 1) <= 1e-16 * (1 - ratio) * np.abs(total))):
            break
    return np.where(lost, np.nan, total)


def _digamma(z):
    shift = np.zeros_like(z)
    for _ in range(8):
        shift, z = shift + np.where(z < 8, 1 / z, 0), np.where(z < 8, z + 1, z)
    r = 1 / (z * z)
    return np.log(z) - 0.5 / z - r * (1 / 12 - r * (1 / 120 - r * (1 / 252 - r * (1 / 240 - r / 132)))) - shift


def _float64(*arrays):
    return np.broadcast_arrays(*(np.asarray(host_array(array), np.float64) for array in arrays))


def _like(values, sample):
    return mx.array(values.astype(np.float32)).astype(sample.dtype)
