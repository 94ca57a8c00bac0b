"""Hooks that keep what a layer gives on the layer itself: neither trained nor saved."""
from functools import partial

import torch
import torch.nn as nn


def net_of():
    return nn.Sequential(nn.Linear(3, 3), nn.ReLU(), nn.Linear(3, 2))


def saved(net):
    return sorted(net.state_dict()), len(list(net.parameters()))


def save_act(module, inp, out):
    module.act = out


def by_name(layer, i, o):
    setattr(layer, "out", o)
    layer.x = i[0]
    layer.mean, layer.calls = o.mean(0), 3


def before(m, args):
    m.given = args[0].detach()


def named(name, m, i, o):
    setattr(m, name, o * 2)


# run acts(x) | x=f32[4,3]
def acts(x):
    net = net_of()
    for layer in net:
        layer.register_forward_hook(save_act)
        layer.register_forward_hook(by_name)
        layer.register_forward_pre_hook(before)
        layer.register_forward_hook(partial(named, "twice"))
        layer.register_forward_hook(lambda m, i, o: setattr(m, "last", o))
    net(x)
    return saved(net), [(m.act, m.out, m.x, m.mean, m.calls, m.given, m.twice, m.last) for m in net]


class Probe:
    def __init__(self, net):
        self.net = net
        for layer in net:
            layer.register_forward_hook(self.hook)
            layer.register_forward_hook(self.make("kept"))

    def hook(self, m, i, o):
        y = o.detach()
        m.seen = y

    def make(self, name):
        def inner(mod, i, o):
            mod.inner = o
            setattr(mod, name, o)
        return inner


# run probed(x) | x=f32[4,3]
def probed(x):
    net = net_of()
    probe = Probe(net)
    net(x)
    return saved(net), [(m.seen, m.inner, m.kept) for m in probe.net]


# run m = Hooked(); m(x), saved(m), m.own, m.fc.seen, m.seen2 | model=m | x=f32[4,3]
class Hooked(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 3)
        self.fc.register_forward_hook(self.keep)
        self.register_forward_hook(hook=Hooked.static)

    def keep(self, m, i, o):
        m.seen = o
        self.own = o

    @staticmethod
    def static(m, i, o):
        m.seen2 = o

    def forward(self, x):
        return self.fc(x) * 2


# run trained(x, y) | x=f32[4,3] | y=f32[4,2] | todo
def trained(x, y):
    net = net_of()
    with torch.no_grad():
        for p in net.parameters():
            p.fill_(0.3)
    for layer in net:
        layer.register_forward_hook(save_act)
    opt = torch.optim.Adam(net.parameters(), lr=0.1)
    for _ in range(3):
        loss = (net(x) - y).pow(2).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
    return loss.item(), saved(net), net[0].act.detach()
