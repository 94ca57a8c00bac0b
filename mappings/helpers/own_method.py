"""Methods that arrays share with values of other libraries, where only the run shows which of them it is."""

import mlx.core as mx
import mlx.nn as nn

from .module_to import module_to
from .squeeze import squeeze


def repeat_any(input, *repeats):
    """`x.repeat(2, 1)`: PyTorch's tiling of an array, else the value's own method."""
    if not isinstance(input, mx.array):
        return input.repeat(*repeats)
    return mx.tile(input, repeats[0] if len(repeats) == 1 and isinstance(repeats[0], (tuple, list)) else repeats)


def float_any(input):
    """`x.float()`: a cast of an array or of a module's parameters, else the value's own method."""
    if isinstance(input, nn.Module):
        return module_to(input, dtype=mx.float32)
    return input.astype(mx.float32) if isinstance(input, mx.array) else input.float()


def squeeze_any(input, *dim):
    """`x.squeeze(0)`: PyTorch's, which keeps a dimension of another size, for an array; else the value's own method."""
    return squeeze(input, *dim) if isinstance(input, mx.array) else input.squeeze(*dim)


def transpose_any(input, dim0, dim1):
    """`x.transpose(0, 1)`: swaps two dimensions of an array, else the value's own method."""
    return input.swapaxes(dim0, dim1) if isinstance(input, mx.array) else input.transpose(dim0, dim1)
