"""Blocks without gradients: what Python's own functions compute and what methods add to buffers has no gradient; what a block only hands on keeps its own."""
import torch
import torch.nn as nn


def weighted(parts, x):
    return sum((k + 2) * (part * x).sum() for k, part in enumerate(parts))


class Numbers(nn.Module):
    def forward(self, x):
        with torch.no_grad():
            a = abs(x * 2)
            b = pow(x, 2)
            c = max(x.sum(), x.mean())
            d = min((x * 3).sum(), 0)
            e = sum([x, x * 2])
            n = max(len(x), 1)
        return weighted([a, b, c, d, e], x) * n


# run numbers(x) | x=f32[4,3] | grad=x
numbers = Numbers()


class Averages(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 3)
        self.register_buffer("total", torch.ones(3))
        self.register_buffer("mean", torch.ones(3))
        self.register_buffer("low", torch.ones(3))
        self.seen = 0

    def note(self, y):
        with torch.no_grad():
            self.total += y.mean(0)
            self.mean.mul_(0.9).add_(y.mean(0), alpha=0.1)
            self.low.sub_(y.amin(0))
            self.seen += len(y)

    def forward(self, x):
        y = self.fc(x)
        self.note(y)
        return y * self.total + y * self.mean * self.low * self.seen


# run averages(x) | x=f32[4,3] | grad=x,parameters
averages = Averages()


# A method that is kept as a value and runs in the loss.
class Hooked(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 3)
        self.hooks = [self.note]
        self.register_buffer("total", torch.ones(3))

    def note(self, y):
        with torch.no_grad():
            self.total += y.mean(0)

    def forward(self, x):
        y = self.fc(x)
        for hook in self.hooks:
            hook(y)
        return y * self.total


# run hooked(x) | x=f32[4,3] | grad=x,parameters
hooked = Hooked()


def weights_of(net):
    for module in net.modules():
        if isinstance(module, nn.Linear):
            yield module.weight


def same(t):
    return t


class HandedOn(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(3, 3), nn.ReLU(), nn.Linear(3, 3))
        self.a = nn.Linear(3, 3)
        self.scale = nn.Parameter(torch.full((3,), 2.0))

    def weight(self):
        return self.a.weight

    def forward(self, x):
        h = x * 2
        with torch.no_grad():
            ws = list(weights_of(self.net))
            ts = list(map(torch.as_tensor, [h, x]))
            d = dict(w=self.weight(), b=self.a.bias)
            k = dict(g=same(h), c=h.contiguous(), f=h.float())
            w = self.scale
            v = dict(w=w)
            rows = sum([[h], [x]], [])
        return x @ ws[0] + ts[0] + x @ d["w"] + d["b"] + k["g"] * k["c"] * k["f"] + v["w"] + rows[0] * rows[1]


# run handed_on(x) | x=f32[4,3] | grad=x,parameters
handed_on = HandedOn()


class Closure(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(3, 3)

    def forward(self, x):
        with torch.no_grad():
            w = self.a.weight
            b = self.a.bias

            def linear(y):
                return y @ w.t() + b
        return linear(x)


# run closure(x) | x=f32[4,3] | grad=x,parameters
closure = Closure()
