# script tol=1e-4
# A gradient penalty in front of the other terms, with activations that MLX compiles.
import torch
from torch import nn, autograd


class Critic(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(3, 8), nn.GELU(), nn.Linear(8, 1))

    def forward(self, x):
        return self.net(x)


def gradient_penalty(D, real, fake):
    alpha = torch.full((real.size(0), 1), 0.3)
    mixed = (alpha * real + (1 - alpha) * fake).requires_grad_(True)
    out = D(mixed)
    grads = autograd.grad(outputs=out, inputs=mixed, grad_outputs=torch.ones_like(out), create_graph=True, retain_graph=True)[0]
    return ((grads.norm(2, dim=1) - 1) ** 2).mean()


D = Critic()
with torch.no_grad():
    for p in D.parameters():
        p.copy_(torch.linspace(-0.5, 0.5, p.numel()).view_as(p))
opt = torch.optim.Adam(D.parameters(), lr=1e-2)
data = torch.arange(36.0).view(6, 2, 3) / 36
out = []
for i, real in enumerate(data):
    fake = 1 - real
    opt.zero_grad()
    gp = gradient_penalty(D, real, fake)
    loss = D(fake).mean() - D(real).mean() + 10 * gp
    loss.backward()
    opt.step()
    out.append([i, loss.item()])
out
