# script tol=1e-4 | weights=own
import copy

import torch
import torch.nn as nn
import torch.nn.functional as F

X = torch.sin(torch.arange(24.0)).view(8, 3)
Y = torch.arange(8) % 2


def net_of(out=2):
    m = nn.Linear(3, out)
    with torch.no_grad():
        for i, p in enumerate(m.parameters()):
            p.copy_(torch.linspace(-0.5, 0.6 + i, p.numel()).view_as(p))
    return m


def fit(net, opt, n, sched=None):
    out = []
    for i in range(n):
        opt.zero_grad()
        loss = F.cross_entropy(net(X), Y)
        loss.backward()
        opt.step()
        if sched is not None:
            sched.step()
        out.append(loss.item())
    return out


# The settings go with the state, which is a copy.
first, second = net_of(), net_of()
oa = torch.optim.SGD(first.parameters(), lr=0.1, momentum=0.5, weight_decay=0.3)
ob = torch.optim.SGD(second.parameters(), lr=1.0, momentum=0.9)
hist = fit(first, oa, 2)
ob.load_state_dict(oa.state_dict())
hist += fit(first, oa, 2) + fit(second, ob, 3)


# A schedule that moves the momentum goes on where it was.
def build():
    net = net_of()
    opt = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    return net, opt, torch.optim.lr_scheduler.OneCycleLR(opt, 0.5, total_steps=8)


net, opt, sched = build()
hist += fit(net, opt, 4, sched)
kept = copy.deepcopy({"net": net.state_dict(), "opt": opt.state_dict(), "sched": sched.state_dict()})
net, opt, sched = build()
net.load_state_dict(kept["net"])
opt.load_state_dict(kept["opt"])
sched.load_state_dict(kept["sched"])
hist += fit(net, opt, 3, sched)

# What the dictionary and the groups hold.
net = net_of()
opt = torch.optim.Adam(net.parameters(), lr=0.1, betas=(0.8, 0.99))
group = opt.param_groups[0]
hist += [opt.state_dict()["param_groups"][0]["lr"], opt.state_dict()["param_groups"][0]["weight_decay"]]
hist += [group["lr"], group["betas"][1], group["eps"], group["weight_decay"], group["amsgrad"]]
sgd = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
hist += [sgd.param_groups[0]["momentum"], float(sgd.param_groups[0]["weight_decay"]), sgd.param_groups[0]["nesterov"]]

hist, [p.sum().item() for m in (first, second, net) for p in m.parameters()]
