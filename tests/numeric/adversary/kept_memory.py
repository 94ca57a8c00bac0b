# Who keeps the memory of a parameter without a copy: PyTorch's training writes to it.
from itertools import chain

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import optim


def filled_evenly(m, s=0.3):
    with torch.no_grad():
        for k, p in enumerate(m.parameters()):
            p.copy_(s * torch.cos(torch.arange(p.numel()).float() + k).view(p.shape))
    return m


def fit(m, x, behind_a_step=None):
    opt = optim.SGD(m.parameters(), 0.1)
    for part in x.split(4):
        opt.zero_grad()
        m(part).pow(2).sum().backward()
        opt.step()
        if behind_a_step is not None:
            behind_a_step()
    return m


class Copied(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.linspace(-1, 1, 6).view(2, 3))
        self.register_buffer("start", self.w.data.clone())
        self.shape = self.w.data.shape

    def forward(self, x):
        return x @ self.w.t()


# run copied(x) | x=f32[12,3] | tol=1e-3 | weights=own
def copied(x):
    m = fit(Copied(), x)
    return m.start, m.w.detach().clone()


# run blended(x) | x=f32[2,3] | weights=own
def blended(x):
    a, b = filled_evenly(nn.BatchNorm1d(3), 0.5), filled_evenly(nn.BatchNorm1d(3), 0.2)
    for s, t in zip(chain(a.parameters(), a.buffers()), chain(b.parameters(), b.buffers())):
        if t.dtype.is_floating_point:
            t.data += 0.1 * (s.data - t.data)
    return b.weight.detach().clone(), b.bias.detach().clone(), b.running_mean


# run drifts(x) | x=f32[12,3] | tol=1e-3 | weights=own | todo
def drifts(x):
    m = filled_evenly(nn.Linear(3, 2))
    last, drift = {}, []

    def behind_a_step():
        for n, p in m.named_parameters():
            if n in last:
                drift.append((p.data - last[n]).norm().item())
            last[n] = p.data

    fit(m, x, behind_a_step)
    return drift


# run buffered(x) | x=f32[12,3] | tol=1e-3 | weights=own | todo
def buffered(x):
    m = fit(Buffered(), x)
    return m.ema


class Buffered(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.linspace(-1, 1, 6).view(2, 3))
        self.register_buffer("ema", self.w.data)

    def forward(self, x):
        return x @ self.w.t() + 0 * self.ema.sum()


# run prototypes(x) | x=f32[12,3] | tol=1e-3 | weights=own | todo
def prototypes(x):
    m = fit(Prototypes(), x)
    return m(x)


class Prototypes(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 2)
        self.proto = self.fc.weight.detach()

    def forward(self, x):
        return self.fc(x) + 0.1 * (F.normalize(x, dim=1) @ self.proto.t())


# run remembered(x) | x=f32[12,3] | tol=1e-3 | weights=own | todo
def remembered(x):
    m = Remembering()
    m.remember()
    fit(m, x)
    return m.old.clone()


class Remembering(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 2)
        self.register_buffer("old", torch.zeros(2, 3))

    def remember(self):
        self.old = self.fc.weight.data

    def forward(self, x):
        return self.fc(x)


# run looked_up(x) | x=f32[12,3] | tol=1e-3 | weights=own | todo
def looked_up(x):
    m = Table(nn.Embedding(5, 3))
    fit(m, torch.arange(12) % 5)
    return m.table


class Table(nn.Module):
    def __init__(self, emb):
        super().__init__()
        self.emb = emb
        self.register_buffer("table", emb.weight.data, persistent=False)

    def forward(self, i):
        return self.emb(i) + F.embedding(i, self.table)


# run swapped(x) | x=f32[2,3] | weights=own | todo
def swapped(x):
    a, b = filled_evenly(nn.Linear(3, 2), 0.5), filled_evenly(nn.Linear(3, 2), 0.2)
    for p, q in zip(a.parameters(), b.parameters()):
        p.data, q.data = q.data, p.data
    return a(x), b(x)


class Held(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = filled_evenly(nn.Linear(3, 3))

    def forward(self, x):
        return self.fc(x) + x @ self.start


def start_of(cls, x):
    return fit(cls(), x * 0.3).fc.weight.detach().clone()


# run start_of(CopiedView, x) | x=f32[12,3] | tol=1e-3 | weights=own
class CopiedView(Held):
    def __init__(self):
        super().__init__()
        w = self.fc.weight
        self.start = w.data.t().clone()
        self.length = w.data.view(-1).shape[0]


# run start_of(ByName, x) | x=f32[12,3] | tol=1e-3 | weights=own | todo
class ByName(Held):
    def __init__(self):
        super().__init__()
        w = self.fc.weight
        self.start = w.data


# run start_of(ByView, x) | x=f32[12,3] | tol=1e-3 | weights=own | todo
class ByView(Held):
    def __init__(self):
        super().__init__()
        self.start = None
        self.mark()

    def mark(self):
        self.start = self.fc.weight.data.view(3, 3)


# run start_of(ByBuffer, x) | x=f32[12,3] | tol=1e-3 | weights=own | todo
class ByBuffer(Held):
    def __init__(self):
        super().__init__()
        self.register_buffer("start", self.fc.weight.data.t())


# run start_of(InTable, x) | x=f32[12,3] | tol=1e-3 | weights=own | todo
class InTable(Held):
    def __init__(self):
        super().__init__()
        self.kept = {"w": self.fc.weight.detach()}

    def forward(self, x):
        return self.fc(x) + x @ self.kept["w"]


# run of_list(x) | x=f32[12,3] | tol=1e-3 | weights=own | todo
def of_list(x):
    return fit(OfList(), x * 0.3).ws[0].detach().clone()


class OfList(nn.Module):
    def __init__(self):
        super().__init__()
        self.ws = nn.ParameterList([nn.Parameter(torch.ones(3, 3))])
        self.start = self.ws[0].data

    def forward(self, x):
        return x @ self.ws[0] + x @ self.start


# run start_of(Turned, x) | x=f32[12,3] | tol=1e-3 | weights=own | todo
class Turned(Held):
    def __init__(self):
        super().__init__()
        self.start = self.fc.weight.data.t().contiguous()


# run start_of(MadeOfCopy, x) | x=f32[12,3] | tol=1e-3 | weights=own
class MadeOfCopy(Held):
    def __init__(self):
        super().__init__()
        start = torch.ones(3, 3) * 0.1
        self.more = nn.Parameter(start.clone())
        self.start = start

    def forward(self, x):
        return self.fc(x) + x @ self.start + x @ self.more


# run either(x) | x=f32[12,3] | tol=1e-3 | weights=own
def either(x):
    return [start_of(lambda: MadeOrKept(learned), x) for learned in (True, False)]


class MadeOrKept(Held):
    def __init__(self, learned):
        super().__init__()
        start = torch.ones(3, 3) * 0.1
        if learned:
            self.start = nn.Parameter(start)
        else:
            self.register_buffer("start", start)


# run start_of(MadeOf, x) | x=f32[12,3] | tol=1e-3 | weights=own | todo
class MadeOf(Held):
    def __init__(self):
        super().__init__()
        start = torch.ones(3, 3) * 0.1
        self.more = nn.Parameter(start)
        self.start = start

    def forward(self, x):
        return self.fc(x) + x @ self.start + x @ self.more


# run start_of(WalkedOver, x) | x=f32[12,3] | tol=1e-3 | weights=own | todo
class WalkedOver(Held):
    def __init__(self):
        super().__init__()
        self.kept = [p.data for p in self.fc.parameters()]

    def forward(self, x):
        return self.fc(x) + x @ self.kept[0]


# run start_of(BoundAgain, x) | x=f32[12,3] | tol=1e-3 | weights=own | todo
class BoundAgain(Held):
    def __init__(self):
        super().__init__()
        start = torch.ones(3, 3)
        start = start * 0.1
        self.more = nn.Parameter(start)
        self.start = start

    def forward(self, x):
        return self.fc(x) + x @ self.start + x @ self.more


# run start_of(BoundBetween, x) | x=f32[12,3] | tol=1e-3 | weights=own
class BoundBetween(Held):
    def __init__(self):
        super().__init__()
        start = torch.ones(3, 3) * 0.2
        self.more = nn.Parameter(start)
        start = start * 0.1
        self.start = start

    def forward(self, x):
        return self.fc(x) + x @ self.start + x @ self.more


# run start_of(MadeOfView, x) | x=f32[12,3] | tol=1e-3 | weights=own | todo
class MadeOfView(Held):
    def __init__(self):
        super().__init__()
        start = torch.ones(9) * 0.1
        self.start = start.view(3, 3)
        self.more = nn.Parameter(start.view(3, 3))

    def forward(self, x):
        return self.fc(x) + x @ self.start + x @ self.more


# run start_of(MadeOfOwn, x) | x=f32[12,3] | tol=1e-3 | weights=own | todo
class MadeOfOwn(Held):
    def __init__(self):
        super().__init__()
        self.start = torch.ones(3, 3) * 0.1
        self.more = nn.Parameter(self.start)

    def forward(self, x):
        return self.fc(x) + x @ self.start + x @ self.more


# run start_of(MadeOfOwnCopy, x) | x=f32[12,3] | tol=1e-3 | weights=own
class MadeOfOwnCopy(Held):
    def __init__(self):
        super().__init__()
        self.start = torch.ones(3, 3) * 0.1
        self.more = nn.Parameter(self.start.clone())

    def forward(self, x):
        return self.fc(x) + x @ self.start + x @ self.more


# run given_memory(x) | x=f32[12,3] | tol=1e-3 | weights=own | todo
def given_memory(x):
    start = torch.ones(3, 3) * 0.1
    m = OfGiven(start)
    fit(m, x * 0.3)
    return start, (m.w - start).norm()


class OfGiven(nn.Module):
    def __init__(self, w):
        super().__init__()
        self.w = nn.Parameter(w)

    def forward(self, x):
        return x @ self.w


# run set_memory(x) | x=f32[12,3] | tol=1e-3 | weights=own | todo
def set_memory(x):
    m, start = nn.Linear(3, 3, bias=False), torch.eye(3)
    m.weight = nn.Parameter(start)
    fit(m, x * 0.3)
    return (m.weight - start).norm()


# run unread_memory(x) | x=f32[12,3] | tol=1e-3 | weights=own
def unread_memory(x):
    start = torch.ones(3, 3) * 0.1
    m = OfGiven(start)
    first = start.sum()
    fit(m, x * 0.3)
    start = torch.zeros(3, 3)
    return first, start.shape, m.w.detach().clone()


# run copied_memory(x) | x=f32[12,3] | tol=1e-3 | weights=own
def copied_memory(x):
    start = torch.ones(3, 3) * 0.1
    m = fit(OfGiven(start.clone()), x * 0.3)
    return (m.w - start).norm()


# run held_elsewhere(Watch, x) | x=f32[12,3] | tol=1e-3 | weights=own | todo
# run held_elsewhere(WatchFirst, x) | x=f32[12,3] | tol=1e-3 | weights=own | todo
# run held_elsewhere(WatchNamed, x) | x=f32[12,3] | tol=1e-3 | weights=own | todo
def held_elsewhere(cls, x):
    m = filled_evenly(nn.Linear(3, 3))
    watch = cls(m)
    fit(m, x * 0.3)
    return watch.norm()


class Watch:
    def __init__(self, model):
        self.w = getattr(model, "weight")

    def norm(self):
        return self.w.norm()


class WatchFirst(Watch):
    def __init__(self, model):
        self.w = next(model.parameters())


class WatchNamed(Watch):
    def __init__(self, model):
        self.w = dict(model.named_parameters())["weight"]


# run gotten(x) | x=f32[12,3] | tol=1e-3 | weights=own | todo
def gotten(x):
    m = filled_evenly(nn.Linear(3, 3))
    w = getattr(m, "weight")
    fit(m, x * 0.3)
    return w.detach().clone()


# run gotten_by_method(x) | x=f32[12,3] | tol=1e-3 | weights=own | todo
def gotten_by_method(x):
    m = filled_evenly(nn.Linear(3, 3))
    w = m.get_parameter("weight")
    fit(m, x * 0.3)
    return w.detach().clone()


# run gotten_by_dict(x) | x=f32[12,3] | tol=1e-3 | weights=own | todo
def gotten_by_dict(x):
    m = filled_evenly(nn.Linear(3, 3))
    w = m._parameters["weight"]
    fit(m, x * 0.3)
    return w.detach().clone()


# run gotten_behind(x) | x=f32[12,3] | tol=1e-3 | weights=own
def gotten_behind(x):
    m = filled_evenly(nn.Linear(3, 3))
    first = getattr(m, "weight").detach().clone()
    fit(m, x * 0.3)
    w, v = getattr(m, "weight"), m.get_parameter("bias")
    return first, w.detach().clone(), v.detach().clone()
