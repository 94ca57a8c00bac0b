from collections import OrderedDict

import mlx.core as mx

from .conv2d import Conv2d
from .init import kaiming_uniform_
from .interpolate import interpolate
from .module_list import ModuleList
from .torch_module import _TorchModule
from .vision_layers import Conv2dNormActivation


def _pyramid_init(conv):
    kaiming_uniform_(conv.weight, a=1)
    if conv.bias is not None:
        conv.bias = mx.zeros_like(conv.bias)


class ExtraFPNBlock(_TorchModule):
    """torchvision's base class of what adds levels to a feature pyramid: `(results, x, names)` becomes `(results, names)`."""

    def __call__(self, results, x, names):
        raise NotImplementedError("an ExtraFPNBlock needs a __call__ of its own")


class LastLevelMaxPool(ExtraFPNBlock):
    """torchvision's level "pool": every second line and column of the last one."""

    def __call__(self, results, x, names):
        return [*results, results[-1][..., ::2, ::2]], [*names, "pool"]


class LastLevelP6P7(ExtraFPNBlock):
    """torchvision's levels "p6" and "p7" of RetinaNet: two convolutions of stride 2."""

    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.p6 = Conv2d(in_channels, out_channels, 3, 2, 1)
        self.p7 = Conv2d(out_channels, out_channels, 3, 2, 1)
        _pyramid_init(self.p6)
        _pyramid_init(self.p7)
        self.use_P5 = in_channels == out_channels

    def __call__(self, p, c, names):
        p6 = self.p6(p[-1] if self.use_P5 else c[-1])
        return [*p, p6, self.p7(mx.maximum(p6, 0))], [*names, "p6", "p7"]


class FeaturePyramidNetwork(_TorchModule):
    """``torchvision.ops.FeaturePyramidNetwork``: takes a dict of feature maps, finest first, and adds what coarser ones say to each."""

    def __init__(self, in_channels_list, out_channels, extra_blocks=None, norm_layer=None):
        super().__init__()
        if 0 in in_channels_list:
            raise ValueError("in_channels=0 is currently not supported")
        if extra_blocks is not None and not isinstance(extra_blocks, ExtraFPNBlock):
            raise TypeError(f"extra_blocks should be of type ExtraFPNBlock not {type(extra_blocks)}")
        block = {"norm_layer": norm_layer, "activation_layer": None}
        self.inner_blocks = ModuleList([Conv2dNormActivation(n, out_channels, kernel_size=1, padding=0, **block) for n in in_channels_list])
        self.layer_blocks = ModuleList([Conv2dNormActivation(out_channels, out_channels, kernel_size=3, **block) for _ in in_channels_list])
        for block in (*self.inner_blocks, *self.layer_blocks):
            _pyramid_init(block[0])
        self.extra_blocks = extra_blocks

    def __call__(self, x):
        names, maps = list(x), list(x.values())
        results, coarser = [], None
        for inner, layer, features in reversed(list(zip(self.inner_blocks, self.layer_blocks, maps))):
            features = inner(features)
            if coarser is not None:
                features = features + interpolate(coarser, size=features.shape[-2:], mode="nearest")
            coarser = features
            results.insert(0, layer(features))
        if self.extra_blocks is not None:
            results, names = self.extra_blocks(results, maps, names)
        return OrderedDict(zip(names, results))
