from .. import mlx_compat as compat

from minivision.layers import ConvNormAct, LayerNorm2d, TokenMixer

from . import base
from .registry import register


@register("hybrid")
class HybridNet(base.ClassifierMixin, base.VisionModel):
    """Convolutions first, attention on the small map at the end."""

    def __init__(self, dim: int = 16, depth: int = 2, heads: int = 2, **kwargs):
        super().__init__(**kwargs)
        self.patchify = compat.Conv2d(self.in_chans, dim, kernel_size=4, stride=4)
        self.norm = LayerNorm2d(dim)
        blocks = []
        for _ in range(depth):
            blocks += [ConvNormAct(dim, dim, norm="ln", act="silu", groups=dim), TokenMixer(dim, heads=heads)]
        self.blocks = compat.Sequential(*blocks)
        self.make_head(dim)

    def forward_features(self, x):
        return self.blocks(self.norm(self.patchify(x)))

    def __call__(self, x, return_features=False):
        if return_features:
            return self.forward_features(x)
        return super().__call__(x)
