# script model=G | zs=f32[10,6,4] | xs=f32[10,6,2] | tol=1e-4 | todo=T2M301
import torch
import torch.nn as nn

G = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 2))
D = nn.Linear(2, 1)
nn.init.constant_(D.weight, 0.1)
nn.init.constant_(D.bias, 0.0)
optG = torch.optim.Adam(G.parameters(), lr=0.01)
optD = torch.optim.Adam(D.parameters(), lr=0.01)
bce = nn.BCEWithLogitsLoss()
out = []
for z, real in zip(zs, xs):
    # train D
    fake = G(z)
    optD.zero_grad()
    lossD = bce(D(real), torch.ones(6, 1)) + bce(D(fake.detach()), torch.zeros(6, 1))
    lossD.backward()
    optD.step()
    # train G
    optG.zero_grad()
    lossG = bce(D(fake), torch.ones(6, 1))
    lossG.backward()
    optG.step()
    out.append((lossD.item(), lossG.item()))
out, G
