import mlx.nn as nn


def set_training(module, mode):
    """PyTorch's `module.training = mode`: this module alone, not what is in it. Another object just gets the attribute."""
    if isinstance(module, nn.Module):
        module._training = mode
    else:
        module.training = mode


def train(modules, mode=True):
    """PyTorch's `train` of a `ModuleList`, which is a plain list in a port."""
    for module in modules:
        train(module, mode) if isinstance(module, list) else module.train(mode)
    return modules
