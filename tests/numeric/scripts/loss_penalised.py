# script model=model | xs=f32[10,6,4] | ys=f32[10,6,1] | tol=1e-4
import torch
import torch.nn as nn

model = nn.Linear(4, 1)
opt = torch.optim.SGD(model.parameters(), lr=0.1)
losses = []
best = None
ema = None
for i in range(10):
    x, y = xs[i], ys[i]
    pred = model(x)
    loss = nn.functional.mse_loss(pred, y)
    reg = sum(p.pow(2).sum() for p in model.parameters())
    loss += 0.01 * reg
    ema = loss.detach() if ema is None else 0.9 * ema + 0.1 * loss.detach()
    loss.backward()
    opt.step()
    opt.zero_grad()
    if best is None or loss < best:
        best = loss
    losses += [ema.item(), best.item(), pred.mean().item(), reg.item()]
losses, model
