import math

import mlx.core as mx
import numpy as np

from .host_array import host_array


def _bags(input, offsets, include_last_offset):
    """Which bag each element of the flat input belongs to, and how many bags there are."""
    if input.ndim == 2:
        return np.repeat(np.arange(input.shape[0]), input.shape[1]), input.shape[0]
    starts = host_array(offsets)
    starts = starts[:-1] if include_last_offset else starts
    return np.searchsorted(starts, np.arange(input.shape[0]), side="right") - 1, len(starts)


def _first_maximum(rows, bag, shape):
    """The maximum of each column of each bag, read from the first row that holds it, so that the gradient goes there alone."""
    fixed, last = mx.stop_gradient(rows), rows.shape[0] - 1
    best = mx.full(shape, -math.inf, rows.dtype).at[bag].maximum(fixed)
    holders = mx.where(fixed == best[bag], mx.arange(last + 1)[:, None], last)
    return mx.take_along_axis(rows, mx.full(shape, last, mx.int32).at[bag].minimum(holders), axis=0)


def embedding_bag(
    input, weight, offsets=None, mode="mean", per_sample_weights=None, include_last_offset=False, padding_idx=None
):
    """``F.embedding_bag``: the sum, mean or max of the rows of each bag; padding rows count for nothing, an empty bag is 0."""
    bag, count = _bags(input, offsets, include_last_offset)
    bag, flat = mx.array(bag), mx.stop_gradient(input.reshape(-1))
    rows = weight[flat]
    kept = mx.ones(flat.shape, mx.bool_) if padding_idx is None else flat != padding_idx % weight.shape[0]
    shape = (count, weight.shape[1])
    sizes = mx.zeros((count,), weight.dtype).at[bag].add(kept.astype(weight.dtype))[:, None]
    if mode == "max":
        return mx.where(sizes > 0, _first_maximum(mx.where(kept[:, None], rows, -math.inf), bag, shape), 0)
    if per_sample_weights is not None:
        rows = rows * per_sample_weights.reshape(-1, 1)
    total = mx.zeros(shape, weight.dtype).at[bag].add(mx.where(kept[:, None], rows, 0))
    return total / mx.maximum(sizes, 1) if mode == "mean" else total
