# Two optimizers, one of a model that the other's holds: under another name, by a method, in a container, by what a caller gives.
import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.head = nn.Linear(4, 4), nn.Linear(4, 2)

    def forward(self, x):
        return self.head(torch.tanh(self.body(x)))

    @property
    def tail(self):
        return self.head

    def get_body(self):
        return self.body


def filled(module):
    with torch.no_grad():
        for k, p in enumerate(module.parameters()):
            p.copy_(torch.sin(torch.arange(p.numel(), dtype=torch.float32) * 0.7 + k).reshape(p.shape) * 0.3)
    return module


def weights(*models):
    return [p.detach().clone() for m in models for p in m.parameters()]


# run apart(x, y) | x=f32[6,4] | y=i64[6] < 2 | tol=1e-4 | weights=own
def apart(x, y):
    """A number of the one in the constructor of the other is none of its parts."""
    body = filled(nn.Linear(4, 4))
    head = filled(nn.Linear(body.out_features, 2))
    a, b = torch.optim.SGD(body.parameters(), 0.1), torch.optim.SGD(head.parameters(), 0.05)
    for _ in range(3):
        a.zero_grad()
        b.zero_grad()
        loss = F.cross_entropy(head(torch.tanh(body(x))), y)
        loss.backward()
        a.step()
        b.step()
    return weights(body, head)


# run given_apart(x, y) | x=f32[6,4] | y=i64[6] < 2 | tol=1e-4 | weights=own
def given_apart(x, y):
    body, head = filled(nn.Linear(4, 4)), filled(nn.Linear(4, 2))
    train_apart(body, head, x, y)
    return weights(body, head)


def train_apart(body, head, x, y):
    a, b = torch.optim.SGD(body.parameters(), 0.1), torch.optim.SGD(head.parameters(), 0.05)
    for _ in range(3):
        a.zero_grad()
        b.zero_grad()
        loss = F.cross_entropy(head(torch.tanh(body(x))), y)
        loss.backward()
        a.step()
        b.step()


# run by_method(x, y) | x=f32[6,4] | y=i64[6] < 2 | tol=1e-4 | todo
def by_method(x, y):
    net = filled(Net())
    body = net.get_body()
    a, b = torch.optim.SGD(body.parameters(), 0.1), torch.optim.SGD(net.parameters(), 0.05)
    for _ in range(3):
        a.zero_grad()
        b.zero_grad()
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        a.step()
        b.step()
    return weights(net)


# run by_item(x, y) | x=f32[6,4] | y=i64[6] < 2 | tol=1e-4 | todo
def by_item(x, y):
    net = filled(nn.Sequential(nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 2)))
    first = net[0]
    a, b = torch.optim.SGD(first.parameters(), 0.1), torch.optim.SGD(net.parameters(), 0.05)
    for _ in range(3):
        a.zero_grad()
        b.zero_grad()
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        a.step()
        b.step()
    return weights(net)


# run held(x, y) | x=f32[6,4] | y=i64[6] < 2 | tol=1e-4 | todo
def held(x, y):
    body, head = filled(nn.Linear(4, 4)), filled(nn.Linear(4, 2))
    net = nn.Sequential(body, nn.Tanh(), head)
    a, b = torch.optim.SGD(body.parameters(), 0.1), torch.optim.SGD(net.parameters(), 0.05)
    for _ in range(3):
        a.zero_grad()
        b.zero_grad()
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        a.step()
        b.step()
    return weights(net)


# run given(x, y) | x=f32[6,4] | y=i64[6] < 2 | tol=1e-4 | todo
def given(x, y):
    net = filled(Net())
    train_both(net, net.body, x, y)
    return weights(net)


def train_both(net, body, x, y):
    a, b = torch.optim.SGD(body.parameters(), 0.1), torch.optim.SGD(net.parameters(), 0.05)
    for _ in range(3):
        a.zero_grad()
        b.zero_grad()
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        a.step()
        b.step()


# run of_trainer(x, y) | x=f32[6,4] | y=i64[6] < 2 | tol=1e-4 | todo
def of_trainer(x, y):
    net = filled(Net())
    t = Trainer(net, net.body)
    for _ in range(3):
        t.step(x, y)
    return weights(t.net)


class Trainer:
    def __init__(self, net, body):
        self.net, self.body = net, body
        self.a, self.b = torch.optim.SGD(self.body.parameters(), 0.1), torch.optim.SGD(self.net.parameters(), 0.05)

    def step(self, x, y):
        self.a.zero_grad()
        self.b.zero_grad()
        loss = F.cross_entropy(self.net(x), y)
        loss.backward()
        self.a.step()
        self.b.step()


# run by_property(x, y) | x=f32[6,4] | y=i64[6] < 2 | tol=1e-4 | todo
def by_property(x, y):
    net = filled(Net())
    a, b = torch.optim.SGD(net.tail.parameters(), 0.1), torch.optim.SGD(net.parameters(), 0.05)
    for _ in range(3):
        a.zero_grad()
        b.zero_grad()
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        a.step()
        b.step()
    return weights(net)
