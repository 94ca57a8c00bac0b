import mlx.core as mx

from .as_array import as_array


def assign_(input, value):
    """An in-place method used as an expression: ``y = x.mul_(2)`` is ``y = assign_(x, x * 2)``.

    The array object is overwritten, so that every other name of it sees the change; its dtype stays.
    """
    value = as_array(value, input)
    if value.shape != input.shape:
        value = mx.broadcast_to(value, input.shape)
    input[...] = value.astype(input.dtype)  # not `[:]`: that raises on 0-d arrays
    return input
