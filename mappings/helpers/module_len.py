import mlx.nn as nn


def module_len(value):
    """`len(value)` of what may be any module: PyTorch's containers have a length, other modules have none. MLX's are dicts."""
    if type(value) is nn.Sequential:
        return len(value.layers)
    if isinstance(value, nn.Module) and type(value).__len__ is dict.__len__:
        raise TypeError(f"object of type '{type(value).__name__}' has no len()")
    return len(value)
