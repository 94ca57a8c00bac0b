# script model=model | xs=f32[10,6,4] | ys=f32[10,6,2] | tol=1e-4
import torch
import torch.nn as nn

model = nn.Linear(4, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
log, preds = [], []
for x, y in zip(xs, ys):
    out = model(x)
    loss = nn.functional.mse_loss(out, y, reduction='none')
    log.append(loss.mean().item())
    preds.extend(out.detach().argmax(1).tolist())
    optimizer.zero_grad()
    (loss.sum() / len(x)).backward()
    optimizer.step()
log, preds, model
