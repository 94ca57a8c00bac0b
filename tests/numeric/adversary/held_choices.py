"""Choices that a constructor makes of what it is given (`w if w is not None else ..`): only parameters that another module holds are marked."""
from typing import Optional
import torch
import torch.nn as nn


def names(m):
    return [n for n, _ in m.named_parameters()], sorted(m.state_dict())


class Filters(nn.Module):
    def __init__(self, n: int, rate: int, f_max: Optional[float] = None, dim=None):
        super().__init__()
        self.f_max = f_max if f_max is not None else float(rate // 2)
        self.dim = dim or 3
        self.register_buffer("fb", torch.ones(n) * self.f_max)

    def forward(self, x):
        return x * self.fb


class Spectrum(nn.Module):
    def __init__(self, n: int = 3, rate: int = 16, f_max: Optional[float] = None, dim=None):
        super().__init__()
        self.f_max = f_max
        self.dim = dim
        self.filters = Filters(n, rate, self.f_max, self.dim)

    def forward(self, x):
        return self.filters(x)


class Attn(nn.Module):
    def __init__(self, dim, scale=None, heads=None, act=None):
        super().__init__()
        self.scale = scale if scale is not None else dim ** -0.5
        self.heads = heads or 8
        self.act = act or nn.ReLU()

    def forward(self, x):
        return self.act(x * self.scale) + self.heads


class Block(nn.Module):
    def __init__(self, dim, scale=None, heads=None, act=None):
        super().__init__()
        self.scale = scale
        self.heads = heads
        self.act = act
        self.attn = Attn(dim, scale=self.scale, heads=self.heads, act=self.act)

    def forward(self, x):
        return self.attn(x)


# run settings(x) | x=f32[4,3]
def settings(x):
    m, b = Spectrum(), Block(4)
    return m(x), names(m), m.filters.f_max, b(x), b.attn.scale, b.attn.heads


class Holder(nn.Module):
    def __init__(self, scale):
        super().__init__()
        self.register_buffer("scale", scale)


class Scale(nn.Module):
    def __init__(self, scale=None):
        super().__init__()
        self.scale = scale if scale is not None else 1.0
        self.fc = nn.Linear(3, 3)

    def forward(self, x):
        return x * self.scale


class OfHolder(nn.Module):
    def __init__(self):
        super().__init__()
        self.h = Holder(torch.ones(3) * 3)
        self.s = Scale(self.h.scale)

    def forward(self, x):
        return self.s(x)


# run plain(x) | x=f32[4,3]
def plain(x):
    m = OfHolder()
    return m(x), names(m)


def report(w):
    return list(w.shape)


class Own(nn.Module):
    def __init__(self, w=None):
        super().__init__()
        self.w = w if w is not None else nn.Parameter(torch.ones(3))

    def forward(self, x):
        return x * self.w


# run reported(x) | x=f32[4,3]
def reported(x):
    w = nn.Parameter(torch.ones(3) * 2)
    shape = report(w)
    m = Own(w)
    w = nn.Parameter(torch.ones(3) * 4)
    other = Own(w)
    return shape, m(x), names(m), other(x), names(other)
