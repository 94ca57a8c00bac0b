# script model=first | xs=f32[10,6,4] | ys=f32[10,6,2] | tol=1e-4
import torch
import torch.nn as nn

first = nn.Linear(4, 2)
members = [first]
optimizers = [torch.optim.SGD(m.parameters(), lr=0.1) for m in members]
log = []
for x, y in zip(xs, ys):
    for i in range(len(members)):
        loss = nn.functional.mse_loss(members[i](x), y)
        optimizers[i].zero_grad()
        loss.backward()
        optimizers[i].step()
        log.append(loss.item())
log, first
