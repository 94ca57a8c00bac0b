"""Values whose kind is that of no single tensor, kept by a module: lists and dictionaries that are made by calls, options with a tensor for a default."""
import collections

import torch
import torch.nn as nn


def saved(net):
    return sorted(net.state_dict()), len(list(net.parameters()))


# run m = Recurrent(); m(x), m(x), saved(m), m.h, m.d | model=m | x=f32[2,3]
class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.cells = nn.ModuleList([nn.GRUCell(3, 3), nn.GRUCell(3, 3)])
        self.h = [None] * 2
        self.d = {}

    def step(self, i, x):
        y = self.cells[i](x, self.h[i])
        return y, y * 2

    def forward(self, x):
        for i in range(2):
            x, self.h[i] = self.step(i, x)
            y, self.d["a"] = x, x * 2
        return x


# run kept({"w": x[0]}, [x[0], x[1]], x) | x=f32[2,3]
# run kept({}, [x[1], x[0]], x) | x=f32[2,3]
class Kept(nn.Module):
    def __init__(self, cfg, kernels, table=None):
        super().__init__()
        self.fc = nn.Linear(3, 3)
        self.w = cfg.get("w", torch.ones(3))
        self.scale = getattr(cfg, "scale", torch.ones(3))
        self.kernels = list(map(torch.abs, kernels))
        self.given = list(kernels)
        self.named = dict(zip("ab", kernels))
        self.table = kernels[0] if table is None else table
        self.first, *self.rest = kernels
        self.one = dict(a=torch.ones(3))
        self.two = dict([("a", torch.ones(3))])
        self.three = {"b": 3} | {"a": torch.ones(3)}
        self.four = dict(enumerate(torch.ones(3)))
        self.five = dict.fromkeys("ab", torch.ones(3))
        self.six = [*map(torch.abs, kernels)]
        self.a, self.b = map(torch.ones, (3, 3))
        (self.c, self.d), self.e = (torch.ones(3), torch.ones(3)), torch.ones(3)
        self.ordered = collections.OrderedDict(a=torch.ones(3))
        self.sizes = list(map(len, kernels))
        self.names = dict(a="a")
        self.dim = cfg.get("dim", 3)

    def forward(self, x):
        x = torch.tanh(x * self.w * self.scale + self.kernels[0]) * self.named["a"] - self.table
        x = torch.relu(x) * self.rest[0] + self.given[1] + self.first
        x = x + self.one["a"] * self.two["a"] + self.three["a"] + self.four[0] + self.five["b"] + self.six[1]
        return x + self.a + self.b * self.c + self.d + self.e * self.ordered["a"] + self.dim + self.sizes[0]


def kept(cfg, kernels, x):
    m = Kept(cfg, kernels)
    return m(x), saved(m)
