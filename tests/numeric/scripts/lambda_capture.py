# script model=model | xs=f32[10,6,4] | ys=f32[10,6,1] | tol=1e-4
import torch
import torch.nn as nn

model = nn.Linear(4, 1)
opt = torch.optim.SGD(model.parameters(), lr=0.01)
callbacks, log = [], []
for i, (x, y) in enumerate(zip(xs, ys)):
    pred = model(x)
    k = i * 2
    callbacks.append(lambda k=k: k)
    terms = [((pred - y) ** p).abs().mean() for p in (1, 2)]
    best = max(range(len(terms)), key=lambda j: terms[j].item())
    loss = sum(terms) + 0.1 * terms[best]
    opt.zero_grad()
    loss.backward()
    opt.step()
    log.append((loss.item(), best, k))
log, [c() for c in callbacks], model
