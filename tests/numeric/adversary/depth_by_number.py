"""Layers in loops that may turn never. PyTorch has no gradient for them then, and weight decay leaves them as they are."""
import torch
import torch.nn as nn

STEPS = 2


def fit(model, x):
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.05, weight_decay=0.3)
    losses = []
    for _ in range(3):
        optimizer.zero_grad()
        loss = model(x).pow(2).mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, list(model.parameters())


# run m = ByMember(0); fit(m, x) | model=m | x=f32[5,3] | tol=1e-4
# run m = ByMember(2); fit(m, x) | model=m | x=f32[5,3] | tol=1e-4
class ByMember(nn.Module):
    def __init__(self, n_extra):
        super().__init__()
        self.a, self.extra = nn.Linear(3, 3), nn.Linear(3, 3)
        self.n_extra = n_extra

    def forward(self, x):
        x = self.a(x)
        for _ in range(self.n_extra):
            x = torch.tanh(self.extra(x))
        return x


# run m = ByDefault(); fit(m, x) | model=m | x=f32[5,3] | tol=1e-4
class ByDefault(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.extra = nn.Linear(3, 3), nn.Linear(3, 3)

    def forward(self, x, n_extra=0):
        x = self.a(x)
        for _ in range(n_extra):
            x = x + self.extra(x)
        return x


class Config:
    def __init__(self, depth):
        self.depth = depth


# run m = BySettings(Config(1)); fit(m, x) | model=m | x=f32[5,3] | tol=1e-4
# run m = BySettings(Config(3)); fit(m, x) | model=m | x=f32[5,3] | tol=1e-4
class BySettings(nn.Module):
    """The first layer counts as one."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.inp = nn.Linear(3, 3)
        self.layers = nn.ModuleList([nn.Linear(3, 3) for _ in range(config.depth - 1)])
        self.scale = nn.Parameter(torch.ones(3))

    def forward(self, x):
        x = self.inp(x)
        for i in range(self.config.depth - 1):
            x = torch.tanh(self.layers[i](x)) * self.scale
        return x


# run m = ByConstant(); fit(m, x) | model=m | x=f32[5,3] | tol=1e-4
class ByConstant(nn.Module):
    def __init__(self, steps=3):
        super().__init__()
        self.a, self.cell = nn.Linear(3, 3), nn.Linear(3, 3)
        self.steps = steps

    def forward(self, x):
        h = self.a(x)
        for _ in range(self.steps):
            h = torch.tanh(self.cell(h))
        return h


# run m = ByLength(); fit(m, x) | model=m | x=f32[5,3] | tol=1e-4
class ByLength(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.Linear(4, 3)

    def forward(self, x):
        h, n = torch.zeros(x.size(0), 3), x.size(1)
        for t in range(n):
            h = torch.tanh(self.cell(torch.cat([x[:, t:t + 1], h], 1)))
        return h


# run m = ByName(STEPS); fit_by_name(m, x) | model=m | x=f32[5,3] | tol=1e-4
class ByName(ByMember):
    pass


def fit_by_name(model, x):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    # Momentum goes on only where there is a gradient.
    for n in (1, 0, 2, 0):
        model.n_extra = n
        optimizer.zero_grad()
        loss = model(x).pow(2).mean()
        loss.backward()
        optimizer.step()
    return list(model.parameters())
