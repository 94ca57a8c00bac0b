import functools
import math

import mlx.core as mx

from .ntuple import ntuple
from .pool_windows import pool_windows
from .to_float import is_floating_point


def _flat_positions(arg, geometry, sizes):
    """Turns "which kernel position" into the position in the flattened spatial dimensions."""
    offsets = []
    for k, _, _, _, _ in reversed(geometry):
        offsets.insert(0, arg % k)
        arg = arg // k
    flat = 0
    for dim, ((_, s, p, d, out), offset, size) in enumerate(zip(geometry, offsets, sizes)):
        start = (mx.arange(out, dtype=mx.int64) * s - p).reshape((out,) + (1,) * (len(sizes) - 1 - dim))
        flat = flat * size + start + offset * d
    return flat


def max_pool(input, nd, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    """``F.max_pool1d/2d/3d`` over the last `nd` dimensions, channels first. On ties the gradient goes to the first maximum.

    With `return_indices` also the int64 position of each maximum in the flattened spatial dimensions.
    """
    dtype = input.dtype
    if return_indices and dtype == mx.uint8:
        input = input.astype(mx.int32)  # below zero there is room for the padding
    lowest = -math.inf if is_floating_point(input) else mx.iinfo(input.dtype).min
    views, geometry = pool_windows(input, nd, kernel_size, stride, padding, dilation, ceil_mode, lowest)
    if not return_indices:
        return functools.reduce(lambda best, view: mx.maximum(view, best), views)  # `maximum` gives ties to its second argument
    stacked = mx.stack(views)
    arg = mx.stop_gradient(mx.argmax(stacked, axis=0, keepdims=True)).astype(mx.int64)
    values = mx.take_along_axis(stacked, arg, axis=0).squeeze(0).astype(dtype)
    return values, _flat_positions(arg.squeeze(0), geometry, input.shape[-nd:])


def max_unpool(input, indices, nd, kernel_size, stride=None, padding=0, output_size=None):
    """``F.max_unpool1d/2d/3d``: the values back at their positions, zeros elsewhere."""
    kernel = ntuple(kernel_size, nd)
    stride = kernel if stride is None else ntuple(stride, nd)
    if output_size is None:
        geometry = zip(input.shape[-nd:], kernel, stride, ntuple(padding, nd))
        output_size = [(size - 1) * s - 2 * p + k for size, k, s, p in geometry]
    outs = tuple(output_size)[-nd:]
    lead = input.shape[:-nd]
    flat = mx.zeros((math.prod(lead), math.prod(outs)), input.dtype)
    at = mx.stop_gradient(indices).reshape(flat.shape[0], -1)
    return mx.put_along_axis(flat, at, input.reshape(at.shape), axis=1).reshape(lead + outs)
