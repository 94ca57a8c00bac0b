import mlx.core as mx


def expand(input, size):
    """``input.expand(size)``: like `mx.broadcast_to`, where -1 keeps the size of a dimension."""
    size = (size,) if isinstance(size, int) else tuple(size)
    new = len(size) - input.ndim
    if -1 in size[:max(new, 0)]:
        raise ValueError(f"expand to {size}: -1 is not allowed for a new dimension")
    return mx.broadcast_to(input, tuple(input.shape[k - new] if s == -1 else s for k, s in enumerate(size)))
