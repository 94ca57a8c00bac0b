# script model=model | xs=f32[10,6,8] | ys=f32[10,6,1] | train=10
import torch
import torch.nn as nn

model = nn.Sequential(nn.Linear(8, 6), nn.Tanh(), nn.Linear(6, 1))
criterion = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.8, nesterov=True)
l1_lambda, l2_lambda = 1e-3, 1e-2
losses = []
for x, y in zip(xs, ys):
    optimizer.zero_grad()
    loss = criterion(model(x), y)
    l1_norm = sum(p.abs().sum() for p in model.parameters())
    l2 = 0
    for p in model.parameters():
        l2 = l2 + p.pow(2).sum()
    loss = loss + l1_lambda * l1_norm + l2_lambda * l2
    loss.backward()
    optimizer.step()
    losses.append(loss.item())

losses, model
