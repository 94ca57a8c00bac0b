import mlx.core as mx


def gather(input, dim, index):
    """``torch.gather``: `index` may be smaller than `input` in the other dimensions, which are then cut, never broadcast."""
    if input.ndim == 0:
        return input if index.ndim == 0 else mx.broadcast_to(input, index.shape)
    if index.ndim == 0:
        return input[mx.stop_gradient(index)]
    dim = dim % input.ndim
    window = tuple(slice(None) if k == dim else slice(0, size) for k, size in enumerate(index.shape))
    return mx.take_along_axis(input[window], mx.stop_gradient(index), axis=dim)
