# script model=model | xs=f32[12,6,4] | ys=f32[12,6,1] | tol=1e-4
import torch
import torch.nn as nn
from torch.optim.swa_utils import AveragedModel, SWALR

model = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
swa_model = AveragedModel(model)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=10)
swa_start = 6
losses = []
for epoch, (x, y) in enumerate(zip(xs, ys)):
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(model(x), y)
    loss.backward()
    optimizer.step()
    if epoch > swa_start:
        swa_model.update_parameters(model)
    else:
        scheduler.step()
    losses.append(loss.item())
losses, swa_model(xs[0]), model
