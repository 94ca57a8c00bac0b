import mlx.core as mx


def unfold_dim(input, dimension, size, step):
    """``input.unfold(dimension, size, step)``: sliding windows on a new last dimension (a copy, where PyTorch gives a view)."""
    size, step = int(size), int(step)
    if input.ndim == 0:
        return input.reshape(1)[:size]
    dimension = dimension % input.ndim
    count = (input.shape[dimension] - size) // step + 1
    places = mx.arange(count)[:, None] * step + mx.arange(size)
    return mx.moveaxis(mx.take(input, places, axis=dimension), dimension + 1, -1)
