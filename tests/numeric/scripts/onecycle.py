# script model=model | xs=f32[10,6,4] | ys=i64[10,6]<3 | train=10
import torch
import torch.nn as nn
import torch.nn.functional as F

epochs, max_lr, weight_decay = 2, 0.05, 1e-4
model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))
opt_func = torch.optim.Adam
batches = [(xs[i], ys[i]) for i in range(5)]


def get_lr(optimizer):
    for param_group in optimizer.param_groups:
        return param_group['lr']


optimizer = opt_func(model.parameters(), max_lr, weight_decay=weight_decay)
sched = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr, epochs=epochs, steps_per_epoch=len(batches))
losses, lrs = [], []
for epoch in range(epochs):
    model.train()
    for xb, yb in batches:
        loss = F.cross_entropy(model(xb), yb)
        loss.backward()
        nn.utils.clip_grad_value_(model.parameters(), 0.1)
        optimizer.step()
        optimizer.zero_grad()
        lrs.append(get_lr(optimizer))
        sched.step()
        losses.append(loss.item())

losses, model
