# script tol=1e-4
# Groups that a helper makes of a model, handed to optimizers of a factory with options: the model is known by what the helper asks of it.
import torch
from torch import nn


def param_groups(model, decay, skip=()):
    plain, decayed = [], []
    for name, p in model.named_parameters():
        if not p.requires_grad:
            continue
        (plain if p.ndim <= 1 or name in skip else decayed).append(p)
    return [{"params": plain, "weight_decay": 0.0}, {"params": decayed, "weight_decay": decay}]


def build_optimizer(model, name="sgd", lr=0.1, decay=0.1, **options):
    groups = param_groups(model, decay)
    if name == "sgd":
        return torch.optim.SGD(groups, lr=lr, **options)
    if name == "adam":
        return torch.optim.AdamW(param_groups(model=model, decay=decay, skip=("0.weight",)), lr=lr)
    raise ValueError(name)


def train(name, **options):
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    optimizer = build_optimizer(model, name, **options)
    losses = []
    for step in range(4):
        x = torch.cos(torch.arange(6.0).reshape(2, 3) + step)
        loss = model(x).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, [p.sum().item() for p in model.parameters()], [g["weight_decay"] for g in optimizer.param_groups]


train("sgd", momentum=0.9), train("sgd", lr=0.05), train("adam")
