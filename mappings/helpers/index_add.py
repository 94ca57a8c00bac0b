import mlx.core as mx

from .as_array import as_array
from .getitem import getitem
from .scatter import scatter_reduce
from .setitem import setitem
from .with_edge import with_edge


def _along(input, dim, index):
    return (slice(None),) * (dim % max(input.ndim, 1)) + (mx.stop_gradient(index),)


def index_add(input, dim, index, source, alpha=1):
    """``torch.index_add``: rows of `source` added to the rows of `input` that `index` names; repeated rows accumulate."""
    if index.size == 0:
        return with_edge(input, source)
    if alpha != 1:
        source = source * as_array(alpha, source)  # the fraction of a factor of integers is cut off
    if input.ndim == 0:
        return input + mx.sum(source).astype(input.dtype)
    return input.at[_along(input, dim, index)].add(source.astype(input.dtype))


def index_copy(input, dim, index, source):
    """``torch.index_copy``: rows of `source` written to the rows of `input` that `index` names."""
    if index.size == 0:
        return with_edge(input, source)
    output = mx.array(input)
    output[_along(input, dim, index)] = source
    return output


def index_fill(input, dim, index, value):
    """``torch.index_fill``: the rows that `index` names set to one value."""
    output = mx.array(input)
    if index.size:
        output[_along(input, dim, index)] = as_array(value, input).astype(input.dtype)
    return output


def index_reduce(input, dim, index, source, reduce, include_self=True):
    """``torch.index_reduce``: rows of `source` combined into rows of `input` by prod, mean, amax or amin."""
    shape = [1] * input.ndim
    shape[dim] = index.size
    return scatter_reduce(input, dim, mx.broadcast_to(index.reshape(shape), source.shape), source, reduce, include_self)


def index_put(input, indices, values, accumulate=False):
    """``input.index_put(indices, values)``: a copy of `input` with ``copy[indices] = values``; `accumulate` adds, repeats included."""
    index = tuple(slice(None) if k is None else k for k in indices)
    if not accumulate:
        output = mx.array(input)
        setitem(output, index, values)
        return output
    places = getitem(mx.arange(input.size).reshape(input.shape), index)
    return put(input, places, mx.broadcast_to(values, places.shape), True)


def put(input, index, source, accumulate=False):
    """``input.put(index, source)``: `source` written to (or added at) positions of the flattened `input`."""
    if index.size == 0:
        return with_edge(input, source)
    flat, index, source = input.reshape(-1), mx.stop_gradient(index).reshape(-1), source.reshape(-1).astype(input.dtype)
    if accumulate:
        return flat.at[index].add(source).reshape(input.shape)
    output = mx.array(flat)
    output[index] = source
    return output.reshape(input.shape)
