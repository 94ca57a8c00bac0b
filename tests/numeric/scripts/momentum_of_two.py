# script xs=f32[8,6,4] | ys=f32[8,6,3] | weights=own | tol=1e-4
import torch
import torch.nn as nn
import torch.nn.functional as F

body, head = nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 3)), nn.Linear(3, 3)
with torch.no_grad():
    for module in (body, head):
        for i, p in enumerate(module.parameters()):
            p.copy_(torch.linspace(-0.5, 0.7, p.numel()).view_as(p) * (1 + i % 3))
vs = [torch.zeros_like(p) for p in body.parameters()]
us = [torch.zeros_like(p) for p in head.parameters()]
losses = []
for x, y in zip(xs, ys):
    body.zero_grad()
    head.zero_grad()
    loss = F.mse_loss(head(body(x)), y)
    loss.backward()
    with torch.no_grad():
        for p, v in zip(body.parameters(), vs):
            v.mul_(0.9).add_(p.grad)
            p.sub_(0.1 * v)
    with torch.no_grad():
        for p, u in zip(head.parameters(), us):
            u.mul_(0.5).add_(torch.clamp(p.grad, -0.1, 0.1))
            p.addcmul_(u, torch.ones_like(p), value=-0.1)
    losses.append(loss.item())
losses, vs, us, [p.detach().clone() for p in body.parameters()], [p.detach().clone() for p in head.parameters()]
