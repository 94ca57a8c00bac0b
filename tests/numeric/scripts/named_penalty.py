# script model=model | xs=f32[10,6,8] | ys=f32[10,6,1] | train=10
import torch
import torch.nn as nn
import torch.nn.functional as F


def penalty(model):
    reg = 0.0
    for name, w in model.named_parameters():
        if 'bias' not in name:
            reg += torch.norm(w, 2) ** 2
    return reg


def fit(model, xs, ys, lam=1e-2):
    opt = torch.optim.Adagrad(model.parameters(), lr=0.05)
    hist = []
    for x, y in zip(xs, ys):
        opt.zero_grad()
        pred = model(x)
        mse = F.mse_loss(pred, y)
        reg = penalty(model)
        loss = mse + lam * reg
        loss.backward()
        opt.step()
        hist.append((mse.item(), float(reg), loss.item()))
    return hist


model = nn.Sequential(nn.Linear(8, 6), nn.ReLU(), nn.Linear(6, 1))

fit(model, xs, ys), model
