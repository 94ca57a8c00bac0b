# script model=both | x=f32[4,3] | tol=1e-4
import torch
import torch.nn as nn


class Tasks(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Linear(3, 4)
        self.first = nn.Linear(4, 1)
        self.second = nn.Linear(4, 1)

    def forward(self, x):
        h = self.encoder(x).tanh()
        return self.first(h), self.second(h)


class Weighting(nn.Module):
    def __init__(self):
        super().__init__()
        self.log_vars = nn.Parameter(torch.zeros(2))

    def forward(self, losses):
        return sum(torch.exp(-v) * loss + v for v, loss in zip(self.log_vars, losses))


class Both(nn.Module):
    def __init__(self, *parts):
        super().__init__()
        self.parts = nn.ModuleList(parts)


net, weighting = Tasks(), Weighting()
both = Both(net, weighting)
opt = torch.optim.Adam([
    {"params": net.encoder.parameters(), "lr": 0.01},
    {"params": net.first.parameters()},
    {"params": net.second.parameters()},
    {"params": weighting.parameters(), "lr": 0.1},
], lr=0.05)
out = []
for i in range(4):
    first, second = net(x)
    loss = weighting([(first - 1).pow(2).mean(), (second + 1).abs().mean()])
    opt.zero_grad()
    loss.backward()
    opt.step()
    out.append(loss.item())
out, both
