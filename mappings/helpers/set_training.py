import mlx.nn as nn


def set_training(module, mode):
    """PyTorch's `module.training = mode`: this module alone, not what is in it. Another object just gets the attribute."""
    if isinstance(module, nn.Module):
        module._training = mode
    else:
        module.training = mode
