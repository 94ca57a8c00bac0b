"""What holds a model's parameters over a training step, in the ways in which programs put it together: PyTorch's optimizer writes into them, MLX's puts new arrays into the model."""
from copy import deepcopy
from functools import partial
import torch
import torch.nn as nn
import torch.nn.functional as F


def step(model, x):
    opt = torch.optim.SGD(model.parameters(), lr=0.1)
    opt.zero_grad()
    model(x).pow(2).mean().backward()
    opt.step()


# run m = nn.Linear(3, 2); averaged(m, x) | model=m | x=f32[4,3] | todo
class Average:
    def __init__(self, model):
        self.ema = deepcopy(model)
        self.pairs = None

    def update(self, model):
        if self.pairs is None:
            now = model.state_dict()
            self.pairs = [(v, now[k]) for k, v in self.ema.state_dict().items()]
        with torch.no_grad():
            for v, m in self.pairs:
                v.mul_(0.5).add_(m, alpha=0.5)


def averaged(m, x):
    average = Average(m)
    for _ in range(3):
        step(m, x)
        average.update(m)
    return average.ema.weight


# run m = nn.Linear(3, 2); averaged_lists(m, x) | model=m | x=f32[4,3] | todo
class AverageLists:
    def __init__(self, model):
        self.ema = deepcopy(model)
        self.lists = None

    def update(self, model):
        if self.lists is None:
            now, mine, live = model.state_dict(), [], []
            for k, v in self.ema.state_dict().items():
                mine.append(v)
                live.append(now[k])
            self.lists = mine, live
        with torch.no_grad():
            for v, m in zip(*self.lists):
                v.mul_(0.5).add_(m, alpha=0.5)


def averaged_lists(m, x):
    average = AverageLists(m)
    for _ in range(3):
        step(m, x)
        average.update(m)
    return average.ema.weight


# run m = nn.Linear(3, 2); averaged_unwrapped(m, x) | model=m | x=f32[4,3] | todo
def unwrap(model):
    return model.module if hasattr(model, "module") else model


class AverageUnwrapped:
    def __init__(self, model):
        self.ema = deepcopy(model)
        self.lists = None

    def update(self, model):
        if self.lists is None:
            now = unwrap(model).state_dict()
            mine, live = [], []
            for k, v in self.ema.state_dict().items():
                mine.append(v)
                live.append(now[k])
            self.lists = mine, live
        with torch.no_grad():
            for v, m in zip(*self.lists):
                v.mul_(0.5).add_(m, alpha=0.5)


def averaged_unwrapped(m, x):
    average = AverageUnwrapped(m)
    for _ in range(3):
        step(m, x)
        average.update(m)
    return average.ema.weight


# run m = nn.Linear(3, 2); averaged_pairs(m, x) | model=m | x=f32[4,3] | todo
class AveragePairs:
    def __init__(self, model):
        self.ema = deepcopy(model)
        self.pairs = [(a, b) for a, b in zip(self.ema.parameters(), model.parameters())]

    def update(self):
        with torch.no_grad():
            for a, b in self.pairs:
                a.mul_(0.5).add_(b, alpha=0.5)


def averaged_pairs(m, x):
    average = AveragePairs(m)
    for _ in range(3):
        step(m, x)
        average.update()
    return average.ema.weight


# run m = nn.Linear(3, 2); averaged_anew(m, x) | model=m | x=f32[4,3]
class AverageAnew:
    def __init__(self, model):
        self.ema = deepcopy(model)
        for p in self.ema.parameters():
            p.requires_grad_(False)
        self.names = [n for n, p in model.named_parameters() if p.dim() > 1]
        self.start = [(n, p.detach().clone()) for n, p in model.named_parameters()]
        self.norms = {n: p.norm().item() for n, p in model.named_parameters()}
        self.mine = [p for n, p in self.ema.named_parameters() if n in self.names]

    def update(self, model):
        now = model.state_dict()
        with torch.no_grad():
            for k, v in self.ema.state_dict().items():
                v.mul_(0.5).add_(now[k], alpha=0.5)


def averaged_anew(m, x):
    average = AverageAnew(m)
    for _ in range(3):
        step(m, x)
        average.update(m)
    return average.ema.weight, average.start[0][1], list(average.norms.values())


# run m = nn.Linear(3, 2); name_of_dict(m, x) | model=m | x=f32[4,3] | todo
def name_of_dict(m: nn.Linear, x):
    w = dict(m.named_parameters())
    v = w["weight"]
    step(m, x)
    return v * 2


# run m = nn.Linear(3, 2); unzipped(m, x) | model=m | x=f32[4,3] | todo
def unzipped(m: nn.Linear, x):
    names, ps = zip(*m.named_parameters())
    step(m, x)
    return ps[0] * 2, len(names)


# run m = nn.Linear(3, 2); names_unzipped(m, x) | model=m | x=f32[4,3]
def names_unzipped(m: nn.Linear, x):
    names, ps = zip(*m.named_parameters())
    count = sum(p.numel() for p in ps)
    step(m, x)
    return count, len(names)


# run m = nn.Linear(3, 2); best_in_tuple(m, x) | model=m | x=f32[4,3] | todo
def best_in_tuple(m, x):
    kept, low = None, 1e9
    for _ in range(3):
        step(m, x)
        now = m(x).pow(2).mean().item()
        if kept is None:
            low, kept = now, m.state_dict()
    m.load_state_dict(kept)
    return m.weight, low


# run m = nn.Linear(3, 2); best_of_call(m, x) | model=m | x=f32[4,3] | todo
def best_of_call(m, x):
    best = None
    for e in range(3):
        step(m, x)
        if best is None:
            best = dict(epoch=e, state=m.state_dict())
    m.load_state_dict(best["state"])
    return m.weight


# run m = nn.Linear(3, 2); best_updated(m, x) | model=m | x=f32[4,3] | todo
def best_updated(m, x):
    best = {}
    for e in range(3):
        step(m, x)
        if not best:
            best.update(state=m.state_dict())
    m.load_state_dict(best["state"])
    return m.weight


# run m = nn.Linear(3, 2); best_copied(m, x) | model=m | x=f32[4,3]
def best_copied(m, x):
    best, kept = {}, None
    for e in range(3):
        step(m, x)
        if not best:
            best.update(state=deepcopy(m.state_dict()))
            kept = {k: v.clone() for k, v in m.state_dict().items()} if kept is None else kept
    m.load_state_dict(best["state"])
    return m.weight, kept["bias"]


# run m = nn.Linear(3, 2); chosen(m, x) | model=m | x=f32[4,3] | todo
def chosen(m, x):
    kept = None
    for e in range(3):
        step(m, x)
        kept = m.state_dict() if kept is None else kept
    m.load_state_dict(kept)
    return m.weight


# run m = nn.Linear(3, 2); history(m, x) | model=m | x=f32[4,3] | todo
def history(m, x):
    seen = []
    for e in range(3):
        step(m, x)
        seen.append((e, m.state_dict()))
    m.load_state_dict(seen[0][1])
    return m.weight


# run m = nn.Linear(3, 2); named_within(m, x) | model=m | x=f32[4,3] | todo
def named_within(m, x):
    if (kept := m.state_dict()):
        for e in range(3):
            step(m, x)
    m.load_state_dict(kept)
    return m.weight


# run m = nn.Linear(3, 2); pair(m, x) | model=m | x=f32[4,3] | todo
def pair(m: nn.Linear, x):
    w, b = m.weight, m.bias
    step(m, x)
    return w * 2, b


# run m = nn.Linear(3, 2); pair_used_at_once(m, x) | model=m | x=f32[4,3]
def pair_used_at_once(m: nn.Linear, x):
    w, b = m.weight, m.bias
    y = x @ w.t() + b
    first, *rest = m.parameters()
    norm = first.norm() + sum(p.norm() for p in rest)
    step(m, x)
    return y, norm


# run m = nn.Linear(3, 2); unpacked(m, x) | model=m | x=f32[4,3] | todo
def unpacked(m: nn.Linear, x):
    w, b = m.parameters()
    step(m, x)
    return w * 2, b


# run m = nn.Linear(3, 2); unpacked_rest(m, x) | model=m | x=f32[4,3] | todo
def unpacked_rest(m: nn.Linear, x):
    w, *rest = m.parameters()
    step(m, x)
    return rest


# run m = nn.Linear(3, 2); in_order(m, x) | model=m | x=f32[4,3] | todo
def in_order(m: nn.Linear, x):
    ps = sorted(m.named_parameters())
    step(m, x)
    return ps[1][1] * 2


# run m = nn.Linear(3, 2); appended_pairs(m, x) | model=m | x=f32[4,3] | todo
def appended_pairs(m: nn.Linear, x):
    ps = []
    for n, p in m.named_parameters():
        ps.append((n, p))
    step(m, x)
    return ps[0][1] * 2


# run m = nn.Linear(3, 2); appended_numbers(m, x) | model=m | x=f32[4,3]
def appended_numbers(m: nn.Linear, x):
    ps, sums = [], {}
    for n, p in m.named_parameters():
        ps.append((n, p.numel(), p.detach().clone()))
        sums[n] = p.sum().item()
    step(m, x)
    return ps[0][2] * 2, ps[1][1], list(sums.values())


# run m = nn.Linear(3, 2); added_by_one(m, x) | model=m | x=f32[4,3] | todo
def added_by_one(m: nn.Linear, x):
    ps = []
    for p in m.parameters():
        if p.dim() > 1:
            ps += [p]
    step(m, x)
    return ps[0] * 2


# run m = nn.Linear(3, 2); extended(m, x) | model=m | x=f32[4,3] | todo
def extended(m: nn.Linear, x):
    ps = []
    ps.extend(m.parameters())
    step(m, x)
    return ps[0] * 2


# run m = nn.Linear(3, 2); mapped(m, x) | model=m | x=f32[4,3] | todo
def mapped(m: nn.Linear, x):
    ps = list(map(lambda p: p.data, m.parameters()))
    step(m, x)
    return ps[0] * 2


# run m = nn.Linear(3, 2); mapped_copies(m, x) | model=m | x=f32[4,3]
def mapped_copies(m: nn.Linear, x):
    ps = list(map(lambda p: p.detach().clone(), m.parameters()))
    names = sorted(n for n, p in m.named_parameters())
    step(m, x)
    return ps[0] * 2, len(names)


# run m = nn.Linear(3, 2); items_by_name(m, x) | model=m | x=f32[4,3] | todo
def items_by_name(m, x):
    now = m.state_dict()
    kept = [now[k] for k in ("weight", "bias")]
    step(m, x)
    return kept[0] * 2


# run m = nn.Linear(3, 2); values_listed(m, x) | model=m | x=f32[4,3] | todo
def values_listed(m, x):
    kept = list(m.state_dict().values())
    step(m, x)
    return kept[0] * 2


# run m = nn.Linear(3, 2); names_listed(m, x) | model=m | x=f32[4,3]
def names_listed(m, x):
    kept = sorted(m.state_dict())
    shapes = [tuple(v.shape) for v in m.state_dict().values()]
    step(m, x)
    return len(kept), shapes


# run m = nn.Linear(3, 2); in_closure(m, x) | model=m | x=f32[4,3] | todo
def in_closure(m: nn.Linear, x):
    w = m.weight
    penalty = lambda: (w ** 2).sum()
    step(m, x)
    return penalty()


# run m = nn.Linear(3, 2); in_function(m, x) | model=m | x=f32[4,3] | todo
def in_function(m: nn.Linear, x):
    w = m.weight

    def penalty():
        return (w ** 2).sum()
    step(m, x)
    return penalty()


# run m = nn.Linear(3, 2); read_anew_in_closure(m, x) | model=m | x=f32[4,3]
def read_anew_in_closure(m: nn.Linear, x):
    penalty = lambda: (m.weight ** 2).sum()

    def other():
        w = m.weight
        return w.sum()
    step(m, x)
    return penalty(), other()


# run m = nn.Linear(3, 2); in_partial(m, x) | model=m | x=f32[4,3] | todo
def in_partial(m: nn.Linear, x):
    penalty = partial(torch.sum, m.weight)
    step(m, x)
    return penalty()


# run m = nn.Linear(3, 2); in_default(m, x) | model=m | x=f32[4,3] | todo
def in_default(m: nn.Linear, x):
    def penalty(w=m.weight):
        return (w ** 2).sum()
    step(m, x)
    return penalty()


# run m = nn.Linear(3, 2); default_used_before(m, x) | model=m | x=f32[4,3]
def default_used_before(m: nn.Linear, x):
    def penalty(w=m.weight):
        return (w ** 2).sum()
    y, z = penalty(), partial(torch.sum, m.weight)()
    step(m, x)
    return y, z


# run m = nn.Linear(3, 2); of_argument(m, x) | model=m | x=f32[4,3] | todo
def of_argument(m, x):
    w = m.weight
    step(m, x)
    return w * 2


# run m = nn.Linear(3, 2); views_of_argument(m, x) | model=m | x=f32[4,3] | todo
def views_of_argument(m, x):
    v = m.weight.data.view(-1)
    seen = []
    for _ in range(2):
        step(m, x)
        seen.append(m.weight.data)
    return v * 2, seen[0]


# run m = nn.Linear(3, 2); copies_of_argument(m, x) | model=m | x=f32[4,3]
def copies_of_argument(m, x):
    v = m.weight.data.clone().view(-1)
    seen = []
    for _ in range(2):
        step(m, x)
        seen.append(m.weight.data.clone())
        y = m.weight.data * 2
    return v * 2, seen[0], y


# run m = nn.Linear(3, 2); not_trained(m, x) | model=m | x=f32[4,3]
def not_trained(m: nn.Linear, x):
    w, b = m.parameters()
    names, ps = zip(*m.named_parameters())
    pairs = [(n, p) for n, p in m.named_parameters()]
    penalty = partial(torch.sum, m.weight)
    return m(x) + w.sum() + b + ps[0].sum() + pairs[1][1] + penalty()


# run m = nn.Linear(3, 2); groups(m, x) | model=m | x=f32[4,3]
def groups(m: nn.Linear, x):
    decay, rest = [], []
    for n, p in m.named_parameters():
        (decay if p.dim() > 1 else rest).append(p)
    count = sum(p.numel() for p in decay) + sum(p.numel() for p in rest)
    step(m, x)
    return count, m.weight


def trained(net, x):
    for _ in range(3):
        step(net, x)
    return net(x)


# run n = InPartial(); trained(n, x) | model=n | x=f32[4,3] | todo
class InPartial(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin = nn.Linear(3, 2)
        self.f = partial(F.linear, weight=self.lin.weight)

    def forward(self, x):
        return self.f(x) + self.lin.bias


# run n = InLambda(); trained(n, x) | model=n | x=f32[4,3] | todo
class InLambda(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin = nn.Linear(3, 2)
        w = self.lin.weight
        self.f = lambda x: F.linear(x, w)

    def forward(self, x):
        return self.f(x) + self.lin.bias


# run n = ReadAnew(); trained(n, x) | model=n | x=f32[4,3]
class ReadAnew(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin = nn.Linear(3, 2)
        self.f = lambda x: F.linear(x, self.lin.weight)
        w = self.lin.weight
        self.size = w.shape[0]

    def forward(self, x):
        w, b = self.lin.weight, self.lin.bias
        return self.f(x) + b + w.sum() * self.size


# run n = InHolder(); trained(n, x) | model=n | x=f32[4,3] | todo
class Holder:
    def __init__(self, w):
        self.w = w

    def __call__(self, x):
        return F.linear(x, self.w)


class InHolder(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin = nn.Linear(3, 2)
        self.h = Holder(self.lin.weight)

    def forward(self, x):
        return self.h(x) + self.lin.bias


# run n = InHook(); trained(n, x) | model=n | x=f32[4,3] | todo
class InHook(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin = nn.Linear(3, 2)
        w = self.lin.weight
        self.lin.register_forward_hook(lambda m, i, o: o + w.sum())

    def forward(self, x):
        return self.lin(x)


# run n = InGenerator(); trained(n, x) | model=n | x=f32[4,3] | todo
class InGenerator(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin = nn.Linear(3, 2)
        self.ps = list(p for p in self.lin.parameters() if p.dim() > 1)

    def forward(self, x):
        return self.lin(x) + sum(p.sum() for p in self.ps)


# run n = InClass(); trained(n, x) | model=n | x=f32[4,3] | todo
class InClass(nn.Module):
    table = {}

    def __init__(self):
        super().__init__()
        self.lin = nn.Linear(3, 2)
        InClass.table["w"] = self.lin.weight

    def forward(self, x):
        return F.linear(x, InClass.table["w"], self.lin.bias)


# run n = InTable(); trained(n, x) | model=n | x=f32[4,3]
class InTable(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin = nn.Linear(3, 2)
        self.scale = nn.Buffer(torch.full((2,), 0.5))
        self.shift = partial(torch.mul, self.scale)

    def forward(self, x):
        return self.shift(self.lin(x))


# run lengths(x) | x=f32[4,3]
def lengths(x):
    start = torch.ones(3)
    m = nn.Linear(3, 1, bias=False)
    m.weight = nn.Parameter(start[None] * 2)
    held = m.weight.data
    step(m, x)
    return len(held), isinstance(held, torch.Tensor), m(x)
