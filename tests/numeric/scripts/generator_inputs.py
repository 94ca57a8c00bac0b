# script model=model | xs=f32[10,2,4] | train=10
import torch
import torch.nn as nn


def train(model, xs):
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2, eps=1e-6)
    losses = []
    it = iter(xs)
    for step in range(10):
        optimizer.zero_grad()
        x = next(it)
        noise = torch.full_like(x, 0.1)
        out = model(x + noise)
        losses.append((out - x).pow(2).mean())
        losses[-1].backward()
        optimizer.step()
    return [l.item() for l in losses]


model = nn.Linear(4, 4)

train(model, xs), model
