import mlx.core as mx

from .with_edge import with_edge


def masked_scatter(input, mask, source):
    """``torch.masked_scatter``: where the mask is true, the elements of `source` in order."""
    shape = mx.broadcast_shapes(input.shape, mask.shape)
    input, mask = mx.broadcast_to(input, shape), mx.broadcast_to(mask, shape).reshape(-1)
    if source.size == 0:
        return with_edge(input, source)
    rank = mx.clip(mx.cumsum(mask.astype(mx.int32)) - 1, 0, source.size - 1)
    taken = mx.take(source.reshape(-1), mx.stop_gradient(rank)).astype(input.dtype)
    return mx.where(mask, taken, input.reshape(-1)).reshape(shape)
