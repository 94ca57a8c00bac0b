# script model=net | s=f32[10,6,4] | train=10
import torch
import torch.nn as nn
import torch.nn.functional as F

net = nn.Linear(4, 4)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
losses = []


@torch.no_grad()
def make_target(model, x):
    return model(x).roll(1, 0)


for i in range(10):
    pred = net(s[i])
    loss = F.mse_loss(pred, make_target(net, s[i]))
    opt.zero_grad()
    loss.backward()
    opt.step()
    losses.append(loss.item())
losses, net
