# script tol=1e-4
# A turn whose norm is no number clears its gradients and goes on; the step clears before the pass, or behind itself.
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
        if i in (0, 2):
            x = x / 0.0
        yield x, x.nan_to_num(0.0, 0.0, 0.0).sum(1, keepdim=True) * 0.1


def before():
    net, skipped = make(), 0
    opt = torch.optim.Adam(net.parameters(), lr=0.01)
    for x, y in batches():
        opt.zero_grad()
        loss = F.mse_loss(net(x), y)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        if not torch.isfinite(norm):
            opt.zero_grad()
            skipped += 1
            continue
        opt.step()
    return skipped, net


def behind():
    net, skipped = make(), 0
    opt = torch.optim.Adam(net.parameters(), lr=0.01)
    for x, y in batches():
        loss = F.mse_loss(net(x), y)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        if not math.isfinite(norm):
            net.zero_grad(set_to_none=True)
            skipped += 1
            continue
        opt.step()
        opt.zero_grad()
    return skipped, net


# Left as they are, they spoil what the next turn adds.
def left():
    net, skipped = make(), 0
    opt = torch.optim.SGD(net.parameters(), lr=0.01)
    for x, y in list(batches())[1:2] * 4:
        loss = F.mse_loss(net(x), y)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(net.parameters(), 1e3)
        if skipped == 0:
            skipped += 1
            continue
        opt.step()
        opt.zero_grad()
    return skipped, net


# The loss itself is asked, in front of the pass; of the optimizer nothing is known.
def asked(net, opt, x, y):
    loss = F.mse_loss(net(x), y)
    if not torch.isfinite(loss):
        opt.zero_grad()
        return None
    opt.zero_grad()
    loss.backward()
    opt.step()
    return loss.item()


def asked_in_turns(net, opt, all_batches):
    losses = []
    for x, y in all_batches:
        loss = F.mse_loss(net(x), y)
        if torch.isnan(loss) or torch.isinf(loss):
            opt.zero_grad(set_to_none=True)
            continue
        opt.zero_grad()
        loss.backward()
        opt.step()
        losses.append(loss.item())
    return losses


def by_name(net, kind, **settings):
    return getattr(torch.optim, kind)(net.parameters(), **settings)


first, second = make(), make()
opt = by_name(first, "AdamW", lr=0.01)
last = by_name(second, "SGD", lr=0.01)
before(), behind(), left(), [asked(first, opt, x, y) for x, y in batches()], asked_in_turns(second, last, batches()), first, second
