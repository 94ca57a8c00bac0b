import math

import mlx.core as mx
import numpy as np

from .ntuple import ntuple
from .register_buffer import register_buffer
from .torch_module import _TorchModule


def _region_starts(samples, size, kernel, out):
    """Where the `out` pooling regions of one axis begin, of which `samples` says how they are jittered."""
    steps = mx.arange(max(out - 1, 0), dtype=samples.dtype)
    step = mx.array((size - kernel) / max(out - 1, 1), samples.dtype)
    inner = mx.floor((steps + samples[..., None]) * step) - mx.floor(samples[..., None] * step)
    last = mx.full((*samples.shape, 1), size - kernel, dtype=mx.int64)
    return mx.concatenate([inner.astype(mx.int64), last], axis=-1)


def fractional_max_pool(input, nd, kernel_size, output_size=None, output_ratio=None, return_indices=False, _random_samples=None):
    """``F.fractional_max_pool2d/3d`` over the last `nd` dimensions: the maxima of regions at random places.

    `_random_samples`, numbers below 1 of shape (N, C, nd), make the places known. With `return_indices` also the
    int64 position of each maximum in the flattened spatial dimensions.
    """
    if output_size is None and output_ratio is None:
        raise ValueError("fractional_max_pool requires output_size or output_ratio")
    lead, sizes, kernel = input.shape[:-nd], input.shape[-nd:], ntuple(kernel_size, nd)
    outs = tuple(int(s * r) for s, r in zip(sizes, ntuple(output_ratio, nd))) if output_size is None else ntuple(output_size, nd)
    for size, k, out in zip(sizes, kernel, outs):
        if out + k - 1 > size:
            raise ValueError(f"a pool of {k} with {out} regions is too large for an axis of {size}")
    samples = mx.random.uniform(shape=(*lead, nd), dtype=input.dtype) if _random_samples is None else _random_samples
    if nd == 2:  # PyTorch takes the sample of the last axis first, in two dimensions only
        samples = samples[..., ::-1]
    samples = samples.reshape(*lead, nd)
    places = mx.zeros((1,) * (len(lead) + 2 * nd), mx.int64)
    for axis, (size, k, out) in enumerate(zip(sizes, kernel, outs)):
        taps = _region_starts(samples[..., axis], size, k, out)[..., None] + mx.arange(k)
        shape = [1] * (2 * nd)
        shape[axis], shape[nd + axis] = out, k
        places = places * size + taps.reshape(*lead, *shape)
    places = places.reshape(*lead, math.prod(outs), math.prod(kernel))
    flat = mx.expand_dims(input.reshape(*lead, -1), -2)
    best = mx.argmax(mx.stop_gradient(mx.take_along_axis(flat, places, axis=-1)), axis=-1, keepdims=True)
    indices = mx.take_along_axis(places, best, axis=-1).squeeze(-1)
    values = mx.take_along_axis(flat.squeeze(-2), indices, axis=-1).reshape(*lead, *outs)
    return (values, indices.reshape(*lead, *outs)) if return_indices else values


class _FractionalMaxPoolNd(_TorchModule):
    dims = 2

    def __init__(self, kernel_size, output_size=None, output_ratio=None, return_indices=False, _random_samples=None):
        super().__init__()
        if (output_size is None) == (output_ratio is None):
            raise ValueError(f"{type(self).__name__} requires one of output_size and output_ratio")
        self.kernel_size, self.return_indices = ntuple(kernel_size, self.dims), return_indices
        self.output_size = None if output_size is None else ntuple(output_size, self.dims)
        self.output_ratio = None if output_ratio is None else ntuple(output_ratio, self.dims)
        if output_ratio is not None and not all(0 < ratio < 1 for ratio in self.output_ratio):
            raise ValueError(f"output_ratio must be between 0 and 1 (got {output_ratio})")
        register_buffer(self, "_random_samples", _random_samples)

    def __call__(self, input):
        return fractional_max_pool(
            input, self.dims, self.kernel_size, self.output_size, self.output_ratio, self.return_indices, self._random_samples)


class FractionalMaxPool2d(_FractionalMaxPoolNd):
    """PyTorch's `nn.FractionalMaxPool2d`: maxima of the last two axes in regions at random places."""


class FractionalMaxPool3d(_FractionalMaxPoolNd):
    """PyTorch's `nn.FractionalMaxPool3d`: maxima of the last three axes in regions at random places."""

    dims = 3


def fractional_max_pool2d(input, kernel_size, output_size=None, output_ratio=None, return_indices=False, _random_samples=None):
    """PyTorch's `F.fractional_max_pool2d`."""
    return fractional_max_pool(input, 2, kernel_size, output_size, output_ratio, return_indices, _random_samples)


def fractional_max_pool3d(input, kernel_size, output_size=None, output_ratio=None, return_indices=False, _random_samples=None):
    """PyTorch's `F.fractional_max_pool3d`."""
    return fractional_max_pool(input, 3, kernel_size, output_size, output_ratio, return_indices, _random_samples)
