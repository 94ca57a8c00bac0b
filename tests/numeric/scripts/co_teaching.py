# script model=m1 | xs=f32[4,12,4] | ys=i64[4,12]<3 | tol=1e-4
"""Two models, each trained on what the other one finds easy; both run in one statement."""
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

m1 = nn.Linear(4, 3)
m2 = nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 3))
for i, p in enumerate(m2.parameters()):
    nn.init.constant_(p, 0.1)
with torch.no_grad():
    m2[0].weight.copy_(torch.linspace(-0.5, 0.7, 20).view(5, 4))
    m2[2].weight.copy_(torch.linspace(0.6, -0.4, 15).view(3, 5))
o1 = torch.optim.Adam(m1.parameters(), lr=0.05)
o2 = torch.optim.Adam(m2.parameters(), lr=0.05)
log = []
for rate, x, y in zip((0.0, 0.2, 0.4, 0.4), xs, ys):
    out1, out2 = m1(x), m2(x)
    loss_1 = F.cross_entropy(out1, y, reduction='none')
    ind_1 = np.argsort(loss_1.detach().numpy())
    loss_2 = F.cross_entropy(out2, y, reduction='none')
    ind_2 = np.argsort(loss_2.detach().numpy())
    keep = int((1 - rate) * len(y))
    first = F.cross_entropy(out1[ind_2[:keep]], y[ind_2[:keep]])
    second = F.cross_entropy(out2[ind_1[:keep]], y[ind_1[:keep]])
    o1.zero_grad()
    first.backward()
    o1.step()
    o2.zero_grad()
    second.backward()
    o2.step()
    log.append((first.item(), second.item()))
log, [p for p in m2.parameters()], m1
