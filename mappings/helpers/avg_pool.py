import math

import mlx.core as mx
import numpy as np

from .ntuple import ntuple
from .pool_windows import pool_windows
from .to_float import to_accumulate


def _window_sizes(geometry, sizes, count_include_pad):
    """How many positions each window counts: padding counts if asked for, what `ceil_mode` added never does."""
    counts = np.ones((1,) * len(sizes))
    for dim, ((k, s, p, _, out), size) in enumerate(zip(geometry, sizes)):
        start = np.arange(out) * s - p
        stop = np.minimum(start + k, size + p)
        if not count_include_pad:
            start, stop = np.maximum(start, 0), np.minimum(stop, size)
        counts = counts * (stop - start).reshape((out,) + (1,) * (len(sizes) - 1 - dim))
    return counts


def avg_pool(input, nd, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None):
    """``F.avg_pool1d/2d/3d`` over the last `nd` dimensions, channels first."""
    views, geometry = pool_windows(to_accumulate(input), nd, kernel_size, stride, padding, 1, ceil_mode, 0)
    total = sum(views[1:], views[0])
    if divisor_override is None:
        total = total / mx.array(_window_sizes(geometry, input.shape[-nd:], count_include_pad), total.dtype)
    else:
        total = total / divisor_override
    return total.astype(input.dtype)


def lp_pool(input, nd, norm_type, kernel_size, stride=None, ceil_mode=False):
    """``F.lp_pool1d/2d/3d``: the p-th root of the sum of p-th powers. Powers keep their sign, so an odd p wants positive input."""
    powers = avg_pool(mx.power(input, norm_type), nd, kernel_size, stride, 0, ceil_mode)
    return mx.power(powers * math.prod(ntuple(kernel_size, nd)), 1.0 / norm_type)
