"""What callers and settings give to modules: tensors that PyTorch doesn't train, numbers, layers, parameters."""
import argparse
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Optional

import torch
import torch.nn as nn
import torch.nn.functional as F


def names(m):
    return sorted(k for k, _ in m.named_parameters()), sorted(m.state_dict())


def fit(m, x, y):
    opt = torch.optim.SGD(m.parameters(), lr=0.1)
    losses = []
    for _ in range(3):
        loss = F.mse_loss(m(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
        losses.append(loss.item())
    return losses, names(m)


def lin(v=0.1, d=3):
    layer = nn.Linear(d, d)
    nn.init.constant_(layer.weight, v)
    nn.init.constant_(layer.bias, v)
    return layer


# run fit(by_namespace(), x, y) | x=f32[4,3] | y=f32[4,3]
class Weighted(nn.Module):
    def __init__(self, args):
        super().__init__()
        self.fc = lin()
        self.weights = args.class_weights
        self.rate = args.rate
        self.act = args.act

    def forward(self, x):
        return self.act(self.fc(x) * self.weights) * self.rate


def by_namespace():
    return Weighted(SimpleNamespace(class_weights=torch.tensor([1.0, 2.0, 3.0]), rate=0.5, act=nn.PReLU()))


# run fit(by_arguments(), x, y) | x=f32[4,3] | y=f32[4,3]
def by_arguments():
    args = argparse.Namespace(rate=0.5, act=nn.Tanh())
    args.class_weights = torch.tensor([1.0, 2.0, 3.0])
    return Weighted(args)


# run fit(by_fields(), x, y) | x=f32[4,3] | y=f32[4,3]
@dataclass
class Settings:
    dim: int = 3
    prior: Optional[Any] = None
    stats: tuple = None
    scale: Any = None
    levels: tuple = None


class FromFields(nn.Module):
    def __init__(self, cfg: Settings):
        super().__init__()
        self.fc = lin(0.1, cfg.dim)
        self.dim = cfg.dim
        self.prior = cfg.prior
        self.mean, self.std = cfg.stats
        self.low, self.high = cfg.levels
        self.scale = getattr(cfg, "scale", None)

    def forward(self, x):
        return (self.fc(x) + self.prior - self.mean) / self.std * self.scale * self.high + self.low


def by_fields():
    cfg = Settings(prior=torch.zeros(3), stats=(torch.zeros(3), torch.ones(3)))
    cfg.scale = torch.full((3,), 2.0)
    cfg.levels = (torch.zeros(3), torch.ones(3))
    return FromFields(cfg)


# run fit(Centered(), x, y) | x=f32[4,3] | y=f32[4,3]
class Centered(nn.Module):
    def __init__(self, mean=torch.zeros(3), std=torch.tensor([1.0, 1.0, 2.0]), power=1):
        super().__init__()
        self.fc = lin()
        self.mean, self.power = mean, power
        self.std = std
        self.steps = [self.center, self.scale]

    def center(self, x):
        return x - self.mean

    def scale(self, x):
        return x / self.std**self.power

    def forward(self, x):
        h = self.fc(x)
        for step in self.steps:
            h = step(h)
        return h


# run fit(anchored(), x, y) | x=f32[4,3] | y=f32[4,3]
class Anchored(nn.Module):
    def __init__(self, anchors=(), sizes=()):
        super().__init__()
        self.fc = lin()
        self.anchors = anchors
        self.sizes = sizes

    def forward(self, x):
        return self.fc(x) + sum(a.sum() for a in self.anchors) + sum(self.sizes)


def anchored():
    return Anchored([torch.ones(3), torch.ones(2)], [1, 2])


# run fit(rested(), x, y) | x=f32[4,3] | y=f32[4,3]
class Rested(nn.Module):
    def __init__(self, *args):
        super().__init__()
        self.fc = lin()
        self.r = args[0]
        self.args = args

    def forward(self, x):
        return self.fc(x) + self.r.sum() * self.args[0].mean()


def rested():
    return Rested(torch.ones(3))


# run fit(warm(), x, y) | x=f32[4,3] | y=f32[4,3]
class Tempered(nn.Module):
    def __init__(self, temp: float = 1.0, gain: float = 1.0):
        super().__init__()
        self.fc = lin()
        self.temp = temp
        self.gain = gain

    def forward(self, x):
        return self.fc(x) / self.temp * self.gain


def warm():
    return Tempered(temp=torch.tensor(2.0), gain=0.5)


# run fit(warm_by_name(), x, y) | x=f32[4,3] | y=f32[4,3]
def warm_by_name():
    options = {"gain": torch.tensor(2.0)}
    return Tempered(**options)


# run m = Late(); prepare(m); fit(m, x, y) | x=f32[4,3] | y=f32[4,3]
class Late(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = lin()

    def set_scale(self, s, power):
        self.scale, self.power = s, power

    def set_shift(self, shift):
        self.shift = shift

    def set_act(self, act):
        self.act = act

    def forward(self, x):
        return self.act(self.fc(x) * self.scale + self.shift) * self.power


def prepare(m):
    m.set_scale(torch.ones(3), 2)
    m.set_shift(shift=torch.full((3,), 2.0))
    m.set_act(nn.PReLU())


# run fit(by_table(), x, y) | x=f32[4,3] | y=f32[4,3]
class FromTable(nn.Module):
    def __init__(self, table):
        super().__init__()
        self.fc = lin()
        self.first = next(iter(table.values()))

    def forward(self, x):
        return self.fc(x) + self.first.sum()


def by_table():
    return FromTable({"a": torch.ones(3)})


# run fit(ByMethod(), x, y) | x=f32[4,3] | y=f32[4,3]
class ByMethod(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = lin()
        for i in range(2):
            self.__setattr__(f"shift{i}", torch.full((3,), 1.0 + i))
        self.__setattr__("head", lin(0.2))

    def forward(self, x):
        return self.head(self.fc(x)) * self.shift0 + self.shift1


# run m = Awaiting(); attach(m); fit(m, x, y) | x=f32[4,3] | y=f32[4,3]
class Awaiting(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = lin()

    def forward(self, x):
        return self.fc(x) + self.offset


def attach(m):
    m.offset = torch.ones(3)


class Batch:
    pass


# run b = Batch(); fill(b); b.offset | x=f32[4,3]
def fill(b):
    b.offset = torch.ones(3)


# run fit(one_of_both(), x, y) | x=f32[4,3] | y=f32[4,3] | todo
def one_of_both():
    return nn.Sequential(lin(), Affine(torch.zeros(3), torch.ones(3)), Affine(nn.Parameter(torch.zeros(3)), torch.ones(3)))


class Affine(nn.Module):
    def __init__(self, loc, scale):
        super().__init__()
        self.loc = loc
        self.scale = scale

    def forward(self, x):
        return x * self.scale + self.loc


# run fit(both_lists(), x, y) | x=f32[4,3] | y=f32[4,3] | todo
def both_lists():
    return nn.Sequential(Layered([lin(0.2)]), Layered(nn.ModuleList([lin(0.3)])))


class Layered(nn.Module):
    def __init__(self, blocks):
        super().__init__()
        self.fc = lin()
        self.blocks = blocks

    def forward(self, x):
        x = self.fc(x)
        for block in self.blocks:
            x = x + block(x)
        return x


class Stack(nn.Module):
    def __init__(self, fc):
        super().__init__()
        self.fc = fc

    def set_parts(self, parts):
        self.parts = parts

    def forward(self, x):
        for part in self.parts:
            x = part(x)
        return self.fc(x)


class Table:
    def set_parts(self, parts):
        self.parts = parts


# run m = stacked(); fit(m, x, y) | x=f32[4,3] | y=f32[4,3] | weights=own
def stacked():
    stack = Stack(lin())
    for holder, parts in ((stack, nn.ModuleList([lin(0.2)])), (Table(), torch.ones(3))):
        holder.set_parts(parts)
    given_elsewhere(Table())
    return stack


def given_elsewhere(table):
    table.set_parts(torch.ones(2))


class Obfuscated(nn.Module):
    def __init__(self, groups, share):
        super().__init__()
        self.fc = lin()
        self.chosen_groups = (groups > 0) + 0.5
        self.kept_share = (share > 0.5) + 0

    def forward(self, x):
        return self.fc(torch.matmul(x, self.chosen_groups)) * self.kept_share


# run fit(obfuscated({"groups": g, "share": 0.75}), x, y) | x=f32[4,3] | y=f32[4,3] | g=f32[3,3]
def obfuscated(held):
    return Obfuscated(held["groups"], held["share"])
