# script tol=1e-4 | weights=own
import torch
import torch.nn as nn
import torch.nn.functional as F

X = torch.sin(torch.arange(24.0)).view(8, 3)


def fill(m):
    with torch.no_grad():
        for i, p in enumerate(m.parameters()):
            p.copy_(torch.linspace(-0.5, 0.6 + i, p.numel()).view_as(p))
    return m


enc, dec = fill(nn.Linear(3, 3)), fill(nn.Linear(3, 3))
opt = torch.optim.Adam(list(enc.parameters()) + list(dec.parameters()), lr=0.1)
for i in range(3):
    opt.zero_grad()
    F.mse_loss(dec(enc(X)), X).backward()
    opt.step()
    opt.zero_grad()
    enc(X).pow(2).mean().backward()
    opt.step()


class Trainer:
    def __init__(self):
        self.enc, self.dec = fill(nn.Linear(3, 3)), fill(nn.Linear(3, 3))
        self.opt = torch.optim.AdamW([*self.enc.parameters(), *self.dec.parameters()], lr=0.1)

    def whole(self):
        self.opt.zero_grad()
        loss = F.mse_loss(self.dec(self.enc(X)), X)
        loss.backward()
        self.opt.step()

    def part(self):
        self.enc.zero_grad()
        self.dec.zero_grad()
        loss = self.enc(X).pow(2).mean()
        loss.backward()
        self.opt.step()


trainer = Trainer()
for i in range(3):
    trainer.whole()
    trainer.part()
[p.sum().item() for m in (enc, dec, trainer.enc, trainer.dec) for p in m.parameters()]
