import mlx.core as mx
import numpy as np

from .host_array import host_array


def _wanted(values, inverse, counts, return_inverse, return_counts):
    output = [values]
    if return_inverse:
        output.append(mx.array(inverse.astype(np.int64)))
    if return_counts:
        output.append(mx.array(counts.astype(np.int64)))
    return output[0] if len(output) == 1 else tuple(output)


def unique(input, sorted=True, return_inverse=False, return_counts=False, dim=None):
    """``torch.unique``: always sorted; every NaN is a value of its own. Evaluates."""
    host = host_array(input)
    values, inverse, counts = np.unique(host, return_inverse=True, return_counts=True, axis=dim, equal_nan=False)
    inverse = inverse.reshape(host.shape if dim is None else (-1,))
    return _wanted(mx.array(values).astype(input.dtype), inverse, counts, return_inverse, return_counts)


def unique_consecutive(input, return_inverse=False, return_counts=False, dim=None):
    """``torch.unique_consecutive``: runs of equal elements (or slices along `dim`) become one. Evaluates."""
    host = host_array(input)
    items = host.reshape(-1) if dim is None else np.moveaxis(host, dim, 0)
    rows = items.reshape(len(items), -1 if items.size else 0)
    starts = np.flatnonzero(np.concatenate([np.ones(min(len(rows), 1), bool), (rows[1:] != rows[:-1]).any(axis=1)]))
    values = items[starts] if dim is None else np.moveaxis(items[starts], 0, dim)
    inverse = np.searchsorted(starts, np.arange(len(rows)), side="right") - 1
    inverse = inverse.reshape(host.shape) if dim is None else inverse
    counts = np.diff(np.append(starts, len(rows)))
    return _wanted(mx.array(values).astype(input.dtype), inverse, counts, return_inverse, return_counts)
