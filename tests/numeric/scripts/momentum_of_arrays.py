# script xs=f32[8,6,4] | ys=f32[8,6,3] | weights=own | tol=1e-4
import torch
import torch.nn.functional as F


def sgd_momentum(params, states, lr):
    with torch.no_grad():
        for p, v in zip(params, states):
            v.mul_(0.9).add_(p.grad)
            p.sub_(lr * v)
            p.grad.zero_()


w = torch.linspace(-1, 1, 12).view(4, 3).requires_grad_()
b = torch.zeros(3, requires_grad=True)
states = [torch.zeros(4, 3), torch.zeros(3)]
losses = []
for x, y in zip(xs, ys):
    loss = F.mse_loss(x @ w + b, y)
    loss.backward()
    sgd_momentum([w, b], states, 0.1)
    losses.append(loss.item())

u = torch.linspace(-1, 1, 12).view(4, 3).requires_grad_()
c = torch.zeros(3, requires_grad=True)
params = [u, c]
vs = [torch.zeros_like(p) for p in params]
for x, y in zip(xs, ys):
    loss = F.mse_loss(x @ u + c, y)
    loss.backward()
    with torch.no_grad():
        for p, v in zip(params, vs):
            v[:] = 0.9 * v + p.grad
            p[:] -= 0.1 * v
            p.grad.data.zero_()
    losses.append(loss.item())
losses, w, b, states, u, c, vs
