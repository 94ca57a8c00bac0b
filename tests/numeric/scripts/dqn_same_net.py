# script model=net | s=f32[10,6,4] | s2=f32[10,6,4] | r=f32[10,6] | a=i64[10,6]<2 | train=10
import torch
import torch.nn as nn
import torch.nn.functional as F

net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
losses = []
for i in range(10):
    with torch.no_grad():
        target = r[i] + 0.9 * net(s2[i]).max(dim=1)[0]
    q = net(s[i]).gather(1, a[i].view(-1, 1)).squeeze(1)
    loss = F.mse_loss(q, target)
    opt.zero_grad()
    loss.backward()
    opt.step()
    losses.append(loss.item())
losses, net
