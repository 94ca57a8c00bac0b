"""Iterators of parameters, which give their items once; and optimizers that are restored, or whose model is copied."""
import copy
import itertools

import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(3, 5)
        self.head = nn.Linear(5, 2)

    def forward(self, x):
        return self.head(torch.tanh(self.body(x)))


# run filtered(x, y) | x=f32[6,3] | y=i64[6] < 2 | tol=1e-3
def filtered(x, y):
    net = Net()
    params = filter(lambda p: p.requires_grad, net.parameters())
    opt = torch.optim.SGD(params, lr=0.5)
    for _ in range(3):
        opt.zero_grad()
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        nn.utils.clip_grad_norm_(params, 0.01)
        opt.step()
    return loss.item(), net


# run net = Net(); chained(net, x, y), net | model=net | x=f32[6,3] | y=i64[6] < 2 | tol=1e-3
def chained(net, x, y):
    params = itertools.chain(net.body.parameters(), net.head.parameters())
    opt = torch.optim.SGD(params, lr=0.5)
    for _ in range(3):
        opt.zero_grad()
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        nn.utils.clip_grad_norm_(params, 0.01)
        opt.step()
    return loss.item()


# run counted_before(x, y) | x=f32[6,3] | y=i64[6] < 2 | tol=1e-3
def counted_before(x, y):
    net = Net()
    params = (p for p in net.parameters() if p.requires_grad)
    n = sum(p.numel() for p in params)
    opt = torch.optim.SGD(net.parameters(), lr=0.5)
    for _ in range(3):
        opt.zero_grad()
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        nn.utils.clip_grad_norm_(params, 0.01)
        opt.step()
    return loss.item(), n, net


# run clipped_list(x, y) | x=f32[6,3] | y=i64[6] < 2 | tol=1e-3
def clipped_list(x, y):
    net = Net()
    params = list(filter(lambda p: p.requires_grad, net.parameters()))
    opt = torch.optim.SGD(params, lr=0.5)
    for _ in range(3):
        opt.zero_grad()
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        nn.utils.clip_grad_norm_(params, 0.01)
        opt.step()
    return loss.item(), net


# run made_in_turn(x, y) | x=f32[6,3] | y=i64[6] < 2 | tol=1e-3
def made_in_turn(x, y):
    net = Net()
    opt = torch.optim.SGD(net.parameters(), lr=0.5)
    for _ in range(3):
        opt.zero_grad()
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        params = net.parameters()
        nn.utils.clip_grad_norm_(params, 0.01)
        opt.step()
    return loss.item(), net


# run net = Net(); frozen_by_used(net, x, y), net | model=net | x=f32[6,3] | y=i64[6] < 2 | tol=1e-3
def frozen_by_used(net, x, y):
    params = itertools.chain(net.body.parameters(), net.head.parameters())
    opt = torch.optim.SGD(net.parameters(), lr=0.5)
    other = torch.optim.SGD(params, lr=0.1)
    for _ in range(3):
        for p in params:
            p.requires_grad = False
        opt.zero_grad()
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        opt.step()
        for p in params:
            p.requires_grad = True
        other.zero_grad()
        second = F.cross_entropy(net(x), 1 - y)
        second.backward()
        other.step()
    return loss.item(), second.item()


# run restored_twice(x, y) | x=f32[6,3] | y=i64[6] < 2 | tol=1e-3
def restored_twice(x, y):
    net = Net()
    opt = torch.optim.Adam(net.parameters(), lr=0.1)
    weights, state = copy.deepcopy(net.state_dict()), copy.deepcopy(opt.state_dict())
    log = []
    for fold in range(2):
        net.load_state_dict(weights)
        opt.load_state_dict(state)
        for _ in range(3):
            opt.zero_grad()
            loss = F.cross_entropy(net(x), y)
            loss.backward()
            opt.step()
            log.append(loss.item())
    return log, net


# run restored_first(x, y) | x=f32[6,3] | y=i64[6] < 2 | tol=1e-3
def restored_first(x, y):
    net = Net()
    opt = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    weights, state = copy.deepcopy(net.state_dict()), opt.state_dict()
    log = []
    for fold in range(3):
        net.load_state_dict(weights)
        opt.load_state_dict(state)
        for _ in range(2):
            opt.zero_grad()
            loss = F.cross_entropy(net(x), y)
            loss.backward()
            opt.step()
            log.append(loss.item())
    return log, net


# run net = Net(); in_trainer(net, x, y), net | model=net | x=f32[6,3] | y=i64[6] < 2 | todo
def in_trainer(net, x, y):
    trainer = Trainer(net)
    return [trainer.step(x, y) for _ in range(3)]


class Trainer:
    def __init__(self, net):
        self.net = net
        self.params = filter(lambda p: p.requires_grad, net.parameters())
        self.opt = torch.optim.SGD(self.net.parameters(), lr=0.5)

    def step(self, x, y):
        self.opt.zero_grad()
        loss = F.cross_entropy(self.net(x), y)
        loss.backward()
        nn.utils.clip_grad_norm_(self.params, 0.01)
        self.opt.step()
        return loss.item()


# run clipped_once(x, y) | x=f32[6,3] | y=i64[6] < 2 | todo
def clipped_once(x, y):
    net = Net()
    opt = torch.optim.SGD(net.parameters(), lr=0.5)
    params = net.parameters()
    for _ in range(3):
        opt.zero_grad()
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        nn.utils.clip_grad_norm_(params, 0.01)
        opt.step()
    return loss.item()


# run read_late(x, y) | x=f32[6,3] | y=i64[6] < 2 | todo
def read_late(x, y):
    net = Net()
    params = filter(lambda p: p.requires_grad, net.parameters())
    for p in net.body.parameters():
        p.requires_grad = False
    opt = torch.optim.SGD(params, lr=0.5)
    for p in net.body.parameters():
        p.requires_grad = True
    for _ in range(3):
        opt.zero_grad()
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        opt.step()
    return loss.item()


# run copied_behind(x, y) | x=f32[6,3] | y=i64[6] < 2 | todo
def copied_behind(x, y):
    net = Net()
    opt = torch.optim.SGD(net.parameters(), lr=0.1)
    net = copy.deepcopy(net)
    for _ in range(3):
        opt.zero_grad()
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        opt.step()
    return loss.item()


# run copied_before(x, y) | x=f32[6,3] | y=i64[6] < 2 | tol=1e-3
def copied_before(x, y):
    net = Net()
    net = copy.deepcopy(net)
    opt = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(3):
        opt.zero_grad()
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        opt.step()
    return loss.item()


class Drawer(nn.Module):
    def __init__(self):
        super().__init__()
        self.up = nn.Linear(3, 4)
        with torch.no_grad():
            for k, p in enumerate(self.parameters()):
                p.copy_(torch.sin(torch.arange(p.numel()).float() * 0.7 + k).view(p.shape) * 0.3)

    def forward(self, x):
        return torch.tanh(self.up(x))


def critic():
    d = nn.Linear(4, 1)
    nn.init.constant_(d.weight, 0.2)
    nn.init.constant_(d.bias, 0.1)
    return d


def first_of(batches):
    for batch in batches:
        return batch


# run drawn_once(x) | x=f32[12,3] | tol=1e-4 | todo
def drawn_once(x):
    g, d = Drawer(), critic()
    og, od = torch.optim.SGD(g.parameters(), 0.1), torch.optim.SGD(d.parameters(), 0.1)
    batches = iter(x.split(2))
    for _ in range(2):
        fake = g(first_of(batches))
        od.zero_grad()
        d(fake.detach()).pow(2).mean().backward()
        od.step()
        og.zero_grad()
        (1 - d(fake)).pow(2).mean().backward()
        og.step()
    return g.up.weight.detach().clone(), len(list(batches))
