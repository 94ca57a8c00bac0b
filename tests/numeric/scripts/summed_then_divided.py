# script tol=1e-4
# The gradients of several passes are divided, clipped or mixed with noise before the one step, as people write it by hand.
import torch
import torch.nn as nn
import torch.nn.functional as F


def make():
    net = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 1))
    with torch.no_grad():
        for p in net.parameters():
            p.copy_(torch.linspace(-0.5, 0.5, p.numel()).view_as(p))
    return net


def batches(n=6):
    return [(torch.linspace(-1, 1, 12).reshape(3, 4) * (i + 1), torch.full((3, 1), 0.1 * i)) for i in range(n)]


def every_n(n):
    net = make()
    opt = torch.optim.Adam(net.parameters(), lr=1e-2)
    for i, (x, y) in enumerate(batches()):
        loss = F.mse_loss(net(x), y)
        loss.backward()
        if (i + 1) % n == 0:
            for p in net.parameters():
                if p.grad is not None:
                    p.grad.div_(n)
            opt.step()
            opt.zero_grad()
    return net


def whole_epoch(epochs):
    net = make()
    opt = torch.optim.SGD(net.parameters(), lr=1e-2, momentum=0.9)
    for _ in range(epochs):
        opt.zero_grad()
        seen = 0
        for x, y in batches():
            loss = F.mse_loss(net(x), y, reduction="sum")
            loss.backward()
            seen += len(x)
        for p in net.parameters():
            if p.grad is not None:
                p.grad /= seen
        opt.step()
    return net


def scaled_then_clamped(epochs):
    net = make()
    opt = torch.optim.SGD(net.parameters(), lr=1e-2)
    for _ in range(epochs):
        opt.zero_grad()
        for x, y in batches():
            F.mse_loss(net(x), y, reduction="sum").backward()
        for p in net.parameters():
            p.grad.mul_(1.0 / 6)
        for p in net.parameters():
            p.grad.data.clamp_(-0.2, 0.2)
        opt.step()
    return net


def total_norm(n):
    net = make()
    opt = torch.optim.SGD(net.parameters(), lr=1e-2)
    norms = []
    for i, (x, y) in enumerate(batches()):
        (F.mse_loss(net(x), y) / n).backward()
        if (i + 1) % n == 0:
            norms.append((sum(p.grad.norm() ** 2 for p in net.parameters() if p.grad is not None) ** 0.5).item())
            for p in net.parameters():
                p.grad = 0.5 * p.grad
            opt.step()
            opt.zero_grad()
    return norms, net


def plain_arithmetic():
    net = make()
    opt = torch.optim.SGD(net.parameters(), lr=1e-2)
    for x, y in batches():
        opt.zero_grad()
        F.mse_loss(net(x), y).backward()
        for name, p in net.named_parameters():
            p.grad += 0.01 * torch.ones_like(p.grad)
            p.grad.data *= 0.5
            if "bias" in name:
                p.grad = p.grad / 2 - 0.1 * p.detach()
        opt.step()
    return net


# What is left of a gradient when the next pass adds to it is what was made of it.
def cleared_now_and_then(n):
    net = make()
    opt = torch.optim.SGD(net.parameters(), lr=1e-2)
    for i, (x, y) in enumerate(batches()):
        if i % n == 0:
            opt.zero_grad()
        F.mse_loss(net(x), y).backward()
        for p in net.parameters():
            p.grad.mul_(0.5)
        opt.step()
    return net


def without_nan(rounds):
    net = make()
    opt = torch.optim.SGD(net.parameters(), lr=1e-2)
    for x, y in batches():
        opt.zero_grad(set_to_none=True)
        for _ in range(rounds):
            loss = (net(x) - y).square()
            loss.sum().mul(1 / rounds).backward()
        for g in opt.param_groups:
            g["lr"] = 1e-2 * 0.5
        for param in net.parameters():
            if param.grad is not None:
                torch.nan_to_num(param.grad, nan=0, posinf=1e5, neginf=-1e5, out=param.grad)
        opt.step()
    return net


# The order in which the gradients are listed is that of the parameters.
class Own(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(4, 2)
        self.scale = nn.Parameter(torch.full((2,), 0.7))

    def forward(self, x):
        return self.body(x) * self.scale


def listed(n):
    net, norms = Own(), []
    opt = torch.optim.SGD(net.parameters(), lr=1e-2)
    for i, (x, y) in enumerate(batches()):
        F.mse_loss(net(x), y.expand(-1, 2)).backward()
        if (i + 1) % n == 0:
            for name, p in net.named_parameters():
                p.grad /= n
                norms.append((name, p.grad.norm().item()))
            opt.step()
            opt.zero_grad()
    return norms, net


every_n(2), listed(2), whole_epoch(3), scaled_then_clamped(3), total_norm(3), plain_arithmetic(), cleared_now_and_then(2), without_nan(2)
