import torch.nn as nn


def init_weights(model):
    """Constants, so that a test can see who was found."""
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.constant_(module.weight, 0.5)
            nn.init.zeros_(module.bias)
