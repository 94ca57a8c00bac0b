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
