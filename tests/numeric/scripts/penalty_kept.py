# script x=f32[20,4] | y=i64[20]<3 | tol=1e-4
import torch
import torch.nn as nn
import torch.nn.functional as F


class Penalised(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 3)
        self.side = nn.Linear(4, 3)
        with torch.no_grad():
            for k, p in enumerate(self.parameters()):
                p.copy_(torch.sin(torch.arange(p.numel(), dtype=torch.float32) * 0.9 + k).reshape(p.shape) * 0.3)

    def forward(self, x):
        self.penalty = self.side(x).pow(2).mean()
        return self.fc(x)

    def extra(self):
        return self.penalty


def without(x, y):
    model = Penalised()
    opt = torch.optim.Adam(model.parameters(), lr=0.05, weight_decay=0.1)
    out = []
    for _ in range(4):
        opt.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        opt.step()
        out.append(loss.item())
    return out, model


def with_penalty(x, y):
    model = Penalised()
    opt = torch.optim.Adam(model.parameters(), lr=0.05, weight_decay=0.1)
    out = []
    for _ in range(4):
        opt.zero_grad()
        loss = F.cross_entropy(model(x), y) + model.extra()
        loss.backward()
        opt.step()
        out.append(loss.item())
    return out, model


[without(x, y), with_penalty(x, y)]
