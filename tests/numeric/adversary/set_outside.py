"""Arrays that a module gets from outside, in whatever form of assignment: neither trained nor saved."""
import torch
import torch.nn as nn
import torch.nn.functional as F


def compute(x):
    return x * 2


def saved(net):
    return sorted(net.state_dict()), len(list(net.parameters()))


# run outside(x) | x=f32[4,3]
def outside(x):
    net = nn.Sequential(nn.Linear(3, 3), nn.ReLU())
    net[0].mask = torch.ones(3, 3)
    net.a = compute(x)
    net.f = [x.mean(0)]
    net.d = {"a": x.mean(0)}
    net.g, net.h = x.mean(0), x.abs()
    (net.i, net.j), net.k = x.unbind(0)[:2], 3
    for k, v in {"l": x}.items():
        setattr(net, k, v)
    for m in net:
        m.loss, m.n = F.mse_loss(x, x * 2), 3
        m.y = m.z = x.sum()
    net.name = "a"
    net.num, net.den = 2, 3
    shown = net.a, net.f, net.d, net.g, net.h, net.i, net.j, net.k, net.l, net[0].loss, net[0].z, net[1].y, net[0].mask
    return saved(net), shown


# run given_one(x) | x=f32[2,3]
def given_one(x):
    return given(nn.Sequential(nn.Linear(3, 3)), x)


def given(model: nn.Sequential, x):
    model[0].mask = torch.ones(3)
    model.prior = x.abs()
    model.extra = [x.mean(0), 3]
    return saved(model), model.prior, model[0].mask, model.extra


# run m = Holder(); held(m, x), saved(m) | model=m | x=f32[2,3]
class Holder(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("table", torch.zeros(3))
        self.fc = nn.Linear(3, 3)

    def forward(self, x):
        return self.fc(x) + self.table


def held(m: Holder, x):
    m.table, m.other = x.mean(0), x.sum(0)
    m.fc.inner, m.size = x.mean(1), 3
    return m(x), m.other, m.fc.inner
