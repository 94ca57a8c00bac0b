import math

import mlx.core as mx

from .as_array import as_array
from .pointwise import signbit
from .to_float import to_accumulate, to_float


def lgamma(input):
    """``torch.lgamma``: Stirling's series above 8, the recurrence below, reflection below 1/2."""
    input = to_float(input)
    x = to_accumulate(input)
    z = mx.where(x < 0.5, 1 - x, x)
    product = mx.ones_like(z)
    for k in range(8):
        product = product * mx.where(z < 8, z + k, 1)
    w = mx.where(z < 8, z + 8, z)
    r = 1 / w
    series = r * (1 / 12 - r * r * (1 / 360 - r * r / 1260))
    positive = (w - 0.5) * mx.log(w) - w + 0.5 * math.log(2 * math.pi) + series - mx.log(product)
    fraction = x - mx.round(x)  # the distance to the nearest pole, which is exact
    reflect, whole = x < 0.5, fraction == 0
    sine = mx.abs(mx.sin(math.pi * mx.where(reflect & mx.logical_not(whole), fraction, 0.5)))
    negative = mx.where(whole, math.inf, math.log(math.pi) - mx.log(sine) - positive)
    return mx.where(mx.isinf(x), math.inf, mx.where(reflect, negative, positive)).astype(input.dtype)


def mvlgamma(input, p):
    """``torch.mvlgamma``: the multivariate log-gamma function of dimension `p`."""
    input = to_float(input)
    return sum(lgamma(input - j / 2) for j in range(p)) + p * (p - 1) / 4 * math.log(math.pi)


def digamma(input):
    """``torch.digamma``: the asymptotic series above 8, the recurrence below, reflection below 1/2."""
    input = to_float(input)
    x = to_accumulate(input)
    z = mx.where(x < 0.5, 1 - x, x)
    steps = sum(mx.where(z < 8, 1 / (z + k), 0) for k in range(8))
    w = mx.where(z < 8, z + 8, z)
    r2 = 1 / (w * w)
    positive = mx.log(w) - 0.5 / w - r2 * (1 / 12 - r2 * (1 / 120 - r2 / 252)) - steps
    fraction = x - mx.round(x)
    reflect, whole = x < 0.5, fraction == 0
    cotangent = math.pi / mx.tan(math.pi * mx.where(reflect & mx.logical_not(whole), fraction, 0.25))
    output = mx.where(reflect, mx.where(whole, math.nan, positive - cotangent), positive)
    return mx.where(x == 0, mx.where(signbit(x), math.inf, -math.inf), output).astype(input.dtype)


def zeta(input, other):
    """``torch.special.zeta``: Hurwitz's function for s > 1 and q > 0, ten terms and the Euler-Maclaurin formula."""
    s, q = mx.broadcast_arrays(to_float(as_array(input)), to_float(as_array(other)))
    w = q + 10
    total = sum(mx.power(q + k, -s) for k in range(10)) + mx.power(w, 1 - s) / (s - 1) + 0.5 * mx.power(w, -s)
    term = s * mx.power(w, -s - 1)
    for j, coefficient in enumerate([1 / 12, -1 / 720, 1 / 30240, -1 / 1209600]):
        total = total + coefficient * term
        term = term * (s + 2 * j + 1) * (s + 2 * j + 2) / (w * w)
    return total


def polygamma(n, input):
    """``torch.polygamma``: the n-th derivative of `digamma`, for positive numbers."""
    if n == 0:
        return digamma(input)
    input = to_float(input)
    values = (-1.0) ** (n + 1) * math.factorial(n) * zeta(mx.full(input.shape, n + 1.0), input)
    return values.astype(input.dtype)
