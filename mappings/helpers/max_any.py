import mlx.core as mx

from .max_dim import max_dim, min_dim
from .torch_maximum import torch_maximum, torch_minimum


def max_any(input, other, keepdim=False):
    """`torch.max` where only the run shows whether the second argument is a tensor or a dimension."""
    return torch_maximum(input, other) if isinstance(other, mx.array) else max_dim(input, other, keepdim)


def min_any(input, other, keepdim=False):
    """`torch.min` where only the run shows whether the second argument is a tensor or a dimension."""
    return torch_minimum(input, other) if isinstance(other, mx.array) else min_dim(input, other, keepdim)
