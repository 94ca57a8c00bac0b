import mlx.core as mx
import numpy as np

from .host_array import host_array


def nonzero(input, as_tuple=False):
    """``torch.nonzero``: the int64 positions of nonzero elements, (n, ndim), or one array per dimension. Evaluates its input."""
    host = host_array(input)
    if as_tuple:
        return tuple(mx.array(k.astype(np.int64)) for k in np.nonzero(np.atleast_1d(host)))
    return mx.array(np.argwhere(host).astype(np.int64))


def nonzero_static(input, size, fill_value=-1):
    """``torch.nonzero_static``: the first `size` positions, the missing rows filled with `fill_value`."""
    found = nonzero(input)[:size]
    return mx.concatenate([found, mx.full((size - found.shape[0], input.ndim), fill_value, mx.int64)])
