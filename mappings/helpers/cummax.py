import mlx.core as mx

from .to_float import is_floating_point
from .values_indices import ValuesIndices


def _running_extreme(input, dim, scan):
    if input.ndim == 0:
        return ValuesIndices(input, mx.array(0, mx.int64))
    fixed = mx.stop_gradient(input)
    hit = fixed == scan(fixed, axis=dim)
    if is_floating_point(input):
        nan = mx.isnan(fixed)
        hit = mx.where(mx.cumsum(nan.astype(mx.int32), axis=dim) > 0, nan, hit)
    shape = [1] * input.ndim
    shape[dim] = -1
    places = mx.arange(input.shape[dim], dtype=mx.int64).reshape(shape)
    indices = mx.cummax(mx.where(hit, places, 0), axis=dim)
    return ValuesIndices(mx.take_along_axis(input, indices, axis=dim), indices)


def cummax(input, dim):
    """``torch.cummax``: the pair (values, indices); equal elements give the last index, and NaN stays once it was seen."""
    return _running_extreme(input, dim, mx.cummax)


def cummin(input, dim):
    """``torch.cummin``: the pair (values, indices); equal elements give the last index, and NaN stays once it was seen."""
    return _running_extreme(input, dim, mx.cummin)
