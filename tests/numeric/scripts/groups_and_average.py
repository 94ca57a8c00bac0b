# script model=model | xs=f32[6,4,3]
# The same loop variable goes over the parameters of the model, for the groups, and over those of their average.
import copy
import torch
from torch import nn
model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
decay, no_decay = [], []
for n, p in model.named_parameters():
    if p.ndim >= 2:
        decay.append(p)
    else:
        no_decay.append(p)
opt = torch.optim.AdamW([{"params": decay, "weight_decay": 0.1}, {"params": no_decay, "weight_decay": 0.0}], lr=1e-2)
ema = copy.deepcopy(model)
for p in ema.parameters():
    p.requires_grad_(False)
losses, averages = [], []
for x in xs:
    loss = model(x).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    with torch.no_grad():
        for pe, p in zip(ema.parameters(), model.parameters()):
            pe.mul_(0.9).add_(p, alpha=0.1)
    losses.append(loss.item())
    averages.append(ema(x).sum().item())
losses, averages, model
