import mlx.core as mx
import mlx.nn as nn

from .module_tree import _is_buffer
from .torch_name import torch_name


def is_parameter(module, name):
    """`isinstance(getattr(module, name, None), nn.Parameter)`: parameters are plain arrays in MLX, and the module that holds one knows that it is no buffer."""
    if not isinstance(module, nn.Module):
        return False
    if name in module.__dict__.get("_tied", ()):
        return True
    keys = [key for key in (name, name + "_", name.lstrip("_") + "_") if key in module and torch_name(module, key) == name]
    return any(isinstance(module[key], mx.array) for key in keys) and not _is_buffer(module, name)
