# script model=net | xs=f32[4,2,3] | tol=1e-4
# Gradients that get another array, of a parameter without axes too.
import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(2.0))
        self.fc = nn.Linear(3, 3)

    def forward(self, x):
        return self.fc(x) * self.scale


net = Net()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for x in xs:
    opt.zero_grad()
    loss = net(x).sum()
    loss.backward()
    for p in net.parameters():
        p.grad = p.grad / 2
    opt.step()
loss, net
