"""Layers with `inplace=True` that are called with views, and what reads the tensor behind."""
import torch
import torch.nn as nn
from torch import Tensor


class Halves(nn.Module):
    def __init__(self):
        super().__init__()
        self.act = nn.ReLU(inplace=True)
        self.activations = nn.ModuleList([nn.LeakyReLU(0.2, inplace=True), nn.Tanh()])
        self.entry = nn.Sequential(nn.ReLU(inplace=True), nn.Tanh())
        self.outlet = nn.Sequential(nn.Tanh(), nn.ReLU(inplace=True))

    def forward(self, x: Tensor):
        y = x * 2
        z = self.act(y[:, :2])
        w = self.activations[0](y[:, 3])
        v = self.activations[1](y[0])
        return y, z, w, v

    def rows(self, x: Tensor):
        y = x * 2
        for i in range(2):
            self.act(y[i])
        y[:, 1] = self.act(y[:, 1])
        self.act(y.narrow(1, 0, 1))
        return y

    def unread(self, x: Tensor):
        y = x * 2
        a = self.act(y[:, :2])
        h = self.act((x - 1).view(-1))
        b = self.outlet(x[0])
        return a, h, b, x

    def apart(self, x: Tensor):
        y = x * 2
        left = self.act(y[:, :2]) * y[:, 2:]
        z = x * 3
        top, rest = self.act(z[0]), z[1]
        return left, top, rest

    def rebound(self, x: Tensor):
        x = x * 2
        x = x.view(-1)
        x = self.act(x)
        kept = x[:2]
        x = self.outlet(x)
        return x, kept


# run halves(x) | x=f32[3,4]
def halves(x: Tensor):
    net = Halves()
    return net(x), net.rows(x), net.unread(x), net.apart(x), net.rebound(x)


# run local(x) | x=f32[3,4]
def local(x: Tensor):
    y = x * 2
    act = nn.ReLU(inplace=True)
    z = act(y[0])
    w = nn.ELU(inplace=True)(y[1:])
    plain = nn.ReLU()
    v = plain(y[0])
    return y, z, w, v


# run of_parameter(x) | x=f32[3,4]
class Given(nn.Module):
    def __init__(self):
        super().__init__()
        self.act = nn.ReLU(inplace=True)

    def forward(self, x: Tensor):
        a = self.act(x[:, :2])
        return a * 2


def of_parameter(x: Tensor):
    y = x * 2
    z = Given()(y)
    return y, z


# run seen(x) | x=f32[4,4] | todo
def seen(x: Tensor):
    net = Seen()
    return net.first(x), net.under_a_name(x), net.by_part(x), net.stale(x), net.reshaped(x), net.looped(x)


class Seen(nn.Module):
    def __init__(self):
        super().__init__()
        self.act = nn.ReLU(inplace=True)
        self.activations = nn.ModuleList([nn.ReLU(inplace=True), nn.LeakyReLU(0.2, inplace=True)])
        self.both = nn.Sequential(nn.ReLU(inplace=True), nn.Tanh())

    def first(self, x: Tensor):
        y = x * 2
        z = self.both(y[:, :2])
        return y, z

    def under_a_name(self, x: Tensor):
        y = x * 2
        row = y[0]
        z = self.act(row)
        return y, z

    def by_part(self, x: Tensor):
        y = x * 2
        a, b = y.chunk(2, dim=1)
        a = self.act(a)
        return y, a, b

    def stale(self, x: Tensor):
        y = x * 2
        row = y[0]
        y = self.act(y)
        return y, row

    def reshaped(self, x: Tensor):
        y = x * 2
        self.act(y.view(-1))
        return y

    def looped(self, x: Tensor):
        y = x * 2
        out = []
        for i, act in enumerate(self.activations):
            out.append(act(y[i]))
        return y, out


class Result:
    def __init__(self, pooled, states):
        self.pooled, self.states = pooled, states

    def __getitem__(self, at):
        return (self.states, self.pooled)[at]


class Trunk(nn.Module):
    def forward(self, x):
        lifted = x.unsqueeze(1)
        lifted = lifted * 2
        return Result(lifted[:, 0] + 1, lifted)


# run Pooled(trunk=Trunk())(x), Pooled(Trunk())(x, False) | x=f32[2,3]
class Pooled(nn.Module):
    def __init__(self, trunk):
        super().__init__()
        self.trunk = trunk
        self.act = nn.ReLU(inplace=True)

    def forward(self, x, as_object=True):
        outputs = self.trunk(x)
        pooled = outputs.pooled if as_object else outputs[1]
        return self.act(pooled) - 1, outputs.states


class Lifted(nn.Module):
    def __init__(self):
        super().__init__()
        self.flat = nn.Linear(3, 3)

    def forward(self, features: torch.Tensor):
        h = features.unsqueeze(1)
        h = self.flat(h)
        return h


# run Scaled(x), x | x=f32[2,3]
def Scaled(x):
    return ScaledLifted()(x)


class ScaledLifted(nn.Module):
    def __init__(self):
        super().__init__()
        self.lifted = Lifted()

    def forward(self, features):
        h = self.lifted(features)
        h *= 2
        return h.shape, features
