import mlx.core as mx
import mlx.nn as nn


def softmax_dim(ndim):
    """The dimension that ``F.softmax``, ``F.log_softmax`` and ``F.softmin`` take when none is given."""
    return 0 if ndim in (0, 1, 3) else 1


def softmax(input, dim=None, _stacklevel=3, dtype=None):
    """`F.softmax` with PyTorch's keywords, `partial(F.softmax, dim=-1)`; without `dim` the rank tells the dimension."""
    axis = softmax_dim(input.ndim) if dim is None else dim
    return mx.softmax(input if dtype is None else input.astype(dtype), axis=axis, precise=True)


def masked_softmax(input, dim, dtype=None):
    """The softmax of scores in which -inf may mask whole rows: those are NaN, and have no gradient.

    In PyTorch `masked_fill` keeps a NaN gradient out; `mx.where` multiplies it by zero, which is NaN.
    """
    is_empty = mx.all(input == -mx.inf, axis=dim, keepdims=True)
    return mx.where(is_empty, mx.nan, softmax(mx.where(is_empty, 0, input), dim, dtype=dtype))


def log_softmax(input, dim=None, _stacklevel=3, dtype=None):
    """`F.log_softmax`; without `dim` the rank tells the dimension."""
    axis = softmax_dim(input.ndim) if dim is None else dim
    input = input if dtype is None else input.astype(dtype)
    return nn.log_softmax(input, axis=axis) if input.size else input  # MLX refuses an empty one


def softmin(input, dim=None, _stacklevel=3, dtype=None):
    """`F.softmin`; without `dim` the rank tells the dimension."""
    return softmax(-input, dim, dtype=dtype)


def torch_softmax(input, dim, dtype=None):
    """`torch.softmax` as a value: the third argument is the dtype."""
    return softmax(input, dim, dtype=dtype)


def torch_log_softmax(input, dim, dtype=None):
    """`torch.log_softmax` as a value: the third argument is the dtype."""
    return log_softmax(input, dim, dtype=dtype)
