# script model=model | xs=f32[10,6,4] | tol=1e-4
import torch
import torch.nn as nn

model = nn.Linear(4, 1)
optimizer = torch.optim.RMSprop(model.parameters(), lr=0.01, momentum=0.5, centered=True)
out = []
for x in xs:
    optimizer.zero_grad()
    loss = model(x).mean()
    loss.backward()
    optimizer.step()
    for p in model.parameters():
        p.data.clamp_(-0.5, 0.5)
    out.append(loss.item())
out, model
