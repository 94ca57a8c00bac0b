import mlx.core as mx
import mlx.nn as nn


def softmax(input, dim, _stacklevel=3, dtype=None):
    """`F.softmax` as a value, with PyTorch's keywords: `partial(F.softmax, dim=-1)`."""
    return mx.softmax(input if dtype is None else input.astype(dtype), axis=dim, precise=True)


def masked_softmax(input, dim, dtype=None):
    """The softmax of scores in which -inf may mask whole rows: those are NaN, and have no gradient.

    In PyTorch `masked_fill` keeps a NaN gradient out; `mx.where` multiplies it by zero, which is NaN.
    """
    is_empty = mx.all(input == -mx.inf, axis=dim, keepdims=True)
    return mx.where(is_empty, mx.nan, softmax(mx.where(is_empty, 0, input), dim, dtype=dtype))


def log_softmax(input, dim, _stacklevel=3, dtype=None):
    """`F.log_softmax` as a value."""
    return nn.log_softmax(input if dtype is None else input.astype(dtype), axis=dim)


def softmin(input, dim, _stacklevel=3, dtype=None):
    """`F.softmin` as a value."""
    return softmax(-input, dim, dtype=dtype)


def torch_softmax(input, dim, dtype=None):
    """`torch.softmax` as a value: the third argument is the dtype."""
    return softmax(input, dim, dtype=dtype)


def torch_log_softmax(input, dim, dtype=None):
    """`torch.log_softmax` as a value: the third argument is the dtype."""
    return log_softmax(input, dim, dtype=dtype)
