# script model=model | xs=f32[10,6,4] | ys=f32[10,6,2] | tol=1e-4
import torch
import torch.nn as nn

model = nn.Linear(4, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
log, failures = [], 0
for x, y in zip(xs, ys):
    try:
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
    except RuntimeError as e:
        failures += 1
        print(e)
        continue
    log.append(loss.item())
log, failures, model
