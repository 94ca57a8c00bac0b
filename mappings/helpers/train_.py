"""The mode of modules, where a class of the project overrides `train`: MLX sets all modules from outside, and calls the override of the outermost one only."""

import mlx.nn as nn

from .module_tree import children


def train_(module, *mode):
    """PyTorch's `module.train(mode)`: every module below is asked by its own `train`, also those of a list. What is no module has its own method."""
    if isinstance(module, list):
        for child in module:
            train_(child, *mode)
        return module
    if isinstance(module, nn.Module) and type(module).train is nn.Module.train:
        return train_below(module, *mode)
    return module.train(*mode)


def eval_(module):
    """PyTorch's `module.eval()`, which is `module.train(False)`. What is no module has its own method."""
    return train_(module, False) if isinstance(module, (nn.Module, list)) else module.eval()


def train_below(module, mode=True):
    """What `super().train(mode)` does in PyTorch: sets the module's own mode, then calls `train` of its children."""
    module._set_training_mode(mode)
    for child in children(module):
        train_(child, mode)
    return module
