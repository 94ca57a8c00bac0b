import math

import mlx.core as mx

from .as_array import as_array
from .getitem import getitem
from .with_edge import with_edge


def setitem(input, index, value):
    """``input[index] = value`` with PyTorch's rules, for every index that `getitem` takes.

    The array object keeps its dtype. No value changes where the index selects nothing (MLX ends the process there).
    """
    if not isinstance(input, mx.array):
        input[index] = value
        return
    value = as_array(value, input).astype(input.dtype)
    if isinstance(index, mx.array) and index.dtype == mx.bool_ and value.size == 1:
        mask = index.reshape(index.shape + (1,) * (input.ndim - index.ndim))
        input[...] = mx.where(mx.stop_gradient(mask), value.reshape(()), input)  # no evaluation, and it has a gradient
        return
    places = getitem(mx.arange(math.prod(input.shape)).reshape(input.shape), index)
    if places.size == 0:
        if input.size:
            input[...] = with_edge(input, value)
        return
    while value.ndim > places.ndim and value.shape[0] == 1:
        value = value[0]
    flat = input.reshape(-1)
    flat[places.reshape(-1)] = mx.broadcast_to(value, places.shape).reshape(-1)
    input[...] = flat.reshape(input.shape)
