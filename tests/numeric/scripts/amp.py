# script model=model | xs=f32[10,6,4] | ys=f32[10,6,1] | tol=1e-4
import torch
import torch.nn as nn
from torch.cuda.amp import GradScaler, autocast

model = nn.Linear(4, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scaler = GradScaler(enabled=False)
losses = []
for x, y in zip(xs, ys):
    optimizer.zero_grad()
    with autocast(enabled=False):
        loss = nn.functional.mse_loss(model(x), y)
    scaler.scale(loss).backward()
    scaler.unscale_(optimizer)
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    scaler.step(optimizer)
    scaler.update()
    losses.append(loss.item())
losses, model
