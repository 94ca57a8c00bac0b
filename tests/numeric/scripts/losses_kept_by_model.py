# script x=f32[20,4] | y=i64[20]<3 | tol=1e-4
import torch
import torch.nn as nn
import torch.nn.functional as F


class Stored(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 3)
        self.aux = nn.Linear(4, 3)
        self.loss = None
        with torch.no_grad():
            for k, p in enumerate(self.parameters()):
                p.copy_(torch.sin(torch.arange(p.numel(), dtype=torch.float32) * 0.9 + k).reshape(p.shape) * 0.3)

    def forward(self, x, y=None):
        h = self.fc(x)
        if y is not None:
            self.loss = F.cross_entropy(h, y)
            self.aux_loss = F.cross_entropy(self.aux(x), y)
        return h



def with_aux_loss(x, y):
    model = Stored()
    opt = torch.optim.AdamW(model.parameters(), lr=0.05, weight_decay=0.1)
    out = []
    for _ in range(4):
        opt.zero_grad()
        s = model(x, y)
        loss = F.cross_entropy(s, y) + 0.3 * model.aux_loss
        loss.backward()
        opt.step()
        out.append(loss.item())
    return out, model


def without_aux_loss(x, y):
    model = Stored()
    opt = torch.optim.AdamW(model.parameters(), lr=0.05, weight_decay=0.1)
    out = []
    for _ in range(4):
        opt.zero_grad()
        s = model(x, y)
        loss = F.cross_entropy(s, y)
        loss.backward()
        opt.step()
        out.append(loss.item())
    return out, model


[with_aux_loss(x, y), without_aux_loss(x, y)]
