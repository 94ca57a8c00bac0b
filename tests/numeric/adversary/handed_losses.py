# Losses that are given to whoever trains, and what they call: a value without gradients stays one.
import torch
import torch.nn as nn
import torch.nn.functional as F


def fit(criterion, x, y, n=4):
    net = nn.Linear(3, 2)
    nn.init.constant_(net.weight, 0.3)
    nn.init.zeros_(net.bias)
    opt = torch.optim.SGD(net.parameters(), lr=0.2)
    losses = []
    for _ in range(n):
        opt.zero_grad()
        loss = criterion(net(x), y)
        loss.backward()
        opt.step()
        losses.append(loss.item())
    return losses, net.weight.detach()


@torch.no_grad()
def grown(p):
    return p.exp()


def spread(p):
    with torch.no_grad():
        return p.std(0)


def shares(p):
    with torch.no_grad():
        w = p.softmax(-1)
    return w


def sized(p, y):
    return ((p - y) ** 2 * grown(p) / (spread(p) + 1) * shares(p)).mean()


# run fit(sized, x, y) | x=f32[12,3] | y=f32[12,2] | weights=own | tol=1e-3 | check=kind
# run fit({"sized": sized}["sized"], x, y) | x=f32[12,3] | y=f32[12,2] | weights=own | tol=1e-3 | check=kind
class Moving:
    def __init__(self):
        self.mean = torch.zeros(2)

    @torch.no_grad()
    def follow(self, p):
        self.mean = 0.1 * self.mean + 0.9 * p.mean(0)

    def __call__(self, p, y):
        self.follow(p)
        return (p - self.mean + 1).pow(2).mean()


# run fit(Moving(), x, y) | x=f32[12,3] | y=f32[12,2] | weights=own | tol=1e-3 | check=kind
class Listed:
    def __init__(self):
        self.before = [self.follow]
        self.by_name = {"spread": self.note}
        self.mean = torch.zeros(2)

    @torch.no_grad()
    def follow(self, p):
        self.mean = 0.1 * self.mean + 0.9 * p.mean(0)
        return self.mean

    def note(self, p):
        with torch.no_grad():
            self.spread = p.std(0)
            self.total = torch.zeros(2)
            self.total += p.abs().sum(0)

    def __call__(self, p, y):
        self.by_name["spread"](p)
        return (p - self.before[0](p) + 1).pow(2).mean() + (p * self.spread / self.total).mean()


# run fit(Listed(), x, y) | x=f32[12,3] | y=f32[12,2] | weights=own | tol=1e-3 | check=kind
class Hooked(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("center", torch.zeros(1, 2))
        self.before = [self.recenter]

    @torch.no_grad()
    def recenter(self, p):
        self.center = self.center * 0.1 + p.mean(0, keepdim=True) * 0.9

    def forward(self, p, y):
        for step in self.before:
            step(p)
        return (p - self.center + 1).pow(2).mean()


# run fit(Hooked(), x, y) | x=f32[12,3] | y=f32[12,2] | weights=own | tol=1e-3 | check=kind
# What computes with gradients does so still.
def peak(p):
    return p.exp()


class Keeping:
    def scale(self, p):
        self.last = p.std(0)
        return self.last

    def __call__(self, p, y):
        return ((p - y) ** 2 * peak(p) * self.scale(p)).mean()


# run fit(Keeping(), x, y) | x=f32[12,3] | y=f32[12,2] | weights=own | tol=1e-3 | check=kind
def _(): pass
