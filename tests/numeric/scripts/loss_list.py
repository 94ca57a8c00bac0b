# script model=model | xs=f32[10,3,6,4] | tol=1e-4
import torch
import torch.nn as nn

model = nn.Linear(4, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
out = []
for views in xs:
    optimizer.zero_grad()
    losses = []
    for v in views:
        losses.append(model(v).pow(2).mean())
    total = torch.stack(losses).mean()
    total.backward()
    optimizer.step()
    out.append(total.item())
    out.extend(l.item() for l in losses)
out, model
