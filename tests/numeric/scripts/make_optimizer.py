# script model=model | xs=f32[10,6,4] | ys=f32[10,6,1] | tol=1e-4
import torch
import torch.nn as nn


def make_optimizer(name, model, lr, wd=0.0):
    if name == 'sgd':
        return torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9, weight_decay=wd)
    elif name == 'adam':
        return torch.optim.Adam(model.parameters(), lr=lr, weight_decay=wd)
    raise ValueError(name)


def train(model, xs, ys, name):
    optimizer = make_optimizer(name, model, 1e-2, 1e-3)
    criterion = torch.nn.MSELoss()
    out = []
    for x, y in zip(xs, ys):
        y_hat = model(x)
        loss = criterion(y_hat, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        out.append(loss.detach().cpu().numpy().item())
    return out


model = nn.Linear(4, 1)
train(model, xs[:5], ys[:5], 'adam'), train(model, xs[5:], ys[5:], 'sgd'), model
