# script model=model | xs=f32[10,6,4] | tol=1e-4
import torch
import torch.nn as nn

model = nn.Linear(4, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
losses = []
for x in xs:
    optimizer.zero_grad()
    out = model(x)
    loss = out.pow(2).mean()
    loss.backward(retain_graph=True)
    optimizer.step()
    losses.append(loss.item())
losses, model
