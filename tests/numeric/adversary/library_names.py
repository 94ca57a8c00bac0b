"""Functions that have the name of one of PyTorch's: its calls are none of theirs."""
import torch
import torch.nn as nn


class Halved(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, x):
        return self.fc(x) + torch.full((4,), 0.5) + hypot(x)


# Nothing that is differentiated runs it: `torch.full` above is PyTorch's.
# run full(x, average) | x=f32[4] | average=f32[4] | todo
def full(x, average):
    with torch.no_grad():
        average.mul_(0.9).add_(x, alpha=0.1)
    return average * 2


# run halved(x) | x=f32[3,4] | grad=x
def halved(x):
    model = Halved()
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(torch.linspace(-0.5, 0.5, p.numel()).view_as(p))
    return model(x)


# `forward` calls this one by its own name, so that its gradients count.
def hypot(x):
    total = x.sum() * 1.0
    with torch.no_grad():
        total += x.max()
    return total


# run polar(x) | x=f32[3] | grad=x | todo
class Bent(nn.Module):
    def forward(self, x):
        return polar(x) * 2


def polar(x):
    h = x * 3
    with torch.no_grad():
        h.mul_(2)
    return h
