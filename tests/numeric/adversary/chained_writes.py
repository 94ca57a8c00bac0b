# Chains of in-place calls on one tensor: PyTorch has run the first call before it evaluates the argument of the second.
import torch
import torch.nn as nn
import torch.nn.functional as F


# run softmax_in_place(x) | x=f32[3,3]
def softmax_in_place(x):
    y = x.clone()
    y.sub_(y.max(1, keepdim=True)[0]).exp_().div_(y.sum(1, keepdim=True))
    return y


# run image(x) | x=f32[3,3]
def image(x):
    img = x.clone()
    img = img.sub_(img.min()).div_(img.max()).mul_(255)
    cam = F.relu(x)
    cam.sub_(cam.min()).div_(cam.max())
    return img, cam


# run given(x) | x=f32[3]
def given(x):
    x.mul_(2).add_(x, alpha=0.5).sub_(x * 0.1)
    return x


# run probabilities(x) | x=f32[3,3]
def probabilities(x):
    p = torch.softmax(x, -1)
    p.masked_fill_(p < 0.3, 0).div_(p.sum(-1, keepdim=True))
    q = torch.softmax(x, -1)
    q = q.clamp_(min=0.2).div_(q.sum(-1, keepdim=True))
    return p, q


# run sinkhorn(x) | x=f32[3,3]
def sinkhorn(x):
    k = torch.exp(x)
    for _ in range(2):
        k.div_(k.sum(1, keepdim=True)).div_(k.sum(0, keepdim=True)).div_(k.size(1))
    return k


# run first_is_dropped(x) | x=f32[3,3]
def first_is_dropped(x):
    f = x.clone()
    f.fill_(2).pow_(f)
    f.zero_().add_(f + x)
    return f


# run rows(x) | x=f32[2,3]
def rows(x):
    y = x * 1
    y[0].mul_(2).add_(y[0])
    y[1].add_(y[0]).mul_(y[1])
    y[:, 0].add_(1).mul_(y[:, 0])
    y[:, 1:].sub_(y[:, 1:].mean()).div_(y.max())
    return y


# run values_of_lists(x) | x=f32[3]
def values_of_lists(x):
    d = {"a": x * 1, "b": x * 2}
    d["a"].mul_(3).sub_(d["a"].mean())
    d["b"].mul_(2).add_(d["a"])
    return d["a"], d["b"]


# run by_another_name(x) | x=f32[3]
def by_another_name(x):
    y = x * 1
    z = y
    y.mul_(0.9).add_(z.mean())

    class Box:
        pass

    box = Box()
    box.m = x * 1
    box.n = box.m
    box.m.mul_(0.9).add_(box.n, alpha=0.1)
    return y, z, box.m, box.n


# run in_copies(x) | x=f32[3]
def in_copies(x):
    d = {"m": x * 1}
    e = dict(d)
    for k in d:
        d[k].mul_(0.9).add_(e[k], alpha=0.1)
    p = [x * 1, x * 2]
    q = list(p)
    for a, b in zip(p, q):
        a.mul_(0.9).add_(b, alpha=0.1)
    return d, e, p


# run averaged() | check=kind
def averaged():
    m = nn.Linear(2, 2)
    with torch.no_grad():
        for p in m.parameters():
            p.fill_(0.5)
    kept = {k: v for k, v in m.state_dict().items()}
    for k, v in m.state_dict().items():
        kept[k].mul_(0.5).add_(v, alpha=0.25)
    return kept["weight"], m.weight.detach().clone()


# run closures(x) | x=f32[3]
def closures(x):
    y = x * 1

    def total():
        return y.sum()

    y.mul_(2).add_(total())
    return y


class Norm(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.linspace(-1, 2, 6).view(2, 3))
        self.register_buffer("m", torch.ones(3))
        self.register_buffer("n", torch.zeros(()))

    def spread(self, x):
        return (x - self.m).mean(0)

    @torch.no_grad()
    def renorm(self):
        self.w.clamp_(min=0).div_(self.w.sum(1, keepdim=True))

    def renorm_data(self):
        self.w.data.sub_(self.w.data.mean()).div_(self.w.data.norm(dim=1, keepdim=True))

    def forward(self, x):
        self.n.add_(1).mul_(self.n)
        self.m.mul_(0.9).add_(x.mean(0) - self.m, alpha=0.1)
        self.m.mul_(0.5).add_(self.spread(x))
        return F.linear(x, self.w) + self.m.sum()


# run m = Norm(); m.renorm(), m(x), m.w, m.m, m.n | x=f32[3,3] | model=m
# run m = Norm(); m.renorm_data(), m(x), m(x), m.w, m.m, m.n | x=f32[3,3] | model=m


# run layers(x) | x=f32[2,3]
def layers(x):
    m = nn.Linear(3, 2)
    with torch.no_grad():
        m.weight.copy_(x).sub_(m.weight.mean(1, keepdim=True)).div_(m.weight.norm(dim=1, keepdim=True))
    w = m.weight.data
    w.sub_(w.min()).div_(w.max())
    return m.weight.detach().clone()


# run in_one_line(x, True) | x=f32[3]
def in_one_line(x, more):
    y = x.clone()
    if more: y.exp_().div_(y.sum())
    return y.sub_(y.min()).div_(y.max()), y


# run other_arrays(x) | x=f32[2,3]
def other_arrays(x):
    p, g = x[0] * 1, x[1] * 1
    m, v = torch.zeros(3), torch.zeros(3)
    for t in range(1, 4):
        m.mul_(0.9).add_(g, alpha=1 - 0.9)
        v.mul_(0.99).addcmul_(g, g, value=0.01)
        p.addcdiv_(m, v.sqrt().add_(1e-8), value=-0.1)
    return p, m, v


# run with_gradient(x).sum() | x=f32[2,3] | grad=x
def with_gradient(x):
    y = x * 2
    y.add_(1).sub_(y.mean(1, keepdim=True))
    return y * torch.arange(3.0)


# run write_of_a_row(x) | x=f32[2,3] | todo
def write_of_a_row(x):
    return x[0].mul_(2).add_(x[0])
