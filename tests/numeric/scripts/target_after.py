# script model=net | s=f32[10,6,4] | s2=f32[10,6,4] | train=10
import torch
import torch.nn as nn
import torch.nn.functional as F

net = nn.Linear(4, 4)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
losses = []
for i in range(10):
    q = net(s[i])
    with torch.no_grad():
        target = 0.9 * net(s2[i])
    loss = F.mse_loss(q, target)
    opt.zero_grad()
    loss.backward()
    opt.step()
    losses.append(loss.item())
losses, net
