import mlx.core as mx


def local_response_norm(input, size, alpha=1e-4, beta=0.75, k=1.0):
    """``F.local_response_norm``, channels first: divided by a power of the mean square of `size` neighbouring channels."""
    widths = [(0, 0)] * input.ndim
    widths[1] = (size // 2, (size - 1) // 2)
    squares = mx.pad(mx.square(input), widths)
    total = sum(squares[:, j:j + input.shape[1]] for j in range(size))
    return input / mx.power(k + alpha * (total / size), beta)
