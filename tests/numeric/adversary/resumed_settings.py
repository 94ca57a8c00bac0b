# Checkpoints of optimizers whose class is a value: what a program sets in `param_groups` is resumed, the rest is as it was made.
import io

import torch
from torch import nn


def filled(module):
    with torch.no_grad():
        for k, p in enumerate(module.parameters()):
            p.copy_(torch.sin(torch.arange(p.numel(), dtype=torch.float32) * 0.9 + k).reshape(p.shape) * 0.3)
    return module


class Decay:
    def start(self, loop):
        for group in loop.optimizer.param_groups:
            group.setdefault("initial_lr", group["lr"])
        self.rates = [group["initial_lr"] for group in loop.optimizer.param_groups]

    def turn(self, loop):
        for group, rate in zip(loop.optimizer.param_groups, self.rates):
            group["lr"] = rate * (1 - loop.done / 10)


class Cooling:
    def start(self, loop):
        pass

    def turn(self, loop):
        if loop.done == 2:
            for group in loop.optimizer.param_groups:
                group["weight_decay"] = 0.3
                group["momentum"] = 0.5


class Still(Cooling):
    def turn(self, loop):
        for group in loop.optimizer.param_groups:
            group["lr"] *= 0.9


class Loop:
    def __init__(self, model, optimizer, hook):
        self.model, self.optimizer, self.hook, self.done = model, optimizer, hook, 0

    def run(self, x, until):
        self.hook.start(self)
        while self.done < until:
            self.hook.turn(self)
            self.optimizer.zero_grad()
            loss = self.model(x).pow(2).mean()
            loss.backward()
            self.optimizer.step()
            self.done += 1

    def saved(self):
        file = io.BytesIO()
        torch.save({"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict(), "done": self.done}, file)
        file.seek(0)
        return file

    def resume(self, file):
        found = torch.load(file)
        self.model.load_state_dict(found["model"])
        self.optimizer.load_state_dict(found["optimizer"])
        self.done = found["done"]


def by_name(model, kind, **settings):
    return getattr(torch.optim, kind)(model.parameters(), **settings)


def twice(x, make, hook):
    first = Loop(filled(nn.Linear(3, 2)), None, hook())
    first.optimizer = make(first.model)
    first.run(x, 5)
    file = first.saved()
    second = Loop(nn.Linear(3, 2), None, hook())
    second.optimizer = make(second.model)
    second.resume(file)
    second.run(x, 8)
    return second.optimizer.param_groups[0]["lr"], second.model


# run rates(x) | x=f32[4,3] | tol=1e-4
def rates(x):
    return twice(x, lambda model: by_name(model, "SGD", lr=0.5, momentum=0.9), Decay)


# run moved(x) | x=f32[4,3] | tol=1e-4
def moved(x):
    return twice(x, lambda model: by_name(model, "SGD", lr=0.1, momentum=0.9, weight_decay=0.01), Cooling)


# run of_adam(x) | x=f32[4,3] | tol=1e-4
def of_adam(x):
    return twice(x, lambda model: by_name(model, "AdamW", lr=0.05, weight_decay=0.01), Decay)


# run only_rates(x) | x=f32[4,3] | tol=1e-4
def only_rates(x):
    return twice(x, lambda model: by_name(model, "Adam", lr=0.05), Still)


def chosen(model, kind, lr):
    if kind == "adamw":
        return torch.optim.AdamW(model.parameters(), lr=lr)
    elif kind == "sgd":
        return torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
    raise ValueError(kind)


# run by_branches(x) | x=f32[4,3] | tol=1e-4
def by_branches(x):
    return twice(x, lambda model: chosen(model, "sgd", 0.2), Cooling), twice(x, lambda model: chosen(model, "adamw", 0.05), Decay)


TABLE = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}


# run by_table(x) | x=f32[4,3] | tol=1e-4
def by_table(x):
    return twice(x, lambda model: TABLE["sgd"](model.parameters(), lr=0.2, momentum=0.9), Decay)


def in_groups(model, kind):
    groups = [{"params": [model.weight], "lr": 0.3}, {"params": [model.bias], "weight_decay": 0.0}]
    if kind == "sgd":
        return torch.optim.SGD(groups, lr=0.2, momentum=0.9, weight_decay=0.1)
    return torch.optim.AdamW(groups, lr=0.05)


# run of_groups(x) | x=f32[4,3] | tol=1e-4
def of_groups(x):
    return twice(x, lambda model: in_groups(model, "sgd"), Decay), twice(x, lambda model: in_groups(model, "adamw"), Decay)


# A state that goes to another optimizer leaves it a learning rate of its own.
# run given(x) | x=f32[4,3] | tol=1e-4
def given(x):
    first = Loop(filled(nn.Linear(3, 2)), None, Still())
    first.optimizer = by_name(first.model, "SGD", lr=0.2, momentum=0.9)
    first.run(x, 2)
    second = Loop(filled(nn.Linear(3, 2)), None, Still())
    second.optimizer = by_name(second.model, "SGD", lr=0.2, momentum=0.9)
    second.optimizer.load_state_dict(first.optimizer.state_dict())
    first.run(x, 4)
    return [group["lr"] for group in second.optimizer.param_groups], first.model
