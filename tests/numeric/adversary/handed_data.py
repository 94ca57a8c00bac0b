"""`.data` of parameters that goes to who writes it, in functions whose names a `forward` calls."""

from copy import deepcopy
from functools import partial

import torch
import torch.nn as nn


def filled(value):
    layer = nn.Linear(3, 2)
    with torch.no_grad():
        layer.weight.fill_(value)
        layer.bias.fill_(value / 2)
    return layer


def put(to, source, *, move=False):
    if move:
        source = source.to(to.device)
    to.copy_(source)


def mix(to, source, weight, *, move=False):
    to.lerp_(source, weight)


class Passing(nn.Module):
    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x, mask=None, **settings):
        if mask is not None:
            settings.update(mask=mask)
        return self.net(x, **settings)


class Tracker(nn.Module):
    def forward(self, x):
        self.refresh()
        return x

    def refresh(self):
        pass


class Average(nn.Module):
    def __init__(self, model, rate=0.9, move=False):
        super().__init__()
        self.rate = rate
        self.online = [model]
        self.ema = deepcopy(model)
        for p in self.ema.parameters():
            p.detach_()
        self.put = partial(put, move=move)
        self.mix = partial(mix, move=move)
        self.names = {name for name, p in self.ema.named_parameters() if torch.is_floating_point(p)}

    def params(self, model):
        for name, p in model.named_parameters():
            if name in self.names:
                yield name, p

    def start(self):
        copy = self.put
        for (_, ma_params), (_, params) in zip(self.params(self.ema), self.params(self.online[0])):
            copy(ma_params.data, params.data)

    def update(self):
        self.start()

    def refresh(self):
        self.start()

    @torch.no_grad()
    def move(self):
        pairs = []
        for (_, ma_params), (_, params) in zip(self.params(self.ema), self.params(self.online[0])):
            pairs.append((ma_params.data, params.data))
        for to, source in pairs:
            self.mix(to, source, 1.0 - self.rate)

    def forward(self, x):
        return self.ema(x)


def averaged(x, how):
    model = filled(0.4)
    average = Average(model)
    with torch.no_grad():
        model.weight.fill_(1.4)
    if how == "update":
        average.update()
    elif how == "refresh":
        average.refresh()
    else:
        average.move()
    return average(x), model(x)


# run by_update(x) | x=f32[4,3]
def by_update(x):
    return averaged(x, "update")


# run by_refresh(x) | x=f32[4,3]
def by_refresh(x):
    return averaged(x, "refresh")


# run by_pairs(x) | x=f32[4,3]
def by_pairs(x):
    return averaged(x, "move")


def two():
    model = filled(0.4)
    ema = deepcopy(model)
    with torch.no_grad():
        model.weight.fill_(1.4)
    return model, ema


# run by_function(x) | x=f32[4,3]
@torch.no_grad()
def by_function(x):
    model, ema = two()
    pairs = []
    for (_, ma), (_, now) in zip(ema.named_parameters(), model.named_parameters()):
        pairs.append((ma.data, now.data))
    for to, source in pairs:
        mix(to, source, 0.1)
    return ema(x), model(x)


# run by_regrouped(x) | x=f32[4,3]
@torch.no_grad()
def by_regrouped(x):
    model, ema = two()
    pairs = []
    for ma, now in zip(ema.parameters(), model.parameters()):
        pairs.append((ma.data, now.data))
    to, source = zip(*pairs)
    torch._foreach_lerp_(to, source, 0.1)
    return ema(x), model(x)


# run by_lists(x) | x=f32[4,3]
@torch.no_grad()
def by_lists(x):
    model, ema = two()
    torch._foreach_lerp_(list(p.data for p in ema.parameters()), list(p.data for p in model.parameters()), 0.1)
    torch._foreach_mul_([p.data for p in ema.parameters()], 0.5)
    return ema(x), model(x)


# run by_chain(x) | x=f32[4,3]
@torch.no_grad()
def by_chain(x):
    model, ema = two()
    pairs = []
    for ma, now in zip(ema.parameters(), model.parameters()):
        pairs.append((ma.data, now.data))
    for to, source in pairs:
        to.mul_(0.9).add_(source, alpha=0.1)
    return ema(x), model(x)


# run by_names(x) | x=f32[4,3]
@torch.no_grad()
def by_names(x):
    model, ema = two()
    todo = {}
    for (name, ma), (_, now) in zip(ema.named_parameters(), model.named_parameters()):
        todo[name] = (ma.data, now.data)
    for name, (to, source) in todo.items():
        to.copy_(to * 0.9 + source * 0.1)
    return ema(x), model(x)


# Storage that is replaced leaves what a container holds of the old one.
# run restored(x) | x=f32[4,3]
@torch.no_grad()
def restored(x):
    model, _ = two()
    kept = [p.data for p in model.parameters()]
    for p in model.parameters():
        p.data = p.data * 2
    doubled = model(x)
    for p, old in zip(model.parameters(), kept):
        p.data = old
    return doubled, model(x)


class Penalised(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = filled(0.5)

    def forward(self, x):
        sizes = []
        for p in self.fc.parameters():
            sizes.append(p.data)
        return self.fc(x) + sum(size.pow(2).sum() for size in sizes)


# What is only read keeps its gradient to itself.
# run penalised(x) | x=f32[4,3]
def penalised(x):
    model = Penalised()
    opt = torch.optim.SGD(model.parameters(), lr=0.1)
    loss = model(x).mean()
    loss.backward()
    opt.step()
    return model(x), model.fc.weight


class Remembering(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = filled(0.5)

    def forward(self, x):
        h = self.fc(x)
        kept, state = {}, {"n": torch.zeros(())}
        for i, row in enumerate(h):
            kept[i] = row.data
        state["h"] = h.detach()
        state["n"].add_(1)
        return h * state["h"] * state["n"] + sum(kept.values())


# run remembering(x) | x=f32[4,3] | grad=x
def remembering(x):
    return Remembering()(x)
