"""Values at the edge of a steep function, by modules, names, lists and arithmetic."""

import torch
import torch.nn as nn
import torch.nn.functional as F


# run by_module(x) | x=f32[3,4] | grad=x
def by_module(x):
    return nn.ReLU()(x).sqrt() + nn.ReLU6()(x).pow(0.5)


# run weighed(x) | x=f32[3,4] | grad=x
def weighed(x):
    weights = torch.tensor([0.3, 0.5, 0.2, 0.1])
    return torch.relu(x) ** weights, F.relu(x).pow(weights[0])


# run levels(x) | x=f32[3,4] | grad=x
def levels(x):
    weights = x.new_tensor([0.05, 0.3, 0.6])
    parts = torch.stack([torch.relu(x[0]), torch.relu(x[1]), torch.relu(x[2])], dim=0)
    return torch.prod(parts ** weights.view(-1, 1), dim=0)


# run gathered_levels(x) | x=f32[4,5] | grad=x
def gathered_levels(x):
    weights = x.new_tensor([0.05, 0.3, 0.6, 0.2])
    parts = []
    for i in range(4):
        part = x[i] * (i + 1)
        if i < 3:
            parts.append(torch.relu(part))
    last = torch.relu(part)
    both = torch.stack(parts + [last], dim=0)
    return torch.prod(both ** weights.view(-1, 1), dim=0)


# run affinity(x, y) | x=f32[3,4] | y=f32[3,4] | grad=x
def affinity(x, y):
    p, q = x.softmax(-1) - 0.25, y.softmax(-1)
    return torch.sqrt(torch.clamp(p, min=0) * q).sum(-1)


# run beside_one(x) | x=f32[3,4] | grad=x
def beside_one(x):
    r = torch.clamp(x.abs() * 2, max=1.0)
    return (1 - r**2).sqrt(), torch.sqrt(1.0 - torch.clamp(x * x * 4, max=1.0))


# run arcs(x) | x=f32[3,4] | grad=x
def arcs(x):
    return torch.asin(F.hardtanh(x * 2)), torch.acos(F.hardtanh(x * 3))


# run thresholds(x) | x=f32[3,4] | grad=x
def thresholds(x):
    return torch.sqrt(F.relu6(x)) + F.threshold(x, 0.0, 0.0).sqrt()


# run maxima(x) | x=f32[3,4] | grad=x
def maxima(x):
    return torch.max(x, torch.zeros_like(x)).sqrt(), torch.maximum(x, torch.tensor(0.0)).pow(0.5)


# run inverse(x) | x=f32[3,4] | grad=x
def inverse(x):
    y = torch.clamp(x, min=0)
    return torch.where(y > 0, 1 / y, torch.zeros_like(y)).sum() + torch.exp(-y).sum()


class Rooted(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 4)
        self.act = nn.ReLU(inplace=True)
        with torch.no_grad():
            self.fc.weight.copy_(torch.arange(12).float().reshape(4, 3) / 10 - 0.6)
            self.fc.bias.fill_(0.1)

    def forward(self, x):
        h = self.act(self.fc(x))
        return torch.sqrt(h)


# run trained_root(x) | x=f32[5,3]
def trained_root(x):
    model = Rooted()
    opt = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(3):
        loss = model(x).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
    return model(x), loss.item()


# What stays: names that are bound to something else meanwhile, whole powers, and divisions by sums.
# run others(x) | x=f32[3,4] | grad=x
def others(x):
    h = F.relu(x)
    g = h**2 + h**3
    h = torch.exp(h)
    scores = F.relu(x)
    share = scores / (scores.sum(-1, keepdim=True) + 1e-3)
    return torch.sqrt(h), g, share, torch.max(x, torch.zeros_like(x)).exp(), nn.ReLU()(x) * 2


# run open_exponent(x) | x=f32[3,4] | grad=x
def open_exponent(x):
    def root(value, p):
        return F.relu(value) ** p

    return root(x, 0.5), root(x, 2), root(x, 1.5)
