import mlx.nn as nn
from .. import mlx_compat as compat


class HardSwish(nn.Module):
    def __init__(self, inplace: bool = False):
        super().__init__()
        self.inplace = inplace

    def __call__(self, x):
        return x * nn.relu6(x + 3.0) / 6.0


ACTIVATIONS = {
    "relu": compat.ReLU,
    "gelu": compat.GELU,
    "silu": compat.SiLU,
    "hswish": HardSwish,
    "none": compat.Identity,
}


def get_act(name):
    """An activation by name."""
    try:
        return ACTIVATIONS[name]()
    except KeyError:
        raise ValueError(f"no activation {name!r}, there are {', '.join(sorted(ACTIVATIONS))}") from None
