import mlx.core as mx

from .getitem import getitem
from .setitem import setitem


def with_items(input, index, value):
    """The array with other items at an index: PyTorch writes them through a view, `x[0][mask] = value`."""
    changed = mx.array(input)
    setitem(changed, index, value)
    return changed


def set_nested(input, *indices_and_value):
    """`input[outer][inner] = value`. An item of an array is a copy in MLX, which is put back; one of a list or a dict is written itself."""
    *indices, value = indices_and_value
    outer, *inner = indices
    if not inner:
        setitem(input, outer, value)
    elif not isinstance(input, mx.array):
        set_nested(input[outer], *inner, value)
    elif not _copies(outer):
        item = mx.array(getitem(input, outer))
        set_nested(item, *inner, value)
        setitem(input, outer, item)


def _copies(index):
    """Whether an index gives a copy in PyTorch as well: what is written to that is lost."""
    entries = index if isinstance(index, tuple) else (index,)
    return any(isinstance(entry, (bool, list)) or getattr(entry, "ndim", 0) > 0 or _is_truth(entry) for entry in entries)


def _is_truth(entry):
    return isinstance(entry, mx.array) and entry.dtype == mx.bool_
