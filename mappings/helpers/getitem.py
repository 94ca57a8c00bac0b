import mlx.core as mx
import numpy as np

from .host_array import host_array


def _index_array(entry):
    """Lists, ranges, tuples and NumPy arrays inside of an index select by position, and bytes are masks, as in PyTorch."""
    if isinstance(entry, (list, tuple, range)):
        entry = np.array([e.item() if isinstance(e, mx.array) else e for e in entry])
        entry = entry.astype(np.int64) if entry.size == 0 else entry
    if isinstance(entry, np.ndarray):
        entry = mx.array(entry)
    return entry.astype(mx.bool_) if entry.dtype == mx.uint8 else entry


def _slice_bound(bound):
    return bound.item() if isinstance(bound, (mx.array, np.ndarray)) else bound


def _stands_for_tuple(index):
    """PyTorch takes ``x[[i, j]]`` for ``x[i, j]``, unless all entries are numbers."""
    entries = (slice, mx.array, np.ndarray, list, tuple, range, type(None), type(Ellipsis))
    return isinstance(index, list) and len(index) < 32 and any(isinstance(entry, entries) for entry in index)


def _index_tuple(input, index):
    """The index as a tuple without Ellipsis, whose arrays are MLX arrays and whose slices have plain bounds."""
    index = list(index) if isinstance(index, tuple) or _stands_for_tuple(index) else [index]
    for k, entry in enumerate(index):
        if isinstance(entry, slice):
            index[k] = slice(_slice_bound(entry.start), _slice_bound(entry.stop), _slice_bound(entry.step))
        elif isinstance(entry, np.generic):
            index[k] = entry.item()
        elif isinstance(entry, (list, tuple, range, np.ndarray, mx.array)):
            index[k] = _index_array(entry)
    used = sum(_dims_used(entry) for entry in index)
    for k, entry in enumerate(index):
        if entry is Ellipsis:
            index[k:k + 1] = [slice(None)] * (input.ndim - used)
            break
    return tuple(index)


def _dims_used(entry):
    if entry is None or entry is Ellipsis or isinstance(entry, bool):
        return 0
    return entry.ndim if isinstance(entry, mx.array) and entry.dtype == mx.bool_ else 1


def getitem(input, index):
    """``input[index]`` with PyTorch's rules, for the indices that MLX does not take or reads in another way.

    Boolean masks (alone or beside other entries), Python bools, lists, ranges and NumPy arrays are accepted. Integers select before
    index arrays do, so ``x[0, :, i]`` keeps the order of dimensions. A mask is evaluated, because the size of the result depends on it.
    What is no array is indexed by its own rules.
    """
    if not isinstance(input, mx.array):
        return input[slice(*map(_slice_bound, (index.start, index.stop, index.step))) if isinstance(index, slice) else index]
    dim, selections = 0, []
    for entry in _index_tuple(input, index):
        if entry is None:
            input = mx.expand_dims(input, dim)
            dim += 1
        elif isinstance(entry, slice):
            input = input[(slice(None),) * dim + (entry,)]
            dim += 1
        elif isinstance(entry, mx.array) and entry.ndim == 0 and entry.dtype != mx.bool_:
            input = mx.take(input, mx.stop_gradient(entry), axis=dim)
        elif isinstance(entry, mx.array) and entry.ndim > 0:
            if entry.dtype == mx.bool_ and entry.shape != input.shape[dim:dim + entry.ndim]:
                raise IndexError(f"a mask of shape {entry.shape} for dimension {dim} and on of {input.shape}")
            where = np.nonzero(host_array(entry)) if entry.dtype == mx.bool_ else (entry,)
            for positions in where:
                selections.append((dim, mx.stop_gradient(mx.array(positions))))
                dim += 1
        elif isinstance(entry, (bool, mx.array)):
            input = mx.expand_dims(input, dim)
            selections.append((dim, mx.arange(1 if entry else 0)))
            dim += 1
        else:
            input = input[(slice(None),) * dim + (entry,)]
    if not selections:
        return input
    full = [slice(None)] * input.ndim
    for at, positions in selections:
        full[at] = positions
    return input[tuple(full)]
