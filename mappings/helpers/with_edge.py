import mlx.core as mx


def with_edge(input, value):
    """`input` as it is, where nothing of `value` was written to it: `value` has a gradient all the same, of zeros, as in PyTorch."""
    if not isinstance(value, mx.array) or not mx.issubdtype(input.dtype, mx.inexact) or not mx.issubdtype(value.dtype, mx.inexact):
        return mx.array(input)
    return input + mx.sum(value.reshape(-1)[:0]).astype(input.dtype)
