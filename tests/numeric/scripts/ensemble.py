# script model=first | xs=f32[10,6,4] | ys=f32[10,6,2] | tol=1e-4
import torch
import torch.nn as nn

first = nn.Linear(4, 2)
second = nn.Linear(4, 2)
with torch.no_grad():
    second.weight.fill_(0.1)
    second.bias.fill_(0.0)
members = [first, second]
optimizers = [torch.optim.SGD(m.parameters(), lr=0.1) for m in members]
log = []
for x, y in zip(xs, ys):
    for net, opt in zip(members, optimizers):
        net.train()
        loss = nn.functional.mse_loss(net(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
        log.append(loss.item())
log, first
