import mlx.core as mx
import numpy as np

from .to_float import to_float


def _scaled_bessel(x, order):
    """exp(-|x|) I(x) as the mean of exp(x cos t - |x|) cos(order t) over the circle."""
    x = to_float(x)
    cosine = mx.array(np.cos((np.arange(256) + 0.5) * 2 * np.pi / 256), x.dtype)
    return mx.mean(mx.exp(x[..., None] * cosine - mx.abs(x)[..., None]) * (cosine if order else 1), axis=-1)


def i0e(input):
    """``torch.special.i0e``: exp(-|x|) I0(x)."""
    return _scaled_bessel(input, 0)


def i1e(input):
    """``torch.special.i1e``: exp(-|x|) I1(x)."""
    return _scaled_bessel(input, 1)


def i0(input):
    """``torch.i0``: the modified Bessel function of order 0."""
    return mx.exp(mx.abs(to_float(input))) * i0e(input)


def i1(input):
    """``torch.special.i1``: the modified Bessel function of order 1."""
    return mx.exp(mx.abs(to_float(input))) * i1e(input)


def kaiser_window(window_length, periodic=True, beta=12.0):
    """``torch.kaiser_window``."""
    points = window_length + 1 if periodic else window_length
    if points == 1:
        return mx.ones((window_length,))
    t = mx.arange(points, dtype=mx.float32) * (2.0 / (points - 1)) - 1
    window = i0(beta * mx.sqrt(mx.maximum(1 - t * t, 0))) / i0(mx.array(beta, mx.float32))
    return window[:window_length]
