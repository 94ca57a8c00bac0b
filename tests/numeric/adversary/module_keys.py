"""Modules in sets and as keys: MLX's are dicts, which have no hash. Parameters have one."""
import functools

import torch
import torch.nn as nn


def net():
    return nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))


# run how_many(net())
def how_many(model):
    return len(set(model.modules()))


# run each_once(net())
def each_once(model: nn.Module):
    seen = set()
    out = []
    for name, m in model.named_modules():
        if m in seen:
            continue
        seen.add(m)
        out.append(name)
    return len(out)


# run by_module(net(), x) | x=f32[2,3]
def by_module(model: nn.Module, x):
    flops = {}
    for m in model.modules():
        if isinstance(m, nn.Linear):
            flops[m] = m.in_features * m.out_features
    return sum(flops.values())


# run names_of(net())
def names_of(model: nn.Sequential):
    names = {m: n for n, m in model.named_modules()}
    return names[model[0]], [names[m] for m in model]


# run excluded(net())
def excluded(model: nn.Module):
    left_out = set()
    for p in model[0].parameters():
        left_out.add(p)
    n = 0
    for p in model.parameters():
        if p not in left_out:
            n += p.numel()
    return n


# run by_id(net())
def by_id(model: nn.Module):
    seen = set()
    n = 0
    for p in model.parameters():
        if id(p) in seen:
            continue
        seen.add(id(p))
        n += p.numel()
    return n


# run head_and_rest(net())
def head_and_rest(model: nn.Module):
    head = set(model[2].parameters())
    rest = [p for p in model.parameters() if p not in head]
    return sum(p.numel() for p in rest), len(head)


# run filtered(net())
def filtered(model: nn.Module):
    head = list(map(id, model[2].parameters()))
    rest = filter(lambda p: id(p) not in head, model.parameters())
    return sum(p.numel() for p in rest)


# run m = Cached(); m(x), m(x) | x=f32[2,3]
class Cached(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 3)

    @functools.lru_cache(maxsize=None)
    def positions(self, n):
        return torch.arange(n).float()

    @functools.cached_property
    def scale(self):
        return 0.5

    def forward(self, x):
        return self.fc(x) + self.positions(x.shape[-1]) * self.scale


# run m = Layers(); m(x), len(m.used) | x=f32[2,3]
class Layers(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(3, 3), nn.Linear(3, 3)
        self.scale = {self.first: 2.0}
        self.scale[self.second] = 0.5
        self.used = set()

    def forward(self, x):
        for layer in (self.first, self.second, self.first):
            if layer not in self.used:
                x = layer(x) * self.scale[layer]
            self.used.add(layer)
        return x


# run decayed(net())
def decayed(model):
    decay, no_decay = set(), set()
    for mn, m in model.named_modules():
        for pn, p in m.named_parameters(recurse=False):
            if pn.endswith("bias"):
                no_decay.add(mn + "." + pn)
            else:
                decay.add(mn + "." + pn)
    return sorted(decay), sorted(no_decay)


# run visited(net())
def visited(model):
    found = []
    for m in model.modules():
        if m not in found:
            found.append(m)
    return len(found)
