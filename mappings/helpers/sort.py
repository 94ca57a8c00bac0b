import mlx.core as mx

from .axis_slice import axis_slice
from .values_indices import ValuesIndices


def argsort(input, dim=-1, descending=False, stable=False):
    """``torch.argsort``: int64 indices, equal elements in order, NaN as the largest value."""
    if input.ndim == 0:
        return mx.array(0, mx.int64)
    input = mx.stop_gradient(input)
    if not descending:
        return mx.argsort(input, axis=dim).astype(mx.int64)
    # Sort the reversed axis and mirror the result: negation would be wrong for NaN, bool and unsigned integers.
    ascending = mx.argsort(axis_slice(input, dim, None, None, -1), axis=dim).astype(mx.int64)
    return input.shape[dim] - 1 - axis_slice(ascending, dim, None, None, -1)


def sort(input, dim=-1, descending=False, stable=False):
    """``torch.sort``: the pair (values, indices)."""
    indices = argsort(input, dim, descending)
    return ValuesIndices(mx.take_along_axis(input, indices, axis=dim) if input.ndim else input, indices)


def topk(input, k, dim=-1, largest=True, sorted=True):
    """``torch.topk``: the pair (values, indices) of the `k` largest or smallest elements, the best first."""
    if input.ndim == 0:
        return sort(input)
    indices = axis_slice(argsort(input, dim, largest), dim, 0, k)
    return ValuesIndices(mx.take_along_axis(input, indices, axis=dim), indices)


def kthvalue(input, k, dim=-1, keepdim=False):
    """``torch.kthvalue``: the pair (value, index) of the k-th smallest element, counted from 1."""
    if input.ndim == 0:
        return sort(input)
    indices = axis_slice(argsort(input, dim), dim, k - 1, k)
    values = mx.take_along_axis(input, indices, axis=dim)
    return ValuesIndices(values, indices) if keepdim else ValuesIndices(values.squeeze(dim), indices.squeeze(dim))
