# script model=model | xs=f32[10,6,4] | tol=1e-4
import torch
import torch.nn as nn

model = nn.Linear(4, 1)
opt = torch.optim.SGD(model.parameters(), lr=0.05)
log = []
for x in xs:
    opt.zero_grad()
    loss = model(x).pow(2).mean(0)
    loss.backward()
    opt.step()
    log.append(loss.item())
log, model
