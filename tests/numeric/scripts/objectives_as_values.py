# script tol=1e-4 | weights=own
# Losses and activations that reach a training step as values: their gradients are those of PyTorch where a spread is 0, where values tie, and behind casts.
import functools

import torch
import torch.nn as nn
import torch.nn.functional as F

X = torch.tensor([[1.0, 1.0, 1.0, 1.0], [0.5, 2.0, -1.0, 2.0], [0.0, 0.3, 0.3, -0.7]])
Y = torch.tensor([0.5, 1.0, 0.0])


def spread(out, y):
    return ((out - out.mean(-1, keepdim=True)) / (out.std(-1, keepdim=True) + 1e-5) * torch.arange(4)).sum() + (out.max(-1)[0] - y).pow(2).sum()


def ties(out, y):
    top, _ = out.max(dim=1)
    return torch.maximum(out, torch.zeros_like(out)).sum() + (top - y).abs().sum()


def steps(out: torch.Tensor, y):
    return (out - out.long().float()).pow(2).sum() + y.sum()


def standard(h: torch.Tensor):
    return (h - h.mean(-1, keepdim=True)) / (h.std(-1, keepdim=True) + 1e-5)


def fraction(h: torch.Tensor, scale: float = 1.0):
    return (h - h.long().float()) * scale


def doubled(fn):
    @functools.wraps(fn)
    def inner(*args):
        return 2 * fn(*args)

    return inner


def named(name):
    if name == "ties":
        return ties
    return steps


LOSSES = {"spread": spread, "ties": ties}


class Objective:
    """No module: its methods are called."""

    def total(self, out, y):
        return spread(out, y) + (out - out.long().float()).sum()


class Net(nn.Module):
    acts = [standard]

    def __init__(self, act):
        super().__init__()
        self.act = act
        self.w = nn.Parameter(torch.ones(4, 4).tril())

    def forward(self, x):
        h = x * self.w[:3]
        for act in self.acts:
            h = h + 0.1 * act(h)
        return self.act(h)


class Trainer:
    def __init__(self, model, loss_fn, lr=0.1):
        self.model, self.loss_fn = model, loss_fn
        self.optimizer = torch.optim.SGD(model.parameters(), lr=lr)

    def step(self, x, y):
        self.optimizer.zero_grad()
        loss = self.loss_fn(self.model(x), y)
        loss.backward()
        self.optimizer.step()
        return loss.item()


def fit(model, loss_fn):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    losses = []
    for _ in range(2):
        optimizer.zero_grad()
        loss = loss_fn(model(X), Y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses + [model.w.detach().clone()]


def fit_named(model, key):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    optimizer.zero_grad()
    loss = LOSSES[key](model(X), Y) + named(key)(model(X), Y)
    loss.backward()
    optimizer.step()
    return loss.item(), model.w.detach().clone()


hist = [fit(Net(torch.tanh), loss) for loss in (spread, doubled(ties), functools.partial(steps))]
hist += [fit(Net(fraction), steps), fit(Net(functools.partial(fraction, scale=0.5)), spread)]
hist += [fit_named(Net(torch.tanh), "spread"), fit_named(Net(standard), "ties")]
hist += [fit(Net(nn.Identity()), Objective().total)]
trainer = Trainer(Net(standard), spread)
hist += [trainer.step(X, Y), trainer.step(X, Y), trainer.model.w.detach().clone()]
hist
