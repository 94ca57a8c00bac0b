# script tol=1e-4
# A loss that is no number is skipped: the condition around `backward` reads the loss.
import math

import torch
import torch.nn as nn
import torch.nn.functional as F


def make():
    net = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
    with torch.no_grad():
        for p in net.parameters():
            p.copy_(torch.linspace(-0.5, 0.5, p.numel()).view_as(p))
    return net


def batches():
    for i in range(5):
        x = torch.linspace(-1, 1, 12).reshape(3, 4) * (i + 1)
        if i == 2:
            x = x / 0.0
        yield x, x.sum(1, keepdim=True) * 0.1


def cleared_before():
    net = make()
    opt = torch.optim.SGD(net.parameters(), lr=0.1)
    losses = []
    for x, y in batches():
        opt.zero_grad()
        loss = F.mse_loss(net(x), y)
        if not (torch.isnan(loss) | torch.isinf(loss)):
            loss.backward()
            opt.step()
            losses.append(loss.item())
    return losses


def cleared_inside():
    net = make()
    opt = torch.optim.Adam(net.parameters(), lr=0.01)
    losses = []
    for x, y in batches():
        out = net(x)
        loss = F.mse_loss(out, y)
        if torch.isfinite(loss):
            opt.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 0.5)
            opt.step()
            losses.append(loss.item())
        else:
            losses.append(float(out.shape[0]))
    return losses


def read_before():
    net = make()
    opt = torch.optim.AdamW(net.parameters(), lr=0.01)
    losses, worst = [], 0.0
    for x, y in batches():
        loss = F.mse_loss(net(x), y)
        value = loss.item()
        if math.isfinite(value) and value > worst / 2:
            worst = max(worst, value)
            opt.zero_grad()
            loss.backward()
            opt.step()
        losses.append(worst)
    return losses


def in_turns(train):
    net = make()
    opt = torch.optim.SGD(net.parameters(), lr=0.1)
    losses = []
    for x, y in batches():
        loss = F.mse_loss(net(x.nan_to_num(0.0, 0.0, 0.0)), y.nan_to_num(0.0, 0.0, 0.0))
        if train:
            opt.zero_grad()
            loss.backward()
            opt.step()
            losses.append(loss.item())
        else:
            losses.append(-float(loss))
    return losses


[cleared_before(), cleared_inside(), read_before(), in_turns(True), in_turns(False)]
