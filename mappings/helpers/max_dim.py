import mlx.core as mx

from .axis_slice import axis_slice
from .values_indices import ValuesIndices


def _extreme(input, dim, keepdim, arg):
    if input.ndim == 0:
        return ValuesIndices(input, mx.array(0, mx.int64))
    if input.size == 0 and input.shape[dim]:  # MLX refuses, PyTorch gives as empty a result
        indices = mx.zeros_like(axis_slice(input, dim, 0, 1)).astype(mx.int64)
    else:
        indices = mx.stop_gradient(arg(input, axis=dim, keepdims=True)).astype(mx.int64)
    values = mx.take_along_axis(input, indices, axis=dim)  # so the gradient goes to the returned index alone
    if not keepdim:
        values, indices = values.squeeze(dim), indices.squeeze(dim)
    return ValuesIndices(values, indices)


def max_dim(input, dim, keepdim=False):
    """``input.max(dim)``: the pair (values, indices). Ties give the first index, NaN wins."""
    return _extreme(input, dim, keepdim, mx.argmax)


def min_dim(input, dim, keepdim=False):
    """``input.min(dim)``: the pair (values, indices). Ties give the first index, NaN wins."""
    return _extreme(input, dim, keepdim, mx.argmin)
