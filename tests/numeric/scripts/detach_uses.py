# script model=net | s=f32[10,6,4] | train=10
import torch
import torch.nn as nn

net = nn.Linear(4, 4)
opt = torch.optim.SGD(net.parameters(), lr=0.05)
losses, baseline = [], torch.zeros(())
for i in range(10):
    out = net(s[i])
    weight = torch.softmax(out.detach(), dim=-1)
    loss = ((out - 1) ** 2 * weight).sum(-1).mean()
    baseline = 0.9 * baseline + 0.1 * loss.detach()
    advantage = (loss - baseline).item()
    opt.zero_grad()
    loss.backward()
    opt.step()
    losses.append(advantage)
losses, net
