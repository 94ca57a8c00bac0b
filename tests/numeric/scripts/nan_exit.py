# script model=model | xs=f32[10,6,4] | ys=f32[10,6,2] | train=10
import math
import sys
import torch
import torch.nn as nn

model = nn.Linear(4, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
losses = []
for x, y in zip(xs, ys):
    pred = model(x)
    loss = nn.functional.mse_loss(pred, y)
    loss_value = loss.item()

    if not math.isfinite(loss_value):
        print("Loss is {}, stopping training".format(loss_value))
        sys.exit(1)

    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss_value)

losses, model
