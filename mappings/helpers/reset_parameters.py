import math
from functools import partial

import mlx.core as mx
import mlx.nn as nn


def reset_parameters(layer):
    """PyTorch's `layer.reset_parameters()`, in place: MLX's own layers draw their first values only when they are made."""
    if hasattr(layer, "reset_parameters"):
        layer.reset_parameters()
    elif isinstance(layer, nn.Linear):
        bound = 1 / math.sqrt(layer.weight.shape[1])
        for name in ("weight", "bias"):
            if name in layer:
                layer[name][...] = mx.random.uniform(-bound, bound, layer[name].shape, layer[name].dtype)
    elif isinstance(layer, (nn.LayerNorm, nn.RMSNorm)):
        for name, value in (("weight", 1), ("bias", 0)):
            if name in layer:
                layer[name][...] = mx.full(layer[name].shape, value, layer[name].dtype)
    elif isinstance(layer, nn.PReLU):
        layer.weight[...] = mx.full(layer.weight.shape, 0.25, layer.weight.dtype)  # another first slope makes another class
    else:
        raise AttributeError(f"{type(layer).__name__} has no reset_parameters")


def has_method(value, name):
    """`hasattr(value, name)` for a method of PyTorch's modules that MLX's lack: the port calls a function in its place."""
    if name == "reset_parameters":
        return hasattr(value, name) or isinstance(value, (nn.Linear, nn.LayerNorm, nn.RMSNorm, nn.PReLU))
    return hasattr(value, name) or isinstance(value, nn.Module)


def get_method(value, name, *default):
    """`getattr(value, name, default)` for a method of PyTorch's layers that MLX's own lack."""
    if name == "reset_parameters" and not hasattr(value, name) and has_method(value, name):
        return partial(reset_parameters, value)
    return getattr(value, name, *default)
