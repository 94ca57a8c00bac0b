# script model=D | zs=f32[8,6,3] | xs=f32[8,6,2] | tol=1e-4
"""Passes that stand side by side: of one critic twice, and of two models with an optimizer each."""
import torch
import torch.nn as nn

G = nn.Linear(3, 2)
D = nn.Sequential(nn.Linear(2, 5), nn.Tanh(), nn.Linear(5, 1))
for p in G.parameters():
    nn.init.constant_(p, 0.2)
opt_d = torch.optim.Adam(D.parameters(), lr=0.02)
opt_g = torch.optim.SGD(G.parameters(), lr=0.1, momentum=0.9)
bce = nn.BCEWithLogitsLoss()
seen = []
for z, x in zip(zs, xs):
    fake = G(z)
    opt_d.zero_grad()
    err_real = bce(D(x), torch.ones(6, 1))
    err_fake = bce(D(fake.detach()), torch.zeros(6, 1))
    err_real.backward()
    err_fake.backward()
    torch.nn.utils.clip_grad_norm_(D.parameters(), 0.5)
    opt_d.step()
    seen.append((err_real.item(), err_fake.item(), (err_real + err_fake).item()))

for z, x in zip(zs, xs):
    opt_d.zero_grad()
    opt_g.zero_grad()
    made = G(z)
    near = (made - x).pow(2).mean()
    cheat = -D(made).mean()
    total = D(x).pow(2).mean() * 0.1
    near.backward(retain_graph=True)
    cheat.backward()
    total.backward()
    opt_g.step()
    opt_d.step()
    seen.append((near.item(), cheat.item()))
seen, [p for p in G.parameters()], D
