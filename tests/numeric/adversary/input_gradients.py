"""Gradients with respect to inputs: attacks, penalties, scores."""
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import autograd


class Critic(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(4, 8)
        self.b = nn.Linear(8, 1)

    def forward(self, x):
        return self.b(torch.tanh(self.a(x)))


def gradient_penalty(critic, real, fake):
    mixed = (0.4 * real + 0.6 * fake).requires_grad_(True)
    scores = critic(mixed)
    gradients = autograd.grad(
        outputs=scores,
        inputs=mixed,
        grad_outputs=torch.ones(scores.size()),
        create_graph=True,
        retain_graph=True,
        only_inputs=True,
    )[0]
    return ((gradients.norm(2, dim=1) - 1) ** 2).mean()


# run m = Penalized(); m(x, y) | model=m | x=f32[3,4] | y=f32[3,4] | grad=x,y,parameters
class Penalized(nn.Module):
    def __init__(self):
        super().__init__()
        self.critic = Critic()

    def forward(self, real, fake):
        return self.critic(fake).mean() - self.critic(real).mean() + 10 * gradient_penalty(self.critic, real, fake)


# run m = Energy(); m(x) | model=m | x=f32[3,4] | grad=parameters
class Energy(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = Critic()

    def forward(self, x):
        x = x.detach().requires_grad_(True)
        energy = self.net(x).sum()
        force, = torch.autograd.grad(energy, x, create_graph=True)
        return energy, -force


# run m = Constant(); m(x) | model=m | x=f32[3,4] | grad=x,parameters | todo
class Constant(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = Critic()

    def forward(self, x):
        z = x.detach().requires_grad_(True)
        out = self.net(z)
        g = torch.autograd.grad(out.sum(), z, retain_graph=True)[0]
        return out * g.sum() + self.net(x)


# run attack(Critic(), x) | x=f32[3,4]
def attack(model, x):
    adv = x.clone().detach()
    for _ in range(3):
        adv.requires_grad_()
        out = model(adv)
        loss = F.mse_loss(out, torch.ones_like(out))
        grad = torch.autograd.grad(loss, adv)[0]
        adv = (adv + 0.1 * grad.sign()).detach()
    return adv


# run momentum(x, y) | x=f32[3,4] | y=f32[3,4]
def momentum(x, y):
    delta = torch.zeros_like(x)
    total = torch.zeros_like(x)
    for step in range(3):
        delta.requires_grad_(True)
        cost = ((x + delta) * y).tanh().sum()
        grad, = torch.autograd.grad(cost, [delta])
        total = 0.9 * total + grad / grad.abs().mean()
        delta = (delta + 0.1 * total.sign()).detach()
    return delta, cost.detach()
