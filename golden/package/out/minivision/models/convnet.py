from ..layers import ConvNormAct
from .base import ClassifierMixin, VisionModel
from .registry import register

__all__ = ["ConvNet"]


@register("convnet")
class ConvNet(ClassifierMixin, VisionModel):
    def __init__(self, widths=(8, 12, 16), act="hswish", **kwargs):
        super().__init__(**kwargs)
        stages = []
        c = self.in_chans
        for i, w in enumerate(widths):
            stages.append(ConvNormAct(c, w, s=1 if i == 0 else 2, act=act))
            c = w
        self.stages = stages
        self.make_head(self.stages[-1].out_channels)

    def forward_features(self, x):
        for stage in self.stages:
            x = stage(x)
        return x


def _private_helper():
    return None
