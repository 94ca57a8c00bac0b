import math

import mlx.core as mx

from .sort import argsort, kthvalue
from .to_float import is_floating_point
from .values_indices import ValuesIndices


def median(input, dim=None, keepdim=False):
    """``torch.median``: the lower of the two middle values; with `dim` the pair (values, indices). NaN wins."""
    if dim is None:
        return median(input.reshape(-1), 0).values
    if input.ndim == 0:
        return kthvalue(input, 1)
    values, indices = kthvalue(input, (input.shape[dim] + 1) // 2, dim, True)
    if is_floating_point(input):
        nan = mx.stop_gradient(mx.isnan(input))
        spoiled = mx.any(nan, axis=dim, keepdims=True)
        values = mx.where(spoiled, math.nan, values).astype(input.dtype)
        indices = mx.where(spoiled, mx.argmax(nan, axis=dim, keepdims=True).astype(mx.int64), indices)
    return ValuesIndices(values, indices) if keepdim else ValuesIndices(values.squeeze(dim), indices.squeeze(dim))


def nanmedian(input, dim=None, keepdim=False):
    """``torch.nanmedian``: `median` of what is not NaN."""
    if dim is None:
        return nanmedian(input.reshape(-1), 0).values
    if input.ndim == 0:
        return kthvalue(input, 1)
    count = mx.sum(mx.logical_not(mx.isnan(input)), axis=dim, keepdims=True)
    middle = mx.stop_gradient(mx.maximum((count + 1) // 2 - 1, 0))
    indices = mx.take_along_axis(argsort(input, dim), middle, axis=dim)  # NaN are sorted last
    values = mx.take_along_axis(input, indices, axis=dim)
    return ValuesIndices(values, indices) if keepdim else ValuesIndices(values.squeeze(dim), indices.squeeze(dim))
