import mlx.core as mx

from .max_dim import max_dim, min_dim
from .torch_maximum import torch_maximum, torch_minimum


def max_any(input, other, keepdim=None):
    """`torch.max` where only the run shows whether the second argument is a tensor or a dimension: beside `keepdim` it is a dimension."""
    if keepdim is None and isinstance(other, mx.array):
        return torch_maximum(input, other)
    return max_dim(input, int(other), bool(keepdim))


def min_any(input, other, keepdim=None):
    """`torch.min` where only the run shows whether the second argument is a tensor or a dimension: beside `keepdim` it is a dimension."""
    if keepdim is None and isinstance(other, mx.array):
        return torch_minimum(input, other)
    return min_dim(input, int(other), bool(keepdim))
