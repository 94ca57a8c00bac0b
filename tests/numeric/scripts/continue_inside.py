# script model=model | xs=f32[10,6,4] | ys=f32[10,6,2] | tol=1e-4
import torch
import torch.nn as nn

model = nn.Linear(4, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
losses, skipped = [], 0
for x, y in zip(xs, ys):
    pred = model(x)
    loss = nn.functional.mse_loss(pred, y)
    if not torch.isfinite(loss):
        skipped += 1
        print('nan loss, skipping')
        continue
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())

losses, model
