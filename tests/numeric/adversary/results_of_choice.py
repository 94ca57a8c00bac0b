# What functions give that the run chooses, taken apart, walked over and kept in tables: PyTorch neither trains nor saves it.
from functools import reduce

import torch
import torch.nn as nn


def names(m):
    return [n for n, _ in m.named_parameters()], [n for n, _ in m.named_buffers()], sorted(m.state_dict())


def rise(n):
    return torch.linspace(0.0, 1.0, n)


def wave(n):
    return torch.cos(torch.arange(n).float())


CURVES = {"rise": rise, "wave": wave}


class Beside(nn.Module):
    def __init__(self, kind="rise", n=3):
        super().__init__()
        if kind == "rise":
            make = rise
        else:
            make = wave
        self.low, self.n = make(n), n
        self.high = 1 - self.low

    def forward(self, x):
        return x * self.low + self.high


class Drawn(nn.Module):
    def __init__(self, makers=(rise, wave), n=3):
        super().__init__()
        self.a, self.b = (make(n) for make in makers)
        self.c, self.d = [make(n) for make in makers]

    def forward(self, x):
        return x * self.a + self.b - x * self.c + self.d * x


class Kept(nn.Module):
    def __init__(self, n=3):
        super().__init__()
        self.rows = [make(n) for make in CURVES.values()]
        self.table = {kind: make(n) for kind, make in CURVES.items()}
        self.first, self.second = (make(n) for _, make in CURVES.items())

    def forward(self, x):
        return x * self.rows[0] + self.table["wave"] * x + self.first - self.second * x


class Set(nn.Module):
    def __init__(self, n=3):
        super().__init__()
        for kind, make in CURVES.items():
            setattr(self, "curve_" + kind, make(n))

    def forward(self, x):
        return x * self.curve_rise


class Configured(nn.Module):
    def __init__(self, config=None, n=3):
        super().__init__()
        config = config or {"make": rise, "other": wave}
        self.a = config["make"](n)
        self.b = config.get("other")(n)

    def forward(self, x):
        return x * self.a + x * self.b


class Reduced(nn.Module):
    def __init__(self, n=3):
        super().__init__()
        self.product = reduce(lambda so_far, make: so_far * make(n), CURVES.values(), 1.0)

    def forward(self, x):
        return x * self.product


# run chosen(x) | x=f32[2,3]
def chosen(x):
    all_of = [Beside(), Beside("wave"), Drawn(), Kept(), Set(), Configured(), Reduced()]
    return [(names(m), m(x)) for m in all_of]


class Layers(nn.Module):
    """Layers and numbers by the same ways stay what they are."""

    def __init__(self, makers=(nn.Linear, nn.Linear), n=3):
        super().__init__()
        self.a, self.b = (make(n, n) for make in makers)
        self.rate, self.n = float(n), n
        for kind, size in {"up": 4, "down": 2}.items():
            setattr(self, "size_" + kind, size)
        for kind, make in {"in": nn.Linear, "out": nn.Linear}.items():
            setattr(self, "layer_" + kind, make(n, n))

    def forward(self, x):
        return self.layer_out(self.layer_in(self.b(self.a(x)))) * self.rate


# run layers() | check=kind
def layers():
    m = Layers()
    return names(m), m.size_up, m.rate, m.n


def both(n):
    return {"fixed": torch.ones(n), "learned": nn.Parameter(torch.ones(n) * 2)}


class FromTable(nn.Module):
    def __init__(self, n=3):
        super().__init__()
        made = both(n)
        self.fixed = made["fixed"]
        self.learned = made["learned"]

    def forward(self, x):
        return x * self.fixed * self.learned


class FromDisplay(nn.Module):
    def __init__(self, n=3):
        super().__init__()
        made = {"fixed": torch.ones(n), "learned": nn.Parameter(torch.ones(n))}
        self.fixed, self.other = made["fixed"], n
        self.learned = made["learned"]

    def forward(self, x):
        return x * self.fixed * self.learned


# run from_tables(x) | x=f32[2,3]
def from_tables(x):
    return names(FromTable()), FromTable()(x), names(FromDisplay()), FromDisplay()(x)


class Apart(nn.Module):
    def __init__(self, n=3):
        super().__init__()
        self.scale, self.shift = self.make(n)

    def make(self, n):
        return torch.ones(n), torch.zeros(n)

    def forward(self, x):
        return x * self.scale + self.shift


class ApartBelow(Apart):
    def make(self, n):
        return torch.ones(n) * 2, torch.ones(n)


# run apart(x) | x=f32[2,3]
def apart(x):
    return [(names(m), m(x)) for m in (Apart(), ApartBelow())]


# run learned_below() | todo
def learned_below():
    return names(Fixed()), names(Learned())


class Fixed(nn.Module):
    def __init__(self, n=3):
        super().__init__()
        self.scale, self.shift = self.make(n)

    def make(self, n):
        return torch.ones(n), torch.zeros(n)

    def forward(self, x):
        return x * self.scale + self.shift


class Learned(Fixed):
    def make(self, n):
        return nn.Parameter(torch.ones(n)), torch.zeros(n)


# run named_below() | todo
def named_below():
    return names(NamedFixed()), names(NamedLearned())


class NamedFixed(nn.Module):
    def __init__(self, n=3):
        super().__init__()
        scale, shift = self.make(n)
        self.scale = scale
        self.shift = shift

    def make(self, n):
        return torch.ones(n), torch.zeros(n)

    def forward(self, x):
        return x * self.scale + self.shift


class NamedLearned(NamedFixed):
    def make(self, n):
        return nn.Parameter(torch.ones(n)), torch.zeros(n)
