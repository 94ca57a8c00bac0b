# script model=both | x=f32[4,3] | tol=1e-4
import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(3, 4)
        self.norm = nn.BatchNorm1d(4)
        self.fc = nn.Linear(4, 2)

    def forward(self, x):
        return self.fc(self.norm(self.body(x)).tanh())


class Both(nn.Module):
    def __init__(self, *parts):
        super().__init__()
        self.parts = nn.ModuleList(parts)


net, head = Net(), nn.Linear(2, 1)
both = Both(net, head)
opt = torch.optim.SGD([
    {"params": net.fc.parameters()},
    {"params": head.parameters()},
], lr=0.1)
few = torch.optim.SGD([net.body.weight, head.bias], lr=0.05)
out = []
for i in range(3):
    feat = net(x)
    loss = (head(feat) - 1).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    out.append(loss.item())
for i in range(3):
    feat = net(x)
    loss = (head(feat) + 1).pow(2).mean()
    few.zero_grad()
    loss.backward()
    few.step()
    out.append(loss.item())
out, both
