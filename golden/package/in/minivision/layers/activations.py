import torch.nn.functional as F
from torch import nn


class HardSwish(nn.Module):
    def __init__(self, inplace: bool = False):
        super().__init__()
        self.inplace = inplace

    def forward(self, x):
        return x * F.relu6(x + 3.0) / 6.0


ACTIVATIONS = {
    "relu": nn.ReLU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "hswish": HardSwish,
    "none": nn.Identity,
}


def get_act(name):
    """An activation by name."""
    try:
        return ACTIVATIONS[name]()
    except KeyError:
        raise ValueError(f"no activation {name!r}, there are {', '.join(sorted(ACTIVATIONS))}") from None
