import math

import mlx.core as mx
import numpy as np

from .adaptive_avg_pool import adaptive_avg_pool
from .ntuple import ntuple
from .resample_taps import resample_taps
from .to_float import is_floating_point, to_accumulate


def _nearest(input, dim, out, scale, half_pixel):
    size = input.shape[dim]
    ratio = np.float32(1.0 / scale if scale else size / out)  # float32, as PyTorch rounds
    source = np.floor((np.arange(out, dtype=np.float32) + np.float32(0.5 if half_pixel else 0.0)) * ratio)
    return mx.take(input, mx.array(np.minimum(source, size - 1).astype(np.int32)), axis=dim)


def _mix(input, dim, positions, weights):
    shape = [1] * input.ndim
    shape[dim] = len(positions)
    total = 0
    for at, weight in zip(positions.T, weights.T):
        total = total + mx.take(input, mx.array(at), axis=dim) * mx.array(weight, input.dtype).reshape(shape)
    return total


def interpolate(input, size=None, scale_factor=None, mode="nearest", align_corners=None, recompute_scale_factor=None, antialias=False):
    """``F.interpolate`` of channels-first (N, C, ...) arrays: nearest, nearest-exact, linear, bilinear, trilinear, bicubic and area."""
    nd = input.ndim - 2
    if (size is None) == (scale_factor is None):
        raise ValueError("interpolate needs either size or scale_factor")
    if size is not None:
        outs, scales = ntuple(size, nd), (None,) * nd
    else:
        scales = tuple(float(s) for s in ntuple(scale_factor, nd))
        outs = tuple(math.floor(n * s) for n, s in zip(input.shape[2:], scales))
        if recompute_scale_factor:
            scales = (None,) * nd
    if mode == "area":
        return adaptive_avg_pool(input, nd, outs)
    if mode in ("nearest", "nearest-exact"):
        for dim, out, scale in zip(range(2, input.ndim), outs, scales):
            input = _nearest(input, dim, out, scale, mode == "nearest-exact")
        return input
    if mode not in {1: ("linear",), 2: ("bilinear", "bicubic"), 3: ("trilinear",)}[nd]:
        raise NotImplementedError(f"interpolate mode {mode!r} of an input with {nd} spatial dimensions")
    if not is_floating_point(input):
        raise NotImplementedError(f"interpolate mode {mode!r} of {input.dtype}: cast to a floating dtype first")
    output = to_accumulate(input)
    for dim, out, scale in zip(range(2, input.ndim), outs, scales):
        taps = resample_taps(
            input.shape[dim], out, scale=scale, cubic=mode == "bicubic", align_corners=bool(align_corners), antialias=antialias
        )
        output = _mix(output, dim, *taps)
    return output.astype(input.dtype)
