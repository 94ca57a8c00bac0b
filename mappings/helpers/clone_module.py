import copy

import mlx.nn as nn

from .copyable import copyable
from .module_tree import modules


def clone_module(module):
    """PyTorch's `copy.deepcopy(module)`. Functions in attributes, which Python cannot copy, are shared; a method of the module itself, as
    a hook of its own, is one of the copy."""
    shared = {}
    layers = list(modules(module))
    is_own = lambda value: any(getattr(value, "__self__", None) is layer for layer in layers)

    def share(value):
        if callable(value) and not isinstance(value, nn.Module) and not is_own(value):
            shared[id(value)] = value
        elif isinstance(value, (list, tuple, set)):
            for item in value:
                share(item)
        elif isinstance(value, dict) and not isinstance(value, nn.Module):
            for item in value.values():
                share(item)

    for layer in layers:
        for value in (*layer.__dict__.values(), *layer.values()):
            share(value)
    return copy.deepcopy(copyable(module), shared)
