# Two passes before one step, and between them the loss of the first changes: under other names, in containers, by functions.
import torch
import torch.nn as nn


def filled(module):
    with torch.no_grad():
        for k, p in enumerate(module.parameters()):
            p.copy_(torch.sin(torch.arange(p.numel(), dtype=torch.float32) * 0.7 + k).reshape(p.shape) * 0.3)
    return module


def weights(*models):
    return [p.detach().clone() for m in models for p in m.parameters()]


# run kept_in_dict(x) | x=f32[6,4] | tol=1e-4
def kept_in_dict(x):
    net = filled(nn.Linear(4, 2))
    o = torch.optim.SGD(net.parameters(), 0.1)
    log = []
    for _ in range(2):
        o.zero_grad()
        h = net(x)
        la = h.pow(2).mean()
        losses = {"a": la}
        la.backward(retain_graph=True)
        lb = h.abs().mean()
        losses["b"] = lb
        lb.backward()
        o.step()
        log.append(sum(loss.item() for loss in losses.values()))
    return log, weights(net)


# run in_dict(x) | x=f32[6,4] | tol=1e-4 | todo
def in_dict(x):
    net = filled(nn.Linear(4, 2))
    o = torch.optim.SGD(net.parameters(), 0.1)
    for _ in range(2):
        o.zero_grad()
        h = net(x)
        la = h.pow(2).mean()
        losses = {"a": la}
        la.backward(retain_graph=True)
        losses["a"] *= 2
        lb = h.abs().mean()
        lb.backward()
        o.step()
    return weights(net)


# run by_append(x) | x=f32[6,4] | tol=1e-4 | todo
def by_append(x):
    net = filled(nn.Linear(4, 2))
    o = torch.optim.SGD(net.parameters(), 0.1)
    for _ in range(2):
        o.zero_grad()
        h = net(x)
        la = h.pow(2).mean()
        all_of = []
        all_of.append(la)
        la.backward(retain_graph=True)
        all_of[0] += 1
        lb = h.abs().mean()
        lb.backward()
        o.step()
    return weights(net)


# run by_attribute(x) | x=f32[6,4] | tol=1e-4
def by_attribute(x):
    net = filled(nn.Linear(4, 2))
    o = torch.optim.SGD(net.parameters(), 0.1)
    store = Store()
    for _ in range(2):
        o.zero_grad()
        h = net(x)
        la = h.pow(2).mean()
        store.loss = la
        la.backward(retain_graph=True)
        store.loss += 1
        lb = h.abs().mean()
        lb.backward()
        o.step()
    return weights(net)


class Store:
    pass


# run by_function(x) | x=f32[6,4] | tol=1e-4 | todo
def by_function(x):
    net = filled(nn.Linear(4, 2))
    o = torch.optim.SGD(net.parameters(), 0.1)
    for _ in range(2):
        o.zero_grad()
        h = net(x)
        la = h.pow(2).mean()
        la.backward(retain_graph=True)
        with torch.no_grad():
            triple(la)
        lb = h.abs().mean()
        lb.backward()
        o.step()
    return weights(net)


def triple(t):
    t.mul_(3)


# run by_loop(x) | x=f32[6,4] | tol=1e-4 | todo
def by_loop(x):
    net = filled(nn.Linear(4, 2))
    o = torch.optim.SGD(net.parameters(), 0.1)
    for _ in range(2):
        o.zero_grad()
        h = net(x)
        la = h.pow(2).mean()
        la.backward(retain_graph=True)
        for t in (la,):
            t.data.mul_(2)
        lb = h.abs().mean()
        lb.backward()
        o.step()
    return weights(net)
