import torch
import torch.nn as nn


class Steps(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("steps", torch.tensor(0))
        self.fc = nn.Linear(2, 2)

    def load(self, n):
        self.steps = torch.tensor([n + 1], device=self.steps.device)

    def step(self):
        steps = int(self.steps.item())
        self.steps.add_(1)
        return steps


# run counted()
def counted():
    t = Steps()
    out = [t.step(), t.step(), t.steps.tolist()]
    t.load(5)
    return out, t.step(), t.steps.tolist()


class Temperature(nn.Module):
    def __init__(self, t=1.0, learned=True):
        super().__init__()
        self.t = nn.Parameter(torch.tensor(t)) if learned else t

    def set_t(self, v):
        with torch.no_grad():
            self.t.fill_(v)

    def forward(self, x):
        return x / self.t


# run warmed(x) | x=f32[3]
def warmed(x):
    m = Temperature()
    a = m(x)
    m.set_t(20.0)
    return a, m(x), m.t


# run names(x) | x=f32[3]
def names(x):
    t = x.sum()
    t += 1
    t.add_(2)
    t.mul_(3).sub_(1)
    u = t
    u.neg_()
    t[...] = t + 1
    t.copy_(t * 2)
    t.clamp_(-5, 5)
    t.zero_() if t > 100 else t.fill_(7)
    return t, u


# run cut(x) | x=f32[3,4] | grad=x
def cut(x):
    s = x.sum()
    s.detach_()
    m = x.max()
    m = m.detach_()
    h = x * 2
    h.detach_()
    return x * s * m + h


# Arrays with axes are written as ever.
# run with_axes(x) | x=f32[3,4]
def with_axes(x):
    s = x.sum(0)
    s.add_(1)
    return s


# run one_number(x) | x=f32[2,3]
def one_number(x):
    a = x[0] @ x[1]
    a.mul_(3)
    d = torch.dot(x[0], x[1])
    d.add_(1)
    q = x[0, 0] * 2
    q.add_(5)
    m = max(r.sum() for r in x)
    m.add_(1)
    s = sum(r.mean() for r in x)
    s.mul_(2).sub_(s / 4)
    n = nn.functional.mse_loss(x[0], x[1])
    n.mul_(2)
    return a, d, q, m, s, n


# Products of matrices have axes, whoever they come from.
# run scores(x, y) | x=f32[3,4] | y=f32[2,4] | grad=x
def scores(q, k):
    attention = q @ k.transpose(-2, -1)
    attention.mul_(0.5)
    keys = k.t()
    other = torch.matmul(q, keys)
    other.masked_fill_(other > 0, -1.0)
    return attention, other


# run made_empty(x) | x=f32[5,4]
def made_empty(x):
    total = x.new_zeros(())
    total.add_(x.sum())
    m = x.new_tensor(3.0)
    m.mul_(2)
    t = x.new_zeros([])
    t.fill_(2.0)
    e = x.new_empty(())
    e.copy_(x.sum())
    o = x.new_ones(())
    o.sub_(0.5)
    f = x.new_full((), 2.0)
    f.div_(3)
    g = torch.full((), 4.0)
    g.add_(x[0, 0])
    return total, m, t, e, o, f, g


# run made_in_loop(x) | x=f32[5,4]
def made_in_loop(x):
    total: torch.Tensor | None = None
    for row in x:
        if total is None:
            total = row.new_zeros(())
        total.add_(torch.linalg.norm(row).pow(2))
    return total.sqrt()


# Sizes that are written out give axes.
# run made_with_axes(x) | x=f32[5,4]
def made_with_axes(x):
    a = x.new_zeros(4)
    a.add_(x.sum(0))
    b = x.new_full((2, 3), 1.0)
    b.mul_(2)
    c = x.new_tensor([1.0, 2.0])
    c.sub_(1)
    return a, b, c


def grow(total: torch.Tensor, row: torch.Tensor):
    total.add_(row.sum())
    total.mul_(2)
    return total


def limit(g: torch.Tensor, norm: torch.Tensor | None = None):
    n = g.norm()
    n.clamp_(min=1e-3)
    if norm is not None:
        norm.copy_(n)
    return g / n


def grow_untyped(total, row):
    total.add_(row.sum())
    return total


class Meter:
    def __init__(self, start):
        self.start = start

    def take(self, into: torch.Tensor, x: torch.Tensor):
        into.add_(x.mean()).mul_(self.start)
        return into


def with_meter(meter, x):
    return meter.take(x.new_zeros(()), x)


# run given_numbers(x) | x=f32[5,4]
def given_numbers(x):
    norm = x.new_zeros(())
    limited = limit(x, norm), limit(x)
    grown = grow(torch.zeros(()), x), grow(x.sum(), x), grow_untyped(x.max(), x)
    return limited, norm, grown, with_meter(Meter(2), x)


def grow_rows(total: torch.Tensor, row: torch.Tensor):
    total.add_(row)
    return total


# run given_rows(x) | x=f32[5,4]
def given_rows(x):
    return grow_rows(torch.zeros(4), x[0]), grow_rows(x.sum(0), x[1])


class Scaled(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(1.5))
        self.rows = nn.Parameter(torch.ones(4))


def halve(p: torch.Tensor):
    p.mul_(0.5)


# run walked_parameters(x) | x=f32[5,4]
def walked_parameters(x):
    net = Scaled()
    nn.init.constant_(net.scale, 1.5)
    nn.init.constant_(net.rows, 2.0)
    with torch.no_grad():
        for p in net.parameters():
            halve(p)
    return x * net.scale + net.rows
