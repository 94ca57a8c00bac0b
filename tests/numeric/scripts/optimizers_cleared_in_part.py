# script todo=T2M301,T2M301
# Two optimizers of one model, of which only one is cleared, or which step at different times.
import torch
import torch.nn as nn


def one_is_cleared(net: nn.Sequential, batches):
    net = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 1))
    a, b = torch.optim.SGD(net[0].parameters(), lr=1e-2), torch.optim.Adam(net[1].parameters(), lr=1e-3)
    for x, y in batches:
        a.zero_grad()
        loss = (net(x) - y).pow(2).mean()
        loss.backward()
        a.step()
        b.step()


def first_alone(batches):
    net = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 1))
    a, b = torch.optim.SGD(net.parameters(), lr=1e-2), torch.optim.Adam(net.parameters(), lr=1e-3)
    opts = [a, b]
    for i, (x, y) in enumerate(batches):
        [o.zero_grad() for o in opts if i > 2]
        loss = (net(x) - y).pow(2).mean()
        loss.backward()
        for opt in opts:
            opt.step()
