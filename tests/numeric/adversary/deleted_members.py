"""`del m.w` in front of `m.w = value`: a parameter stays one, and a layer still finds what it computes with."""
import torch
import torch.nn as nn


def names(m):
    return [n for n, _ in m.named_parameters()], sorted(m.state_dict())


def merge(base, delta):
    w = base.weight.data + delta
    del base.weight
    base.weight = w


class Wrap(nn.Module):
    def __init__(self, base):
        super().__init__()
        self.base = base

    def merge(self):
        w = self.base.weight.data * 2
        del self.base.weight
        self.base.weight = w

    def forward(self, x):
        return self.base(x)


# run merged(x) | x=f32[4,2]
def merged(x):
    layer, wrap = nn.Linear(2, 2), Wrap(nn.Linear(2, 2))
    for each in (layer, wrap.base):
        nn.init.constant_(each.weight, 0.5)
        nn.init.constant_(each.bias, 0.1)
    merge(layer, torch.ones(2, 2))
    wrap.merge()
    return layer(x), wrap(x)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.ones(3))
        self.fc = nn.Linear(3, 3)

    def share(self, other):
        del self.w
        self.w = other.w

    def give(self, w):
        del self.w
        self.w = w

    def replace(self, fc):
        del self.fc
        self.fc = fc

    def forward(self, x):
        return self.fc(x * self.w)


# run given()
def given():
    a, b = Net(), Net()
    a.share(b)
    shared = names(a)
    a.give(nn.Parameter(torch.zeros(3)))
    new = names(a), a.w
    a.replace(nn.Linear(3, 2))
    return shared, new, names(a)


class Chosen(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.ones(3))

    def put(self, value):
        if value is None:
            del self.w
            self.w = None
        else:
            del self.w
            self.w = value

    def forward(self, x):
        return x if self.w is None else x * self.w


# run chosen()
def chosen():
    without, other = Chosen(), Chosen()
    without.put(None)
    other.put(nn.Parameter(torch.zeros(3)))
    return names(without), names(other)
