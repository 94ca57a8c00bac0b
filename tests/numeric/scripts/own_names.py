# script model=model | xs=f32[10,6,4] | ys=f32[10,6,1] | tol=1e-4
import torch
import torch.nn as nn


def loss_fn(pred, target):
    return (pred - target).abs().mean()


def compute_loss(net, x, y):
    pred = net(x)
    return loss_fn(pred, y), pred


model = nn.Linear(4, 1)
opt = torch.optim.Adam(model.parameters(), lr=0.01)
grads = []
for x, y in zip(xs, ys):
    loss, pred = compute_loss(model, x, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    grads.append(pred.mean().item())
grads, model
