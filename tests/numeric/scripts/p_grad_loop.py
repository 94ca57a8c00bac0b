# script model=model | xs=f32[10,6,4] | tol=1e-4
import torch
import torch.nn as nn

model = nn.Linear(4, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
out = []
for x in xs:
    optimizer.zero_grad()
    loss = model(x).pow(2).mean()
    loss.backward()
    total_norm = 0.0
    for p in model.parameters():
        if p.grad is not None:
            total_norm += p.grad.data.norm(2).item() ** 2
    out.append((loss.item(), total_norm ** 0.5))
    optimizer.step()
out, model
