import mlx.core as mx
import numpy as np

from .host_array import host_array


def repeat_interleave(input, repeats=None, dim=None, output_size=None):
    """``torch.repeat_interleave``: each element `repeats` times; an array of counts is evaluated. Without `dim` the input is flattened.

    With one argument it is the counts, and the result says which element each place belongs to.
    """
    if repeats is None:
        counts = host_array(input)
        return mx.array(np.repeat(np.arange(counts.size), counts).astype(np.int64))
    if dim is None:
        input, dim = input.reshape(-1), 0
    if isinstance(repeats, int):
        return mx.repeat(input, repeats, axis=dim)
    counts = np.broadcast_to(host_array(repeats), (input.shape[dim],))
    return mx.take(input, mx.array(np.repeat(np.arange(input.shape[dim]), counts)), axis=dim)
