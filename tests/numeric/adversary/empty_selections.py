# Writes whose selection is empty: PyTorch's values have gradients of zeros, so weight decay, momentum and step counts go on.
import torch
import torch.nn as nn
from torch import optim


def fill(m, s=0.3):
    with torch.no_grad():
        for k, p in enumerate(m.parameters()):
            p.copy_(s * torch.cos(torch.arange(p.numel()).float() + k).view(p.shape))
    return m


def weights(m):
    return [p.detach().clone() for p in m.parameters()]


class Base(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = fill(nn.Linear(3, 2)), fill(nn.Linear(3, 2))
        self.s = nn.Parameter(torch.ones(()))
        self.turn = 0
        self.idle = fill(nn.Linear(2, 2))  # takes no part at all

    def selected(self, x):
        # Nothing in every second batch
        self.turn = self.turn + 1
        return x[:, 0] > (10 if self.turn % 2 == 0 else -10)


def fit(cls, x):
    m = cls()
    opt = optim.AdamW(m.parameters(), 0.05, weight_decay=0.1)
    for part in x.split(3):
        opt.zero_grad()
        loss = m(part).pow(2).sum()
        loss.backward()
        opt.step()
    return weights(m)


class ByMask(Base):
    def forward(self, x):
        k = self.selected(x)
        y = self.a(x) * self.s
        y[k] = self.b(x[k])
        return y


class AddedByMask(Base):
    def forward(self, x):
        k = self.selected(x)
        y = torch.zeros(x.size(0), 2)
        y[k] += self.b(x[k])
        return y + self.a(x) * self.s


class Added(Base):
    def forward(self, x):
        i = self.selected(x).nonzero().squeeze(1)
        y = torch.zeros(x.size(0), 2).index_add(0, i, self.b(x[i]))
        return y + self.a(x) * self.s


class AddedInPlace(Base):
    def forward(self, x):
        i = self.selected(x).nonzero().squeeze(1)
        y = torch.zeros(x.size(0), 2)
        y.index_add_(0, i, self.b(x[i]))
        return y + self.a(x) * self.s


class Scattered(Base):
    def forward(self, x):
        k = self.selected(x)
        return (self.a(x) * self.s).masked_scatter(k[:, None], self.b(x[k]))


class Put(Base):
    def forward(self, x):
        i = self.selected(x).nonzero().squeeze(1)
        return (self.a(x) * self.s).index_put((i,), self.b(x[i]), accumulate=True)


class Numbered(Base):
    def forward(self, x):
        i = self.selected(x).nonzero().squeeze(1)
        y = self.a(x) * 1
        y[i] = self.b(x[i]) * self.s
        return y


class Experts(nn.Module):
    def __init__(self):
        super().__init__()
        self.gate = fill(nn.Linear(3, 3))
        self.experts = nn.ModuleList([fill(nn.Linear(3, 3), 0.1 * (k + 1)) for k in range(3)])
        self.idle = fill(nn.Linear(2, 2))

    def forward(self, x):
        weight, chosen = self.gate(x).softmax(-1).topk(1)
        y = torch.zeros_like(x)
        for k, expert in enumerate(self.experts):
            y[chosen[:, 0] == k] = expert(x[chosen[:, 0] == k])
        return y * weight


# run fit(ByMask, x) | x=f32[12,3] | tol=1e-3 | weights=own | check=kind
# run fit(AddedByMask, x) | x=f32[12,3] | tol=1e-3 | weights=own | check=kind
# run fit(Added, x) | x=f32[12,3] | tol=1e-3 | weights=own | check=kind
# run fit(AddedInPlace, x) | x=f32[12,3] | tol=1e-3 | weights=own | check=kind
# run fit(Scattered, x) | x=f32[12,3] | tol=1e-3 | weights=own | check=kind
# run fit(Put, x) | x=f32[12,3] | tol=1e-3 | weights=own | check=kind
# run fit(Numbered, x) | x=f32[12,3] | tol=1e-3 | weights=own | check=kind
# run fit(Experts, x) | x=f32[12,3] | tol=1e-3 | weights=own | check=kind


# run nothing_is_written(x) | x=f32[3,2]
def nothing_is_written(x):
    y = x.clone()
    y[y > 100] = torch.ones(0)
    z = torch.arange(3, dtype=torch.int32)
    z[z > 100] = torch.zeros(0, dtype=torch.int32)
    e = torch.zeros(0, 2)
    e[torch.zeros(0, dtype=torch.bool)] = torch.ones(0, 2)
    return y, z, e
