"""Layers that travel as values: defaults, partials, registries, names."""
from functools import partial
from typing import Callable, Type, Union

import mlx.core as mx
import mlx.nn as nn
import mlx_compat as compat

ACT2FN = {
    "relu": nn.ReLU(),
    "gelu": nn.gelu,
    "tanh": mx.tanh,
    "silu": nn.silu,
    "leaky": partial(compat.leaky_relu, negative_slope=0.2),
    "quick": lambda x: x * mx.sigmoid(1.702 * x),
}
NORMS = dict(batch=compat.BatchNorm2d, instance=partial(compat.InstanceNorm2d, affine=True), none=compat.Identity)


class ConvUnit(nn.Module):
    def __init__(self, c_in, c_out, conv: Type[nn.Module] = compat.Conv2d, norm_layer: Callable[..., nn.Module] = compat.BatchNorm2d,
                 act_layer=compat.ReLU, **conv_kwargs):
        super().__init__()
        self.conv = conv(c_in, c_out, **conv_kwargs)
        self.norm = norm_layer(c_out)
        self.act = act_layer(inplace=True) if act_layer is compat.ReLU else act_layer()

    def __call__(self, x):
        return self.act(self.norm(self.conv(x)))


class Head(nn.Module):
    def __init__(self, dim, n, linear: Union[type, Callable] = None, pool: str = "avg", act: str = "gelu"):
        super().__init__()
        linear = linear if linear is not None else compat.Linear
        self.pool = {"avg": compat.AdaptiveAvgPool2d, "max": compat.AdaptiveMaxPool2d}[pool](1)
        self.fc = linear(in_features=dim, out_features=n)
        self.act_fn = ACT2FN[act]

    def __call__(self, x):
        return self.fc(self.act_fn(self.pool(x).flatten(1)))


def build_norm(kind, channels):
    if kind == "group":
        return compat.GroupNorm(num_groups=2, num_channels=channels)
    return NORMS[kind](channels)


def get_activation(name: str) -> nn.Module:
    """By the class name of `nn`: ReLU, GELU, SiLU."""
    return compat.layer_named(name)()


def build(kind="batch", act="relu", depthwise=False, pool="avg"):
    conv = partial(compat.Conv2d, kernel_size=3, padding=1, bias=kind == "none")
    layers = [ConvUnit(3, 4, conv=conv, norm_layer=partial(build_norm, kind))]
    layers.append(ConvUnit(4, 6, compat.ConvTranspose2d, compat.Identity, compat.SiLU, kernel_size=2, stride=2))
    if depthwise:
        layers += [ConvUnit(6, 6, norm_layer=compat.BatchNorm2d, act_layer=partial(compat.LeakyReLU, 0.1), kernel_size=3, groups=6)]
    return compat.Sequential(*layers, Head(6, 2, pool=pool, act=act))


def init_all(module, fn=compat.xavier_uniform_, types=(compat.Linear, compat.Conv2d)):
    for m in compat.modules(module):
        if isinstance(m, types):
            fn(m.weight)
            if getattr(m, "bias", None) is not None:
                compat.zeros_(m.bias)
        elif type(m) == compat.BatchNorm2d:
            compat.ones_(m.weight)
    return module


def census(module):
    counts = {}
    for m in compat.modules(module):
        for cls in (compat.Conv2d, compat.ConvTranspose2d, compat.Linear, compat.BatchNorm2d, ConvUnit):
            if isinstance(m, cls):
                counts[cls.__name__] = counts.get(cls.__name__, 0) + 1
    return counts


REDUCE = {"mean": compat.torch_mean, "sum": compat.torch_sum, "max": compat.torch_amax}


def reduce(x, how="mean", fn=None):
    fn = fn or REDUCE[how]
    return fn(x, dim=-1)
