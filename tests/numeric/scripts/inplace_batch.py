# script model=model | xs=f32[10,6,4] | tol=1e-4
import torch
import torch.nn as nn

model = nn.Linear(4, 4)
opt = torch.optim.SGD(model.parameters(), lr=0.05)
log = []
for x in xs:
    x = x.clone()
    mask = x > 0.5
    out = model(x.clone())
    x[mask] = 0.0
    x += 1.0
    loss = (out - x).pow(2)[~mask].mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    log.append((loss.item(), x.sum().item()))
log, model
