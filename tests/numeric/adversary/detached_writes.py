"""Detached values that are written afterwards. Where nobody else holds the memory, the gradient stays away, whoever takes it: a criterion out of a dictionary, too."""
from dataclasses import dataclass, replace
from functools import partial

import torch
import torch.nn as nn
import torch.nn.functional as F


# run copied(x) | x=f32[5,4] | grad=x
def copied(x):
    a = x.clone().detach()
    a.clamp_(0, 1)
    b = torch.clone(x).detach()
    b[b < 0] = 0
    c = (x * 2).clone().data
    c += 1
    d = x.view(-1).clone().detach()
    d[0] = 2
    e = x.clone().float().detach()
    e.scatter_(1, e.argmax(1, keepdim=True), 1.0)
    return (x * a).sum(), (x * b).sum(), (x * c).sum(), (x.view(-1) * d).sum(), (x * e).sum()


# run computed(x) | x=f32[5,4] | grad=x
def computed(x):
    mean = x.mean(0).detach()
    mean += 1
    std = x.std(0, keepdim=True).detach()
    std[std < 1e-3] = 1.0
    top = x.abs().max().detach()
    top += 1e-3
    far = torch.cdist(x, x).detach()
    far.fill_diagonal_(0.5)
    share = torch.exp(-x).detach()
    share /= share.sum()
    return (x - mean).pow(2).sum(), (x / std).sum(), (x / top).sum(), (x @ x.T * far).sum(), (x * share).sum()


# run chained(x) | x=f32[5,4] | grad=x
def chained(x):
    doubled = lambda v: v.exp().detach().mul_(2)
    return (x * x.exp().detach().pow_(2)).sum(), (x * x.exp().data.clamp_(0, 1)).sum(), (x * doubled(x)).sum()


# What is added later keeps its gradient: a quantiser by hand.
# run straight_through(x) | x=f32[5,4] | grad=x
def straight_through(x):
    y = x.softmax(-1)
    hard = torch.zeros_like(y).scatter_(-1, y.argmax(-1, keepdim=True), 1.0)
    r = (hard - y).detach()
    r += y
    s = (y.round() - y).detach().add_(y)
    q = (x / 0.1).round().detach()
    q.clamp_(-8, 7)
    return r * x, s * x, (x + (q * 0.1 - x).detach()) * x


class Weigher:
    def __init__(self, k):
        self.k = k

    def weigh(self, x):
        w = (x * self.k).softmax(-1).detach()
        w[:, 0] = 0
        return (x * w).sum()

    @staticmethod
    def scale(x):
        w = x.exp().detach()
        w.mul_(2)
        return (x * w).sum()


# run in_classes(x) | x=f32[5,4] | grad=x
def in_classes(x):
    def inner(v):
        w = v.tanh().detach()
        w[0] = 0
        return w

    return Weigher(2).weigh(x) + Weigher.scale(x), (x * inner(x)).sum()


# The name that holds the value is read for the last time.
# run last_reads(x) | x=f32[5,4] | grad=x
def last_reads(x):
    y = x * 2
    z = y.detach()
    z += 1
    p = x.softmax(-1)
    w = p.data
    w[w < 0.2] = 0
    return (z * x).sum(), (w * x).sum()


def features(x):
    h = x.exp()
    h = h * 2
    return h


# run of_functions(x) | x=f32[5,4] | grad=x
def of_functions(x):
    h = features(x).detach()
    h -= h.mean(0)
    return (h * x).sum()


# run added(x) | x=f32[5,4] | grad=x
def added(x):
    total = torch.zeros(5, 4)
    total.zero_().add_(x.data)
    return (x * total).sum()


# The same memory: who writes to it changes what others read.
# run shared(x) | x=f32[5,4]
def shared(x):
    y = x * 2
    z = y.detach()
    z += 1
    first = torch.zeros(3)
    again = first.detach()
    again[0] = 5
    return y, z, first


class Changed(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)
        nn.init.constant_(self.fc.weight, 0.3)

    def reset(self):
        w = self.fc.weight.data
        w[0] = 1
        self.fc.bias.data.fill_(0.5)
        return self


# run Changed().reset().fc(x) | x=f32[5,4] | weights=own | check=kind
@torch.no_grad()
def snapshot(x):
    y = x.clone().detach()
    y[0] = 1
    return y


# run x, snapshot(x) | x=f32[5,4]
def reduced(p, y, k=1.0):
    s = (p - y).abs().mean(0).detach()
    s += 0.1
    return ((p - y) ** 2 / s).mean() * k


def rescaled(p, y):
    d = p - y
    w = d.detach()
    w.abs_()
    w.div_(w.max())
    return (w * (p - y) ** 2).mean()


CRITERIA = {"reduced": reduced, "rescaled": rescaled}


class Handed(nn.Module):
    def __init__(self, fn):
        super().__init__()
        self.fn = fn

    def forward(self, p, y):
        return self.fn(p, y)


def named(name):
    if name == "reduced":
        return reduced
    raise ValueError(name)


def fit(criterion, x, y, n=4):
    net = nn.Linear(3, 2)
    nn.init.constant_(net.weight, 0.3)
    nn.init.zeros_(net.bias)
    opt = torch.optim.SGD(net.parameters(), lr=0.1)
    out = []
    for _ in range(n):
        loss = criterion(net(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
        out.append(loss.item())
    return out, net.weight.detach()


# run fit(CRITERIA["reduced"], x, y) | x=f32[12,3] | y=f32[12,2] | weights=own | tol=1e-3 | check=kind
# run fit(CRITERIA["rescaled"], x, y) | x=f32[12,3] | y=f32[12,2] | weights=own | tol=1e-3 | check=kind
# run fit(partial(reduced, k=2.0), x, y) | x=f32[12,3] | y=f32[12,2] | weights=own | tol=1e-3 | check=kind
# run fit(Handed(reduced), x, y) | x=f32[12,3] | y=f32[12,2] | weights=own | tol=1e-3 | check=kind
# run fit(named("reduced"), x, y) | x=f32[12,3] | y=f32[12,2] | weights=own | tol=1e-3 | check=kind
def penalty(m, x):
    h = m(x).detach()
    h -= h.mean(0)
    return (m(x) * h).mean()


class Trainer:
    def __init__(self, penalise=None):
        self.penalise = penalise or penalty
        self.net = nn.Linear(3, 2)
        nn.init.constant_(self.net.weight, 0.3)
        nn.init.zeros_(self.net.bias)
        self.opt = torch.optim.SGD(self.net.parameters(), lr=0.1)

    def step(self, x, y):
        self.opt.zero_grad()
        loss = F.mse_loss(self.net(x), y) + self.penalise(self.net, x) * 3
        loss.backward()
        self.opt.step()
        return loss.item()


# run trained(x, y) | x=f32[12,3] | y=f32[12,2] | weights=own | tol=1e-3 | check=kind
def trained(x, y):
    t = Trainer()
    return [t.step(x, y) for _ in range(4)], t.net.weight.detach()


class Owned(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.tensor([1.0, -2.0, 0.05]))

    def own(self):
        return self.w

    def forward(self, x):
        return x * self.w


def limited(get_weight):
    w = get_weight().detach()
    w.clamp_(-0.1, 0.1)


# What a function without arguments gives is what another holds.
# run given_by_getter(x) | x=f32[5,3]
def given_by_getter(x):
    net = Owned()
    limited(net.own)
    return net(x)


def normalized(w):
    w -= w.min()
    w /= w.max()
    return w


def shifted(err):
    err += 0.1
    return err / err.sum()


# run handed_to_writers(x) | x=f32[5,4] | grad=x
def handed_to_writers(x):
    w = normalized(x.abs().detach())
    v = shifted((x * 2).detach())
    return (w * x ** 2).sum(), (v * x).sum()


def unchanged_by_dropout(x):
    y = x * 2
    a = F.dropout(y, p=0.3, training=False).detach()
    a += 1
    b = F.dropout(y, 0.3, False).data
    b += 1
    return y


# run written_through_dropout(x) | x=f32[3,4]
def written_through_dropout(x):
    return unchanged_by_dropout(torch.relu(x))


def kept_in_list(x):
    d = x * 2
    kept = [d]
    w = d.detach()
    w += 1
    return kept[0]


def of_two_names(x):
    d = x * 2
    e = d
    w = d.detach()
    w += 1
    return e


def unread(x):
    d = x * 2
    w = d.detach()
    w += 1
    return w


# run other_holders(x) | x=f32[3,4]
def other_holders(x):
    return kept_in_list(x), of_two_names(x), unread(x)


class Untouched(nn.Module):
    def forward(self, x):
        d = x * 2
        self.total = d.sum()
        e = d + 1
        w = d.detach()
        w += 1
        return e + w


# run nothing_holds(x) | x=f32[3,4] | grad=x
def nothing_holds(x):
    return Untouched()(x)


# run held_by_attribute(x) | x=f32[3,4] | todo
class Keeping(nn.Module):
    def forward(self, x):
        d = x * 2
        self.h = d
        w = d.detach()
        w += 1
        return self.h


def held_by_attribute(x):
    return Keeping()(x)


# run held_by_list(x) | x=f32[3,4] | todo
class Listing(nn.Module):
    def forward(self, x):
        d = x * 2
        kept = [d]
        w = d.detach()
        w += 1
        return kept[0]


def held_by_list(x):
    return Listing()(x)


# run held_by_view(x) | x=f32[3,4] | todo
class Renaming(nn.Module):
    def forward(self, x):
        d = x * 2
        e = d
        v = d.view(-1)
        v.add_(1)
        return e


def held_by_view(x):
    return Renaming()(x)


# Who holds the memory by what a call, a tuple or a function of its own holds sees the write.
# run HeldInTuple()(x) | x=f32[5,4] | grad=x | todo
class HeldInTuple(nn.Module):
    def forward(self, x):
        d = x * 2
        hs = [(d, 1)]
        w = d.detach()
        w += 1
        return (hs[0][0] * x).sum() + (w * x).sum()


# run HeldByCall()(x) | x=f32[5,4] | grad=x | todo
class HeldByCall(nn.Module):
    def forward(self, x):
        d = x * 2
        hs = dict(a=d)
        w = d.detach()
        w += 1
        return (hs["a"] * x).sum() + (w * x).sum()


# run HeldByUpdate()(x) | x=f32[5,4] | grad=x | todo
class HeldByUpdate(nn.Module):
    def forward(self, x):
        hs = {}
        d = x * 2
        hs.update(d=d)
        w = d.detach()
        w += 1
        return (hs["d"] * x).sum() + (w * x).sum()


# run HeldByFunction()(x) | x=f32[5,4] | grad=x | todo
class HeldByFunction(nn.Module):
    def forward(self, x):
        d = x * 2

        def scale(v):
            return d * v

        w = d.detach()
        w += 1
        return scale(x).sum() + (w * x).sum()


# run HeldBySetattr()(x) | x=f32[5,4] | grad=x | todo
class HeldBySetattr(nn.Module):
    def forward(self, x):
        d = x * 2
        object.__setattr__(self, "d", d)
        w = d.detach()
        w += 1
        return (self.d * x).sum() + (w * x).sum()


@dataclass
class State:
    d: torch.Tensor
    n: int = 0


# run HeldByObject()(x) | x=f32[5,4] | grad=x | todo
class HeldByObject(nn.Module):
    def forward(self, x):
        d = x * 2
        s = replace(State(x * 1), d=d)
        w = d.detach()
        w += 1
        return (s.d * x).sum() + (w * x).sum()


# run GivenBack()(x) | x=f32[5,4] | grad=x | todo
class GivenBack(nn.Module):
    def __init__(self, half=False):
        super().__init__()
        self.half = half

    def handed_back(self, v):
        if self.half:
            return v / 2
        return v

    def forward(self, x):
        y = x * 2
        w = self.handed_back(y).detach()
        w += 1
        return (w * x).sum() + (y * x).sum()


# run GivenBackByName()(x) | x=f32[5,4] | grad=x | todo
class GivenBackByName(nn.Module):
    def handed_back(self, v):
        return v

    def forward(self, x):
        y = x * 2
        z = self.handed_back(y)
        w = z.detach()
        w += 1
        return (w * x).sum() + (y * x).sum()


# Near by: what is written is computed anew, or nobody reads the other name again.
# run NobodyElse()(x) | x=f32[5,4] | grad=x
class NobodyElse(nn.Module):
    def handed_back(self, v):
        return v

    def cut_in_two(self, v):
        return v / 2

    def forward(self, x):
        w = self.handed_back(x * 2).detach()
        w += 1
        y = x * 2
        v = self.cut_in_two(y).detach()
        v.mul_(2)
        state = {}
        b = state["b"] = torch.clone(x).detach()
        b.mul_(0.5)
        d = x * 3
        n = dict(n=d.shape)
        u = (d * 1).detach()
        u += 1
        return (w * x).sum() + (y * x).sum() + (v * x).sum() + (b * x).sum() + (d * u).sum() * len(n)
