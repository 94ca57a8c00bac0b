"""Gradients with respect to arrays that each turn has anew: attacks on the batches of a loader, sampling along an energy."""
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset


def filled(module):
    with torch.no_grad():
        for k, p in enumerate(module.parameters()):
            p.copy_(torch.sin(torch.arange(p.numel(), dtype=torch.float32) * 0.7 + k).reshape(p.shape) * 0.3)
    return module


# run attacked(x, y) | x=f32[4,3] | y=i64[4] < 2
def attacked(x, y):
    model = filled(nn.Linear(3, 2))
    loader = DataLoader(TensorDataset(x, y), batch_size=2)
    out = []
    for _ in range(2):
        for data, target in loader:
            data.requires_grad = True
            loss = F.cross_entropy(model(data), target)
            model.zero_grad()
            loss.backward()
            out.append(data + 0.1 * data.grad.data.sign() + data.grad.data)
    return out


# run attacked_and_counted(x, y) | x=f32[4,3] | y=i64[4] < 2
def attacked_and_counted(x, y):
    model = filled(nn.Linear(3, 2))
    loader = DataLoader(TensorDataset(x, y), batch_size=2)
    out = []
    for i, (data, target) in enumerate(loader):
        data.requires_grad = True
        loss = F.cross_entropy(model(data), target)
        model.zero_grad()
        loss.backward()
        out.append(i + data.grad.data)
    return out


# run attacked_displayed()
def attacked_displayed():
    model = filled(nn.Linear(2, 2))
    out = []
    for data, target in [(torch.tensor([[1., 2.]]), torch.tensor([0])), (torch.tensor([[3., 1.]]), torch.tensor([1]))]:
        data.requires_grad = True
        loss = F.cross_entropy(model(data), target)
        model.zero_grad()
        loss.backward()
        out.append(data.grad.data)
    return out


# run attacked_again(x, y) | x=f32[4,3] | y=i64[4] < 2 | todo
def attacked_again(x, y):
    """The same tensors come again, and their gradients add up."""
    model = filled(nn.Linear(3, 2))
    batches = [(x[:2].clone(), y[:2]), (x[2:].clone(), y[2:])]
    out = []
    for _ in range(2):
        for data, target in batches:
            data.requires_grad = True
            loss = F.cross_entropy(model(data), target)
            model.zero_grad()
            loss.backward()
            out.append(data.grad.data.clone())
    return out


# run attacked_twins(x, y) | x=f32[2,3] | y=i64[2] < 2 | todo
def attacked_twins(x, y):
    model = filled(nn.Linear(3, 2))
    x = x.clone()
    out = []
    for data, target in [(x, y), (x, y)]:
        data.requires_grad = True
        loss = F.cross_entropy(model(data), target)
        model.zero_grad()
        loss.backward()
        out.append(data.grad.data.clone())
    return out


def sampled(model, x, steps=3):
    x = x.clone().detach()
    x.requires_grad = True
    for k in range(steps):
        energy = model(x).sum()
        energy.backward()
        x.data.add_(-0.1 * x.grad.data)
        x.grad.zero_()
    return x.detach()


# run langevin(x) | x=f32[3,2]
def langevin(x):
    m = filled(nn.Linear(2, 1))
    return sampled(lambda v: m(v) ** 2, x), x


# run langevin_kept(x) | x=f32[3,2] | todo
def langevin_kept(x):
    """Nothing clears the gradients."""
    m = filled(nn.Linear(2, 1))
    y = x.clone().detach()
    y.requires_grad = True
    for k in range(3):
        energy = (m(y) ** 2).sum()
        energy.backward()
        y.data.add_(-0.1 * y.grad.data)
    return y.detach()
