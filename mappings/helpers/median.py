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
    indices = kthvalue(input, (input.shape[dim] + 1) // 2, dim, True).indices
    if is_floating_point(input) and input.size:
        nan = mx.isnan(mx.stop_gradient(input))
        indices = mx.where(mx.any(nan, axis=dim, keepdims=True), mx.argmax(nan, axis=dim, keepdims=True), indices).astype(mx.int64)
    values = mx.take_along_axis(input, indices, axis=dim)
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
