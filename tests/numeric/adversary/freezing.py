"""Freezing parts of a `ModuleList`, which is a plain list in a port: slices, lists of a model that isn't known, and those of a mixin."""
import torch
import torch.nn as nn


def trained(m: nn.Module):
    return [n for n, p in m.named_parameters() if p.requires_grad]


def by_name(m: nn.Module):
    found = []
    for n, p in sorted(m.named_parameters(), key=lambda item: item[0]):
        if p.requires_grad:
            found.append(n)
    return found, [n for n, p in sorted(m.named_parameters()) if not p.requires_grad]


# run m = Stack(2); by_name(m) | model=m
# run m = Stack(2); trained(m) | model=m
# run m = frozen(Stack(0), 2); trained(m) | model=m
# run m = detached(Stack(0)); trained(m) | model=m
# run m = all_of(Stack(0)); trained(m) | model=m
# run m = rest(Stack(3)); trained(m) | model=m
class Stack(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.blocks = nn.ModuleList(nn.Linear(3, 3) for _ in range(3))
        self.seq = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3))
        for p in self.blocks[:n].parameters():
            p.requires_grad = False
        for p in self.seq[:1].parameters():
            p.requires_grad_(False)

    def forward(self, x):
        for b in self.blocks:
            x = b(x)
        return self.seq(x)


def frozen(model, n):
    for name, p in model.blocks[:n].named_parameters():
        p.requires_grad = False
    return model


def detached(model):
    for p in model.blocks[1:].parameters():
        p.detach_()
    return model


def all_of(model):
    for p in model.blocks.parameters():
        p.requires_grad = False
    return model


def rest(model: Stack):
    for p in model.blocks.parameters():
        p.requires_grad = False
    for p in model.blocks[1:].parameters():
        p.requires_grad = True
    return model


# run trained(Backbone(0)), trained(Backbone(1))
class Freezes:
    def freeze_stages(self, n):
        if n:
            for p in self.stages.parameters():
                p.requires_grad = False
        else:
            for p in self.stages[0].parameters():
                p.requires_grad = False
            for p in self.stem.parameters():
                p.requires_grad = False


class Backbone(Freezes, nn.Module):
    def __init__(self, n):
        super().__init__()
        self.stem = nn.Linear(3, 3)
        self.stages = nn.ModuleList([nn.Linear(3, 3), nn.Linear(3, 3)])
        self.freeze_stages(n)
