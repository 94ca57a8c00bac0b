import mlx.nn as nn


def is_true(value):
    """PyTorch's ``bool(value)`` of what may be a module: one is true, unless its class measures it. MLX's are dicts, and false without arrays."""
    if isinstance(value, nn.Module) and type(value).__len__ is dict.__len__ and not hasattr(type(value), "__bool__"):
        return True
    return bool(value)
