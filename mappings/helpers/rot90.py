import mlx.core as mx


def rot90(input, k=1, dims=(0, 1)):
    """``torch.rot90``: rotated `k` times from the first towards the second of `dims`."""
    first, second = dims
    k = k % 4
    if k == 2:
        return mx.flip(input, (first, second))
    if k == 1:
        return mx.flip(input, second).swapaxes(first, second)
    return mx.flip(input.swapaxes(first, second), second) if k == 3 else input
