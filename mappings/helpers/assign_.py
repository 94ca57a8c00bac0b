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


def stored_in_place(layer, input, output):
    """What a layer gives; with `inplace=True` it stands in the array that it was given, as every other name of that sees it."""
    return assign_(input, output) if layer.inplace and output is not input else output


def _data(input, value):
    """The value; its gradient goes to the array that it stands for."""

    @mx.custom_function
    def data(input, value):
        return value

    @data.vjp
    def data_vjp(primals, cotangent, output):
        return cotangent, mx.zeros_like(primals[1])

    return data(input, value)


def assign_data_(input, value):
    """PyTorch's `input.data.copy_(value)` where gradients are recorded: the values change, the gradient passes the change by."""
    value = mx.broadcast_to(as_array(value, input), input.shape).astype(input.dtype)
    input[...] = _data(input, value)
    return input


def set_data(input, data):
    """PyTorch's `input.data = data`, where shape and dtype stay: every name of the array sees the new values. What is no array has a `data` of its own."""
    if not isinstance(input, mx.array):
        input.data = data
        return input
    if data.shape != input.shape or data.dtype != input.dtype:
        raise ValueError(f"an array of {input.shape} {input.dtype} can't become one of {data.shape} {data.dtype} in place")
    return assign_data_(input, data)
