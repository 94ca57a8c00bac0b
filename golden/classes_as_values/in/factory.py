"""Layers that travel as values: defaults, partials, registries, names."""
from functools import partial
from typing import Callable, Type, Union

import torch
import torch.nn as nn
import torch.nn.functional as F

ACT2FN = {
    "relu": nn.ReLU(),
    "gelu": F.gelu,
    "tanh": torch.tanh,
    "silu": nn.functional.silu,
    "leaky": partial(F.leaky_relu, negative_slope=0.2),
    "quick": lambda x: x * torch.sigmoid(1.702 * x),
}
NORMS = dict(batch=nn.BatchNorm2d, instance=partial(nn.InstanceNorm2d, affine=True), none=nn.Identity)


class ConvUnit(nn.Module):
    def __init__(self, c_in, c_out, conv: Type[nn.Module] = nn.Conv2d, norm_layer: Callable[..., nn.Module] = nn.BatchNorm2d,
                 act_layer=nn.ReLU, **conv_kwargs):
        super().__init__()
        self.conv = conv(c_in, c_out, **conv_kwargs)
        self.norm = norm_layer(c_out)
        self.act = act_layer(inplace=True) if act_layer is nn.ReLU else act_layer()

    def forward(self, x):
        return self.act(self.norm(self.conv(x)))


class Head(nn.Module):
    def __init__(self, dim, n, linear: Union[type, Callable] = None, pool: str = "avg", act: str = "gelu"):
        super().__init__()
        linear = linear if linear is not None else nn.Linear
        self.pool = {"avg": nn.AdaptiveAvgPool2d, "max": nn.AdaptiveMaxPool2d}[pool](1)
        self.fc = linear(in_features=dim, out_features=n)
        self.act_fn = ACT2FN[act]

    def forward(self, x):
        return self.fc(self.act_fn(self.pool(x).flatten(1)))


def build_norm(kind, channels):
    if kind == "group":
        return nn.GroupNorm(num_groups=2, num_channels=channels)
    return NORMS[kind](channels)


def get_activation(name: str) -> nn.Module:
    """By the class name of `nn`: ReLU, GELU, SiLU."""
    return getattr(nn, name)()


def build(kind="batch", act="relu", depthwise=False, pool="avg"):
    conv = partial(nn.Conv2d, kernel_size=3, padding=1, bias=kind == "none")
    layers = [ConvUnit(3, 4, conv=conv, norm_layer=partial(build_norm, kind))]
    layers.append(ConvUnit(4, 6, nn.ConvTranspose2d, nn.Identity, nn.SiLU, kernel_size=2, stride=2))
    if depthwise:
        layers += [ConvUnit(6, 6, norm_layer=nn.BatchNorm2d, act_layer=partial(nn.LeakyReLU, 0.1), kernel_size=3, groups=6)]
    return nn.Sequential(*layers, Head(6, 2, pool=pool, act=act))


def init_all(module, fn=nn.init.xavier_uniform_, types=(nn.Linear, nn.Conv2d)):
    for m in module.modules():
        if isinstance(m, types):
            fn(m.weight)
            if m.bias is not None:
                nn.init.zeros_(m.bias)
        elif type(m) == nn.BatchNorm2d:
            nn.init.ones_(m.weight)
    return module


def census(module):
    counts = {}
    for m in module.modules():
        for cls in (nn.Conv2d, nn.ConvTranspose2d, nn.Linear, nn.BatchNorm2d, ConvUnit):
            if isinstance(m, cls):
                counts[cls.__name__] = counts.get(cls.__name__, 0) + 1
    return counts


REDUCE = {"mean": torch.mean, "sum": torch.sum, "max": torch.amax}


def reduce(x, how="mean", fn=None):
    fn = fn or REDUCE[how]
    return fn(x, dim=-1)
