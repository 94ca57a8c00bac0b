import math

import mlx.core as mx

from .to_float import to_float


def _scaled_tail(x):
    """exp(x^2) erfc(x) for x of 1/2 and more, by the trapezoid rule on 2/pi * integral of x exp(-t^2) / (t^2 + x^2), step 1/2.

    The integrand has a pole at t = i x, whose part in the error of the rule is known and taken off where it counts.
    """
    step = 0.5
    total = 0.5 / (x * x)
    for k in range(1, 15):
        t = k * step
        total = total + math.exp(-t * t) / (t * t + x * x)
    rate = 2 * math.pi / step
    near = x < math.pi / step
    safe = mx.where(near, x, 1)
    pole = 2 * mx.exp(safe * safe - rate * safe) / (1 - mx.exp(-rate * safe))
    return 2 * step / math.pi * x * total - mx.where(near, pole, 0)


def erfc(input):
    """``torch.erfc``: also far out, where 1 - erf(x) is 0."""
    x = to_float(input)
    size = mx.maximum(0.5, mx.abs(x))  # equal ones give the gradient to the second
    tail = mx.exp(-size * size) * _scaled_tail(size)
    return mx.where(mx.abs(x) < 0.5, 1 - mx.erf(x), mx.where(x > 0, tail, 2 - tail)).astype(x.dtype)


def erfcx(input):
    """``torch.special.erfcx``: exp(x^2) erfc(x)."""
    x = to_float(input)
    near = mx.abs(x) < 0.5
    small, negative = mx.where(near, x, 0), mx.where(x < 0, x, 0)
    tail = _scaled_tail(mx.maximum(0.5, mx.abs(x)))
    far = mx.where(x > 0, tail, 2 * mx.exp(negative * negative) - tail)
    return mx.where(near, mx.exp(small * small) * (1 - mx.erf(small)), far).astype(x.dtype)


def log_ndtr(input):
    """``torch.special.log_ndtr``: the logarithm of the normal distribution function, exact in both tails."""
    x = to_float(input)
    t = x * math.sqrt(0.5)
    low = mx.log(erfcx(mx.maximum(-t, 0)) / 2) - t * t
    high = mx.log1p(-erfc(mx.maximum(t, -1)) / 2)
    return mx.where(x < -1, low, high).astype(x.dtype)
