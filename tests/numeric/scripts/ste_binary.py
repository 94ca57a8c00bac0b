# script model=model | xs=f32[10,6,4] | ys=f32[10,6,2] | us=np.random.default_rng(0).uniform(0.1, 0.9, (10, 6, 4)) | train=10
import torch
import torch.nn as nn
import torch.nn.functional as F


class Sign(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return torch.sign(x)

    @staticmethod
    def backward(ctx, grad):
        x, = ctx.saved_tensors
        return grad * (x.abs() <= 1).float()


def gumbel(logits, u, tau=0.7, hard=True):
    g = -torch.log(-torch.log(u + 1e-10) + 1e-10)
    y = F.softmax((logits + g) / tau, dim=-1)
    if hard:
        index = y.max(-1, keepdim=True)[1]
        y_hard = torch.zeros_like(y).scatter_(-1, index, 1.0)
        y = y_hard - y.detach() + y
    return y


class Quant(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(4, 4))
        self.scale = nn.Parameter(torch.ones(1))
        self.out = nn.Linear(4, 2)

    def forward(self, x, u):
        w = Sign.apply(self.weight) * self.weight.abs().mean().detach()
        q = torch.clamp(x / self.scale, -2, 2)
        q = (q.round() - q).detach() + q
        return self.out(gumbel(F.linear(q * self.scale, w), u))


model = Quant()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, nesterov=True, momentum=0.8)
losses = []
for x, y, u in zip(xs, ys, us):
    loss = F.l1_loss(model(x, u), y) + 1e-3 * sum(p.pow(2).sum() for p in model.parameters())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())

losses, model
