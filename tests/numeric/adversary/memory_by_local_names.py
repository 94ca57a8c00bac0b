"""`d = p.data` under a local name that is handed to who writes: the parameter itself changes."""

import torch
import torch.nn as nn
from torch.optim import Optimizer


def blend(into, other):
    into.mul_(0.5).add_(other)


def descend(w, g, lr):
    w.add_(g, alpha=-lr)


def total(w):
    return (w * w).sum()


# run over_a_list(x) | x=f32[5,4]
def over_a_list(x):
    kept = [x * 2, x + 1]
    for p in kept:
        memory = p.data
        blend(memory, x)
    return kept


# run over_items(x) | x=f32[5,4]
def over_items(x):
    kept = {"a": [x * 2], "b": [x + 1]}
    for name, tensors in kept.items():
        for p in tensors:
            memory, other = p.data, x
            blend(memory, other)
    return kept


# run by_keyword(x) | x=f32[5,4]
def by_keyword(x):
    kept = [(x * 2, x), (x + 1, x)]
    for p, g in kept:
        memory = p.data
        blend(other=g, into=memory)
    return kept


# run by_inner(x) | x=f32[5,4]
def by_inner(x):
    y = x.clone()
    memory, doubled = y.data, y.data * 2

    def shift_(t, by):
        t.addcmul_(by, by, value=-0.1).div_(1.5)

    shift_(memory, doubled)
    return y


# run direct(x) | x=f32[5,4]
def direct(x):
    y = x.clone()
    memory, half = y.data, y.data / 2
    memory.mul_(half)
    return y, half


# run only_read(x) | x=f32[5,4]
def only_read(x):
    kept = [x * 2, x + 1]
    found = []
    for p in kept:
        memory, other = p.data, x
        found.append(total(memory) + total(other))
    return found, kept


# run fixed_target(x) | x=f32[5,4] | grad=x
def fixed_target(x):
    y, z = x * 2, x * 3
    left, right = y.data, z.data
    return ((x * left).sum() + (x * right).sum() + total(y)) * x.detach().sum()


def layer():
    net = nn.Linear(4, 2)
    nn.init.constant_(net.weight, 0.3)
    nn.init.constant_(net.bias, 0.1)
    return net


class ByFunction(Optimizer):
    def __init__(self, params, lr=0.1):
        super().__init__(params, dict(lr=lr))

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                w = p.data
                descend(w, p.grad.data, group["lr"])


class ByMethod(ByFunction):
    def descend(self, w, g, m, lr):
        m.mul_(0.9).add_(g)
        w.add_(m, alpha=-lr)

    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if len(state) == 0:
                    state["m"] = torch.zeros_like(p)
                w, m = p.data, state["m"]
                self.descend(w, p.grad.data, m, group["lr"])


class ByInner(ByFunction):
    def step(self, closure=None):
        for group in self.param_groups:
            lr = group["lr"]

            def descend_(w, g):
                w.add_(g, alpha=-lr)

            for p in group["params"]:
                if p.grad is None:
                    continue
                w, g = p.data, p.grad.data
                descend_(w, g)


class Direct(ByFunction):
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                w, g = p.data, p.grad.data
                w.add_(g, alpha=-group["lr"])


# run by_function(x) | x=f32[5,4]
def by_function(x):
    net = layer()
    opt = ByFunction(net.parameters())
    losses = []
    for _ in range(3):
        opt.zero_grad()
        loss = net(x).pow(2).mean()
        loss.backward()
        opt.step()
        losses.append(loss.item())
    return losses, net.weight


# run by_method(x) | x=f32[5,4]
def by_method(x):
    net = layer()
    opt = ByMethod(net.parameters())
    losses = []
    for _ in range(3):
        opt.zero_grad()
        loss = net(x).pow(2).mean()
        loss.backward()
        opt.step()
        losses.append(loss.item())
    return losses, net.weight


# run by_inner_function(x) | x=f32[5,4]
def by_inner_function(x):
    net = layer()
    opt = ByInner(net.parameters())
    losses = []
    for _ in range(3):
        opt.zero_grad()
        loss = net(x).pow(2).mean()
        loss.backward()
        opt.step()
        losses.append(loss.item())
    return losses, net.weight


# run directly(x) | x=f32[5,4]
def directly(x):
    net = layer()
    opt = Direct(net.parameters())
    losses = []
    for _ in range(3):
        opt.zero_grad()
        loss = net(x).pow(2).mean()
        loss.backward()
        opt.step()
        losses.append(loss.item())
    return losses, net.weight


class Average:
    def __init__(self, params):
        self.shadow = [p.clone().detach() for p in params]

    def update(self, params):
        for s, p in zip(self.shadow, params):
            kept = s.data
            blend(kept, p.data)


# run average(x) | x=f32[5,4]
def average(x):
    mean = Average([x, x * 2])
    mean.update([x + 1, x])
    return mean.shadow


# run between_nets(x) | x=f32[5,4]
def between_nets(x):
    net, other = layer(), layer()
    nn.init.constant_(other.weight, 0.7)
    for p, q in zip(net.parameters(), other.parameters()):
        to, source = p.data, q.data
        blend(to, source)
    w, b = net.weight.data, net.bias.data
    blend(w, torch.ones_like(w))
    blend(b, torch.ones_like(b))
    return net(x)


# run by_other_bindings(x) | x=f32[5,4]
def by_other_bindings(x, always=True):
    kept = [x * 2, x + 1]
    for p in kept:
        chosen = p.data if always else p
        blend(chosen, x)
        marked: torch.Tensor = p.data
        blend(marked, x)
        first = other = p.data
        blend(other, x)
        if (named := p.data) is not None:
            blend(named, x)
    return kept


# run by_given_function(x) | x=f32[5,4]
def by_given_function(x, change=blend):
    kept = [x * 2, x + 1]
    for p in kept:
        memory = p.data
        change(memory, x)
    return kept


# run name_of_name(x) | x=f32[5,4] | todo
def name_of_name(x):
    kept = [x * 2, x + 1]
    for p in kept:
        memory = p.data
        same = memory
        blend(same, x)
    return kept


# run in_lists(x) | x=f32[5,4] | todo
def in_lists(x):
    kept = [x * 2, x + 1]
    for p in kept:
        [memory, other] = [p.data, x]
        blend(memory, other)
    return kept


# run copied_first(x) | x=f32[5,4]
def copied_first(x):
    kept = [x * 2, x + 1]
    found = []
    for p in kept:
        memory = p.data.clone()
        blend(memory, x)
        found.append(memory)
    return found, kept
