# script todo=T2M301,T2M301
# A model and a part of it by another name, a property or a variable, have no place of that name in the tree of gradients.
import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(3, 3)

    @property
    def tail(self):
        return self.body

    def forward(self, x):
        return self.body(x)


def by_property(batches):
    net = Net()
    o1 = torch.optim.SGD(net.parameters(), lr=0.1)
    o2 = torch.optim.Adam(net.tail.parameters(), lr=0.1)
    for x in batches:
        o1.zero_grad()
        o2.zero_grad()
        net(x).mean().backward()
        o1.step()
        o2.step()


def by_variable(batches):
    net = Net()
    body = net.body
    o1 = torch.optim.SGD(net.parameters(), lr=0.1)
    o2 = torch.optim.Adam(body.parameters(), lr=0.1)
    for x in batches:
        o1.zero_grad()
        o2.zero_grad()
        net(x).mean().backward()
        o1.step()
        o2.step()
