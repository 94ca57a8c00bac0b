# script model=model | xs=f32[10,6,4] | ys=f32[10,6,1] | tol=1e-4
import torch
import torch.nn as nn

model = nn.Linear(4, 1)
opt = torch.optim.Adam(model.parameters(), lr=0.1)
log = []
for x, y in zip(xs, ys):
    opt.zero_grad()
    loss = nn.functional.mse_loss(model(x), y)
    loss.backward()
    log.append(float(nn.utils.clip_grad_norm_(model.parameters(), 1.0)))
    opt.step()
log, model
