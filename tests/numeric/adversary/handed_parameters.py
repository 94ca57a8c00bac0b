# Parameters that are made first and then given to a module, and other names of what an optimizer changes.
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


def fill(m, s=0.3):
    with torch.no_grad():
        for k, p in enumerate(m.parameters()):
            p.copy_(s * torch.cos(torch.arange(p.numel()).float() + k).view(p.shape))
    return m


# Read by the module's name, it is trained.
# run read_from_module(x) | x=f32[12,1] | tol=1e-3 | weights=own
def read_from_module(x):
    net = fill(nn.Linear(1, 1))
    scale = nn.Parameter(torch.tensor([0.5]))
    net.register_parameter("scale", scale)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    for _ in range(4):
        loss = (net(x) * net.scale - x).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return net.scale.detach()


class Fit:
    def __init__(self, x):
        self.scale = nn.Parameter(torch.tensor([0.5]))
        self.net = fill(nn.Linear(1, 1))
        self.net.register_parameter("scale", self.scale)
        self.optimizer = torch.optim.Adam(self.net.parameters(), lr=0.01)
        self.x = x

    def train(self, count):
        for _ in range(count):
            loss = (self.net(self.x) * self.net.scale - self.x).pow(2).mean()
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
        return self.net.scale.item()


# run of_plain_class(x) | x=f32[12,1] | tol=1e-3 | weights=own
def of_plain_class(x):
    return Fit(x).train(4)


# run copied_leaf(x, y) | x=f32[8,2] | y=f32[8,1] | tol=1e-3 | weights=own
def copied_leaf(x, y):
    w = torch.zeros(2, 1, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.1)
    last = torch.zeros(2, 1)
    out = []
    for _ in range(4):
        loss = F.mse_loss(x @ w, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        now = w.detach()
        out.append((now - last).norm().item())
        last = w.detach().clone()
    return out, w.detach()


# run read_by_first_name(x) | x=f32[12,1] | tol=1e-3 | weights=own | todo
def read_by_first_name(x):
    net = fill(nn.Linear(1, 1))
    scale = nn.Parameter(torch.tensor([0.5]))
    net.register_parameter("scale", scale)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    for _ in range(4):
        loss = (net(x) * scale - x).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return net.scale.detach()


# run logged_by_first_name(x) | x=f32[12,1] | tol=1e-3 | weights=own | todo
def logged_by_first_name(x):
    net = fill(nn.Linear(1, 1))
    scale = nn.Parameter(torch.tensor([0.5]))
    net.scale = scale
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    for _ in range(4):
        loss = (net(x) * net.scale - x).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return scale.item()


# run listed_by_name(x) | x=f32[12,1] | tol=1e-3 | weights=own | todo
def listed_by_name(x):
    net = fill(nn.Linear(1, 1))
    net.nudge = nn.Parameter(torch.zeros(1))
    net.scale = nn.Parameter(torch.ones(1))
    watched = {"nudge": net.nudge, "scale": net.scale}
    optimizer = torch.optim.Adam(net.parameters(), lr=0.1)
    for _ in range(4):
        loss = (net(x) * net.scale + net.nudge - x).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return {key: value.item() for key, value in watched.items()}


# run kept_leaf(x, y) | x=f32[8,2] | y=f32[8,1] | tol=1e-3 | weights=own | todo
def kept_leaf(x, y):
    w = torch.zeros(2, 1, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.1)
    last = torch.zeros(2, 1)
    out = []
    for _ in range(4):
        loss = F.mse_loss(x @ w, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        out.append((w.detach() - last).norm().item())
        last = w.detach()
    return out


# run kept_as_numpy(x, y) | x=f32[8,2] | y=f32[8,1] | tol=1e-3 | weights=own | todo
def kept_as_numpy(x, y):
    w = torch.zeros(2, 1, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.1)
    last = np.zeros((2, 1))
    turns = 0
    while True:
        loss = F.mse_loss(x @ w, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        turns += 1
        now = w.detach().numpy()
        if np.abs(now - last).max() < 1e-3 or turns > 5:
            break
        last = now
    return turns


# run of_attribute(x) | x=f32[12,1] | tol=1e-3 | weights=own | todo
def of_attribute(x):
    return Model(x).train(4)


class Model:
    def __init__(self, x):
        self.scale = torch.tensor([0.5], requires_grad=True)
        self.scale = torch.nn.Parameter(self.scale)
        self.net = fill(nn.Linear(1, 1))
        self.net.register_parameter("scale", self.scale)
        self.optimizer = torch.optim.Adam(self.net.parameters(), lr=0.01)
        self.x = x

    def residual(self):
        scale = self.scale
        return self.net(self.x) * scale - self.x

    def train(self, count):
        self.net.train()
        for _ in range(count):
            loss = torch.mean(self.residual() ** 2)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
        return self.scale.item()
