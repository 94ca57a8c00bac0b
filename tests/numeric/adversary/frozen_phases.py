# Parameters that are frozen and trained again between the calls of a function or method that steps one optimizer: their steps are counted apart.
import torch
from torch import nn, optim
from torch.nn import functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(4, 8)
        self.fc2 = nn.Linear(8, 3)
        with torch.no_grad():
            for k, p in enumerate(self.parameters()):
                p.copy_(torch.sin(torch.arange(p.numel(), dtype=torch.float32) * 0.9 + k).reshape(p.shape) * 0.3)

    def forward(self, x):
        return self.fc2(torch.tanh(self.fc1(x)))

    def freeze_body(self):
        for p in self.fc1.parameters():
            p.requires_grad = False

    def unfreeze_body(self):
        for p in self.fc1.parameters():
            p.requires_grad = True


def train(model, opt, x, y):
    history = []
    for _ in range(2):
        opt.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        opt.step()
        history.append(loss.item())
    return history


# run by_loops(x, y) | x=f32[20,4] | y=i64[20] < 3 | tol=1e-4
def by_loops(x, y):
    model = Net()
    opt = optim.Adam(model.parameters(), lr=0.05)
    a = train(model, opt, x, y)
    for p in model.fc1.parameters():
        p.requires_grad = False
    b = train(model, opt, x, y)
    for p in model.fc1.parameters():
        p.requires_grad = True
    c = train(model, opt, x, y)
    return a, b, c, model


def again(model, optimizer, x, y):
    history = []
    for _ in range(2):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        history.append(loss.item())
    return history


# run by_methods(x, y) | x=f32[20,4] | y=i64[20] < 3 | tol=1e-4
def by_methods(x, y):
    model = Net()
    opt = optim.Adam(model.parameters(), lr=0.05)
    a = again(model, opt, x, y)
    model.freeze_body()
    b = again(model, opt, x, y)
    model.unfreeze_body()
    c = again(model, opt, x, y)
    return a, b, c, model


def head_then_all(model, optimizer, x, y):
    history = []
    for _ in range(2):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        history.append(loss.item())
    return history


# run head_first(x, y) | x=f32[20,4] | y=i64[20] < 3 | tol=1e-4
def head_first(x, y):
    model = Net()
    model.fc1.requires_grad_(False)
    opt = optim.Adam(model.parameters(), lr=0.05)
    a = head_then_all(model, opt, x, y)
    model.fc1.requires_grad_(True)
    b = head_then_all(model, opt, x, y)
    return a, b, model


class Trainer:
    def __init__(self, model, opt):
        self.model, self.opt = model, opt

    def toggle(self, flag):
        self.model.fc1.requires_grad_(flag)

    def run(self, x, y):
        history = []
        for e in range(6):
            if e in (2, 4):
                self.toggle(e == 4)
            loss = F.cross_entropy(self.model(x), y)
            self.opt.zero_grad()
            loss.backward()
            self.opt.step()
            history.append(loss.item())
        return history


# run by_a_trainer(x, y) | x=f32[20,4] | y=i64[20] < 3 | tol=1e-4
def by_a_trainer(x, y):
    model = Net()
    return Trainer(model, optim.Adam(model.parameters(), lr=0.05)).run(x, y), model


def head_alone(model, optimizer, x, y):
    history = []
    for _ in range(3):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        history.append(loss.item())
    return history


# run always_frozen(x, y) | x=f32[20,4] | y=i64[20] < 3 | tol=1e-4
def always_frozen(x, y):
    model = Net()
    model.freeze_body()
    opt = optim.Adam(filter(lambda p: p.requires_grad, model.parameters()), lr=0.05)
    return head_alone(model, opt, x, y), model
