import math

import mlx.core as mx
import numpy as np

from .adaptive_avg_pool import adaptive_edges
from .ntuple import ntuple


def adaptive_max_pool(input, nd, output_size, return_indices=False):
    """``F.adaptive_max_pool1d/2d/3d`` over the last `nd` dimensions; None keeps a size.

    With `return_indices` also the int64 position of each maximum in the flattened spatial dimensions.
    """
    lead, sizes = input.shape[:-nd], input.shape[-nd:]
    outs = tuple(size if out is None else out for size, out in zip(sizes, ntuple(output_size, nd)))
    edges = [adaptive_edges(size, out) for size, out in zip(sizes, outs)]
    flat = input.reshape(lead + (-1,))
    places = np.arange(math.prod(sizes)).reshape(sizes)
    indices = []
    for cell in np.ndindex(*outs):
        inside = mx.array(places[tuple(slice(*edges[k][c]) for k, c in enumerate(cell))].reshape(-1))
        best = mx.stop_gradient(mx.argmax(mx.take(flat, inside, axis=-1), axis=-1))
        indices.append(mx.take(inside, best))
    indices = mx.stack(indices, axis=-1)
    values = mx.take_along_axis(flat, indices, axis=-1).reshape(lead + outs)
    return (values, indices.reshape(lead + outs)) if return_indices else values
