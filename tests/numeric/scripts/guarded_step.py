# script tol=1e-4
# A step is left out where the norm of its gradients is no number. All gradients are cleared in every turn, so what it leaves is forgotten.
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
        yield x, x.nan_to_num(0.0, 0.0, 0.0).sum(1, keepdim=True) * 0.1


def finite():
    net = make()
    opt = torch.optim.Adam(net.parameters(), lr=0.01)
    norms = []
    for x, y in batches():
        opt.zero_grad()
        loss = F.mse_loss(net(x), y)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(net.parameters(), 0.5)
        if torch.isfinite(norm):
            opt.step()
            norms.append(norm.item())
    return norms, [p.sum().item() for p in net.parameters()]


def not_nan():
    net = make()
    opt = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    losses = []
    for x, y in batches():
        loss = F.mse_loss(net(x), y)
        opt.zero_grad()
        loss.backward()
        grad_norm = torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        if not math.isnan(grad_norm):
            opt.step()
        losses.append(loss.nan_to_num(-1.0).item())
    return losses


def otherwise():
    net = make()
    opt = torch.optim.AdamW(net.parameters(), lr=0.01)
    losses, skipped = [], 0
    for x, y in batches():
        opt.zero_grad()
        loss = F.mse_loss(net(x), y)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        if math.isnan(norm):
            skipped += 1
            opt.zero_grad()
        else:
            opt.step()
            losses.append(loss.item())
    return losses, skipped


def cleared_behind():
    net = make()
    opt = torch.optim.AdamW(net.parameters(), lr=0.01)
    losses = []
    for x, y in batches():
        loss = F.mse_loss(net(x), y)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        if torch.isfinite(norm):
            opt.step()
        else:
            losses.append(-1.0)
        opt.zero_grad()
        losses.append(loss.nan_to_num(-1.0).item())
    return losses


def clipped_inside(every):
    net = make()
    opt = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    losses = []
    for i, (x, y) in enumerate(batches()):
        net.zero_grad()
        loss = F.mse_loss(net(x.nan_to_num(0.0, 0.0, 0.0)), y)
        loss.backward()
        if i % every == 0:
            nn.utils.clip_grad_norm_(net.parameters(), 0.1)
            opt.step()
        losses.append(loss.item())
    return losses


def step_of(net, opt, x, y):
    opt.zero_grad()
    loss = F.mse_loss(net(x), y)
    loss.backward()
    norm = nn.utils.clip_grad_norm_(net.parameters(), 0.5)
    if torch.isfinite(norm):
        opt.step()
    return loss.nan_to_num(-1.0).item()


def by_function():
    net = make()
    opt = torch.optim.Adam(net.parameters(), lr=0.01)
    return [step_of(net, opt, x, y) for x, y in batches()]


# Gradients of several passes still add up.
def gathered():
    net = make()
    opt = torch.optim.SGD(net.parameters(), lr=0.1)
    losses = []
    opt.zero_grad()
    for i, (x, y) in enumerate(batches()):
        loss = F.mse_loss(net(x.nan_to_num(0.0, 0.0, 0.0)), y)
        loss.backward()
        if (i + 1) % 2 == 0:
            nn.utils.clip_grad_norm_(net.parameters(), 0.5)
            opt.step()
            opt.zero_grad()
        losses.append(loss.item())
    return losses


[finite(), not_nan(), otherwise(), cleared_behind(), clipped_inside(1), clipped_inside(2), by_function(), gathered()]
