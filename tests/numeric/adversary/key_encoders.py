"""Encoders that follow the trained one, and move between its forward pass and the loss."""
import torch
import torch.nn as nn
import torch.nn.functional as F


def evenly(module):
    with torch.no_grad():
        for i, p in enumerate(module.parameters()):
            p.copy_(torch.linspace(-0.5, 0.7, p.numel()).view_as(p) * (1 + i % 3))
    return module


class Pair(nn.Module):
    def __init__(self, dim=4, m=0.9):
        super().__init__()
        self.m = m
        self.encoder_q = nn.Linear(6, dim)
        self.encoder_k = nn.Linear(6, dim)


def made():
    model = Pair()
    evenly(model.encoder_q)
    evenly(model.encoder_k)
    for p in model.encoder_k.parameters():
        p.requires_grad = False
    return model


# run moved_on_the_way(xs, ys) | xs=f32[5,2,6] | ys=f32[5,2,6] | tol=1e-4
def moved_on_the_way(xs, ys):
    model = made()
    opt = torch.optim.SGD(model.encoder_q.parameters(), lr=0.1, momentum=0.9)
    queue = F.normalize(torch.linspace(-1, 1, 24).view(4, 6), dim=0)
    losses = []
    for x, y in zip(xs, ys):
        q = F.normalize(model.encoder_q(x), dim=1)
        with torch.no_grad():
            for pq, pk in zip(model.encoder_q.parameters(), model.encoder_k.parameters()):
                pk.data = pk.data * model.m + pq.data * (1 - model.m)
            k = F.normalize(model.encoder_k(y), dim=1)
        positive = torch.einsum("nc,nc->n", q, k).unsqueeze(-1)
        negative = torch.einsum("nc,ck->nk", q, queue.clone().detach())
        logits = torch.cat([positive, negative], dim=1) / 0.5
        loss = F.cross_entropy(logits, torch.zeros(logits.shape[0], dtype=torch.long))
        opt.zero_grad()
        loss.backward()
        opt.step()
        queue = torch.cat([k.t(), queue], dim=1)[:, :6]
        losses.append(loss.item())
    return losses, model, queue


# run in_place_on_the_way(xs, ys) | xs=f32[5,2,6] | ys=f32[5,2,6] | tol=1e-4
def in_place_on_the_way(xs, ys):
    online, target = evenly(nn.Linear(6, 4)), evenly(nn.Linear(6, 4))
    opt = torch.optim.Adam(online.parameters(), lr=0.02)
    for x, y in zip(xs, ys):
        online.zero_grad()
        out = online(x)
        with torch.no_grad():
            for slow, fast in zip(target.parameters(), online.parameters()):
                slow.mul_(0.8).add_(fast.data, alpha=0.2)
        aim = target(y)
        loss = F.mse_loss(out, aim)
        loss.backward()
        opt.step()
    return loss.item(), online, target


# The trained encoder itself moves behind its forward pass.
# run own_weights_on_the_way(xs, ys) | xs=f32[5,2,6] | ys=f32[5,2,6] | tol=1e-4 | todo
def own_weights_on_the_way(xs, ys):
    online, target = evenly(nn.Linear(6, 4)), evenly(nn.Linear(6, 4))
    opt = torch.optim.SGD(online.parameters(), lr=0.1)
    for x, y in zip(xs, ys):
        online.zero_grad()
        out = online(x).pow(2).mean()
        with torch.no_grad():
            aim = target(y).mean()
            for slow, fast in zip(target.parameters(), online.parameters()):
                fast.data.mul_(0.9).add_(slow, alpha=0.1)
        loss = out * aim
        loss.backward()
        opt.step()
    return loss.item(), online, target


# run parts_of_one_on_the_way(xs, ys) | xs=f32[5,2,6] | ys=f32[5,2,6] | tol=1e-4 | todo
def parts_of_one_on_the_way(xs, ys):
    model = made()
    opt = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.1)
    for x, y in zip(xs, ys):
        out = model.encoder_q(x)
        with torch.no_grad():
            for pq, pk in zip(model.encoder_q.parameters(), model.encoder_k.parameters()):
                pk.data = pk.data * model.m + pq.data * (1 - model.m)
            aim = model.encoder_k(y)
        loss = F.mse_loss(out, aim)
        opt.zero_grad()
        loss.backward()
        opt.step()
    return loss.item(), model


# What moves without a gradient in PyTorch would take one along inside of the loss function.
# run weights_taken_as_they_are(xs, ys) | xs=f32[5,2,6] | ys=f32[5,2,6] | tol=1e-4 | todo
def weights_taken_as_they_are(xs, ys):
    online, target = evenly(nn.Linear(6, 4)), evenly(nn.Linear(6, 4))
    opt = torch.optim.SGD(online.parameters(), lr=0.1)
    for x, y in zip(xs, ys):
        online.zero_grad()
        out = online(x)
        with torch.no_grad():
            for slow, fast in zip(target.parameters(), online.parameters()):
                slow.mul_(0.8).add_(fast, alpha=0.2)
        aim = target(y)
        loss = F.mse_loss(out, aim)
        loss.backward()
        opt.step()
    return loss.item(), online, target
