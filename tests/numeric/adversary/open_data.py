import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import autograd


def accumulate(model1, model2, decay=0.999):
    par1 = dict(model1.named_parameters())
    par2 = dict(model2.named_parameters())
    for k in par1.keys():
        par1[k].data.mul_(decay).add_(par2[k].data, alpha=1 - decay)


# run m = averaged(); m.weight, m.bias
def averaged():
    a, b = nn.Linear(3, 2), nn.Linear(3, 2)
    for p in a.parameters():
        nn.init.constant_(p, 1.0)
    for p in b.parameters():
        nn.init.constant_(p, 2.0)
    accumulate(a, b, 0.5)
    return a


class Record:
    def __init__(self, data):
        self.data = data


def doubled(values):
    return values + values


def of_record(record):
    return record.data * 2, doubled(record.data)


# run records()
def records():
    return of_record(Record(3)), of_record(Record([1]))


def get_div_fn(fn):
    def div_fn(x, t, eps):
        with torch.enable_grad():
            x.requires_grad_(True)
            fn_eps = torch.sum(fn(x, t) * eps)
            grad_fn_eps = torch.autograd.grad(fn_eps, x)[0]
        x.requires_grad_(False)
        return torch.sum(grad_fn_eps * eps, dim=tuple(range(1, len(x.shape))))

    return div_fn


# run divergence(x, e) | x=f32[4,3] | e=f32[4,3]
def divergence(x, e):
    return get_div_fn(lambda x, t: torch.sin(x) * t)(x, 2.0, e)


class Quantize(autograd.Function):
    @staticmethod
    def forward(ctx, x, codes):
        d = torch.cdist(x, codes)
        idx = d.argmin(1)
        ctx.save_for_backward(idx, codes)
        ctx.mark_non_differentiable(idx)
        return codes[idx], idx

    @staticmethod
    def backward(ctx, grad, grad_idx):
        idx, codes = ctx.saved_tensors
        return grad, torch.zeros_like(codes)


quantize = Quantize.apply


class Quantizer(nn.Module):
    def __init__(self):
        super().__init__()
        self.pre = nn.Linear(3, 3)
        self.embedding = nn.Embedding(5, 3)

    def forward(self, x):
        z = self.pre(x)
        codes, idx = quantize(z, self.embedding.weight.detach())
        return codes, torch.index_select(self.embedding.weight, dim=0, index=idx)


# run m = Quantizer(); m(x) | model=m | x=f32[4,3] | grad=parameters


def compute_gradient_penalty(D, real_samples, fake_samples, a):
    alpha = torch.sigmoid(a)
    interpolates = (alpha * real_samples + ((1 - alpha) * fake_samples)).requires_grad_(True)
    d_interpolates = D(interpolates)
    fake = torch.ones(real_samples.shape[0], 1)
    gradients = autograd.grad(outputs=d_interpolates, inputs=interpolates, grad_outputs=fake, create_graph=True, retain_graph=True)[0]
    gradients = gradients.view(gradients.size(0), -1)
    return ((gradients.norm(2, dim=1) - 1) ** 2).mean()


# run d = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1)); fit(d, x, y, a, steps) | model=d | x=f32[5,3] | y=f32[5,3] | a=f32[5,1] | train=3
def fit(d, real, fake, a, steps, lambda_gp=10):
    optimizer_D = torch.optim.Adam(d.parameters(), lr=1e-2, betas=(0.5, 0.999))
    losses = []
    for i in range(steps):
        optimizer_D.zero_grad()
        real_validity = d(real)
        fake_validity = d(fake.detach())
        gradient_penalty = compute_gradient_penalty(d, real.data, fake.data, a)
        d_loss = -torch.mean(real_validity) + torch.mean(fake_validity) + lambda_gp * gradient_penalty
        d_loss.backward()
        optimizer_D.step()
        losses.append(d_loss.item())
    return losses, d
