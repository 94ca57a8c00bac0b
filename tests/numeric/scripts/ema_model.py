# script model=model | xs=f32[10,6,4] | tol=1e-4
import copy
import torch
import torch.nn as nn

model = nn.Linear(4, 2)
ema = copy.deepcopy(model)
for p in ema.parameters():
    p.requires_grad_(False)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, weight_decay=0.1, betas=(0.9, 0.99))
out = []


@torch.no_grad()
def update_ema(ema_model, model, decay=0.9):
    for e, p in zip(ema_model.parameters(), model.parameters()):
        e.mul_(decay).add_(p.data, alpha=1 - decay)


for x in xs:
    loss = model(x).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    update_ema(ema, model)
    out.append((loss.item(), ema(x).sum().item()))
out, model
