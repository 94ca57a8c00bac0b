import mlx.core as mx


def softmax(input, dim, _stacklevel=3, dtype=None):
    """`F.softmax` as a value, with PyTorch's keywords: `partial(F.softmax, dim=-1)`."""
    return mx.softmax(input if dtype is None else input.astype(dtype), axis=dim)
