import copy

import mlx.core as mx
import mlx.nn as nn

from .module_tree import modules


def clone_module(module):
    """PyTorch's `copy.deepcopy(module)`. Functions and dtypes in attributes, which Python cannot copy, are shared."""
    shared = {}

    def share(value):
        if isinstance(value, mx.Dtype) or (callable(value) and not isinstance(value, nn.Module)):
            shared[id(value)] = value
        elif isinstance(value, (list, tuple, set)):
            for item in value:
                share(item)
        elif isinstance(value, dict) and not isinstance(value, nn.Module):
            for item in value.values():
                share(item)

    for layer in modules(module):
        for value in (*layer.__dict__.values(), *layer.values()):
            share(value)
    return copy.deepcopy(module, shared)
