# Parameters that enter a loss through comparisons, choices and integers alone: PyTorch has no gradient for them, and weight decay leaves them as they are.
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import optim


def fill(m, s=0.3):
    with torch.no_grad():
        for k, p in enumerate(m.parameters()):
            p.copy_(s * torch.cos(torch.arange(p.numel()).float() + k).view(p.shape))
    return m


def weights(*models):
    return [p.detach().clone() for m in models for p in m.parameters()]


class Base(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(3, 2), nn.Linear(3, 2)
        self.idle = nn.Linear(2, 2)  # takes no part at all
        fill(self)
        self.t = nn.Parameter(torch.tensor(0.3))
        self.v = nn.Parameter(torch.tensor([0.3, -0.4, 0.7]))


def fit(cls, x):
    m = cls()
    opt = optim.AdamW(m.parameters(), 0.05, weight_decay=0.1)
    for part in x.split(3):
        opt.zero_grad()
        loss = m(part).pow(2).sum()
        loss.backward()
        opt.step()
    return weights(m)


class Threshold(Base):
    def forward(self, x):
        return self.a(x) * (x[:, :1] > self.t)


class Gate(Base):
    def forward(self, x):
        return self.a(x) * (self.b(x) > 0).float()


class Place(Base):
    def forward(self, x):
        return self.a(x + self.v.argmax())


class Order(Base):
    def forward(self, x):
        return self.a(x[:, self.v.argsort()])


class Whole(Base):
    def forward(self, x):
        return self.a(x + self.t.long())


class Routed(Base):
    def forward(self, x):
        return self.a(x * F.one_hot(torch.cat([self.b(x), x[:, :1]], 1).argmax(-1), 3))


class Masked(Base):
    def forward(self, x):
        return self.a(x.masked_fill(x > self.t, 0.))


class Chosen(Base):
    def forward(self, x):
        return torch.where(self.b(x) > self.t, self.a(x), torch.zeros(()))


class Named(Base):
    def forward(self, x):
        logits = self.b(x)
        scores = logits.softmax(-1)
        sure = scores.max(1)[0] > 0.4
        return self.a(x) * sure[:, None]


class Through(Base):
    """A gradient passes beside the comparison."""

    def forward(self, x):
        s = torch.sigmoid(self.v)
        hard = (s > 0.5).float()
        return self.a(x * (hard - s.detach() + s)) + self.b(x * hard)


class Rounded(Base):
    """Zeros in PyTorch, too."""

    def forward(self, x):
        return self.a(x * torch.round(self.v * 3) + torch.sign(self.t))


# run fit(Threshold, x) | x=f32[12,3] | tol=1e-3 | weights=own | check=kind
# run fit(Gate, x) | x=f32[12,3] | tol=1e-3 | weights=own | check=kind
# run fit(Place, x) | x=f32[12,3] | tol=1e-3 | weights=own | check=kind
# run fit(Order, x) | x=f32[12,3] | tol=1e-3 | weights=own | check=kind
# run fit(Whole, x) | x=f32[12,3] | tol=1e-3 | weights=own | check=kind
# run fit(Routed, x) | x=f32[12,3] | tol=1e-3 | weights=own | check=kind
# run fit(Masked, x) | x=f32[12,3] | tol=1e-3 | weights=own | check=kind
# run fit(Chosen, x) | x=f32[12,3] | tol=1e-3 | weights=own | check=kind
# run fit(Named, x) | x=f32[12,3] | tol=1e-3 | weights=own | check=kind
# run fit(Through, x) | x=f32[12,3] | tol=1e-3 | weights=own | check=kind
# run fit(Rounded, x) | x=f32[12,3] | tol=1e-3 | weights=own | check=kind


# run of_one_class(x) | x=f32[12,3] | tol=1e-3 | weights=own | check=kind
def of_one_class(x):
    m = Gate()
    opt = optim.SGD(m.parameters(), 0.05, weight_decay=0.1)
    for part in x.split(3):
        opt.zero_grad()
        loss = m(part).pow(2).sum()
        loss.backward()
        opt.step()
    return weights(m)


# run hard_gate(x) | x=f32[12,3] | tol=1e-3 | weights=own | check=kind
def hard_gate(x):
    f, g = fill(nn.Linear(3, 2)), fill(nn.Linear(3, 2))
    opt = optim.Adam(list(f.parameters()) + list(g.parameters()), 0.05, weight_decay=0.01)
    for part in x.split(3):
        opt.zero_grad()
        open_ = (torch.sigmoid(g(part)) > 0.5).float()
        loss = (f(part) * open_).pow(2).sum()
        loss.backward()
        opt.step()
    return weights(f, g)


class ByMethod(Base):
    def forward(self, x):
        return self.a(x) * self.b(x).gt(0).float()


class ByFunction(Base):
    def forward(self, x):
        return self.a(x) * torch.gt(self.b(x), 0).float()


class Scored(Base):
    def score(self, x):
        return self.b(x)

    def forward(self, x):
        return self.a(x) * (self.score(x) > 0).float()


class Passed(Base):
    def gate(self, y):
        return (y > 0).float()

    def forward(self, x):
        return self.a(x) * self.gate(self.b(x))


class Buckets(Base):
    def forward(self, x):
        return self.a(x) + torch.bucketize(x[:, :2].contiguous(), self.v.sort()[0])


class Together(Base):
    def forward(self, x):
        gate, y = self.b(x), self.a(x)
        gate = gate > 0
        return y * gate


class Beside(Base):
    """The method is used with a gradient, too."""

    def score(self, x):
        return self.b(x)

    def forward(self, x):
        return self.a(x) * self.score(x).gt(0).float() + self.score(x)


# run fit(ByMethod, x) | x=f32[12,3] | tol=1e-3 | weights=own | check=kind
# run fit(ByFunction, x) | x=f32[12,3] | tol=1e-3 | weights=own | check=kind
# run fit(Scored, x) | x=f32[12,3] | tol=1e-3 | weights=own | check=kind
# run fit(Passed, x) | x=f32[12,3] | tol=1e-3 | weights=own | check=kind
# run fit(Buckets, x) | x=f32[12,3] | tol=1e-3 | weights=own | check=kind
# run fit(Together, x) | x=f32[12,3] | tol=1e-3 | weights=own | check=kind
# run fit(Beside, x) | x=f32[12,3] | tol=1e-3 | weights=own | check=kind
def more_spellings():
    return 0


class ByKey(Base):
    def forward(self, x):
        d = {"g": self.b(x), "h": self.a(x)}
        return d["h"] * (d["g"] > 0).float()


class ByPlace(Base):
    def forward(self, x):
        outs = [self.a(x), self.b(x)]
        return outs[0] * (outs[1] > 0).float()


class ByAttribute(Base):
    def forward(self, x):
        self.g = self.b(x)
        return self.a(x) * (self.g > 0).float()


class ByWalrus(Base):
    def forward(self, x):
        if (g := self.b(x)) is not None:
            return self.a(x) * (g > 0).float()


class SoftBeside(Base):
    def forward(self, x):
        d = {"g": self.b(x), "h": self.a(x)}
        self.k = d["g"] * 2
        return d["h"] * (d["g"] > 0).float() + self.k


# run fit(ByKey, x) | x=f32[12,3] | tol=1e-3 | weights=own | check=kind
# run fit(ByPlace, x) | x=f32[12,3] | tol=1e-3 | weights=own | check=kind
# run fit(ByAttribute, x) | x=f32[12,3] | tol=1e-3 | weights=own | check=kind
# run fit(ByWalrus, x) | x=f32[12,3] | tol=1e-3 | weights=own | check=kind
# run fit(SoftBeside, x) | x=f32[12,3] | tol=1e-3 | weights=own | check=kind
def kept_and_compared():
    return None


class Deep(nn.Module):
    def __init__(self):
        super().__init__()
        self.gate = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1))
        self.scores = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2))
        self.soft = nn.Sequential(nn.Linear(3, 2))
        self.a = nn.Linear(3, 2)
        fill(self)

    def forward(self, x):
        s = self.scores(x)
        return self.a(x) * (self.gate(x) > 0) * F.one_hot(s.argmax(-1), 2) * self.soft(x)


# run deep_gates(x) | x=f32[12,3] | tol=1e-3 | weights=own | check=kind
def deep_gates(x):
    m = Deep()
    opt = optim.SGD(m.parameters(), 0.05, momentum=0.9, weight_decay=0.1)
    for part in x.split(3):
        opt.zero_grad()
        loss = m(part).pow(2).sum()
        loss.backward()
        opt.step()
    return weights(m)
