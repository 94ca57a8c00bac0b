import mlx.core as mx

from .axis_slice import axis_slice
from .ntuple import ntuple
from .to_float import to_accumulate


def adaptive_edges(size, out):
    """The (start, stop) of each of the `out` cells that adaptive pooling makes of `size` positions. Cells may overlap."""
    return [(k * size // out, -(-(k + 1) * size // out)) for k in range(out)]


def adaptive_avg_pool(input, nd, output_size):
    """``F.adaptive_avg_pool1d/2d/3d`` over the last `nd` dimensions; None keeps a size."""
    output = to_accumulate(input)
    for dim, out in zip(range(input.ndim - nd, input.ndim), ntuple(output_size, nd)):
        size = input.shape[dim]
        if out is None or out == size:
            continue
        if size % out == 0:
            output = mx.mean(mx.unflatten(output, dim, (out, size // out)), axis=dim + 1)
        else:
            cells = [mx.mean(axis_slice(output, dim, *edge), axis=dim, keepdims=True) for edge in adaptive_edges(size, out)]
            output = mx.concatenate(cells, axis=dim)
    return output.astype(input.dtype)
