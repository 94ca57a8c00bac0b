"""Weights that are kept without a copy by a name, in a list or on another device: PyTorch's follow the training."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 3)
        with torch.no_grad():
            for k, p in enumerate(self.parameters()):
                p.copy_(torch.sin(torch.arange(p.numel(), dtype=torch.float32) * 0.9 + k).reshape(p.shape) * 0.4)

    def forward(self, x):
        return self.fc(x)


# run best_on_cpu(x, y) | x=f32[20,4] | y=i64[20] < 3 | weights=own | todo
def best_on_cpu(x, y):
    model = Net()
    opt = torch.optim.SGD(model.parameters(), lr=0.5)
    best, best_w = 1e9, None
    for i in range(3):
        loss = F.cross_entropy(model(x), y)
        if loss.item() < best:
            best = loss.item()
            best_w = {k: v.cpu() for k, v in model.state_dict().items()}
        opt.zero_grad()
        loss.backward()
        opt.step()
    return best_w


# run by_name(x, y) | x=f32[20,4] | y=i64[20] < 3 | weights=own | todo
def by_name(x, y):
    model = Net()
    opt = torch.optim.SGD(model.parameters(), lr=0.5)
    hist = []
    for i in range(3):
        loss = F.cross_entropy(model(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
        w = model.fc.weight.detach()
        hist.append(w)
    return hist


# run by_key(x, y) | x=f32[20,4] | y=i64[20] < 3 | weights=own | todo
def by_key(x, y):
    model = Net()
    opt = torch.optim.SGD(model.parameters(), lr=0.5)
    hist = []
    for i in range(3):
        loss = F.cross_entropy(model(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
        hist.append(model.state_dict()["fc.weight"])
    return hist


# run copies(x, y) | x=f32[20,4] | y=i64[20] < 3 | weights=own
def copies(x, y):
    model = Net()
    opt = torch.optim.SGD(model.parameters(), lr=0.5)
    best_w, hist = None, []
    for i in range(3):
        loss = F.cross_entropy(model(x), y)
        best_w = {k: v.cpu().clone() for k, v in model.state_dict().items()}
        opt.zero_grad()
        loss.backward()
        opt.step()
        w = model.fc.weight.detach().clone()
        hist.append(w)
        hist.append(model.state_dict()["fc.weight"].clone())
        n = model.fc.weight.abs().sum()
        hist.append(n.detach())
    return best_w, hist


# run read_at_once(x, y) | x=f32[20,4] | y=i64[20] < 3 | weights=own
def read_at_once(x, y):
    model = Net()
    opt = torch.optim.SGD(model.parameters(), lr=0.5)
    norms = []
    for i in range(3):
        loss = F.cross_entropy(model(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
        w = model.fc.weight.detach()
        norms.append(w.norm().item())
    state = {k: v.cpu() for k, v in model.state_dict().items()}
    return norms, state


def state_of(model):
    return model.state_dict()


def copied_state_of(model):
    return {k: v.clone() for k, v in model.state_dict().items()}


def fit(model, x, y, turns=3):
    opt = torch.optim.SGD(model.parameters(), lr=0.5)
    for _ in range(turns):
        opt.zero_grad()
        F.cross_entropy(model(x), y).backward()
        opt.step()


# run state_by_function(x, y) | x=f32[20,4] | y=i64[20] < 3 | weights=own | todo
def state_by_function(x, y):
    model = Net()
    best = state_of(model)
    fit(model, x, y)
    model.load_state_dict(best)
    return model(x)


# run copy_by_function(x, y) | x=f32[20,4] | y=i64[20] < 3 | weights=own
def copy_by_function(x, y):
    model = Net()
    best = copied_state_of(model)
    fit(model, x, y)
    model.load_state_dict(best)
    return model(x)


# run state_afterwards(x, y) | x=f32[20,4] | y=i64[20] < 3 | weights=own
def state_afterwards(x, y):
    model = Net()
    fit(model, x, y)
    last = state_of(model)
    other = Net()
    other.load_state_dict(last)
    return other(x)
