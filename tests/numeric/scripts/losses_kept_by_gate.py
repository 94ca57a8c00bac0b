# script x=f32[20,4] | y=i64[20]<3 | tol=1e-4
import torch
import torch.nn as nn
import torch.nn.functional as F


class Gate(nn.Module):
    def __init__(self):
        super().__init__()
        self.gate = nn.Linear(4, 2)
        self.stat = nn.Linear(4, 1)
        self.aux_loss = None

    def forward(self, x):
        p = self.gate(x).softmax(-1)
        self.aux_loss = (p.mean(0) ** 2).sum()
        self.z_loss = self.stat(x).pow(2).mean()
        return p


class Moe(nn.Module):
    def __init__(self):
        super().__init__()
        self.gate = Gate()
        self.a = nn.Linear(4, 3)
        self.b = nn.Linear(4, 3)
        with torch.no_grad():
            for k, p in enumerate(self.parameters()):
                p.copy_(torch.sin(torch.arange(p.numel(), dtype=torch.float32) * 0.9 + k).reshape(p.shape) * 0.3)

    def forward(self, x):
        g = self.gate(x)
        return g[:, :1] * self.a(x) + g[:, 1:] * self.b(x)


def of_the_gate(x, y):
    model = Moe()
    opt = torch.optim.AdamW(model.parameters(), lr=0.05, weight_decay=0.1)
    out = []
    for _ in range(4):
        opt.zero_grad()
        loss = F.cross_entropy(model(x), y) + 0.1 * model.gate.aux_loss
        loss.backward()
        opt.step()
        out.append(loss.item())
    return out, model


def of_all_gates(x, y):
    model = Moe()
    opt = torch.optim.AdamW(model.parameters(), lr=0.05, weight_decay=0.1)
    out = []
    for _ in range(4):
        opt.zero_grad()
        loss = F.cross_entropy(model(x), y)
        for m in model.modules():
            if isinstance(m, Gate):
                loss = loss + 0.1 * m.aux_loss + 0.2 * m.z_loss
        loss.backward()
        opt.step()
        out.append(loss.item())
    return out, model


[of_the_gate(x, y), of_all_gates(x, y)]
