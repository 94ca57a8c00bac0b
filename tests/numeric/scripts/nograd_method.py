# script model=net | s=f32[10,6,4] | train=10
import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.online = nn.Linear(4, 4)

    @torch.no_grad()
    def target(self, x):
        return self.online(x).roll(1, 0)

    def forward(self, x):
        return self.online(x)


net = Net()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
losses = []
for i in range(10):
    pred = net(s[i])
    loss = F.mse_loss(pred, net.target(s[i]))
    opt.zero_grad()
    loss.backward()
    opt.step()
    losses.append(loss.item())
losses, net
