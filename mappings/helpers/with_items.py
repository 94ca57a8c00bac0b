import mlx.core as mx

from .getitem import getitem
from .setitem import setitem


def with_items(input, index, value):
    """The array with other items at an index: PyTorch writes them through a view, `x[0][mask] = value`."""
    changed = mx.array(input)
    setitem(changed, index, value)
    return changed


def set_nested(input, outer, inner, value):
    """`input[outer][inner] = value`. An item of an array is a copy in MLX, which is put back; one of a list or a dict is written itself."""
    if isinstance(input, mx.array):
        setitem(input, outer, with_items(getitem(input, outer), inner, value))
    else:
        setitem(input[outer], inner, value)
