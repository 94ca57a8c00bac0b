import mlx.core as mx

from .as_array import as_array
from .lgamma import lgamma


def _incomplete(a, x):
    """The pair (lower, upper): a series below a + 1, a continued fraction above. They add up to 1."""
    a, x = (side.astype(mx.float32) for side in mx.broadcast_arrays(as_array(a), as_array(x)))
    small = mx.minimum(x, a + 1)
    term = total = 1 / a
    for k in range(1, 120):
        term = term * small / (a + k)
        total = total + term
    lower = mx.exp(a * mx.log(mx.maximum(small, 1e-30)) - small - lgamma(a)) * total
    large = mx.maximum(x, a + 1)
    fraction = mx.zeros_like(large)
    for k in range(80, 0, -1):
        fraction = k * (k - a) / (large + 2 * k + 1 - a - fraction)
    upper = mx.exp(a * mx.log(large) - large - lgamma(a)) / (large + 1 - a - fraction)
    series = x < a + 1
    return mx.where(series, lower, 1 - upper), mx.where(series, 1 - lower, upper)


def _where_defined(a, x, values):
    """Neither function has values for negative arguments."""
    a, x = as_array(a), as_array(x)
    dtype = mx.result_type(a, x)
    values = mx.where((a < 0) | (x < 0), mx.nan, values)
    return values.astype(dtype) if mx.issubdtype(dtype, mx.floating) else values


def igamma(input, other):
    """``torch.special.gammainc``: the regularised lower incomplete gamma function."""
    lower = mx.where(as_array(input) == 0, 1, _incomplete(input, other)[0])
    return _where_defined(input, other, mx.where(as_array(other) == 0, 0, lower))


def igammac(input, other):
    """``torch.special.gammaincc``: the regularised upper incomplete gamma function."""
    upper = mx.where(as_array(input) == 0, 0, _incomplete(input, other)[1])
    return _where_defined(input, other, mx.where(as_array(other) == 0, 1, upper))
