"""Layers that a step leaves out by depth: a loop that is left with the result. PyTorch's optimizers leave them as they are."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(4, 4) for _ in range(3)])
        self.out = nn.Linear(4, 3)

    def forward(self, x, depth):
        for i, layer in enumerate(self.layers):
            x = torch.tanh(layer(x))
            if i + 1 == depth:
                return self.out(x)
        return self.out(x)


def fit(model, optimizer, x, y, depth):
    losses = []
    for _ in range(2):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x, depth), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# run m = Encoder(); grown(m, x, y) | model=m | x=f32[20,4] | y=i64[20] < 3 | tol=1e-4
def grown(m, x, y):
    optimizer = torch.optim.AdamW(m.parameters(), lr=0.05)
    losses = fit(m, optimizer, x, y, 1) + fit(m, optimizer, x, y, 2) + fit(m, optimizer, x, y, 3)
    return losses, list(m.parameters())
