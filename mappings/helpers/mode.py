import mlx.core as mx
import numpy as np

from .host_array import host_array
from .values_indices import ValuesIndices


def mode(input, dim=-1, keepdim=False):
    """``torch.mode``: the smallest of the most frequent values, and the index of its last occurrence. Evaluates."""
    if input.ndim == 0:
        return ValuesIndices(input, mx.array(0, mx.int64))
    rows = np.moveaxis(host_array(input), dim, -1)
    indices = np.zeros(rows.shape[:-1], np.int64)
    for place in np.ndindex(indices.shape):
        values, counts = np.unique(rows[place], return_counts=True)
        indices[place] = np.flatnonzero(rows[place] == values[np.argmax(counts)])[-1]
    indices = mx.expand_dims(mx.array(indices), dim)
    values = mx.take_along_axis(input, indices, axis=dim)
    return ValuesIndices(values, indices) if keepdim else ValuesIndices(values.squeeze(dim), indices.squeeze(dim))
