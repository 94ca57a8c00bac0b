import mlx.core as mx


def cast(input, dtype):
    """`x.to(dtype)`: the array itself where it has the dtype, so that what is written to the result is written to it."""
    if input.dtype == dtype:
        return input
    result = input.astype(dtype)
    return result if mx.issubdtype(dtype, mx.inexact) else mx.stop_gradient(result)  # integers have no gradient
