# script model=model | xs=f32[10,6,4] | ys=f32[10,6,2] | tol=1e-4
import torch
import torch.nn as nn

model = nn.Linear(4, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
log = []
loss = torch.zeros(())
for x, y in zip(xs, ys):
    loss = 0.5 * loss.detach() + nn.functional.mse_loss(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    log.append(loss.item())
log, model
