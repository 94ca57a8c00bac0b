"""Modules that nothing is known about: cast, walked and asked for settings by a name."""
from functools import partial

import torch
import torch.nn as nn


def with_batches():
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))


def with_norm():
    return nn.Sequential(nn.Linear(3, 4), nn.LayerNorm(4))


# run m = with_batches(); frozen(m, x) | model=m | x=f32[5,3]
def frozen(model, x):
    model.train()
    model.apply(lambda m: m.eval() if isinstance(m, nn.BatchNorm1d) else m)
    return model(x), model[1].running_mean


def fill(m, value=0.1):
    if isinstance(m, nn.Linear):
        nn.init.constant_(m.weight, value)


class Filler:
    def __init__(self, value):
        self.value = value

    def set(self, m):
        if isinstance(m, nn.Linear):
            m.bias.data.fill_(self.value)


# run m = with_norm(); filled(m, x) | model=m | x=f32[2,3]
def filled(model, x, given=fill):
    model.apply(partial(fill, value=0.3))
    first = model(x)
    model.apply(Filler(0.2).set)
    model.apply(lambda m: nn.init.constant_(m.weight, 0.5) if isinstance(m, nn.LayerNorm) else None)
    set_all = lambda m: m.bias.data.fill_(0.2) if hasattr(m, "bias") else None
    second = model(x)
    model.apply(set_all)
    found = []
    model.apply(found.append)
    model.apply(lambda m: found.append(type(m).__name__))
    third = model(x)
    model.apply(fn=given)
    return first, second, third, model(x), len(found), found[3:]


class Trainer:
    def __init__(self, model):
        self.model = model

    def prepare(self, fn):
        self.model.apply(fn)
        self.model.half()
        return self

    def back(self):
        self.model.float()


# run m = with_norm(); prepared(m, x) | model=m | x=f32[2,3] | tol=1e-2
def prepared(model, x):
    trainer = Trainer(model)
    trainer.prepare(partial(fill, value=0.2))
    low = str(model[0].weight.dtype), model(x.half()).float()
    trainer.back()
    return low, str(model[0].weight.dtype), model(x)


# run m = with_norm(); cast(m, x) | model=m | x=f32[2,3] | tol=5e-2
def cast(model, x, half=True):
    if half:
        model.half()
        x = x.half()
    model.eval()
    y = model(x)
    model.bfloat16()
    z = model(x.bfloat16())
    model.float()
    return y, z, model(x.float())


class Table:
    """Something else that has an `apply` and casts, and is no module."""

    def __init__(self):
        self.seen = []

    def apply(self, fn):
        self.seen.append(fn(2))

    def float(self):
        self.seen.append("float")


# run tables(x) | x=f32[2]
def tables(x):
    table = Table()
    with_table(table)
    return table.seen, x


def with_table(table):
    table.apply(lambda value: value + 1)
    table.float()


# run m = with_batches(); switched(m, x) | model=m | x=f32[5,3]
def switched(model, x):
    was_training = model.training
    model.eval()
    y = model(x)
    model.train(was_training)
    model.train(False)
    z = model(x)
    model.train()
    return y, z, model.training


# run settings(x) | x=f32[2]
def settings(x):
    m = nn.Sequential(nn.Linear(3, 4), nn.LayerNorm(4), nn.Dropout(0.3), nn.Embedding(5, 3), nn.Conv2d(3, 4, 3))
    out = []
    for l in m.modules():
        out.append(getattr(l, "in_features", None))
        out.append(getattr(l, "out_channels", getattr(l, "out_features", None)))
        out.append(getattr(l, "p", 0.0))
        out.append(list(getattr(l, "normalized_shape", ())))
    fc = nn.Linear(3, 4)
    return out, getattr(fc, "in_features", 0), getattr(fc, "out_features"), getattr(fc, "bias", None) is None


class Scaled(nn.Module):
    def __init__(self, layer):
        super().__init__()
        self.layer = layer
        self.dim = getattr(layer, "out_features", 1)
        self.scale = nn.Parameter(torch.ones(self.dim))

    def forward(self, x):
        return self.layer(x) * self.scale


# run m = Scaled(nn.Linear(3, 4)); m(x), m.dim, m.scale.shape | model=m | x=f32[2,3]
class Options:
    p = 3
    in_features = "many"


# run of_options() | check=kind
def of_options():
    return read_options(Options())


def read_options(options):
    return getattr(options, "p", 0), getattr(options, "in_features", None), getattr(options, "out_features", "none")


def reset(m):
    found = getattr(m, "reset_parameters", None)
    if callable(found):
        m.reset_parameters()


def reset_by_value(m: nn.Module):
    found = getattr(m, "reset_parameters", None)
    if found is not None:
        found()


# run resets(x) | x=f32[2]
def resets(x):
    changed = []
    for how in (reset, reset_by_value):
        m = nn.Sequential(nn.Linear(30, 40), nn.LayerNorm(40), nn.ReLU(), nn.Conv1d(2, 3, 3), nn.Embedding(20, 30))
        for p in m.parameters():
            p.data.fill_(7)
        m.apply(how)
        changed.append([bool((p == 7).all()) for p in m.parameters()])
    return changed
