from torch import nn

from .activations import get_act
from .norm import LayerNorm2d

NORMS = {"bn": nn.BatchNorm2d, "ln": LayerNorm2d}


class ConvNormAct(nn.Sequential):
    def __init__(self, c_in, c_out, k=3, s=1, norm="bn", act="relu", groups=1):
        super().__init__(
            nn.Conv2d(c_in, c_out, k, s, k // 2, groups=groups, bias=norm is None),
            NORMS[norm](c_out) if norm else nn.Identity(),
            get_act(act),
        )
        self.out_channels = c_out
