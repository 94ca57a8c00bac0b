"""Optimizers by hand, in loops over parameters beside lists of what they keep: momentum, Adam, masks."""
import torch
import torch.nn as nn
import torch.nn.functional as F


def evenly(module):
    with torch.no_grad():
        for i, p in enumerate(module.parameters()):
            p.copy_(torch.linspace(-0.5, 0.7, p.numel()).view_as(p) * (1 + i % 3))
    return module


def net():
    return evenly(nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 3)))


# PyTorch has a module's own parameters in front of its children's.
class Mixed(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(4, 3)
        self.scale = nn.Parameter(torch.ones(4))
        self.head = nn.Linear(3, 3)

    def forward(self, x):
        return self.head(torch.tanh(self.body(x * self.scale)))


# run momentum(xs, ys) | xs=f32[6,5,4] | ys=f32[6,5,3] | tol=1e-4
def momentum(xs, ys, lr=0.1):
    model = net()
    vs = [torch.zeros_like(p) for p in model.parameters()]
    losses = []
    for x, y in zip(xs, ys):
        loss = F.mse_loss(model(x), y)
        model.zero_grad()
        loss.backward()
        with torch.no_grad():
            for p, v in zip(model.parameters(), vs):
                v.mul_(0.9).add_(p.grad)
                p.sub_(lr * v)
        losses.append(loss.item())
    return losses, vs, list(model.parameters())


# run adam(xs, ys) | xs=f32[6,5,4] | ys=f32[6,5,3] | tol=1e-4
def adam(xs, ys, lr=0.05, b1=0.9, b2=0.99, eps=1e-8):
    model = evenly(Mixed())
    ms = [torch.zeros_like(p) for p in model.parameters()]
    vs = [torch.zeros_like(p) for p in model.parameters()]
    losses = []
    for t, (x, y) in enumerate(zip(xs, ys), 1):
        loss = F.mse_loss(model(x), y)
        model.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        with torch.no_grad():
            for p, m, v in zip(model.parameters(), ms, vs):
                g = p.grad
                m.mul_(b1).add_(g, alpha=1 - b1)
                v.mul_(b2).addcmul_(g, g, value=1 - b2)
                mhat = m / (1 - b1 ** t)
                vhat = v / (1 - b2 ** t)
                p.sub_(lr * mhat / (vhat.sqrt() + eps))
        losses.append(loss.item())
    return losses, list(model.parameters())


# run by_number(xs, ys) | xs=f32[6,5,4] | ys=f32[6,5,3] | tol=1e-4
def by_number(xs, ys, lr=0.1, wd=0.01):
    model = evenly(Mixed())
    vs = [0.0 for p in model.parameters()]
    for x, y in zip(xs, ys):
        loss = F.mse_loss(model(x), y)
        loss.backward()
        for i, p in enumerate(model.parameters()):
            g = p.grad.data
            if wd != 0:
                g = g.add(p.data, alpha=wd)
            vs[i] = 0.9 * vs[i] + g
            p.data.add_(vs[i], alpha=-lr)
            p.grad.zero_()
    return loss.item(), list(model.parameters())


# run by_name(xs, ys) | xs=f32[6,5,4] | ys=f32[6,5,3] | tol=1e-4
def by_name(xs, ys, lr=0.1):
    model = evenly(Mixed())
    state = {n: torch.zeros_like(p) for n, p in model.named_parameters()}
    for x, y in zip(xs, ys):
        loss = F.mse_loss(model(x), y)
        loss.backward()
        with torch.no_grad():
            lr = lr * 0.9
            for n, p in model.named_parameters():
                state[n] = 0.9 * state[n] + p.grad
                p -= lr * state[n] / (1 + len(n) % 3)
            model.zero_grad()
    return loss.item(), list(model.parameters()), state


# run with_average(xs, ys) | xs=f32[6,5,4] | ys=f32[6,5,3] | tol=1e-4
def with_average(xs, ys, lr=0.1):
    model, slow = net(), net()
    for x, y in zip(xs, ys):
        loss = F.mse_loss(model(x), y) + (model(x) - slow(x).detach()).pow(2).mean()
        model.zero_grad()
        loss.backward()
        with torch.no_grad():
            for p, q in zip(model.parameters(), slow.parameters()):
                p.data = p.data - lr * p.grad / (1 + p.grad.norm())
                q.mul_(0.9).add_(p, alpha=0.1)
    return loss.item(), list(model.parameters()), list(slow.parameters())


# run weights_shared(xs) | xs=f32[6,5,4] | tol=1e-4
def weights_shared(xs, lr=0.1):
    model = evenly(nn.Sequential(nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 4)))
    model[2].weight = model[0].weight
    vs = [torch.zeros_like(p) for p in model.parameters()]
    for x in xs:
        loss = model(x).pow(2).mean()
        model.zero_grad()
        loss.backward()
        with torch.no_grad():
            for p, v in zip(model.parameters(), vs):
                v.mul_(0.9).add_(p.grad)
                p.sub_(lr * v)
    return loss.item(), len(vs), list(model.parameters())


# Between the pass and the step of an optimizer, gradients are masked beside their masks.
# run masked(xs, ys) | xs=f32[6,5,4] | ys=f32[6,5,3] | tol=1e-4
def masked(xs, ys):
    model = evenly(Mixed())
    masks = [(p.detach().abs() > 0.2).float() for p in model.parameters()]
    opt = torch.optim.Adam(model.parameters(), lr=0.05)
    norms = []
    for x, y in zip(xs, ys):
        opt.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        for p, m in zip(model.parameters(), masks):
            p.grad.mul_(m)
        norms.append(sum((p.grad * m).abs().sum() for p, m in zip(model.parameters(), masks)).item())
        opt.step()
    return norms, list(model.parameters())


# run masked_by_number(xs, ys) | xs=f32[6,5,4] | ys=f32[6,5,3] | tol=1e-4
def masked_by_number(xs, ys):
    model = net()
    opt = torch.optim.SGD(model.parameters(), lr=0.1)
    for x, y in zip(xs, ys):
        opt.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        for i, (name, p) in enumerate(model.named_parameters()):
            p.grad *= 0.5 ** i + len(name)
        opt.step()
    return list(model.parameters())


class Spare(nn.Module):
    def __init__(self):
        super().__init__()
        self.used = nn.Linear(4, 3)
        self.spare = nn.Linear(4, 3)

    def forward(self, x, both):
        out = self.used(x)
        if both:
            out = out + self.spare(x)
        return out


# What takes no part is left out, and momentum does not move it.
# run with_spare(xs, ys) | xs=f32[6,5,4] | ys=f32[6,5,3] | tol=1e-4
def with_spare(xs, ys, lr=0.1):
    model = evenly(Spare())
    vs = [torch.zeros_like(p) for p in model.parameters()]
    for t, (x, y) in enumerate(zip(xs, ys)):
        loss = F.mse_loss(model(x, t < 3), y)
        model.zero_grad()
        loss.backward()
        with torch.no_grad():
            for p, v in zip(model.parameters(), vs):
                if p.grad is not None:
                    v.mul_(0.9).add_(p.grad)
                    p.sub_(lr * v)
    return loss.item(), list(model.parameters())


# run partly_frozen(xs, ys) | xs=f32[6,5,4] | ys=f32[6,5,3] | tol=1e-4
def partly_frozen(xs, ys, lr=0.1):
    model = net()
    for p in model[0].parameters():
        p.requires_grad_(False)
    vs = [torch.zeros_like(p) for p in model.parameters()]
    for x, y in zip(xs, ys):
        loss = F.mse_loss(model(x), y)
        model.zero_grad()
        loss.backward()
        with torch.no_grad():
            for p, v in zip(model.parameters(), vs):
                if p.grad is None:
                    continue
                v.mul_(0.9).add_(p.grad)
                p.sub_(lr * v)
    return loss.item(), vs, list(model.parameters())


# Zeros are left as gradients, and are not missing in the next turn.
# run with_spare_zeros(xs, ys) | xs=f32[6,5,4] | ys=f32[6,5,3] | tol=1e-4 | todo
def with_spare_zeros(xs, ys, lr=0.1):
    model = evenly(Spare())
    vs = [torch.zeros_like(p) for p in model.parameters()]
    for t, (x, y) in enumerate(zip(xs, ys)):
        loss = F.mse_loss(model(x, t < 3), y)
        loss.backward()
        with torch.no_grad():
            for p, v in zip(model.parameters(), vs):
                if p.grad is not None:
                    v.mul_(0.9).add_(p.grad)
                    p.sub_(lr * v)
                if p.grad is not None:
                    p.grad.zero_()
    return loss.item(), list(model.parameters())


# What is kept under the array itself is not found again: a pass gives the model other arrays.
# run under_arrays(xs, ys) | xs=f32[6,5,4] | ys=f32[6,5,3] | tol=1e-4 | todo
def under_arrays(xs, ys, lr=0.1):
    model = net()
    state = {}
    for x, y in zip(xs, ys):
        loss = F.mse_loss(model(x), y)
        model.zero_grad()
        loss.backward()
        with torch.no_grad():
            for p in model.parameters():
                v = state.get(p, 0.0) * 0.9 + p.grad
                state[p] = v
                p.sub_(lr * v)
    return loss.item(), list(model.parameters())


# The array is cleared in place, and with it what was kept of it.
# run gradients_kept(xs, ys) | xs=f32[6,5,4] | ys=f32[6,5,3] | tol=1e-4 | todo
def gradients_kept(xs, ys, lr=0.1):
    model = net()
    before = [None for p in model.parameters()]
    for x, y in zip(xs, ys):
        loss = F.mse_loss(model(x), y)
        loss.backward()
        with torch.no_grad():
            for i, p in enumerate(model.parameters()):
                g = p.grad
                p.sub_(lr * g)
                if before[i] is not None:
                    p.sub_(lr * before[i])
                before[i] = g
                p.grad.zero_()
    return loss.item(), list(model.parameters())


# Those that are left out keep their gradients for the next turn.
# run some_cleared(xs, ys) | xs=f32[6,5,4] | ys=f32[6,5,3] | tol=1e-4 | todo
def some_cleared(xs, ys, lr=0.1):
    model = net()
    for t, (x, y) in enumerate(zip(xs, ys)):
        loss = F.mse_loss(model(x), y)
        loss.backward()
        with torch.no_grad():
            for i, p in enumerate(model.parameters()):
                if (i + t) % 2 == 0:
                    continue
                g = p.grad
                p.sub_(lr * g)
                p.grad.zero_()
    return loss.item(), list(model.parameters())


# run never_cleared(xs, ys) | xs=f32[6,5,4] | ys=f32[6,5,3] | tol=1e-4 | todo
def never_cleared(xs, ys, lr=0.1):
    model = net()
    vs = [torch.zeros_like(p) for p in model.parameters()]
    for x, y in zip(xs, ys):
        loss = F.mse_loss(model(x), y)
        loss.backward()
        with torch.no_grad():
            for p, v in zip(model.parameters(), vs):
                v.mul_(0.5).add_(p.grad)
                p.sub_(lr * v)
    return loss.item(), list(model.parameters())


# run of_a_given_model(xs, ys) | xs=f32[6,5,4] | ys=f32[6,5,3] | tol=1e-4 | todo
def of_a_given_model(xs, ys):
    return under_its_arrays(net(), xs, ys), scaled(net(), xs, ys)


def under_its_arrays(model: nn.Module, xs, ys, lr=0.1):
    state = {}
    for x, y in zip(xs, ys):
        model.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        with torch.no_grad():
            for p in model.parameters():
                v = state.get(p, 0.0) * 0.9 + p.grad
                state[p] = v
                p.sub_(lr * v)
    return loss.item(), list(model.parameters())


# run of_a_module(xs, ys) | xs=f32[6,5,4] | ys=f32[6,5,3] | tol=1e-4
def of_a_module(xs, ys):
    return scaled(net(), xs, ys)


def scaled(model: nn.Module, xs, ys, lr=0.1):
    for x, y in zip(xs, ys):
        model.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        with torch.no_grad():
            for p in model.parameters():
                step = lr * p.grad / (1e-3 + p.grad.norm())
                p -= step
    return loss.item(), list(model.parameters())


# The second loop finds zeros.
# run cleared_in_the_first(xs, ys) | xs=f32[6,5,4] | ys=f32[6,5,3] | tol=1e-4 | todo
def cleared_in_the_first(xs, ys, lr=0.1):
    model = net()
    vs = [torch.zeros_like(p) for p in model.parameters()]
    for x, y in zip(xs, ys):
        loss = F.mse_loss(model(x), y)
        loss.backward()
        with torch.no_grad():
            for p, v in zip(model.parameters(), vs):
                v.mul_(0.9).add_(p.grad)
                p.sub_(lr * v)
                p.grad.zero_()
        with torch.no_grad():
            for p, v in zip(model.parameters(), vs):
                p.sub_(lr * v + p.grad)
    return loss.item(), list(model.parameters())


# A parameter that is a single number has a gradient without axes.
class Scaled(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin = nn.Linear(4, 4)
        self.temp = nn.Parameter(torch.tensor(1.0))

    def forward(self, x):
        return self.lin(x) * self.temp


# run m = Scaled(); clipped_by_value(m, x, y) | model=m | x=f32[8,4] | y=f32[8,4]
def clipped_by_value(model: Scaled, x, y):
    opt = torch.optim.SGD(model.parameters(), lr=0.5)
    losses = []
    for _ in range(3):
        opt.zero_grad()
        loss = ((model(x) - y) ** 2).mean()
        loss.backward()
        for p in model.parameters():
            if p.grad is not None:
                p.grad.data.clamp_(-0.05, 0.05)
                p.grad.mul_(0.5)
        opt.step()
        losses.append(loss.item())
    return losses, model.temp
