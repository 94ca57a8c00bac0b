import mlx.core as mx

from .as_array import as_array
from .axis_slice import axis_slice


def _position(value):
    return int(value.item()) if isinstance(value, mx.array) else value


def narrow(input, dim, start, length):
    """``torch.narrow``: `length` elements of `dim` from `start`, which may be negative or an array (evaluated)."""
    start = _position(start)
    start = start + input.shape[dim] if start < 0 else start
    return axis_slice(input, dim, start, start + length)


def select(input, dim, index):
    """``torch.select``: the slice at `index` of `dim`, without that dimension."""
    return input[(slice(None),) * (dim % input.ndim) + (_position(index),)]


def slice_dim(input, dim=0, start=None, end=None, step=1):
    """The slice start:end:step of a dimension that is only known at run time."""
    return axis_slice(input, dim, start, end, step)


def slice_scatter(input, src, dim=0, start=None, end=None, step=1):
    """``torch.slice_scatter``: a copy of `input` with `src` written to a slice of `dim`."""
    output = mx.array(input)
    if src.size:
        output[(slice(None),) * (dim % input.ndim) + (slice(_position(start), _position(end), step),)] = src
    return output


def select_scatter(input, src, dim, index):
    """``torch.select_scatter``: a copy of `input` with `src` written to `index` of `dim`."""
    output = mx.array(input)
    output[(slice(None),) * (dim % input.ndim) + (index,)] = as_array(src, input)
    return output
