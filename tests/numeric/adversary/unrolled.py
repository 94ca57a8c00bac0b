# Losses and states that go on over turns of a loop whose backward pass stands under a condition.
import torch
import torch.nn as nn
import torch.nn.functional as F


def filled(module):
    with torch.no_grad():
        for i, p in enumerate(module.parameters()):
            p.copy_(torch.linspace(-0.5, 0.6 + i, p.numel()).view_as(p))
    return module


def weights(module):
    return [p.sum().item() for p in module.parameters()]


def detached(h):
    if isinstance(h, torch.Tensor):
        return h.detach()
    return tuple(detached(one) for one in h)


# run summed(x) | x=f32[8,3] | todo
def summed(x):
    net = filled(nn.Linear(3, 3))
    opt = torch.optim.SGD(net.parameters(), lr=0.1)
    total = 0
    for i in range(4):
        total = total + F.mse_loss(net(x[i]), x[i + 1])
        if i % 2 == 1:
            opt.zero_grad()
            total.backward()
            opt.step()
            total = 0
    return weights(net)


# run gathered(x) | x=f32[8,3] | todo
def gathered(x):
    net = filled(nn.Linear(3, 3))
    opt = torch.optim.SGD(net.parameters(), lr=0.1)
    losses = []
    for i in range(4):
        losses.append(F.mse_loss(net(x[i]), x[i + 1]))
        total = torch.stack(losses).sum()
        if i % 2 == 1:
            opt.zero_grad()
            total.backward()
            opt.step()
            losses = []
    return weights(net)


# run recurrent(x) | x=f32[8,3] | todo
def recurrent(x):
    cell = filled(nn.RNNCell(3, 3))
    opt = torch.optim.SGD(cell.parameters(), lr=0.1)
    h = torch.zeros(1, 3)
    for i in range(4):
        h = cell(x[i:i + 1], h)
        loss = h.pow(2).mean()
        if i % 2 == 1:
            opt.zero_grad()
            loss.backward()
            opt.step()
            h = h.detach()
    return weights(cell)


# run attribute(x) | x=f32[8,3] | todo
# run method(x) | x=f32[8,1,3] | todo
class Unrolled:
    def __init__(self, model):
        self.model = model
        self.opt = torch.optim.SGD(model.parameters(), lr=0.1)
        self.turn, self.hidden = 0, torch.zeros(1, 3)

    def turn_of(self, x):
        self.hidden = self.model(x, self.hidden)
        loss = self.hidden.pow(2).mean()
        self.turn += 1
        if self.turn % 2 == 0:
            self.opt.zero_grad()
            loss.backward()
            self.opt.step()
            self.hidden = self.hidden.detach()

    def run(self, xs, k):
        h, loss, out = None, 0.0, []
        for t, x in enumerate(xs):
            h = self.model(x, h)
            loss = loss + h.pow(2).mean()
            if (t + 1) % k == 0 or t + 1 == len(xs):
                self.opt.zero_grad()
                loss.backward()
                self.opt.step()
                out.append(loss.item())
                h, loss = h.detach(), 0.0
        return out


def attribute(x):
    trainer = Unrolled(filled(nn.GRUCell(3, 3)))
    for i in range(4):
        trainer.turn_of(x[i:i + 1])
    return weights(trainer.model)


def method(x):
    trainer = Unrolled(filled(nn.GRUCell(3, 3)))
    return trainer.run(x, 3), weights(trainer.model)


# run detached_each(x) | x=f32[8,3]
def detached_each(x):
    cell = filled(nn.RNNCell(3, 3))
    opt = torch.optim.SGD(cell.parameters(), lr=0.1)
    h = torch.zeros(1, 3)
    for i in range(4):
        h = cell(x[i:i + 1], h.detach())
        loss = h.pow(2).mean()
        if i % 2 == 1:
            opt.zero_grad()
            loss.backward()
            opt.step()
    return weights(cell)


# run repackaged(x) | x=f32[8,3]
def repackaged(x):
    cell = filled(nn.LSTMCell(3, 3))
    opt = torch.optim.SGD(cell.parameters(), lr=0.1)
    state = (torch.zeros(1, 3), torch.zeros(1, 3))
    for i in range(4):
        state = detached(state)
        state = cell(x[i:i + 1], state)
        loss = state[0].pow(2).mean()
        if i % 2 == 1:
            opt.zero_grad()
            loss.backward()
            opt.step()
    return weights(cell)


# run in_tuple(x) | x=f32[8,3]
def in_tuple(x):
    cell = filled(nn.LSTMCell(3, 3))
    opt = torch.optim.SGD(cell.parameters(), lr=0.1)
    state = (torch.zeros(1, 3), torch.zeros(1, 3))
    for i in range(4):
        state = tuple(one.detach() for one in state)
        state = cell(x[i:i + 1], state)
        loss = state[0].pow(2).mean()
        if i % 2 == 1:
            opt.zero_grad()
            loss.backward()
            opt.step()
    return weights(cell)


# run in_training(x) | x=f32[8,3]
def in_training(x, train=True):
    cell = filled(nn.RNNCell(3, 3))
    opt = torch.optim.SGD(cell.parameters(), lr=0.1)
    h = torch.zeros(1, 3)
    shown = 0.0
    for i in range(4):
        h = cell(x[i:i + 1], h)
        loss = h.pow(2).mean()
        shown += loss.item()
        if train:
            opt.zero_grad()
            loss.backward()
            opt.step()
            h = h.detach()
    return shown, weights(cell)


# run running_sum(x) | x=f32[8,3]
def running_sum(x):
    net = filled(nn.Linear(3, 3))
    opt = torch.optim.SGD(net.parameters(), lr=0.1)
    total = 0.0
    for i in range(4):
        loss = F.mse_loss(net(x[i]), x[i + 1])
        total += loss.item()
        if i % 2 == 1:
            opt.zero_grad()
            loss.backward()
            opt.step()
    return total, weights(net)
