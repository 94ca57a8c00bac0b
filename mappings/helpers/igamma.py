import mlx.core as mx

from .as_array import as_array
from .lgamma import lgamma
from .to_float import to_float


def _incomplete(a, x):
    """The pair (lower, upper): a series below a + 1, a continued fraction above. They add up to 1."""
    a, x = mx.broadcast_arrays(to_float(as_array(a)), to_float(as_array(x)))
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
    return mx.where((as_array(a) < 0) | (as_array(x) < 0), mx.nan, values)


def igamma(input, other):
    """``torch.special.gammainc``: the regularised lower incomplete gamma function."""
    return _where_defined(input, other, mx.where(as_array(other) == 0, 0, _incomplete(input, other)[0]))


def igammac(input, other):
    """``torch.special.gammaincc``: the regularised upper incomplete gamma function."""
    return _where_defined(input, other, mx.where(as_array(other) == 0, 1, _incomplete(input, other)[1]))
