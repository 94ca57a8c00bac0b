import mlx.core as mx
import numpy as np

from .axis_slice import axis_slice


def _source_positions(size, before, after, mode):
    """For each position of the padded dimension, the position that it is read from."""
    at = np.arange(-before, size + after)
    if mode == "replicate":
        return np.clip(at, 0, size - 1)
    if mode == "circular":
        if before > size or after > size:
            raise ValueError(f"circular padding ({before}, {after}) must not be larger than the dimension, which is {size}")
        return at % size
    if mode == "reflect":
        if before >= size or after >= size:
            raise ValueError(f"reflect padding ({before}, {after}) must be smaller than the dimension, which is {size}")
        at = np.abs(at)
        return np.where(at >= size, 2 * (size - 1) - at, at)
    raise ValueError(f"unknown padding mode {mode!r}")


def pad(input, pad, mode="constant", value=None):
    """``F.pad``: (before, after) pairs from the last dimension backwards; negative numbers crop. The dtype stays."""
    for k in range(len(pad) // 2):
        dim = input.ndim - 1 - k
        before, after = int(pad[2 * k]), int(pad[2 * k + 1])
        if mode in ("constant", "circular") or max(before, after) <= 0:
            input = axis_slice(input, dim, max(-before, 0), input.shape[dim] - max(-after, 0))
            before, after = max(before, 0), max(after, 0)
        if before == 0 and after == 0:
            continue
        if mode == "constant":
            widths = [(0, 0)] * input.ndim
            widths[dim] = (before, after)
            input = mx.pad(input, widths, constant_values=mx.array(0 if value is None else value).astype(input.dtype))
        else:
            input = mx.take(input, mx.array(_source_positions(input.shape[dim], before, after, mode)), axis=dim)
    return input
