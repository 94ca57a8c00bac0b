"""In-place methods of tensors that were just made: what they give is a tensor of its own, in the shape and dtype that it was made with."""
import torch
import torch.nn as nn


# run copies(x) | x=f32[5,4]
def copies(x):
    a = torch.empty_like(x).copy_(x)
    a[0] = 0
    b = torch.zeros(5, 4).copy_(x)
    b.mul_(2)
    c = x.new(x.size()).copy_(x)
    c[1] = 3
    d = torch.Tensor(x.size()).copy_(x)
    d += 1
    e = torch.ones_like(x).copy_(x, non_blocking=True).add_(1)
    f = x.new_zeros(5, 4).copy_(x)
    for i in range(2):
        f[i] = i
    return x, a, b, c, d, e, f


# run snapshots(x) | x=f32[5,4]
def snapshots(x):
    before = torch.empty_like(x).copy_(x)
    rows = [torch.empty_like(x).copy_(x) for _ in range(2)]
    rows[0][0] = 1
    held = {"x": torch.empty_like(x).copy_(x)}
    held["x"][1] = 5
    x[1] = 7
    x += 1
    return x, before, rows, held


# run shapes(x, y) | x=f32[5,4] | y=f32[4]
def shapes(x, y):
    a = torch.empty(5, 4).copy_(y)
    a[0] = 1
    b = torch.empty(5, 4, dtype=torch.long).copy_(x * 3)
    b[0] = 1
    c = torch.empty(4).copy_(x[0])
    c[0] = 1
    d = torch.zeros(2, 4).copy_(y).cumsum_(0)
    return x, y, a, b, c, d


# run filled(x, y) | x=f32[5,4] | y=f32[4]
def filled(x, y):
    a = torch.empty(3).fill_(x[0, 0])
    b = torch.zeros(3, 2).fill_(y.mean())
    c = torch.ones_like(x).fill_(y.max())
    d = torch.zeros(2, 3, dtype=torch.half).fill_(2)
    return a, b, c, d


def snapshot(t):
    return torch.empty_like(t).copy_(t)


class Keeper:
    def __init__(self, x):
        self.prev = torch.empty_like(x).copy_(x)
        self.given = x

    def step(self):
        self.prev[0] += 1
        self.prev.mul_(2)
        return self


# run kept(x) | x=f32[5,4]
def kept(x):
    keeper = Keeper(x).step()
    y = snapshot(x)
    y[0] = 3
    x[1] = 7
    return x, y, keeper.prev, keeper.given


class Held(nn.Module):
    def __init__(self, w):
        super().__init__()
        self.register_buffer("w", torch.empty_like(w).copy_(w))
        self.p = nn.Parameter(torch.empty_like(w).copy_(w))
        self.q = nn.Parameter(torch.Tensor(w.size()).copy_(w))

    def bump(self):
        self.w += 1
        with torch.no_grad():
            self.p.mul_(2)
        return self


# run held(x) | x=f32[5,4]
def held(x):
    m = Held(x).bump()
    return x, m.w, m.p.detach(), m.q.detach()


# run learned(x) | x=f32[5,4] | grad=x
def learned(x):
    a = torch.empty_like(x).copy_(x)
    a[0] = 0
    b = torch.zeros(5, 4).copy_(x * 1)
    b.mul_(2)
    c = torch.empty_like(x).copy_(x).detach()
    c[0] = 0
    d = x.new_empty(x.shape).copy_(x.detach())
    d[0] = 0
    return (x * a).sum(), (x * b).sum(), (x * c).sum(), (x * d).sum()


# run half(x, y) | x=f32[4,3] | y=f32[3] | tol=1e-2
def half(x, y):
    a = torch.ones(4, 3, dtype=torch.float16).mul_(y)
    b = torch.zeros_like(x, dtype=torch.half).sub_(x)
    c = (x * 1).half().add_(x)
    d = torch.ones(4, 3, dtype=torch.float16).addcmul_(x.half(), x.half())
    return a, b, c, d


# run truths(x) | x=f32[4,3]
def truths(x):
    a = x.clone().gt_(0)
    b = torch.ones(4, 3).eq_(x)
    c = torch.zeros(4, 3).logical_or_(x > 0)
    d = x.clone().lt_(0).mul_(x)
    e = torch.zeros(4, 3, dtype=torch.bool).logical_or_(x > 0)
    return a, 1 - a, b, c, d, e


# run arithmetic(x) | x=f32[4,3]
def arithmetic(x):
    a = torch.arange(4).float().mul_(2)
    b = torch.zeros(4, 3).add_(x)
    c = x.clone().mul_(x).add_(1)
    return a, b, c, x
