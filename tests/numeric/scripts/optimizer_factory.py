# script tol=1e-4 | weights=own
import torch
import torch.nn as nn
import torch.nn.functional as F

X = torch.sin(torch.arange(24.0)).view(8, 3)


def fill(m):
    with torch.no_grad():
        for i, p in enumerate(m.parameters()):
            p.copy_(torch.linspace(-0.5, 0.6 + i, p.numel()).view_as(p))
    return m


def get_optimizer(name, params, lr):
    if name == "sgd":
        return torch.optim.SGD(params, lr=lr, momentum=0.9)
    return torch.optim.Adam(params, lr=lr)


def fit(net, opt):
    for i in range(3):
        opt.zero_grad()
        loss = F.mse_loss(net(X), X)
        loss.backward()
        opt.step()
    return [p.sum().item() for p in net.parameters()]


net = fill(nn.Linear(3, 3))
opt = get_optimizer("sgd", net.parameters(), 0.05)
hist = fit(net, opt)
other = fill(nn.Linear(3, 3))
hist += fit(other, get_optimizer("adam", params=other.parameters(), lr=0.05))
hist
