import mlx.nn as nn
from .. import mlx_compat as compat

from .activations import get_act
from .norm import LayerNorm2d

NORMS = {"bn": compat.BatchNorm2d, "ln": LayerNorm2d}


class ConvNormAct(compat.Sequential):
    def __init__(self, c_in, c_out, k=3, s=1, norm="bn", act="relu", groups=1):
        super().__init__(
            compat.Conv2d(c_in, c_out, k, stride=s, padding=k // 2, groups=groups, bias=norm is None),
            NORMS[norm](c_out) if norm else nn.Identity(),
            get_act(act),
        )
        self.out_channels = c_out
