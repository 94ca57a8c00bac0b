"""Attributes of modules that start as numbers and become tensors by `+=`: neither trained nor saved."""
import torch
import torch.nn as nn
import torch.nn.functional as F


# run sums(x) | x=f32[2,3]
class Sums(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 3)
        self.total = 0.0
        self.low, self.n = 0.0, 0
        self.one = self.two = 0
        self.product: float = 1.0
        self.fc.weight.data.fill_(0.5)
        self.fc.bias.data.fill_(0.1)

    def forward(self, x):
        y = self.fc(x)
        self.total += y.detach().sum()
        self.low -= y.detach().mean()
        self.n += 1
        self.one += x.mean()
        self.product *= y.detach().abs().max()
        self.product /= 2
        return y


def sums(x):
    net = Sums()
    net(x)
    net(x * 2)
    return sorted(net.state_dict()), len(list(net.parameters())), net.total, net.low, net.n, net.one, net.two, net.product


# run defaults(x) | x=f32[2,3]
class Defaults(nn.Module):
    total = 0.0
    n = 0

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 3)
        self.fc.weight.data.fill_(0.5)

    def forward(self, x):
        y = self.fc(x)
        self.total += (y - self.fc.bias).detach().sum()
        self.n += 1
        return y


def defaults(x):
    net = Defaults()
    net(x)
    net(x)
    return sorted(net.state_dict()), net.total, net.n, Defaults.total


# run importance(x) | x=f32[2,3]
def importance(x):
    net = nn.Sequential(nn.Linear(3, 3), nn.ReLU())
    for m in net:
        m.importance = 0
    for m in net:
        m.importance += x.abs().mean(0)
        m.importance += x.abs().mean(0)
    return [m.importance for m in net], sorted(net.state_dict())


# run balanced(x) | x=f32[4,3]
class Gate(nn.Module):
    def __init__(self):
        super().__init__()
        self.gate = nn.Linear(3, 3)
        nn.init.constant_(self.gate.weight, 0.2)
        nn.init.zeros_(self.gate.bias)
        with torch.no_grad():
            self.gate.weight[0] = 1.0

    def forward(self, x):
        p = self.gate(x).softmax(-1)
        self.aux_loss += (p.mean(0) ** 2).sum()
        return p


def balanced(x):
    m = Gate()
    opt = torch.optim.Adam(m.parameters(), lr=0.1)
    for _ in range(3):
        m.aux_loss = 0.0
        loss = (m(x) * x).sum() + m.aux_loss
        opt.zero_grad()
        loss.backward()
        opt.step()
    return loss.item(), m.gate.weight, sorted(m.state_dict())
