"""Code about gradients that is not a training step."""
from contextlib import contextmanager

import torch
import torch.nn as nn
import torch.nn.functional as F


class Teacher(nn.Module):
    """Student and teacher; the teacher gets no gradient."""

    def __init__(self, dim):
        super().__init__()
        self.student = nn.Linear(dim, dim)
        self.teacher = nn.Linear(dim, dim)
        for p in self.teacher.parameters():
            p.requires_grad = False

    def forward(self, x):
        with torch.no_grad():
            target = F.softmax(self.teacher(x), dim=-1)
        logp = F.log_softmax(self.student(x), dim=-1)
        return -(target * logp).sum(-1).mean()


class StraightThrough(nn.Module):
    """Rounds, and lets gradients pass."""

    def __init__(self, dim):
        super().__init__()
        self.fc = nn.Linear(dim, dim)

    def forward(self, x):
        y = self.fc(x)
        hard = torch.round(y)
        return y + (hard - y).detach()


class Quantizer(nn.Module):
    """Nearest entry of a code book."""

    def __init__(self, n, dim, beta=0.25):
        super().__init__()
        self.embed = nn.Embedding(n, dim)
        self.embed.weight.data.uniform_(-1.0 / n, 1.0 / n)
        self.beta = beta

    def forward(self, z):
        flat = z.view(-1, z.shape[-1])
        d = torch.sum(flat ** 2, dim=1, keepdim=True) + torch.sum(self.embed.weight ** 2, dim=1) \
            - 2 * torch.matmul(flat, self.embed.weight.t())
        idx = torch.argmin(d, dim=1)
        z_q = self.embed(idx).view(z.shape)
        loss = torch.mean((z_q.detach() - z) ** 2) + self.beta * torch.mean((z_q - z.detach()) ** 2)
        z_q = z + (z_q - z).detach()
        return z_q, loss, idx


class Momentum(nn.Module):
    def __init__(self, base, m=0.99):
        super().__init__()
        self.base = base
        self.m = m
        self.register_buffer("avg", torch.zeros(3))

    @torch.no_grad()
    def _update(self, x):
        self.avg = self.avg * self.m + x.mean(0) * (1 - self.m)

    def forward(self, x):
        y = self.base(x)
        self._update(y)
        return y - self.avg


@torch.inference_mode()
def infer(model, x):
    was_training = model.training
    model.eval()
    out = model(x)
    model.train(was_training)
    return out


@torch.no_grad
def bare_decorator(x):
    return x * 2


def context_forms(x, train=False):
    with torch.inference_mode():
        a = x + 1
    with torch.set_grad_enabled(train):
        b = a * 2
    with torch.no_grad(), torch.enable_grad():
        c = b.sum()
    torch.set_grad_enabled(True)
    no_grad = torch.no_grad()
    with no_grad:
        d = c - 1
    if torch.is_grad_enabled():
        d = d + 0
    return a, b, c, d


@contextmanager
def evaluating(net):
    """Evaluation mode for a while."""
    is_train = net.training
    try:
        net.eval()
        yield net
    finally:
        if is_train:
            net.train()


class Noisy(nn.Module):
    def __init__(self, p=0.5):
        super().__init__()
        self.drop = nn.Dropout(p)
        self.bn = nn.BatchNorm1d(3)

    def forward(self, x):
        x = self.bn(x) if self.training else x
        return F.dropout(self.drop(x), 0.3, self.training)


def detached(x):
    y = x.detach().clone()
    z = x.clone().detach().requires_grad_(True)
    w = x.data
    return y, z.detach(), w, x.detach().cpu().numpy()


def freeze_all_but(model, name):
    for n, p in model.named_parameters():
        p.requires_grad_(n.startswith(name))
    return model
