# script model=model | xs=f32[10,6,4] | ys=i64[10,6]<3 | tol=1e-4
import torch
import torch.nn as nn
import torch.nn.functional as F

model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.05, total_steps=10, pct_start=0.3)
losses, lrs = [], []
for xb, yb in zip(xs, ys):
    optimizer.zero_grad()
    logits = model(xb)
    loss = F.cross_entropy(logits, yb, label_smoothing=0.1)
    loss.backward()
    optimizer.step()
    lrs.append(optimizer.param_groups[0]["lr"])
    scheduler.step()
    losses.append(loss.item())

losses, lrs, model
