# script model=model | xs=f32[10,6,4] | ys=f32[10,6] | train=10
import torch
import torch.nn as nn

model = nn.Linear(4, 1)
opt = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, dampening=0.1)
losses = []
for x, y in zip(xs, ys):
    opt.zero_grad()
    loss = ((model(x).squeeze(-1) - y) ** 2).mean()
    loss.backward()
    torch.nn.utils.clip_grad_value_(model.parameters(), clip_value=0.2)
    opt.step()
    losses.append(float(loss))

losses, model
