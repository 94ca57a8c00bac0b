# Steps under a condition that may leave gradients for a later one, which is no step of one pass.
import math

import torch
import torch.nn as nn
import torch.nn.functional as F


# run f1(x) | x=f32[3,4] | todo
def f1(x):
    net = nn.Linear(4, 1)
    opt = torch.optim.SGD(net.parameters(), lr=0.1)
    for i in range(3):
        loss = F.mse_loss(net(x), x.sum(1, keepdim=True))
        loss.backward()
        norm = nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        if torch.isfinite(norm):
            opt.step()
            opt.zero_grad()
    return net.weight


# run f2(x) | x=f32[3,4] | todo
def f2(x):
    net = nn.Linear(4, 1)
    opt = torch.optim.SGD(net.parameters(), lr=0.1)
    for i in range(3):
        loss = F.mse_loss(net(x), x.sum(1, keepdim=True))
        loss.backward()
        norm = nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        if math.isnan(norm):
            continue
        else:
            opt.step()
        opt.zero_grad()
    return net.weight


# run f3(x) | x=f32[3,4] | todo
def f3(x):
    net = nn.Linear(4, 1)
    slow, fast = torch.optim.SGD(net.parameters(), lr=0.01), torch.optim.SGD(net.parameters(), lr=0.1)
    for i in range(3):
        slow.zero_grad()
        loss = F.mse_loss(net(x), x.sum(1, keepdim=True))
        loss.backward()
        if i < 1:
            slow.step()
        else:
            fast.step()
    return net.weight


# run f4(x) | x=f32[3,4] | todo
def f4(x):
    net = nn.Linear(4, 1)
    opt = torch.optim.SGD(net.parameters(), lr=0.1)
    for i in range(3):
        opt.zero_grad()
        loss = F.mse_loss(net(x), x.sum(1, keepdim=True))
        loss.backward()
        if all(torch.isfinite(p.grad).all() for p in net.parameters()):
            opt.step()
    return net.weight


# What the condition leaves out is cleared before the next pass.
# run f5(x) | x=f32[3,4] | tol=1e-4
def f5(x):
    net = nn.Linear(4, 1)
    with torch.no_grad():
        net.weight.fill_(0.2)
        net.bias.zero_()
    opt = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    losses = []
    for i in range(4):
        opt.zero_grad()
        loss = F.mse_loss(net(x), x.sum(1, keepdim=True))
        loss.backward()
        norm = nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        if i == 1 or not torch.isfinite(norm):
            opt.zero_grad()
        else:
            opt.step()
        losses.append(loss.item())
    return losses
