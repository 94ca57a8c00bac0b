# script todo=T2M301,T2M104,T2M301,T2M104,T2M301,T2M104,T2M104
# Gradients that are read or changed where they are not yet the sum, or held by a name that stays as it was.
import torch
import torch.nn as nn
import torch.nn.functional as F


def divided_in_each_pass(net: nn.Module, batches, n):
    opt = torch.optim.Adam(net.parameters(), lr=1e-2)
    for i, (x, y) in enumerate(batches):
        loss = F.mse_loss(net(x), y)
        loss.backward()
        for p in net.parameters():
            p.grad.div_(n)
        if (i + 1) % n == 0:
            opt.step()
            opt.zero_grad()


def read_behind(net: nn.Module, batches, n):
    opt = torch.optim.Adam(net.parameters(), lr=1e-2)
    norms = []
    for i, (x, y) in enumerate(batches):
        loss = F.mse_loss(net(x), y)
        loss.backward()
        if (i + 1) % n == 0:
            opt.step()
            opt.zero_grad()
        norms.append([p.grad for p in net.parameters()])
    return norms


def kept_before(net: nn.Module, batches):
    opt = torch.optim.SGD(net.parameters(), lr=1e-2)
    kept = []
    for x, y in batches:
        opt.zero_grad()
        loss = F.mse_loss(net(x), y)
        loss.backward()
        for p in net.parameters():
            kept.append(p.grad)
            p.grad = p.grad / 2
        opt.step()
    return kept
