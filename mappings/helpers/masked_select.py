import mlx.core as mx
import numpy as np

from .host_array import host_array


def masked_select(input, mask):
    """``torch.masked_select``: a 1-D array of the elements under the mask. Input and mask broadcast; the mask is evaluated."""
    input, mask = mx.broadcast_arrays(input, mask)
    return mx.take(input.reshape(-1), mx.array(np.flatnonzero(host_array(mask))), axis=0)
