"""States of a model that are kept while another one is trained, by an optimizer of the same name."""
import torch
import torch.nn as nn


def filled(module):
    for k, p in enumerate(module.parameters()):
        nn.init.constant_(p, 0.3 + k)
    return module


# run kept_while_another_trains(x) | x=f32[3,2]
def kept_while_another_trains(x):
    """The name of the optimizer is bound anew, for another model."""
    kept = {}
    a = nn.Linear(2, 1)
    filled(a)
    opt = torch.optim.SGD(a.parameters(), lr=0.1)
    for _ in range(2):
        loss = a(x).pow(2).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
    kept["a"] = a.state_dict()
    b = nn.Linear(2, 1)
    filled(b)
    opt = torch.optim.SGD(filter(lambda p: p.requires_grad, b.parameters()), lr=0.1)
    for _ in range(2):
        loss = b(x).pow(2).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
    kept["b"] = b.state_dict()
    return kept


# run kept_of_shared(x) | x=f32[3,2] | todo
def kept_of_shared(x):
    """Both models have the same layer."""
    kept = {}
    first = filled(nn.Linear(2, 2))
    a = nn.Sequential(first, nn.Linear(2, 1))
    opt = torch.optim.SGD(a.parameters(), lr=0.1)
    loss = a(x).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    kept["a"] = a.state_dict()
    b = nn.Sequential(first, nn.ReLU())
    opt = torch.optim.SGD(b.parameters(), lr=0.1)
    for _ in range(2):
        loss = b(x).pow(2).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
    return kept["a"]["0.weight"]


# run kept_of_both(x) | x=f32[3,2] | todo
def kept_of_both(x):
    """The second optimizer has both models."""
    kept = {}
    a, b = filled(nn.Linear(2, 2)), filled(nn.Linear(2, 1))
    opt = torch.optim.SGD(a.parameters(), lr=0.1)
    loss = a(x).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    kept["a"] = a.state_dict()
    opt = torch.optim.SGD(list(a.parameters()) + list(b.parameters()), lr=0.1)
    for _ in range(2):
        loss = b(a(x)).pow(2).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
    return kept
