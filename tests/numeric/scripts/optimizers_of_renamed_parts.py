# script model=net | xs=f32[5,2,3] | tol=1e-4
# A model and parts of it that other names have in the port, with an optimizer each.
import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(3, 3)
        self._head = nn.Linear(3, 1)
        self.keys = nn.Linear(3, 3)

    def forward(self, x):
        return self._head(self.keys(self.body(x)))


net = Net()
whole = torch.optim.SGD(net.parameters(), lr=0.1)
head = torch.optim.Adam(net._head.parameters(), lr=0.1)
keys = torch.optim.Adam(net.keys.parameters(), lr=0.1)
losses = []
for x in xs:
    for o in (whole, head, keys):
        o.zero_grad()
    loss = net(x).pow(2).mean()
    loss.backward()
    whole.step()
    head.step()
    keys.step()
    losses.append(loss.item())
for x in xs:
    head.zero_grad()
    loss = net(x).mean()
    loss.backward()
    head.step()
    losses.append(loss.item())
losses, net
